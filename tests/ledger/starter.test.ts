/** Whom the starter wakes first, on a real PostgreSQL: nobody waits behind who needs no room or will never begin. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { type RequestId, randomName } from '../../src/ids.ts';
import { sleepers } from '../../src/ledger/wake.ts';
import { createLogger } from '../../src/log.ts';
import { cancel, createRequest } from '../../src/requests/index.ts';
import { startStarter } from '../../src/starter.ts';
import { newWorld, type World } from './world.ts';

/** The edge where a stand-in that signals becomes a client. */
const clientOf = (signalled: (id: string) => void): Client =>
  ({
    withDeadline: (_until: number, call: () => Promise<unknown>) => call(),
    workflow: {
      signalWithStart: async (_type: string, { workflowId }: { workflowId: string }) => signalled(workflowId),
    },
  }) as unknown as Client;

describe('the starter', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('starter_order');
  });
  afterAll(() => world.close());

  const open = async (receivedOn: string): Promise<RequestId> => {
    const { requestId } = await createRequest(world.deps, {
      rights: ['access'],
      // Another person each: of one person's requests the earliest receipt would govern all.
      identifiers: { email: [`${randomName()}@example.ee`] },
      channel: 'email',
      language: 'et',
      receivedOn,
    });
    return requestId;
  };

  it('gives the room of a workflow that was ended outside Habeas to the next request', async () => {
    const [dead, next] = [await open('2026-11-02'), await open('2026-11-03')];
    const signalled: string[] = [];
    const client = clientOf((id) => {
      if (id === dead) throw new WorkflowExecutionAlreadyStartedError('ended', id, 'subjectRequest');
      signalled.push(id);
    });
    const { config, ledger } = world.deps;
    const deps = {
      ledger,
      config: { ...config, worker: { ...config.worker, activeRequests: 1 } },
      log: createLogger({ level: 'silent' }),
    };
    const starter = startStarter(deps, client, { pollMs: 600_000 });
    await starter.look();
    await starter.look();
    await starter.stop();
    expect(signalled).toEqual([next]);
  });

  it('lets nobody else in while one that was let in has read and is not at work yet, and then the one due first', async () => {
    await world.asOwner("update requests set state = 'cancelled'");
    const [later, first, second] = [await open('2026-11-12'), await open('2026-11-04'), await open('2026-11-08')];
    const signalled: string[] = [];
    const client = clientOf((id) => signalled.push(id));
    const { config, ledger, log } = world.deps;
    const limited = { ...config, worker: { ...config.worker, activeRequests: 1 } };
    const starter = startStarter({ ledger, config: limited, log }, client, { pollMs: 600_000 });
    const becomes = (id: RequestId, change: string) =>
      world.asOwner(`update requests set ${change} where id = $1`, [id]);
    await starter.look();
    expect(signalled).toEqual([first]);
    await becomes(first, 'woken_seq = seq');
    await starter.look();
    expect(signalled).toEqual([first]);
    await becomes(first, "state = 'locating', workflow_seq = workflow_seq + 1");
    await starter.look();
    expect(signalled).toEqual([first]);
    await becomes(first, "state = 'needs_decision'");
    await starter.look();
    expect(signalled).toEqual([first, second]);
    // It was at work and waits for somebody already when the starter looks again.
    await becomes(second, "woken_seq = seq, state = 'needs_decision', workflow_seq = workflow_seq + 2");
    await starter.look();
    await starter.stop();
    expect(signalled).toEqual([first, second, later]);
  });

  it('wakes nobody for a lane of a system that is stopped, and everybody whose lane it stopped when it is not', async () => {
    await world.asOwner("update requests set state = 'cancelled'");
    const [tripped, left] = [await open('2026-11-12'), await open('2026-11-04')];
    await world.asOwner("update requests set woken_seq = seq, state = 'needs_decision' where id = any($1)", [
      [tripped, left],
    ]);
    const setLane = (id: RequestId, state: string) =>
      world.asOwner(
        "update lanes set state = $2, code = 'system-tripped' where request_id = $1 and system_id = 'account-db'",
        [id, state],
      );
    await setLane(tripped, 'parked');
    await setLane(left, 'unresolved');
    await world.asOwner(
      `insert into incidents (id, system_id, code, cause, since, by_kind)
       values ('inc_00000000000000000000000000', 'account-db', 'system-tripped', 'system-tls', now(), 'breaker')`,
    );
    expect(await sleepers(world.deps.ledger.db, 9)).toEqual([]);
    await world.asOwner("update incidents set closed_at = now(), closed_by = 'officer'");
    expect(await sleepers(world.deps.ledger.db, 9)).toMatchObject([{ id: left }, { id: tripped }]);
  });

  it('reads a cancellation before requests that are due earlier and wait for room', async () => {
    await open('2026-11-02');
    const cancelled = await open('2026-11-20');
    await cancel(world.deps, { requestId: cancelled, reason: 'withdrawn', signedBy: world.people.officer });
    expect(await sleepers(world.deps.ledger.db, 1)).toMatchObject([{ id: cancelled, needsRoom: false }]);
  });
});
