/**
 * Streams of a read round: the records of one collection that share class, owner, role and path, with what policy decided
 * of them. `found` stays null until the stream was read to its end; an unanswered stream never balances.
 */
import { sql } from 'kysely';
import type { StreamDescription } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import type { AccessDecision } from '../policy/access.ts';
import { countRead } from './chunks.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';

export interface StreamKey extends RoundKey {
  readonly streamNo: number;
}

/** Announces a stream, or finds it again. Fails with `stream-changed` where the same number now is another stream. */
export async function announceStream(
  trx: LedgerTransaction,
  key: RoundKey,
  stream: StreamDescription,
  decision: AccessDecision,
): Promise<{ readonly isRead: boolean }> {
  const row = {
    collection: stream.collection,
    record_class: stream.recordClass,
    owner_kind: stream.owner,
    role: stream.role,
    disposition: decision.disposition,
    reason: decision.reason,
    fields: JSON.stringify(decision.grant.fields),
  };
  await trx
    .insertInto('streams')
    .values({
      request_id: key.requestId,
      system_id: key.systemId,
      round: key.round,
      stream_no: stream.no,
      right: 'access',
      ...row,
      found: null,
      as_of: null,
    })
    .onConflict((target) => target.columns(['request_id', 'system_id', 'round', 'stream_no']).doNothing())
    .execute();
  const known = await trx
    .selectFrom('streams')
    .selectAll()
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('stream_no', '=', stream.no)
    .executeTakeFirstOrThrow();
  const isSame =
    known.collection === row.collection &&
    known.record_class === row.record_class &&
    known.owner_kind === row.owner_kind &&
    known.role === row.role &&
    known.disposition === row.disposition &&
    known.reason === row.reason &&
    JSON.stringify(known.fields) === row.fields;
  // A chunk holds records of one decision only: a data map changed between two attempts must not mix them.
  if (!isSame) throw new HabeasError('stream-changed', { where: stream.collection });
  return { isRead: known.found !== null };
}

/** The stream was read to its end: what was counted is what was found. */
export async function endStream(trx: LedgerTransaction, key: StreamKey, asOf: Date): Promise<number> {
  const { found } = await countRead(trx, key);
  await trx
    .updateTable('streams')
    .set({ found, as_of: asOf })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('stream_no', '=', key.streamNo)
    .execute();
  return found;
}

/** Streams that were announced and not read to their end. */
export async function begunStreams(db: LedgerReader, key: RoundKey): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('streams')
    .select('stream_no')
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('found', 'is', null)
    .orderBy('stream_no')
    .execute();
  return rows.map((row) => row.stream_no);
}

/** What a round holds so far. */
export async function countRound(
  trx: LedgerTransaction,
  key: RoundKey,
): Promise<{ streams: number; chunks: number; found: number }> {
  const streams = await trx
    .selectFrom('streams')
    .select(sql<number>`count(*)`.as('count'))
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .executeTakeFirstOrThrow();
  const { chunks, found } = await countRead(trx, key);
  return { streams: streams.count, chunks, found };
}
