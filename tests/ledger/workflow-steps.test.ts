/** What a workflow reads of people's decisions, and what it may still ask, on a real PostgreSQL. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ledgerSteps } from '../../activities/ledger-steps.ts';
import type { RequestId, TaskId } from '../../src/ids.ts';
import type { TaskKind } from '../../src/ledger/states.ts';
import { taskTerms } from '../../src/ledger/task-kinds.ts';
import { openTask } from '../../src/ledger/tasks.ts';
import {
  answer,
  createRequest,
  decideIdentity,
  delivered,
  listTasks,
  type SignedBy,
  showRequest,
  showTask,
} from '../../src/requests/index.ts';
import { newWorld, type World } from './world.ts';

describe('a workflow', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('steps', { approvals: { candidate: 2, identity: 2 } });
  });
  afterAll(() => world.close());

  const steps = () => ledgerSteps(world.deps);
  const newRequest = async () => {
    const { requestId } = await createRequest(world.deps, {
      rights: ['access'],
      identifiers: { email: ['mari@example.ee'] },
      channel: 'email',
      language: 'et',
    });
    return requestId;
  };
  const newTask = (requestId: RequestId, kind: TaskKind, dedupe: string) =>
    world.deps.ledger.db.transaction().execute((trx) =>
      openTask(trx, {
        ...taskTerms[kind],
        requestId,
        systemId: world.systemIds.accountDb,
        kind,
        dueOn: '2026-12-01',
        code: null,
        objectSealed: null,
        peopleNeeded: 2,
        at: world.deps.now(),
        dedupe,
      }),
    );
  const say = (taskId: TaskId, text: string, signedBy: SignedBy) =>
    answer(world.deps, { taskId, answer: text, reason: 'the invoice names her', signedBy });
  const verify = (requestId: RequestId, contact: string, signedBy: SignedBy) =>
    decideIdentity(world.deps, {
      requestId,
      outcome: 'verified',
      identity: { method: 'email-loop', contact },
      signedBy,
    });

  it('takes the answer that enough people gave, whoever said otherwise before them', async () => {
    const requestId = await newRequest();
    const { agent, officer, second } = world.people;
    await decideIdentity(world.deps, { requestId, outcome: 'unverifiable', reason: 'no such person', signedBy: agent });
    await verify(requestId, 'mari@example.ee', officer);
    await verify(requestId, 'mari@example.ee', second);
    const { decisions } = await steps().readDecisions({ requestId, afterSeq: 0 });
    expect(decisions.map((one) => [one.answer, one.settled])).toEqual([
      ['unverifiable', false],
      ['verified', true],
      ['verified', true],
    ]);
  });

  it('puts on the audit chain, once, which decisions it acted on and which came too late', async () => {
    const requestId = await newRequest();
    await verify(requestId, 'mari@example.ee', world.people.agent);
    await verify(requestId, 'mari@example.ee', world.people.second);
    await steps().settleDecisions({ requestId, applied: [2], moot: [3] });
    await steps().settleDecisions({ requestId, applied: [2], moot: [3] });
    const { rows } = await world.asOwner("select body from audit where request_id = $1 and kind = 'decisions-taken'", [
      requestId,
    ]);
    expect(rows).toEqual([{ body: '{"applied":[2],"no-longer-applies":[3]}' }]);
  });

  it('counts one candidate once, however many people spoke of it', async () => {
    const requestId = await newRequest();
    const one = await newTask(requestId, 'candidate', 'a'.repeat(64));
    await newTask(requestId, 'candidate', 'b'.repeat(64));
    await say(one, 'accept', world.people.officer);
    await say(one, 'accept', world.people.second);
    const read = await steps().readDecisions({ requestId, afterSeq: 0 });
    expect(read.seq).toBe(3);
    expect(read.candidates).toEqual([{ systemId: world.systemIds.accountDb, openCandidates: 1, openMasks: 0 }]);
  });

  it('asks nobody to verify an identity that was verified while it was about to ask', async () => {
    const requestId = await newRequest();
    await verify(requestId, 'mari@example.ee', world.people.agent);
    await verify(requestId, 'mari@example.ee', world.people.second);
    expect(await steps().openTask({ requestId, kind: 'identity', systemId: null, code: null })).toEqual({
      taskId: null,
    });
    expect(await listTasks(world.deps, { requestId })).toEqual([]);
  });

  it('and a second identity task, were there one, could not send the package elsewhere', async () => {
    const requestId = await newRequest();
    await verify(requestId, 'mari@example.ee', world.people.agent);
    await verify(requestId, 'mari@example.ee', world.people.second);
    await world.deps.ledger.db.transaction().execute((trx) =>
      openTask(trx, {
        ...taskTerms.identity,
        requestId,
        systemId: null,
        kind: 'identity',
        dueOn: '2026-12-01',
        code: null,
        objectSealed: null,
        peopleNeeded: 1,
        at: world.deps.now(),
      }),
    );
    await expect(verify(requestId, 'mallory@example.ee', world.people.officer)).rejects.toMatchObject({
      code: 'task-closed',
    });
    expect((await showRequest(world.deps, requestId)).identity.by).toBe('second');
  });

  it('asks about a failed system only while its lane is parked', async () => {
    const requestId = await newRequest();
    const asked = { requestId, kind: 'unresolved', systemId: world.systemIds.billing, code: 'system-timeout' } as const;
    expect(await steps().openTask(asked)).toEqual({ taskId: null });
    const { billing: systemId } = world.systemIds;
    const lane = { requestId, systemId, state: 'parked', stage: 'read', code: 'system-timeout' } as const;
    await steps().setLane({ ...lane, workflowSeq: 1 });
    const { taskId } = await steps().openTask(asked);
    expect(taskId).not.toBeNull();
  });

  it('lets an officer hand a package over that the mail server would not take', async () => {
    const requestId = await newRequest();
    await verify(requestId, 'mari@example.ee', world.people.agent);
    await verify(requestId, 'mari@example.ee', world.people.second);
    await world.asOwner(
      `insert into packages (id, request_id, part, object_name, size_bytes, sha256, members, draft, created_at)
       values ('pkg_' || repeat('1', 26), $1, 1, 'packages/1', 1, 'x', 1, true, '2026-11-23')`,
      [requestId],
    );
    const asked = { requestId, kind: 'unresolved', systemId: null } as const;
    const { taskId } = await steps().openTask({ ...asked, code: 'mail-refused' });
    // Of a package nobody says that it reaches nobody: what was asked for lies ready.
    const nobody = { answer: 'not-reachable', reason: 'The mailbox is closed', signedBy: world.people.officer };
    await expect(answer(world.deps, { taskId: taskId ?? ('' as never), ...nobody })).rejects.toMatchObject({
      code: 'answer-not-allowed',
    });
    const hand = (signedBy: SignedBy) => delivered(world.deps, { requestId, method: 'in-person', signedBy });
    await expect(hand(world.people.agent)).rejects.toMatchObject({ code: 'person-role' });
    expect(await hand(world.people.officer)).toMatchObject({ settled: true });
    expect((await showRequest(world.deps, requestId)).packages).toMatchObject([{ deliveredBy: 'in-person' }]);
    expect((await steps().readDecisions({ requestId, afterSeq: 3 })).decisions).toMatchObject([
      { kind: 'delivered', answer: 'delivered', taskKind: 'unresolved', settled: true },
    ]);
    // Other failures of the whole request have nothing to hand over.
    await steps().openTask({ ...asked, code: 'storage-unreachable' });
    await expect(hand(world.people.officer)).rejects.toMatchObject({ code: 'package-not-ready' });
  });

  it('shows whoever hands a package over the verified contact point', async () => {
    const requestId = await newRequest();
    await verify(requestId, 'Turu 1, 51013 Tartu', world.people.agent);
    await verify(requestId, 'Turu 1, 51013 Tartu', world.people.second);
    const { taskId } = await steps().openTask({ requestId, kind: 'manual', systemId: null, code: null });
    if (taskId === null) throw new Error('no task');
    expect((await showTask(world.deps, taskId, { open: true })).object).toEqual({
      kind: 'post',
      value: 'Turu 1, 51013 Tartu',
    });
  });
});
