/** Nothing happens before the people who must decide have decided; what they decide too late is told so. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { answer, cancel, decideIdentity, delivered, extend } from '../../src/requests/index.ts';
import { eventually } from '../support/servers.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld, type World } from './world.ts';

const anna = { id: 'acc-anna', proofs: { email: 'anna.marker@example.ee' }, rows: 3 };
const other = {
  id: 'acc-other',
  proofs: { email: 'x@example.ee' },
  hints: { email: 'anna.marker@example.ee' },
  rows: 2,
};

describe('people decide', () => {
  let world: World;
  const accounts = new FakeSystem({ needs: ['email'], gives: [], accounts: [anna] });
  const shared = new FakeSystem({ needs: ['email'], gives: [], accounts: [other] });

  beforeAll(async () => {
    world = await newWorld('wf-people', { systems: { 'account-db': accounts, billing: shared } });
    await world.work();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    for (const system of [accounts, shared]) {
      system.failing = undefined;
      system.gate = undefined;
      system.calls.length = 0;
    }
  });

  const staged = async (id: string) => {
    const names: string[] = [];
    for await (const { name } of world.deps.storage.list(world.bucket, `staging/${id}/`)) names.push(name);
    return names;
  };

  it('asks no system anything before the identity is verified', async () => {
    const id = await world.open({ identity: undefined });
    const waiting = await world.shows(
      id,
      ({ state, workflowReadUpTo }) => state === 'identity' && workflowReadUpTo > 0,
    );
    expect(waiting.waitsFor).toBe('identity');
    expect([...accounts.calls, ...shared.calls]).toEqual([]);
    await decideIdentity(world.deps, {
      requestId: id,
      outcome: 'unverifiable',
      reason: 'nobody knows this person',
      signedBy: world.ledger.people.agent,
    });
    // A refusal reaches whoever asked (Art. 12(4)); here by the hand of somebody who knows how they asked.
    const owed = await world.shows(id, ({ tasks }) => tasks.some(({ code }) => code === 'answer-by-hand'));
    expect(owed.state).not.toBe('refused');
    await delivered(world.deps, { requestId: id, method: 'post', signedBy: world.ledger.people.agent });
    const refused = await world.shows(id, ({ state }) => state === 'refused');
    expect(refused.clock.alarms).toEqual([]);
    expect(refused.tasks.every((task) => task.closedAt !== null)).toBe(true);
    expect([...accounts.calls, ...shared.calls]).toEqual([]);
  });

  it('reads nothing while a candidate waits; a rejected one is not read, an accepted one is', async () => {
    for (const [word, exported] of [
      ['reject', 0],
      ['accept', 2],
    ] as const) {
      accounts.calls.length = 0;
      shared.calls.length = 0;
      const id = await world.open();
      const waiting = await world.shows(
        id,
        ({ state, waitsFor }) => state === 'needs_decision' && waitsFor === 'candidate',
      );
      expect([...accounts.calls, ...shared.calls]).not.toContain('read');
      const task = waiting.tasks.find(({ kind }) => kind === 'candidate');
      if (task === undefined) throw new Error('no candidate task');
      const signedBy = world.ledger.people.officer;
      await answer(world.deps, { taskId: task.id, answer: word, reason: 'known to the team', signedBy });
      const done = await world.shows(id, ({ state }) => state === 'completed');
      expect(done.systems.map((system) => system.exported)).toEqual([3, exported]);
      expect(done.tasks.filter(({ kind }) => kind === 'candidate')).toHaveLength(1);
    }
  });

  it('cancels a running stage, and nothing of the request stays staged', async () => {
    let aborted = false;
    let begun = false;
    accounts.gate = (stage, { signal }) =>
      stage === 'read'
        ? new Promise((_resolve, reject) => {
            begun = true;
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(signal.reason);
            });
          })
        : Promise.resolve();
    shared.gate = async () => undefined;
    const id = await world.open({ identifiers: { email: ['anna.marker@example.ee'] } });
    const waiting = await world.shows(id, ({ waitsFor }) => waitsFor === 'candidate');
    const task = waiting.tasks.find(({ kind }) => kind === 'candidate');
    if (task === undefined) throw new Error('no candidate task');
    const { officer } = world.ledger.people;
    await answer(world.deps, { taskId: task.id, answer: 'accept', reason: 'known to the team', signedBy: officer });
    await eventually(() => begun);
    await eventually(async () => (await staged(id)).length > 0);
    // What a packaging attempt leaves that was killed after its last byte.
    const orphan = `packages/${id}/pkg_${'0'.repeat(26)}-left.zip`;
    await world.deps.storage.put(world.bucket, orphan, Buffer.from('somebody'));
    await cancel(world.deps, { requestId: id, reason: 'the person has withdrawn it', signedBy: officer });
    await world.shows(id, ({ state }) => state === 'cancelled');
    expect(aborted).toBe(true);
    await eventually(async () => (await staged(id)).length === 0);
    await eventually(async () => (await world.deps.storage.head(world.bucket, orphan)) === undefined);
  });

  it('takes decisions that change only dates without moving anything', async () => {
    const id = await world.open({ identity: undefined });
    await world.shows(id, ({ state }) => state === 'identity');
    const { officer } = world.ledger.people;
    await extend(world.deps, { requestId: id, ground: 'complexity', reason: 'several systems', signedBy: officer });
    const shown = await world.shows(id, ({ seq, workflowReadUpTo }) => workflowReadUpTo === seq);
    expect(shown.state).toBe('identity');
    await eventually(async () =>
      (await world.shows(id, () => true)).decisions.some((one) => one.kind === 'extend' && one.effect === 'applied'),
    );
    await cancel(world.deps, { requestId: id, reason: 'the test is over', signedBy: officer });
    await world.shows(id, ({ state }) => state === 'cancelled');
  });
});
