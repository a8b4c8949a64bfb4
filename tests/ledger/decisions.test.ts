/** Decisions of people on a real PostgreSQL: signed, checked, counted once, and only while they can still matter. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestId, TaskId } from '../../src/ids.ts';
import type { TaskKind } from '../../src/ledger/states.ts';
import { taskTerms } from '../../src/ledger/task-kinds.ts';
import { dedupeOf, openTask } from '../../src/ledger/tasks.ts';
import {
  answer,
  cancel,
  createRequest,
  decideIdentity,
  delivered,
  extend,
  listTasks,
  pauseClock,
  pauseSystem,
  resumeSystem,
  retry,
  type SignedBy,
  showRequest,
  showTask,
} from '../../src/requests/index.ts';
import { newPersonKey, verify } from '../../src/security/signing.ts';
import { newWorld, type World } from './world.ts';

describe('a decision', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('decisions', { approvals: { candidate: 2, identity: 2 }, countPauses: ['identity'] });
  });
  afterAll(() => world.close());

  const newRequest = async (receivedOn = '2026-11-23') => {
    const identifiers = { email: ['mari@example.ee'] };
    const created = await createRequest(world.deps, {
      rights: ['access'],
      identifiers,
      channel: 'email',
      language: 'et',
      receivedOn,
    });
    return created.requestId;
  };
  const newTask = (requestId: RequestId, kind: TaskKind, peopleNeeded = 1, dedupe = '') =>
    world.deps.ledger.db.transaction().execute((trx) =>
      openTask(trx, {
        ...taskTerms[kind],
        requestId,
        systemId: kind === 'manual' ? null : world.systemIds.accountDb,
        kind,
        dueOn: '2026-12-01',
        code: null,
        objectSealed: null,
        peopleNeeded,
        at: world.deps.now(),
        dedupe,
      }),
    );
  const park = (requestId: RequestId, code: 'system-failed' | 'system-paused') =>
    world.deps.ledger.db
      .updateTable('lanes')
      .set({ state: 'parked', code })
      .where('request_id', '=', requestId)
      .where('system_id', '=', world.systemIds.accountDb)
      .execute();
  const accept = (taskId: TaskId, signedBy: SignedBy | undefined, text = 'accept') =>
    answer(world.deps, { taskId, answer: text, reason: 'the invoice names her', signedBy });
  const decisions = async (requestId: RequestId) => (await showRequest(world.deps, requestId)).decisions;

  it('by nobody, an unknown person, an unknown key, another’s key or without the role is refused and stores nothing', async () => {
    const requestId = await newRequest();
    const task = await newTask(requestId, 'candidate');
    const { agent, officer, engineer, stranger } = world.people;
    const unknownKey = { personId: 'officer', privateKeyPem: newPersonKey().privateKeyPem };
    const othersKey = { personId: 'officer', privateKeyPem: engineer.privateKeyPem };
    await expect(accept(task, undefined)).rejects.toMatchObject({ code: 'person-needed' });
    await expect(accept(task, stranger)).rejects.toMatchObject({ code: 'person-unknown' });
    await expect(accept(task, unknownKey)).rejects.toMatchObject({ code: 'person-key' });
    await expect(accept(task, othersKey)).rejects.toMatchObject({ code: 'person-key' });
    await expect(accept(task, { personId: 'officer', privateKeyPem: 'x' })).rejects.toMatchObject({
      code: 'person-key',
    });
    await expect(accept(task, agent)).rejects.toMatchObject({ code: 'person-role' });
    await expect(accept(task, officer, 'perhaps')).rejects.toMatchObject({ code: 'answer-not-allowed' });
    await expect(
      answer(world.deps, { taskId: task, answer: 'accept', reason: ' ', signedBy: officer }),
    ).rejects.toMatchObject({ code: 'reason-needed' });
    for (const decide of [
      () => extend(world.deps, { requestId, ground: 'number', reason: 'many', signedBy: agent }),
      () => cancel(world.deps, { requestId, signedBy: agent }),
      () => pauseClock(world.deps, { requestId, pause: 'identity', from: '2026-11-23', signedBy: engineer }),
      () => pauseSystem(world.deps, { systemId: world.systemIds.billing, reason: 'broken', signedBy: agent }),
      () => decideIdentity(world.deps, { requestId, outcome: 'unverifiable', signedBy: engineer }),
    ])
      await expect(decide()).rejects.toMatchObject({ code: 'person-role' });
    expect(await decisions(requestId)).toEqual([]);
    expect((await showRequest(world.deps, requestId)).seq).toBe(1);
  });

  it('that two people must give is refused from the same person twice, and stands when the second agrees', async () => {
    const requestId = await newRequest();
    const task = await newTask(requestId, 'candidate', 2);
    expect(await accept(task, world.people.officer)).toMatchObject({ settled: false, peopleStillNeeded: 1, seq: 2 });
    await expect(accept(task, world.people.officer)).rejects.toMatchObject({ code: 'person-twice' });
    await expect(accept(task, world.people.officer, 'reject')).rejects.toMatchObject({ code: 'person-twice' });
    expect(await accept(task, world.people.second)).toMatchObject({ settled: true, peopleStillNeeded: 0, seq: 3 });
    expect(await showTask(world.deps, task)).toMatchObject({ answer: 'accept', answers: [{}, {}] });
    await expect(accept(task, world.people.second)).rejects.toMatchObject({ code: 'task-closed' });
  });

  it('stays open while two people differ, and both answers are kept', async () => {
    const requestId = await newRequest();
    const task = await newTask(requestId, 'candidate', 2);
    await accept(task, world.people.officer, 'accept');
    expect(await accept(task, world.people.second, 'reject')).toMatchObject({ settled: false });
    const shown = await showTask(world.deps, task);
    expect(shown.closedAt).toBeNull();
    expect(shown.answers.map((one) => one.answer)).toEqual(['accept', 'reject']);
  });

  it('counts two people who verified for different contact points as differing', async () => {
    const requestId = await newRequest();
    const verified = (contact: string, signedBy: SignedBy) =>
      decideIdentity(world.deps, {
        requestId,
        outcome: 'verified',
        identity: { method: 'email-loop', contact },
        signedBy,
      });
    expect(await verified('mari@example.ee', world.people.agent)).toMatchObject({ settled: false });
    expect(await verified('mallory@example.ee', world.people.second)).toMatchObject({ settled: false });
    expect((await showRequest(world.deps, requestId)).identity.state).toBe('unverified');
    expect(await verified('mari@example.ee', world.people.officer)).toMatchObject({ settled: true });
    expect((await showRequest(world.deps, requestId)).identity).toMatchObject({
      state: 'verified',
      method: 'email-loop',
      by: 'officer',
      contactKind: 'email',
    });
  });

  it('closes a task once, however many answer it in the same moment', async () => {
    const requestId = await newRequest();
    const task = await newTask(requestId, 'candidate');
    const both = await Promise.allSettled([accept(task, world.people.officer), accept(task, world.people.second)]);
    expect(both.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    expect(await decisions(requestId)).toHaveLength(1);
    expect((await showRequest(world.deps, requestId)).seq).toBe(2);
  });

  it('is a statement that a stranger can verify, and that tells no reason', async () => {
    const requestId = await newRequest();
    const task = await newTask(requestId, 'candidate');
    await accept(task, world.people.officer);
    const row = await world.deps.ledger.db
      .selectFrom('people_decisions')
      .selectAll()
      .where('request_id', '=', requestId)
      .executeTakeFirstOrThrow();
    const publicKey = world.deps.config.people.find((one) => one.id === 'officer')?.publicKey ?? '';
    expect(verify(row.statement, row.signature, publicKey)).toBe(true);
    expect(JSON.parse(row.statement)).toMatchObject({
      person: 'officer',
      requestId,
      taskId: task,
      answer: 'accept',
      sealed: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(row.statement).not.toContain('invoice');
  });

  it('that refuses the request because nobody can be identified has a written reason', async () => {
    const requestId = await newRequest();
    const refuse = (reason?: string) =>
      decideIdentity(world.deps, { requestId, outcome: 'unverifiable', reason, signedBy: world.people.agent });
    await expect(refuse()).rejects.toMatchObject({ code: 'reason-needed' });
    expect(await refuse('no answer to two letters')).toMatchObject({ seq: 2 });
  });

  it('to retry is refused unless the lane is parked and its task open', async () => {
    const requestId = await newRequest();
    const again = () =>
      retry(world.deps, { requestId, systemId: world.systemIds.accountDb, signedBy: world.people.officer });
    await expect(again()).rejects.toMatchObject({ code: 'lane-not-parked' });
    await newTask(requestId, 'unresolved');
    await expect(again()).rejects.toMatchObject({ code: 'lane-not-parked' });
    await park(requestId, 'system-failed');
    const stop = { systemId: world.systemIds.accountDb, reason: 'maintenance', signedBy: world.people.engineer };
    await pauseSystem(world.deps, stop);
    await expect(again()).rejects.toMatchObject({ code: 'system-paused', where: 'account-db' });
    await resumeSystem(world.deps, stop);
    expect(await again()).toMatchObject({ settled: true, seq: 2 });
    await expect(again()).rejects.toMatchObject({ code: 'lane-not-parked' });
    expect(await decisions(requestId)).toMatchObject([{ kind: 'retry', answer: 'retry', systemId: 'account-db' }]);
  });

  it('to extend is taken once, on a ground of the law, before the first due date', async () => {
    const requestId = await newRequest();
    const by = { requestId, reason: 'seven systems', signedBy: world.people.officer };
    await expect(extend(world.deps, { ...by, ground: 'staff' })).rejects.toMatchObject({
      code: 'clock-extension-ground',
    });
    await expect(extend(world.deps, { ...by, ground: 'number', reason: '' })).rejects.toMatchObject({
      code: 'reason-needed',
    });
    expect(await extend(world.deps, { ...by, ground: 'complexity' })).toMatchObject({
      dueOn: '2026-12-23',
      extendedDueOn: '2027-02-23',
    });
    await expect(extend(world.deps, { ...by, ground: 'number' })).rejects.toMatchObject({
      code: 'clock-extension-repeated',
    });
    const late = await newRequest('2026-10-23');
    await expect(extend(world.deps, { ...by, requestId: late, ground: 'number' })).rejects.toMatchObject({
      code: 'clock-extension-late',
    });
    expect(await decisions(late)).toEqual([]);
    expect((await showRequest(world.deps, requestId)).clock.extension).toMatchObject({ ground: 'complexity' });
  });

  it('to pause the clock moves the date only where the policy counts it, and an open pause is closed once', async () => {
    const requestId = await newRequest('2026-11-10');
    const by = { requestId, signedBy: world.people.agent };
    const { dueOn: unpaused } = (await showRequest(world.deps, requestId)).clock;
    await pauseClock(world.deps, { ...by, pause: 'scope', from: '2026-11-12', to: '2026-11-20' });
    expect((await showRequest(world.deps, requestId)).clock.dueOn).toBe(unpaused);
    await pauseClock(world.deps, { ...by, pause: 'identity', from: '2026-11-13' });
    expect((await showRequest(world.deps, requestId)).clock.pausedSince).toBe('2026-11-13');
    await expect(pauseClock(world.deps, { ...by, pause: 'identity', from: '2026-11-14' })).rejects.toMatchObject({
      code: 'clock-pause-invalid',
    });
    const closed = await pauseClock(world.deps, { ...by, pause: 'identity', from: '2026-11-13', to: '2026-11-18' });
    expect(closed.unpausedDueOn).toBe(unpaused);
    expect(closed.dueOn > unpaused).toBe(true);
    for (const [from, to] of [
      ['2026-11-09', '2026-11-12'],
      ['2026-11-20', '2026-11-19'],
      ['2026-11-24', undefined],
      ['2026-11-20', '2026-11-25'],
    ] as const)
      await expect(pauseClock(world.deps, { ...by, pause: 'identity', from, to })).rejects.toMatchObject({
        code: 'clock-pause-invalid',
      });
  });

  it('is refused once the request is final', async () => {
    const requestId = await newRequest();
    const task = await newTask(requestId, 'candidate');
    await world.deps.ledger.db
      .updateTable('requests')
      .set({ state: 'cancelled' })
      .where('id', '=', requestId)
      .execute();
    const final = { code: 'state-final' };
    await expect(accept(task, world.people.officer)).rejects.toMatchObject(final);
    await expect(cancel(world.deps, { requestId, signedBy: world.people.officer })).rejects.toMatchObject(final);
    await expect(
      retry(world.deps, { requestId, systemId: world.systemIds.accountDb, signedBy: world.people.officer }),
    ).rejects.toMatchObject(final);
  });

  it('to hand a package over by post is refused before there is one, and dates its deletion', async () => {
    const requestId = await newRequest();
    const by = { requestId, method: 'post' as const, signedBy: world.people.agent };
    await expect(delivered(world.deps, by)).rejects.toMatchObject({ code: 'package-not-ready' });
    await newTask(requestId, 'manual');
    await expect(delivered(world.deps, by)).rejects.toMatchObject({ code: 'package-not-ready' });
    await world.asOwner(
      `insert into packages (id, request_id, part, object_name, size_bytes, sha256, members, draft, created_at)
       values ('pkg_' || repeat('0', 26), $1, 1, 'packages/1', 1, 'x', 1, true, '2026-11-21')`,
      [requestId],
    );
    // Not tomorrow, and not before there was a package.
    for (const on of ['2026-11-24', '2026-11-20'])
      await expect(delivered(world.deps, { ...by, on })).rejects.toMatchObject({ code: 'delivery-date' });
    await expect(delivered(world.deps, { ...by, on: '2026-11-31' })).rejects.toMatchObject({
      code: 'clock-date-invalid',
    });
    expect(await delivered(world.deps, { ...by, on: '2026-11-22' })).toMatchObject({ settled: true });
    expect((await showRequest(world.deps, requestId)).packages).toMatchObject([
      { deliveredBy: 'post', deleteOn: '2026-12-06' },
    ]);
  });

  it('to stop a system opens one incident; to resume it wakes what was parked for it and nothing else', async () => {
    const [late, early] = [await newRequest('2026-11-20'), await newRequest('2026-11-02')];
    const other = await newRequest();
    for (const requestId of [late, early]) {
      await park(requestId, 'system-paused');
      await newTask(requestId, 'unresolved');
    }
    await park(other, 'system-failed');
    const given = { systemId: world.systemIds.accountDb, reason: 'maintenance', signedBy: world.people.engineer };
    await pauseSystem(world.deps, given);
    await expect(pauseSystem(world.deps, given)).rejects.toMatchObject({ code: 'system-paused-already' });
    expect((await showRequest(world.deps, late)).systems[0]).toMatchObject({ id: 'account-db', paused: true });
    world.setNow('2026-11-23T10:00:00.000Z');
    expect(await resumeSystem(world.deps, given)).toMatchObject({ requests: 2 });
    for (const requestId of [late, early]) {
      expect(await decisions(requestId)).toMatchObject([
        { kind: 'resume', systemId: 'account-db', personId: 'engineer' },
      ]);
      expect(await listTasks(world.deps, { requestId })).toMatchObject([{ kind: 'identity' }]);
    }
    expect(await decisions(other)).toEqual([]);
  });

  it('to resume a system again is told that there is nothing to resume, and changes nothing', async () => {
    const requestId = await newRequest();
    await park(requestId, 'system-paused');
    await newTask(requestId, 'unresolved');
    const given = { systemId: world.systemIds.accountDb, reason: 'mended', signedBy: world.people.engineer };
    const keyFiles = async () => (await readdir(world.keyFolder)).filter((name) => name.endsWith('.key')).length;
    expect(await resumeSystem(world.deps, given)).toMatchObject({ incidentId: null, requests: 1 });
    const keys = await keyFiles();
    // The workflow has not read it yet: the lane still stands parked.
    await expect(resumeSystem(world.deps, given)).rejects.toMatchObject({ code: 'system-not-paused' });
    expect(await decisions(requestId)).toHaveLength(1);
    expect(await keyFiles()).toBe(keys);
    await pauseSystem(world.deps, given);
    expect(await resumeSystem(world.deps, given)).toMatchObject({ requests: 0 });
    expect(await decisions(requestId)).toHaveLength(1);
  });
});

describe('a task', () => {
  it('is asked once per record, however often a step runs, and never again after its answer', async () => {
    const world = await newWorld('tasks');
    const { requestId } = await createRequest(world.deps, {
      rights: ['access'],
      identifiers: { email: ['mari@example.ee'] },
      channel: 'email',
      language: 'et',
    });
    const { working_key_id: keyId } = await world.deps.ledger.db
      .selectFrom('requests')
      .select('working_key_id')
      .where('id', '=', requestId)
      .executeTakeFirstOrThrow();
    const key = await world.deps.keys.use(keyId);
    const ask = (record: string) =>
      world.deps.ledger.db.transaction().execute((trx) =>
        openTask(trx, {
          ...taskTerms.candidate,
          requestId,
          systemId: world.systemIds.accountDb,
          kind: 'candidate',
          dueOn: '2026-12-01',
          code: null,
          objectSealed: null,
          peopleNeeded: 1,
          at: world.deps.now(),
          dedupe: dedupeOf(key, { collection: 'accounts', key: [['id', record]] }),
        }),
      );
    const [one, same, two] = await Promise.all([ask('1'), ask('1'), ask('2')]);
    expect(one).toBe(same);
    expect(two).not.toBe(one);
    await answer(world.deps, { taskId: one, answer: 'reject', reason: 'a namesake', signedBy: world.people.officer });
    expect(await ask('1')).toBe(one);
    expect((await listTasks(world.deps, { requestId })).map((task) => task.kind).sort()).toEqual([
      'candidate',
      'identity',
    ]);
    await world.close();
  });
});
