/**
 * The sample company's support desk through the front door: somebody whom nothing but the desk knows gets what was said, and a sole
 * trader's conversations are gone for good when she leaves: from the desk's own books, its audits and its files.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast, workspaces } from '../../src/local/sample/cast.ts';
import { deskCast, deskUserId } from '../../src/local/sample/desk-cast.ts';
import { approve, countsOf, erased } from '../support/erasing.ts';
import { freshInstallation, type Installation } from '../support/installation.ts';

describe('the support desk', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('desk', { erasure: true, desk: true });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  const desk = () => {
    if (habeas.zendesk === undefined) throw new Error('there is no desk');
    return habeas.zendesk.control;
  };

  it('gives somebody whom only the desk knows what they wrote and what they were told', async () => {
    const { email, name } = deskCast.asker;
    const id = await habeas.openVerified(email);
    await habeas.waitFor(id, ({ state }) => state === 'completed', 45_000);
    const got = await habeas.mailedPackage(email);
    expect(got.records('support-desk', 'users')).toEqual([expect.objectContaining({ email, name })]);
    expect(got.records('support-desk', 'tickets')).toEqual([expect.objectContaining({ subject: 'Hinnapäring' })]);
    expect(got.records('support-desk', 'comments').map(({ plain_body: text }) => text)).toEqual([
      'Tere! Palju maksab üks tuba?',
      'Tere, Küllike! 19 eurot kuus.',
    ]);
  });

  it('of a sole trader who leaves keeps nothing: tickets, notes, files, audits and the user are gone for good', async () => {
    const { email, userId } = cast.soleTrader;
    const others = Object.entries(desk().digests()).filter(([name]) => !ownKinds.test(name)).length;
    expect(desk().whereIs(email)).not.toEqual([]);
    const id = await habeas.openErasure(email, '--close-workspace', workspaces.silversmith);
    await approve(habeas, id);
    const shown = await erased(habeas, id, 'completed');
    expect(countsOf(shown, 'support-desk')).toMatchObject({ refused: 0, absent: 0, pending: 0, unverified: 0 });
    for (const words of [email, 'Hedvig Hõbe', '4242 4242 4242 4242', 'Helmi maksab hilinemisega'])
      expect([words, desk().whereIs(words)]).toEqual([words, []]);
    expect(desk().object('users', deskUserId(userId))).toMatchObject({ name: 'Permanently Deleted User' });
    expect(Object.entries(desk().digests()).filter(([name]) => !ownKinds.test(name))).toHaveLength(others);
  });
});

/** What a permanent deletion takes away or adds. */
const ownKinds = /^(comments|attachments|audits|identities|satisfaction_ratings|jobs|effects|deletion_statuses)\//;
