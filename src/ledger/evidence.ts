/**
 * What the books say of effects, and that it was read back: evidence of erased, anonymised and absent records moves from
 * `pending` or `inferred` to `read-back`, never the other way; of anonymised ones to `history-remains` where that is true. Sums are of one round, absolute.
 */
import { sql } from 'kysely';
import { HabeasError } from '../errors.ts';
import { type ChunkKey, unbook } from './effects.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';

export interface ReadBack {
  readonly streamNo: number;
  readonly chunkNo: number;
  readonly decisionNo: number;
  /** Nothing is left in the records themselves, and a history of the system still tells what was there. */
  readonly historyRemains?: true;
}

/** Everything that happened to these decisions' records was read back. */
export async function readBack(trx: LedgerTransaction, key: RoundKey, seen: readonly ReadBack[]): Promise<void> {
  if (seen.length === 0) return;
  const of = (name: 'streamNo' | 'chunkNo' | 'decisionNo') => seen.map((one) => one[name]);
  const remains = seen.map(({ historyRemains }) => historyRemains === true);
  await sql`
    update dispositions d
    set evidence = case when e.remains and d.disposition = 'anonymised' then 'history-remains' else 'read-back' end
    from unnest(${of('streamNo')}::int[], ${of('chunkNo')}::int[], ${of('decisionNo')}::int[], ${remains}::bool[])
      as e (stream, chunk, no, remains)
    where d.request_id = ${key.requestId} and d.system_id = ${key.systemId} and d.round = ${key.round}
      and d.stream_no = e.stream and d.chunk_no = e.chunk and d.decision_no = e.no and d."right" = 'erasure'
      and d.disposition in ('erased', 'anonymised', 'absent') and d.evidence in ('pending', 'inferred')
  `.execute(trx);
}

/**
 * So many records of one decision and chunk are no longer booked by its effect: what they wait for is booked elsewhere, in the same
 * transaction. Of what the effect was told to have done first, then of what was not there; never of another person's. Fails with
 * `internal` where there are not so many.
 */
export async function moveBooked(
  trx: LedgerTransaction,
  place: ChunkKey,
  decisionNo: number,
  count: number,
): Promise<void> {
  const rows = await trx
    .selectFrom('dispositions')
    .select(['disposition', 'reason', 'count'])
    .where('request_id', '=', place.requestId)
    .where('system_id', '=', place.systemId)
    .where('round', '=', place.round)
    .where('stream_no', '=', place.streamNo)
    .where('chunk_no', '=', place.chunkNo)
    .where('right', '=', 'erasure')
    .where('decision_no', '=', decisionNo)
    .where('disposition', 'in', ['erased', 'anonymised', 'absent'])
    .where('reason', '<>', 'changed-hands')
    .execute();
  let left = count;
  for (const row of rows.sort((a, b) => Number(a.disposition === 'absent') - Number(b.disposition === 'absent'))) {
    const by = Math.min(left, Number(row.count));
    left -= by;
    if (by > 0) await unbook(trx, place, { decisionNo, disposition: row.disposition, reason: row.reason }, by);
  }
  if (left > 0) throw new HabeasError('internal', { where: 'verify' });
}

/** How many records were another person's when their turn came, by {@link changedHandsAt}: these may still be there. */
export async function changedHands(db: LedgerReader, key: RoundKey): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('dispositions')
    .select(['stream_no', 'chunk_no', 'decision_no', 'count'])
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('reason', '=', 'changed-hands')
    .execute();
  return new Map(
    rows.map((row) => [
      changedHandsAt({ streamNo: row.stream_no, chunkNo: row.chunk_no, decisionNo: row.decision_no }),
      row.count,
    ]),
  );
}

export const changedHandsAt = ({ streamNo, chunkNo, decisionNo }: ReadBack): string =>
  `${streamNo}/${chunkNo}/${decisionNo}`;

/** Collections of a round with effects that nobody has read back. */
export async function notReadBack(db: LedgerReader, key: RoundKey): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('dispositions as d')
    .innerJoin('streams as s', (join) =>
      join
        .onRef('s.request_id', '=', 'd.request_id')
        .onRef('s.system_id', '=', 'd.system_id')
        .onRef('s.round', '=', 'd.round')
        .onRef('s.stream_no', '=', 'd.stream_no'),
    )
    .select('s.collection')
    .distinct()
    .where('d.request_id', '=', key.requestId)
    .where('d.system_id', '=', key.systemId)
    .where('d.round', '=', key.round)
    .where('d.right', '=', 'erasure')
    .where('d.disposition', 'in', ['erased', 'anonymised', 'absent'])
    .where('d.evidence', 'in', ['pending', 'inferred'])
    .orderBy('s.collection')
    .execute();
  return rows.map((row) => row.collection);
}

/** What became of a round's records by effects so far. */
export async function effectCounts(
  db: LedgerReader,
  key: RoundKey,
): Promise<{ readonly erased: number; readonly anonymised: number; readonly absent: number }> {
  const { rows } = await sql<{ erased: number; anonymised: number; absent: number }>`
    select ${sumOf('erased')} as erased, ${sumOf('anonymised')} as anonymised, ${sumOf('absent')} as absent
    from dispositions d
    where d.request_id = ${key.requestId} and d.system_id = ${key.systemId} and d.round = ${key.round}
      and d."right" = 'erasure'`.execute(db);
  return rows[0] ?? { erased: 0, anonymised: 0, absent: 0 };
}

const sumOf = (disposition: string) =>
  sql`coalesce(sum(d.count) filter (where d.disposition = ${disposition}), 0)::bigint`;
