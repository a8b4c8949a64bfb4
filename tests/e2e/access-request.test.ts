/**
 * The main path: one access request of the sample subject, from the command line to a zip that a stranger can check, on
 * real servers and with a real worker process. The expected numbers come from the systems' own databases by hand-written
 * SQL, not from anything of ours.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { type Expected, expectedOf, keysOf } from '../support/expected.ts';
import { historyOf, regularActivities } from '../support/history.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import type { PackageFile } from '../support/package-file.ts';
import { eventually } from '../support/servers.ts';

const subject = cast.sampleSubject;
let habeas: Installation;
let requestId: string;
let zip: PackageFile;
let shown: unknown;
let expected: Readonly<Record<string, Expected>>;

beforeAll(async () => {
  habeas = await freshInstallation('main');
  await habeas.startWorker();
  const opened = await habeas.open('--email', subject.email);
  requestId = opened;
  await habeas.waitForState(opened, 'identity');
  await habeas.must(
    ['requests', 'identity', opened, 'verified', '--method', 'id-document', '--contact', subject.email],
    'agent',
  );
  await habeas.waitForState(opened, 'completed');
  shown = (await habeas.must(['requests', 'show', opened, '--json'])).json;
  zip = await habeas.mailedPackage(subject.email);
  expected = await expectedOf(habeas.accounts, subject.userId);
});
afterAll(() => habeas?.close());

describe('an access request', () => {
  it('ends completed, with every system done', () => {
    expect(shown).toMatchObject({
      id: requestId,
      state: 'completed',
      identity: { state: 'verified', method: 'id-document', by: 'agent', contactKind: 'email' },
      systems: [
        { id: 'account-db', state: 'done', code: null },
        { id: 'forum', state: 'done', code: null },
      ],
    });
  });

  it('gives the person every record that is theirs, in every collection, and no other', () => {
    const given = Object.fromEntries(
      Object.keys(expected).map((name) => [name, keysOf(name, zip.records('account-db', name))]),
    );
    expect(given).toEqual(Object.fromEntries(Object.entries(expected).map(([name, { exported }]) => [name, exported])));
    // The subject was chosen for having something everywhere; without it the comparison would say little.
    expect(Object.values(expected).filter(({ exported }) => exported.length > 0).length).toBeGreaterThan(12);
    expect(keysOf('posts', zip.records('forum', 'posts'))).toEqual(['7101', '7102', '7103']);
  });

  it('balances its books per collection with what the databases say', async () => {
    const { rows } = await habeas.ledger.query(
      `SELECT s.collection, d.disposition, sum(d.count)::int AS n FROM dispositions d
       JOIN streams s USING (request_id, system_id, round, stream_no)
       WHERE request_id = $1 AND system_id = 'account-db' GROUP BY 1, 2`,
      [requestId],
    );
    const books = (name: string, disposition: string) =>
      rows.find((row) => row.collection === name && row.disposition === disposition)?.n ?? 0;
    for (const [name, { exported, withheld, referred }] of Object.entries(expected)) {
      expect({
        name,
        exported: books(name, 'exported'),
        withheld: books(name, 'withheld'),
        referred: books(name, 'referred'),
      }).toEqual({ name, exported: exported.length, withheld, referred });
    }
    const found = await habeas.ledger.query(
      `SELECT collection, sum(found)::int AS n FROM streams WHERE request_id = $1 AND system_id = 'account-db' GROUP BY 1`,
      [requestId],
    );
    expect(Object.fromEntries(found.rows.map((row) => [row.collection, row.n]))).toEqual(
      Object.fromEntries(
        Object.entries(expected).map(([name, { exported, withheld, referred }]) => [
          name,
          exported.length + withheld + referred,
        ]),
      ),
    );
  });

  it('mails one link to the verified contact point, which opens exactly the package of the ledger', async () => {
    expect(habeas.mail.mails.map(({ to }) => to)).toEqual([[subject.email]]);
    expect(pick(shown, 'packages', 0)).toMatchObject({
      sha256: zip.sha256,
      sizeBytes: zip.sizeBytes,
      members: zip.members.size,
      deliveredBy: 'email',
      deletedAt: null,
    });
    expect(await habeas.objects('packages')).toHaveLength(1);
  });

  it('builds a package that checks itself: every member is in the list of hashes and has its hash', () => {
    expect(zip.wrongInManifest()).toEqual([]);
  });

  it('names every configured system in the package', () => {
    const page = zip.member('index.html').toString();
    expect(page).toContain('Account database');
    expect(page).toContain('Customer forum');
  });

  it('is stamped a draft, is no answer, and leaves the statutory alarm on', () => {
    expect(zip.member('index.html').toString()).toMatch(/DRAFT, NOT AN ANSWER|MUSTAND/);
    expect(shown).toMatchObject({ packages: [{ draft: true }], rights: [{ right: 'access', answeredAt: null }] });
    expect(pick(shown, 'clock', 'alarms')).not.toHaveLength(0);
  });

  it('destroys its staging', async () => {
    await eventually(async () => (await habeas.objects('staging')).length === 0);
  });

  it('needs at most twelve regular activities', async () => {
    const activities = regularActivities(await historyOf(habeas.temporal, requestId));
    expect(activities).toEqual(expect.arrayContaining(['locate', 'read', 'package', 'deliver']));
    expect(activities.length).toBeLessThanOrEqual(12);
  });

  it('leaves an audit chain that verifies', async () => {
    const { json } = await habeas.must(['audit', 'verify', '--json']);
    expect(json).toMatchObject({ ok: true });
  });
});

describe('a request of a person nobody knows', () => {
  it('gets "nothing found" from every system, and completes with a package that says so', async () => {
    const unknown = await habeas.openVerified(cast.unknown.email);
    await habeas.waitForState(unknown, 'completed');
    const empty = await habeas.mailedPackage(cast.unknown.email);
    expect(empty.collections('account-db')).toEqual([]);
    expect(empty.collections('forum')).toEqual([]);
    const page = empty.member('index.html').toString();
    for (const system of ['Account database', 'Customer forum']) expect(page).toContain(system);
    expect(empty.wrongInManifest()).toEqual([]);
    const { rows } = await habeas.ledger.query('SELECT sum(found)::int AS n FROM streams WHERE request_id = $1', [
      unknown,
    ]);
    expect(rows[0].n ?? 0).toBe(0);
  });
});
