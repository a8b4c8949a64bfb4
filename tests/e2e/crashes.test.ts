/**
 * Workers that are killed with SIGKILL where it hurts most, by failpoints inside the process: after an object was stored
 * and before its row, after the row, in the middle of an upload, between the intent to send and the mail. A new worker
 * goes on, and the end is the same as without a crash: every record once, one package, one link that works, no leftovers.
 * Temporal finds out about a dead worker after half a minute, so the crashes happen side by side, each in its own house.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { expectedOf, keysOf } from '../support/expected.ts';
import { freshInstallation, type Installation } from '../support/installation.ts';
import { eventually } from '../support/servers.ts';

interface Crash {
  readonly failpoint: string;
  /** Of whom there is much: a crash in the middle needs a middle. */
  readonly member: { readonly email: string; readonly userId: string };
}

const crashes = {
  'read-after-put': { failpoint: 'read-after-put:3', member: cast.sampleSubject },
  'read-after-row': { failpoint: 'read-after-row:4', member: cast.soleTrader },
  'package-mid-upload': { failpoint: 'package-mid-upload', member: cast.twoWorkspaces },
  'deliver-after-intent': { failpoint: 'deliver-after-intent', member: cast.estonian },
} as const satisfies Readonly<Record<string, Crash>>;
type CrashName = keyof typeof crashes;

interface Aftermath {
  readonly habeas: Installation;
  readonly requestId: string;
  readonly died: unknown;
  readonly stateAtDeath: string;
  /** Names in the staging bucket and in the ledger when the worker was dead. */
  readonly staged: readonly string[];
  readonly rows: readonly string[];
}

const houses: Installation[] = [];
const aftermaths = new Map<CrashName, Aftermath>();

async function crash(name: CrashName): Promise<void> {
  const { failpoint, member } = crashes[name];
  const habeas = await freshInstallation(`crash-${name.split('-').pop()}`, { attempts: 20 });
  houses.push(habeas);
  const doomed = await habeas.startWorker({ failpoint });
  const requestId = await habeas.openVerified(member.email);
  const died = await doomed.ended;
  const { state } = await habeas.view(requestId);
  const staged = await habeas.objects('staging');
  const rows = await chunkNames(habeas, requestId);
  await habeas.startWorker();
  await habeas.waitFor(requestId, (view) => view.state === 'completed', 100_000);
  await eventually(async () => (await habeas.objects('staging')).length === 0);
  aftermaths.set(name, { habeas, requestId, died, stateAtDeath: state, staged, rows });
}

async function chunkNames(habeas: Installation, requestId: string): Promise<readonly string[]> {
  const { rows } = await habeas.ledger.query('SELECT object_name FROM chunks WHERE request_id = $1', [requestId]);
  return rows.map((row) => row.object_name);
}

function aftermathOf(name: CrashName): Aftermath {
  const found = aftermaths.get(name);
  if (found === undefined) throw new Error(`nothing is known of the crash at ${name}`);
  return found;
}

beforeAll(async () => {
  const names = Object.keys(crashes).filter((name): name is CrashName => Object.hasOwn(crashes, name));
  await Promise.all(names.map(crash));
});
afterAll(() => Promise.all(houses.map((habeas) => habeas.close())));

describe.each([
  ['after storing a chunk and before its row', 'read-after-put', 'reading'],
  ['after a chunk has its row', 'read-after-row', 'reading'],
  ['in the middle of the upload of a package', 'package-mid-upload', 'packaging'],
  ['after noting the intent to send', 'deliver-after-intent', 'delivering'],
] as const)('a worker killed %s', (_, name, state) => {
  it('died by the failpoint, with the work unfinished', () => {
    expect(aftermathOf(name)).toMatchObject({ died: { code: null, signal: 'SIGKILL' }, stateAtDeath: state });
  });

  it('leaves a package with every record once', async () => {
    const { habeas } = aftermathOf(name);
    const { email, userId } = crashes[name].member;
    const zip = await habeas.packageOf(habeas.mail.to(email).at(-1));
    const expected = await expectedOf(habeas.accounts, userId);
    for (const [collection, { exported }] of Object.entries(expected))
      expect([collection, keysOf(collection, zip.records('account-db', collection))]).toEqual([collection, exported]);
    expect(zip.wrongInManifest()).toEqual([]);
  });

  it('leaves one package and nothing half done', async () => {
    const { habeas, requestId } = aftermathOf(name);
    const { rows } = await habeas.ledger.query('SELECT object_name FROM packages WHERE request_id = $1', [requestId]);
    expect(rows).toHaveLength(1);
    expect(await habeas.objects('packages')).toEqual(rows.map((row) => row.object_name));
    expect(await habeas.unfinishedUploads('packages')).toBe(0);
    expect(await habeas.objects('staging')).toEqual([]);
  });

  it('leaves an audit chain that verifies', async () => {
    const { json } = await aftermathOf(name).habeas.must(['audit', 'verify', '--json']);
    expect(json).toMatchObject({ ok: true });
  });
});

describe('after a crash', () => {
  it('an object without a row is not kept', async () => {
    const { staged, rows, habeas, requestId } = aftermathOf('read-after-put');
    const stray = staged.filter((name) => !rows.includes(name));
    // What made this a crash between the two.
    expect(stray).not.toEqual([]);
    const later = await chunkNames(habeas, requestId);
    for (const name of stray) expect(later).not.toContain(name);
  });

  it('chunks that have their row are not read again', async () => {
    const { rows, habeas, requestId } = aftermathOf('read-after-row');
    expect(rows.length).toBeGreaterThanOrEqual(4);
    expect(await chunkNames(habeas, requestId)).toEqual(expect.arrayContaining([...rows]));
  });

  it('the mail is sent at least once, and every one opens the package', async () => {
    const { habeas } = aftermathOf('deliver-after-intent');
    const mails = habeas.mail.to(crashes['deliver-after-intent'].member.email);
    expect([1, 2]).toContain(mails.length);
    const hashes = new Set(
      (await Promise.all(mails.map((mail) => habeas.packageOf(mail)))).map(({ sha256 }) => sha256),
    );
    expect(hashes.size).toBe(1);
  });

  it('a worker that is asked to stop ends by itself with 0', async () => {
    const worker = aftermathOf('deliver-after-intent').habeas.workers.at(-1);
    expect(await worker?.stop()).toEqual({ code: 0, signal: null });
  });
});
