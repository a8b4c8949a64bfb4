/**
 * The journal of effects: an intent is committed before anything irreversible, its outcome after. One row a decision chunk; the
 * key is the same in every attempt. An outcome is written once, with what became of the records, in absolute numbers.
 */
import { sql } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { CivilDate } from '../policy/clock/civil-date.ts';
import { sha256Hex } from '../security/canonical.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';
import type { Disposition, DispositionReason, Evidence } from './states.ts';

export interface ChunkKey extends RoundKey {
  readonly streamNo: number;
  readonly chunkNo: number;
}

/** `requestId:systemId:erase:round:collection:chunk`, the collection by its number in the round; never the attempt. */
export function idempotencyKey({ requestId, systemId, round, streamNo, chunkNo }: ChunkKey): string {
  return sha256Hex([requestId, systemId, 'erase', round, streamNo, chunkNo].join(':'));
}

/** Writes the intent, or finds it: `open` where an earlier attempt has no outcome yet. */
export async function intend(trx: LedgerTransaction, key: ChunkKey, at: Date): Promise<'new' | 'open' | 'done'> {
  const added = await trx
    .insertInto('effects')
    .values({ ...place(key), idempotency_key: idempotencyKey(key), intended_at: at, done_at: null })
    .onConflict((row) => row.columns(['request_id', 'system_id', 'round', 'stream_no', 'chunk_no']).doNothing())
    .returning('chunk_no')
    .executeTakeFirst();
  if (added === undefined) return (await isDone(trx, key)) ? 'done' : 'open';
  await trx
    .updateTable('lanes')
    .set((it) => ({ erase_started_at: it.fn.coalesce('erase_started_at', sql<Date>`${at}`) }))
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .execute();
  return 'new';
}

/** What became of records of one decision; `moved` where they were booked as something else before. */
export interface Booked {
  readonly decisionNo: number;
  readonly disposition: Disposition;
  readonly reason: DispositionReason;
  readonly evidence: Evidence;
  readonly count: number;
  readonly detached: boolean;
  /** Its last day, where it waits for one. */
  readonly until?: CivilDate | null;
}

/** Writes the outcome, once; `internal` where there is no open intent. */
export async function conclude(
  trx: LedgerTransaction,
  key: ChunkKey,
  booked: readonly Booked[],
  at: Date,
): Promise<void> {
  const row = await trx
    .updateTable('effects')
    .set({ done_at: at })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('stream_no', '=', key.streamNo)
    .where('chunk_no', '=', key.chunkNo)
    .where('done_at', 'is', null)
    .returning('chunk_no')
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('internal', { where: 'outcome without intent' });
  await book(trx, key, booked);
}

export async function book(trx: LedgerTransaction, key: ChunkKey, booked: readonly Booked[]): Promise<void> {
  if (booked.length === 0) return;
  await trx
    .insertInto('dispositions')
    .values(
      booked.map(({ decisionNo, ...rest }) => ({
        ...place(key),
        right: 'erasure' as const,
        decision_no: decisionNo,
        until: null,
        ...rest,
      })),
    )
    .execute();
}

/** So many records are no longer booked like this; of one reason only where it is given. */
export async function unbook(
  trx: LedgerTransaction,
  key: ChunkKey,
  of: { readonly decisionNo: number; readonly disposition: Disposition; readonly reason?: DispositionReason },
  by: number,
): Promise<void> {
  await trx
    .updateTable('dispositions')
    .set((it) => ({ count: it('count', '-', by) }))
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('stream_no', '=', key.streamNo)
    .where('chunk_no', '=', key.chunkNo)
    .where('right', '=', 'erasure')
    .where('disposition', '=', of.disposition)
    .where('decision_no', '=', of.decisionNo)
    .$if(of.reason !== undefined, (rows) => rows.where('reason', '=', of.reason ?? 'eligible'))
    .execute();
}

/** Chunks of a round with an outcome, as `stream/chunk`. */
export async function concluded(db: LedgerReader, key: RoundKey): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('effects')
    .select(['stream_no', 'chunk_no'])
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('done_at', 'is not', null)
    .execute();
  return new Set(rows.map((row) => `${row.stream_no}/${row.chunk_no}`));
}

async function isDone(trx: LedgerTransaction, key: ChunkKey): Promise<boolean> {
  const row = await trx
    .selectFrom('effects')
    .select('done_at')
    .where('idempotency_key', '=', idempotencyKey(key))
    .executeTakeFirstOrThrow();
  return row.done_at !== null;
}

const place = ({ requestId, systemId, round, streamNo, chunkNo }: ChunkKey) => ({
  ...{ request_id: requestId, system_id: systemId, round },
  ...{ stream_no: streamNo, chunk_no: chunkNo },
});
