/**
 * What a customer's instruction about its whole workspace promises, on the real Temporal server, PostgreSQL and S3: without an
 * accepted mandate nothing is read; with one it exports, waits, erases; nothing of another workspace is touched.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { downloadWindow } from '../../activities/download-window.ts';
import { instructionsOf } from '../../src/cli/commands/tasks.ts';
import { newId } from '../../src/ids.ts';
import { markDelivered } from '../../src/ledger/packages.ts';
import { parseCivilDate } from '../../src/policy/clock/index.ts';
import { approvePlan, cancel, decideIdentity, dryRun, readReceipt, retry } from '../../src/requests/index.ts';
import { listInstructions, showInstruction } from '../../src/requests/instructions.ts';
import { openMandate, openMandateTerms, reviewMandate } from '../../src/requests/mandate.ts';
import { issueReceipt } from '../../src/requests/receipt.ts';
import { unzip } from '../package/unzip.ts';
import { openTask } from './erasure-world.ts';
import { guest, InstructionWorld, mandate, ours, theirs } from './instruction-world.ts';

/** 2027-01-04 in Tallinn; the moving ends on 3 February, the window on 6 March. */
const begins = '2027-01-04T09:00:00.000Z';

const undelivered = { sending_at: null, delivered_at: null, delivered_by: null, delete_on: null };

/** `KIND VALUE` of what a task says to look by. */
function sought(object: unknown): readonly string[] {
  const all: unknown = typeof object === 'object' && object !== null ? Reflect.get(object, 'identifiers') : undefined;
  if (!Array.isArray(all)) throw new Error('the task says nothing to look by');
  return all.map((one: { readonly kind: string; readonly value: string }) => `${one.kind} ${one.value}`).sort();
}

describe('a customer’s instruction', () => {
  let at: InstructionWorld;
  beforeAll(async () => {
    at = await InstructionWorld.open('wf-instruct', begins);
  });
  afterAll(() => at?.close());

  const rounds = async (id: string) =>
    Number((await at.world.ledger.asOwner('select count(*) from rounds where request_id = $1', [id])).rows[0]?.count);
  const read = () => at.calls.filter((call) => call.startsWith('read') || call === 'locate').length;

  it('without a mandate that a second person accepts is refused, and nothing is read', async () => {
    const { deps, ledger } = at.world;
    const { agent, officer, second } = ledger.people;
    const before = await at.everything();
    const asked = read();
    // One mandate is for one workspace.
    await expect(at.instruct({ others: [`workspace=${theirs}`] })).rejects.toMatchObject({ code: 'identifier-kind' });
    const { requestId, mandateSha256, tasks } = await at.instruct();
    expect(tasks.map(({ kind }) => kind)).toEqual(['identity']);
    await at.world.shows(requestId, ({ state }) => state === 'identity');
    const review = { requestId, outcome: 'approve', mandate: mandateSha256, workspace: ours } as const;
    // Four eyes: whoever opened it cannot accept it, by neither door, nor by the database's leave.
    await expect(reviewMandate(deps, { ...review, signedBy: agent })).rejects.toMatchObject({ code: 'mandate-own' });
    const identity = { method: 'id-document', contact: 'somebody@x.example' };
    await expect(
      decideIdentity(deps, { requestId, outcome: 'verified', identity, signedBy: second }),
    ).rejects.toMatchObject({ code: 'instruction-only' });
    await expect(
      ledger.asOwner(
        `update requests set identity = 'verified', identity_method = 'mandate', identity_by = created_by,
           identity_at = created_at, contact_kind = 'email', contact_sealed = identifiers_sealed where id = $1`,
        [requestId],
      ),
    ).rejects.toMatchObject({ code: 'HB004' });
    // What is reviewed is named by what was read.
    for (const wrong of ['', 'f'.repeat(64), mandateSha256.slice(0, 7)])
      await expect(reviewMandate(deps, { ...review, mandate: wrong, signedBy: second })).rejects.toMatchObject({
        code: 'mandate-differs',
      });
    for (const workspace of [undefined, '', theirs])
      await expect(reviewMandate(deps, { ...review, workspace, signedBy: second })).rejects.toMatchObject({
        ...{ code: 'mandate-differs', where: '--workspace' },
      });
    expect(await openMandate(deps, requestId, second)).toEqual(mandate.bytes);
    // For what the document must stand; to nobody without the role.
    expect(await openMandateTerms(deps, requestId, second)).toMatchObject({
      ...{ act: 'erase', identifiers: [{ kind: 'workspace', value: ours }] },
      contact: { kind: 'email', value: 'board.marker@x.example' },
    });
    await expect(openMandateTerms(deps, requestId, undefined)).rejects.toMatchObject({ code: 'person-needed' });
    expect((await showInstruction(deps, requestId)).instruction.mandate).toMatchObject({
      ...{ state: 'to-review', openedBy: 'agent', reviewedBy: null },
    });

    await reviewMandate(deps, { ...review, outcome: 'refuse', reason: 'left the board', signedBy: officer });
    const refused = await at.world.shows(requestId, ({ state }) => state === 'refused');
    expect(refused.packages).toEqual([]);
    expect([await rounds(requestId), read()]).toEqual([0, asked]);
    expect(await at.everything()).toEqual(before);
    // Nothing was delivered: no window has ended, and nothing may be erased.
    await expect(
      deps.ledger.db.transaction().execute((trx) => downloadWindow(deps, trx, requestId)),
    ).rejects.toMatchObject({ code: 'package-not-ready' });
    expect((await listInstructions(deps)).find(({ id }) => id === requestId)).toMatchObject({
      ...{ state: 'refused', mandate: 'refused' },
    });
  });

  it('to export is answered with everything that is the workspace’s, as JSON and CSV, and nothing else', async () => {
    const { deps } = at.world;
    const before = await at.everything();
    const { requestId, mandateSha256, dueOn } = await at.instruct({ act: 'export' });
    expect(dueOn).toBe('2027-02-03');
    await at.accept(requestId, mandateSha256);
    await at.lookedThrough(requestId, 'read');
    const done = await at.world.shows(requestId, ({ state }) => state === 'completed');
    expect(await at.everything()).toEqual(before);
    expect(done.packages).toMatchObject([{ deliveredBy: 'email', draft: false, deleteOn: '2027-03-06' }]);

    const { storage, config, ledger } = deps;
    const [row] = await ledger.db.selectFrom('packages').selectAll().where('request_id', '=', requestId).execute();
    const zip = await unzip(await storage.get(config.s3.packageBucket, row?.object_name ?? ''));
    const jsonOf = (name: string) =>
      JSON.parse(zip.files.get(`systems/account-db/${name}.json`)?.toString('utf8') ?? 'null');
    expect(jsonOf('notes').map(({ id, author_id: author }: Record<string, unknown>) => [id, author])).toEqual([
      ...[
        ['100', '1'],
        ['101', '3'],
        ['102', null],
      ],
    ]);
    expect(jsonOf('members')).toHaveLength(3);
    expect(jsonOf('shifts')).toEqual([{ id: '1', workspace_id: ours, who: 'Marker Barista' }]);
    expect(jsonOf('invoices')).toHaveLength(1);
    expect(zip.names).toContain('systems/account-db/notes.csv');
    expect(zip.names).toContain('datapackage.json');
    const all = [...zip.files.values()].map((bytes) => bytes.toString('utf8')).join('\n');
    expect(all).toContain('Export of a workspace on your instruction');
    // Of another workspace, and of the people themselves.
    for (const foreign of ['of the other', 'Marker Porter', 'Hotell', 'marker theme', 'guest.marker@x.example'])
      expect(all).not.toContain(foreign);

    await issueReceipt(deps, requestId);
    const { receipt } = await readReceipt(deps, requestId);
    expect(receipt.rights).toEqual([
      { right: 'workspace-export', answeredAt: expect.any(String), answeredBy: 'email' },
    ]);
    const accounts = receipt.systems.find(({ id }) => id === 'account-db');
    expect(accounts).toMatchObject({ access: null, erasure: null });
    expect(accounts?.export).toEqual({
      ...{ found: 13, exported: 9, withheld: 4, referred: 0, pending: 0 },
      withheldOn: [{ reason: 'members-own', refusal: null, count: 4 }],
    });

    // A later part begins the window anew, and what came before is kept until it has ended.
    const later = newId('package');
    const part = { ...{ id: later, part: 2, object_name: `${row?.object_name}-2` }, ...undelivered };
    if (row === undefined) throw new Error('no package');
    await ledger.db
      .insertInto('packages')
      .values({ ...row, ...part })
      .execute();
    const delivery = { id: later, by: 'email', at: new Date('2027-04-01T09:00:00Z'), deleteOn: '2027-05-02' } as const;
    await ledger.db.transaction().execute((trx) => markDelivered(trx, delivery));
    const parts = ledger.db.selectFrom('packages').select(['part', 'delete_on']).where('request_id', '=', requestId);
    expect(await parts.orderBy('part').execute()).toEqual([
      { part: 1, delete_on: '2027-05-02' },
      { part: 2, delete_on: '2027-05-02' },
    ]);
  });

  it('to erase exports, waits until the window has ended, and then erases what no law keeps', async () => {
    const { deps, ledger } = at.world;
    const { requestId, mandateSha256 } = await at.instruct();
    await at.accept(requestId, mandateSha256);
    const exported = await at.answeredByHand(requestId, 'found', 3);
    // Fourteen days, which end before the moving does; what is looked for is said to whoever looks.
    expect(exported.task).toMatchObject({ right: 'workspace-export', dueOn: '2027-01-18' });
    expect(await instructionsOf(deps, exported.task)).toContain('No program can find a whole workspace');
    expect(sought(exported.object)).toEqual([
      ...['email member.marker@x.example', 'email owner.marker@x.example', `workspace ${ours}`],
    ]);
    const waiting = await at.world.shows(
      requestId,
      ({ state, erasure }) => state === 'planned' && erasure?.erasureFrom != null,
    );
    expect(waiting.packages).toMatchObject([{ deliveredBy: 'email' }]);
    // 30 days after 3 February: the day itself does not count.
    expect(waiting.erasure?.erasureFrom).toBe('2027-03-06');
    expect(await at.timerDays(requestId)).toContain(61);
    expect(await at.rows('notes', `workspace_id = ${ours}`)).toHaveLength(3);
    expect(at.calls.some((call) => call.startsWith('erase'))).toBe(false);

    // The last moment of the last day; the history was lost meanwhile, and the ledger has the day.
    at.world.setNow('2027-03-05T21:59:59.000Z');
    await at.beginAnew(requestId);
    await at.world.shows(requestId, ({ state }) => state === 'planned');
    expect(at.calls.filter((call) => call === 'read facts')).toEqual([]);
    // Somebody of it is in another workspace by now: nobody is asked to erase by their address.
    await at.db.admin.query(`INSERT INTO members VALUES (${theirs}, 2)`);
    const othersNow = await at.others();
    at.world.setNow('2027-03-06T09:00:00.000Z');
    const planned = await at.world.shows(requestId, (shown) => openTask(shown, 'plan-ready') !== undefined);
    expect(await at.rows('notes', `workspace_id = ${ours}`)).toHaveLength(3);
    expect(planned.erasure?.noReturnAt).toBeNull();
    await approvePlan(deps, { requestId, signedBy: ledger.people.officer });
    const erased = await at.answeredByHand(requestId, 'erased', 3);
    // Long after the moving, and not overdue when it is asked.
    expect(erased.task).toMatchObject({ right: 'erasure', dueOn: '2027-03-20' });
    expect(sought(erased.object)).toEqual(['email owner.marker@x.example', `workspace ${ours}`]);
    const done = await at.world.shows(requestId, ({ state }) => state === 'completed');
    expect(done.systems.map(({ id, state }) => [id, state])).toEqual([
      ...[
        ['account-db', 'done'],
        ['billing', 'done'],
      ],
    ]);

    expect(await at.others()).toEqual(othersNow);
    expect(await at.rows('notes', `workspace_id = ${ours}`)).toEqual([]);
    expect(await at.rows('shifts', `workspace_id = ${ours}`)).toEqual([]);
    expect(await at.rows('members', `workspace_id = ${ours}`)).toEqual([]);
    expect(await at.rows('users')).toEqual([
      ...[
        '(2,member.marker@x.example)',
        '(3,guest.marker@x.example)',
        '(4,other.marker@x.example)',
        '(99,nobody@x.example)',
      ],
    ]);
    expect(await at.rows('settings')).toHaveLength(3);
    expect(await at.rows('members')).toEqual([`(${theirs},2)`, `(${theirs},${guest})`, `(${theirs},4)`]);
    // The law keeps the invoice, without its contact, and so the row it stands under, which says nothing of anybody.
    expect(await at.rows('invoices', `workspace_id = ${ours}`)).toEqual([
      ...['(1,10,A-1,2026-02-10,domestic,2026-02-20,)'],
    ]);
    expect(await at.rows('workspaces', `id = ${ours}`)).toEqual(['(10,Closed,company,99)']);

    // And on its day it goes by the sweep, as the customer instructed.
    expect(await dryRun(deps, parseCivilDate('2033-12-31', 'day'))).toEqual([]);
    expect(await dryRun(deps, parseCivilDate('2034-01-01', 'day'))).toMatchObject([
      { systemId: 'account-db', recordClass: 'invoice', what: 'erase', count: 1 },
    ]);

    await issueReceipt(deps, requestId);
    const { receipt } = await readReceipt(deps, requestId);
    expect(receipt.instruction).toEqual({
      act: 'erase',
      mandate: { state: 'accepted', sha256: mandateSha256, openedBy: 'agent', reviewedBy: 'second' },
      ...{ noticeEndsOn: '2027-01-04', transitionEndsOn: '2027-02-03', retrievalDays: 30, erasableFrom: '2027-03-06' },
    });
    const accounts = receipt.systems.find(({ id }) => id === 'account-db');
    expect(accounts?.export).toMatchObject({ found: 13, exported: 9, withheld: 4 });
    expect(accounts?.erasure).toMatchObject({
      ...{ found: 11, erased: 9, anonymised: 1, retained: 1, refused: 0, referred: 0, unverified: 0 },
      kept: [{ collection: 'invoices', recordClass: 'invoice', disposition: 'retained', until: '2033-12-31' }],
    });
    const billing = receipt.systems.find(({ id }) => id === 'billing');
    expect(billing?.attestations?.map(({ right }) => right)).toEqual(['workspace-export', 'erasure']);
    expect(billing?.export).toMatchObject({ found: 3, exported: 3 });
    expect(billing?.erasure).toMatchObject({ found: 3, erased: 3 });
    expect(JSON.stringify(receipt)).not.toMatch(/marker/i);
  });

  it('about a workspace that nobody knows ends with a question, not with an empty export', async () => {
    const { deps, ledger } = at.world;
    const { requestId, mandateSha256 } = await at.instruct({ workspace: '999' });
    await at.accept(requestId, mandateSha256, '999');
    await at.lookedThrough(requestId, 'read');
    const stuck = await at.world.shows(requestId, (shown) => openTask(shown, 'workspace-unknown') !== undefined);
    expect(stuck.packages).toEqual([]);
    await retry(deps, { requestId, systemId: null, signedBy: ledger.people.officer });
    await at.world.shows(requestId, (shown) => openTask(shown, 'workspace-unknown') !== undefined);
    await cancel(deps, { requestId, reason: 'wrong number', signedBy: ledger.people.officer });
    await at.world.shows(requestId, ({ state }) => state === 'cancelled');
  });

  it('waits for the end of the notice, and can be taken back while it waits', async () => {
    const { deps, ledger } = at.world;
    at.world.setNow('2027-03-06T09:00:00.000Z');
    const asked = read();
    const { requestId, mandateSha256, dueOn } = await at.instruct({ workspace: theirs, noticeEnds: '2027-04-05' });
    expect(dueOn).toBe('2027-05-05');
    await at.accept(requestId, mandateSha256, theirs);
    await at.world.shows(requestId, ({ state }) => state === 'notice');
    expect(await at.timerDays(requestId)).toEqual([31]);
    await cancel(deps, { requestId, reason: 'stays after all', signedBy: ledger.people.officer });
    await at.world.shows(requestId, ({ state }) => state === 'cancelled');
    expect([await rounds(requestId), read()]).toEqual([0, asked]);
  });
});
