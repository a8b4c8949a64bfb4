/**
 * Conformance, chapter verbs: what a right asks is done to the person's records and to nobody else's, in the declared fields and
 * no other; twice is once, also where the first attempt was killed between its effect and its answer; what is told was read back;
 * a record that is gone or has changed hands is absent; a system that only says it changed something is found out.
 */
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Deed, DeedChunk, System, Verb } from '../../connectors/contract.ts';
import { codeOf, HabeasError } from '../../src/errors.ts';
import { eventually } from '../support/servers.ts';
import type { Fixture, Planted, VerbsWorld } from './fixture.ts';
import type { MemorySink } from './memory-sink.ts';
import { context, errorOf, proved, readAll, worldOf } from './suite.ts';

class Killed extends Error {}

const verbs = ['restrict', 'rectify', 'suppress'] as const satisfies readonly Verb[];
const chunkSize = 40;
const records = 90;

export function describeVerbs(fixture: Fixture): void {
  describe('verbs', () => {
    const world = worldOf(fixture);
    const errors: unknown[] = [];
    let bystander: Planted;
    let made = 0;

    beforeAll(async () => {
      bystander = await world().plant({ email: 'karl.kuusk@x.example', records: 60 });
    });

    const acting = (): VerbsWorld => {
      const { verbs: known } = world();
      if (known === undefined) throw new Error('the fixture does not say how its verbs are tried');
      return known;
    };
    const able = (system: System = world().system) => verbs.filter((verb) => system[verb] !== undefined);

    async function person(): Promise<Planted> {
      made += 1;
      return world().plant({ email: `vello.vaher${made}@x.example`, records });
    }

    const deedOf = (verb: Verb): Deed => {
      if (verb === 'restrict') return { verb, on: true };
      return verb === 'rectify' ? { verb, to: acting().corrections } : { verb };
    };
    const fieldsOf = (verb: Verb, collection: string): readonly string[] => {
      const declared = world().system.collections.find((one) => one.collection === collection)?.verbs?.[verb];
      return Array.isArray(declared) ? declared : Object.values(declared ?? {});
    };

    /** The person's records of collections that declare the verb, as they were found. */
    function chunksOf(sink: MemorySink, verb: Verb): readonly DeedChunk[] {
      return [...sink.streams.values()].flatMap(({ description: stream, lines }) => {
        if (fieldsOf(verb, stream.collection).length === 0 || stream.isReference === true) return [];
        const chunks: DeedChunk[] = [];
        for (let at = 0; at < lines.length; at += chunkSize)
          chunks.push({
            ...{ stream, chunkNo: chunks.length },
            keys: lines.slice(at, at + chunkSize).map((line) => JSON.parse(line).key),
          });
        return chunks;
      });
    }

    interface Attempt {
      readonly system?: System;
      /** Called when a chunk's outcome is told, before it is remembered. */
      readonly onOutcome?: (calls: number) => void;
      readonly signal?: AbortSignal;
    }

    /** One call; what was told of all chunks. */
    async function act(who: Planted, deed: Deed, chunks: readonly DeedChunk[], attempt: Attempt = {}) {
      const { system = world().system, onOutcome } = attempt;
      const told = { done: 0, absent: 0 };
      let calls = 0;
      const input = {
        keys: proved(who),
        chunks: (async function* () {
          yield* chunks;
        })(),
        outcome: async (chunk: DeedChunk, of: { readonly done: number; readonly absent: number }) => {
          calls += 1;
          onOutcome?.(calls);
          // Every record of a chunk has one answer.
          expect(of.done + of.absent).toBe(chunk.keys.length);
          expect(Math.min(of.done, of.absent)).toBeGreaterThanOrEqual(0);
          told.done += of.done;
          told.absent += of.absent;
        },
      };
      const at = context(attempt.signal);
      if (deed.verb === 'restrict') await system.restrict?.(at, { ...input, deed });
      else if (deed.verb === 'rectify') await system.rectify?.(at, { ...input, deed });
      else await system.suppress?.(at, { ...input, deed });
      return told;
    }

    const found = async (who: Planted, verb: Verb) => chunksOf(await readAll(world(), who, { want: 'facts' }), verb);
    const sizeOf = (chunks: readonly DeedChunk[]): number => chunks.reduce((sum, { keys }) => sum + keys.length, 0);

    /** Each record's content without the fields that the verb may change. */
    async function beside(who: Planted, verb: Verb): Promise<readonly string[]> {
      const { streams } = await readAll(world(), who);
      return [...streams.values()].flatMap(({ description, lines }) => {
        const changes = fieldsOf(verb, description.collection);
        return lines.map((line) => {
          const { key, record } = JSON.parse(line);
          const rest = Object.entries(record).filter(([field]) => !changes.includes(field));
          return JSON.stringify([description.collection, key, rest]);
        });
      });
    }

    it('has a verb where a collection declares one, a declaration where it has a verb, and each is tried here', () => {
      const { system } = world();
      const declared = verbs.filter((verb) => system.collections.some(({ verbs: traits }) => traits?.[verb]));
      expect(able()).toEqual(declared);
      expect(system.manifest.stages.filter((stage) => verbs.some((verb) => verb === stage)).sort()).toEqual(
        [...declared].sort(),
      );
      expect([...(fixture.verbs ?? [])].sort()).toEqual([...declared].sort());
    });

    it('names no field that a document is made of among those that may be corrected', () => {
      for (const { collection, verbs: traits, erase } of world().system.collections) {
        const roles = erase?.mode === 'immediate' ? erase.roles : {};
        for (const field of Object.values(traits?.rectify ?? {}))
          expect([collection, field, roles[field]]).not.toEqual([collection, field, 'document']);
      }
    });

    for (const verb of fixture.verbs ?? [])
      describe(verb, () => {
        it('does what is asked with every record of the person, in the declared fields alone, and with nobody else’s', async () => {
          const who = await person();
          const chunks = await found(who, verb);
          expect(sizeOf(chunks)).toBeGreaterThanOrEqual(records);
          const others = await acting().others(who);
          const rest = await beside(who, verb);
          expect(await acting().isSo(who, deedOf(verb))).toMatchObject({ so: 0 });
          expect(await act(who, deedOf(verb), chunks)).toEqual({ done: sizeOf(chunks), absent: 0 });
          expect(await acting().isSo(who, deedOf(verb))).toEqual({ so: sizeOf(chunks), not: 0 });
          expect(await acting().others(who)).toBe(others);
          expect(await beside(who, verb)).toEqual(rest);
        });

        it('asked twice answers the same and leaves the same', async () => {
          const who = await person();
          const chunks = await found(who, verb);
          const first = await act(who, deedOf(verb), chunks);
          const state = [await acting().stored(who), await acting().others(who)];
          expect(await act(who, deedOf(verb), chunks)).toEqual(first);
          expect([await acting().stored(who), await acting().others(who)]).toEqual(state);
        });

        it('killed between an effect and its answer, it is finished by the next attempt with the same end', async () => {
          const who = await person();
          const chunks = await found(who, verb);
          const killed = act(who, deedOf(verb), chunks, {
            onOutcome: (calls) => {
              if (calls === 2) throw new Killed();
            },
          });
          expect(await errorOf(killed)).toBeInstanceOf(Killed);
          expect(await eventually(() => world().isAtRest())).toBe(true);
          expect(await act(who, deedOf(verb), chunks)).toEqual({ done: sizeOf(chunks), absent: 0 });
          expect(await acting().isSo(who, deedOf(verb))).toEqual({ so: sizeOf(chunks), not: 0 });
        });

        it('tells a record as absent that is gone, or another person’s by now, and leaves that one alone', async () => {
          const who = await person();
          const chunks = await found(who, verb);
          const inBulk = chunks.filter(({ stream }) => stream.collection === world().bulk).flatMap(({ keys }) => keys);
          const [gone = [], given = []] = inBulk;
          const collection = world().bulk;
          await acting().remove({ collection, key: gone });
          await acting().giveAway({ collection, key: given }, bystander);
          const others = await acting().others(who);
          expect(await act(who, deedOf(verb), chunks)).toEqual({ done: sizeOf(chunks) - 2, absent: 2 });
          expect(await acting().others(who)).toBe(others);
        });

        it('is found out where the system takes the change and does not keep it', async () => {
          const who = await person();
          const chunks = await found(who, verb);
          await acting().keepsNothing();
          const error = await errorOf(act(who, deedOf(verb), chunks));
          errors.push(error);
          expect(error).toMatchObject({ code: 'deed-not-kept', retryable: false });
          await world().faults.mend();
          expect(await act(who, deedOf(verb), chunks)).toEqual({ done: sizeOf(chunks), absent: 0 });
        });

        it('parks with the place where the permission to change is taken away, and goes on when it is back', async () => {
          const who = await person();
          const chunks = await found(who, verb);
          await acting().revokeChanging();
          const error = await errorOf(act(who, deedOf(verb), chunks));
          errors.push(error);
          expect(error).toMatchObject({ code: 'system-permission', retryable: false });
          expect(error instanceof HabeasError ? error.where : '').toContain(world().bulk);
          await world().faults.mend();
          expect(await act(who, deedOf(verb), chunks)).toEqual({ done: sizeOf(chunks), absent: 0 });
        });

        it('ends with a code within the time limit where the system is cut or silent, and is finished afterwards', async () => {
          const who = await person();
          const chunks = await found(who, verb);
          for (const fault of ['refused', 'halfOpen'] as const) {
            await world().faults[fault]();
            const error = await errorOf(act(who, deedOf(verb), chunks, { system: world().impatient }));
            errors.push(error);
            if (!(error instanceof HabeasError)) throw error;
            expect(codeOf(error)).toBe('system-unreachable');
            expect(world().system.manifest.canRefuse).toContain(error.code);
            await world().faults.mend();
          }
          expect(await act(who, deedOf(verb), chunks)).toEqual({ done: sizeOf(chunks), absent: 0 });
        });

        it('a cancelled attempt ends with its own reason and leaves nothing running', async () => {
          const who = await person();
          const chunks = await found(who, verb);
          const cancel = new AbortController();
          const reason = new Error('the attempt was cancelled');
          const cancelled = act(who, deedOf(verb), chunks, {
            signal: cancel.signal,
            onOutcome: () => cancel.abort(reason),
          });
          expect(await errorOf(cancelled)).toBe(reason);
          expect(await eventually(() => world().isAtRest())).toBe(true);
          expect(await act(who, deedOf(verb), chunks)).toEqual({ done: sizeOf(chunks), absent: 0 });
        });
      });

    if (fixture.verbs?.includes('restrict') === true)
      it('takes the mark of a restriction off again, twice as once, and from nobody else', async () => {
        const who = await person();
        const other = await person();
        const chunks = await found(who, 'restrict');
        const on = { verb: 'restrict', on: true } as const;
        const off = { verb: 'restrict', on: false } as const;
        await act(who, on, chunks);
        await act(other, on, await found(other, 'restrict'));
        for (const _ of [1, 2]) expect(await act(who, off, chunks)).toEqual({ done: sizeOf(chunks), absent: 0 });
        expect(await acting().isSo(who, on)).toEqual({ so: 0, not: sizeOf(chunks) });
        expect(await acting().isSo(who, off)).toEqual({ so: sizeOf(chunks), not: 0 });
        expect(await acting().isSo(other, on)).toMatchObject({ not: 0 });
      });

    it('no error so far says anything about a person, or of what was to be corrected', () => {
      expect(errors.length).toBeGreaterThanOrEqual(4 * (fixture.verbs?.length ?? 0));
      const corrected = Object.values(acting().corrections);
      const words = [bystander.marker, 'vello.vaher', 'karl.kuusk', ...corrected];
      for (const error of errors) {
        const stack = error instanceof Error ? error.stack : '';
        const text = [inspect(error, { depth: 6 }), String(error), JSON.stringify(error), stack].join('\n');
        for (const word of words) expect(text).not.toContain(word);
      }
    });
  });
}
