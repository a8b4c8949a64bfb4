/**
 * Several packages of one request, as the person reads them: what is ready goes out first, nothing is repeated and every
 * place is named in each. On a real ledger and a real S3 server.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestId } from '../../src/ids.ts';
import { readingsOf } from '../../src/ledger/package-parts.ts';
import { packagesOf } from '../../src/ledger/packages.ts';
import { buildPackage } from '../../src/package/build.ts';
import { deliverPackage } from '../../src/package/deliver.ts';
import { expirePackages } from '../../src/package/expire.ts';
import { downloadPackage } from '../../src/requests/download.ts';
import { MailCatcher } from '../support/mail-catcher.ts';
import { runFolder } from '../support/servers.ts';
import {
  type Bench,
  collection,
  openBench,
  plantAnswer,
  plantRequest,
  plantStream,
  setLane,
  systemId,
} from './plant.ts';
import { type Unzipped, unzip } from './unzip.ts';

let bench: Bench;
let mails: MailCatcher;
beforeAll(async () => {
  [bench, mails] = await Promise.all([
    openBench([
      { id: 'account-db', name: 'Accounts', collections: [collection('users')] },
      { id: 'forum', name: 'Forum', collections: [collection('posts')] },
      { id: 'logs', name: 'Server logs', collections: [collection('requests')] },
      { id: 'later', name: 'Set up later', collections: [collection('things')] },
    ]),
    MailCatcher.listen(),
  ]);
});
afterAll(async () => {
  await bench?.close();
  await mails?.close();
});
beforeEach(() => bench.setNow(new Date('2026-11-23T10:00:00Z')));

const lanes = ['account-db', 'forum', 'logs'];
const fields = ['id', 'name'];

/** The account database has answered; the forum and the logs have not. */
async function begun(language: 'et' | 'en' = 'en'): Promise<RequestId> {
  const requestId = await plantRequest(bench, { lanes, parked: ['forum', 'logs'], language });
  await plantStream(bench, requestId, 'account-db', { no: 0, collection: 'users', fields }, [
    [{ id: 1, name: 'FROM-ACCOUNTS' }],
  ]);
  return requestId;
}

async function answerForum(requestId: RequestId, round = 1): Promise<void> {
  await plantAnswer(bench, requestId, 'forum', round);
  const posts = { no: 0, collection: 'posts', fields };
  await plantStream(bench, requestId, 'forum', posts, [[{ id: 1, name: `FROM-FORUM-${round}` }]], round);
}

async function build(requestId: RequestId, part: number) {
  const built = await buildPackage({ deps: bench.deps, requestId, part });
  const zip = await unzip(await bench.deps.storage.get(bench.deps.config.s3.packageBucket, built.objectName));
  return { ...built, zip, outcomes: outcomesOf(zip), cover: coverOf(zip) };
}

const textOf = (zip: Unzipped, name: string) => zip.files.get(name)?.toString('utf8') ?? '';

/** The overview as it is read: place → outcome. */
function outcomesOf(zip: Unzipped): Readonly<Record<string, string>> {
  const rows = textOf(zip, 'index.html').matchAll(/<tr><td><a href="#s\d+">(.*?)<\/a><\/td><td>(.*?)<\/td><\/tr>/g);
  return Object.fromEntries([...rows].map(([, name, outcome]) => [name, outcome]));
}

/** What the cover says of the package's place among the others; undefined where it says nothing. */
function coverOf(zip: Unzipped): readonly string[] | undefined {
  const card = /<div class="card"><strong>(.*?)<\/strong>(.*?)<\/div>/.exec(textOf(zip, 'index.html'));
  if (card === null) return undefined;
  return [card[1] ?? '', ...[...(card[2] ?? '').matchAll(/<p>(.*?)<\/p>/g)].map(([, line]) => line ?? '')];
}

/** Records in files, wherever they are. */
const dataIn = (zip: Unzipped) => [...zip.names].filter((name) => name.endsWith('.json'));

async function heldBy(requestId: RequestId): Promise<readonly (readonly string[])[]> {
  const held = await readingsOf(bench.deps.ledger.db, requestId);
  const rows = await packagesOf(bench.deps.ledger.db, requestId);
  return rows.map(({ id }) => (held.get(id) ?? []).map(({ systemId: system, round }) => `${system} ${round}`));
}

const working =
  'This place is still being worked on. Whatever is found there follows in a later package; your request stays open until then.';

describe('a first part', () => {
  it('holds what is done, names what is not, and says on its cover that more follows', async () => {
    const requestId = await begun();
    const { zip, outcomes, cover } = await build(requestId, 1);
    expect(dataIn(zip)).toEqual(['systems/account-db/users.json']);
    expect(outcomes).toEqual({
      Accounts: '1 record given, in 1 list',
      Forum: working,
      'Server logs': working,
      'Set up later': 'This place was set up after your request and was not searched for it.',
    });
    expect(cover).toEqual(['Package 1', expect.stringContaining('More follows')]);
    expect(textOf(zip, 'README.txt')).toContain('More follows');
    expect(textOf(zip, 'manifest-sha256.txt')).toMatch(/^# package pkg_\w+ part 1\n# more packages follow$/m);
    expect(await heldBy(requestId)).toEqual([['account-db 1']]);
  });

  it('gives nothing of a reading that has only begun', async () => {
    const requestId = await begun();
    await answerForum(requestId);
    await setLane(bench, requestId, 'forum', 'waiting');
    const { zip, outcomes } = await build(requestId, 1);
    expect(outcomes.Forum).toBe(working);
    for (const bytes of zip.files.values()) expect(bytes.includes('FROM-FORUM')).toBe(false);
  });

  it('is not built while nothing is done', async () => {
    const requestId = await plantRequest(bench, { lanes, parked: lanes });
    await expect(build(requestId, 1)).rejects.toMatchObject({ code: 'nothing-finished' });
    expect(await packagesOf(bench.deps.ledger.db, requestId)).toEqual([]);
  });

  it('asked for again is the same one, until another system is done', async () => {
    const requestId = await begun();
    const first = await build(requestId, 1);
    expect((await build(requestId, 2)).packageId).toBe(first.packageId);
    await answerForum(requestId);
    expect(await build(requestId, 2)).toMatchObject({ part: 2 });
    expect(await heldBy(requestId)).toEqual([['account-db 1'], ['forum 1']]);
  });
});

describe('a later part', () => {
  it('repeats nothing, says where and when the rest was sent, and the last one that nothing more follows', async () => {
    const requestId = await begun();
    await build(requestId, 1);
    bench.setNow(new Date('2026-11-25T22:30:00Z'));
    await answerForum(requestId);
    const second = await build(requestId, 2);
    expect(dataIn(second.zip)).toEqual(['systems/forum/posts.json']);
    expect(second.outcomes).toMatchObject({
      Accounts: 'Sent before, in package 1 of 23 November 2026; not repeated here.',
      Forum: '1 record given, in 1 list',
      'Server logs': working,
    });
    expect(second.cover).toEqual([
      'Package 2',
      expect.stringContaining('More follows'),
      'Sent before: package 1 of 23 November 2026. Keep them; they are not repeated.',
    ]);
    await plantAnswer(bench, requestId, 'logs', 1);
    const last = await build(requestId, 3);
    expect(dataIn(last.zip)).toEqual([]);
    expect(last.outcomes).toMatchObject({
      Accounts: expect.stringContaining('in package 1 of 23 November 2026'),
      // 22:30 in London is the next day in Tallinn.
      Forum: expect.stringContaining('in package 2 of 26 November 2026'),
      'Server logs': 'Nothing was found about you.',
    });
    expect(last.cover).toEqual([
      'Package 3',
      'This is the last package: together with the earlier ones it covers every place that was searched.',
      expect.stringContaining('package 1 of 23 November 2026, package 2 of 26 November 2026'),
    ]);
    expect(textOf(last.zip, 'manifest-sha256.txt')).toContain('# no package follows');
    // Nothing is left to say.
    expect((await build(requestId, 4)).packageId).toBe(last.packageId);
    expect(await heldBy(requestId)).toEqual([['account-db 1'], ['forum 1'], ['logs 1']]);
  });

  it('counts of each part only what is in it', async () => {
    const requestId = await begun();
    const first = await build(requestId, 1);
    await answerForum(requestId);
    const second = await build(requestId, 2);
    const streams = (built: typeof first) =>
      built.exportedByStream.map(({ systemId: system, count }) => `${system} ${count}`);
    expect([streams(first), streams(second)]).toEqual([['account-db 1'], ['forum 1']]);
  });

  it('holds again what was read anew since, and says that it takes the place of what was sent', async () => {
    const requestId = await begun();
    await answerForum(requestId);
    await build(requestId, 1);
    await setLane(bench, requestId, 'forum', 'waiting');
    await plantAnswer(bench, requestId, 'logs', 1);
    const second = await build(requestId, 2);
    expect(second.outcomes.Forum).toBe(`${working} What was found there before is in package 1 of 23 November 2026.`);
    await answerForum(requestId, 2);
    const last = await build(requestId, 3);
    expect(textOf(last.zip, 'systems/forum/posts.json')).toContain('FROM-FORUM-2');
    expect(last.outcomes.Forum).toBe(
      '1 record given, in 1 list. Looked through again since package 1 of 23 November 2026; what is given here takes the place of what is there.',
    );
    expect(await heldBy(requestId)).toEqual([['account-db 1', 'forum 1'], ['logs 1'], ['forum 2']]);
  });

  it('that has nothing new but must end the series is made, and says just that', async () => {
    const requestId = await begun();
    await answerForum(requestId);
    await plantAnswer(bench, requestId, 'logs', 1);
    await setLane(bench, requestId, 'account-db', 'waiting');
    await build(requestId, 1);
    await setLane(bench, requestId, 'account-db', 'done');
    await setLane(bench, requestId, 'logs', 'waiting');
    await build(requestId, 2);
    // Asked again, it had nothing new.
    await setLane(bench, requestId, 'logs', 'done');
    const last = await build(requestId, 3);
    expect(dataIn(last.zip)).toEqual([]);
    expect(last.cover?.[1]).toBe(
      'This is the last package. It holds no further data: the earlier ones hold everything that was found about you, from every place that was searched.',
    );
    expect(Object.values(last.outcomes).filter((outcome) => outcome.startsWith('Sent before'))).toHaveLength(3);
  });

  it('speaks Estonian where the request does', async () => {
    const requestId = await begun('et');
    const first = await build(requestId, 1);
    expect(first.cover).toEqual(['Pakett 1', expect.stringContaining('Järgneb veel')]);
    expect(first.outcomes.Forum).toMatch(/^Selle kohaga töö alles käib\..*hilisemas paketis.*taotlus avatuks\.$/);
    await answerForum(requestId);
    await plantAnswer(bench, requestId, 'logs', 1);
    const last = await build(requestId, 2);
    expect(last.outcomes.Accounts).toBe('Saadetud varem: pakett 1 (23. november 2026); siin seda ei korrata.');
    expect(last.cover).toEqual([
      'Pakett 2',
      'See on viimane pakett: koos varasematega hõlmab see kõiki kohti, kust otsiti.',
      expect.stringContaining('Varem saadetud: pakett 1 (23. november 2026).'),
    ]);
  });
});

describe('a system answered by hand', () => {
  it('is named so in the part that holds its answer, and as sent before in the next', async () => {
    const requestId = await begun();
    await plantAnswer(bench, requestId, 'forum', 1);
    const { db } = bench.deps.ledger;
    await db
      .updateTable('rounds')
      .set({ by_hand: true })
      .where('request_id', '=', requestId)
      .where('system_id', '=', systemId('forum'))
      .execute();
    const first = await build(requestId, 1);
    expect(first.outcomes.Forum).toBe(
      'Taustamuusika &lt;OÜ&gt; &amp; Ko looked through this place by hand. Nothing was found about you.',
    );
    expect(first.outcomes.Accounts).not.toContain('by hand');
    await plantAnswer(bench, requestId, 'logs', 1);
    expect((await build(requestId, 2)).outcomes.Forum).toMatch(/^Sent before/);
  });
});

describe('a package that has all there is', () => {
  it('says nothing of parts', async () => {
    const requestId = await begun();
    await answerForum(requestId);
    await plantAnswer(bench, requestId, 'logs', 1);
    const { cover, zip } = await build(requestId, 1);
    expect(cover).toBeUndefined();
    for (const name of ['README.txt', 'index.html']) expect(textOf(zip, name)).not.toMatch(/Package 1|follows in/);
  });
});

describe('while a part is being built', () => {
  /** Runs `meanwhile` after the facts were read and before the row is made. */
  async function buildWhile(requestId: RequestId, meanwhile: () => Promise<void>) {
    const { storage } = bench.deps;
    let isFirst = true;
    const head: typeof storage.head = async (...asked) => {
      if (isFirst) {
        isFirst = false;
        await meanwhile();
      }
      return storage.head(...asked);
    };
    const uploadStream: typeof storage.uploadStream = async (...asked) => {
      const sent = await storage.uploadStream(...asked);
      if (isFirst) {
        isFirst = false;
        await meanwhile();
      }
      return sent;
    };
    return buildPackage({ deps: { ...bench.deps, storage: { ...storage, head, uploadStream } }, requestId, part: 1 });
  }

  it('another system may answer: it is not in this part, and in the next', async () => {
    const requestId = await begun();
    await buildWhile(requestId, () => answerForum(requestId));
    expect(await heldBy(requestId)).toEqual([['account-db 1']]);
    await build(requestId, 2);
    expect(await heldBy(requestId)).toEqual([['account-db 1'], ['forum 1']]);
  });

  it('a system that is in it may not be read anew: that part is given up, and its object with it', async () => {
    const requestId = await begun();
    const building = buildWhile(requestId, () => plantAnswer(bench, requestId, 'account-db', 2));
    await expect(building).rejects.toMatchObject({ code: 'ledger-conflict', retryable: true });
    expect(await packagesOf(bench.deps.ledger.db, requestId)).toEqual([]);
    const built = await build(requestId, 1);
    expect(await heldBy(requestId)).toEqual([['account-db 2']]);
    const names: string[] = [];
    for await (const { name } of bench.deps.storage.list(bench.deps.config.s3.packageBucket, `packages/${requestId}/`))
      names.push(name);
    expect(names).toEqual([built.objectName]);
  });
});

describe('the letters', () => {
  it('say which package it is and whether more follows, and name no place', async () => {
    const requestId = await begun();
    const { config } = bench.deps;
    const mail = { url: mails.url, from: 'a@muusika.example', replyTo: undefined };
    // A name that a subject line holds as it is.
    const deps = { ...bench.deps, config: { ...config, mail, controller: { ...config.controller, name: 'Muusika' } } };
    const send = async (part: number) => {
      const { packageId } = await build(requestId, part);
      expect(await deliverPackage({ deps, requestId, packageId })).toEqual({ outcome: 'sent' });
      return mails.mails.at(-1);
    };
    const first = await send(1);
    expect(first?.raw).toMatch(/^Subject: [^:]*package\s+1\s+\(draft\)/m);
    expect(first?.body).toContain('Package 1. It holds what is ready. Not every place has answered yet');
    await answerForum(requestId);
    await plantAnswer(bench, requestId, 'logs', 1);
    const last = await send(2);
    expect(last?.body).toContain('Package 2. It is the last one.');
    for (const letter of [first, last])
      for (const { name } of deps.config.systems) expect(letter?.body).not.toContain(name);
    const rows = await packagesOf(deps.ledger.db, requestId);
    expect(rows.map((row) => [row.part, row.delivered_by])).toEqual([
      [1, 'email'],
      [2, 'email'],
    ]);
  });
});

describe('a part that never reached the person', () => {
  it('is erased where the request is cancelled, and cannot be downloaded', async () => {
    const requestId = await begun();
    const { packageId } = await build(requestId, 1);
    await bench.deps.ledger.db
      .updateTable('requests')
      .set({ state: 'cancelled' })
      .where('id', '=', requestId)
      .execute();
    await expirePackages(bench.deps);
    const left: string[] = [];
    for await (const { name } of bench.deps.storage.list(bench.deps.config.s3.packageBucket, `packages/${requestId}/`))
      left.push(name);
    expect(left).toEqual([]);
    await expect(downloadPackage(bench.deps, packageId, runFolder())).rejects.toMatchObject({
      code: 'package-deleted',
    });
    await expect(deliverPackage({ deps: bench.deps, requestId, packageId })).rejects.toMatchObject({
      code: 'package-deleted',
    });
  });

  it('does not count as sent: the next one holds what was in it', async () => {
    const requestId = await begun();
    const { packageId } = await build(requestId, 1);
    await bench.deps.ledger.db
      .updateTable('packages')
      .set({ deleted_at: bench.deps.now() })
      .where('id', '=', packageId)
      .execute();
    await answerForum(requestId);
    const { cover } = await build(requestId, 2);
    expect(cover?.join(' ')).not.toContain('package 1');
    expect(await heldBy(requestId)).toEqual([['account-db 1'], ['account-db 1', 'forum 1']]);
  });
});

describe('a download', () => {
  it('is of the latest package, or of the one whose number is given', async () => {
    const requestId = await begun();
    const first = await build(requestId, 1);
    await answerForum(requestId);
    const second = await build(requestId, 2);
    const get = (part?: number) => downloadPackage(bench.deps, requestId, runFolder(), { part, force: true });
    expect((await get()).packageId).toBe(second.packageId);
    expect((await get(1)).packageId).toBe(first.packageId);
    await expect(get(3)).rejects.toMatchObject({ code: 'not-found' });
  });
});
