/**
 * The orchestrator is not the leak. Strings that can be recognised anywhere are planted as a person's data in the systems
 * and in the request, and go through a full run: intake, a system that fails and quotes them in its error, candidates,
 * decisions with reasons, package, delivery. Afterwards everything that Habeas wrote outside sealed objects and the
 * package is searched for them.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { createLogger } from '../../src/log.ts';
import { dataConverter } from '../../src/security/codec.ts';
import { workflowBundle } from '../../src/temporal/bundle.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { historyOf } from '../support/history.ts';
import { freshInstallation, type Installation } from '../support/installation.ts';
import { leaks, type Place, placesOf } from '../support/leaks.ts';
import type { PackageFile } from '../support/package-file.ts';

/** Different in every run, so that what an earlier run left cannot be taken for a leak, nor hide one. */
const tag = randomBytes(6).toString('hex');
const number = String(7_000_000_000_000_000n + BigInt(`0x${tag}`));
const planted = {
  email: `leke-${tag}@märgis.example`,
  otherCase: `LEKE-${tag}@märgis.example`,
  name: `Õnne "Leke" ${tag}`,
  phone: `+372 0${number.slice(-9)}`,
  userId: number,
  // As PostgreSQL writes it: no group begins with a zero.
  ip: `2001:db8:a${tag.slice(0, 3)}:b${tag.slice(3, 6)}::c${tag.slice(6, 9)}`,
  userAgent: `Lekebrauser/${tag} (X11; "tsitaat")`,
  note: `Esimene rida ${tag}\nteine, "jutumärkidega"; ja \\ kaldkriips ${tag}`,
  setting: `seade '${tag}' --`,
  company: `Leke ja Pojad ${tag} OÜ`,
  street: `Lekke ${tag} tänav 7`,
  attachmentName: `kiri-${tag}.txt`,
  attachment: `Palun minu andmed, ${tag} tervitab`,
  contact: `kontakt-${tag}@kodune.test`,
  reason: `Helistasin, ${tag} kinnitas`,
  inError: `lekkeviga-${tag}`,
} as const;
const strings = Object.values(planted);

let habeas: Installation;
let request: string;
let places: readonly Place[];
let zip: PackageFile;

beforeAll(async () => {
  habeas = await freshInstallation('leaks', { attempts: 2 });
  await plant(habeas);
  await habeas.startWorker({ logLevel: 'trace' });
  const letter = join(habeas.folder, 'kiri.txt');
  writeFileSync(letter, planted.attachment);
  // The first answer of the account database is an error that quotes what was looked for, as real ones do.
  await habeas.accountsProxy.say(postgresError(`duplicate key: (email)=(${planted.email}) ${planted.inError}`));
  request = await habeas.open(
    ...['--email', planted.email, '--user-id', planted.userId, '--name', planted.name, '--company', planted.company],
    ...['--postal-address', planted.street, '--attach', letter, '--channel', 'email'],
  );
  await habeas.waitForState(request, 'identity');
  await habeas.must(
    ['requests', 'identity', request, 'verified', '--method', 'email-loop', '--contact', planted.contact],
    'agent',
  );
  await habeas.waitFor(request, ({ lanes }) => lanes['account-db']?.state === 'parked');
  await habeas.cli(['requests', 'show', request]);
  await habeas.accountsProxy.up();
  await habeas.must(['requests', 'retry', request, 'account-db'], 'officer');
  const asked = await habeas.waitFor(request, ({ tasks }) => tasks.some(({ kind }) => kind === 'candidate'));
  for (const { id, kind } of asked.tasks)
    if (kind === 'candidate')
      await habeas.must(['tasks', 'answer', id, '--answer', 'accept', '--reason', planted.reason], 'officer');
  await habeas.waitForState(request, 'completed');
  zip = await habeas.mailedPackage(planted.contact);
  await commandsAndMistakes();
  places = await placesOf(habeas, [request]);
});
afterAll(() => habeas?.close());

/** A person with the planted values, and a second account in another case, so that somebody must decide. */
async function plant({ accounts }: Installation): Promise<void> {
  const user = `INSERT INTO users (id, public_id, email, full_name, phone, auth_subject, created_at)
    VALUES ($1, gen_random_uuid(), $2, $3, $4, gen_random_uuid(), '2026-02-01Z')`;
  await accounts.query(user, [planted.userId, planted.email, planted.name, planted.phone]);
  await accounts.query(user, ['9001', planted.otherCase, planted.name, null]);
  await accounts.query(
    `INSERT INTO sessions VALUES (gen_random_uuid(), $1, $2, $3, '2026-03-01Z', '2026-03-01T01:00Z')`,
    [planted.userId, planted.ip, planted.userAgent],
  );
  await accounts.query(
    `INSERT INTO support_notes (about_user_id, channel, written_by, body, written_at)
     VALUES ($1, 'phone', 'kati', $2, '2026-03-02Z')`,
    [planted.userId, planted.note],
  );
  await accounts.query(`INSERT INTO personal_settings VALUES ($1, $2, $3, '{}', '2026-03-03Z')`, [
    planted.userId,
    JSON.stringify({ key: planted.setting }),
    planted.setting,
  ]);
}

/** What an operator may type and see: lists, shows, and commands that fail with the person's data on their line. */
async function commandsAndMistakes(): Promise<void> {
  for (const args of [
    ['requests', 'show', request],
    ['requests', 'show', request, '--json'],
    ['requests', 'list'],
    ['requests', 'list', '--json'],
    ['tasks', 'list'],
    ['systems', 'list'],
    ['audit', 'verify'],
    ['requests', 'show', planted.email],
    ['requests', 'new', '--rights', planted.name, '--email', planted.email],
    ['requests', 'new', '--rights', 'access', '--email', `${planted.email} ${planted.email}`],
    ['requests', 'new', '--rights', 'access', '--email', planted.email, '--recieved', planted.note],
    ['requests', 'new', '--rights', 'access', '--email', planted.email, '--received', planted.note],
    ['requests', 'new', '--rights', 'access', '--email', planted.email, '--attach', planted.attachmentName],
    ['tasks', 'show', planted.note],
    [planted.note],
  ])
    await habeas.cli([...args], args[0] === 'requests' && args[1] === 'new' ? 'agent' : undefined);
}

/** PostgreSQL's own way of failing: an ErrorResponse, then the connection is closed. */
function postgresError(message: string): Buffer {
  const fields = { S: 'FATAL', V: 'FATAL', C: 'XX000', M: message, D: message, W: message, t: 'users' };
  const body = Buffer.from(
    `${Object.entries(fields)
      .map(([type, text]) => `${type}${text}\0`)
      .join('')}\0`,
  );
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

describe('strings planted as a person’s data', () => {
  it('went all the way: they are in the package, or the search would say nothing', () => {
    const { email, name, phone, userId, ip, userAgent, note, setting, otherCase } = planted;
    for (const text of [email, name, phone, userId, ip, userAgent, note, setting, otherCase])
      expect([text, zip.whereIs(text).length > 0]).toEqual([text, true]);
  });

  it('can be found where they are: the search finds what is certainly there', async () => {
    const where = new Set(places.filter(({ content }) => content.includes(request)).map((place) => place.where));
    for (const place of [
      'history',
      'output of worker 1',
      'ledger table public.requests',
      'the database file of Temporal',
    ])
      expect(where).toContain(place);
    const proof = [{ where: 'here', content: Buffer.from(JSON.stringify({ a: planted.note })) }];
    expect(leaks(proof, [planted.note])).toEqual(['string 0: here']);
    expect(leaks([{ where: 'here', content: Buffer.from(`x${planted.email}y`) }], strings)).not.toEqual([]);
    expect(
      leaks([{ where: 'here', content: Buffer.from(Buffer.from(`xy${planted.email}`).toString('base64')) }], strings),
    ).not.toEqual([]);
  });

  it('are nowhere else: not in histories, logs, ledger, object names, staged bytes, file names or output', () => {
    expect(leaks(places, strings)).toEqual([]);
  });

  it('are in no part either: not even the tag that they share', () => {
    expect(leaks(places, [tag])).toEqual([]);
  });
});

describe('the history of that run', () => {
  it('can be replayed', async () => {
    installRuntime(createLogger({ level: 'silent' }));
    const slugs = ['account-db', 'forum', 'email', 'user_id', `${habeas.prefix}-`];
    await expect(
      Worker.runReplayHistory(
        { workflowBundle: await workflowBundle(), dataConverter: dataConverter(new Set(slugs)) },
        await historyOf(habeas.temporal, request),
        request,
      ),
    ).resolves.toBeUndefined();
  });
});
