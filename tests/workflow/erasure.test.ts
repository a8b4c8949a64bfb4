/**
 * What an erasure promises, on the real Temporal server with the real stages: in which order, what waits for whom, and what
 * a person can still stop. The systems are in memory, and their rows tell what was erased.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { answer, cancel, placeHold, rejectPlan, releaseHold } from '../../src/requests/index.ts';
import { pauseSystem, resumeSystem } from '../../src/requests/systems.ts';
import { freshRound, laneOf } from '../../workflows/lanes.ts';
import { historyOf, historyText, regularActivities } from '../support/history.ts';
import { rowOf } from './erasing-system.ts';
import { ErasureWorld, isErasing, isParked, openTask } from './erasure-world.ts';

describe('an erasure', () => {
  let at: ErasureWorld;
  beforeAll(async () => {
    at = await ErasureWorld.open('wf-erasure');
  });
  afterAll(() => at?.world.close());
  beforeEach(() => at.reset());

  it('is approved, prepared everywhere, erased by rank and read back, the subject’s own row last', async () => {
    const { calls, world } = at;
    const id = await at.erase();
    await at.asked(id, 'plan-ready', 'planned');
    expect(calls.some((call) => call.includes('prepare'))).toBe(false);
    at.expectUntouched();
    await at.approve(id);
    const done = await at.completed(id);
    const from = calls.findIndex((call) => call.includes('prepare'));
    expect(calls.slice(from, from + 2).sort()).toEqual(['account-db prepare', 'billing prepare']);
    expect(calls.slice(from + 2, from + 4)).toEqual(['billing erase dependants', 'account-db erase dependants']);
    // Reading back, and looking once more for what came meanwhile.
    const seen = ['account-db read', 'account-db verify dependants', 'billing read', 'billing verify dependants'];
    expect(calls.slice(from + 4, from + 8).sort()).toEqual(seen);
    // Asked once more at the end: whoever comes back has a key of their own.
    const row = ['account-db erase subject-row', 'account-db verify subject-row', 'account-db locate'];
    expect(calls.slice(from + 8)).toEqual(row);
    at.expectErased();
    expect(done.systems.map(({ state, stage }) => [state, stage])).toEqual([
      ['done', 'verify'],
      ['done', 'verify'],
    ]);
    expect(done.packages).toEqual([]);
    const history = await historyOf(world.deps.config.temporal, id);
    expect(history.events?.length).toBeLessThanOrEqual(2_000);
    // Seven stages a system, two of the row, the answer to the person, and the end.
    expect(regularActivities(history).length).toBeLessThanOrEqual(16);
    for (const marker of ['anna', 'secret of']) expect(historyText(history)).not.toContain(marker);
  });

  it('rejected is planned anew when a person says so, and nothing was erased', async () => {
    const id = await at.erase();
    await at.asked(id, 'plan-ready');
    await rejectPlan(at.world.deps, { requestId: id, reason: 'too much of it', signedBy: at.officer });
    await at.asked(id, 'plan-rejected', 'needs_decision');
    at.expectUntouched();
    at.calls.length = 0;
    await at.retry(id, null);
    await at.approve(id);
    await at.completed(id);
    expect(at.calls.slice(0, 2).sort()).toEqual(['account-db read', 'billing read']);
    at.expectErased();
  });

  it('waits for a system that is down while it is prepared; left open by two, the others go on, and the row waits', async () => {
    const { calls, world } = at;
    const { billing } = world.ledger.systemIds;
    at.break('billing prepare');
    const id = await at.erase();
    await at.approve(id);
    await world.shows(id, isParked('billing', 'prepare'));
    at.expectUntouched();
    await at.leave(id, billing);
    const left = await world.shows(
      id,
      ({ state }) => state === 'needs_decision' && calls.includes('account-db verify dependants'),
    );
    expect(left.systems.find((one) => one.id === 'billing')?.state).toBe('unresolved');
    expect(at.accounts.left('accounts')).toEqual(['anna', 'berta']);
    expect(at.billing.left('notes')).toHaveLength(5);
    expect(calls).not.toContain('account-db erase subject-row');
    at.gates.clear();
    calls.length = 0;
    await at.retry(id, billing);
    await at.approve(id);
    await at.completed(id);
    expect(calls).toEqual([
      ...['billing read', 'billing prepare', 'billing erase dependants', 'billing verify dependants', 'billing read'],
      ...['account-db erase subject-row', 'account-db verify subject-row', 'account-db locate'],
    ]);
    at.expectErased();
  });

  it('is planned and approved anew where a system refuses what was planned', async () => {
    at.billing.refusals = [{ code: 'erase-unsupported', where: 'notes' }];
    const id = await at.erase();
    await at.approve(id);
    await at.world.shows(id, isParked('billing', 'prepare'));
    at.expectUntouched();
    at.billing.refusals = [];
    at.calls.length = 0;
    await at.retry(id, at.world.ledger.systemIds.billing);
    await at.approve(id);
    await at.completed(id);
    expect(at.calls.slice(0, 2)).toEqual(['billing read', 'billing prepare']);
    at.expectErased();
  });

  it('whose system fails after the point of no return goes on where it stopped, and the next rank waits', async () => {
    const { calls } = at;
    at.break('billing erase dependants');
    const id = await at.erase();
    await at.approve(id);
    await at.world.shows(id, isParked('billing', 'erase'));
    expect(calls).not.toContain('account-db erase dependants');
    at.gates.clear();
    await at.retry(id, at.world.ledger.systemIds.billing);
    await at.completed(id);
    expect(calls.filter((call) => call === 'billing prepare')).toHaveLength(1);
    expect(calls.filter(isErasing)).toEqual([
      ...['billing erase dependants', 'billing erase dependants', 'account-db erase dependants'],
      'account-db erase subject-row',
    ]);
    at.expectErased();
  });

  it('parks a stopped system in any stage, and goes on when it is resumed', async () => {
    const { world } = at;
    const id = await at.erase();
    await at.asked(id, 'plan-ready');
    const stop = { systemId: world.ledger.systemIds.billing, signedBy: world.ledger.people.engineer };
    await pauseSystem(world.deps, { ...stop, reason: 'maintenance tonight' });
    await at.approve(id);
    const parked = await world.shows(id, isParked('billing', 'prepare'));
    expect(parked.systems.find((one) => one.id === 'billing')?.code).toBe('system-paused');
    await resumeSystem(world.deps, { ...stop, reason: 'maintenance is over' });
    await at.completed(id);
    at.expectErased();
  });

  it('of far more records than usual is planned when a person says that so many are right', async () => {
    at.set({ blastRadius: { maxRecords: 2, timesMedian: 1_000 } });
    const id = await at.erase();
    const shown = await at.asked(id, 'blast-radius-records');
    expect(openTask(shown, 'plan-ready')).toBeUndefined();
    const many = shown.tasks.filter(({ code, closedAt }) => code === 'blast-radius-records' && closedAt === null);
    for (const { id: taskId } of many)
      await answer(at.world.deps, {
        taskId,
        answer: 'proceed',
        reason: 'a long-standing customer',
        signedBy: at.officer,
      });
    await at.approve(id);
    await at.completed(id);
    at.expectErased();
  });

  it('takes what came late into a second plan, approved for itself, before the row goes', async () => {
    const { calls, world } = at;
    at.gates.set('billing erase dependants', async () => {
      at.gates.clear();
      // One that was made before, one of which nobody can tell, and one that is of a new relationship.
      at.billing.insert('notes', rowOf('late', 'anna'), rowOf('undated', 'anna', {}));
      at.billing.insert('notes', rowOf('newer', 'anna', { createdAt: '2999-01-01' }));
    });
    const id = await at.erase();
    await at.approve(id);
    const taskId = openTask(await at.asked(id, 'late-arrivals'), 'late-arrivals')?.id;
    if (taskId === undefined) throw new Error('no task');
    expect(calls).not.toContain('account-db erase subject-row');
    await answer(world.deps, { taskId, answer: 'erase', reason: 'it is old', signedBy: at.officer });
    await at.asked(id, 'plan-ready');
    expect(at.billing.left('notes')).toContain('late');
    await at.approve(id);
    const done = await at.completed(id);
    expect(calls.filter((call) => call === 'billing erase dependants')).toHaveLength(2);
    expect(calls.indexOf('account-db erase subject-row')).toBeGreaterThan(
      calls.lastIndexOf('billing verify dependants'),
    );
    expect(at.billing.rows.get('notes')?.delete('newer')).toBe(true);
    at.expectErased();
    expect(done.tasks.every(({ closedAt }) => closedAt !== null)).toBe(true);
  });

  describe('until the point of no return', () => {
    it('cancelled while it cools off erases nothing', async () => {
      at.set({ coolingOffHours: 24 });
      const id = await at.erase();
      await at.approve(id);
      await at.world.shows(id, ({ state }) => state === 'cooling_off');
      await cancel(at.world.deps, { requestId: id, reason: 'withdrawn', signedBy: at.officer });
      await at.world.shows(id, ({ state }) => state === 'cancelled');
      at.expectUntouched();
    });

    it('plans anew what the last look finds changed', async () => {
      at.set({ coolingOffHours: 3 / 3600 });
      const id = await at.erase();
      await at.approve(id);
      await at.world.shows(id, ({ state }) => state === 'cooling_off');
      at.set({ chargebackDays: { card: 120 } });
      await at.world.shows(id, ({ tasks }) => tasks.filter(({ code }) => code === 'plan-ready').length === 2);
      at.expectUntouched();
      await at.approve(id);
      await at.completed(id);
      // Each plan's systems are asked when it is approved, and once more when it has cooled off.
      expect(at.calls.filter((call) => call === 'billing prepare')).toHaveLength(4);
      at.expectErased();
    });

    it('asks the systems once more when it has cooled off, and erases nothing where one can no longer do it', async () => {
      at.set({ coolingOffHours: 3 / 3600 });
      const id = await at.erase();
      await at.approve(id);
      await at.world.shows(id, ({ state }) => state === 'cooling_off');
      at.billing.refusals = [{ code: 'collateral-damage', where: 'notes' }];
      await at.asked(id, 'collateral-damage');
      at.expectUntouched();
      at.billing.refusals = [];
      at.set({ coolingOffHours: 0 });
      await at.retry(id, at.world.ledger.systemIds.billing);
      await at.approve(id);
      await at.completed(id);
      at.expectErased();
    });

    it('stops for a hold that is placed, and is planned anew when that is released', async () => {
      at.set({ coolingOffHours: 3 / 3600 });
      const { deps } = at.world;
      const id = await at.erase();
      await at.approve(id);
      await at.world.shows(id, ({ state }) => state === 'cooling_off');
      const reviewOn = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
      const ground = 'a complaint to the authority';
      const on = { requestId: id };
      const signed = { owner: 'officer', signedBy: at.officer };
      const { holdId } = await placeHold(deps, { on, kind: 'complaint', ground, reviewOn, ...signed });
      await at.asked(id, 'hold-placed');
      at.expectUntouched();
      await releaseHold(deps, { holdId, reason: 'it was withdrawn', signedBy: at.officer });
      await at.retry(id, null);
      await at.approve(id);
      await at.completed(id);
      at.expectErased();
    });

    it('can be cancelled, and not after it', async () => {
      const letGo = at.hold('billing erase dependants');
      const id = await at.erase();
      await at.approve(id);
      await at.world.shows(id, ({ state }) => state === 'erasing');
      const late = { requestId: id, reason: 'too late', signedBy: at.officer };
      await expect(cancel(at.world.deps, late)).rejects.toMatchObject({ code: 'past-no-return' });
      letGo();
      await at.completed(id);
      at.expectErased();
    });
  });

  it('goes on with what a run with a long history hands the next one', async () => {
    at.set({ coolingOffHours: 6 / 3600 });
    const id = await at.erase();
    await at.approve(id);
    await at.world.shows(id, ({ state }) => state === 'cooling_off');
    const { accountDb, billing } = at.world.ledger.systemIds;
    const facts = { configured: true, locateCost: 'lookup', needs: ['email'], state: 'waiting', code: null } as const;
    const more = {
      stage: 'prepare',
      attempts: 0,
      round: 1,
      openCandidates: 0,
      byHand: false,
      acted: null,
      erasures: [],
    } as const;
    const lanes = [
      laneOf({ ...facts, ...more, systemId: accountDb, rank: 2, hasSubjectRow: true }),
      laneOf({ ...facts, ...more, systemId: billing, rank: 1, hasSubjectRow: false }),
    ].map((lane) => ({
      ...{ ...lane, ask: false, isRead: true, stale: false },
      erasing: [{ ...freshRound(1, 1), planned: true, prepared: true }],
    }));
    const numbers = { seq: 2, workflowSeq: 1_000, asked: 5, isOverrun: false, parts: 0 };
    const before = at.calls.length;
    await at.beginAnew(id, { ...numbers, lanes, pass: { pass: 1, state: 'approved' } });
    await at.completed(id);
    // Asked once more, because it has cooled off since; nothing is read or planned again.
    expect(at.calls.slice(before, before + 2).sort()).toEqual(['account-db prepare', 'billing prepare']);
    expect(at.calls[before + 2]).toBe('billing erase dependants');
    at.expectErased();
  });

  describe('whose history was lost', () => {
    it('while it cooled off goes on with the plan that was approved', async () => {
      at.set({ coolingOffHours: 6 / 3600 });
      const id = await at.erase();
      await at.approve(id);
      await at.world.shows(id, ({ state }) => state === 'cooling_off');
      const before = at.calls.length;
      await at.beginAnew(id);
      await at.completed(id);
      expect(at.calls.slice(before, before + 2).sort()).toEqual(['account-db prepare', 'billing prepare']);
      expect(at.calls[before + 2]).toBe('billing erase dependants');
      at.expectErased();
    });

    it('while a system was down after the point of no return goes on erasing, and asks nobody again', async () => {
      at.break('account-db erase dependants');
      const id = await at.erase();
      await at.approve(id);
      await at.world.shows(id, isParked('account-db', 'erase'));
      at.gates.clear();
      const before = at.calls.length;
      await at.beginAnew(id);
      await at.retry(id, at.world.ledger.systemIds.accountDb);
      await at.completed(id);
      expect(at.calls.slice(before).filter(isErasing)).toEqual([
        ...['account-db erase dependants', 'account-db erase subject-row'],
      ]);
      at.expectErased();
    });
  });
});
