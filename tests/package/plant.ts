/**
 * A request whose systems have answered, planted straight into a real ledger and a real bucket: sealed chunks as the sink
 * writes them, without connector or workflow. For tests of packaging, delivery and expiry.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import type { CollectionDescription, StreamDescription, System } from '../../connectors/contract.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import type { Deps } from '../../src/deps.ts';
import { newId, type RequestId, randomName, type SystemId } from '../../src/ids.ts';
import { appendAudit } from '../../src/ledger/audit.ts';
import { migrateLedger } from '../../src/ledger/migrate.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { putSealed } from '../../src/ledger/vault.ts';
import { decideAccess } from '../../src/policy/access.ts';
import { openFileKeyStore } from '../../src/security/keys.ts';
import { seal } from '../../src/security/seal.ts';
import { openStorage } from '../../src/storage/objects.ts';
import { freshBucket, freshDatabase, runFolder, testServers } from '../support/servers.ts';

export interface Bench {
  readonly deps: Deps;
  /** Moves the injected clock. */
  setNow(at: Date): void;
  close(): Promise<void>;
}

export interface PlantedSystem {
  readonly id: string;
  readonly name: string;
  readonly collections: readonly CollectionDescription[];
}

/** Edge of the tests: slugs become system ids. */
export const systemId = (id: string): SystemId => id as SystemId;

export function collection(name: string, more: Partial<CollectionDescription> = {}): CollectionDescription {
  return {
    collection: name,
    owner: 'person',
    role: 'controller',
    recordClass: 'account',
    category: 'Account data',
    purpose: 'To provide the service',
    legalBasis: 'contract',
    provenance: 'Given by the person',
    recipients: ['Näidismajutus OÜ (hosting)'],
    fields: ['id', 'name'],
    ...more,
  };
}

export async function openBench(systems: readonly PlantedSystem[]): Promise<Bench> {
  const [{ url }, staging, packages, { smtp }, folder] = await Promise.all([
    freshDatabase('package'),
    freshBucket('pkg-staging'),
    freshBucket('pkg-packages', { versioning: true }),
    testServers(),
    mkdtemp(join(runFolder(), 'package-')),
  ]);
  await migrateLedger(url);
  const ledger = openLedger(url);
  const master = randomBytes(32);
  const storage = openStorage({ ...staging, forcePathStyle: true });
  const config: LoadedConfig = {
    file: 'habeas.yaml',
    sha256: '0'.repeat(64),
    controller: {
      name: 'Taustamuusika <OÜ> & Ko',
      country: 'EE',
      timeZone: 'Europe/Tallinn',
      authority: { name: 'Andmekaitse Inspektsioon', url: 'https://www.aki.ee' },
      contact: 'andmekaitse@taustamuusika.example',
      financialYears: [],
    },
    ledger: { url },
    keys: { store: { kind: 'files', path: folder }, master, workingKeyDays: 30, caseFileMonths: 36 },
    temporal: { address: 'localhost:7233', namespace: 'default', tls: false, apiKey: undefined, queuePrefix: '' },
    mail: { url: smtp.url, from: 'Taustamuusika <andmed@taustamuusika.example>', replyTo: undefined },
    people: [],
    s3: {
      endpoint: staging.endpoint,
      region: staging.region,
      forcePathStyle: true,
      accessKeyId: staging.accessKeyId,
      secretAccessKey: staging.secretAccessKey,
      stagingBucket: staging.bucket,
      packageBucket: packages.bucket,
      anchorBucket: packages.bucket,
      anchorRetentionDays: undefined,
      serverSideEncryption: undefined,
    },
    worker: {
      retry: { initialMs: 10, maxMs: 100, attempts: 3 },
      activeRequests: 20,
      breaker: { requests: 3 },
      anchorSeconds: 60,
    },
    policy: {
      profile: 'eu',
      internalTargetDays: 28,
      countPauses: [],
      packageDays: 14,
      linkHours: 72,
      retention: { taxRegistrations: [], switchOn: [], periods: [] },
      chargebackDays: {},
      coolingOffHours: 24,
      downloadDays: undefined,
      blastRadius: undefined,
      approvals: { candidate: 1, 'blast-radius': 1, identity: 1, approval: 1 },
    },
    backups: [],
    systems: systems.map(({ id, name }) => ({
      id: systemId(id),
      name,
      connector: 'postgres',
      settings: {},
      dataMap: {},
      rate: {},
      concurrency: undefined,
    })),
  };
  let now = new Date('2026-11-23T10:00:00Z');
  const deps: Deps = {
    ledger,
    keys: openFileKeyStore({ path: join(folder, 'keys'), master }),
    storage,
    config,
    systems: new Map(systems.map(({ id, collections }) => [systemId(id), describedOnly(collections)])),
    now: () => now,
    log: pino({ level: 'silent' }),
  };
  return {
    deps,
    setNow: (at) => {
      now = at;
    },
    close: async () => {
      storage.close();
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A system that may be described but never called: packaging must not read a system. */
function describedOnly(collections: readonly CollectionDescription[]): System {
  const never = async (): Promise<never> => {
    throw new Error('packaging called a system');
  };
  return {
    manifest: {
      kind: 'postgres',
      stages: ['check', 'locate', 'read'],
      rights: ['access'],
      needs: [],
      gives: [],
      locateCost: 'lookup',
      concurrency: 1,
      verifiedAgainst: [],
      verification: 'stand-in',
      canRefuse: [],
      weaknesses: [],
    },
    collections,
    check: never,
    locate: never,
    read: never,
    close: async () => undefined,
  };
}

export interface PlantedRequest {
  readonly language?: 'et' | 'en';
  readonly identity?: 'verified' | 'unverified';
  readonly contact?: { readonly kind: 'email' | 'post'; readonly value: string };
  /** Systems that were asked; all configured unless given. */
  readonly lanes?: readonly string[];
  /** Systems that have not answered. */
  readonly parked?: readonly string[];
}

export async function plantRequest(bench: Bench, planted: PlantedRequest = {}): Promise<RequestId> {
  const { deps } = bench;
  const requestId = newId('request');
  const [workingKey, caseKey] = await Promise.all([deps.keys.create('working'), deps.keys.create('case-file')]);
  const identity = planted.identity ?? 'verified';
  const contact = planted.contact ?? { kind: 'email', value: 'mari@kohvik.example' };
  await deps.ledger.db.transaction().execute(async (trx) => {
    const put = (value: unknown) => putSealed(trx, deps.keys, { requestId, keyId: workingKey, value });
    const verified = identity === 'verified';
    await trx
      .insertInto('requests')
      .values({
        id: requestId,
        state: 'packaging',
        workflow_seq: 1,
        channel: 'email',
        language: planted.language ?? 'en',
        received_on: '2026-11-02',
        created_at: deps.now(),
        created_by: null,
        country: 'EE',
        seq: 1,
        woken_seq: 1,
        config_sha256: deps.config.sha256,
        working_key_id: workingKey,
        case_key_id: caseKey,
        identity,
        identity_method: verified ? 'id-document' : null,
        identity_by: null,
        identity_at: verified ? deps.now() : null,
        contact_kind: verified ? contact.kind : null,
        contact_sealed: verified ? await put(contact) : null,
        identifiers_sealed: await put([]),
        intake_sealed: await put({}),
        due_on: '2026-12-02',
        internal_target_on: '2026-11-30',
        extended_due_on: null,
        work_to_on: '2026-11-30',
        unpaused_due_on: '2026-12-02',
        clock_rule: 'eu',
        clock_calendar: 'EE',
        extension_ground: null,
        extended_at: null,
        completed_at: null,
        working_key_ends_on: null,
        working_key_destroyed_at: null,
      })
      .execute();
    await trx
      .insertInto('request_rights')
      .values({ request_id: requestId, right: 'access', answered_at: null, outcome: null })
      .execute();
    const parked = new Set(planted.parked ?? []);
    for (const id of planted.lanes ?? deps.config.systems.map((system) => system.id)) {
      const lane = { request_id: requestId, system_id: systemId(id) };
      const done = !parked.has(id);
      await trx
        .insertInto('lanes')
        .values({
          ...lane,
          state: done ? 'done' : 'parked',
          stage: 'read',
          code: done ? null : 'system-unreachable',
          code_where: null,
          attempts: 1,
          workflow_seq: 1,
          updated_at: deps.now(),
          located_sealed: null,
        })
        .execute();
      if (done)
        await trx
          .insertInto('rounds')
          .values({ ...lane, round: 1, started_at: deps.now(), finished_at: deps.now(), superseded: false })
          .execute();
    }
    await appendAudit(trx, { requestId, kind: 'request-received', body: { channel: 'email' }, at: deps.now() });
  });
  return requestId;
}

/** A system answers (anew): what it was read with before counts no more. */
export async function plantAnswer(bench: Bench, requestId: RequestId, id: string, round: number): Promise<void> {
  const { db } = bench.deps.ledger;
  const lane = { request_id: requestId, system_id: systemId(id) };
  await db
    .updateTable('rounds')
    .set({ superseded: true })
    .where('request_id', '=', requestId)
    .where('system_id', '=', lane.system_id)
    .execute();
  await db
    .insertInto('rounds')
    .values({ ...lane, round, started_at: bench.deps.now(), finished_at: bench.deps.now(), superseded: false })
    .execute();
  await setLane(bench, requestId, id, 'done');
}

/** Moves a lane as the workflow would. */
export async function setLane(
  bench: Bench,
  requestId: RequestId,
  id: string,
  state: 'waiting' | 'parked' | 'done',
): Promise<void> {
  await bench.deps.ledger.db
    .updateTable('lanes')
    .set({ state, code: state === 'parked' ? 'system-unreachable' : null })
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId(id))
    .execute();
}

/** A stream with its chunks; each chunk is a list of records (any JSON text, or a value). */
export async function plantStream(
  bench: Bench,
  requestId: RequestId,
  id: string,
  stream: Partial<StreamDescription> & Pick<StreamDescription, 'no' | 'collection' | 'fields'>,
  chunks: readonly (readonly unknown[])[],
  round = 1,
): Promise<void> {
  const { deps } = bench;
  const description: StreamDescription = {
    provedIn: 'users',
    recordClass: 'account',
    owner: 'person',
    role: 'controller',
    ownFields: [],
    ...stream,
  };
  const { grant, disposition, reason } = decideAccess(description);
  const request = await deps.ledger.db
    .selectFrom('requests')
    .select('working_key_id')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const workingKey = await deps.keys.use(request.working_key_id);
  const asOf = new Date('2026-11-20T08:30:00Z');
  const place = { request_id: requestId, system_id: systemId(id), round, stream_no: stream.no };
  await deps.ledger.db
    .insertInto('streams')
    .values({
      ...place,
      collection: stream.collection,
      record_class: description.recordClass,
      owner_kind: description.owner,
      role: description.role,
      right: 'access',
      disposition,
      reason,
      fields: JSON.stringify(grant.fields),
      found: chunks.reduce((sum, records) => sum + records.length, 0),
      as_of: asOf,
    })
    .execute();
  const header = { v: 1, requestId, systemId: id, round, stream: description, grant, asOf: asOf.toISOString() };
  for (const [chunkNo, records] of chunks.entries()) {
    const lines = records.map((record, no) => {
      const content = typeof record === 'string' ? record : JSON.stringify(record);
      const kind = grant.want === 'content' ? 'record' : 'facts';
      return `{"key":[["id","${chunkNo}-${no} \\"],\\"record\\":{\\"trap\\":"]],"${kind}":${content}}`;
    });
    const plain = Buffer.from(`${[JSON.stringify(header), ...lines].join('\n')}\n`);
    const name = `staging/${requestId}/${id}/read/${round}/${stream.no}/${chunkNo}-${randomName()}`;
    const sealed = await seal(workingKey, name, plain);
    await deps.storage.put(deps.config.s3.stagingBucket, name, sealed.bytes);
    await deps.ledger.db
      .insertInto('chunks')
      .values({
        ...place,
        stage: 'read',
        chunk_no: chunkNo,
        object_name: name,
        count: records.length,
        plain_bytes: plain.length,
        bytes: sealed.bytes.length,
        tag: sealed.tag,
        as_of: asOf,
        cursor_sealed: null,
      })
      .execute();
    if (disposition !== 'exported')
      await deps.ledger.db
        .insertInto('dispositions')
        .values({
          ...place,
          chunk_no: chunkNo,
          right: 'access',
          disposition,
          reason,
          evidence: 'none',
          count: records.length,
        })
        .execute();
  }
}
