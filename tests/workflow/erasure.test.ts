/**
 * What the workflow promises of an erasure's stages, on the real Temporal server: in which order, what waits for whom, and
 * what a person can still stop. The stages themselves have nothing to do here (paper.ts).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestId, SystemId } from '../../src/ids.ts';
import { answer, cancel, leaveUnresolved, retry } from '../../src/requests/index.ts';
import { pauseSystem, resumeSystem } from '../../src/requests/systems.ts';
import { mainQueue } from '../../src/temporal/names.ts';
import type { RunningWorker } from '../../src/temporal/run-worker.ts';
import { historyOf, historyText, regularActivities } from '../support/history.ts';
import { eventually } from '../support/servers.ts';
import { ErasingSystem } from './erasing-system.ts';
import { Paper } from './paper.ts';
import { newWorld, type Shown, type World } from './world.ts';

const proofs = { email: 'anna.marker@example.ee' };

describe('an erasure', () => {
  let world: World;
  let worker: RunningWorker;
  let paper: Paper;
  /** Calls of the systems, in order. */
  const calls: string[] = [];
  const held = new Map<string, Promise<void>>();
  const accounts = new ErasingSystem({
    needs: ['email'],
    gives: ['user_id'],
    accounts: [{ id: 'acc-anna', proofs }],
    collections: [],
    hasSubjectRow: true,
  });
  const billing = new ErasingSystem({
    needs: ['email'],
    accounts: [{ id: 'bill-anna', proofs }],
    collections: [{ collection: 'notes', rows: [] }],
  });
  for (const system of [accounts, billing]) {
    system.gate = async (stage, { systemId }) => {
      calls.push(`${systemId} ${stage}`);
      await held.get(`${systemId} ${stage}`);
    };
  }

  beforeAll(async () => {
    world = await newWorld('wf-erasure', { systems: { 'account-db': accounts, billing }, attempts: 1 });
    paper = new Paper(world.deps);
    worker = await world.work({ main: { ...paper.main() }, system: { ...paper.system() } });
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    calls.length = 0;
    held.clear();
    Object.assign(paper, { coolingMs: 0, windowMs: 0, against: 0 });
    for (const system of [accounts, billing]) {
      system.failing = undefined;
      system.refusals = [];
    }
  });

  const officer = () => world.ledger.people.officer;
  const open = () => world.open({ rights: ['erasure'] });
  const openTask = ({ tasks }: Shown, code: string) => tasks.find((one) => one.code === code && one.closedAt === null);

  /** Answers the one open task of this code. */
  async function say(id: RequestId, code: string, word: string): Promise<void> {
    const shown = await world.shows(id, (one) => openTask(one, code) !== undefined);
    const taskId = openTask(shown, code)?.id;
    if (taskId === undefined) throw new Error('no task');
    await answer(world.deps, { taskId, answer: word, reason: 'as agreed', signedBy: officer() });
  }
  const approve = (id: RequestId) => say(id, 'plan-ready', 'approve');
  const again = (requestId: RequestId, systemId: SystemId | null) =>
    retry(world.deps, { requestId, systemId, signedBy: officer() });

  async function leave(id: RequestId, systemId: SystemId): Promise<void> {
    const terms = { owner: 'engineer', next: new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10) };
    for (const signedBy of [officer(), world.ledger.people.second])
      await leaveUnresolved(world.deps, { requestId: id, systemId, reason: 'its vendor is gone', ...terms, signedBy });
  }

  const lane = (shown: Shown, id: string) => shown.systems.find((one) => one.id === id);
  const isParked = (id: string, stage: string) => (shown: Shown) =>
    lane(shown, id)?.state === 'parked' &&
    lane(shown, id)?.stage === stage &&
    openTask(shown, lane(shown, id)?.code ?? '') !== undefined;
  const following = (call: string) => calls.slice(calls.indexOf(call) + 1);
  const isErasing = (call: string) => call.includes(' erase ');

  it('is approved, prepared everywhere, erased by rank and read back, the subject’s own row last', async () => {
    const id = await open();
    const planned = await world.shows(id, ({ state, tasks }) => state === 'planned' && tasks.length > 1);
    expect(planned.waitsFor).toBe('approval');
    expect(calls.some((call) => call.includes('prepare') || isErasing(call))).toBe(false);
    await approve(id);
    const done = await world.shows(id, ({ state }) => state === 'completed');
    const from = calls.findIndex((call) => call.includes('prepare'));
    expect(calls.slice(from, from + 2).sort()).toEqual(['account-db prepare', 'billing prepare']);
    expect(calls.slice(from + 2, from + 4)).toEqual(['billing erase dependants', 'account-db erase dependants']);
    expect(calls.slice(from + 4, from + 6).sort()).toEqual([
      'account-db verify dependants',
      'billing verify dependants',
    ]);
    expect(calls.slice(from + 6)).toEqual(['account-db erase subject-row', 'account-db verify subject-row']);
    expect(done.systems.map(({ state, stage }) => [state, stage])).toEqual([
      ['done', 'verify'],
      ['done', 'verify'],
    ]);
    expect(done.packages).toEqual([]);
    const history = await historyOf(world.deps.config.temporal, id);
    expect(history.events?.length).toBeLessThanOrEqual(2_000);
    expect(regularActivities(history).length).toBeLessThanOrEqual(16);
    for (const marker of ['anna.marker', 'acc-anna', 'bill-anna']) expect(historyText(history)).not.toContain(marker);
  });

  it('rejected is planned anew when a person says so, and nothing was erased', async () => {
    const id = await open();
    await say(id, 'plan-ready', 'reject');
    const stuck = await world.shows(id, (shown) => openTask(shown, 'plan-rejected') !== undefined);
    expect(stuck.state).toBe('needs_decision');
    expect(calls.some(isErasing)).toBe(false);
    calls.length = 0;
    await again(id, null);
    await approve(id);
    await world.shows(id, ({ state }) => state === 'completed');
    expect(calls.slice(0, 2).sort()).toEqual(['account-db read', 'billing read']);
  });

  it('waits for a system that is down while it is prepared; left open by two, the others go on, and the row waits', async () => {
    const { billing: systemId } = world.ledger.systemIds;
    const id = await open();
    await world.shows(id, ({ state }) => state === 'planned');
    billing.failing = 'system-credentials';
    await approve(id);
    await world.shows(id, isParked('billing', 'prepare'));
    expect(calls.some(isErasing)).toBe(false);
    await leave(id, systemId);
    const open1 = await world.shows(
      id,
      ({ state }) => state === 'needs_decision' && calls.includes('account-db verify dependants'),
    );
    expect(lane(open1, 'billing')?.state).toBe('unresolved');
    expect(calls).not.toContain('account-db erase subject-row');
    billing.failing = undefined;
    await again(id, systemId);
    await approve(id);
    await world.shows(id, ({ state }) => state === 'completed');
    expect(following('account-db verify dependants')).toEqual([
      ...['billing read', 'billing prepare', 'billing erase dependants', 'billing verify dependants'],
      ...['account-db erase subject-row', 'account-db verify subject-row'],
    ]);
  });

  it('is planned and approved anew where a system refuses what was planned', async () => {
    billing.refusals = [{ code: 'erase-unsupported', where: 'notes' }];
    const id = await open();
    await approve(id);
    await world.shows(id, isParked('billing', 'prepare'));
    expect(calls.some(isErasing)).toBe(false);
    billing.refusals = [];
    calls.length = 0;
    await again(id, world.ledger.systemIds.billing);
    await approve(id);
    await world.shows(id, ({ state }) => state === 'completed');
    expect(calls.slice(0, 2)).toEqual(['billing read', 'billing prepare']);
  });

  it('whose system fails after the point of no return goes on where it stopped, and the next rank waits', async () => {
    const id = await open();
    held.set(
      'billing erase dependants',
      new Promise((_resolve, reject) => queueMicrotask(() => reject(new Error('down')))),
    );
    held.get('billing erase dependants')?.catch(() => undefined);
    await approve(id);
    await world.shows(id, isParked('billing', 'erase'));
    expect(calls).not.toContain('account-db erase dependants');
    held.clear();
    await again(id, world.ledger.systemIds.billing);
    await world.shows(id, ({ state }) => state === 'completed');
    expect(calls.filter((call) => call === 'billing prepare')).toHaveLength(1);
    expect(calls.filter(isErasing)).toEqual([
      ...['billing erase dependants', 'billing erase dependants', 'account-db erase dependants'],
      'account-db erase subject-row',
    ]);
  });

  it('parks a stopped system in any stage, and goes on when it is resumed', async () => {
    const id = await open();
    await world.shows(id, ({ state }) => state === 'planned');
    const stop = { systemId: world.ledger.systemIds.billing, signedBy: world.ledger.people.engineer };
    await pauseSystem(world.deps, { ...stop, reason: 'maintenance tonight' });
    await approve(id);
    const parked = await world.shows(id, isParked('billing', 'prepare'));
    expect(lane(parked, 'billing')?.code).toBe('system-paused');
    await resumeSystem(world.deps, { ...stop, reason: 'maintenance is over' });
    await world.shows(id, ({ state }) => state === 'completed');
  });

  it('cancelled while it cools off erases nothing', async () => {
    paper.coolingMs = 600_000;
    const id = await open();
    await approve(id);
    await world.shows(id, ({ state }) => state === 'cooling_off');
    await cancel(world.deps, { requestId: id, reason: 'the person has withdrawn it', signedBy: officer() });
    await world.shows(id, ({ state }) => state === 'cancelled');
    expect(calls.some(isErasing)).toBe(false);
  });

  it('erases by itself when the cooling-off is over', async () => {
    paper.coolingMs = 1_500;
    const id = await open();
    await approve(id);
    await world.shows(id, ({ state }) => state === 'cooling_off');
    await world.shows(id, ({ state }) => state === 'completed');
  });

  it('cannot be cancelled after the point of no return', async () => {
    let letGo = () => {};
    held.set('billing erase dependants', new Promise((resolve) => (letGo = resolve)));
    const id = await open();
    await approve(id);
    await world.shows(id, ({ state }) => state === 'erasing');
    await cancel(world.deps, { requestId: id, reason: 'too late', signedBy: officer() });
    await world.shows(id, ({ decisions }) =>
      decisions.some(({ kind, effect }) => kind === 'cancel' && effect === 'no-longer-applies'),
    );
    letGo();
    await world.shows(id, ({ state }) => state === 'completed');
  });

  it('plans anew what the last look before the point of no return finds changed', async () => {
    paper.against = 1;
    const id = await open();
    await approve(id);
    await world.shows(
      id,
      (shown) =>
        calls.filter((call) => call === 'billing read').length === 2 && openTask(shown, 'plan-ready') !== undefined,
    );
    expect(calls.some(isErasing)).toBe(false);
    await approve(id);
    await world.shows(id, ({ state }) => state === 'completed');
  });

  it('takes what came late into a second plan, approved for itself, before the row goes', async () => {
    paper.late.set('billing', { late: 2, undated: 1 });
    const id = await open();
    await approve(id);
    await world.shows(id, (shown) => openTask(shown, 'late-arrivals') !== undefined);
    expect(calls).not.toContain('account-db erase subject-row');
    await say(id, 'late-arrivals', 'erase');
    await approve(id);
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(following('billing verify dependants').filter((call) => call.startsWith('billing'))).toEqual([
      ...['billing prepare', 'billing erase dependants', 'billing verify dependants'],
    ]);
    expect(calls.slice(-2)).toEqual(['account-db erase subject-row', 'account-db verify subject-row']);
    expect(done.tasks.every(({ closedAt }) => closedAt !== null)).toBe(true);
  });

  describe('whose history was lost', () => {
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

    it('while it cooled off goes on with the plan that was approved', async () => {
      paper.coolingMs = 3_000;
      const id = await open();
      await approve(id);
      await world.shows(id, ({ state }) => state === 'cooling_off');
      const before = calls.length;
      await beginAnew(id);
      await world.shows(id, ({ state }) => state === 'completed');
      expect(calls.slice(before)[0]).toBe('billing erase dependants');
    });

    it('while a system was down after the point of no return goes on erasing, and asks nobody again', async () => {
      const id = await open();
      await world.shows(id, ({ state }) => state === 'planned');
      const down = Promise.reject(new Error('down'));
      down.catch(() => undefined);
      held.set('account-db erase dependants', down);
      await approve(id);
      await world.shows(id, isParked('account-db', 'erase'));
      held.clear();
      const before = calls.length;
      await beginAnew(id);
      await again(id, world.ledger.systemIds.accountDb);
      await world.shows(id, ({ state }) => state === 'completed');
      expect(calls.slice(before).filter((call) => !call.includes('verify'))).toEqual([
        ...['account-db erase dependants', 'account-db erase subject-row'],
      ]);
    });
  });

  describe('after access', () => {
    const both = () => world.open({ rights: ['access', 'erasure'] });

    it('begins when everything was delivered and the person had time to keep it', async () => {
      paper.windowMs = 2_000;
      const id = await both();
      const waiting = await world.shows(
        id,
        ({ packages, state }) => packages[0]?.deliveredAt != null && state === 'planned',
      );
      expect(waiting.tasks.some(({ code }) => code === 'plan-ready')).toBe(false);
      const read = calls.filter((call) => call.endsWith('read')).length;
      await approve(id);
      const done = await world.shows(id, ({ state }) => state === 'completed');
      expect(calls.filter((call) => call.endsWith('read')).length).toBe(read + 2);
      expect(done.packages).toHaveLength(1);
    });

    it('can be cancelled while the person has that time', async () => {
      paper.windowMs = 600_000;
      const id = await both();
      await world.shows(id, ({ packages, state }) => packages[0]?.deliveredAt != null && state === 'planned');
      await cancel(world.deps, { requestId: id, reason: 'the person has withdrawn it', signedBy: officer() });
      await world.shows(id, ({ state }) => state === 'cancelled');
    });

    it('does not begin where the package is refused: nothing is erased', async () => {
      const { storage } = world.deps;
      const original = storage.uploadStream;
      let isRefused = true;
      storage.uploadStream = async (...asked) => {
        if (isRefused) throw Object.assign(new Error('refused'), { name: 'AccessDenied' });
        return original(...asked);
      };
      try {
        const id = await both();
        const stuck = await world.shows(
          id,
          ({ state, tasks }) =>
            state === 'needs_decision' &&
            tasks.some(({ kind, closedAt }) => kind === 'unresolved' && closedAt === null),
        );
        expect(stuck.packages).toEqual([]);
        expect(stuck.systems.map(({ state, stage }) => [state, stage])).toEqual([
          ['done', 'read'],
          ['done', 'read'],
        ]);
        isRefused = false;
        await again(id, null);
        await approve(id);
        await world.shows(id, ({ state }) => state === 'completed');
        expect(calls.filter(isErasing)).toHaveLength(3);
      } finally {
        storage.uploadStream = original;
      }
    });
  });

  it('leaves nothing of a finished request behind that still runs', async () => {
    await eventually(async () => {
      let running = 0;
      const query = `TaskQueue = '${mainQueue(world.deps.config.temporal)}' AND ExecutionStatus = 'Running'`;
      for await (const _one of worker.client.workflow.list({ query })) running += 1;
      return running === 0;
    });
  });
});
