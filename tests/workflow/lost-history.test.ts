/** A workflow whose history Temporal has lost goes on from the ledger: nothing is answered twice, nothing is forgotten. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestId } from '../../src/ids.ts';
import { delivered, retry } from '../../src/requests/index.ts';
import { sendPart } from '../../src/requests/send-part.ts';
import { mainQueue } from '../../src/temporal/names.ts';
import type { RunningWorker } from '../../src/temporal/run-worker.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld, type Shown, type World } from './world.ts';

const proofs = { email: 'anna.marker@example.ee' };

describe('a history that was lost while a package waited to be posted', () => {
  let world: World;
  let worker: RunningWorker;
  const accounts = new FakeSystem({ needs: ['email'], accounts: [{ id: 'acc-anna', proofs, rows: 3 }] });
  const billing = new FakeSystem({ needs: ['email'], accounts: [{ id: 'bill-anna', proofs, rows: 2 }] });
  beforeAll(async () => {
    world = await newWorld('wf-lost', { systems: { 'account-db': accounts, billing } });
    worker = await world.work();
  });
  afterAll(() => world?.close());

  /** The history ends where it is, and another begins with nothing but the request's number. */
  async function beginAnew(requestId: RequestId): Promise<void> {
    const { workflow } = worker.client;
    await workflow.getHandle(requestId).terminate();
    await workflow.start('subjectRequest', {
      workflowId: requestId,
      taskQueue: mainQueue(world.deps.config.temporal),
      args: [{ requestId }],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
  }

  it('is begun anew: that package is still handed over, and the rest follows in the next', async () => {
    const { officer } = world.ledger.people;
    billing.failing = 'system-credentials';
    const id = await world.open({ identity: { method: 'known-in-person', contact: 'Rüütli 1, 51007 Tartu' } });
    await world.shows(id, ({ systems }) => systems.map(({ state }) => state).join() === 'done,parked');
    await sendPart(world.deps, { requestId: id, signedBy: officer });
    const asksToPost = ({ tasks }: Shown) => tasks.some((task) => task.kind === 'manual' && task.closedAt === null);
    await world.shows(id, asksToPost);
    await beginAnew(id);

    billing.failing = undefined;
    await retry(world.deps, { requestId: id, systemId: world.ledger.systemIds.billing, signedBy: officer });
    const both = await world.shows(id, ({ packages, state }) => packages.length === 2 && state === 'needs_decision');
    expect(both.packages.map(({ part, systems, moreFollows }) => ({ part, systems, moreFollows }))).toEqual([
      { part: 1, systems: ['account-db'], moreFollows: true },
      // The accounts were asked and read again, as nobody knew what they had been asked before.
      { part: 2, systems: ['account-db', 'billing'], moreFollows: false },
    ]);
    await delivered(world.deps, { requestId: id, method: 'post', signedBy: officer });
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(done.packages.map(({ deliveredBy }) => deliveredBy)).toEqual(['post', 'post']);
  });
});
