/**
 * People whom the company knows without an account: who left an address for the newsletter, who was invited and never
 * came, who stands in a customer's rota. Their requests are answered from the very records that bear their address; those
 * of an address that was somebody else's wait for a named person.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast, handedOn } from '../../src/local/sample/cast.ts';
import { freshInstallation, type Installation } from '../support/installation.ts';
import type { PackageFile } from '../support/package-file.ts';

let habeas: Installation;
beforeAll(async () => {
  habeas = await freshInstallation('without-account');
  await habeas.accounts.query(
    `INSERT INTO marketing_consents (id, email, user_id, purpose, source, wording, given_at)
     VALUES (9901, $1, NULL, 'newsletter', 'leht', 'Jah, kontori kirjad', '2026-05-05T08:00:00Z')`,
    [handedOn.email],
  );
  await habeas.startWorker();
});
afterAll(() => habeas?.close());

let letters = 0;

/** Opens a verified request; the package goes elsewhere, so that the address itself can be looked for in it. */
async function request(email: string): Promise<{ requestId: string; contact: string }> {
  letters += 1;
  const contact = `kiri${letters}@kodune.test`;
  const requestId = await habeas.open('--email', email, '--identity-method', 'id-document', '--contact', contact);
  return { requestId, contact };
}

/** The package of somebody about whom nothing is unclear, and what the books say. */
async function answered(email: string): Promise<{ zip: PackageFile; books: Readonly<Record<string, string>> }> {
  const { requestId, contact } = await request(email);
  const done = await habeas.waitFor(requestId, ({ state }) => state === 'completed' || state === 'needs_decision');
  expect(done).toMatchObject({ state: 'completed', tasks: [] });
  return { zip: await habeas.mailedPackage(contact), books: await booksOf(requestId) };
}

/** Collection → found, and what became of it; collections without a record left out, unanswered ones not. */
async function booksOf(requestId: string): Promise<Readonly<Record<string, string>>> {
  const { rows } = await habeas.ledger.query(
    `SELECT s.collection, sum(s.found)::int AS found, bool_or(s.found IS NULL) AS unanswered,
            (SELECT string_agg(x.text, ', ' ORDER BY x.text) FROM (
               SELECT d.disposition || ' ' || sum(d.count) AS text FROM dispositions d JOIN streams o
                 USING (request_id, system_id, round, stream_no)
                WHERE request_id = $1 AND o.system_id = 'account-db' AND o.collection = s.collection
                GROUP BY d.disposition HAVING sum(d.count) > 0) x) AS became
       FROM streams s WHERE s.request_id = $1 AND s.system_id = 'account-db' GROUP BY s.collection ORDER BY 1`,
    [requestId],
  );
  expect(rows.filter(({ unanswered }) => unanswered)).toEqual([]);
  expect(rows).toHaveLength(19);
  return Object.fromEntries(
    rows.filter(({ found }) => found > 0).map(({ collection, found, became }) => [collection, `${found}: ${became}`]),
  );
}

describe('a lead', () => {
  it('gets the consent that the newsletter is sent by, whole, and the books balance', async () => {
    const { zip, books } = await answered(cast.lead.email);
    expect(zip.records('account-db', 'marketing_consents')).toMatchObject([
      { email: cast.lead.email, user_id: null, given_at: expect.stringContaining('2026-03-14') },
    ]);
    expect(books).toEqual({ marketing_consents: '1: exported 1' });
  });
});

describe('an invited person who never came', () => {
  it('gets what the invitation says of them, and not whose account invited them', async () => {
    const { zip, books } = await answered(cast.invitee.email);
    const [invitation, ...more] = zip.records('account-db', 'invitations');
    expect(more).toEqual([]);
    expect(Object.keys(invitation ?? {}).sort()).toEqual(['email', 'id', 'message', 'sent_at']);
    expect(invitation).toMatchObject({ email: cast.invitee.email });
    expect(books).toEqual({ invitations: '1: exported 1' });
    expect(zip.whereIs(cast.sampleSubject.email)).toEqual([]);
  });
});

describe('an employee whom a customer entered into its rota', () => {
  it('is found and referred to the customer: every shift is counted, and nothing of them is given', async () => {
    const { zip, books } = await answered(cast.staffOnly.email);
    expect(books).toEqual({ staff_rota: '12: referred 12' });
    expect(zip.collections('account-db').flatMap((name) => zip.records('account-db', name))).toEqual([]);
    const { rows } = await habeas.accounts.query(
      'SELECT DISTINCT unnest(ARRAY[staff_name, staff_email, staff_no, staff_phone]) AS text FROM staff_rota WHERE staff_email = $1',
      [cast.staffOnly.email],
    );
    const texts = rows.map(({ text }) => text).filter((text) => text !== null);
    expect(texts.length).toBeGreaterThanOrEqual(3);
    for (const text of texts) expect([text, zip.whereIs(String(text))]).toEqual([text, []]);
  });
});

describe('a record without an account on an address that passed from one person to the next', () => {
  it.each(['accept', 'reject'] as const)('waits for a named person: %s', async (answer) => {
    const { requestId, contact } = await request(handedOn.email);
    const waiting = await habeas.waitFor(
      requestId,
      ({ state, tasks }) => state === 'needs_decision' && tasks.length === 2,
    );
    const shown = await Promise.all(
      waiting.tasks.map(async ({ id }) => [id, (await habeas.must(['tasks', 'show', id], 'officer')).stdout] as const),
    );
    const isConsent = (text: string) => text.includes('belongs to no account');
    expect(shown.filter(([, text]) => isConsent(text))).toHaveLength(1);
    for (const [id, text] of shown)
      await habeas.must(
        ['tasks', 'answer', id, '--answer', isConsent(text) ? answer : 'reject', '--reason', 'Asked her'],
        'officer',
      );
    await habeas.waitForState(requestId, 'completed');
    const zip = await habeas.mailedPackage(contact);
    const given = zip.records('account-db', 'marketing_consents').map(({ id }) => id);
    expect(given.includes('9901')).toBe(answer === 'accept');
    expect(zip.records('account-db', 'users')).toMatchObject([{ id: cast.managerNow.userId }]);
  });
});

describe('a person whom no table knows', () => {
  it('still gets the answer that nothing was found', async () => {
    const { requestId } = await request(cast.unknown.email);
    const done = await habeas.waitFor(requestId, ({ state }) => state === 'completed' || state === 'needs_decision');
    expect(done.state).toBe('completed');
  });
});
