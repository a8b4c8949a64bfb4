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

/** A stream with what policy decided of it. */
export interface DecidedStream {
  readonly description: StreamDescription;
  readonly decision: AccessDecision;
}

/**
 * Announces streams, or finds them again; returns the numbers of those read to their end before. Fails with
 * `stream-changed` where the same number now is another stream.
 */
export async function announceStreams(
  trx: LedgerTransaction,
  key: RoundKey,
  streams: readonly DecidedStream[],
): Promise<ReadonlySet<number>> {
  if (streams.length === 0) return new Set();
  const rows = streams.map(({ description, decision }) => ({
    request_id: key.requestId,
    system_id: key.systemId,
    round: key.round,
    stream_no: description.no,
    right: 'access' as const,
    collection: description.collection,
    record_class: description.recordClass,
    owner_kind: description.owner,
    role: description.role,
    disposition: decision.disposition,
    reason: decision.reason,
    fields: JSON.stringify(decision.grant.fields),
    found: null,
    as_of: null,
  }));
  const added = await trx
    .insertInto('streams')
    .values(rows)
    .onConflict((target) => target.columns(['request_id', 'system_id', 'round', 'stream_no']).doNothing())
    .returning('stream_no')
    .execute();
  if (added.length === rows.length) return new Set();
  const known = await trx
    .selectFrom('streams')
    .selectAll()
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where(
      'stream_no',
      'in',
      rows.map((row) => row.stream_no),
    )
    .execute();
  for (const row of rows) {
    const found = known.find((one) => one.stream_no === row.stream_no);
    const isSame =
      found !== undefined &&
      found.collection === row.collection &&
      found.record_class === row.record_class &&
      found.owner_kind === row.owner_kind &&
      found.role === row.role &&
      found.disposition === row.disposition &&
      found.reason === row.reason &&
      JSON.stringify(found.fields) === row.fields;
    // A chunk holds records of one decision only: a data map changed between two attempts must not mix them.
    if (!isSame) throw new HabeasError('stream-changed', { where: row.collection });
  }
  return new Set(known.filter((row) => row.found !== null).map((row) => row.stream_no));
}

/** Streams were read to their end: what the ledger counts of their chunks is what was found. */
export async function endStreams(
  trx: LedgerTransaction,
  key: RoundKey,
  ends: readonly { readonly streamNo: number; readonly asOf: Date }[],
): Promise<void> {
  if (ends.length === 0) return;
  const numbers = ends.map(({ streamNo }) => streamNo);
  const instants = ends.map(({ asOf }) => asOf.toISOString());
  await sql`
    update streams s
    set as_of = e.as_of,
      found = (
        select coalesce(sum(c.count), 0)::bigint from chunks c
        where c.request_id = s.request_id and c.system_id = s.system_id and c.stage = 'read'
          and c.round = s.round and c.stream_no = s.stream_no
      )
    from unnest(${numbers}::int[], ${instants}::timestamptz[]) as e (stream_no, as_of)
    where s.request_id = ${key.requestId} and s.system_id = ${key.systemId} and s.round = ${key.round}
      and s.stream_no = e.stream_no`.execute(trx);
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
