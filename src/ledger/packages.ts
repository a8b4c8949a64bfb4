/**
 * Packages in the ledger: that one was built (once per part, in one transaction with the counts of what
 * was exported), and the intent and outcome of its delivery and deletion. Holds no content and no names of people. A
 * delivery is written twice, before and after sending, so that a crash in between shows as "was being sent".
 */
import type { Selectable } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { PackageId, RequestId, SystemId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { countingStreams } from './package-facts.ts';
import type { PackagesTable, StreamsTable } from './schema.ts';
import { finalStates, type RequestState } from './states.ts';

export type PackageRow = Selectable<PackagesTable>;

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

async function lockRequest(trx: LedgerTransaction, requestId: RequestId): Promise<RequestState | undefined> {
  const query = trx.selectFrom('requests').select('state').where('id', '=', requestId).forNoKeyUpdate();
  return (await query.executeTakeFirst())?.state;
}

/**
 * The package's row, the absolute counts and the audit row, in the caller's transaction. Returns false where this part
 * has a row already (another attempt was quicker): the caller then erases its own object. Throws `ledger-conflict` where
 * a system was read again meanwhile, or another attempt erased the object, and `state-final` where the request has ended.
 */
export async function recordPackage(trx: LedgerTransaction, built: BuiltPackage): Promise<boolean> {
  const state = await lockRequest(trx, built.requestId);
  const existing = await findPackage(trx, built.requestId, built.part);
  if (existing !== undefined) return false;
  const final: readonly RequestState[] = finalStates;
  if (state !== undefined && final.includes(state)) throw new HabeasError('state-final');
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

/** Records of a request that its packages have exported, by stream. */
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
    /** When a person recorded it, where that was later. */
    readonly recordedAt?: Date;
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
    body: {
      package: delivery.id,
      by: delivery.by,
      delivered: delivery.at.toISOString(),
      'delete-on': delivery.deleteOn,
      draft: row.draft,
    },
    at: delivery.recordedAt ?? delivery.at,
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
