/**
 * A system that cannot be brought back in time: a person answers for it by hand and the person gets their files, or two
 * people leave it open under an owner until a date. Through the front door, with a real system behind a proxy that is down.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { expectedOf, keysOf } from '../support/expected.ts';
import { forumMembers } from '../support/forum.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { leaks, placesOf } from '../support/leaks.ts';
import { sha256 } from '../support/package-file.ts';
import { eventually } from '../support/servers.ts';

const { colleague, sampleSubject, soleTrader } = cast;

const posts = Buffer.from(`Kõik postitused: ${forumMembers.liis.nick}\n`.repeat(50));
const screen = Buffer.from('a picture of what the administrator saw, with tädi-Liisi-otsing on it');
/** Names of people's files say who they are. */
const names = { posts: 'liisi-postitused <b>&.txt', screen: 'tädi-liisi-otsing.png' } as const;

let habeas: Installation;
beforeAll(async () => {
  habeas = await freshInstallation('byhand', { attempts: 2 });
  writeFileSync(join(habeas.folder, names.posts), posts);
  writeFileSync(join(habeas.folder, names.screen), screen);
  await habeas.startWorker();
});
afterAll(() => habeas?.close());

/** A request whose forum is parked because it is down for good; the account database has answered. */
async function withoutForum(email: string): Promise<string> {
  await habeas.forumProxy.refuse();
  const request = await habeas.openVerified(email);
  const parked = await habeas.waitFor(
    request,
    ({ lanes }) => lanes.forum?.state === 'parked' && lanes['account-db']?.state === 'done',
  );
  expect(parked.tasks).toMatchObject([{ kind: 'unresolved', systemId: 'forum' }]);
  return request;
}

const byHand = (request: string, counts: string, ...more: readonly string[]) => [
  ...['requests', 'done-by-hand', request, 'forum', '--counts', counts, '--proof', names.screen],
  ...['--reason', 'The administrator looked for her address on the backup', ...more],
];
const leave = (request: string, owner: string, next: string) => [
  ...['requests', 'leave-unresolved', request, 'forum', '--owner', owner, '--next', next],
  ...['--reason', 'The vendor restores it'],
];
const errorCode = (stderr: string) => /code: +([a-z-]+)/.exec(stderr)?.[1];
/** A day so many days from now. */
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe('a system done by hand', () => {
  let request: string;

  it('is refused while a collection is left out, without proof, and without a file for what is given', async () => {
    request = await withoutForum(sampleSubject.email);
    const refused = async (args: readonly string[], code: string, exit = 2) => {
      const run = await habeas.cli(args, 'officer');
      expect([run.code, errorCode(run.stderr)]).toEqual([exit, code]);
      return run.stderr;
    };
    expect(await refused(byHand(request, 'members=1'), 'counts-invalid')).toContain('missing posts');
    await refused(byHand(request, 'members=1,posts=3'), 'file-needed');
    const without = byHand(request, 'none').filter((word) => word !== '--proof' && word !== names.screen);
    await refused(without, 'proof-needed');
    await refused(byHand(request, 'members=1,posts=3', '--file', 'no-such-file'), 'usage');
    expect(await habeas.objects('staging', `staging/${request}/forum/by-hand/`)).toEqual([]);
    expect((await habeas.view(request)).lanes.forum).toMatchObject({ state: 'parked' });
  });

  it('completes the request, and the person gets the files, whole and by their own names', async () => {
    const { json } = await habeas.must(
      [...byHand(request, 'members=1,posts=5:withheld=2', '--file', names.posts), '--json'],
      'officer',
    );
    expect(json).toMatchObject({ settled: true, proofSha256: sha256(screen), files: [{ sha256: sha256(posts) }] });
    const done = await habeas.waitForState(request, 'completed');
    expect(done).toMatchObject({ lanes: { forum: { state: 'done', code: null } }, tasks: [] });

    const zip = await habeas.mailedPackage(sampleSubject.email);
    expect(zip.wrongInManifest()).toEqual([]);
    expect(sha256(zip.member('systems/forum/files/1.txt'))).toBe(sha256(posts));
    expect(JSON.parse(zip.member('systems/forum/files.json').toString())).toEqual([
      { file: 'files/1.txt', name: names.posts, sizeBytes: posts.length, sha256: sha256(posts) },
    ]);
    const index = zip.member('index.html').toString();
    expect(index).toContain('href="systems/forum/files/1.txt"');
    expect(index).toContain('liisi-postitused &lt;b&gt;&amp;.txt');
    expect(index).toMatch(/by hand/);
    // The other system is in the same package as ever.
    const expected = await expectedOf(habeas.accounts, sampleSubject.userId);
    for (const [name, { exported }] of Object.entries(expected))
      expect([name, keysOf(name, zip.records('account-db', name))]).toEqual([name, exported]);
    // What was handed in is gone with everything else that was staged.
    await eventually(async () => (await habeas.objects('staging', `staging/${request}/`)).length === 0);
  });

  it('is shown as attested by whom, when and with which proof, apart from what was read', async () => {
    const { json } = await habeas.must(['requests', 'show', request, '--json']);
    const systems = pick(json, 'systems');
    expect(systems).toMatchObject([
      { id: 'account-db', byHand: null },
      {
        id: 'forum',
        state: 'done',
        byHand: { by: 'officer', at: expect.stringMatching(/^\d{4}-/), proofSha256: sha256(screen) },
        found: 6,
        exported: 4,
        withheld: 2,
        referred: 0,
      },
    ]);
    const { stdout } = await habeas.must(['requests', 'show', request]);
    expect(stdout).toMatch(/forum +done by hand/);
    expect(stdout).toMatch(new RegExp(`attested by officer on \\d{4}-\\d\\d-\\d\\d; proof SHA-256 ${sha256(screen)}`));
    expect((await habeas.must(['audit', 'verify'])).stdout).toContain('whole');
  });

  it('where nothing was found completes without a file, and says so', async () => {
    const other = await withoutForum(colleague.email);
    await habeas.must(byHand(other, 'none'), 'officer');
    await habeas.waitForState(other, 'completed');
    const zip = await habeas.mailedPackage(colleague.email);
    expect([...zip.members.keys()].filter((name) => name.startsWith('systems/forum/'))).toEqual([]);
    const late = await habeas.cli(byHand(other, 'none'), 'officer');
    expect([late.code, errorCode(late.stderr)]).toEqual([5, 'state-final']);
  });
});

describe('a system left unresolved', () => {
  beforeAll(async () => {
    // One request that the forum answers: it is not stopped for those that it failed above.
    await habeas.forumProxy.up();
    await habeas.waitForState(await habeas.openVerified(cast.playlistAuthor.email), 'completed');
  });

  it('by one person changes nothing; by two keeps the request open with owner and date; and a retry completes it', async () => {
    const request = await withoutForum(soleTrader.email);
    const next = inDays(20);
    const first = await habeas.must(leave(request, 'engineer', next), 'officer');
    expect(first.stdout).toContain('1 more person must give the same');
    const twice = await habeas.cli(leave(request, 'engineer', next), 'officer');
    expect([twice.code, errorCode(twice.stderr)]).toEqual([5, 'person-twice']);
    const other = await habeas.cli(leave(request, 'engineer', inDays(21)), 'second-officer');
    expect([other.code, errorCode(other.stderr)]).toEqual([5, 'voices-differ']);
    // The first voice was read, and changed nothing.
    const unread = 'SELECT id FROM people_decisions WHERE request_id = $1 AND task_id IS NOT NULL AND effect IS NULL';
    await eventually(async () => (await habeas.ledger.query(unread, [request])).rows.length === 0);
    expect((await habeas.view(request)).lanes.forum).toMatchObject({ state: 'parked' });

    const second = await habeas.must(leave(request, 'engineer', next), 'second-officer');
    expect(second.stdout).toContain('Left unresolved');
    const left = await habeas.waitFor(request, ({ lanes }) => lanes.forum?.state === 'unresolved');
    expect(left.state).not.toBe('completed');
    expect(habeas.mail.to(soleTrader.email)).toEqual([]);
    const { json } = await habeas.must(['tasks', 'list', '--request', request, '--json']);
    expect(pick(json, 'tasks')).toMatchObject([
      { kind: 'unresolved', systemId: 'forum', owner: 'engineer', dueOn: next, code: 'system-unreachable' },
    ]);
    expect((await habeas.must(['tasks', 'list', '--request', request])).stdout).toMatch(
      new RegExp(`^${next} .* forum .* engineer `, 'm'),
    );
    expect((await habeas.must(['requests', 'show', request])).stdout).toMatch(/forum +unresolved/);

    await habeas.forumProxy.up();
    await habeas.must(['requests', 'retry', request, 'forum'], 'officer');
    const done = await habeas.waitForState(request, 'completed');
    expect(done.tasks).toEqual([]);
    expect((await habeas.mailedPackage(soleTrader.email)).wrongInManifest()).toEqual([]);
  });

  it('because it is stopped goes on by itself when it is resumed', async () => {
    await habeas.forumProxy.up();
    await habeas.must(['systems', 'pause', 'forum', '--reason', 'moves to another server'], 'engineer');
    const request = await habeas.openVerified(cast.emoji.email);
    await habeas.waitFor(
      request,
      ({ lanes }) => lanes.forum?.code === 'system-paused' && lanes.forum.state === 'parked',
    );
    for (const person of ['officer', 'second-officer'] as const)
      await habeas.must(leave(request, 'officer', inDays(5)), person);
    await habeas.waitFor(request, ({ lanes }) => lanes.forum?.state === 'unresolved');
    await habeas.must(['systems', 'resume', 'forum'], 'engineer');
    expect((await habeas.waitForState(request, 'completed')).tasks).toEqual([]);
  });

  it('may be answered by hand later', async () => {
    const request = await withoutForum(cast.trialUser.email);
    for (const person of ['officer', 'second-officer'] as const)
      await habeas.must(leave(request, 'officer', inDays(5)), person);
    await habeas.waitFor(request, ({ lanes }) => lanes.forum?.state === 'unresolved');
    await habeas.must(byHand(request, 'members=1,posts=0', '--file', names.posts), 'second-officer');
    await habeas.waitForState(request, 'completed');
    const zip = await habeas.mailedPackage(cast.trialUser.email);
    expect(sha256(zip.member('systems/forum/files/1.txt'))).toBe(sha256(posts));
  });
});

it('leaves no name of a file, no proof and no reason anywhere outside seals', async () => {
  const { rows } = await habeas.ledger.query('SELECT id FROM requests');
  const places = await placesOf(
    habeas,
    rows.map(({ id }) => id),
  );
  const planted = ['liisi-postitused', 'tädi-liisi-otsing', 'tädi-Liisi-otsing', 'Kõik postitused', 'looked for her'];
  // The officer's own folder is where the files came from.
  expect(
    leaks(
      places.filter(({ where }) => where !== 'file names'),
      planted,
    ),
  ).toEqual([]);
});
