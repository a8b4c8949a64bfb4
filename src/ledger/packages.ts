/**
 * Packages in the ledger: what goes into one, that it was built (once per part, in one transaction with the counts of what
 * was exported), and the intent and outcome of its delivery and deletion. Holds no content and no names of people. A
 * delivery is written twice, before and after sending, so that a crash in between shows as "was being sent".
 */
import type { Selectable } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { KeyId, PackageId, RequestId, SystemId } from '../ids.ts';
import { appendAudit, genesis } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { ChunksTable, LanesTable, PackagesTable, RequestsTable, StreamsTable } from './schema.ts';
import { finalStates } from './states.ts';

export type PackageRow = Selectable<PackagesTable>;
export type StagedChunk = Pick<
  Selectable<ChunksTable>,
  'system_id' | 'round' | 'stream_no' | 'chunk_no' | 'object_name' | 'count' | 'plain_bytes' | 'tag'
>;

/** What the ledger knows of a request when its package is built. */
export interface PackageFacts {
  readonly request: Pick<
    Selectable<RequestsTable>,
    'id' | 'language' | 'received_on' | 'identity' | 'working_key_id' | 'due_on'
  > & { readonly working_key_id: KeyId };
  readonly lanes: readonly Pick<Selectable<LanesTable>, 'system_id' | 'state' | 'code'>[];
  /** Of rounds that count; in the order of system, round, stream. */
  readonly streams: readonly Selectable<StreamsTable>[];
  /** Chunks of streams that are exported; in the order of system, round, stream, chunk. */
  readonly chunks: readonly StagedChunk[];
  /** Systems that were read to the end in a round that counts. */
  readonly answered: ReadonlySet<SystemId>;
  /** Last row of the request's audit chain. */
  readonly auditHead: { readonly seq: number; readonly hash: string };
}

/** Reads all of it in one snapshot. */
export function packageFacts(db: LedgerReader, requestId: RequestId): Promise<PackageFacts> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const request = await trx
        .selectFrom('requests')
        .select(['id', 'language', 'received_on', 'identity', 'working_key_id', 'due_on'])
        .where('id', '=', requestId)
        .executeTakeFirst();
      if (request === undefined) throw new HabeasError('not-found');
      const lanes = await trx
        .selectFrom('lanes')
        .select(['system_id', 'state', 'code'])
        .where('request_id', '=', requestId)
        .orderBy('system_id')
        .execute();
      const rounds = await trx
        .selectFrom('rounds')
        .select(['system_id', 'finished_at'])
        .where('request_id', '=', requestId)
        .where('superseded', '=', false)
        .execute();
      const streams = await countingStreams(trx, requestId);
      const chunks = await trx
        .selectFrom('chunks as c')
        .innerJoin('streams as s', (join) =>
          join
            .onRef('s.request_id', '=', 'c.request_id')
            .onRef('s.system_id', '=', 'c.system_id')
            .onRef('s.round', '=', 'c.round')
            .onRef('s.stream_no', '=', 'c.stream_no'),
        )
        .innerJoin('rounds as r', (join) =>
          join
            .onRef('r.request_id', '=', 'c.request_id')
            .onRef('r.system_id', '=', 'c.system_id')
            .onRef('r.round', '=', 'c.round'),
        )
        .select([
          'c.system_id',
          'c.round',
          'c.stream_no',
          'c.chunk_no',
          'c.object_name',
          'c.count',
          'c.plain_bytes',
          'c.tag',
        ])
        .where('c.request_id', '=', requestId)
        .where('c.stage', '=', 'read')
        .where('r.superseded', '=', false)
        .where('s.disposition', '=', 'exported')
        .orderBy('c.system_id')
        .orderBy('c.round')
        .orderBy('c.stream_no')
        .orderBy('c.chunk_no')
        .execute();
      const head = await trx
        .selectFrom('audit')
        .select(['seq', 'hash'])
        .where('request_id', '=', requestId)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst();
      const unfinished = new Set(rounds.filter((r) => r.finished_at === null).map((r) => r.system_id));
      return {
        request,
        lanes,
        streams,
        chunks,
        answered: new Set(rounds.map((r) => r.system_id).filter((id) => !unfinished.has(id))),
        auditHead: head ?? { seq: 0, hash: genesis },
      };
    });
}

function countingStreams(db: LedgerReader, requestId: RequestId): Promise<Selectable<StreamsTable>[]> {
  return db
    .selectFrom('streams as s')
    .innerJoin('rounds as r', (join) =>
      join
        .onRef('r.request_id', '=', 's.request_id')
        .onRef('r.system_id', '=', 's.system_id')
        .onRef('r.round', '=', 's.round'),
    )
    .selectAll('s')
    .where('s.request_id', '=', requestId)
    .where('r.superseded', '=', false)
    .orderBy('s.system_id')
    .orderBy('s.round')
    .orderBy('s.stream_no')
    .execute();
}

/** How many records of a chunk became members of the package. */
export interface ExportedChunk {
  readonly systemId: SystemId;
  readonly round: number;
  readonly streamNo: number;
  readonly chunkNo: number;
  readonly count: number;
}

export interface BuiltPackage {
  readonly id: PackageId;
  readonly requestId: RequestId;
  readonly part: number;
  readonly objectName: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly members: number;
  readonly exported: readonly ExportedChunk[];
  /** The streams it was built from, to notice a round that was superseded meanwhile. */
  readonly streams: readonly Selectable<StreamsTable>[];
  readonly at: Date;
  /** Whether the object is (still) in the bucket; asked under the request's lock. */
  readonly isStored: () => Promise<boolean>;
}

/**
 * Calls `erase` with the names of all packages that have a row, holding the lock under which rows are made: an attempt
 * that is about to record its object either has done so, or will find it gone.
 */
export function erasingOrphans<T>(
  db: LedgerReader,
  requestId: RequestId,
  erase: (keep: ReadonlySet<string>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await lockRequest(trx, requestId);
    const rows = await packagesOf(trx, requestId);
    return erase(new Set(rows.filter((row) => row.deleted_at === null).map((row) => row.object_name)));
  });
}

async function lockRequest(trx: LedgerTransaction, requestId: RequestId): Promise<void> {
  await trx.selectFrom('requests').select('id').where('id', '=', requestId).forNoKeyUpdate().execute();
}

/**
 * The package's row, the absolute counts and the audit row, in the caller's transaction. Returns false where this part
 * has a row already (another attempt was quicker): the caller then erases its own object. Throws `ledger-conflict` where
 * a system was read again meanwhile, or another attempt erased the object.
 */
export async function recordPackage(trx: LedgerTransaction, built: BuiltPackage): Promise<boolean> {
  await lockRequest(trx, built.requestId);
  const existing = await findPackage(trx, built.requestId, built.part);
  if (existing !== undefined) return false;
  const now = (await countingStreams(trx, built.requestId)).map(streamName);
  const then = built.streams.map(streamName);
  if (now.length !== then.length || now.some((name, at) => name !== then[at])) throw new HabeasError('ledger-conflict');
  if (!(await built.isStored())) throw new HabeasError('ledger-conflict');
  await trx
    .insertInto('packages')
    .values({
      id: built.id,
      request_id: built.requestId,
      part: built.part,
      object_name: built.objectName,
      size_bytes: built.sizeBytes,
      sha256: built.sha256,
      members: built.members,
      draft: true,
      created_at: built.at,
      sending_at: null,
      delivered_at: null,
      delivered_by: null,
      delete_on: null,
      deleted_at: null,
    })
    .execute();
  const reasons = new Map(built.streams.map((stream) => [streamName(stream), stream]));
  const rows = built.exported.map(({ systemId, round, streamNo, chunkNo, count }) => {
    const stream = reasons.get(`${systemId}/${round}/${streamNo}`);
    if (stream === undefined) throw new HabeasError('internal');
    return {
      request_id: built.requestId,
      round,
      system_id: systemId,
      stream_no: streamNo,
      chunk_no: chunkNo,
      right: stream.right,
      disposition: 'exported' as const,
      reason: stream.reason,
      evidence: 'none' as const,
      count,
    };
  });
  for (let from = 0; from < rows.length; from += 1000) {
    await trx
      .insertInto('dispositions')
      .values(rows.slice(from, from + 1000))
      .onConflict((conflict) =>
        conflict
          .columns(['request_id', 'system_id', 'round', 'stream_no', 'chunk_no', 'right', 'disposition'])
          .doUpdateSet((it) => ({ count: it.ref('excluded.count'), reason: it.ref('excluded.reason') })),
      )
      .execute();
  }
  await appendAudit(trx, {
    requestId: built.requestId,
    kind: 'package-built',
    body: {
      package: built.id,
      part: built.part,
      sha256: built.sha256,
      bytes: built.sizeBytes,
      members: built.members,
      exported: built.exported.reduce((sum, { count }) => sum + count, 0),
      draft: true,
    },
    at: built.at,
  });
  return true;
}

const streamName = (stream: Pick<Selectable<StreamsTable>, 'system_id' | 'round' | 'stream_no'>) =>
  `${stream.system_id}/${stream.round}/${stream.stream_no}`;

export function findPackage(db: LedgerReader, requestId: RequestId, part: number): Promise<PackageRow | undefined> {
  return db
    .selectFrom('packages')
    .selectAll()
    .where('request_id', '=', requestId)
    .where('part', '=', part)
    .executeTakeFirst();
}

/** All packages of a request, first part first. */
export function packagesOf(db: LedgerReader, requestId: RequestId): Promise<PackageRow[]> {
  return db.selectFrom('packages').selectAll().where('request_id', '=', requestId).orderBy('part').execute();
}

export async function getPackage(db: LedgerReader, id: PackageId): Promise<PackageRow> {
  const row = await db.selectFrom('packages').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found');
  return row;
}

/** Records exported by the package of this part, by stream. */
export function exportedOf(
  db: LedgerReader,
  requestId: RequestId,
): Promise<{ system_id: SystemId; round: number; stream_no: number; count: number }[]> {
  return db
    .selectFrom('dispositions as d')
    .innerJoin('rounds as r', (join) =>
      join
        .onRef('r.request_id', '=', 'd.request_id')
        .onRef('r.system_id', '=', 'd.system_id')
        .onRef('r.round', '=', 'd.round'),
    )
    .select((it) => ['d.system_id', 'd.round', 'd.stream_no', it.fn.sum<string>('d.count').as('count')])
    .where('d.request_id', '=', requestId)
    .where('d.disposition', '=', 'exported')
    .where('r.superseded', '=', false)
    .groupBy(['d.system_id', 'd.round', 'd.stream_no'])
    .orderBy('d.system_id')
    .orderBy('d.round')
    .orderBy('d.stream_no')
    .execute()
    .then((rows) => rows.map((row) => ({ ...row, count: Number(row.count) })));
}

/** Intent to send. Keeps the first instant where sending is tried again. */
export async function markSending(trx: LedgerTransaction, id: PackageId, at: Date): Promise<void> {
  const row = await trx
    .updateTable('packages')
    .set({ sending_at: at })
    .where('id', '=', id)
    .where('sending_at', 'is', null)
    .returning('request_id')
    .executeTakeFirst();
  if (row === undefined) return;
  await appendAudit(trx, { requestId: row.request_id, kind: 'package-sending', body: { package: id }, at });
}

/** Outcome. The first delivery counts; returns false where it was delivered already. */
export async function markDelivered(
  trx: LedgerTransaction,
  delivery: {
    readonly id: PackageId;
    readonly by: 'email' | 'post' | 'in-person';
    readonly at: Date;
    /** First day on which the package is no longer kept (YYYY-MM-DD). */
    readonly deleteOn: string;
  },
): Promise<boolean> {
  const row = await trx
    .updateTable('packages')
    .set({ delivered_at: delivery.at, delivered_by: delivery.by, delete_on: delivery.deleteOn })
    .where('id', '=', delivery.id)
    .where('delivered_at', 'is', null)
    .returning(['request_id', 'draft'])
    .executeTakeFirst();
  if (row === undefined) return false;
  await appendAudit(trx, {
    requestId: row.request_id,
    kind: 'package-delivered',
    body: { package: delivery.id, by: delivery.by, 'delete-on': delivery.deleteOn, draft: row.draft },
    at: delivery.at,
  });
  return true;
}

/**
 * Packages whose days are over on `today`, and those that will never be delivered because their request ended without.
 * `ended` tells that the request is in a final state.
 */
export async function packagesToDelete(
  db: LedgerReader,
  today: string,
): Promise<(PackageRow & { readonly ended: boolean })[]> {
  const rows = await db
    .selectFrom('packages as p')
    .innerJoin('requests as r', 'r.id', 'p.request_id')
    .selectAll('p')
    .select((it) => it('r.state', 'in', [...finalStates]).as('ended'))
    .where('p.deleted_at', 'is', null)
    .where((it) =>
      it.or([
        it('p.delete_on', '<=', today),
        it.and([it('p.delivered_at', 'is', null), it('r.state', 'in', [...finalStates])]),
      ]),
    )
    .orderBy('p.created_at')
    .orderBy('p.id')
    .execute();
  return rows.map((row) => ({ ...row, ended: Boolean(row.ended) }));
}

/** After the deletion was read back. */
export async function markDeleted(
  trx: LedgerTransaction,
  deletion: { readonly id: PackageId; readonly at: Date; readonly versions: number; readonly uploads: number },
): Promise<void> {
  const row = await trx
    .updateTable('packages')
    .set({ deleted_at: deletion.at })
    .where('id', '=', deletion.id)
    .where('deleted_at', 'is', null)
    .returning('request_id')
    .executeTakeFirst();
  if (row === undefined) return;
  const { id, versions, uploads } = deletion;
  await appendAudit(trx, {
    requestId: row.request_id,
    kind: 'package-deleted',
    body: { package: id, versions, uploads, evidence: 'read-back' },
    at: deletion.at,
  });
}
