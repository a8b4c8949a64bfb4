/**
 * A ledger of a test file's own with what use-cases need around it: a key store in a temporary folder, people with real
 * keys, two systems that only have manifests, and a clock that stands where the test puts it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Manifest, System } from '../../connectors/contract.ts';
import type { ConfiguredSystem, LoadedConfig, Person } from '../../src/config/load.ts';
import { HabeasError } from '../../src/errors.ts';
import type { SystemId } from '../../src/ids.ts';
import { migrateLedger } from '../../src/ledger/migrate.ts';
import { type Ledger, openLedger } from '../../src/ledger/open.ts';
import type { PersonRole } from '../../src/ledger/states.ts';
import { createLogger } from '../../src/log.ts';
import type { SignedBy } from '../../src/requests/index.ts';
import { type KeyStore, openFileKeyStore } from '../../src/security/keys.ts';
import { newPersonKey } from '../../src/security/signing.ts';
import { openStorage, type Storage } from '../../src/storage/objects.ts';
import { freshDatabase } from '../support/servers.ts';

/** The edge where test slugs become ids. */
const branded = <T extends string>(text: string): T => text as T;

export interface World {
  readonly deps: {
    readonly ledger: Ledger;
    readonly keys: KeyStore;
    readonly config: LoadedConfig;
    readonly systems: ReadonlyMap<SystemId, System>;
    /** Nobody answers there: what is stored needs a bucket of its own. */
    readonly storage: Storage;
    readonly now: () => Date;
    readonly log: Logger;
  };
  /** By id of the person. */
  readonly people: Readonly<Record<'agent' | 'officer' | 'second' | 'engineer' | 'stranger', SignedBy>>;
  readonly systemIds: { readonly accountDb: SystemId; readonly billing: SystemId };
  readonly url: string;
  readonly keyFolder: string;
  /** Moves the clock. */
  setNow(at: string): void;
  /** Runs statements as the owner of the database, who may drop any guard. */
  asOwner(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly needs?: readonly string[];
  readonly stages?: Manifest['stages'];
  readonly approvals?: Partial<LoadedConfig['policy']['approvals']>;
  readonly countPauses?: LoadedConfig['policy']['countPauses'];
  /** Systems that can erase, and a company that has answered what every plan needs. */
  readonly erases?: boolean;
}

const erasingStages: Manifest['stages'] = ['check', 'locate', 'read', 'prepare', 'erase', 'verify'];

export async function newWorld(label: string, options: WorldOptions = {}): Promise<World> {
  const { url } = await freshDatabase(label);
  await migrateLedger(url);
  const ledger = openLedger(url, { max: 4 });
  const owner = new pg.Pool({ connectionString: url, max: 2 });
  const keyFolder = await mkdtemp(join(tmpdir(), 'habeas-keys-'));
  const keys = openFileKeyStore({ path: keyFolder, master: Buffer.alloc(32, 7) });
  const staff = [
    person('agent', ['agent']),
    person('officer', ['officer']),
    person('second', ['officer', 'agent']),
    person('engineer', ['engineer']),
  ] as const;
  const [agent, officer, second, engineer] = staff;
  const storage = openStorage({ endpoint: 'http://127.0.0.1:1', region: 'eu-north-1', forcePathStyle: true });
  const accountDb = branded<SystemId>('account-db');
  const billing = branded<SystemId>('billing');
  let now = new Date('2026-11-23T09:00:00.000Z');
  return {
    deps: {
      ledger,
      keys,
      config: config(
        url,
        keyFolder,
        staff.map((one) => one.person),
        [accountDb, billing],
        options,
      ),
      systems: new Map([accountDb, billing].map((id) => [id, manifestOnly(options)])),
      storage,
      now: () => now,
      log: createLogger({ level: 'silent' }),
    },
    people: {
      agent: agent.signedBy,
      officer: officer.signedBy,
      second: second.signedBy,
      engineer: engineer.signedBy,
      stranger: { personId: 'stranger', privateKeyPem: newPersonKey().privateKeyPem },
    },
    systemIds: { accountDb, billing },
    url,
    keyFolder,
    setNow: (at) => {
      now = new Date(at);
    },
    asOwner: (sql, values) => owner.query(sql, [...(values ?? [])]),
    close: async () => {
      storage.close();
      await Promise.all([ledger.close(), owner.end()]);
      await rm(keyFolder, { recursive: true, force: true });
    },
  };
}

function person(id: string, roles: readonly PersonRole[]): { person: Person; signedBy: SignedBy } {
  const key = newPersonKey();
  return {
    person: { id: branded<Person['id']>(id), name: `Name of ${id}`, roles, publicKey: key.publicKey },
    signedBy: { personId: id, privateKeyPem: key.privateKeyPem },
  };
}

function manifestOnly(options: WorldOptions): System {
  const never = () => Promise.reject(new HabeasError('internal', { where: 'a system without servers' }));
  const needs = options.needs ?? ['email', 'user_id'];
  return {
    manifest: {
      kind: 'paper',
      stages: options.stages ?? (options.erases === true ? erasingStages : ['check', 'locate', 'read']),
      rights: options.erases === true ? ['access', 'erasure'] : ['access'],
      needs: needs.map((kind) => ({ kind, unique: true, caseSensitive: false })),
      gives: [],
      locateCost: 'lookup',
      concurrency: 1,
      verifiedAgainst: [],
      verification: 'description',
      canRefuse: [],
      weaknesses: [],
    },
    collections: [],
    check: never,
    locate: never,
    read: never,
    close: () => Promise.resolve(),
  };
}

function config(
  url: string,
  keyFolder: string,
  people: readonly Person[],
  systems: readonly SystemId[],
  options: WorldOptions,
): LoadedConfig {
  return {
    file: '/nowhere/habeas.yaml',
    sha256: 'c'.repeat(64),
    controller: {
      name: 'Test controller',
      country: 'EE',
      timeZone: 'Europe/Tallinn',
      authority: { name: 'Authority', url: 'https://authority.invalid' },
      contact: undefined,
      financialYears: options.erases === true ? [{ from: '2026-01-01', to: '2026-12-31' }] : [],
    },
    ledger: { url },
    keys: {
      store: { kind: 'files', path: keyFolder },
      master: Buffer.alloc(32, 7),
      workingKeyDays: 30,
      caseFileMonths: 36,
    },
    temporal: { address: '127.0.0.1:1', namespace: 'default', tls: false, apiKey: undefined, queuePrefix: '' },
    mail: undefined,
    people,
    s3: {
      endpoint: undefined,
      region: 'eu-north-1',
      forcePathStyle: true,
      accessKeyId: undefined,
      secretAccessKey: undefined,
      stagingBucket: 'staging',
      packageBucket: 'packages',
      anchorBucket: 'anchors',
      anchorRetentionDays: undefined,
      serverSideEncryption: undefined,
    },
    worker: {
      retry: { initialMs: 100, maxMs: 1000, attempts: 3 },
      activeRequests: 20,
      breaker: { requests: 3 },
      anchorSeconds: 60,
    },
    policy: {
      profile: 'eu',
      internalTargetDays: 28,
      countPauses: options.countPauses ?? [],
      packageDays: 14,
      linkHours: 72,
      retention: { taxRegistrations: [], switchOn: [], periods: [] },
      chargebackDays: {},
      coolingOffHours: 24,
      downloadDays: options.erases === true ? 14 : undefined,
      blastRadius: options.erases === true ? { maxRecords: 1000, timesMedian: 10 } : undefined,
      approvals: { candidate: 1, 'blast-radius': 1, identity: 1, approval: 1, ...options.approvals },
    },
    backups: [],
    systems: systems.map(
      (id): ConfiguredSystem => ({
        id,
        name: `Name of ${id}`,
        connector: 'paper',
        settings: {},
        dataMap: undefined,
        rate: {},
        concurrency: undefined,
      }),
    ),
  };
}
