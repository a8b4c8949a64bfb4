/** A plan: complete, made once, bound by its hash, and stopped by whatever people place or say. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { openTasks } from '../../src/ledger/tasks.ts';
import { getSealed, putSealed } from '../../src/ledger/vault.ts';
import { ErasingSystem, rowOf, rowsOf } from '../workflow/erasing-system.ts';
import { dyingAfter } from './desk.ts';
import { accountDb, type ErasingDesk, newErasingDesk, periods } from './erasing-desk.ts';

const planned = { found: 36, erased: 30, retained: 6, referred: 0, refused: 0 };
const note = (no: number) => ({ collection: 'notes', key: [['id', `notes-7-00000${no}`]] as const });

describe('a plan', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  it('has a decision for every record, chunk by chunk beside the facts', async () => {
    desk = await newErasingDesk('planning-books', { 'account-db': accountDb() });
    await desk.toPlanned();
    const { db } = desk.deps.ledger;
    const chunks = await db.selectFrom('chunks').select(['stage', 'stream_no', 'chunk_no', 'count']).execute();
    const of = (stage: string) =>
      chunks.filter((one) => one.stage === stage).map((one) => [one.stream_no, one.chunk_no, one.count].join('/'));
    expect(of('plan').sort()).toEqual(of('read').sort());
    const decisions = await db
      .selectFrom('decisions')
      .select(['collection', 'action', 'disposition', 'count'])
      .execute();
    expect(decisions.map((one) => [one.collection, one.action, one.disposition, one.count].join(' ')).sort()).toEqual([
      'accounts delete erased 1',
      'lines keep expiring 6',
      'notes delete erased 25',
      'posts anonymise anonymised 4',
    ]);
  });

  it('goes on after the last committed chunk when an attempt died, and leaves nothing of it behind', async () => {
    desk = await newErasingDesk('planning-resume', { 'account-db': accountDb() });
    await desk.locate();
    await desk.read();
    const { storage } = desk.deps;
    Object.assign(desk.deps, { storage: dyingAfter(storage, 1) });
    await expect(desk.plan()).rejects.toMatchObject({ type: 'storage-unreachable' });
    Object.assign(desk.deps, { storage });
    const { db } = desk.deps.ledger;
    const before = await db.selectFrom('chunks').selectAll().where('stage', '=', 'plan').execute();
    expect(before).toHaveLength(1);
    expect(await desk.objects('staging/')).toHaveLength(3);
    expect(await desk.plan()).toEqual(planned);
    const after = await db.selectFrom('chunks').selectAll().where('stage', '=', 'plan').execute();
    expect(after).toEqual(expect.arrayContaining(before));
    expect(new Set(after.map((one) => one.object_name)).size).toBe(2);
    // One of facts, two of decisions.
    expect(await desk.objects('staging/')).toHaveLength(3);
    expect(await desk.plan()).toEqual(planned);
  });

  it('names the answer that is missing, and is begun anew once the policy is another', async () => {
    const system = new ErasingSystem({
      needs: ['email'],
      accounts: [{ id: '7', proofs: { email: 'anna.marker@example.ee' } }],
      hasSubjectRow: true,
      collections: [{ collection: 'devices', description: { recordClass: 'device' }, rows: rowsOf('devices', '7', 2) }],
    });
    desk = await newErasingDesk('planning-policy', { 'account-db': system });
    await desk.locate();
    await desk.read();
    await expect(desk.plan()).rejects.toMatchObject({ type: 'policy-answer-missing' });
    const { db } = desk.deps.ledger;
    const first = await db.selectFrom('chunks').select('object_name').where('stage', '=', 'plan').execute();
    expect(first).toHaveLength(1);
    const { config } = desk.deps;
    const more = {
      recordClass: 'device',
      period: { months: 1 },
      from: 'closure',
      source: 'P',
      onErasure: 'ends',
    } as const;
    const retention = { ...config.policy.retention, periods: [...periods, more] };
    Object.assign(desk.deps, { config: { ...config, policy: { ...config.policy, retention } } });
    expect(await desk.plan()).toMatchObject({ found: 3, erased: 3 });
    const second = await db.selectFrom('chunks').select('object_name').where('stage', '=', 'plan').execute();
    expect(second).not.toContainEqual(first[0]);
  });

  it('asks who takes over a workspace, and puts that name in its place', async () => {
    const system = new ErasingSystem({
      needs: ['email'],
      accounts: [{ id: '7', proofs: { email: 'anna.marker@example.ee' } }],
      collections: [
        {
          collection: 'workspaces',
          description: { owner: 'workspace', recordClass: 'workspace', fields: ['id', 'owner_id'] },
          erase: { detaches: ['owner_id'], successor: ['owner_id'] },
          stream: {
            ...{ isWorkspace: true, owner: 'workspace', customerKind: 'company', subjectOwnsWorkspace: true },
            ownFields: ['owner_id'],
          },
          rows: [
            { id: 'w1', account: '7', fields: { owner_id: '7' }, facts: { createdAt: '2026-01-05', workspace: 'w1' } },
          ],
        },
      ],
    });
    const workspace = { recordClass: 'workspace', period: { months: 1 }, from: 'closure', source: 'P' } as const;
    desk = await newErasingDesk(
      'planning-successor',
      { 'account-db': system },
      {
        retention: { taxRegistrations: [], switchOn: [], periods: [...periods, { ...workspace, onErasure: 'ends' }] },
      },
    );
    await desk.toPlanned();
    expect(await desk.propose()).toEqual({ state: 'waits', plan: null });
    await expect(desk.prepare()).rejects.toMatchObject({ type: 'successor-needed' });
    const { deps, requestId } = desk;
    const { db } = deps.ledger;
    const [task] = await openTasks(db, requestId);
    if (task?.object_sealed == null) throw new Error('a task with an object expected');
    const asked = await getSealed(db, deps.keys, task.object_sealed, (value) => value);
    expect(asked).toEqual({ workspace: { collection: 'workspaces', key: [['id', 'w1']] } });
    const { working_key_id: keyId } = await db
      .selectFrom('requests')
      .select('working_key_id')
      .executeTakeFirstOrThrow();
    await desk.answer('successor', 'named');
    await db.transaction().execute(async (trx) => {
      const value = { workspace: { collection: 'workspaces', key: [['id', 'w1']] }, successor: '12' };
      const sealed = await putSealed(trx, deps.keys, { requestId, keyId, value });
      const row = { request_id: requestId, system_id: desk.id(), task_id: task.id, named_sealed: sealed };
      await trx.insertInto('successors').values(row).execute();
    });
    await desk.toNoReturn();
    await desk.erase();
    await desk.verify();
    expect(system.rows.get('workspaces')?.get('w1')?.fields).toEqual({ owner_id: '12' });
    expect(await desk.books()).toEqual({ 'anonymised/read-back': 1 });
  });

  it('waits for a person where far more records than usual are to be erased', async () => {
    const limits = { blastRadius: { maxRecords: 10, timesMedian: 3 } };
    desk = await newErasingDesk('planning-radius', { 'account-db': accountDb() }, limits);
    await desk.toPlanned();
    expect(await desk.propose()).toEqual({ state: 'waits', plan: null });
    expect(await desk.propose()).toEqual({ state: 'waits', plan: null });
    await desk.answer('blast-radius', 'proceed');
    expect(await desk.propose()).toMatchObject({ state: 'asked' });
  });

  it('is proposed only where somebody has said how many records are too many', async () => {
    desk = await newErasingDesk('planning-no-radius', { 'account-db': accountDb() }, { blastRadius: undefined });
    await desk.toPlanned();
    await expect(desk.propose()).rejects.toMatchObject({ type: 'policy-answer-missing' });
  });

  it('that was rejected is not proposed again as it is', async () => {
    desk = await newErasingDesk('planning-rejected', { 'account-db': accountDb() });
    await desk.toPlanned();
    const first = await desk.propose();
    await desk.reject();
    expect(await desk.propose()).toEqual({ state: 'waits', plan: null });
    await desk.read(2);
    await desk.plan(2);
    const second = await desk.propose();
    expect(second.state).toBe('asked');
    expect(second.plan).not.toBe(first.plan);
  });

  it('changed after its approval is not carried out', async () => {
    desk = await newErasingDesk('planning-changed', { 'account-db': accountDb() });
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    await desk.world.asOwner(`update chunks set tag = repeat('0', 32) where stage = 'plan' and stream_no = 0`);
    expect(await desk.pass()).toEqual({ ok: false, code: 'plan-changed' });
    // The old one and its question are withdrawn.
    expect(await desk.propose()).toMatchObject({ state: 'asked' });
    const plans = await desk.deps.ledger.db
      .selectFrom('plans')
      .select(['version', 'ended_at'])
      .orderBy('version')
      .execute();
    expect(plans.map((one) => one.ended_at === null)).toEqual([false, true]);
  });

  it('under another policy is not carried out', async () => {
    desk = await newErasingDesk('planning-other', { 'account-db': accountDb() });
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    const { config } = desk.deps;
    const policy = { ...config.policy, chargebackDays: { cards: 120 } };
    Object.assign(desk.deps, { config: { ...config, policy } });
    expect(await desk.pass()).toEqual({ ok: false, code: 'plan-changed' });
  });

  it('is carried out only when every system of it is prepared', async () => {
    desk = await newErasingDesk('planning-unprepared', { 'account-db': accountDb() });
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    expect(await desk.pass()).toEqual({ ok: false, code: 'plan-changed' });
  });

  it('that a system refuses has no entries in the register, and the lane says why', async () => {
    const system = accountDb();
    desk = await newErasingDesk('planning-refused', { 'account-db': system });
    await desk.toPlanned();
    system.refusals = [{ code: 'collateral-damage', where: 'public.notes' }];
    expect(await desk.prepare()).toEqual({ refused: 1, code: 'collateral-damage' });
    const { db } = desk.deps.ledger;
    expect(await db.selectFrom('lanes').select(['code', 'code_where']).executeTakeFirst()).toEqual({
      ...{ code: 'collateral-damage', code_where: 'public.notes' },
    });
    expect(await db.selectFrom('register_entries').selectAll().execute()).toEqual([]);
  });

  it('is revoked by whoever cancels before its point of no return', async () => {
    desk = await newErasingDesk('planning-cancelled', { 'account-db': accountDb() });
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    await desk.world.asOwner(
      `insert into people_decisions (id, request_id, seq, kind, answer, person_id, statement, signature, at)
       values ('dec_00000000000000000000000000', $1, 99, 'cancel', 'cancel', 'officer', '{}', '', now())`,
      [desk.requestId],
    );
    expect(await desk.pass()).toEqual({ ok: false, code: null });
    const [entry] = await desk.deps.ledger.db.selectFrom('register_entries').selectAll().execute();
    if (entry === undefined) throw new Error('an entry expected');
    await desk.close('cancelled');
    await desk.destroyStaging();
    expect(await desk.deps.ledger.db.selectFrom('register_entries').selectAll().execute()).toEqual([]);
    expect(await desk.objects('')).toEqual([]);
    await expect(desk.deps.keys.use(entry.key_id)).rejects.toMatchObject({ code: 'key-destroyed' });
  });

  it('keeps its entries in the register before the first effect, and does not balance without them', async () => {
    const system = accountDb();
    desk = await newErasingDesk('planning-register', { 'account-db': system });
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    await desk.prepare();
    await desk.prepare();
    const { db } = desk.deps.ledger;
    const entries = await db.selectFrom('register_entries').selectAll().execute();
    expect(entries.map((one) => [one.kind, one.count, one.due_on, one.active_at])).toEqual([
      ['expiring', 6, '2026-04-06', null],
    ]);
    await desk.pass();
    for (const part of ['dependants', 'subject-row'] as const) {
      await desk.erase(part);
      await desk.verify(part);
    }
    await desk.world.asOwner('update register_entries set count = 5');
    await expect(desk.close('awaiting_expiry')).rejects.toMatchObject({ type: 'books-unbalanced' });
    await desk.world.asOwner('update register_entries set count = 6');
    await desk.close('awaiting_expiry');
  });
});

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

  it('on the request placed past the point of no return stops every further effect', async () => {
    const system = accountDb();
    desk = await newErasingDesk('hold-request-late', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    await desk.hold({ request: true });
    await expect(desk.erase()).rejects.toMatchObject({ type: 'hold-placed' });
    expect(system.left('notes')).toHaveLength(28);
  });
});

describe('records that came meanwhile', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  it('from before the erasing began are a pass of their own; later ones are counted and left alone', async () => {
    const system = accountDb();
    desk = await newErasingDesk('late-dated', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.insert('notes', rowOf('late-1', '7', { createdAt: '2026-11-22T10:00:00Z' }));
    await desk.erase();
    system.insert('posts', rowOf('new-1', '7', { createdAt: '2026-11-23T10:00:00Z' }));
    expect(system.left('notes')).toContain('late-1');
    const verified = await desk.verify();
    expect(verified).toEqual({ residue: 0, late: 1, lateRound: 2, undated: 0, newer: 1 });
    expect(await desk.plan(2)).toEqual({ found: 1, erased: 1, retained: 0, referred: 0, refused: 0 });
    await desk.toNoReturn(2);
    await desk.erase('dependants', 2);
    expect(await desk.verify('dependants', { round: 2, pass: 2 })).toMatchObject({ late: 0, newer: 1 });
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    expect(await desk.books()).toMatchObject({ 'erased/read-back': 27 });
    expect(system.left('posts')).toContain('new-1');
    await desk.close('awaiting_expiry');
    const rounds = await desk.deps.ledger.db.selectFrom('rounds').select('new_relationship').orderBy('round').execute();
    expect(rounds.map((one) => one.new_relationship)).toEqual([1, 1]);
  });

  it('without a day wait for a person, who may leave them to a new relationship', async () => {
    const system = accountDb();
    desk = await newErasingDesk('late-undated', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.insert('notes', rowOf('late-1', '7', {}), rowOf('late-2', '7', { createdAt: '2026-11-23' }));
    await desk.erase();
    expect(await desk.verify()).toEqual({ residue: 0, late: 0, lateRound: 2, undated: 2, newer: 0 });
    await expect(desk.plan(2)).rejects.toMatchObject({ type: 'late-arrivals' });
    await desk.answer('late-arrivals', 'new-relationship');
    expect(await desk.plan(2)).toEqual({ found: 2, erased: 0, retained: 0, referred: 0, refused: 2 });
    await desk.toNoReturn(2);
    await desk.erase('dependants', 2);
    await desk.verify('dependants', { round: 2, pass: 2 });
    expect(system.left('notes')).toContain('late-1');
    await desk.erase('subject-row');
    await desk.verify('subject-row');
    await desk.close('awaiting_expiry');
  });

  it('found by an attempt that died are found again, in a round that takes its place', async () => {
    const system = accountDb();
    desk = await newErasingDesk('late-again', { 'account-db': system });
    await desk.toPlanned();
    await desk.toNoReturn();
    system.insert('notes', rowOf('late-1', '7', { createdAt: '2026-11-22' }));
    await desk.erase();
    const { storage } = desk.deps;
    Object.assign(desk.deps, { storage: dyingAfter(storage, 0) });
    await expect(desk.verify()).rejects.toMatchObject({ type: 'storage-unreachable' });
    Object.assign(desk.deps, { storage });
    expect(await desk.verify()).toMatchObject({ late: 1, lateRound: 3 });
    expect(await desk.verify()).toMatchObject({ late: 1, lateRound: 4 });
    const rounds = await desk.deps.ledger.db
      .selectFrom('rounds')
      .select(['round', 'superseded'])
      .orderBy('round')
      .execute();
    expect(rounds.map((one) => one.superseded)).toEqual([false, true, true, false]);
  });
});
