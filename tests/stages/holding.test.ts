/** Whatever people place on records or a request stops their erasure, whenever it is placed. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { newId, type RequestId } from '../../src/ids.ts';
import { createRequest, showRequest } from '../../src/requests/index.ts';
import { accountDb, type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

const note = (no: number) => ({ collection: 'notes', key: [['id', `notes-7-00000${no}`]] as const });

describe('a hold', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  it('on the request, known to the plan, keeps everything', async () => {
    desk = await newErasingDesk('hold-planned', { 'account-db': accountDb() });
    await desk.hold({ request: true });
    await desk.toPlanned();
    expect(await desk.books()).toEqual({ 'retained/none': 30, 'expiring/pending': 6 });
  });

  it('on a record, known to the plan, keeps that record', async () => {
    desk = await newErasingDesk('hold-record', { 'account-db': accountDb() });
    await desk.hold({ records: [note(3)] });
    await desk.toPlanned();
    expect(await desk.books()).toEqual({ 'retained/none': 1, 'expiring/pending': 6 });
    await desk.toNoReturn();
  });

  it('that was released since the plan keeps nothing any more: what it kept is planned anew', async () => {
    desk = await newErasingDesk('hold-released', { 'account-db': accountDb() });
    await desk.hold({ records: [note(3)] });
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    await desk.world.asOwner(`update holds set released_on = placed_on, released_by = 'officer'`);
    expect(await desk.pass()).toMatchObject({ ok: false, code: 'plan-changed' });
    await desk.read(2);
    await desk.plan(2);
    expect(await desk.books()).toEqual({ 'expiring/pending': 6 });
  });

  it('placed after the plan stops it before its point of no return', async () => {
    desk = await newErasingDesk('hold-after', { 'account-db': accountDb() });
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    await desk.hold({ records: [{ collection: 'notes', key: [['id', 'notes-8-000000']] }] });
    await desk.hold({ records: [note(3)] });
    expect(await desk.pass()).toMatchObject({ ok: false, code: 'hold-placed' });
    await desk.world.asOwner(`update holds set released_on = placed_on, released_by = 'officer'`);
    await desk.hold({ request: true });
    expect(await desk.pass()).toMatchObject({ ok: false, code: 'hold-placed' });
    await desk.world.asOwner(`update holds set released_on = placed_on, released_by = 'officer'`);
    expect(await desk.pass()).toMatchObject({ ok: true, code: null });
  });

  it('on a record placed past the point of no return keeps that record, and puts it into the register first', async () => {
    const system = accountDb();
    desk = await newErasingDesk('hold-late', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    await desk.hold({ records: [note(3), note(4)] });
    await desk.erase();
    expect(system.left('notes').slice(0, 2)).toEqual(['notes-7-000003', 'notes-7-000004']);
    const { db } = desk.deps.ledger;
    const entry = await db.selectFrom('register_entries').selectAll().where('kind', '=', 'retained').executeTakeFirst();
    expect(entry).toMatchObject({ count: 2, collection: 'notes', due_on: null });
    expect(entry?.active_at).not.toBeNull();
    await desk.verify();
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    expect(await desk.books()).toEqual({
      ...{ 'erased/read-back': 24, 'anonymised/read-back': 4, 'expiring/pending': 6, 'retained/none': 2 },
    });
    await desk.close('awaiting_expiry');
  });

  it('that reaches an effect whose end nobody knows stops there', async () => {
    const system = accountDb();
    desk = await newErasingDesk('hold-open', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.during = (at) => {
      if (at === 'after-intent') throw new Error('the process died');
    };
    await expect(desk.erase()).rejects.toBeDefined();
    system.during = undefined;
    await desk.hold({ records: [note(3)] });
    await expect(desk.erase()).rejects.toMatchObject({ type: 'hold-placed' });
    expect(system.left('notes')).toHaveLength(28);
    await desk.world.asOwner(`update holds set released_on = placed_on, released_by = 'officer'`);
    await desk.erase();
    expect(system.left('notes')).toHaveLength(3);
  });

  it('on the request placed past the point of no return stops every further effect', async () => {
    const system = accountDb();
    desk = await newErasingDesk('hold-request-late', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    await desk.hold({ request: true });
    await expect(desk.erase()).rejects.toMatchObject({ type: 'hold-placed' });
    expect(system.left('notes')).toHaveLength(28);
  });

  it('on the request that is being placed while an effect is about to begin stops that effect', async () => {
    const system = accountDb();
    desk = await newErasingDesk('hold-request-race', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    const { db } = desk.deps.ledger;
    let placing: Promise<void> | undefined;
    system.during = async (at) => {
      if (at !== 'before-intent' || placing !== undefined) return;
      await new Promise<void>((locked) => {
        placing = db.transaction().execute(async (trx) => {
          await trx.selectFrom('requests').select('id').forNoKeyUpdate().execute();
          locked();
          const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
          while ((await desk.world.asOwner(waiting)).rows.length === 0);
          await desk.hold({ request: true });
        });
      });
    };
    await expect(desk.erase()).rejects.toMatchObject({ type: 'hold-placed' });
    await placing;
    expect(system.left('notes')).toHaveLength(28);
  });
});

describe('an open request for access of the same person', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  const downloadDays = 14;
  const askAccess = async (email = 'anna.marker@example.ee', isVerified = true) => {
    const { requestId } = await createRequest(desk.deps, {
      ...{ rights: ['access'], channel: 'email', language: 'en', identifiers: { email: [email] } },
      ...(isVerified ? { identity: { method: 'known-in-person', contact: email }, by: desk.world.people.agent } : {}),
    });
    return requestId;
  };
  const verify = (id: RequestId) =>
    desk.world.asOwner(
      `update requests set identity = 'verified', identity_method = 'known-in-person', identity_at = created_at,
         contact_kind = 'email', contact_sealed = identifiers_sealed where id = $1`,
      [id],
    );
  const end = (id: RequestId, state: string) =>
    desk.world.asOwner('update requests set state = $2 where id = $1', [id, state]);
  /** As when its package has reached the person, noon of that day. */
  const answered = async (id: RequestId, on: string) => {
    await desk.world.asOwner(
      `insert into packages (id, request_id, part, object_name, size_bytes, sha256, members, draft, created_at, delivered_at,
         delivered_by) values ($1, $2, 1, 'x', 1, repeat('0', 64), 1, true, $3, $3, 'email')`,
      [newId('package'), id, `${on}T10:00:00.000Z`],
    );
    await desk.world.asOwner('update request_rights set answered_at = $2 where request_id = $1', [
      ...[id, `${on}T10:00:00.000Z`],
    ]);
  };
  const shown = async () => (await showRequest(desk.deps, desk.requestId)).erasure?.openAccess;

  it('known to the plan keeps everything, and what it kept is planned anew when it was withdrawn', async () => {
    desk = await newErasingDesk('access-planned', { 'account-db': accountDb() }, { downloadDays });
    const access = await askAccess();
    await askAccess('berta.marker@example.ee');
    await desk.toPlanned();
    expect(await desk.books()).toEqual({ 'retained/none': 30, 'expiring/pending': 6 });
    expect(await shown()).toEqual([{ requestId: access, receivedOn: '2026-11-23', until: null }]);
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    expect(await desk.pass()).toMatchObject({ ok: false, code: 'access-open' });
    await end(access, 'cancelled');
    expect(await desk.pass()).toMatchObject({ ok: false, code: 'plan-changed' });
    await desk.read(2);
    await desk.plan(2);
    expect(await desk.books()).toEqual({ 'expiring/pending': 6 });
  });

  it('that came after the plan stops it before its point of no return, until it was answered and its window is over', async () => {
    desk = await newErasingDesk('access-after', { 'account-db': accountDb() }, { downloadDays });
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    const access = await askAccess();
    expect(await desk.pass()).toEqual({ ok: false, code: 'access-open', leftMs: 12 * 3_600_000 });
    await answered(access, '2026-11-24');
    desk.world.setNow('2026-12-08T21:59:00.000Z');
    expect(await shown()).toMatchObject([{ requestId: access, until: '2026-12-09' }]);
    expect(await desk.pass()).toEqual({ ok: false, code: 'access-open', leftMs: 60_000 });
    desk.world.setNow('2026-12-08T22:00:00.000Z');
    expect(await shown()).toEqual([]);
    expect(await desk.pass()).toMatchObject({ ok: true });
  });

  it('of a stranger who has only named the address holds nothing, before and past the point of no return', async () => {
    const system = accountDb();
    desk = await newErasingDesk('access-stranger', { 'account-db': system }, { downloadDays });
    const access = await askAccess('anna.marker@example.ee', false);
    expect((await showRequest(desk.deps, desk.requestId)).linkedRequests).toEqual([access]);
    await desk.toPlanned();
    expect(await shown()).toEqual([]);
    expect(await desk.books()).toEqual({ 'expiring/pending': 6 });
    await desk.toNoReturn();
    await desk.erase();
    expect(system.left('notes')).toHaveLength(3);
    await verify(access);
    await expect(desk.erase('subject-row')).rejects.toMatchObject({ type: 'access-open' });
  });

  it('that arrives while the point of no return is being passed is waited for by itself', async () => {
    desk = await newErasingDesk('access-race', { 'account-db': accountDb() }, { downloadDays });
    const access = await askAccess('anna.marker@example.ee', false);
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    const { requestId, steps, world } = desk;
    await steps.coolOff({ requestId, pass: 1 });
    let passing: ReturnType<typeof steps.passNoReturn> | undefined;
    await desk.deps.ledger.db.transaction().execute(async (trx) => {
      await trx.selectFrom('requests').select('id').where('id', '=', requestId).forNoKeyUpdate().execute();
      passing = steps.passNoReturn({ requestId, pass: 1, workflowSeq: 1 });
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      while ((await world.asOwner(waiting)).rows.length === 0);
      await verify(access);
    });
    expect(await passing).toEqual({ ok: false, code: 'access-open', leftMs: 12 * 3_600_000 });
    await end(access, 'refused');
    expect(await desk.pass()).toMatchObject({ ok: true });
  });

  it('that comes past the point of no return stops every further effect, and lets it go on when it was refused', async () => {
    const system = accountDb();
    desk = await newErasingDesk('access-late', { 'account-db': system }, { downloadDays });
    await desk.toPlanned();
    await desk.toNoReturn();
    const access = await askAccess();
    await expect(desk.erase()).rejects.toMatchObject({ type: 'access-open' });
    expect(system.left('notes')).toHaveLength(28);
    await end(access, 'refused');
    await desk.erase();
    expect(system.left('notes')).toHaveLength(3);
  });

  it('holds, where nobody has said how long the person may keep what was sent', async () => {
    desk = await newErasingDesk('access-unsaid', { 'account-db': accountDb() });
    await answered(await askAccess(), '2026-11-24');
    await desk.locate();
    await desk.read();
    await expect(desk.plan()).rejects.toMatchObject({ type: 'policy-answer-missing' });
  });
});
