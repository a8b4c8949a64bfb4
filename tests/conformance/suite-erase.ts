/**
 * Conformance, chapter `erase`: what was planned is gone, and nothing else is; once, however often it is run, and wherever
 * it was killed; what is kept is kept to the byte, what came later is left alone; a system that only says it deleted is
 * found out; and no failure says a word about the person.
 */
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ErasePart, PlannedSet, RecordRef, System } from '../../connectors/contract.ts';
import { codeOf, HabeasError } from '../../src/errors.ts';
import { eventually } from '../support/servers.ts';
import type { EraseWorld, Fixture, Planted } from './fixture.ts';
import { MemoryJournal, planOf } from './memory-plan.ts';
import { context, errorOf, proved, readAll, worldOf } from './suite.ts';

class Killed extends Error {}

const parts = ['dependants', 'subject-row'] as const;
const chunkSize = 40;
const day = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);

export function describeErase(fixture: Fixture): void {
  describe('erase', () => {
    const world = worldOf(fixture);
    const errors: unknown[] = [];
    let bystander: Planted;
    let made = 0;

    beforeAll(async () => {
      bystander = await world().plant({ email: 'kaja.kivi@x.example', records: 120 });
    });

    const erasing = (): EraseWorld => {
      const { erase } = world();
      if (erase === undefined) throw new Error('the fixture does not say how its connector erases');
      return erase;
    };

    async function person(records = 130): Promise<{ who: Planted; planned: PlannedSet }> {
      made += 1;
      const who = await world().plant({ email: `mari.mets${made}@x.example`, records });
      const sink = await readAll(world(), who, { want: 'facts' });
      return { who, planned: planOf(sink, (stream) => erasing().decide(stream), chunkSize) };
    }

    async function run(
      who: Planted,
      planned: PlannedSet,
      journal: MemoryJournal,
      system: System = world().system,
      some: readonly ErasePart[] = parts,
    ): Promise<void> {
      for (const part of some) await system.erase?.(context(), { keys: proved(who), planned, part, journal });
    }

    /** What reading back found, over both parts. Every record of a chunk has one answer, and only what is not over yet has a day. */
    async function found(
      who: Planted,
      planned: PlannedSet,
      system: System = world().system,
    ): Promise<Readonly<Record<string, number>>> {
      const sums: Record<string, number> = {};
      for (const part of parts)
        await system.verify?.(context(), {
          keys: proved(who),
          planned,
          part,
          async found({ records }, results) {
            expect(results.reduce((sum, { count }) => sum + count, 0)).toBe(records.length);
            for (const { decision: no, found: what, count, until, keys } of results) {
              if (until !== undefined)
                expect([what, until]).toEqual([expect.stringMatching(/^(hidden|pending)$/), day]);
              // What is put off to a day is put off record by record.
              const own = new Set(records.filter(({ decision }) => decision.no === no).map(({ key }) => keyOf(key)));
              const named = new Set(keys?.map(keyOf));
              const mayBeNamed = what === 'hidden' || what === 'pending';
              if (mayBeNamed) expect([named.size, [...named].filter((key) => !own.has(key))]).toEqual([count, []]);
              sums[what] = (sums[what] ?? 0) + count;
            }
          },
        });
      return sums;
    }

    const keyOf = (key: unknown): string => JSON.stringify(key);

    const isOwnRow = ({ collection }: { readonly collection: string }): boolean => {
      const erase = world().system.collections.find((one) => one.collection === collection)?.erase;
      return erase?.mode === 'immediate' && erase.rank === 'subject-row';
    };

    async function countsOf(
      planned: PlannedSet,
      isCounted: (stream: PlannedSet['streams'][number]) => boolean = () => true,
    ): Promise<{ gone: number; changed: number; all: number }> {
      const counts = { gone: 0, changed: 0, all: 0 };
      for (const stream of planned.streams.filter(isCounted))
        for await (const { records } of planned.chunks(stream))
          for (const { decision } of records) {
            counts.all += 1;
            if (decision.action === 'delete') counts.gone += 1;
            else if (decision.action !== 'keep') counts.changed += 1;
          }
      return counts;
    }

    /** Finishes however often it takes; the same end as a run that nothing interrupted. */
    async function finish(who: Planted, planned: PlannedSet, journal: MemoryJournal): Promise<void> {
      await run(who, planned, journal);
      const { gone, changed } = await countsOf(planned);
      expect(journal.open).toBe(0);
      expect(journal.totals).toEqual({ erased: gone, anonymised: changed });
      expect(await found(who, planned)).toEqual({ gone, changed });
    }

    it('prepare finds nothing against a plan that can be carried out, and changes nothing', async () => {
      const { who, planned } = await person();
      const before = [await erasing().others(bystander), await erasing().kept(bystander)];
      const report = await world().system.prepare?.(context(), { keys: proved(who), planned });
      expect(report).toEqual({ refusals: [] });
      expect([await erasing().others(bystander), await erasing().kept(bystander)]).toEqual(before);
    });

    it('erases what was planned and nothing else; reading back says so', async () => {
      const { who, planned } = await person();
      const others = await erasing().others(who);
      const kept = await erasing().kept(who);
      const { gone, changed } = await countsOf(planned);
      expect(await found(who, planned)).toEqual({ residue: gone + changed });
      await finish(who, planned, new MemoryJournal());
      expect(await erasing().others(who)).toBe(others);
      expect(await erasing().kept(who)).toBe(kept);
      const left = await readAll(world(), who);
      expect(left.lines().length).toBeLessThan(gone);
    });

    it('leaves the subject’s own row to the part of that name', async () => {
      const { who, planned } = await person(5);
      await run(who, planned, new MemoryJournal(), world().system, ['dependants']);
      expect(await erasing().has(who.ref)).toBe(true);
      await run(who, planned, new MemoryJournal(), world().system, ['subject-row']);
      expect(await erasing().has(who.ref)).toBe(false);
    });

    it('erasing twice is erasing once: by the same journal nothing is done, by a new one all is absent', async () => {
      const { who, planned } = await person();
      const journal = new MemoryJournal();
      await run(who, planned, journal);
      const outcomes = new Map(journal.outcomes);
      const state = async () => [await erasing().others(who), await erasing().kept(who)];
      const end = await state();
      await run(who, planned, journal);
      expect(journal.outcomes).toEqual(outcomes);
      const again = new MemoryJournal();
      await run(who, planned, again);
      const { gone, changed } = await countsOf(planned);
      expect(again.totals).toEqual({ absent: gone, anonymised: changed });
      expect(again.inferred).toBe(0);
      expect(await state()).toEqual(end);
    });

    it('killed at any call of the journal and resumed, it comes to the same end', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }), async (steps) => {
          const { who, planned } = await person(90);
          const before = [await erasing().others(who), await erasing().kept(who)];
          const journal = new MemoryJournal();
          for (const step of steps) {
            const killAt = journal.calls + step;
            journal.onCall = (call) => {
              if (call === killAt) throw new Killed();
            };
            await run(who, planned, journal).catch((error: unknown) => {
              if (!(error instanceof Killed)) throw error;
            });
          }
          journal.onCall = () => undefined;
          await finish(who, planned, journal);
          expect([await erasing().others(who), await erasing().kept(who)]).toEqual(before);
        }),
        { numRuns: 8 },
      );
    });

    it('cut off anywhere in the talk and resumed, it comes to the same end', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 500, max: 40_000 }), async (bytes) => {
          const { who, planned } = await person(90);
          const others = await erasing().others(who);
          const journal = new MemoryJournal();
          await world().faults.cutAfter(bytes);
          await run(who, planned, journal, world().impatient).catch((error: unknown) => {
            errors.push(error);
            expect(error).toMatchObject({ code: 'system-unreachable', retryable: true });
          });
          await world().faults.mend();
          await finish(who, planned, journal);
          expect(await erasing().others(who)).toBe(others);
          expect(await eventually(() => world().isAtRest())).toBe(true);
        }),
        { numRuns: 8 },
      );
    });

    it('takes for erased what is missing under an open intent, and for absent what was missing before', async () => {
      const { who, planned } = await person();
      const keys: RecordRef[] = [];
      for (const stream of planned.streams)
        if (stream.collection === world().bulk)
          for await (const { records } of planned.chunks(stream))
            keys.push(...records.map(({ key }) => ({ collection: stream.collection, key })));
      const [first] = keys;
      if (first === undefined) throw new Error('nothing is planned');
      await erasing().remove(first);
      const journal = new MemoryJournal();
      let outcomes = 0;
      journal.onCall = (_call, what) => {
        // The last chunk of the bulk collection is done and nobody was told.
        if (what === 'outcome' && ++outcomes === 3) throw new Killed();
      };
      await expect(run(who, planned, journal)).rejects.toThrow(Killed);
      journal.onCall = () => undefined;
      await run(who, planned, journal);
      const { gone, changed } = await countsOf(planned);
      expect(journal.totals).toEqual({ erased: gone - 1, anonymised: changed, absent: 1 });
      expect(journal.inferred).toBeGreaterThan(0);
    });

    it('does not touch what came after the plan', async () => {
      const { who, planned } = await person();
      const late = await erasing().arrive(who);
      await run(who, planned, new MemoryJournal(), world().system, ['dependants']);
      expect(await erasing().has(late)).toBe(true);
      await erasing().remove(late);
    });

    it('does not touch what the journal does not hand out, as a record that is held by now', async () => {
      const { who, planned } = await person();
      const held: RecordRef[] = [];
      for (const stream of planned.streams)
        if (stream.collection === world().bulk)
          for await (const { records } of planned.chunks(stream))
            held.push(...records.slice(0, 1).map(({ key }) => ({ collection: stream.collection, key })));
      const keys = new Set(held.map(({ key }) => JSON.stringify(key)));
      const journal = new MemoryJournal();
      journal.isHeld = ({ key }) => keys.has(JSON.stringify(key));
      await run(who, planned, journal, world().system, ['dependants']);
      for (const ref of held) expect(await erasing().has(ref)).toBe(true);
      const { gone, changed } = await countsOf(planned, (stream) => !isOwnRow(stream));
      expect(journal.totals).toEqual({ erased: gone - held.length, anonymised: changed });
    });

    it('finds out by reading back that a system only said it deleted', async () => {
      const { who, planned } = await person();
      await erasing().deletesNothing();
      await run(who, planned, new MemoryJournal(), world().system, ['dependants']).catch((error: unknown) => {
        errors.push(error);
      });
      expect((await found(who, planned)).residue).toBeGreaterThanOrEqual(130);
      await world().faults.mend();
    });

    it('reading back asks by number and not by what was told: a record that comes back is there again', async () => {
      const { who, planned } = await person(5);
      await run(who, planned, new MemoryJournal());
      const before = await found(who, planned);
      expect(before.residue ?? 0).toBe(0);
      const other = await person(5);
      expect((await found(other.who, other.planned)).residue).toBeGreaterThan(5);
    });

    if (fixture.lags === true) {
      const lag = () => {
        const { lag: of } = erasing();
        if (of === undefined) throw new Error('the fixture does not say how its system lags');
        return of;
      };

      it('reading back asks again until its deadline: what shows late is gone in the end', async () => {
        const { who, planned } = await person(5);
        await lag().showsLate();
        await run(who, planned, new MemoryJournal());
        const { gone, changed } = await countsOf(planned);
        const soon = await found(who, planned);
        expect((soon.residue ?? 0) + (soon.pending ?? 0)).toBeGreaterThan(0);
        expect(await found(who, planned, lag().patient)).toEqual({ gone, changed });
      });

      it('what is only out of sight is told as hidden, never as gone', async () => {
        const { who, planned } = await person(5);
        await lag().onlyHides();
        await run(who, planned, new MemoryJournal());
        const { gone, changed } = await countsOf(planned);
        const { hidden } = lag();
        expect(await found(who, planned)).toEqual({ gone: gone - hidden, changed, hidden });
        await world().faults.mend();
        await run(who, planned, new MemoryJournal());
        expect(await found(who, planned)).toEqual({ gone, changed });
      });
    }

    it('credentials taken back midway end the attempt, the next one says so, and the one after goes on', async () => {
      const { who, planned } = await person();
      const journal = new MemoryJournal();
      journal.onCall = (call) => (call === 4 ? world().faults.revokeCredentials() : undefined);
      const failing = async () => {
        const error = await errorOf(run(who, planned, journal, world().impatient));
        errors.push(error);
        if (error instanceof HabeasError) expect(world().system.manifest.canRefuse).toContain(error.code);
        return error;
      };
      // The open connection may be met first.
      const first = await failing();
      expect(['system-unreachable', 'system-credentials']).toContain(codeOf(first));
      expect(await failing()).toMatchObject({ code: 'system-credentials', retryable: false });
      await world().faults.mend();
      await finish(who, planned, journal);
    });

    it('a permission to erase that is taken back parks with the place, in prepare and in erase', async () => {
      const { who, planned } = await person();
      await erasing().revokeErasing();
      const report = await world().system.prepare?.(context(), { keys: proved(who), planned });
      const place = expect.stringContaining(world().bulk);
      const refusal = { code: expect.stringMatching(/permission$/), where: place };
      expect(report?.refusals).toContainEqual(refusal);
      // One permission may be that of several collections.
      for (const { code } of report?.refusals ?? []) expect(code).toMatch(/permission$/);
      const journal = new MemoryJournal();
      const error = await errorOf(run(who, planned, journal));
      errors.push(error);
      expect(error).toMatchObject({ code: 'system-permission', where: place, retryable: false });
      await world().faults.mend();
      await finish(who, planned, journal);
    });

    it('a cancelled attempt ends with its own reason, leaves nothing running, and is resumed', async () => {
      const { who, planned } = await person();
      const cancel = new AbortController();
      const reason = new Error('the attempt was cancelled');
      const journal = new MemoryJournal();
      journal.onCall = (call) => {
        if (call === 4) cancel.abort(reason);
      };
      const erase = world().system.erase?.(context(cancel.signal), {
        keys: proved(who),
        planned,
        part: 'dependants',
        journal,
      });
      expect(await errorOf(Promise.resolve(erase))).toBe(reason);
      expect(await eventually(() => world().isAtRest())).toBe(true);
      journal.onCall = () => undefined;
      await finish(who, planned, journal);
    });

    it('no error so far says anything about a person', async () => {
      expect(errors.length).toBeGreaterThanOrEqual(4);
      const words = [bystander.marker, 'mari.mets', 'kaja.kivi', 'tere', ...bystander.identifiers.map((i) => i.value)];
      for (const error of errors) {
        const stack = error instanceof Error ? error.stack : '';
        const text = [inspect(error, { depth: 6 }), String(error), JSON.stringify(error), stack].join('\n');
        for (const word of words) expect(text).not.toContain(word);
      }
    });
  });
}
