/**
 * The orchestrator is not the leak, of an erasure either. Strings that can be recognised anywhere are planted as a person's
 * data and go through a full run: plan, hold, approval, a system that fails while it erases and quotes them in its error,
 * effects, register. Afterwards everything that Habeas wrote outside sealed objects is searched for them.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stillNaming } from '../support/before-after.ts';
import { approve, countsOf, erased, plannedFor, reviewDay } from '../support/erasing.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { leaks, objectNames, type Place, placesOf } from '../support/leaks.ts';
import { heldAt } from '../support/ledger-gate.ts';

/** Different in every run, so that what an earlier run left cannot be taken for a leak, nor hide one. */
const tag = randomBytes(6).toString('hex');
const number = String(7_000_000_000_000_000n + BigInt(`0x${tag}`));
const planted = {
  email: `kustutus-${tag}@märgis.example`,
  name: `Õnne "Kustu" ${tag}`,
  phone: `+372 0${number.slice(-9)}`,
  userId: number,
  ip: `2001:db8:a${tag.slice(0, 3)}:b${tag.slice(3, 6)}::c${tag.slice(6, 9)}`,
  userAgent: `Kustubrauser/${tag} (X11; "tsitaat")`,
  note: `Esimene rida ${tag}\nteine, "jutumärkidega"; ja \\ kaldkriips ${tag}`,
  setting: `seade '${tag}' --`,
  session: `${tag.slice(0, 8)}-${tag.slice(8)}-4000-8000-00000000${tag.slice(0, 4)}`,
  invoice: `99${number.slice(-10)}`,
  workspace: `Kustu ja Pojad ${tag} OÜ`,
  reason: `Helistasin, ${tag} kinnitas`,
  ground: `Kaebus ${tag} inspektsioonile`,
  inError: `kustutusviga-${tag}`,
} as const;
const strings = Object.values(planted);

let habeas: Installation;
let request: string;
let shown: unknown;
let places: readonly Place[];

beforeAll(async () => {
  habeas = await freshInstallation('erasure-leaks', { erasure: true, attempts: 1 });
  await plant(habeas);
  await habeas.startWorker({ logLevel: 'trace' });
  request = await habeas.openErasure(planted.email, '--user-id', planted.userId, '--name', planted.name);
  const { sha256 } = await plannedFor(habeas, request);
  await habeas.must(['requests', 'plan', request]);
  await habeas.must(['requests', 'plan', request, '--json']);
  await habeas.must(['requests', 'reject', request, '--reason', planted.reason], 'officer');
  await habeas.waitFor(request, ({ tasks }) => tasks.some(({ code }) => code === 'plan-rejected'));
  await habeas.must(['requests', 'retry', request, '--reason', planted.reason], 'officer');
  await plannedFor(habeas, request, sha256);
  await keepInvoice();
  await heldAt(habeas, 'no-return', {
    requestId: request,
    leadsThere: () => approve(habeas, request),
    // What erases is answered by an error that quotes what it was told, as real ones do.
    meanwhile: () => habeas.accountsProxy.say(postgresError(`key (email)=(${planted.email}) ${planted.inError}`)),
  });
  await habeas.waitFor(request, ({ lanes }) => lanes['account-db']?.state === 'parked', 45_000);
  await habeas.cli(['requests', 'show', request]);
  await habeas.accountsProxy.up();
  await habeas.must(['requests', 'retry', request, 'account-db'], 'officer');
  shown = await erased(habeas, request, 'completed');
  await commandsAndMistakes();
  places = await placesOf(habeas, [request]);
});
afterAll(() => habeas?.close());

/** A hold that names a record of the person by its key; released again at once. */
async function keepInvoice(): Promise<void> {
  const { json } = await habeas.must(
    [
      ...['holds', 'place', '--system', 'account-db', '--record', `invoices:id=${planted.invoice}`, '--kind', 'court'],
      ...['--ground', planted.ground, '--owner', 'officer', '--review', reviewDay(), '--json'],
    ],
    'officer',
  );
  await habeas.must(['holds', 'release', String(pick(json, 'holdId')), '--reason', planted.ground], 'officer');
}

/** The owner of no workspace, contact of a company's invoice, with the planted values. */
async function plant({ accounts }: Installation): Promise<void> {
  const { email, name, phone, userId, ip, userAgent, note, setting, session, invoice, workspace } = planted;
  await accounts.query(
    `INSERT INTO users (id, public_id, email, full_name, phone, auth_subject, created_at)
     VALUES ($1, gen_random_uuid(), $2, $3, $4, gen_random_uuid(), '2026-02-01Z')`,
    [userId, email, name, phone],
  );
  await accounts.query(`INSERT INTO sessions VALUES ($1, $2, $3, $4, '2026-03-01Z', '2026-03-01T01:00Z')`, [
    session,
    userId,
    ip,
    userAgent,
  ]);
  await accounts.query(
    `INSERT INTO support_notes (about_user_id, channel, written_by, body, written_at)
     VALUES ($1, 'phone', 'kati', $2, '2026-03-02Z')`,
    [userId, note],
  );
  await accounts.query(`INSERT INTO personal_settings VALUES ($1, $2, $3, '{}', '2026-03-03Z')`, [
    userId,
    JSON.stringify({ key: setting }),
    setting,
  ]);
  await accounts.query(
    `INSERT INTO invoices SELECT $1, workspace_id, $2, $3, $4, $5, $6, bill_to_address, customer_vat_number, supply_scheme,
       issued_on, recorded_on, due_on, NULL, currency, net, vat, total FROM invoices WHERE workspace_id = 501 LIMIT 1`,
    [invoice, `NR-${tag}`, userId, name, email, workspace],
  );
}

/** What an operator may type and see: lists, shows, and commands that fail with the person's data on their line. */
async function commandsAndMistakes(): Promise<void> {
  const officer = new Set(['approve', 'reject', 'successor', 'place', 'release']);
  for (const args of [
    ['requests', 'show', request],
    ['requests', 'plan', request],
    ['tasks', 'list'],
    ['retention', 'list'],
    ['retention', 'list', '--json'],
    ['holds', 'list', '--all'],
    ['audit', 'verify'],
    ['requests', 'plan', planted.email],
    ['requests', 'approve', request, '--plan', planted.name],
    ['requests', 'reject', request, '--reason', planted.reason],
    ['requests', 'successor', request, '--workspace', planted.workspace, '--user-id', number, '--reason', planted.note],
    ['requests', 'new', '--rights', 'erasure', '--email', planted.email, '--close-workspace', `${planted.name}\u0000`],
    [
      'holds',
      'place',
      '--system',
      'account-db',
      '--record',
      planted.note,
      '--kind',
      'court',
      '--ground',
      planted.ground,
    ].concat(['--owner', planted.name, '--review', planted.note]),
    ['holds', 'release', planted.note, '--reason', planted.note],
    ['retention', 'show', planted.email],
  ])
    await habeas.cli([...args], officer.has(args[1] ?? '') ? 'officer' : args[1] === 'new' ? 'agent' : undefined);
}

/** PostgreSQL's own way of failing: an ErrorResponse, then the connection is closed. */
function postgresError(message: string): Buffer {
  const fields = { S: 'FATAL', V: 'FATAL', C: 'XX000', M: message, D: message, W: message, t: 'users' };
  const text = Object.entries(fields).map(([type, value]) => `${type}${value}\0`);
  const body = Buffer.from(`${text.join('')}\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

describe('strings planted as the data of a person who is erased', () => {
  it('went all the way: rows are gone, an invoice is in the register, or the search would say nothing', async () => {
    expect(await stillNaming(habeas.accounts, planted.userId)).toEqual({});
    expect(countsOf(shown, 'account-db')).toMatchObject({ found: 5, erased: 4, retained: 1 });
    const { json } = await habeas.must(['retention', 'list', '--json']);
    expect(json).toMatchObject({ entries: [{ collection: 'invoices', count: 1 }] });
    const id = String(pick(json, 'entries', 0, 'id'));
    const { stdout } = await habeas.must(['retention', 'show', id, '--open'], 'officer');
    expect(stdout).toContain(planted.invoice);
  });

  it('can be found where they are: the search finds what is certainly there', () => {
    const where = new Set(places.filter(({ content }) => content.includes(request)).map((place) => place.where));
    for (const place of ['history', 'output of worker 1', 'ledger table public.plans', 'object names'])
      expect(where).toContain(place);
    expect(places.some((place) => place.where === 'staged bytes')).toBe(true);
  });

  it('are nowhere: not in histories, logs, ledger, object names, the register’s bytes, file names or output', () => {
    expect(leaks(places, strings)).toEqual([]);
  });

  it('are in no part either: not even the tag that they share', () => {
    expect(leaks(places, [tag])).toEqual([]);
  });

  it('are in no object’s name, in any bucket and version', async () => {
    const names = await objectNames(habeas);
    expect(names.filter((name) => name.startsWith('register/')).length).toBeGreaterThan(0);
    expect(leaks([{ where: 'names', content: Buffer.from(names.join('\n')) }], [...strings, tag])).toEqual([]);
  });
});
