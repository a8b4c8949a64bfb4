/** Whom the starter wakes first, on a real PostgreSQL: nobody waits behind who needs no room or will never begin. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { RequestId } from '../../src/ids.ts';
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
      identifiers: { email: ['mari@example.ee'] },
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

  it('reads a cancellation before requests that are due earlier and wait for room', async () => {
    await open('2026-11-02');
    const cancelled = await open('2026-11-20');
    await cancel(world.deps, { requestId: cancelled, reason: 'withdrawn', signedBy: world.people.officer });
    expect(await sleepers(world.deps.ledger.db, 1)).toMatchObject([{ id: cancelled, needsRoom: false }]);
  });
});
