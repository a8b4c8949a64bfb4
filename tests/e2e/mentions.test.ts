/**
 * Passages about a person in others' conversations, through the front door: found by search, shown to an officer, and given out, masked, or
 * blacked out only where the officer said yes; a match alone does nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deskCast } from '../../src/local/sample/desk-cast.ts';
import { approve, countsOf, erased } from '../support/erasing.ts';
import { freshInstallation, type Installation, pick, type RequestView } from '../support/installation.ts';

const { email, name } = deskCast.asker;
const [other, ticket, accepted, rejected] = [360_000_900_001, 900_001, 900_010, 900_011];
const created_at = '2026-06-01T09:00:00Z';
const [theirs, namesakes] = [
  `${name} kirjutas, et Rein Raba (rein@raba.test) võttis arve ära.`,
  `${name} on meie koristaja Tõrvas.`,
];

describe('what is said of a person in others’ tickets', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('mentions', { erasure: true, desk: true, mentions: true });
    desk().load({
      users: [{ id: other, name: 'Rein Raba', created_at, email: 'rein@raba.test' }],
      tickets: [
        {
          ...{ id: ticket, requester_id: other, subject: 'Arve', status: 'closed', created_at },
          comments: [
            { id: accepted, author_id: other, created_at, body: `Tere!\n${theirs}\nMinu PIN on 4711.`, public: false },
            { id: rejected, author_id: other, created_at, body: namesakes },
          ],
        },
      ],
    });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  const desk = () => {
    if (habeas.zendesk === undefined) throw new Error('there is no desk');
    return habeas.zendesk.control;
  };
  const asStored = (id: number): string => JSON.stringify(desk().object('comments', id));

  /** Until two passages wait for a word; nothing was read before it. */
  async function asked(requestId: string): Promise<RequestView> {
    const waiting = await habeas.waitFor(
      requestId,
      ({ state, tasks }) => state === 'needs_decision' && tasks.length === 2,
    );
    expect(waiting.tasks.map(({ kind, systemId }) => [kind, systemId])).toEqual(
      Array(2).fill(['candidate', 'support-desk']),
    );
    expect(await habeas.objects('staging', `staging/${requestId}/`)).toEqual([]);
    return waiting;
  }

  /** Yes to what the officer sees is about this person, no to what is about somebody of the same name. */
  async function decide({ tasks }: RequestView): Promise<void> {
    const seen: string[] = [];
    for (const { id } of tasks) {
      const { stdout } = await habeas.must(['tasks', 'show', id], 'officer');
      const shown = stdout.replace(/\s+/g, ' ');
      seen.push(shown);
      const answer = shown.includes(theirs) ? 'accept' : 'reject';
      await habeas.must(['tasks', 'answer', id, '--answer', answer, '--reason', 'Read the conversation'], 'officer');
    }
    expect(seen.filter((shown) => shown.includes(theirs))).toHaveLength(1);
    expect(seen.filter((shown) => shown.includes(namesakes))).toHaveLength(1);
  }

  it('is in the package where an officer said yes, as the passage alone and with the others masked', async () => {
    const id = await habeas.openVerified(email);
    await decide(await asked(id));
    const waiting = await habeas.waitFor(
      id,
      ({ state, tasks }) => state === 'needs_decision' && tasks.some(({ kind }) => kind === 'mask'),
    );
    expect(habeas.mail.to(email)).toEqual([]);
    const task = waiting.tasks.find(({ kind }) => kind === 'mask')?.id ?? '';
    const { json } = await habeas.must(['masks', 'show', task, '--json'], 'officer');
    await habeas.must(['masks', 'approve', task, '--masks', String(pick(json, 'sha256'))], 'officer');
    await habeas.waitFor(id, ({ state }) => state === 'completed', 45_000);
    const got = await habeas.mailedPackage(email);
    expect(got.records('support-desk', 'mentions')).toEqual([
      expect.objectContaining({
        ticket_id: ticket,
        passage: `${name} kirjutas, et ⟦masked: the name of another person⟧ (⟦masked: the e-mail address of another person⟧) võttis arve ära.`,
      }),
    ]);
    for (const words of ['Rein Raba', 'rein@raba.test', '4711', 'koristaja'])
      expect([words, got.whereIs(words)]).toEqual([words, []]);
  });

  it('is blacked out where an officer said yes, and its ticket and every other word of it stay', async () => {
    const before = [asStored(rejected), JSON.stringify(desk().object('tickets', ticket))];
    const id = await habeas.openErasure(email);
    const waiting = await asked(id);
    const untouched = asStored(accepted);
    await decide(waiting);
    await approve(habeas, id);
    const shown = await erased(habeas, id, 'completed');
    expect(countsOf(shown, 'support-desk')).toMatchObject({ absent: 0, pending: 0, unverified: 0, newRelationship: 0 });
    expect(asStored(accepted)).not.toBe(untouched);
    expect(asStored(accepted)).not.toMatch(/Küllike|võttis arve/);
    expect(asStored(accepted)).toMatch(/Tere!.*Minu PIN on 4711\./);
    expect([asStored(rejected), JSON.stringify(desk().object('tickets', ticket))]).toEqual(before);
  });
});
