/** What is refused until a day only is in the register, and erased on its day without anybody asking for it again. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RecordFacts } from '../../connectors/contract.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import { parseCivilDate } from '../../src/policy/clock/index.ts';
import { dryRun, listClaims, listHolds, releaseHold, switchAutomatic } from '../../src/requests/index.ts';
import { issueReceipt } from '../../src/requests/receipt.ts';
import { ErasingSystem, type FakeCollection, rowsOf } from '../workflow/erasing-system.ts';
import { periods } from './erasing-desk.ts';
import { newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

let desk: SweepingDesk;
afterEach(() => desk.end());

const runs = (
  recordClass: string,
  days: number,
  from: 'closure' | 'creation',
): LoadedConfig['policy']['retention']['periods'][number] => ({
  ...{ recordClass, period: { days }, from, source: 'Privacy policy', onErasure: 'runs' },
});
const policy = (own: readonly ReturnType<typeof runs>[], chargebackDays: Readonly<Record<string, number>> = {}) => ({
  ...{
    retention: {
      taxRegistrations: [],
      switchOn: [],
      periods: [...own, ...(own.length > 0 && own[0]?.recordClass === 'account' ? [] : periods)],
    },
  },
  chargebackDays,
});
const own = (
  collection: string,
  recordClass: string,
  facts: RecordFacts,
  legalBasis = 'legitimate-interests',
): FakeCollection => ({
  ...{ collection, description: { recordClass, legalBasis }, stream: { recordClass } },
  rows: [...rowsOf(collection, '7', 2, facts), ...rowsOf(collection, '8', 1, facts)],
});
const company = (...collections: readonly FakeCollection[]) =>
  new ErasingSystem({
    needs: ['email'],
    accounts: [
      { id: '7', proofs: { email: 'anna.marker@example.ee' } },
      { id: '8', proofs: { email: 'berta.marker@example.ee' } },
    ],
    ...{ hasSubjectRow: true, collections },
  });
const made = { createdAt: '2026-10-01' };

describe('what a published period puts off', () => {
  const sessions = () => company(own('sessions', 'security-log', made));
  const rules = policy([runs('security-log', 90, 'creation')]);

  it('is refused with its day, in the register, named by a dry run, and erased on that day by two people', async () => {
    const system = sessions();
    desk = await newSweepingDesk('put-off', system, rules);
    await desk.toRegistered('completed');
    expect(await desk.register()).toEqual(['security-log 2 2026-12-31']);
    expect(await desk.books()).toEqual({ 'erased/read-back': 1, 'refused/none': 2 });
    expect(await dryRun(desk.deps, parseCivilDate('2026-12-31', 'test'))).toMatchObject([
      { what: 'erase', recordClass: 'security-log', count: 2, until: '2026-12-30', asks: [] },
    ]);
    desk.world.setNow('2026-12-30T09:00:00Z');
    expect(await desk.hour()).toEqual([]);
    desk.world.setNow('2026-12-31T09:00:00Z');
    await desk.hour();
    expect(await listClaims(desk.deps)).toMatchObject([{ kind: 'erase', state: 'asked', peopleNeeded: 2, records: 2 }]);
    expect(system.left('sessions')).toHaveLength(3);
    await desk.approveAll();
    await desk.hour();
    expect(system.left('sessions')).toEqual(['sessions-8-000000']);
    expect(await desk.books()).toEqual({ 'erased/read-back': 3 });
    expect(await desk.state()).toBe('completed');
    expect(await desk.objects('register/')).toEqual([]);
  });

  it('is told on the receipt with its day, and a hold of the day before keeps it', async () => {
    const system = sessions();
    desk = await newSweepingDesk('put-off-held', system, rules);
    await desk.toRegistered('completed');
    await issueReceipt(desk.deps, desk.requestId);
    const { rows } = await desk.world.asOwner(`select kept_by, kind from register_entries`);
    expect(rows).toEqual([{ kept_by: 'Privacy policy: until 2026-12-30; then it is erased', kind: 'not-yet' }]);
    await desk.hold({ records: [{ collection: 'sessions', key: [['id', 'sessions-7-000001']] }] });
    desk.world.setNow('2026-12-31T09:00:00Z');
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(system.left('sessions')).toEqual(['sessions-7-000001', 'sessions-8-000000']);
    const [hold] = await listHolds(desk.deps);
    if (hold === undefined) throw new Error('no hold');
    await releaseHold(desk.deps, { holdId: hold.id, reason: 'Settled', signedBy: desk.world.people.officer });
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(system.left('sessions')).toEqual(['sessions-8-000000']);
  });

  it('has its day moved by a period that has become longer', async () => {
    const system = sessions();
    desk = await newSweepingDesk('put-off-longer', system, rules);
    await desk.toRegistered('completed');
    const { config } = desk.deps;
    desk.as({
      config: { ...config, policy: { ...config.policy, ...policy([runs('security-log', 100, 'creation')]) } },
    });
    desk.world.setNow('2026-12-31T09:00:00Z');
    await desk.hour();
    expect(await desk.register()).toEqual(['security-log 2 2027-01-10']);
    expect(system.left('sessions')).toHaveLength(3);
  });

  it('of the person’s own row is asked about also where its class is swept without asking', async () => {
    const system = company(own('notes', 'note', made));
    desk = await newSweepingDesk(
      'put-off-row',
      system,
      policy([runs('account', 30, 'closure'), { ...runs('note', 1, 'creation'), onErasure: 'ends' }]),
    );
    await desk.toRegistered('completed');
    expect(await desk.register()).toEqual(['account 1 2026-12-24']);
    const { officer, second } = desk.world.people;
    await switchAutomatic(desk.deps, { recordClass: 'account', on: true, signedBy: officer });
    await switchAutomatic(desk.deps, { recordClass: 'account', on: true, signedBy: second });
    desk.world.setNow('2026-12-24T09:00:00Z');
    await desk.hour();
    expect(await listClaims(desk.deps)).toMatchObject([{ state: 'asked', asks: ['own-row'] }]);
    await desk.approveAll();
    await desk.hour();
    expect(system.left('accounts')).toEqual(['8']);
  });
});

describe('what money puts off', () => {
  const card = (facts: RecordFacts) => company(own('cards', 'payment-method', { ...made, ...facts }, 'contract'));
  const rules = policy([{ ...runs('payment-method', 1, 'closure'), onErasure: 'ends' }], { card: 120 });

  it('goes when it can be charged back no more', async () => {
    const system = card({ money: 'settled', settledOn: '2026-11-01' });
    desk = await newSweepingDesk('put-off-money', system, rules);
    await desk.toRegistered('completed');
    expect(await desk.register()).toEqual(['payment-method 2 2027-03-02']);
    desk.world.setNow('2027-03-02T09:00:00Z');
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
    expect(system.left('cards')).toEqual(['cards-8-000000']);
  });

  it('and no date ends has to be asked for again: it is in no register', async () => {
    const system = card({ money: 'open' });
    desk = await newSweepingDesk('put-off-open', system, rules);
    await desk.toRegistered('completed');
    expect(await desk.register()).toEqual([]);
    const { rows } = await desk.world.asOwner(`select kept_by from decisions where reason = 'money-open'`);
    expect(String(rows[0]?.kept_by)).toContain('asked for again');
  });
});
