/**
 * What goes into a package, as the ledger knows it, read in one snapshot: the request, its lanes, the streams of the rounds
 * that count, the chunks of what is exported, and the head of the audit chain. Reads only; holds no content.
 */
import { type Selectable, sql } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { KeyId, RequestId, SystemId } from '../ids.ts';
import { genesis } from './audit.ts';
import type { LedgerReader } from './open.ts';
import { type PackageRight, packageRightOf, packageRights } from './package-rights.ts';
import type { ChunksTable, LanesTable, RequestsTable, RoundsTable, StreamsTable } from './schema.ts';
import { isCounted } from './streams.ts';

export type StagedChunk = Pick<
  Selectable<ChunksTable>,
  | 'system_id'
  | 'round'
  | 'stream_no'
  | 'chunk_no'
  | 'object_name'
  | 'object_offset'
  | 'count'
  | 'plain_bytes'
  | 'bytes'
  | 'tag'
>;

/** What the ledger knows of a request when its package is built. */
export interface PackageFacts {
  readonly request: Pick<
    Selectable<RequestsTable>,
    'id' | 'language' | 'received_on' | 'identity' | 'working_key_id' | 'due_on'
  > & { readonly working_key_id: KeyId };
  /** The right that the package answers. */
  readonly right: PackageRight;
  readonly lanes: readonly Pick<Selectable<LanesTable>, 'system_id' | 'state' | 'code'>[];
  /** Of lanes that are done; in the order of system, round, stream. */
  readonly streams: readonly Selectable<StreamsTable>[];
  /** Chunks of streams that are exported; in the order of system, round, stream, chunk. */
  readonly chunks: readonly StagedChunk[];
  /** Systems that were read to the end in a round that counts. */
  readonly answered: ReadonlySet<SystemId>;
  /** The rounds that count; one a system. */
  readonly rounds: readonly Pick<
    Selectable<RoundsTable>,
    'system_id' | 'round' | 'finished_at' | 'by_hand' | 'unreadable_records' | 'unreadable_objects'
  >[];
  /** Last row of the request's audit chain. */
  readonly auditHead: { readonly seq: number; readonly hash: string };
}

/** Bytes of everything that is staged for a request, files that people handed in included: more than its package needs. */
export async function stagedBytes(db: LedgerReader, requestId: RequestId): Promise<number> {
  const { rows } = await sql<{ readonly bytes: number }>`
    select (
      (select coalesce(sum(plain_bytes), 0) from chunks where request_id = ${requestId}) +
      (select coalesce(sum(plain_bytes), 0) from attached_files where request_id = ${requestId})
    )::bigint as bytes`.execute(db);
  return rows[0]?.bytes ?? 0;
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
      const right = (await packageRightOf(trx, requestId)) ?? 'access';
      const lanes = await trx
        .selectFrom('lanes')
        .select(['system_id', 'state', 'code'])
        .where('request_id', '=', requestId)
        .orderBy('system_id')
        .execute();
      const rounds = await trx
        .selectFrom('rounds')
        .select(['system_id', 'round', 'finished_at', 'by_hand', 'unreadable_records', 'unreadable_objects'])
        .where('request_id', '=', requestId)
        .where('right', 'in', [...packageRights])
        .where('superseded', '=', false)
        .execute();
      const streams = await countingStreams(trx, requestId);
      const chunks = await countingChunks(trx, requestId);
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
        right,
        lanes,
        streams,
        chunks,
        rounds,
        answered: new Set(rounds.map((r) => r.system_id).filter((id) => !unfinished.has(id))),
        auditHead: head ?? { seq: 0, hash: genesis },
      };
    });
}

/**
 * The streams that a package may hold, in a fixed order: of rounds that count and were read to the end, of lanes that are
 * done; candidates of a scan only where a person accepted them.
 */
export function countingStreams(db: LedgerReader, requestId: RequestId): Promise<Selectable<StreamsTable>[]> {
  return counting(db, requestId).selectAll('s').execute();
}

/** Their chunks, of those that are exported. */
function countingChunks(db: LedgerReader, requestId: RequestId): Promise<StagedChunk[]> {
  return counting(db, requestId)
    .innerJoin('chunks as c', (join) =>
      join
        .onRef('c.request_id', '=', 's.request_id')
        .onRef('c.system_id', '=', 's.system_id')
        .onRef('c.round', '=', 's.round')
        .onRef('c.stream_no', '=', 's.stream_no'),
    )
    .select([
      'c.system_id',
      'c.round',
      'c.stream_no',
      'c.chunk_no',
      'c.object_name',
      'c.object_offset',
      'c.count',
      'c.plain_bytes',
      'c.bytes',
      'c.tag',
    ])
    .where('c.stage', '=', 'read')
    .where('s.disposition', '=', 'exported')
    .orderBy('c.chunk_no')
    .execute();
}

function counting(db: LedgerReader, requestId: RequestId) {
  return db
    .selectFrom('streams as s')
    .innerJoin('rounds as r', (join) =>
      join
        .onRef('r.request_id', '=', 's.request_id')
        .onRef('r.system_id', '=', 's.system_id')
        .onRef('r.round', '=', 's.round'),
    )
    .innerJoin('lanes as l', (join) =>
      join.onRef('l.request_id', '=', 's.request_id').onRef('l.system_id', '=', 's.system_id'),
    )
    .leftJoin('tasks as t', 't.id', 's.task_id')
    .where('s.request_id', '=', requestId)
    .where('r.right', 'in', [...packageRights])
    .where('r.superseded', '=', false)
    .where('r.finished_at', 'is not', null)
    .where('l.state', '=', 'done')
    .where(isCounted)
    .orderBy('s.system_id')
    .orderBy('s.round')
    .orderBy('s.stream_no');
}
