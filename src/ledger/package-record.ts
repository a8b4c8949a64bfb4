/**
 * How a package comes into the ledger: once per part, in one transaction with the readings it holds, the counts of what
 * was exported and the audit row; and which objects of dead attempts have no row. Holds no content. Refuses with
 * `ledger-conflict` where a system it holds was read again meanwhile or its object is gone, `state-final` after the end.
 */
import type { Selectable } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { PackageId, RequestId, SystemId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { countingStreams } from './package-facts.ts';
import { packageRights } from './package-rights.ts';
import { findPackage, packagesOf } from './packages.ts';
import type { StreamsTable } from './schema.ts';
import { isFinal, type RequestState } from './states.ts';

/** How many records of a chunk became members of the package. */
export interface ExportedChunk {
  readonly systemId: SystemId;
  readonly round: number;
  readonly streamNo: number;
  readonly chunkNo: number;
  readonly count: number;
  /** Records that a reviewer withheld as legal advice. */
  readonly withheld?: number;
}

/** One reading of one system. */
export interface Reading {
  readonly systemId: SystemId;
  readonly round: number;
}

export interface BuiltPackage {
  readonly id: PackageId;
  readonly requestId: RequestId;
  readonly part: number;
  readonly objectName: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly members: number;
  /** What it holds; other systems may move on meanwhile. */
  readonly holds: readonly Reading[];
  /** It does not hold everything that the law asks of an answer. */
  readonly draft: boolean;
  /** It says that others follow. */
  readonly moreFollows: boolean;
  readonly exported: readonly ExportedChunk[];
  /** The streams of what it holds, as they were when it was built. */
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
 * The package's row with all that belongs to it, in the caller's transaction. Returns false where this part has a row
 * already (another attempt was quicker): the caller then erases its own object.
 */
export async function recordPackage(trx: LedgerTransaction, built: BuiltPackage): Promise<boolean> {
  const state = await lockRequest(trx, built.requestId);
  const existing = await findPackage(trx, built.requestId, built.part);
  if (existing !== undefined) return false;
  if (state !== undefined && isFinal(state)) throw new HabeasError('state-final');
  if (!(await stillCounts(trx, built))) throw new HabeasError('ledger-conflict');
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
      draft: built.draft,
      more_follows: built.moreFollows,
      created_at: built.at,
      sending_at: null,
      delivered_at: null,
      delivered_by: null,
      delete_on: null,
      deleted_at: null,
    })
    .execute();
  if (built.holds.length > 0)
    await trx
      .insertInto('package_systems')
      .values(
        built.holds.map(({ systemId, round }) => ({
          package_id: built.id,
          request_id: built.requestId,
          system_id: systemId,
          round,
        })),
      )
      .execute();
  await countExported(trx, built);
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
      systems: built.holds.map(({ systemId }) => systemId),
      'more-follows': built.moreFollows,
      draft: built.draft,
    },
    at: built.at,
  });
  return true;
}

/** Whether everything it holds is still what counts. Systems that it leaves out may have answered since: theirs follows. */
async function stillCounts(trx: LedgerTransaction, built: BuiltPackage): Promise<boolean> {
  if (built.holds.length === 0) return true;
  const systems = built.holds.map(({ systemId }) => systemId);
  const rounds = await trx
    .selectFrom('rounds')
    .select(['system_id', 'round'])
    .where('request_id', '=', built.requestId)
    .where('right', 'in', [...packageRights])
    .where('superseded', '=', false)
    .where('finished_at', 'is not', null)
    .where('system_id', 'in', systems)
    .execute();
  const counting = new Set(rounds.map((one) => `${one.system_id}/${one.round}`));
  if (!built.holds.every(({ systemId, round }) => counting.has(`${systemId}/${round}`))) return false;
  const now = (await countingStreams(trx, built.requestId)).filter((one) => systems.includes(one.system_id));
  const then = built.streams.map(streamName);
  return now.length === then.length && now.every((stream, at) => streamName(stream) === then[at]);
}

async function countExported(trx: LedgerTransaction, built: BuiltPackage): Promise<void> {
  const streams = new Map(built.streams.map((stream) => [streamName(stream), stream]));
  const rows = built.exported.flatMap(({ systemId, round, streamNo, chunkNo, count, withheld = 0 }) => {
    const stream = streams.get(`${systemId}/${round}/${streamNo}`);
    if (stream === undefined || stream.reason === null) throw new HabeasError('internal');
    const of = {
      request_id: built.requestId,
      round,
      system_id: systemId,
      stream_no: streamNo,
      chunk_no: chunkNo,
      right: stream.right,
      evidence: 'none' as const,
    };
    const given = { ...of, disposition: 'exported' as const, reason: stream.reason, count };
    const kept = { ...of, disposition: 'withheld' as const, reason: 'privilege' as const, count: withheld };
    return withheld > 0 ? [given, kept] : [given];
  });
  for (let from = 0; from < rows.length; from += 1000) {
    await trx
      .insertInto('dispositions')
      .values(rows.slice(from, from + 1000))
      .onConflict((conflict) =>
        conflict
          .columns([
            ...(['request_id', 'system_id', 'round', 'stream_no', 'chunk_no', 'right'] as const),
            ...(['disposition', 'decision_no', 'reason'] as const),
          ])
          .doUpdateSet((it) => ({ count: it.ref('excluded.count') })),
      )
      .execute();
  }
}

const streamName = (stream: Pick<Selectable<StreamsTable>, 'system_id' | 'round' | 'stream_no'>) =>
  `${stream.system_id}/${stream.round}/${stream.stream_no}`;
