/** Whoever received what was erased is told of it (Art. 19), and nothing is completed before, on the real Temporal server. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestId } from '../../src/ids.ts';
import type { Recipient } from '../../src/policy/notices.ts';
import { answer, readReceipt, showRequest, showTask } from '../../src/requests/index.ts';
import { historyOf, historyText } from '../support/history.ts';
import { eventually } from '../support/servers.ts';
import { ErasureWorld } from './erasure-world.ts';
import type { Shown } from './world.ts';

const recipients: readonly Recipient[] = [
  { id: 'hosting', name: 'Host Ltd', kind: 'processor', within: ['account-db'] },
  { id: 'mailer', name: 'Mailer Ltd', kind: 'processor', contact: 'privacy@mailer.example' },
  { id: 'society', name: 'Rights Society', kind: 'controller' },
];

describe('recipients of what was erased', () => {
  let at: ErasureWorld;
  beforeAll(async () => {
    const names = ['Host Ltd', 'Mailer Ltd', 'Rights Society', 'Forgotten OÜ'];
    at = await ErasureWorld.open('wf-notices', undefined, names);
    Object.assign(at.world.deps.config, { recipients });
  });
  afterAll(() => at?.world.close());
  beforeEach(() => at.reset());

  const waiting = (id: RequestId) =>
    at.world.shows(id, ({ state, waitsFor }) => state === 'needs_decision' && waitsFor === 'notice');
  const outcomes = ({ recipients: all }: Shown) => Object.fromEntries(all.map(({ name, outcome }) => [name, outcome]));
  const taskOf = (shown: Shown, name: string) => {
    const task = shown.recipients.find((one) => one.name === name)?.task;
    if (task == null) throw new Error(`nothing is asked about ${name}`);
    return task;
  };
  const say = async (id: RequestId, name: string, given: string, more: { reason?: string; told?: string } = {}) =>
    answer(at.world.deps, {
      ...{ taskId: taskOf(await showRequest(at.world.deps, id), name), answer: given },
      ...{ signedBy: at.world.ledger.people.agent, ...more },
    });

  it('are asked about one by one, in each of the three outcomes, and the receipt states them as they are', async () => {
    const id = await at.erase();
    await at.approve(id);
    const asked = await waiting(id);
    at.expectErased();
    expect(outcomes(asked)).toEqual({
      ...{ 'Host Ltd': 'covered', 'Mailer Ltd': 'open', 'Rights Society': 'open', 'Forgotten OÜ': 'open' },
    });
    // What a person needs to tell them is sealed, and only there.
    const { deps, ledger } = at.world;
    const { object } = await showTask(deps, taskOf(asked, 'Mailer Ltd'), { open: true });
    expect(object).toMatchObject({
      ...{ recipient: 'Mailer Ltd', role: 'processor', contact: 'privacy@mailer.example' },
      ...{ records: ['account-db settings: 3'], person: [{ kind: 'email', value: 'anna.marker@example.ee' }] },
    });
    for (const table of ['notices', 'tasks', 'audit']) {
      const { rows } = await ledger.asOwner(`select t::text as text from ${table} t`);
      expect(rows.map(({ text }) => text).join()).not.toContain('anna.marker');
    }
    // Nobody can call it completed, whatever the workflow does.
    const complete = `update requests set state = 'completed', workflow_seq = workflow_seq + 1000 where id = $1`;
    await expect(ledger.asOwner(complete, [id])).rejects.toThrow('a recipient has not been told');

    await say(id, 'Rights Society', 'sent');
    await expect(say(id, 'Forgotten OÜ', 'impossible')).rejects.toMatchObject({ code: 'reason-needed' });
    await say(id, 'Forgotten OÜ', 'impossible', { reason: 'dissolved in 2024, nobody answers' });
    await expect(say(id, 'Mailer Ltd', 'sent', { told: '2099-01-01' })).rejects.toMatchObject({
      code: 'delivery-date',
    });
    const first = taskOf(await showRequest(deps, id), 'Mailer Ltd');
    await say(id, 'Mailer Ltd', 'sent');
    // Instructed is not carried out: its confirmation is a question of its own.
    const confirming = await at.world.shows(id, (shown) =>
      shown.recipients.some(({ task }) => task !== null && task !== first),
    );
    expect(confirming.state).toBe('needs_decision');
    const second = confirming.tasks.find((one) => one.id === taskOf(confirming, 'Mailer Ltd'));
    expect([second?.closedAt, second?.allowedAnswers]).toEqual([null, ['acknowledged', 'impossible']]);
    await say(id, 'Mailer Ltd', 'acknowledged');

    const done = await at.completed(id);
    expect(outcomes(done)).toEqual({
      ...{
        'Host Ltd': 'covered',
        'Mailer Ltd': 'acknowledged',
        'Rights Society': 'sent',
        'Forgotten OÜ': 'impossible',
      },
    });
    const { receipt } = await eventually(() => readReceipt(deps, id));
    expect(
      receipt.recipients?.map(({ name, role, outcome, records, toldOn }) => [
        name,
        role,
        outcome,
        records,
        toldOn !== null,
      ]),
    ).toEqual([
      ['Host Ltd', 'processor', 'covered', 3, false],
      ['Mailer Ltd', 'processor', 'acknowledged', 3, true],
      ['Rights Society', 'controller', 'sent', 3, true],
      ['Forgotten OÜ', 'unlisted', 'impossible', 3, false],
    ]);
    const history = historyText(await historyOf(deps.config.temporal, id));
    for (const name of ['Mailer', 'Society', 'Forgotten', 'anna.marker']) expect(history).not.toContain(name);
  });

  it('are asked about once, also where the workflow is lost while it waits', async () => {
    const id = await at.erase();
    await at.approve(id);
    const before = (await waiting(id)).tasks.filter(({ kind }) => kind === 'notice');
    await at.beginAnew(id);
    await say(id, 'Rights Society', 'acknowledged');
    await say(id, 'Forgotten OÜ', 'sent');
    await say(id, 'Mailer Ltd', 'acknowledged');
    const done = await at.completed(id);
    expect(done.tasks.filter(({ kind }) => kind === 'notice').map((one) => one.id)).toEqual(
      before.map((one) => one.id),
    );
  });
});
