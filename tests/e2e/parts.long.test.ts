/**
 * One of two systems down for good: what the other holds is offered on the internal target and goes out first, the request
 * stays open, and after the repair a second package completes it. Through the front door, with real systems, mails that
 * are read and zips that are opened; and once with a worker that is killed while it builds the part.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { expectedOf, keysOf } from '../support/expected.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { type PackageFile, sha256 } from '../support/package-file.ts';
import { eventually } from '../support/servers.ts';

const { colleague, sampleSubject } = cast;

/** Received so long ago that the internal target is past and the statutory date too. */
const longAgo = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 10);

async function withoutForum(habeas: Installation, email: string): Promise<string> {
  await habeas.forumProxy.refuse();
  const request = await habeas.openVerified(email, '--received', longAgo);
  await habeas.waitFor(
    request,
    ({ lanes }) => lanes.forum?.state === 'parked' && lanes['account-db']?.state === 'done',
  );
  return request;
}

async function repair(habeas: Installation, request: string): Promise<void> {
  await habeas.forumProxy.up();
  await habeas.must(['requests', 'retry', request, 'forum'], 'officer');
}

/** Everything that the person is to get of the account database, and nothing of the forum. */
async function expectAccounts(habeas: Installation, zip: PackageFile, userId: string): Promise<void> {
  expect(zip.wrongInManifest()).toEqual([]);
  for (const [name, { exported }] of Object.entries(await expectedOf(habeas.accounts, userId)))
    expect([name, keysOf(name, zip.records('account-db', name))]).toEqual([name, exported]);
  expect(zip.collections('forum')).toEqual([]);
}

/** A page as it is read: without its style and tags. */
function read(zip: PackageFile): string {
  const page = zip.member('index.html').toString();
  return page
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

const unwrapped = (text: string): string => text.replace(/\s+/g, ' ').trim();

describe('one of two systems down for good', () => {
  let habeas: Installation;
  let request: string;
  let first: PackageFile;
  let second: PackageFile;
  beforeAll(async () => {
    habeas = await freshInstallation('parts', { attempts: 2 });
    await habeas.startWorker();
    request = await withoutForum(habeas, sampleSubject.email);
  });
  afterAll(() => habeas?.close());

  it('is offered as a part on the internal target: the task says what is finished and what is not', async () => {
    // A worker looks as soon as it is up.
    await habeas.startWorker();
    const { tasks } = await habeas.waitFor(request, (view) => view.tasks.some(({ kind }) => kind === 'approval'));
    const offer = tasks.find(({ kind }) => kind === 'approval');
    expect(offer).toMatchObject({ code: 'part-ready', systemId: null });
    const { stdout } = await habeas.must(['tasks', 'show', offer?.id ?? ''], 'officer');
    expect(unwrapped(stdout)).toMatch(/In it account-db \(Account database\) Missing forum \(Customer forum\)/);
    expect(habeas.mail.mails).toEqual([]);
    expect((await habeas.must(['requests', 'show', request])).stdout).toContain(`habeas requests send-part ${request}`);
  });

  it('is sent on an officer’s word only, and the command says what will be in it', async () => {
    const refused = await habeas.cli(['requests', 'send-part', request], 'agent');
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringMatching(/code: +person-role/)]);
    const { stdout } = await habeas.must(['requests', 'send-part', request], 'officer');
    expect(unwrapped(stdout)).toMatch(/In it account-db .* Missing forum/);
  });

  it('reaches the person as a first package that names the missing system, and the request stays open', async () => {
    const mails = await eventually(() => {
      const sent = habeas.mail.to(sampleSubject.email);
      return sent.length > 0 && sent;
    });
    expect(mails).toHaveLength(1);
    expect(mails[0]?.body).toContain('Not every place has answered yet');
    first = await habeas.packageOf(mails[0]);
    await expectAccounts(habeas, first, sampleSubject.userId);
    const page = read(first);
    expect(page).toContain('Package 1 This package holds what is ready. More follows');
    expect(page).toContain('Customer forum This place is still being worked on. Whatever is found there follows');
    const open = await habeas.waitFor(
      request,
      ({ tasks, state }) => state === 'needs_decision' && tasks.every(({ kind }) => kind === 'unresolved'),
    );
    expect(open.lanes.forum?.state).toBe('parked');
    const again = await habeas.cli(['requests', 'send-part', request], 'officer');
    expect([again.code, again.stderr]).toEqual([5, expect.stringMatching(/code: +nothing-finished/)]);
  });

  it('is completed by a second package after the repair, with the rest and only that', async () => {
    await repair(habeas, request);
    await habeas.waitForState(request, 'completed');
    const mails = habeas.mail.to(sampleSubject.email);
    expect(mails).toHaveLength(2);
    second = await habeas.packageOf(mails[1]);
    expect(second.wrongInManifest()).toEqual([]);
    expect(second.collections('account-db')).toEqual([]);
    expect(keysOf('posts', second.records('forum', 'posts'))).toEqual(['7101', '7102', '7103']);
    const page = read(second);
    expect(page).toContain('Package 2 This is the last package');
    expect(page).toMatch(/Account database Sent before, in package 1 of .*; not repeated here\./);
  });

  it('leaves books that balance, a chain that verifies, no answer told of, and both packages to be downloaded', async () => {
    const { json } = await habeas.must(['requests', 'show', request, '--json']);
    const packages = pick(json, 'packages');
    expect(packages).toMatchObject([
      { part: 1, systems: ['account-db'], moreFollows: true, deliveredBy: 'email', sha256: first.sha256 },
      { part: 2, systems: ['forum'], moreFollows: false, deliveredBy: 'email', sha256: second.sha256 },
    ]);
    expect(pick(json, 'rights')).toMatchObject([{ right: 'access', answeredAt: null }]);
    const systems = pick(json, 'systems');
    for (const system of Array.isArray(systems) ? systems : [])
      expect(pick(system, 'found')).toBe(
        Number(pick(system, 'exported')) + Number(pick(system, 'withheld')) + Number(pick(system, 'referred')),
      );
    expect(systems).toHaveLength(2);
    expect((await habeas.must(['audit', 'verify', '--json'])).json).toMatchObject({ ok: true });
    for (const [part, zip] of [
      ['1', first],
      ['2', second],
    ] as const) {
      const file = join(habeas.folder, `part-${part}.zip`);
      await habeas.must(['package', 'download', request, '--part', part, '--out', file]);
      expect(sha256(await readFile(file))).toBe(zip.sha256);
    }
    const { stdout } = await habeas.must(['requests', 'show', request]);
    expect(stdout).toContain(`habeas package download ${request} --part N`);
  });
});

describe('a worker killed while it builds a part', () => {
  let habeas: Installation;
  afterAll(() => habeas?.close());

  it('leaves one whole part, sent once, and the rest follows', async () => {
    habeas = await freshInstallation('parts-crash', { attempts: 20 });
    const doomed = await habeas.startWorker({ failpoint: 'package-mid-upload' });
    // Down in a way that no try can mend, so that it parks at once.
    await habeas.forum.query('ALTER TABLE posts RENAME TO posts_away');
    const request = await habeas.openVerified(colleague.email);
    await habeas.waitFor(
      request,
      ({ lanes }) => lanes.forum?.state === 'parked' && lanes['account-db']?.state === 'done',
    );
    await habeas.must(['requests', 'send-part', request], 'officer');
    expect(await doomed.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(habeas.mail.mails).toEqual([]);
    await habeas.startWorker();
    const mails = await eventually(
      () => {
        const sent = habeas.mail.to(colleague.email);
        return sent.length > 0 && sent;
      },
      { timeoutMs: 300_000 },
    );
    await expectAccounts(habeas, await habeas.packageOf(mails[0]), colleague.userId);
    await habeas.forum.query('ALTER TABLE posts_away RENAME TO posts');
    await habeas.must(['requests', 'retry', request, 'forum'], 'officer');
    await habeas.waitForState(request, 'completed');
    expect(habeas.mail.to(colleague.email)).toHaveLength(2);
    const rest = await habeas.packageOf(habeas.mail.to(colleague.email)[1]);
    expect([rest.collections('account-db'), rest.collections('forum')]).toEqual([[], ['members', 'posts']]);
    const { rows } = await habeas.ledger.query('SELECT object_name FROM packages WHERE request_id = $1', [request]);
    expect((await habeas.objects('packages')).sort()).toEqual(rows.map((row) => row.object_name).sort());
    expect(rows).toHaveLength(2);
    expect(await habeas.unfinishedUploads('packages')).toBe(0);
  });
});
