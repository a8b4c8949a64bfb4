/**
 * What every connector must prove, chapter by chapter (docs/write-a-connector.md). Looped over all connectors by
 * chapters.ts; knows nothing of any kind of system. A connector that passes may be trusted with people.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CallContext, Identifier, LocateResult, SubjectKey } from '../../connectors/contract.ts';
import type { SystemId } from '../../src/ids.ts';
import type { Fixture, Planted, World } from './fixture.ts';
import { MemorySink, type SinkOptions } from './memory-sink.ts';

/** The edge: a slug written in this file. */
const systemId = (slug: string): SystemId => slug as SystemId;

export const context = (signal: AbortSignal = new AbortController().signal): CallContext => ({
  systemId: systemId('account-db'),
  signal,
  progress: () => undefined,
});

export const proved = (...people: readonly Planted[]): readonly SubjectKey[] =>
  people.flatMap(({ ref, keys }) => keys ?? [{ ...ref, provedBy: 'user_id' }]);

export const find = (world: World, identifiers: readonly Identifier[]): Promise<LocateResult> =>
  world.system.locate(context(), { identifiers, accepted: [], rejected: [] });

export const asked = (kind: string, value: string): Identifier => ({ kind, value, source: 'request' });

/** Everything read for one person, in one attempt. */
export async function readAll(world: World, person: Planted, options: SinkOptions = {}): Promise<MemorySink> {
  const sink = new MemorySink(proved(person), options);
  await world.system.read(context(), { keys: proved(person), want: options.want ?? 'content', sink });
  // Every record keeps the path by which it was reached.
  for (const { description } of sink.streams.values())
    if (!description.reachedBy)
      throw new Error(`a stream of ${description.collection} does not say how it was reached`);
  return sink;
}

/** Records per collection. */
export function countsOf(sink: MemorySink): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { description, count } of sink.streams.values())
    counts.set(description.collection, (counts.get(description.collection) ?? 0) + count);
  return counts;
}

/** The error a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('this was expected to fail');
    },
    (error: unknown) => error,
  );
}

/** Starts the fixture's world for a chapter, mends it after each test and stops it at the end. */
export function worldOf(fixture: Fixture): () => World {
  let world: World | undefined;
  beforeAll(async () => {
    world = await fixture.start();
  });
  afterEach(async () => {
    await world?.faults.mend();
  });
  afterAll(async () => {
    await world?.stop();
  });
  return () => {
    if (world === undefined) throw new Error('the fixture did not start');
    return world;
  };
}

export function describeLocate(fixture: Fixture): void {
  describe('locate', () => {
    const world = worldOf(fixture);
    const idKind = fixture.idKind ?? 'user_id';

    it('finds a person by every declared kind of identifier, and only that person', async () => {
      const mine = await world().plant({ email: 'mari.maasikas@kask.example', records: 1 });
      const other = await world().plant({ email: 'mari.maasikas@kask.example.test', records: 1 });
      const kinds = world().system.manifest.needs.map(({ kind }) => kind);
      expect(mine.identifiers.map(({ kind }) => kind).sort()).toEqual([...kinds].sort());
      for (const identifier of mine.identifiers) {
        const { keys, candidates, learnt } = await find(world(), [identifier]);
        expect(keys).toEqual([{ ...mine.ref, provedBy: identifier.kind }]);
        expect(candidates).toEqual([]);
        expect(JSON.stringify(learnt)).not.toContain(other.identifiers[1]?.value);
      }
    });

    it('finds nobody by anything else: parts, patterns, other kinds, values of nobody', async () => {
      const mine = await world().plant({ email: 'kalju.kaljurand@kask.example', records: 0 });
      const email = mine.identifiers.find(({ kind }) => kind === 'email')?.value ?? '';
      const misses = [
        email.slice(1),
        email.slice(0, -1),
        `x${email}`,
        email.replace('kalju.', '%'),
        email.replace('.', '_'),
        email.replace('kalju.', '*'),
        `${email}.test`,
        `'OR'1'='1@x.example`,
      ];
      for (const value of misses)
        expect(await find(world(), [asked('email', value)])).toEqual({ keys: [], learnt: [], candidates: [] });
      expect(await find(world(), [asked('shoe_size', email)])).toEqual({ keys: [], learnt: [], candidates: [] });
    });

    it('teaches the other identifiers of a proved person and nothing it was told', async () => {
      const mine = await world().plant({ email: 'teele.teder@kask.example', records: 0 });
      const { gives } = world().system.manifest;
      for (const identifier of mine.identifiers) {
        const { learnt } = await find(world(), [identifier]);
        const values = learnt.map(({ kind, value }) => `${kind} ${value}`);
        const unique = mine.identifiers.filter(
          ({ kind, value }) => kind !== 'email' && gives.includes(kind) && value !== identifier.value,
        );
        expect(values.filter((one) => !one.startsWith('email '))).toEqual(unique.map((i) => `${i.kind} ${i.value}`));
      }
    });

    it('keeps plus-addresses, diacritics and look-alikes apart', async () => {
      const emails = ['a.kask@x.example', 'a.kask+arved@x.example', 'õie@x.example', 'oie@x.example', 'öie@x.example'];
      for (const email of emails) await world().plant({ email, records: 0 });
      for (const email of emails) {
        const { keys, candidates } = await find(world(), [asked('email', email)]);
        expect(keys).toHaveLength(1);
        expect(candidates).toEqual([]);
      }
    });

    it('proves by the very letters only: other case and other Unicode composition are candidates', async () => {
      const lower = await world().plant({ email: 'signe.sõstar@x.example', records: 0 });
      const upper = await world().plant({ email: 'Signe.Sõstar@x.example', records: 0 });
      const decomposed = await world().plant({ email: 'signe.sõstar@x.example'.normalize('NFD'), records: 0 });
      const { keys, candidates } = await find(world(), [asked('email', 'signe.sõstar@x.example')]);
      expect(keys).toEqual([{ ...lower.ref, provedBy: 'email' }]);
      expect(candidates.map(({ ref, reason }) => ({ ref, reason }))).toEqual(
        expect.arrayContaining([
          { ref: upper.ref, reason: 'other-case' },
          { ref: decomposed.ref, reason: 'other-case' },
        ]),
      );
      expect(candidates).toHaveLength(2);
      const inCapitals = await find(world(), [asked('email', 'SIGNE.SÕSTAR@X.EXAMPLE')]);
      expect(inCapitals.keys).toEqual([]);
    });

    it('leaves two accounts on one address to a person, unless another identifier names one of them', async () => {
      const one = await world().plant({ email: 'pood@x.example', records: 0 });
      const two = await world().plant({ email: 'pood@x.example', records: 0 });
      const email = asked('email', 'pood@x.example');
      const undecided = await find(world(), [email]);
      expect(undecided.keys).toEqual([]);
      expect(undecided.learnt).toEqual([]);
      expect(undecided.candidates.map(({ ref, reason }) => ({ ref, reason }))).toEqual([
        { ref: one.ref, reason: 'several-accounts' },
        { ref: two.ref, reason: 'several-accounts' },
      ]);
      for (const candidate of undecided.candidates) expect(Object.keys(candidate.display)).not.toHaveLength(0);
      const named = await find(world(), [email, ...one.identifiers.filter(({ kind }) => kind === idKind)]);
      expect(named.keys).toEqual([{ ...one.ref, provedBy: idKind }]);
      expect(named.candidates.map(({ ref }) => ref)).toEqual([two.ref]);
    });

    it('takes an accepted candidate for proved and never proposes a rejected one again', async () => {
      const one = await world().plant({ email: 'kaks@x.example', records: 0 });
      const two = await world().plant({ email: 'kaks@x.example', records: 0 });
      const identifiers = [asked('email', 'kaks@x.example')];
      const decided = await world().system.locate(context(), { identifiers, accepted: [one.ref], rejected: [two.ref] });
      expect(decided.keys).toEqual([{ ...one.ref, provedBy: 'accepted' }]);
      expect(decided.candidates).toEqual([]);
      const allRejected = await world().system.locate(context(), {
        identifiers: [...identifiers, ...two.identifiers],
        accepted: [],
        rejected: [one.ref, two.ref],
      });
      expect(allRejected).toEqual({ keys: [], learnt: [], candidates: [] });
      const oneRejected = await world().system.locate(context(), { identifiers, accepted: [], rejected: [two.ref] });
      expect(oneRejected.keys).toEqual([]);
      expect(oneRejected.candidates.map(({ ref }) => ref)).toEqual([one.ref]);
    });

    it('proves nobody by the address of a shared mailbox, and teaches no other system that address', async () => {
      const desk = await world().plant({ email: 'info@x.example', records: 0, sharedMailbox: true });
      const byMail = await find(world(), [asked('email', 'info@x.example')]);
      expect(byMail.keys).toEqual([]);
      expect(byMail.candidates.map(({ ref, reason }) => ({ ref, reason }))).toEqual([
        { ref: desk.ref, reason: 'shared-mailbox' },
      ]);
      const byId = await find(
        world(),
        desk.identifiers.filter(({ kind }) => kind === idKind),
      );
      expect(byId.keys).toHaveLength(1);
      expect(byId.learnt.map(({ kind }) => kind)).not.toContain('email');
    });

    it('proves nobody by an address that was given up', async () => {
      const now = await world().plant({ email: 'manager@x.example', records: 0 });
      const { keys, candidates } = await find(world(), [{ ...asked('email', 'manager@x.example'), to: '2024-05-31' }]);
      expect(keys).toEqual([]);
      expect(candidates.map(({ ref, reason }) => ({ ref, reason }))).toEqual([
        { ref: now.ref, reason: 'former-address' },
      ]);
    });

    it('refuses an identifier that says nothing, and never sends it', async () => {
      const useless = [
        '',
        ' ',
        '%',
        '%%%',
        '***',
        '-',
        '--',
        'null',
        'NULL',
        'undefined',
        'test',
        'a',
        'x@',
        '@x',
        'a\u0000b',
      ];
      for (const value of useless)
        await expect(find(world(), [asked('email', value)])).rejects.toMatchObject({ code: 'identifier-unusable' });
      const padded = ' padded.person@x.example ';
      const sent = await world().listen(() => errorOf(find(world(), [asked('email', padded)])));
      expect(sent.includes('padded.person')).toBe(false);
      const usual = await world().listen(() => find(world(), [asked('email', 'usual.person@x.example')]));
      expect(usual.includes('usual.person')).toBe(true);
    });

    it('fails closed when the system ignores the filter and answers with everybody', async () => {
      await world().plant({ email: 'eve@x.example', records: 0 });
      await world().plant({ email: 'maria@x.example', records: 0 });
      await world().faults.ignoresFilter();
      await expect(find(world(), [asked('email', 'eve@x.example')])).rejects.toMatchObject({ code: 'record-mismatch' });
    });
  });
}
