/** What a vendor lets go of later than it is asked waits in the register, comes back by itself, and is never called erased before. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CallContext, EraseInput } from '../../connectors/contract.ts';
import { parseCivilDate } from '../../src/policy/clock/index.ts';
import { dryRun, listClaims, rejectClaim } from '../../src/requests/index.ts';
import { type ErasingSystem, rowsOf } from '../workflow/erasing-system.ts';
import { companyDb, newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

let desk: SweepingDesk;
afterEach(() => desk.end());

const day = (text: string) => parseCivilDate(text, 'test');
const notes = (...ids: readonly number[]) => ids.map((no) => `notes-7-00000${no}`);
const notYet = { from: '2027-02-14', code: 'vendor-not-yet' } as const;
const runs = { from: null, code: 'vendor-job-runs' } as const;

/** Past the point of no return, with nothing that expires. */
async function toErasing(label: string, system: ErasingSystem): Promise<void> {
  system.rows.get('lines')?.clear();
  desk = await newSweepingDesk(label, system);
  await desk.toPlanned();
  await desk.toNoReturn();
}

async function toWaiting(): Promise<void> {
  await desk.verify();
  await desk.erase('subject-row');
  await desk.verify('subject-row');
  await desk.close('awaiting_expiry');
  await desk.destroyStaging();
}

describe('records that a vendor lets go of on a later day', () => {
  it('wait for it in the register, counted as what is not gone yet; everything else is erased', async () => {
    const system = companyDb();
    system.later.set('notes-7-000001', notYet);
    await toErasing('vendor-day', system);
    await desk.erase();
    expect(system.left('notes')).toEqual(notes(1));
    expect(await desk.books()).toMatchObject({ 'erased/pending': 2, 'expiring/pending': 1 });
    expect(await desk.register()).toContain('account 1 2027-02-14');
    await desk.close('completed').then(
      () => expect('completed').toBe('refused'),
      (error: unknown) => expect(error).toMatchObject({ type: 'books-unbalanced' }),
    );
    await toWaiting();
    expect(await desk.state()).toBe('awaiting_expiry');
  });

  it('are asked for again on that day, by themselves and under the approval they have, and complete the request', async () => {
    const system = companyDb();
    for (const id of notes(0, 2)) system.later.set(id, notYet);
    await toErasing('vendor-again', system);
    await desk.erase();
    await toWaiting();
    system.later.delete('notes-7-000000');
    desk.world.setNow('2027-02-13T09:00:00Z');
    expect(await desk.hour()).toEqual([]);
    expect(await dryRun(desk.deps, day('2027-02-14'))).toMatchObject([{ what: 'erase', count: 2, asks: [] }]);
    desk.world.setNow('2027-02-14T09:00:00Z');
    // One of them the vendor still refuses, to another day: it alone goes on waiting.
    system.later.set('notes-7-000002', { from: '2027-03-01', code: 'vendor-not-yet' });
    await desk.hour();
    expect(system.left('notes')).toEqual(notes(2));
    expect(await desk.books()).toMatchObject({ 'erased/read-back': 3, 'expiring/pending': 1 });
    expect(await desk.state()).toBe('awaiting_expiry');
    system.later.clear();
    desk.world.setNow('2027-03-01T09:00:00Z');
    await desk.hour();
    expect([system.left('notes'), await desk.state()]).toEqual([[], 'completed']);
    expect(await desk.books()).toEqual({ 'erased/read-back': 4, 'retained/none': 4 });
    const { rows } = {
      rows: await desk.deps.ledger.db.selectFrom('dispositions').select(['reason']).distinct().execute(),
    };
    expect(rows.map(({ reason }) => reason)).toContain('vendor-later');
  });

  it('are not believed where they are not of the chunk that was handed out: nothing enters the register', async () => {
    const system = companyDb();
    system.later.set('notes-7-000001', notYet);
    await toErasing('vendor-foreign', system);
    const was = system.erase;
    system.erase = (context: CallContext, input: EraseInput) => {
      const { journal } = input;
      const key = [['id', 'notes-8-000009']] as const;
      return was.call(system, context, {
        ...input,
        journal: {
          begin: (chunk) => journal.begin(chunk),
          running: (chunk) => journal.running(chunk),
          outcome: (chunk, outcomes, waiting = []) =>
            journal.outcome(
              chunk,
              outcomes,
              waiting.map((one) => ({ ...one, key })),
            ),
        },
      });
    };
    await expect(desk.erase()).rejects.toMatchObject({ type: 'internal' });
    expect(await desk.register()).toEqual([expect.stringMatching(/^invoice 4 /)]);
  });

  it('stay where a hold reaches them by then, and where people reject it', async () => {
    const system = companyDb();
    system.later.set('notes-7-000001', notYet);
    await toErasing('vendor-held', system);
    await desk.erase();
    await toWaiting();
    system.later.clear();
    await desk.hold({ records: [{ collection: 'notes', key: [['id', 'notes-7-000001']] }] });
    desk.world.setNow('2027-02-14T09:00:00Z');
    await desk.hour();
    expect(system.left('notes')).toEqual(notes(1));
    expect(await desk.register()).toContain('account 1 2027-03-16 hold-placed');
    expect(await listClaims(desk.deps)).toEqual([]);
  });
});

describe('a vendor’s job', () => {
  it('that runs keeps its chunk without an outcome, and the lane waits with a code; asked again it goes on', async () => {
    const system = companyDb();
    system.later.set('notes-7-000001', runs);
    await toErasing('vendor-runs', system);
    expect(await desk.erase()).toMatchObject({ running: true });
    const lane = () => desk.deps.ledger.db.selectFrom('lanes').select(['state', 'code']).executeTakeFirstOrThrow();
    expect(await lane()).toEqual({ state: 'waiting', code: 'vendor-job-runs' });
    expect(await desk.books()).not.toHaveProperty('erased/pending');
    system.later.clear();
    expect(await desk.erase()).not.toHaveProperty('running');
    // What was gone of the chunk already was erased by its open intent.
    expect(await desk.books()).toMatchObject({ 'erased/inferred': 3 });
    expect(await lane()).toEqual({ state: 'waiting', code: null });
  });

  it('that runs for a week goes into the register, and is asked about every day', async () => {
    const system = companyDb();
    system.later.set('notes-7-000001', runs);
    await toErasing('vendor-week', system);
    expect(await desk.erase()).toMatchObject({ running: true });
    expect(await handOver()).not.toHaveProperty('running');
    expect(await desk.register()).toContain('account 1 2026-11-24');
    await toWaiting();
    desk.world.setNow('2026-11-24T09:00:00Z');
    const [claimId] = await desk.hour();
    expect(claimId && (await desk.claim(claimId))).toMatchObject({ state: 'parked', code: 'vendor-job-runs' });
    expect(await desk.hour()).toEqual([]);
    system.later.clear();
    desk.world.setNow('2026-11-25T09:00:00Z');
    await desk.hour();
    expect([system.left('notes'), await desk.state()]).toEqual([[], 'completed']);
  });

  async function handOver() {
    const { system, was } = { system: desk.systems['account-db'], was: desk.systems['account-db']?.erase };
    if (system === undefined || was === undefined) throw new Error('no system');
    system.erase = (context: CallContext, input: EraseInput) => was.call(system, context, { ...input, handOver: true });
    const told = await desk.erase();
    system.erase = was;
    return told;
  }
});

describe('in the sweep of what a law has kept', () => {
  it('a record that the vendor does not let go of is left to its day, the others of its page go', async () => {
    const system = companyDb();
    system.rows.get('lines')?.clear();
    desk = await newSweepingDesk('vendor-sweep', system);
    await desk.toRegistered('completed');
    system.later.set('invoices-7-000002', { from: null, code: 'document-fixed' });
    desk.world.setNow('2034-01-01T09:00:00Z');
    const [claimId] = await desk.hour();
    // People may take their time; the vendor is asked again so long after it was asked.
    desk.world.setNow('2034-02-20T09:00:00Z');
    await desk.approveAll();
    await desk.hour();
    expect(claimId && (await desk.claim(claimId))).toMatchObject({ state: 'done' });
    expect(system.left('invoices')).toEqual(['invoices-7-000002', 'invoices-8-000000', 'invoices-8-000001']);
    expect(await desk.register()).toEqual(['invoice 1 2034-03-22 document-fixed']);
    expect(await desk.books()).toEqual({ 'erased/read-back': 7, 'retained/none': 1 });
    system.later.clear();
    desk.world.setNow('2034-03-22T09:00:00Z');
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(await desk.books()).toEqual({ 'erased/read-back': 8 });
  });

  it('a page of which nothing goes yet leaves the claim whole, and rejecting it is possible on the next day', async () => {
    const system = companyDb();
    system.rows.get('lines')?.clear();
    desk = await newSweepingDesk('vendor-sweep-whole', system);
    await desk.toRegistered('completed');
    for (const row of rowsOf('invoices', '7', 4))
      system.later.set(row.id, { from: '2034-02-01', code: 'vendor-not-yet' });
    desk.world.setNow('2034-01-01T09:00:00Z');
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(await desk.register()).toEqual(['invoice 4 2034-02-01 vendor-not-yet']);
    desk.world.setNow('2034-02-01T09:00:00Z');
    await desk.hour();
    const [claim] = await listClaims(desk.deps);
    if (claim === undefined) throw new Error('nothing was claimed');
    await rejectClaim(desk.deps, { claimId: claim.id, reason: 'an audit', signedBy: desk.world.people.officer });
    expect(await desk.register()).toEqual(['invoice 4 2034-03-03 sweep-rejected']);
  });
});
