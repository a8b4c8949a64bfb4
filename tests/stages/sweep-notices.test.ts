/**
 * Whoever received what a law had kept for years is told when it goes (Art. 19), by the data map alone: the person’s keys are long gone.
 * Until everybody was told, the pages that name the records live; then nothing is left of them.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ClaimId } from '../../src/ids.ts';
import { addSweepNotice } from '../../src/ledger/sweep-notices.ts';
import { type NoticeAnswer, noticesFor, type Recipient } from '../../src/policy/notices.ts';
import {
  issueDueSweepReceipts,
  latestSweepReceipt,
  listClaims,
  listHolds,
  listSweepNotices,
  openEntry,
  releaseHold,
  showClaim,
  tellOfSweep,
} from '../../src/requests/index.ts';
import { ErasingSystem } from '../workflow/erasing-system.ts';
import { companyDb, invoice, newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

const recipients: readonly Recipient[] = [
  { id: 'hosting', name: 'Host Ltd', kind: 'processor', within: ['account-db'] },
  { id: 'books', name: 'Books Ltd', kind: 'processor', contact: 'privacy@books.example' },
];

let desk: SweepingDesk;
afterEach(() => desk.end());

/** The invoices are received by three, of whom the configuration knows two; they are erased on the first day of 2034. */
async function toSwept(label: string, system: ErasingSystem, before: () => Promise<void> = async () => undefined) {
  desk = await newSweepingDesk(label, system);
  desk.as({ config: { ...desk.deps.config, recipients } });
  await desk.toRegistered();
  system.rows.get('lines')?.clear();
  desk.world.setNow('2027-06-01T09:00:00Z');
  await desk.hour();
  expect(await listSweepNotices(desk.deps)).toEqual([]);
  desk.world.setNow('2034-01-01T09:00:00Z');
  await desk.hour();
  const [claim] = await listClaims(desk.deps);
  if (claim === undefined) throw new Error('no claim');
  await before();
  await desk.approveAll();
  await desk.hour();
  return claim.id;
}

function receivedBy(...names: readonly string[]): ErasingSystem {
  const { options } = companyDb();
  const collections = options.collections.map((one) =>
    one.collection === 'invoices' ? { ...one, description: { ...one.description, recipients: names } } : one,
  );
  return new ErasingSystem({ ...options, collections });
}

const all = () => receivedBy('Host Ltd', 'Books Ltd', 'Tax Board');
const outcomes = async (claimId: ClaimId) => {
  const shown = await showClaim(desk.deps, claimId);
  return shown.recipients.map(({ name, role, outcome, records }) => [name, role, outcome, records]);
};
const say = (claimId: ClaimId, recipient: string, answer: NoticeAnswer, more: { reason?: string; on?: string } = {}) =>
  tellOfSweep(desk.deps, { claimId, recipient, answer, signedBy: desk.world.people.agent, ...more });
const registerKey = async () => {
  const row = desk.deps.ledger.db.selectFrom('register_entries').select('key_id').executeTakeFirstOrThrow();
  return (await row).key_id;
};

describe('recipients of what the sweep erased', () => {
  it('are asked about by batch, and what names the records lives until each of them was told', async () => {
    const claimId = await toSwept('sweep-notices', all());
    expect(await outcomes(claimId)).toEqual([
      ['Books Ltd', 'processor', 'open', 4],
      ['Host Ltd', 'processor', 'covered', 4],
      ['Tax Board', 'unlisted', 'open', 4],
    ]);
    const [first, second] = await listSweepNotices(desk.deps);
    expect([first, second]).toMatchObject([
      { recipient: 'books', dueOn: '2034-01-31', tell: expect.stringContaining('Art. 28(3)') },
      { name: 'Tax Board', dueOn: '2034-01-31', tell: expect.stringContaining('Art. 19') },
    ]);
    const unlisted = second?.recipient ?? '';
    // Whoever tells them can name the records, and only an officer, by name.
    const entries = (await showClaim(desk.deps, claimId)).entries.map(({ id }) => id);
    const { officer, agent } = desk.world.people;
    const opened = (signedBy: typeof officer) =>
      openEntry(desk.deps, entries[0] ?? ('reg' as (typeof entries)[number]), signedBy);
    await expect(opened(agent)).rejects.toMatchObject({ code: 'person-role' });
    expect(await opened(officer)).toContainEqual(invoice(0));
    const key = await registerKey();
    await desk.hour();
    expect(await desk.objects('register/')).not.toEqual([]);
    for (const table of ['sweep_notices', 'sweep_lines', 'sweep_receipts', 'audit']) {
      const { rows } = await desk.world.asOwner(`select t::text as text from ${table} t`);
      expect(rows.map(({ text }) => text).join()).not.toMatch(/anna|marker|invoices-7/);
    }

    await expect(say(claimId, unlisted, 'impossible')).rejects.toMatchObject({ code: 'reason-needed' });
    await expect(say(claimId, 'books', 'sent', { on: '2034-02-01' })).rejects.toMatchObject({ code: 'delivery-date' });
    await expect(say(claimId, 'hosting', 'sent')).rejects.toMatchObject({ code: 'sweep-told' });
    await expect(say(claimId, 'nobody', 'sent')).rejects.toMatchObject({ code: 'sweep-told' });
    expect(await say(claimId, unlisted, 'sent')).toMatchObject({ settled: true });
    expect(await say(claimId, 'books', 'sent')).toMatchObject({ settled: false });
    // Instructed once; what is missing is its confirmation.
    await expect(say(claimId, 'books', 'sent')).rejects.toMatchObject({ code: 'sweep-told' });
    await desk.hour();
    expect(await desk.objects('register/')).not.toEqual([]);
    await issueDueSweepReceipts(desk.deps);
    desk.world.setNow('2034-01-05T09:00:00Z');
    expect(await say(claimId, 'books', 'acknowledged')).toMatchObject({ settled: true, on: '2034-01-01' });
    expect(await listSweepNotices(desk.deps)).toEqual([]);
    await desk.hour();
    expect(await desk.objects('register/')).toEqual([]);
    await expect(desk.deps.keys.use(key)).rejects.toMatchObject({ code: 'key-destroyed' });

    // The receipt is made anew with what was said, each outcome as it is.
    expect(await issueDueSweepReceipts(desk.deps)).toEqual({ issued: 1 });
    const { receipt } = await latestSweepReceipt(desk.deps, claimId);
    expect(receipt.no).toBe(2);
    expect(receipt.recipients?.map(({ name, outcome, toldOn }) => [name, outcome, toldOn])).toEqual([
      ['Books Ltd', 'acknowledged', '2034-01-01'],
      ['Host Ltd', 'covered', null],
      ['Tax Board', 'sent', '2034-01-01'],
    ]);
    const rewrite = `update sweep_notices set state = 'open', settled_at = null`;
    await expect(desk.world.asOwner(rewrite)).rejects.toThrow('a settled notice never changes');
  });

  it('are told of what a hold had kept when that goes, apart from what they were told before', async () => {
    const system = all();
    const claimId = await toSwept('sweep-notices-later', system, async () => {
      await desk.hold({ records: [invoice(1)] });
    });
    expect((await outcomes(claimId))[0]).toEqual(['Books Ltd', 'processor', 'open', 3]);
    await say(claimId, 'books', 'sent');
    desk.world.setNow('2034-02-10T09:00:00Z');
    const [hold] = await listHolds(desk.deps);
    if (hold === undefined) throw new Error('no hold');
    await releaseHold(desk.deps, { holdId: hold.id, reason: 'Settled', signedBy: desk.world.people.officer });
    await desk.hour();
    const next = (await listClaims(desk.deps)).find(({ state }) => state === 'asked');
    if (next === undefined) throw new Error('nobody was asked');
    await desk.approveAll();
    await desk.hour();
    expect((await outcomes(next.id))[0]).toEqual(['Books Ltd', 'processor', 'open', 1]);
    // What was told of the first batch stays as it was.
    expect((await outcomes(claimId))[0]).toEqual(['Books Ltd', 'processor', 'sent', 3]);
    expect(await desk.objects('register/')).toHaveLength(2);
    // Everybody was told of the one: its page goes, and what opens the other's stays.
    for (const { recipient, settledAt } of (await showClaim(desk.deps, next.id)).recipients)
      if (settledAt === null) await say(next.id, recipient, 'acknowledged');
    await desk.hour();
    expect(await desk.objects('register/')).toHaveLength(1);
    const [entry] = (await showClaim(desk.deps, claimId)).entries;
    if (entry === undefined) throw new Error('no entry');
    expect(await openEntry(desk.deps, entry.id, desk.world.people.officer)).toHaveLength(3);
  });

  it('have one notice a batch while nobody was told, and another of what it erases afterwards', async () => {
    const claimId = await toSwept('sweep-notices-more', all());
    const { db } = desk.deps.ledger;
    const more = async () => {
      const changed = { right: 'erasure' as const, systemId: 'account-db', collection: 'invoices', count: 2 };
      const notices = noticesFor([{ ...changed, recipients: ['Host Ltd', 'Books Ltd'] }], recipients);
      const of = { claimId, at: desk.deps.now(), dueOn: '2034-02-10' };
      await db.transaction().execute(async (trx) => {
        for (const notice of notices) await addSweepNotice(trx, of, notice);
      });
    };
    await more();
    expect((await outcomes(claimId)).slice(0, 2)).toEqual([
      ['Books Ltd', 'processor', 'open', 6],
      ['Host Ltd', 'processor', 'covered', 6],
    ]);
    await say(claimId, 'books', 'impossible', { reason: 'Dissolved in 2030' });
    await more();
    await more();
    expect((await outcomes(claimId)).slice(0, 3)).toEqual([
      ['Books Ltd', 'processor', 'impossible', 6],
      ['Books Ltd', 'processor', 'open', 4],
      ['Host Ltd', 'processor', 'covered', 10],
    ]);
    // What is answered next is the one that nobody has answered.
    expect(await say(claimId, 'books', 'acknowledged')).toMatchObject({ settled: true });
    expect((await outcomes(claimId))[1]).toEqual(['Books Ltd', 'processor', 'acknowledged', 4]);
  });

  it('of what expires are told once, of all of it, when its page has ended and can be opened', async () => {
    const { options } = companyDb();
    const collections = options.collections.map((one) =>
      one.collection === 'lines' ? { ...one, description: { ...one.description, recipients: ['Tax Board'] } } : one,
    );
    const system = new ErasingSystem({ ...options, collections });
    desk = await newSweepingDesk('sweep-notices-late', system);
    desk.as({ config: { ...desk.deps.config, recipients } });
    await desk.toRegistered();
    const [first, second] = system.left('lines');
    system.rows.get('lines')?.delete(first ?? '');
    desk.world.setNow('2027-06-01T09:00:00Z');
    await desk.hour();
    expect(await desk.books()).toMatchObject({ 'expiring/pending': 1 });
    expect(await listSweepNotices(desk.deps)).toEqual([]);
    system.rows.get('lines')?.delete(second ?? '');
    desk.world.setNow('2027-06-02T09:00:00Z');
    await desk.hour();
    const notices = await listSweepNotices(desk.deps);
    expect(notices).toMatchObject([{ name: 'Tax Board', records: 2 }]);
    const claimId = notices[0]?.claimId;
    const [entry] = claimId === undefined ? [] : (await showClaim(desk.deps, claimId)).entries;
    if (entry === undefined) throw new Error('nothing to open');
    expect(await openEntry(desk.deps, entry.id, desk.world.people.officer)).toHaveLength(2);
    await desk.hour();
    expect(await listSweepNotices(desk.deps)).toHaveLength(1);
  });

  it('who were told while a receipt was made are on the next', async () => {
    const claimId = await toSwept('sweep-notices-between', all());
    await issueDueSweepReceipts(desk.deps);
    const made = desk.deps.now().getTime();
    let calls = 0;
    const slow = { ...desk.deps, now: () => new Date(made + (calls++ === 0 ? -1_000 : 1_000)) };
    await tellOfSweep(slow, { claimId, recipient: 'books', answer: 'sent', signedBy: desk.world.people.agent });
    expect(await issueDueSweepReceipts(desk.deps)).toMatchObject({ issued: 1 });
  });

  it('are none where the data map names none, and none of what was gone already', async () => {
    const system = all();
    const claimId = await toSwept('sweep-notices-absent', system, async () => system.rows.get('invoices')?.clear());
    expect(await desk.books()).toMatchObject({ 'absent/read-back': 4 });
    expect(await outcomes(claimId)).toEqual([]);
    expect((await latestSweepReceipt(desk.deps, claimId)).receipt.recipients).toBeUndefined();
    await desk.hour();
    expect(await desk.objects('register/')).toEqual([]);
  });
});
