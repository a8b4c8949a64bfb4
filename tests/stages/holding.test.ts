/** Whatever people place on records or a request stops their erasure, whenever it is placed. */
import { afterEach, describe, expect, it } from '@jest/globals';
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
    expect(await desk.pass()).toEqual({ ok: false, code: 'plan-changed' });
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
    expect(await desk.pass()).toEqual({ ok: false, code: 'hold-placed' });
    await desk.world.asOwner(`update holds set released_on = placed_on, released_by = 'officer'`);
    await desk.hold({ request: true });
    expect(await desk.pass()).toEqual({ ok: false, code: 'hold-placed' });
    await desk.world.asOwner(`update holds set released_on = placed_on, released_by = 'officer'`);
    expect(await desk.pass()).toEqual({ ok: true, code: null });
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
