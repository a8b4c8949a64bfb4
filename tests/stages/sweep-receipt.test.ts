/**
 * A batch of the retention sweep has a receipt of its own, on a real ledger and a real bucket: it states by class, law and day what was
 * erased, kept for longer or left, outlives every case file, verifies offline, and names no person, request or record.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { anchorHeads } from '../../src/ledger/anchors.ts';
import { publishedKeys } from '../../src/ledger/signing-keys.ts';
import { verifyEvidence } from '../../src/proof/evidence-verify.ts';
import type { SweepReceipt } from '../../src/proof/sweep-receipt-schema.ts';
import { sweepReceiptWrong, verifySweepReceipt } from '../../src/proof/sweep-receipt-verify.ts';
import { endCaseFiles } from '../../src/requests/end-case-files.ts';
import { makeEvidence } from '../../src/requests/evidence.ts';
import {
  issueDueSweepReceipts,
  issueReceipt,
  issueSweepReceipt,
  latestSweepReceipt,
  listClaims,
  readReceipt,
  rejectClaim,
  replayClaims,
  switchAutomatic,
} from '../../src/requests/index.ts';
import { canonicalJson } from '../../src/security/canonical.ts';
import { signJws } from '../../src/security/receipt-keys.ts';
import { ErasingSystem } from '../workflow/erasing-system.ts';
import { periods } from './erasing-desk.ts';
import { companyDb, invoice, newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

let desk: SweepingDesk;
afterEach(() => desk.end());

const law = expect.stringContaining('Accounting Act');
const firstDay = '2034-01-01T09:00:00Z';

/** The lines have gone by themselves, and the invoices wait for approval on their first day. */
async function toAsked(label: string, system = companyDb()) {
  desk = await newSweepingDesk(label, system);
  await desk.toRegistered();
  system.rows.get('lines')?.clear();
  desk.world.setNow('2027-06-01T09:00:00Z');
  await desk.hour();
  desk.world.setNow(firstDay);
  await desk.hour();
  const claim = (await listClaims(desk.deps)).find(({ state }) => state === 'asked');
  if (claim === undefined) throw new Error('nobody was asked');
  return { system, claimId: claim.id, about: claim.about };
}

/** Signed anew by whoever can sign, with something else in it. */
async function forged(change: (receipt: SweepReceipt) => unknown, claimId: Parameters<typeof latestSweepReceipt>[1]) {
  const { receipt, keys } = await latestSweepReceipt(desk.deps, claimId);
  change(receipt);
  const row = await desk.deps.ledger.db.selectFrom('signing_keys').selectAll().executeTakeFirstOrThrow();
  const seed = await desk.deps.keys.use(row.key_id);
  const jws = await signJws(canonicalJson(receipt), seed, row.kid, 'habeas-sweep-receipt+jws');
  return (await verifySweepReceipt(jws, keys)).findings.map(({ kind }) => kind);
}

describe('the receipt of a batch', () => {
  it('is made after every case file has ended, says what went by which law and who approved, and nothing of anybody', async () => {
    const { claimId, about } = await toAsked('sweep-receipt');
    await endCaseFiles(desk.deps);
    await expect(issueReceipt(desk.deps, desk.requestId)).rejects.toMatchObject({ code: 'key-destroyed' });
    // The lines were read back years ago; of the invoices nothing can be told yet.
    expect(await issueDueSweepReceipts(desk.deps)).toEqual({ issued: 1 });
    await expect(latestSweepReceipt(desk.deps, claimId)).rejects.toMatchObject({ code: 'sweep-receipt-not-ready' });
    await desk.approveAll();
    await desk.hour();
    expect(await issueDueSweepReceipts(desk.deps)).toEqual({ issued: 1 });
    expect(await issueDueSweepReceipts(desk.deps)).toEqual({ issued: 0 });
    const { receipt, jws, keys } = await latestSweepReceipt(desk.deps, claimId);
    const [first, second] = receipt.people;
    expect(receipt).toMatchObject({
      ...{ batch: claimId, no: 1, previous: null, system: 'account-db', does: 'erase', asOf: '2034-01-01' },
      ...{ state: 'done', approvedBy: 'people', peopleNeeded: 2, about, claimed: { entries: 1, records: 4 }, open: 0 },
      people: [
        { answer: 'approve', about },
        { answer: 'approve', about },
      ],
      done: [
        {
          ...{ recordClass: 'invoice', keptBy: law, until: '2033-12-31', entries: 1, records: 4, erased: 4 },
          ...{ anonymised: 0, historyRemains: 0, absent: 0, changedHands: 0, evidence: 'read-back' },
        },
      ],
      ...{ extended: [], left: [], elsewhere: [] },
    });
    expect(second?.person).not.toBe(first?.person);
    expect(await verifySweepReceipt(`${jws}\n`, keys)).toMatchObject({ findings: [], receipt: { batch: claimId } });
    // Batch and keys are the only ids in it.
    expect(JSON.stringify(receipt).match(/[a-z]{3}_[0-9a-z]{26}/g)).toEqual([claimId]);
    expect(JSON.stringify(receipt)).not.toMatch(/anna|marker|example\.ee|invoices-7/i);
  });

  it('stands on the batch’s own audit chain, which the evidence of its requests goes on telling whole', async () => {
    const { claimId } = await toAsked('sweep-receipt-chain');
    await desk.approveAll();
    await desk.hour();
    const { sha256 } = await latestSweepReceipt(desk.deps, claimId);
    const { ledger, storage, config, now } = desk.deps;
    await anchorHeads({ ledger, storage, bucket: config.s3.packageBucket, now });
    const { text } = await makeEvidence(desk.deps, desk.requestId);
    expect(await verifyEvidence(text)).toMatchObject({ findings: [] });
    const rows = JSON.parse(text).evidence.sweeps.flatMap((one: { audit: { rows: unknown[] } }) => one.audit.rows);
    const issued = rows.filter(({ kind }: { kind: string }) => kind === 'receipt-issued');
    expect(issued.map(({ body }: { body: string }) => JSON.parse(body))).toContainEqual(
      expect.objectContaining({ no: 1, receipt: sha256 }),
    );
    // Whatever is in it, nobody changes it afterwards.
    await expect(desk.world.asOwner('update sweep_receipts set no = 7')).rejects.toThrow('never changed');
    await expect(desk.world.asOwner('delete from sweep_lines')).rejects.toThrow('never changed');
  });

  it('is found wrong where its sums, its end or its approvals are not what they must be', async () => {
    const { claimId } = await toAsked('sweep-receipt-forged');
    await desk.approveAll();
    await desk.hour();
    const is = (change: (receipt: SweepReceipt) => unknown) => forged(change, claimId);
    expect(await is(() => undefined)).toEqual([]);
    expect(await is((it) => Object.assign(it.claimed, { records: 5 }))).toEqual(['sums-wrong']);
    expect(await is((it) => Object.assign(it.done[0] ?? {}, { erased: 3 }))).toEqual(['sums-wrong']);
    expect(await is((it) => Object.assign(it.done[0] ?? {}, { historyRemains: 1 }))).toEqual(['sums-wrong']);
    expect(await is((it) => Object.assign(it, { done: [], open: 4 }))).toEqual(['not-ended']);
    expect(await is((it) => it.people.pop())).toEqual(['not-approved']);
    expect(await is((it) => Object.assign(it.people[1] ?? {}, { person: it.people[0]?.person }))).toEqual([
      'not-approved',
    ]);
    expect(await is((it) => Object.assign(it, { about: 'a'.repeat(64) }))).toEqual(['not-approved']);
    expect(await is((it) => Object.assign(it, { request: desk.requestId }))).toEqual(['form-wrong']);
    const { jws } = await latestSweepReceipt(desk.deps, claimId);
    const keys = await publishedKeys(desk.deps.ledger.db);
    const kinds = async (text: string) => (await verifySweepReceipt(text, keys)).findings.map(({ kind }) => kind);
    expect(await kinds(jws.replace(/.(?=\.[^.]*$)/, (last) => (last === 'A' ? 'B' : 'A')))).not.toEqual([]);
    // One kind of receipt is not taken for the other.
    expect(await kinds((await readReceipt(desk.deps, desk.requestId)).jws)).toEqual(['not-signed']);
  });

  it('tells of what a hold kept and what was gone already, and is made anew with what comes later', async () => {
    const { system, claimId } = await toAsked('sweep-receipt-left');
    await desk.hold({ records: [invoice(1)] });
    system.rows.get('invoices')?.delete('invoices-7-000000');
    await desk.approveAll();
    system.undead.add('invoices-7-000002');
    await desk.hour();
    // Read back as still there: so much is told while the batch waits for the next day.
    const waiting = await latestSweepReceipt(desk.deps, claimId);
    expect(waiting.receipt).toMatchObject({ no: 1, state: 'parked', endedAt: null, open: 3, done: [] });
    expect(waiting.receipt.left).toMatchObject([{ recordClass: 'invoice', records: 1, code: 'hold-placed' }]);
    expect(await issueSweepReceipt(desk.deps, claimId)).toBe(false);
    system.rows.get('invoices')?.delete('invoices-7-000002');
    desk.world.setNow('2034-01-02T09:00:00Z');
    await desk.hour();
    await issueDueSweepReceipts(desk.deps);
    const { receipt, jws, keys } = await latestSweepReceipt(desk.deps, claimId);
    expect(receipt).toMatchObject({ no: 2, previous: waiting.sha256, state: 'done', open: 0, claimed: { records: 4 } });
    expect(receipt.done).toMatchObject([{ records: 3, erased: 2, absent: 1 }]);
    expect(receipt.left).toMatchObject([{ records: 1, code: 'hold-placed', until: '2033-12-31' }]);
    expect((await verifySweepReceipt(jws, keys)).findings).toEqual([]);
  });

  it('tells of what a vendor does not let go of yet, and adds up where a page was taken apart in the middle', async () => {
    const { system, claimId } = await toAsked('sweep-receipt-vendor');
    system.later.set('invoices-7-000003', { from: '2034-03-01', code: 'vendor-not-yet' });
    await desk.approveAll();
    await desk.hour();
    const { receipt } = await latestSweepReceipt(desk.deps, claimId);
    expect(receipt).toMatchObject({ state: 'done', open: 0, claimed: { entries: 1, records: 4 } });
    expect(receipt.done).toMatchObject([{ records: 3, erased: 3 }]);
    expect(receipt.left).toMatchObject([{ records: 1, code: 'vendor-not-yet', until: '2033-12-31' }]);
    expect(sweepReceiptWrong(receipt)).toEqual([]);
  });

  it('says who rejected it, and that nothing of it was erased', async () => {
    const { claimId } = await toAsked('sweep-receipt-rejected');
    const signedBy = desk.world.people.officer;
    await rejectClaim(desk.deps, { claimId, signedBy, reason: 'An audit is announced' });
    await issueDueSweepReceipts(desk.deps);
    const { receipt } = await latestSweepReceipt(desk.deps, claimId);
    expect(receipt).toMatchObject({
      ...{ state: 'rejected', done: [], people: [{ person: signedBy.personId, answer: 'reject' }] },
      left: [{ records: 4, code: 'sweep-rejected' }],
    });
    expect(JSON.stringify(receipt)).not.toContain('audit is announced');
  });

  it('says what a longer duty keeps, until when it was and until when it is', async () => {
    const { claimId } = await toAsked('sweep-receipt-moved');
    await desk.approveAll();
    // Germany: eight years from the end of the calendar year. Noticed with the last look, right before the effect.
    const { config } = desk.deps;
    const retention = { ...config.policy.retention, taxRegistrations: ['DE' as const] };
    desk.as({ config: { ...config, policy: { ...config.policy, retention } } });
    await desk.hour();
    const { receipt } = await latestSweepReceipt(desk.deps, claimId);
    expect(receipt).toMatchObject({
      ...{ state: 'done', done: [], left: [] },
      extended: [{ recordClass: 'invoice', records: 4, was: '2033-12-31', until: '2034-12-31' }],
    });
    expect(receipt.extended[0]?.keptBy).toContain('AO §147');
  });

  it('of classes that are swept without asking names the batch in which people are asked after all', async () => {
    const retention = { taxRegistrations: ['DE' as const], switchOn: [], periods };
    const system = companyDb();
    desk = await newSweepingDesk('sweep-receipt-class', system, { retention });
    await desk.toRegistered();
    system.rows.get('lines')?.clear();
    for (const signedBy of [desk.world.people.officer, desk.world.people.second])
      await switchAutomatic(desk.deps, { recordClass: 'invoice', on: true, signedBy });
    // Today's rules keep it for less long than the register says: that is asked whatever the class.
    const { config } = desk.deps;
    const shorter = { ...config.policy.retention, taxRegistrations: [] };
    desk.as({ config: { ...config, policy: { ...config.policy, retention: shorter } } });
    desk.world.setNow(firstDay);
    await desk.hour();
    const asked = (await listClaims(desk.deps)).find(({ state }) => state === 'asked');
    const rows = desk.deps.ledger.db.selectFrom('sweep_claims').select('id').where('automatic', '=', true);
    const { receipt } = await latestSweepReceipt(desk.deps, (await rows.executeTakeFirstOrThrow()).id);
    expect(receipt).toMatchObject({ approvedBy: 'class', peopleNeeded: 0, state: 'done', done: [], open: 0 });
    expect(receipt.elsewhere).toEqual([{ recordClass: 'invoice', entries: 1, records: 4, to: asked?.id }]);
    expect(sweepReceiptWrong(receipt)).toEqual([]);
  });

  it('of a replay tells what a restored copy had brought back, or that the copies lapsed before anybody approved', async () => {
    const backups = [{ name: 'Nightly copies', maxAgeDays: 35 }];
    const system = companyDb();
    desk = await newSweepingDesk('sweep-receipt-replay', system, {}, backups);
    await desk.toRegistered();
    system.rows.get('lines')?.clear();
    const copy = [...(system.rows.get('invoices')?.values() ?? [])].map((row) => structuredClone(row));
    desk.world.setNow(firstDay);
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    const replay = async () => {
      system.insert('invoices', ...copy.map((row) => structuredClone(row)));
      const since = new Date('2033-12-31T02:00:00Z');
      const [claimId] = await replayClaims(desk.deps, { systemId: desk.id(), since });
      if (claimId === undefined) throw new Error('no claim');
      await desk.hour();
      return claimId;
    };
    const first = await replay();
    await desk.approveAll();
    await desk.hour();
    expect((await latestSweepReceipt(desk.deps, first)).receipt).toMatchObject({
      ...{ does: 'replay', since: '2033-12-31T02:00:00.000Z', approvedBy: 'people', open: 0 },
      done: [{ recordClass: 'invoice', records: 4, erased: 4 }],
    });
    const second = await replay();
    desk.world.setNow('2034-02-06T09:00:00Z');
    await desk.hour();
    const { receipt } = await latestSweepReceipt(desk.deps, second);
    expect(receipt).toMatchObject({ state: 'done', done: [], open: 0, elsewhere: [{ records: 4, to: null }] });
    expect(sweepReceiptWrong(receipt)).toEqual([]);
  });

  it('of a batch that only reads back tells what had gone and what had not', async () => {
    const system = companyDb();
    desk = await newSweepingDesk('sweep-receipt-gone', system);
    await desk.toRegistered();
    system.rows.get('lines')?.delete('lines-7-000000');
    desk.world.setNow('2026-12-01T09:00:00Z');
    const [claimId] = await desk.hour();
    if (claimId === undefined) throw new Error('no claim');
    const { receipt } = await latestSweepReceipt(desk.deps, claimId);
    expect(receipt).toMatchObject({
      ...{ does: 'read-back', approvedBy: 'none', claimed: { records: 2 }, open: 0, people: [] },
      done: [{ recordClass: 'server-log', records: 1, erased: 1, evidence: 'read-back' }],
      left: [{ recordClass: 'server-log', records: 1, code: 'expiry-late' }],
    });
  });
});

/** Anonymises, and has an audit that nobody can change. */
class WithHistory extends ErasingSystem {
  override verify(...[context, input]: Parameters<ErasingSystem['verify']>): Promise<void> {
    const found: typeof input.found = (chunk, results) =>
      input.found(
        chunk,
        results.map((one) => (one.found === 'changed' ? { ...one, found: 'history-remains' as const } : one)),
      );
    return super.verify(context, { ...input, found });
  }
}

describe('what a history still tells of records that the sweep anonymised', () => {
  it('is said by the books, the receipt of the request and that of the batch', async () => {
    const { options } = companyDb();
    const collections = options.collections.map((one) =>
      one.collection === 'invoices' ? { ...one, erase: { whole: 'anonymise' as const } } : one,
    );
    const { claimId } = await toAsked('sweep-receipt-history', new WithHistory({ ...options, collections }));
    expect(await desk.books()).toMatchObject({ 'retained/none': 4 });
    await desk.approveAll();
    await desk.hour();
    expect(await desk.books()).toEqual({ 'erased/read-back': 6, 'anonymised/history-remains': 4 });
    const { receipt } = await latestSweepReceipt(desk.deps, claimId);
    expect(receipt.done).toMatchObject([{ records: 4, erased: 0, anonymised: 4, historyRemains: 4 }]);
    await issueReceipt(desk.deps, desk.requestId);
    const request = (await readReceipt(desk.deps, desk.requestId)).receipt;
    expect(request.systems).toMatchObject([{ erasure: { anonymised: 4, historyRemains: 4, unverified: 0 } }]);
    const { rows } = await desk.world.asOwner(`select body from audit where kind = 'swept'`);
    expect(rows.map(({ body }) => JSON.parse(body))).toContainEqual(
      expect.objectContaining({ anonymised: 4, 'history-remains': 4 }),
    );
  });

  it('cannot be said of records that were deleted', async () => {
    const { claimId } = await toAsked('sweep-receipt-history-deleted');
    await desk.approveAll();
    await desk.hour();
    const say = 'update sweep_effects set history_remains = 1 where claim_id = $1';
    await expect(desk.world.asOwner(say, [claimId])).rejects.toThrow('violates check constraint');
  });
});
