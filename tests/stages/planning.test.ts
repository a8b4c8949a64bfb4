/** A plan: complete, made once, bound by its hash, and carried out only as it was approved. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { openTasks } from '../../src/ledger/tasks.ts';
import { getSealed, putSealed } from '../../src/ledger/vault.ts';
import { ErasingSystem, rowsOf } from '../workflow/erasing-system.ts';
import { dyingAfter } from './desk.ts';
import { accountDb, type ErasingDesk, newErasingDesk, periods } from './erasing-desk.ts';

const planned = { found: 36, erased: 30, retained: 6, referred: 0, refused: 0 };

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
    const name = async (taskId: typeof task.id, successor: string) => {
      await desk.answer('successor', 'named');
      await db.transaction().execute(async (trx) => {
        const value = { workspace: { collection: 'workspaces', key: [['id', 'w1']] }, successor };
        const sealed = await putSealed(trx, deps.keys, { requestId, keyId, value });
        const row = { request_id: requestId, system_id: desk.id(), task_id: taskId, named_sealed: sealed };
        await trx.insertInto('successors').values(row).execute();
      });
    };
    await name(task.id, '11');
    // Whom the system would not have counts no more: somebody else is asked for.
    system.refusals = [{ code: 'successor-unknown', where: 'workspaces.owner_id' }];
    await desk.propose();
    await desk.approve();
    expect(await desk.prepare()).toMatchObject({ refused: 1, code: 'successor-unknown' });
    system.refusals = [];
    await desk.read(2);
    await desk.plan(2);
    expect(await desk.propose()).toEqual({ state: 'waits', plan: null });
    const again = (await openTasks(db, requestId)).find(({ kind }) => kind === 'successor');
    if (again === undefined) throw new Error('nobody was asked for again');
    await name(again.id, '12');
    await desk.toNoReturn();
    await desk.erase('dependants', 2);
    await desk.verify('dependants', { round: 2 });
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
    expect(await desk.pass()).toMatchObject({ ok: false, code: 'plan-changed' });
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
    expect(await desk.pass()).toMatchObject({ ok: false, code: 'plan-changed' });
  });

  it('is carried out only when every system of it is prepared', async () => {
    desk = await newErasingDesk('planning-unprepared', { 'account-db': accountDb() });
    await desk.toPlanned();
    await desk.propose();
    await desk.approve();
    expect(await desk.pass()).toMatchObject({ ok: false, code: 'plan-changed' });
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
    expect(await desk.pass()).toMatchObject({ ok: false, code: null });
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
