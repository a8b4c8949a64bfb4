/**
 * Chunk rows: what was staged, written once and never changed, with the dispositions that policy decided without looking
 * at content. A row is committed only after its object is stored and every earlier chunk of its stream has its row, so
 * that resuming means: after the last row. Counters are absolute.
 */
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';
import type { StreamDecision, StreamKey } from './streams.ts';

export interface NewChunk {
  readonly chunkNo: number;
  readonly objectName: string;
  /** Where it begins in its object, which small chunks share. */
  readonly offset: number;
  readonly count: number;
  readonly plainBytes: number;
  readonly bytes: number;
  readonly tag: string;
  readonly asOf: Date | null;
  /** Null where the stream's end is committed with it: nothing goes on after that. */
  readonly cursorSealed: string | null;
}

/** The name under which a chunk is sealed: its object's, with its place where it is not the first in it. */
export function chunkSealName(objectName: string, offset: number): string {
  return offset === 0 ? objectName : `${objectName}#${offset}`;
}

/** Where a stream goes on: the number after the last row, and that row's seal name and cursor. */
export async function lastChunk(
  db: LedgerReader,
  key: StreamKey,
): Promise<{ chunkNo: number; sealName: string; cursorSealed: string | null } | undefined> {
  const row = await db
    .selectFrom('chunks')
    .select(['chunk_no', 'object_name', 'object_offset', 'cursor_sealed'])
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('stage', '=', 'read')
    .where('round', '=', key.round)
    .where('stream_no', '=', key.streamNo)
    .orderBy('chunk_no', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const sealName = chunkSealName(row.object_name, row.object_offset);
  return { chunkNo: row.chunk_no, sealName, cursorSealed: row.cursor_sealed };
}

/**
 * Adds chunks of one round, and what became of their records where policy withheld or referred them (`exported` is the
 * packager's).
 */
export async function addChunks(
  trx: LedgerTransaction,
  key: RoundKey,
  added: readonly { readonly streamNo: number; readonly chunk: NewChunk; readonly decision: StreamDecision }[],
): Promise<void> {
  if (added.length === 0) return;
  const place = { request_id: key.requestId, system_id: key.systemId, round: key.round };
  await trx
    .insertInto('chunks')
    .values(
      added.map(({ streamNo, chunk }) => ({
        ...place,
        stream_no: streamNo,
        stage: 'read' as const,
        chunk_no: chunk.chunkNo,
        object_name: chunk.objectName,
        object_offset: chunk.offset,
        count: chunk.count,
        plain_bytes: chunk.plainBytes,
        bytes: chunk.bytes,
        tag: chunk.tag,
        as_of: chunk.asOf,
        cursor_sealed: chunk.cursorSealed,
      })),
    )
    .execute();
  const decided = added.flatMap(({ streamNo, chunk, decision: { right, disposition, reason } }) =>
    disposition === null || reason === null || disposition === 'exported'
      ? []
      : [
          {
            ...place,
            stream_no: streamNo,
            chunk_no: chunk.chunkNo,
            right,
            disposition,
            reason,
            evidence: 'none' as const,
            count: chunk.count,
          },
        ],
  );
  if (decided.length > 0) await trx.insertInto('dispositions').values(decided).execute();
}

/** Names of the objects that have a row, of one round. */
export async function chunkNames(db: LedgerReader, key: RoundKey): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('chunks')
    .select('object_name')
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('stage', '=', 'read')
    .where('round', '=', key.round)
    .execute();
  return new Set(rows.map((row) => row.object_name));
}
