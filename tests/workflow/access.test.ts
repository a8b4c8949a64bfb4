/** What an access request promises, on the real Temporal server with systems in memory. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { historyOf, historyText, regularActivities } from '../support/history.ts';
import { FakeSystem, secretOf } from './fake-system.ts';
import { newWorld, type World } from './world.ts';

const anna = {
  id: 'acc-anna',
  proofs: { email: 'anna.marker@example.ee' },
  teaches: { user_id: 'u-marker-1' },
  rows: 3,
};
const annaBilling = { id: 'bill-anna', proofs: { user_id: 'u-marker-1' }, rows: 2 };

describe('an access request with two systems', () => {
  let world: World;
  const accounts = new FakeSystem({ needs: ['email', 'user_id'], gives: ['user_id'], accounts: [anna] });
  const billing = new FakeSystem({ needs: ['user_id'], accounts: [annaBilling] });

  beforeAll(async () => {
    world = await newWorld('wf-access', { systems: { 'account-db': accounts, billing } });
    await world.work();
  });
  afterAll(() => world.close());

  it('goes from the front door to completed, asking the second system by what the first one taught', async () => {
    const id = await world.open();
    const shown = await world.shows(id, ({ state }) => state === 'completed');
    expect(shown.systems.map((system) => [system.id, system.state])).toEqual([
      ['account-db', 'done'],
      ['billing', 'done'],
    ]);
    expect(billing.calls).toContain('read');

    const history = await historyOf(world.deps.config.temporal, id);
    // Twelve at the most (docs/architecture.md): a stage is an activity, everything quick is not.
    expect(regularActivities(history).length).toBeLessThanOrEqual(12);
    const text = historyText(history);
    for (const marker of ['anna.marker', 'u-marker', 'acc-anna', 'bill-anna', secretOf(anna)]) {
      expect(text).not.toContain(marker);
    }
  });
});
