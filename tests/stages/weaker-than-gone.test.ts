/** What reading back found is weaker than gone: it stays what it is, in the books, in the end of the request and in the receipt. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CallContext, VerifyInput } from '../../connectors/contract.ts';
import { verifyEvidence } from '../../src/proof/evidence-verify.ts';
import { erasureCounts } from '../../src/requests/erasure-counts.ts';
import { makeEvidence } from '../../src/requests/evidence.ts';
import { readReceipt } from '../../src/requests/index.ts';
import { systemFacts } from '../../src/requests/proof-facts.ts';
import { ErasingSystem, rowsOf } from '../workflow/erasing-system.ts';
import { type ErasingDesk, newErasingDesk } from './erasing-desk.ts';
import { newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

type Told = Parameters<VerifyInput['found']>[1][number];

/** Says of what reading back found what a test wants said, record by record, and which record it was. */
class Telling extends ErasingSystem {
  tell: (one: Told, id: string) => Told = (one) => one;

  override verify(context: CallContext, input: VerifyInput): Promise<void> {
    const found: VerifyInput['found'] = (chunk, told) =>
      input.found(
        chunk,
        told.map((one, no) => {
          const key = chunk.records[no]?.key ?? [];
          return { ...this.tell(one, key[0]?.[1] ?? ''), keys: [key] };
        }),
      );
    return super.verify(context, { ...input, found });
  }
}

const desk = (): Telling =>
  new Telling({
    needs: ['email'],
    accounts: [{ id: '7', proofs: { email: 'anna.marker@example.ee' } }],
    hasSubjectRow: true,
    collections: [
      { collection: 'notes', rows: rowsOf('notes', '7', 5) },
      { collection: 'posts', erase: { whole: 'anonymise' }, rows: rowsOf('posts', '7', 4) },
    ],
  });

describe('a record that is not gone', () => {
  let open: ErasingDesk;
  afterEach(() => open.end());

  async function erased(system: Telling): Promise<void> {
    open = await newErasingDesk('weaker', { 'account-db': system });
    await open.toPlanned();
    await open.toNoReturn();
    await open.erase();
  }

  it('and goes on without the person while a history tells of it: so it is booked, and so it is completed', async () => {
    const system = desk();
    system.tell = (one) => (one.found === 'changed' ? { ...one, found: 'history-remains' } : one);
    await erased(system);
    await open.verify();
    await open.erase('subject-row');
    await open.verify('subject-row');
    expect(await open.books()).toEqual({ 'erased/read-back': 6, 'anonymised/history-remains': 4 });
    const counts = (await erasureCounts(open.deps.ledger.db, open.requestId)).get(open.id());
    expect(counts).toMatchObject({ anonymised: 4, historyRemains: 4, unverified: 0 });
    await open.close('completed');
  });

  it.each(['hidden', 'pending'] as const)(
    'and is only %s: nothing of it is called erased, and the stage says so',
    async (found) => {
      const system = desk();
      const until = '2026-12-24';
      system.tell = (one) => (one.found === 'gone' ? { ...one, found, until } : one);
      await erased(system);
      await expect(open.verify()).rejects.toMatchObject({ type: 'erase-unfinished' });
      expect(await open.books()).toEqual({ 'erased/pending': 5, 'anonymised/read-back': 4 });
      system.tell = (one) => one;
      await open.verify();
      expect(await open.books()).toEqual({ 'erased/read-back': 5, 'anonymised/read-back': 4 });
    },
  );

  it('and of which nobody tells a day stays unfinished however often it is asked', async () => {
    const system = desk();
    system.tell = (one) => (one.found === 'gone' ? { ...one, found: 'hidden' } : one);
    await erased(system);
    await expect(open.verify('dependants', { attempt: 3 })).rejects.toMatchObject({ type: 'erase-unfinished' });
    expect(await open.books()).toEqual({ 'erased/pending': 5, 'anonymised/read-back': 4 });
  });

  it('and is on its way has the day that the system declares at most, where it tells none', async () => {
    const system = desk();
    Object.assign(system.manifest.erase ?? {}, { goneWithinDays: { pending: 30 } });
    system.tell = (one) => (one.found === 'gone' ? { ...one, found: 'pending' } : one);
    await erased(system);
    await open.verify('dependants', { attempt: 3 });
    expect(await open.books()).toMatchObject({ 'expiring/pending': 5 });
    const rows = await open.deps.ledger.db.selectFrom('register_entries').select(['kind', 'due_on']).execute();
    expect(rows).toEqual([{ kind: 'expiring', due_on: '2026-12-24' }]);
  });

  it('and that is not the one it was said of is not put off: the connector must say which it means', async () => {
    const system = desk();
    system.tell = (one) => (one.found === 'gone' ? { ...one, found: 'hidden', until: '2026-12-24' } : one);
    const was = system.verify.bind(system);
    system.verify = (context, input) =>
      was(context, {
        ...input,
        found: (chunk, told) =>
          input.found(
            chunk,
            told.map((one) => ({ ...one, keys: [[['id', 'notes-8-000009']]] })),
          ),
      });
    await erased(system);
    await expect(open.verify('dependants', { attempt: 3 })).rejects.toMatchObject({ type: 'internal' });
    expect(await open.deps.ledger.db.selectFrom('register_entries').select('id').execute()).toEqual([]);
  });

  it('and that a history tells of is no erasure', async () => {
    const system = desk();
    system.tell = (one) => (one.found === 'gone' ? { ...one, found: 'history-remains' } : one);
    await erased(system);
    await expect(open.verify()).rejects.toMatchObject({ type: 'erase-residue' });
  });
});

describe('what reading back found deleted and not gone', () => {
  const day = (text: string) => `${text}T09:00:00Z`;
  let open: SweepingDesk;
  afterEach(() => open.end());

  /** Two of five notes are out of sight until Christmas Eve, and one is on its way until New Year. */
  const weaker: Telling['tell'] = (one, id) => {
    if (one.found !== 'gone' || !id.startsWith('notes')) return one;
    if (/[01]$/.test(id)) return { ...one, found: 'hidden', until: '2026-12-24' };
    return id.endsWith('2') ? { ...one, found: 'pending', until: '2026-12-31' } : one;
  };

  async function toWaiting(system: Telling): Promise<void> {
    open = await newSweepingDesk('going', system);
    await open.toPlanned();
    await open.toNoReturn();
    await open.erase();
    system.tell = weaker;
    await open.verify('dependants', { attempt: 3 });
    await open.erase('subject-row');
    await open.verify('subject-row');
    await open.close('awaiting_expiry');
    await open.destroyStaging();
  }

  it('waits in the register until its day; everything else ends, and the request is not complete', async () => {
    const system = desk();
    await toWaiting(system);
    expect(await open.books()).toEqual({
      ...{ 'erased/read-back': 3, 'anonymised/read-back': 4, 'expiring/hidden': 2, 'expiring/pending': 1 },
    });
    expect(await open.register()).toEqual(['account 2 2026-12-25', 'account 1 2027-01-01']);
    const { receipt } = await readReceipt(open.deps, open.requestId);
    expect(receipt.state).toBe('awaiting_expiry');
    expect(receipt.systems[0]?.erasure?.kept).toEqual([
      expect.objectContaining({ reason: 'soft-deleted', evidence: 'hidden', until: '2026-12-24', count: 2 }),
      expect.objectContaining({ reason: 'on-its-way', evidence: 'pending', until: '2026-12-31', count: 1 }),
    ]);
    expect(receipt.ends.map(({ until, count }) => [until, count])).toEqual([
      ['2026-12-24', 2],
      ['2026-12-31', 1],
    ]);
  });

  it('is read back on its day by the sweep, which completes the request with the last of it', async () => {
    const system = desk();
    await toWaiting(system);
    system.tell = (one, id) => (id.endsWith('0') ? one : weaker(one, id));
    open.world.setNow(day('2026-12-24'));
    expect(await open.hour()).toEqual([]);
    open.world.setNow(day('2026-12-25'));
    await open.hour();
    // One of the two is still there: nothing of it is called erased, and it is asked about the next day.
    expect(await open.register()).toEqual(['account 1 2026-12-26 expiry-late', 'account 1 2027-01-01']);
    expect(await open.books()).toMatchObject({ 'erased/read-back': 4, 'expiring/hidden': 1, 'expiring/pending': 1 });
    system.tell = (one) => one;
    open.world.setNow(day('2027-01-01'));
    await open.hour();
    expect([await open.state(), await open.register()]).toEqual(['completed', []]);
    expect(await open.books()).toEqual({ 'erased/read-back': 6, 'anonymised/read-back': 4 });
    const rows = await open.deps.ledger.db
      .selectFrom('dispositions')
      .select(['reason', 'count'])
      .where('disposition', '=', 'erased')
      .where('reason', 'in', ['soft-deleted', 'on-its-way'])
      .orderBy('reason')
      .execute();
    expect(rows.map(({ reason, count }) => [reason, Number(count)])).toEqual([
      ['on-its-way', 1],
      ['soft-deleted', 2],
    ]);
  });

  it('is put off once, also where the stage dies behind it and is done again', async () => {
    const system = desk();
    open = await newSweepingDesk('going-twice', system);
    await open.toPlanned();
    await open.toNoReturn();
    await open.erase();
    system.tell = (one, id) => (id === 'posts-7-000003' ? { ...one, found: 'residue' } : weaker(one, id));
    await expect(open.verify('dependants', { attempt: 3 })).rejects.toMatchObject({ type: 'erase-residue' });
    expect(await open.books()).toMatchObject({ 'expiring/hidden': 2, 'expiring/pending': 1 });
    system.tell = weaker;
    await open.verify('dependants', { attempt: 3 });
    expect(await open.books()).toMatchObject({ 'expiring/hidden': 2, 'expiring/pending': 1, 'erased/read-back': 2 });
    expect(await open.register()).toHaveLength(2);
  });

  it('and stays without the person is asked for once more on its day, under the approval that it had', async () => {
    const system = desk();
    open = await newSweepingDesk('going-stays', system);
    await open.toPlanned();
    await open.toNoReturn();
    await open.erase();
    system.tell = (one, id) => (id === 'posts-7-000003' ? { ...one, found: 'pending', until: '2026-12-31' } : one);
    await open.verify('dependants', { attempt: 3 });
    await open.erase('subject-row');
    await open.verify('subject-row');
    await open.close('awaiting_expiry');
    await open.destroyStaging();
    expect(await open.books()).toMatchObject({ 'anonymised/read-back': 3, 'expiring/pending': 1 });
    system.tell = (one) => one;
    open.world.setNow(day('2027-01-01'));
    await open.hour();
    expect([await open.state(), await open.books()]).toEqual([
      'completed',
      { 'erased/read-back': 6, 'anonymised/read-back': 4 },
    ]);
  });
});

it('each of the six answers reaches receipt and evidence as what it is', async () => {
  const system = new Telling({
    needs: ['email'],
    accounts: [{ id: '7', proofs: { email: 'anna.marker@example.ee' } }],
    hasSubjectRow: true,
    collections: [
      { collection: 'notes', rows: rowsOf('notes', '7', 6) },
      { collection: 'posts', erase: { whole: 'anonymise' }, rows: rowsOf('posts', '7', 4) },
      {
        ...{ collection: 'lines', description: { recordClass: 'server-log' }, stream: { recordClass: 'server-log' } },
        erase: { mode: 'expiry', days: 90, balancing: { en: 'Lines cannot be erased singly.' } },
        rows: rowsOf('lines', '7', 2),
      },
    ],
  });
  const open = await newSweepingDesk('six', system);
  try {
    await open.toPlanned();
    await open.toNoReturn();
    system.undead.add('notes-7-000005');
    await open.erase();
    system.tell = (one, id) => {
      if (id === 'notes-7-000000' && one.found === 'gone') return { ...one, found: 'hidden', until: '2026-12-24' };
      if (id === 'notes-7-000001' && one.found === 'gone') return { ...one, found: 'pending', until: '2026-12-31' };
      return one.found === 'changed' ? { ...one, found: 'history-remains' } : one;
    };
    await expect(open.verify('dependants', { attempt: 3 })).rejects.toMatchObject({ type: 'erase-residue' });
    const factsOf = async () => (await systemFacts(open.deps.ledger.db, { id: open.requestId }))[0];
    const stopped = await factsOf();
    // Residue is erased in nobody's books: not read back, and the lane is not done.
    expect([stopped?.state === 'done', stopped?.erasure?.unverified]).toEqual([false, 4]);
    system.rows.get('notes')?.clear();
    await open.verify('dependants', { attempt: 3 });
    await open.erase('subject-row');
    await open.verify('subject-row');
    await open.close('awaiting_expiry');
    await open.destroyStaging();
    const { receipt } = await readReceipt(open.deps, open.requestId);
    const [facts] = receipt.systems;
    expect(facts?.erasure).toMatchObject({
      found: 13,
      erased: 5,
      anonymised: 4,
      historyRemains: 4,
      expiring: 4,
      unverified: 0,
    });
    expect(facts?.erasure?.kept.map(({ reason, evidence, until, count }) => [reason, evidence, until, count])).toEqual([
      ['expires', 'pending', expect.stringMatching(/^\d{4}-\d\d-\d\d$/), 2],
      ['soft-deleted', 'hidden', '2026-12-24', 1],
      ['on-its-way', 'pending', '2026-12-31', 1],
    ]);
    const { text } = await makeEvidence(open.deps, open.requestId);
    expect((await verifyEvidence(text)).findings).toEqual([]);
  } finally {
    await open.end();
  }
});
