/** What was erased does not come back with a restored copy: it is erased again, and nothing else is. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { copiesOf } from '../../src/ledger/copy-entries.ts';
import {
  approveClaim,
  listClaims,
  listHolds,
  listRegister,
  readReceipt,
  rejectClaim,
  releaseHold,
  replayClaims,
  replayDryRun,
} from '../../src/requests/index.ts';
import { ErasingSystem, type FakeRow, rowOf, rowsOf } from '../workflow/erasing-system.ts';
import { newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

const nightly = [{ name: 'Nightly copies', maxAgeDays: 35 }];
/** Everything is erased on 23 November 2026. */
const since = new Date('2026-11-20T02:00:00Z');

let desk: SweepingDesk;
afterEach(() => desk.end());

function accountDb(): ErasingSystem {
  const made = (createdAt: string) => ({ createdAt });
  return new ErasingSystem({
    needs: ['email'],
    accounts: [
      { id: '7', proofs: { email: 'anna.marker@example.ee' } },
      { id: '8', proofs: { email: 'berta.marker@example.ee' } },
    ],
    hasSubjectRow: true,
    collections: [
      {
        collection: 'notes',
        rows: [
          ...rowsOf('notes', '7', 3, made('2026-10-01T08:00:00Z')),
          rowOf('notes-7-late', '7', made('2026-11-21T08:00:00Z')),
          rowOf('notes-7-undated', '7', {}),
          ...rowsOf('notes', '8', 2, made('2026-10-01T08:00:00Z')),
        ],
      },
      { ...{ collection: 'posts', erase: { whole: 'anonymise' } }, rows: rowsOf('posts', '7', 2, made('2026-10-02')) },
    ],
  });
}

/** Erased and over; the rows as a copy of `since` would bring them back. */
async function toRestored(label: string, backups = nightly) {
  const system = accountDb();
  const copy = new Map(
    [...system.rows].map(([name, rows]) => [name, [...rows.values()].map((row) => structuredClone(row))]),
  );
  desk = await newSweepingDesk(label, system, {}, backups);
  await desk.toRegistered('completed');
  const restore = (isIn: (row: FakeRow) => boolean = (row) => row.id !== 'notes-7-late') => {
    for (const [name, rows] of copy) {
      system.rows.get(name)?.clear();
      system.insert(name, ...rows.filter(isIn).map((row) => structuredClone(row)));
    }
  };
  return { system, restore, account: { systemId: desk.id(), since } };
}

const everything = (system: ErasingSystem) =>
  Object.fromEntries(
    [...system.rows].map(([name, rows]) => [name, [...rows.values()].map((row) => structuredClone(row))]),
  );

describe('after a restore', () => {
  it('what was erased since is erased again when two people agree; what came later under the same number is left alone', async () => {
    const { system, restore, account } = await toRestored('replay');
    const after = everything(system);
    restore();
    // The number of a note that the copy does not have was given anew, and she has signed up again.
    const others = [rowOf('notes-7-late', '8'), rowOf('notes-9-0', '9')];
    system.insert('notes', ...others);
    system.insert('accounts', rowOf('9', '9'));
    const lines = await replayDryRun(desk.deps, account);
    const line = { recordClass: 'account', what: 'again', action: 'delete', asks: [] };
    expect(lines).toHaveLength(4);
    for (const expected of [
      { ...line, count: 4 },
      { ...line, action: 'anonymise', count: 2 },
      { ...line, asks: ['undated'], count: 1 },
      { ...line, what: 'newer', action: null, count: 1 },
    ])
      expect(lines).toContainEqual(expected);
    expect(await replayClaims(desk.deps, account)).toHaveLength(1);
    expect(await replayClaims(desk.deps, account)).toEqual([]);
    await desk.hour();
    expect(await listClaims(desk.deps)).toMatchObject([{ kind: 'replay', state: 'asked', asks: ['undated'] }]);
    expect(system.left('notes')).toHaveLength(8);
    await desk.approveAll();
    await desk.hour();
    expect(await listClaims(desk.deps)).toEqual([]);
    const restored = everything(system);
    expect(restored.notes?.map(({ id }) => id).sort()).toEqual(
      [...(after.notes ?? []), ...others].map(({ id }) => id).sort(),
    );
    expect(restored.posts).toEqual(after.posts);
    expect(restored.accounts?.map(({ id }) => id)).toEqual(['8', '9']);
    // The books had it already, and it can be restored once more.
    expect(await desk.books()).toEqual({ 'erased/read-back': 6, 'anonymised/read-back': 2 });
    restore();
    expect(await replayClaims(desk.deps, account)).toHaveLength(1);
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(everything(system).posts).toEqual(after.posts);
    expect(system.left('accounts')).toEqual(['8']);
  });

  it('nothing happens twice where the worker dies between the effect and its outcome', async () => {
    const { system, restore, account } = await toRestored('replay-killed');
    restore();
    await replayClaims(desk.deps, account);
    await desk.hour();
    await desk.approveAll();
    let deaths = 0;
    system.during = (moment) => {
      if (moment !== 'after-effect') return;
      deaths += 1;
      if (deaths === 2) throw new Error('killed');
    };
    await desk.hour();
    const [parked] = await listClaims(desk.deps);
    expect(parked?.state).toBe('parked');
    desk.world.setNow('2026-11-25T09:00:00Z');
    await desk.hour();
    expect(await listClaims(desk.deps)).toEqual([]);
    expect([system.left('accounts'), system.left('notes')]).toEqual([['8'], ['notes-8-000000', 'notes-8-000001']]);
  });

  it('what had been erased before the copy was made is not looked for, nor what a hold reaches by then', async () => {
    const { system, restore, account } = await toRestored('replay-held');
    desk.world.setNow('2026-11-24T12:00:00Z');
    expect(await replayDryRun(desk.deps, { ...account, since: new Date('2026-11-24T02:00:00Z') })).toEqual([]);
    restore();
    await desk.hold({ records: [{ collection: 'notes', key: [['id', 'notes-7-000001']] }] });
    await replayClaims(desk.deps, account);
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(system.left('notes')).toEqual(['notes-7-000001', 'notes-8-000000', 'notes-8-000001']);
  });

  it('what a hold had kept is not touched, also when the hold is released: nothing of it was erased', async () => {
    const system = accountDb();
    desk = await newSweepingDesk('replay-kept', system, {}, nightly);
    await desk.toPlanned();
    await desk.toNoReturn();
    await desk.hold({ records: [{ collection: 'notes', key: [['id', 'notes-7-000001']] }] });
    await desk.erase();
    await desk.verify();
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    await desk.close('completed');
    const [hold] = await listHolds(desk.deps);
    if (hold === undefined) throw new Error('no hold');
    await releaseHold(desk.deps, { holdId: hold.id, reason: 'Settled', signedBy: desk.world.people.officer });
    expect(system.left('notes')).toContain('notes-7-000001');
    const lines = await replayDryRun(desk.deps, { systemId: desk.id(), since });
    expect(lines).toContainEqual({ recordClass: 'account', what: 'kept', action: null, asks: [], count: 1 });
    await replayClaims(desk.deps, { systemId: desk.id(), since });
    await desk.hour();
    const claim = (await listClaims(desk.deps)).find(({ kind }) => kind === 'replay');
    if (claim === undefined) throw new Error('no claim');
    const { officer, second } = desk.world.people;
    for (const signedBy of [officer, second]) await approveClaim(desk.deps, { claimId: claim.id, signedBy });
    await desk.hour();
    expect(await desk.claim(claim.id)).toMatchObject({ state: 'done' });
    expect(system.left('notes')).toContain('notes-7-000001');
  });

  it('in the middle of an erasure brings back what was done already, which is erased again, and the erasure ends', async () => {
    const system = accountDb();
    const rows = [...(system.rows.get('notes')?.values() ?? [])].map((row) => structuredClone(row));
    desk = await newSweepingDesk('replay-midway', system, {}, nightly);
    await desk.toPlanned();
    await desk.toNoReturn();
    await desk.erase();
    system.insert('notes', ...rows);
    await expect(desk.verify()).rejects.toMatchObject({ type: 'erase-residue' });
    const account = { systemId: desk.id(), since };
    // Not the account itself, which is still to be erased by its own request.
    expect((await replayDryRun(desk.deps, account)).reduce((sum, { count }) => sum + count, 0)).toBe(7);
    await replayClaims(desk.deps, account);
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(await listClaims(desk.deps)).toEqual([]);
    system.rows.get('notes')?.delete('notes-7-late');
    await desk.verify();
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    await desk.close('completed');
    expect(system.left('notes')).toEqual(['notes-8-000000', 'notes-8-000001']);
    expect(await copiesOf(desk.deps.ledger.db, desk.requestId)).toMatchObject([{ records: 8, goneOn: '2026-12-29' }]);
  });

  it('a number that is another’s by now is left alone, and what is left of it is no residue', async () => {
    const { system, restore, account } = await toRestored('replay-hands');
    restore();
    system.insert('notes', rowOf('notes-7-000002', '8'));
    await replayClaims(desk.deps, account);
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(await listClaims(desk.deps)).toEqual([]);
    expect(system.left('notes')).toEqual(['notes-7-000002', 'notes-8-000000', 'notes-8-000001']);
  });

  it('refuses a copy of the future, and a system without backups', async () => {
    const { account } = await toRestored('replay-refused');
    const future = { ...account, since: new Date('2027-01-01T00:00:00Z') };
    await expect(replayClaims(desk.deps, future)).rejects.toMatchObject({ code: 'replay-future' });
    const without = { ...desk.deps, config: { ...desk.deps.config, backups: [] } };
    await expect(replayClaims(without, account)).rejects.toMatchObject({ code: 'backups-unknown' });
  });
});

describe('copies in backups', () => {
  it('are counted from the day of erasing, are told with the request and nowhere else, and end with their locators', async () => {
    const { account } = await toRestored('copies');
    const { requestId, deps } = desk;
    expect(await copiesOf(deps.ledger.db, requestId)).toEqual([
      { systemId: account.systemId, records: 8, heldBy: 'Nightly copies (35 days)', goneOn: '2026-12-29' },
    ]);
    expect(await listRegister(deps)).toEqual([]);
    const stated = { system: account.systemId, heldBy: 'Nightly copies (35 days)', records: 8, goneOn: '2026-12-29' };
    expect((await readReceipt(deps, requestId)).receipt.copies).toEqual([stated]);
    const pages = await desk.objects('register/');
    expect(pages.length).toBeGreaterThan(0);
    desk.world.setNow('2026-12-28T09:00:00Z');
    await desk.hour();
    expect(await desk.objects('register/')).toEqual(pages);
    desk.world.setNow('2026-12-29T09:00:00Z');
    await desk.hour();
    expect(await copiesOf(deps.ledger.db, requestId)).toEqual([]);
    expect(await desk.objects('register/')).toEqual([]);
    expect(await replayDryRun(deps, account)).toEqual([]);
  });

  it('lapse on their day where a replay was rejected, and where a batch that nobody has approved has them', async () => {
    const { account } = await toRestored('copies-rejected');
    const { deps, requestId, world } = desk;
    const reject = async () => {
      const [claim] = await listClaims(deps);
      if (claim === undefined) throw new Error('no claim');
      await rejectClaim(deps, { claimId: claim.id, signedBy: world.people.officer, reason: 'Another copy comes' });
    };
    await replayClaims(deps, account);
    await desk.hour();
    await reject();
    expect(await copiesOf(deps.ledger.db, requestId)).toMatchObject([{ records: 8, goneOn: '2026-12-29' }]);
    await replayClaims(deps, account);
    await desk.hour();
    await world.asOwner(`update register_entries set claim_id = null where collection = 'posts'`);
    world.setNow('2026-12-29T09:00:00Z');
    await desk.hour();
    // Nobody had approved the batch: it holds up none of them.
    expect(await copiesOf(deps.ledger.db, requestId)).toEqual([]);
    expect(await listClaims(deps)).toEqual([]);
  });

  it('live as long as the backups do by then', async () => {
    const { account } = await toRestored('copies-longer');
    const { deps, requestId } = desk;
    desk.world.setNow('2026-12-29T09:00:00Z');
    const longer = (deps.config.backups ?? []).map((one) => ({ ...one, maxAgeDays: 90 }));
    desk.as({ config: { ...deps.config, backups: longer } });
    await desk.hour();
    expect(await copiesOf(deps.ledger.db, requestId)).toMatchObject([{ goneOn: '2027-02-22' }]);
    expect(await replayDryRun(deps, account)).toHaveLength(4);
  });

  it('of a customer’s instruction is asked of the system as it is about a workspace', async () => {
    const { system, restore, account } = await toRestored('replay-workspace');
    const after = everything(system);
    restore();
    await asInstruction();
    const asked: string[] = [];
    Object.assign(system, {
      manifest: { ...system.manifest, workspace: { needs: ['workspace'] } },
      workspace: {
        undeclared: { toFind: [], toErase: [] },
        locate: system.locate.bind(system),
        read: system.read.bind(system),
        prepare: system.prepare.bind(system),
        erase: system.erase.bind(system),
        verify: (...given: Parameters<ErasingSystem['verify']>) => {
          asked.push(given[1].part);
          return ErasingSystem.prototype.verify.apply(system, given);
        },
      },
      // As a person's system a plan of a workspace has streams that it does not know.
      prepare: async () => ({ refusals: [{ code: 'stream-changed' as const, where: 'notes' }] }),
    });
    expect(await replayClaims(desk.deps, account)).toHaveLength(1);
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(await listClaims(desk.deps)).toEqual([]);
    expect(everything(system)).toEqual(after);
    expect(asked).toContain('dependants');
  });
});

/** The request that was erased is a customer's instruction. */
async function asInstruction(): Promise<void> {
  await desk.world.asOwner(
    `insert into instructions (request_id, act, mandate_sha256, mandate_sealed, notice_ends_on, transition_ends_on, retrieval_days)
     select r.id, 'erase', repeat('0', 64), r.identifiers_sealed, r.received_on, r.received_on, 0 from requests r where r.id = $1`,
    [desk.requestId],
  );
}
