/**
 * Which of a planned round's streams have something to be done. Decisions that were added after the plan (a record held since)
 * cover no record of it: their `count` is 0.
 */
import { sql } from 'kysely';
import type { LedgerReader } from './open.ts';
import type { RoundKey } from './rounds.ts';

/** Streams with records of which at least one was planned otherwise than `keep`. */
export async function actedStreams(db: LedgerReader, key: RoundKey): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ stream_no: number }>`
    select c.stream_no from (
      select stream_no, sum(count) as planned from chunks
      where request_id = ${key.requestId} and system_id = ${key.systemId} and round = ${key.round} and stage = 'plan'
      group by stream_no) c
    where c.planned > (
      select coalesce(sum(d.count), 0) from dispositions d
      join decisions n on (n.request_id, n.system_id, n.round, n.no)
        = (d.request_id, d.system_id, d.round, d.decision_no)
      where d.request_id = ${key.requestId} and d.system_id = ${key.systemId} and d.round = ${key.round}
        and d.stream_no = c.stream_no and d."right" = 'erasure' and n.action = 'keep' and n.count > 0)
    order by c.stream_no`.execute(db);
  return new Set(rows.map((row) => row.stream_no));
}
