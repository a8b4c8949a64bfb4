/** When a system is stopped by itself, exactly once, and what resuming it wakes, on a real PostgreSQL. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ledgerSteps } from '../../activities/ledger-steps.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { RequestId, SystemId } from '../../src/ids.ts';
import { forgetFailures } from '../../src/ledger/breaker.ts';
import type { LaneState } from '../../src/ledger/states.ts';
import {
  createRequest,
  listRequests,
  listSystems,
  listTasks,
  pauseAll,
  pauseSystem,
  resumeAll,
  resumeSystem,
  showRequest,
} from '../../src/requests/index.ts';
import { newWorld, type World } from './world.ts';

let world: World;
let accountDb: SystemId;
let billing: SystemId;
beforeAll(async () => {
  world = await newWorld('incidents');
  ({ accountDb, billing } = world.systemIds);
});
afterAll(() => world?.close());
/** Every test begins with no request open and nothing stopped. */
afterEach(async () => {
  await world.asOwner("update incidents set closed_at = now(), closed_by = 'officer' where closed_at is null");
  await world.asOwner('delete from system_failures');
  await world.asOwner("update requests set state = 'cancelled' where state <> 'cancelled'");
});

let received = 0;
const open = async (receivedOn = '2026-11-20'): Promise<RequestId> => {
  const { requestId } = await createRequest(world.deps, {
    rights: ['access'],
    // Each of somebody else: what one person asks twice is due as the earlier of the two.
    identifiers: { email: [`mari${received++}@example.ee`] },
    channel: 'email',
    language: 'et',
    receivedOn,
  });
  return requestId;
};
const openSeveral = (count: number) => Promise.all(Array.from({ length: count }, () => open()));

let numbered = 0;
const park = (requestId: RequestId, code: ErrorCode, systemId = accountDb, deps = world.deps) => {
  numbered += 1;
  return ledgerSteps(deps).setLane({
    requestId,
    systemId,
    state: 'parked',
    stage: 'locate',
    code,
    workflowSeq: numbered,
  });
};
const incidents = async () =>
  (await world.asOwner('select system_id, code, cause, by_kind, opened_by from incidents where closed_at is null'))
    .rows;
const opened = async () =>
  (await world.asOwner("select body from audit where request_id = 'system' and kind = 'incident-opened' order by seq"))
    .rows;
const signed = () => ({ reason: 'the cable is mended', signedBy: world.people.engineer });

describe('a system', () => {
  it('is stopped by the third request that fails for good by its fault, with one incident, however many fail at once', async () => {
    const before = (await opened()).length;
    const requests = await openSeveral(8);
    await Promise.all(requests.map((id) => park(id, 'system-unreachable')));
    expect(await incidents()).toEqual([
      {
        system_id: accountDb,
        code: 'system-tripped',
        cause: 'system-unreachable',
        by_kind: 'breaker',
        opened_by: null,
      },
    ]);
    const rows = (await opened()).slice(before);
    expect(rows).toHaveLength(1);
    expect(JSON.parse(rows[0].body)).toMatchObject({ system: accountDb, cause: 'system-unreachable', requests: 3 });
  });

  it('is stopped by exactly three that fail at the same moment: none of them overlooks another', async () => {
    for (let time = 0; time < 5; time++) {
      const requests = await openSeveral(3);
      await Promise.all(requests.map((id) => park(id, 'system-unreachable')));
      expect(await incidents()).toHaveLength(1);
      await resumeSystem(world.deps, { ...signed(), systemId: accountDb });
    }
  });

  it('is not stopped by one request that fails again and again, nor by two', async () => {
    const requests = await openSeveral(2);
    for (let time = 0; time < 5; time++) for (const id of requests) await park(id, 'system-timeout');
    expect(await incidents()).toEqual([]);
  });

  it('is not stopped by failures that are one request’s own, nor by another system’s', async () => {
    const requests = await openSeveral(4);
    for (const id of requests) await park(id, 'record-too-large');
    for (const id of requests.slice(0, 2)) await park(id, 'system-tls');
    for (const id of requests.slice(2)) await park(id, 'system-tls', billing);
    expect(await incidents()).toEqual([]);
  });

  it('that answers in between is counted anew', async () => {
    const requests = await openSeveral(4);
    for (const id of requests.slice(0, 2)) await park(id, 'system-unreachable');
    await forgetFailures(world.deps.ledger.db, accountDb);
    for (const id of requests.slice(2)) await park(id, 'system-unreachable');
    expect(await incidents()).toEqual([]);
  });

  it('is never stopped where the configuration says 0, and by the first where it says 1', async () => {
    const withBreaker = (requests: number) => ({
      ...world.deps,
      config: { ...world.deps.config, worker: { ...world.deps.config.worker, breaker: { requests } } },
    });
    const requests = await openSeveral(5);
    for (const id of requests) await park(id, 'system-unreachable', accountDb, withBreaker(0));
    expect(await incidents()).toEqual([]);
    await park(await open(), 'system-unreachable', billing, withBreaker(1));
    expect(await incidents()).toMatchObject([{ system_id: billing }]);
  });

  it('that a person stopped keeps that incident', async () => {
    await pauseSystem(world.deps, { ...signed(), systemId: accountDb });
    for (const id of await openSeveral(4)) await park(id, 'system-unreachable');
    expect(await incidents()).toMatchObject([{ code: 'system-paused', by_kind: 'person', opened_by: 'engineer' }]);
  });
});

describe('resuming a system', () => {
  const setLane = (id: RequestId, state: LaneState, code: ErrorCode) =>
    world.asOwner('update lanes set state = $3, code = $4 where request_id = $1 and system_id = $2', [
      id,
      accountDb,
      state,
      code,
    ]);

  it('wakes every lane it stopped or that failed by its fault, left open ones too, the earliest due first, and no other', async () => {
    const tripped = await open('2026-11-18');
    const unreachable = await open('2026-11-03');
    const paused = await open('2026-11-12');
    const left = await open('2026-11-06');
    const own = await open('2026-11-09');
    await setLane(tripped, 'parked', 'system-tripped');
    await setLane(unreachable, 'parked', 'system-unreachable');
    await setLane(paused, 'parked', 'system-paused');
    await setLane(left, 'unresolved', 'system-tripped');
    await setLane(own, 'parked', 'record-too-large');
    await pauseSystem(world.deps, { ...signed(), systemId: accountDb });
    expect((await listSystems(world.deps)).find(({ id }) => id === accountDb)).toMatchObject({
      state: 'stopped',
      cause: 'system-paused',
      incident: { by: 'person', openedBy: 'engineer' },
      requestsAffected: 4,
      earliestDueOn: (await showRequest(world.deps, unreachable)).clock.workToOn,
    });
    expect(await resumeSystem(world.deps, { ...signed(), systemId: accountDb })).toMatchObject({ requests: 4 });
    const { rows } = await world.asOwner(
      `select request_id from people_decisions where kind = 'resume' and request_id = any($1) order by at, ctid`,
      [[tripped, unreachable, paused, left, own]],
    );
    expect(rows.map((row) => row.request_id)).toEqual([unreachable, left, paused, tripped]);
  });

  it('counts its failures anew', async () => {
    const requests = await openSeveral(5);
    for (const id of requests.slice(0, 3)) await park(id, 'system-unreachable');
    await resumeSystem(world.deps, { ...signed(), systemId: accountDb });
    for (const id of requests.slice(3)) await park(id, 'system-unreachable');
    expect(await incidents()).toEqual([]);
  });

  it('and stopping it can be done for all at once, each with its own signed decision; what is done already is told', async () => {
    const decisions = async () =>
      (await world.asOwner("select 1 from people_decisions where request_id is null and kind in ('stop', 'resume')"))
        .rows.length;
    await pauseSystem(world.deps, { ...signed(), systemId: accountDb });
    const before = await decisions();
    expect(await pauseAll(world.deps, signed())).toMatchObject([
      { systemId: accountDb, code: 'system-paused-already', done: null },
      { systemId: billing, code: null, done: { systemId: billing } },
    ]);
    expect(await decisions()).toBe(before + 1);
    expect(await resumeAll(world.deps, signed())).toMatchObject([
      { systemId: accountDb, code: null },
      { systemId: billing, code: null },
    ]);
    expect(await decisions()).toBe(before + 3);
    expect(await resumeAll(world.deps, signed())).toMatchObject([
      { systemId: accountDb, code: 'system-not-paused' },
      { systemId: billing, code: 'system-not-paused' },
    ]);
    await expect(resumeAll(world.deps, { ...signed(), signedBy: world.people.agent })).rejects.toMatchObject({
      code: 'person-role',
    });
  });
});

describe('a list', () => {
  it('tells of each task whether its system is stopped, by when the request is due, and can be of one person only', async () => {
    const id = await open('2026-11-05');
    await park(id, 'system-unreachable');
    await ledgerSteps(world.deps).openTask({
      requestId: id,
      kind: 'unresolved',
      systemId: accountDb,
      code: 'system-unreachable',
    });
    const { clock } = await showRequest(world.deps, id);
    const ofSystem = { requestId: id, systemId: accountDb };
    expect(await listTasks(world.deps, ofSystem)).toMatchObject([
      { code: 'system-unreachable', incident: null, isSystems: true, requestDueOn: clock.workToOn },
    ]);
    await pauseSystem(world.deps, { ...signed(), systemId: accountDb });
    const [task] = await listTasks(world.deps, ofSystem);
    expect(task).toMatchObject({ incident: { code: 'system-paused', cause: null }, dueOn: clock.internalTargetOn });
    const [request] = (await listRequests(world.deps)).filter((one) => one.id === id);
    expect(request?.waitsFor).toEqual((await listTasks(world.deps, { requestId: id }))[0]);

    const of = async (person: string, roles: readonly ('officer' | 'agent')[]) =>
      (await listTasks(world.deps, { ...ofSystem, person: { id: person, roles } })).length;
    expect([await of('second', ['officer']), await of('agent', ['agent'])]).toEqual([1, 0]);
    await world.asOwner('update tasks set owner = $2 where id = $1', [task?.id, 'second']);
    expect([await of('second', []), await of('officer', ['officer'])]).toEqual([1, 0]);
    expect(await listTasks(world.deps, { ...ofSystem, dueBefore: task?.dueOn })).toEqual([]);
    expect(await listTasks(world.deps, { ...ofSystem, kind: 'candidate' })).toEqual([]);
  });
});
