/**
 * Whether a plan would erase far more than usual: records with anything but `keep`, per system and collection, against a fixed
 * number and against the median of the last hundred erasures of that collection which touched it. Counts and slugs only.
 */
import { sql } from 'kysely';
import type { RequestId, SystemId } from '../ids.ts';
import type { LedgerReader } from './open.ts';

export interface BlastRadius {
  readonly systemId: SystemId;
  readonly collection: string;
  readonly count: number;
}

/** Collections whose count is beyond a limit, in order. A collection that was never erased before has no median. */
export async function beyondLimits(
  db: LedgerReader,
  plan: {
    readonly requestId: RequestId;
    readonly rounds: readonly (readonly [systemId: SystemId, round: number])[];
    readonly limits: { readonly maxRecords: number; readonly timesMedian: number };
  },
): Promise<readonly BlastRadius[]> {
  const { requestId, rounds, limits } = plan;
  const { rows } = await sql<{ system_id: SystemId; collection: string; count: number }>`
    with acted as (
      select d.system_id, d.collection, sum(d.count)::bigint as count
      from decisions d
      join unnest(${rounds.map(([id]) => id)}::text[], ${rounds.map(([, no]) => no)}::int[]) as r (system_id, round)
        on r.system_id = d.system_id and r.round = d.round
      where d.request_id = ${requestId} and d.action <> 'keep'
      group by d.system_id, d.collection)
    select a.system_id, a.collection, a.count from acted a
    left join lateral (
      select percentile_cont(0.5) within group (order by p.count) as median from (
        select sum(e.count) as count from decisions e
        join rounds o on (o.request_id, o.system_id, o.round) = (e.request_id, e.system_id, e.round)
        where e.system_id = a.system_id and e.collection = a.collection and e.action <> 'keep'
          and o.erased_at is not null and not o.superseded and e.request_id <> ${requestId}
        group by e.request_id, e.round, o.erased_at
        having sum(e.count) > 0
        order by o.erased_at desc
        limit 100) p) m on true
    where a.count > ${limits.maxRecords} or a.count > ${limits.timesMedian} * m.median
    order by a.system_id, a.collection`.execute(db);
  return rows.map((row) => ({ systemId: row.system_id, collection: row.collection, count: row.count }));
}
