/** Erasures asked for, planned and decided by people, on a real PostgreSQL; the plans are planted as the workflow leaves them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestId } from '../../src/ids.ts';
import { verifyDecisions } from '../../src/ledger/decision-verify.ts';
import { taskTerms } from '../../src/ledger/task-kinds.ts';
import { openTask } from '../../src/ledger/tasks.ts';
import { getSealed } from '../../src/ledger/vault.ts';
import {
  answer,
  approvePlan,
  cancel,
  createRequest,
  extend,
  listRequests,
  listTasks,
  nameSuccessor,
  pauseClock,
  rejectPlan,
  type SignedBy,
  sendPart,
  showPlan,
  showRequest,
} from '../../src/requests/index.ts';
import { verify } from '../../src/security/signing.ts';
import { mixed, newErasure, plantPlan, plantRound, plantSuccessorTask } from './erasure-plant.ts';
import { newWorld, type World } from './world.ts';

const by = { identifiers: { email: ['mari@example.ee'] }, channel: 'email', language: 'et' } as const;

describe('an erasure', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('erasure_new', { erases: true, countPauses: ['scope', 'identity'] });
  });
  afterAll(() => world.close());

  it('is refused where a system cannot erase', async () => {
    const other = await newWorld('erasure_unable', { erases: true, stages: ['check', 'locate', 'read'] });
    await expect(createRequest(other.deps, { rights: ['erasure'], ...by })).rejects.toMatchObject({
      code: 'right-unsupported',
      where: 'account-db',
    });
    await other.close();
  });

  it('is refused where answers are missing that every plan needs, and all of them are named at once', async () => {
    const { config } = world.deps;
    const without = (policy: Partial<typeof config.policy>, financialYears = config.controller.financialYears) => ({
      ...world.deps,
      config: {
        ...config,
        controller: { ...config.controller, financialYears },
        policy: { ...config.policy, ...policy },
      },
    });
    const nothing = without({ blastRadius: undefined, downloadDays: undefined }, []);
    const code = 'policy-answer-missing';
    await expect(createRequest(nothing, { rights: ['access', 'erasure'], ...by })).rejects.toMatchObject({
      code,
      where: 'policy.blastRadius; policy.downloadDays; controller.financialYears',
    });
    await expect(createRequest(nothing, { rights: ['erasure'], ...by })).rejects.toMatchObject({
      code,
      where: 'policy.blastRadius; controller.financialYears',
    });
    // Nobody waits to download a copy that nobody asked for.
    const noWindow = without({ downloadDays: undefined });
    expect(await createRequest(noWindow, { rights: ['erasure'], ...by })).toMatchObject({ state: 'received' });
    expect(await createRequest(nothing, { rights: ['access'], ...by })).toMatchObject({ state: 'received' });
    const abroad = { ...world.deps, config: { ...config, controller: { ...config.controller, country: 'HU' } } };
    await expect(createRequest(abroad, { rights: ['erasure'], ...by })).rejects.toMatchObject({
      code: 'policy-country-unsupported',
    });
  });

  it('seals the workspaces that are closed with it under the working key, and closes none with anything else', async () => {
    const closeWorkspaces = [' 504', '504', '507'];
    await expect(createRequest(world.deps, { rights: ['access'], ...by, closeWorkspaces })).rejects.toMatchObject({
      code: 'usage',
    });
    const { requestId } = await createRequest(world.deps, { rights: ['erasure'], ...by, closeWorkspaces });
    const row = await world.deps.ledger.db
      .selectFrom('requests')
      .innerJoin('sealed_objects', 'sealed_objects.name', 'requests.closing_sealed')
      .select(['closing_sealed', 'key_id', 'working_key_id'])
      .where('id', '=', requestId)
      .executeTakeFirstOrThrow();
    expect(row.key_id).toBe(row.working_key_id);
    const opened = await getSealed(world.deps.ledger.db, world.deps.keys, row.closing_sealed ?? '', (value) => value);
    expect(opened).toEqual(['504', '507']);
    expect((await showRequest(world.deps, requestId)).erasure?.closesWorkspaces).toBe(true);
  });

  it('has the due date that access has, and a pause to clarify the scope never moves it', async () => {
    const { requestId, dueOn } = await createRequest(world.deps, {
      rights: ['erasure'],
      ...by,
      receivedOn: '2026-11-10',
    });
    const access = await createRequest(world.deps, { rights: ['access'], ...by, receivedOn: '2026-11-10' });
    expect(dueOn).toBe(access.dueOn);
    const pause = { pause: 'scope', from: '2026-11-12', to: '2026-11-20', signedBy: world.people.agent } as const;
    expect(await pauseClock(world.deps, { requestId, ...pause })).toMatchObject({ dueOn });
    const moved = await pauseClock(world.deps, { requestId: access.requestId, ...pause });
    expect(moved.dueOn > dueOn).toBe(true);
  });

  it('is listed with its rights', async () => {
    const requestId = await newErasure(world, { rights: ['access', 'erasure'] });
    const listed = await listRequests(world.deps);
    expect(listed.find(({ id }) => id === requestId)).toMatchObject({
      rights: ['access', 'erasure'],
      expiresOn: null,
    });
  });
});

describe('a plan', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('plans', { erases: true, approvals: { approval: 2 } });
  });
  afterAll(() => world.close());

  const planned = async () => {
    const requestId = await newErasure(world);
    await plantRound(world, requestId, world.systemIds.accountDb, mixed);
    return requestId;
  };
  const approve = (requestId: RequestId, signedBy: SignedBy | undefined, plan?: string) =>
    approvePlan(world.deps, { requestId, signedBy, plan });
  const reject = (requestId: RequestId, signedBy: SignedBy | undefined, reason?: string) =>
    rejectPlan(world.deps, { requestId, signedBy, reason });
  const plansOf = (requestId: RequestId) =>
    world.deps.ledger.db
      .selectFrom('plans')
      .selectAll()
      .where('request_id', '=', requestId)
      .orderBy('version')
      .execute();

  it('tells per system and class how many records become what, on which ground and until when', async () => {
    const requestId = await planned();
    const { sha256 } = await plantPlan(world, requestId);
    const shown = await showPlan(world.deps, requestId);
    expect(shown.plan).toMatchObject({ pass: 1, version: 1, sha256, state: 'proposed', approvedAt: null });
    expect(shown.tasks).toMatchObject([{ kind: 'approval', code: 'plan-ready', plan: sha256 }]);
    const [system] = shown.passes[0]?.systems ?? [];
    expect(system).toMatchObject({ id: 'account-db', found: 25, isPlanned: true, isPrepared: false });
    expect(system?.counts).toEqual({ erase: 3, anonymise: 0, detach: 4, keep: 5, expire: 0, refer: 7, refuse: 6 });
    expect(system?.classes).toContainEqual(
      expect.objectContaining({
        recordClass: 'invoice',
        act: 'keep',
        exception: '17(3)(b)',
        keptBy: 'Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31',
        until: '2033-12-31',
        count: 5,
      }),
    );
  });

  it('is not found for a request that asked for no erasure, and empty before anything was decided', async () => {
    const { requestId } = await createRequest(world.deps, { rights: ['access'], ...by });
    await expect(showPlan(world.deps, requestId)).rejects.toMatchObject({ code: 'not-found' });
    expect(await showPlan(world.deps, await newErasure(world))).toMatchObject({ plan: null, passes: [], tasks: [] });
  });

  it('is approved by two different officers, who both sign its hash; the approval is stored with the second', async () => {
    const requestId = await planned();
    const { sha256, taskId } = await plantPlan(world, requestId, { peopleNeeded: 2 });
    await expect(approve(requestId, world.people.agent)).rejects.toMatchObject({ code: 'person-role' });
    expect(await approve(requestId, world.people.officer)).toMatchObject({
      settled: false,
      peopleStillNeeded: 1,
      plan: sha256,
    });
    expect(await plansOf(requestId)).toMatchObject([{ approved_at: null }]);
    await expect(approve(requestId, world.people.officer)).rejects.toMatchObject({ code: 'person-twice' });
    expect(await approve(requestId, world.people.second)).toMatchObject({ settled: true, taskId });
    expect(await plansOf(requestId)).toMatchObject([{ approved_at: world.deps.now(), ended_at: null }]);
    const said = await world.deps.ledger.db
      .selectFrom('people_decisions')
      .selectAll()
      .where('task_id', '=', taskId)
      .orderBy('seq')
      .execute();
    for (const { statement, signature, person_id: person } of said) {
      expect(JSON.parse(statement)).toMatchObject({ answer: 'approve', details: { plan: sha256 } });
      const publicKey = world.deps.config.people.find(({ id }) => id === person)?.publicKey ?? '';
      expect(verify(statement, signature, publicKey)).toBe(true);
    }
    expect(said).toHaveLength(2);
    expect(await verifyDecisions(world.deps.ledger.db, requestId)).toEqual([]);
    expect((await showRequest(world.deps, requestId)).erasure?.plan).toMatchObject({ state: 'approved' });
    await expect(approve(requestId, world.people.second)).rejects.toMatchObject({ code: 'task-closed' });
  });

  it('that was exchanged for another hash in the statement shows as altered', async () => {
    const requestId = await planned();
    const { taskId } = await plantPlan(world, requestId);
    await approve(requestId, world.people.officer);
    const swap = `update people_decisions set statement = replace(statement, '"plan":"', '"plan":"0') where task_id = $1`;
    await world.asOwner(swap, [taskId]);
    expect(await verifyDecisions(world.deps.ledger.db, requestId)).toMatchObject([{ kind: 'decision-altered' }]);
    const back = `update people_decisions set statement = replace(statement, '"plan":"0', '"plan":"') where task_id = $1`;
    await world.asOwner(back, [taskId]);
    expect(await verifyDecisions(world.deps.ledger.db, requestId)).toEqual([]);
  });

  it('that is not the current one any more cannot be approved, nor one that was not read', async () => {
    const requestId = await planned();
    const first = await plantPlan(world, requestId);
    await expect(approve(requestId, world.people.officer, 'f'.repeat(12))).rejects.toMatchObject({
      code: 'plan-changed',
      where: '--plan',
    });
    // A new version whose question has not been opened yet: the old one still stands open.
    await world.deps.ledger.db
      .updateTable('plans')
      .set({ ended_at: world.deps.now() })
      .where('request_id', '=', requestId)
      .execute();
    await expect(approve(requestId, world.people.officer, first.sha256.slice(0, 12))).rejects.toMatchObject({
      code: 'plan-changed',
    });
    await expect(reject(requestId, world.people.officer, 'too much')).rejects.toMatchObject({ code: 'plan-changed' });
    const second = await plantPlan(world, requestId, { version: 2 });
    await expect(approve(requestId, world.people.officer, first.sha256)).rejects.toMatchObject({
      code: 'plan-changed',
    });
    expect(await approve(requestId, world.people.officer, second.sha256.slice(0, 12))).toMatchObject({ settled: true });
    expect(await plansOf(requestId)).toMatchObject([
      { version: 1, approved_at: null },
      { version: 2, approved_at: world.deps.now() },
    ]);
    expect((await showPlan(world.deps, requestId)).passes[0]?.plans).toMatchObject([
      { version: 1, state: 'replaced' },
      { version: 2, state: 'approved' },
    ]);
  });

  it('ends with one person’s no, which has a reason, also where two must approve', async () => {
    const requestId = await planned();
    await plantPlan(world, requestId, { peopleNeeded: 2 });
    await approve(requestId, world.people.officer);
    await expect(reject(requestId, world.people.second)).rejects.toMatchObject({ code: 'reason-needed' });
    expect(await reject(requestId, world.people.second, 'an invoice is missing')).toMatchObject({ settled: true });
    expect(await plansOf(requestId)).toMatchObject([{ approved_at: null, ended_at: world.deps.now() }]);
    expect(await showPlan(world.deps, requestId)).toMatchObject({ plan: { state: 'rejected' }, tasks: [] });
  });

  it('is not confused with an offer to send a part, which is a question of the same kind', async () => {
    const requestId = await newErasure(world, { rights: ['access', 'erasure'] });
    await plantRound(world, requestId, world.systemIds.accountDb, mixed);
    const at = world.deps.now();
    const offer = await world.deps.ledger.db.transaction().execute((trx) =>
      openTask(trx, {
        ...{ ...taskTerms.approval, requestId, systemId: null, kind: 'approval', dueOn: '2026-12-20', at },
        ...{ code: 'part-ready', objectSealed: null, peopleNeeded: 1, dedupe: 'systems' },
      }),
    );
    await expect(approve(requestId, world.people.officer)).rejects.toMatchObject({ code: 'task-closed' });
    const { taskId } = await plantPlan(world, requestId);
    expect(taskId).not.toBe(offer);
    // Nothing has been read for access: the offer is the one that is asked, and has nothing to send.
    await expect(sendPart(world.deps, { requestId, signedBy: world.people.officer })).rejects.toMatchObject({
      code: 'nothing-finished',
    });
    await expect(
      answer(world.deps, { taskId: offer, answer: 'approve', signedBy: world.people.officer }),
    ).rejects.toMatchObject({ code: 'answer-not-allowed' });
    expect(await approve(requestId, world.people.officer)).toMatchObject({ settled: true, taskId });
    const open = (await listTasks(world.deps, { requestId })).map(({ id }) => id);
    expect(open).toEqual([offer]);
  });
});

describe('a successor', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('successors', { erases: true });
  });
  afterAll(() => world.close());

  const name = (requestId: RequestId, workspace: string, userId: string, signedBy = world.people.officer) =>
    nameSuccessor(world.deps, { requestId, workspace, userId, reason: 'Named by the board', signedBy });
  const stored = (requestId: RequestId) =>
    world.deps.ledger.db.selectFrom('successors').selectAll().where('request_id', '=', requestId).execute();

  it('is named for each workspace that is asked about, and is stored sealed', async () => {
    const requestId = await newErasure(world);
    const [first, second] = [
      await plantSuccessorTask(world, requestId, '501'),
      await plantSuccessorTask(world, requestId, '502'),
    ];
    expect(await name(requestId, '502', '1004')).toMatchObject({ taskId: second, settled: true });
    expect(await name(requestId, '501', '1005')).toMatchObject({ taskId: first, settled: true });
    await expect(name(requestId, '501', '1004')).rejects.toMatchObject({ code: 'task-closed' });
    const rows = await stored(requestId);
    const { working_key_id: key } = await world.deps.ledger.db
      .selectFrom('requests')
      .select('working_key_id')
      .where('id', '=', requestId)
      .executeTakeFirstOrThrow();
    for (const { named_sealed: sealed, task_id: task } of rows) {
      const { key_id: sealedUnder } = await world.deps.ledger.db
        .selectFrom('sealed_objects')
        .select('key_id')
        .where('name', '=', sealed)
        .executeTakeFirstOrThrow();
      expect(sealedUnder).toBe(key);
      const [workspace, successor] = task === first ? ['501', '1005'] : ['502', '1004'];
      expect(await getSealed(world.deps.ledger.db, world.deps.keys, sealed, (value) => value)).toEqual({
        workspace: { collection: 'workspaces', key: [['id', workspace]] },
        successor,
      });
    }
    expect(rows).toHaveLength(2);
    const { rows: statements } = await world.asOwner('select statement from people_decisions where request_id = $1', [
      requestId,
    ]);
    for (const { statement } of statements) expect(statement).not.toMatch(/"100[45]"/);
  });

  it('is refused where nothing is asked about that workspace, nobody is named, or the person who leaves is', async () => {
    const requestId = await newErasure(world);
    await plantSuccessorTask(world, requestId, '501');
    await expect(name(requestId, '999', '1004')).rejects.toMatchObject({ code: 'task-closed', where: '--workspace' });
    await expect(name(requestId, '501', ' ')).rejects.toMatchObject({ code: 'successor-needed' });
    // Given on the request as the person's own account.
    await expect(name(requestId, '501', '42')).rejects.toMatchObject({ code: 'successor-unknown' });
    await expect(name(requestId, '501', '1004', world.people.agent)).rejects.toMatchObject({ code: 'person-role' });
    expect(await stored(requestId)).toEqual([]);
  });

  it('on whom two people must agree is the same person for both', async () => {
    const requestId = await newErasure(world);
    await plantSuccessorTask(world, requestId, '501', 2);
    expect(await name(requestId, '501', '1004')).toMatchObject({ settled: false });
    expect(await name(requestId, '501', '1005', world.people.second)).toMatchObject({ settled: false });
    expect(await stored(requestId)).toEqual([]);
  });
});

describe('an erasure that cannot go back', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('no_return', { erases: true });
  });
  afterAll(() => world.close());

  const cancelled = (requestId: RequestId) => cancel(world.deps, { requestId, signedBy: world.people.officer });

  it('is cancelled until the point of no return, and refused from there on', async () => {
    expect(await cancelled(await newErasure(world))).toMatchObject({ seq: 3 });
    const requestId = await newErasure(world);
    await world.asOwner('update requests set no_return_at = now() where id = $1', [requestId]);
    await expect(cancelled(requestId)).rejects.toMatchObject({ code: 'past-no-return' });
    expect((await showRequest(world.deps, requestId)).decisions).toHaveLength(1);
  });

  it('that only waits for a day takes decisions about its dates at once, as no workflow will read them, and no cancellation', async () => {
    const requestId = await newErasure(world);
    await world.asOwner("alter table requests disable trigger all; update requests set state = 'awaiting_expiry'");
    await world.asOwner('alter table requests enable trigger all');
    await expect(cancelled(requestId)).rejects.toMatchObject({ code: 'past-no-return' });
    await extend(world.deps, {
      ...{ requestId, ground: 'complexity', reason: 'Eleven systems', signedBy: world.people.officer },
    });
    const shown = await showRequest(world.deps, requestId);
    expect(shown.decisions.at(-1)).toMatchObject({ kind: 'extend', effect: 'applied' });
    expect(shown.workflowReadUpTo).toBe(shown.seq);
  });
});
