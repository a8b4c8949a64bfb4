/** What happens to a request when one of its systems fails: the others go on, a person decides, and nothing is lost. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { retry } from '../../src/requests/index.ts';
import { pauseSystem, resumeSystem } from '../../src/requests/systems.ts';
import { historyOf, regularActivities } from '../support/history.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld, type World } from './world.ts';

const anna = {
  id: 'acc-anna',
  proofs: { email: 'anna.marker@example.ee' },
  teaches: { user_id: 'u-marker-1' },
  rows: 3,
};
const annaBilling = { id: 'bill-anna', proofs: { user_id: 'u-marker-1' }, rows: 2 };

describe('a system that fails', () => {
  let world: World;
  const accounts = new FakeSystem({ needs: ['email', 'user_id'], gives: ['user_id'], accounts: [anna] });
  const billing = new FakeSystem({ needs: ['user_id'], accounts: [annaBilling] });

  beforeAll(async () => {
    world = await newWorld('wf-parking', { systems: { 'account-db': accounts, billing } });
    await world.work();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    for (const system of [accounts, billing]) {
      system.failing = undefined;
      system.gate = undefined;
    }
  });

  it('for a moment is tried again by itself', async () => {
    let failures = 1;
    billing.gate = async (stage) => {
      billing.failing = stage === 'read' && failures-- > 0 ? 'system-unreachable' : undefined;
    };
    const id = await world.open();
    await world.shows(id, ({ state }) => state === 'completed');
    expect(failures).toBe(-1);
  });

  it('for good parks its lane after the tries are used up, the other goes on, and a retry completes the request', async () => {
    billing.gate = async (stage) => {
      billing.failing = stage === 'read' ? 'system-unreachable' : undefined;
    };
    const id = await world.open();
    const parked = await world.shows(id, ({ state }) => state === 'needs_decision');
    expect(parked.waitsFor).toBe('unresolved');
    const lanes = Object.fromEntries(parked.systems.map((system) => [system.id, system]));
    expect(lanes['account-db']).toMatchObject({ state: 'done', found: 3 });
    expect(lanes.billing).toMatchObject({
      state: 'parked',
      stage: 'read',
      code: 'system-unreachable',
      codeWhere: 'fake.table',
      attempts: 2,
    });

    billing.gate = undefined;
    billing.failing = undefined;
    const { systemIds, people } = world.ledger;
    await retry(world.deps, { requestId: id, systemId: systemIds.billing, signedBy: people.officer });
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(done.decisions.map((decision) => [decision.kind, decision.effect])).toContainEqual(['retry', 'applied']);
    expect(done.tasks.filter((task) => task.closedAt === null)).toEqual([]);
    expect(done.systems.map((system) => system.exported)).toEqual([3, 2]);
  });

  it('for a reason that trying again cannot mend parks at once', async () => {
    billing.failing = 'system-credentials';
    const id = await world.open();
    const parked = await world.shows(id, ({ state }) => state === 'needs_decision');
    const lane = parked.systems.find((system) => system.id === 'billing');
    expect(lane).toMatchObject({ state: 'parked', stage: 'locate', code: 'system-credentials', attempts: 1 });
    const history = await historyOf(world.deps.config.temporal, id);
    expect(regularActivities(history).filter((name) => name === 'package')).toEqual([]);
  });

  it('for good before it taught what another one searches by has that other asked and read anew after the retry', async () => {
    accounts.failing = 'system-credentials';
    const id = await world.open();
    const parked = await world.shows(id, ({ state }) => state === 'needs_decision');
    expect(parked.systems.find((system) => system.id === 'billing')).toMatchObject({ state: 'done', found: 0 });
    accounts.failing = undefined;
    const { systemIds, people } = world.ledger;
    await retry(world.deps, { requestId: id, systemId: systemIds.accountDb, signedBy: people.officer });
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(done.systems.map((system) => system.exported)).toEqual([3, 2]);
  });

  it('that a person stops parks its lanes, and resuming it wakes them', async () => {
    const { systemIds, people } = world.ledger;
    const stop = { systemId: systemIds.billing, reason: 'maintenance tonight', signedBy: people.engineer };
    await pauseSystem(world.deps, stop);
    const id = await world.open();
    const parked = await world.shows(id, ({ state }) => state === 'needs_decision');
    expect(parked.systems.find((system) => system.id === 'billing')).toMatchObject({
      state: 'parked',
      code: 'system-paused',
    });
    await resumeSystem(world.deps, { ...stop, reason: 'maintenance is over' });
    await world.shows(id, ({ state }) => state === 'completed');
  });

  it('and then teaches what proves another system’s candidate answers that question: nobody has to', async () => {
    const hinted = new FakeSystem({
      needs: ['email', 'user_id'],
      accounts: [{ ...annaBilling, hints: { email: anna.proofs.email } }],
    });
    const mine = await newWorld('wf-answers-itself', { systems: { 'account-db': accounts, billing: hinted } });
    try {
      await mine.work();
      accounts.failing = 'system-credentials';
      const id = await mine.open();
      const waiting = await mine.shows(id, ({ tasks }) => {
        const kinds = tasks.map(({ kind }) => kind);
        return kinds.includes('candidate') && kinds.includes('unresolved');
      });
      expect(waiting.tasks.find(({ kind }) => kind === 'candidate')?.closedAt).toBeNull();
      accounts.failing = undefined;
      const { systemIds, people } = mine.ledger;
      await retry(mine.deps, { requestId: id, systemId: systemIds.accountDb, signedBy: people.officer });
      const done = await mine.shows(id, ({ state }) => state === 'completed');
      expect(done.tasks.find(({ kind }) => kind === 'candidate')).toMatchObject({ answer: 'closed' });
      expect(done.systems.map((system) => system.exported)).toEqual([3, 2]);
    } finally {
      await mine.close();
    }
  });
});
