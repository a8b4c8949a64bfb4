/**
 * What the books say of a right that acts, per system: found, and what became of it with the reason, collection by collection.
 * Sums rows of readings that were not superseded; a collection that has not been read to its end makes `found` null, which is
 * "not answered", never zero. Candidates count once a person has accepted them.
 */
import { sql } from 'kysely';
import type { RequestId, SystemId } from '../ids.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { actingRights } from '../ledger/states.ts';
import type { SystemFacts } from '../proof/receipt-schema.ts';

export type RightCounts = NonNullable<SystemFacts['right']>;
type Deed = RightCounts['lines'][number]['disposition'];

const deeds = {
  rectified: true,
  restricted: true,
  objected: true,
  suppressed: true,
  refused: true,
  referred: true,
  absent: true,
} as const satisfies Readonly<Record<Deed, true>>;

const noDeeds = { rectified: 0, restricted: 0, objected: 0, suppressed: 0, refused: 0, referred: 0, absent: 0 };

/** A system that has not begun to read. */
export const nothingActed: RightCounts = { found: null, ...noDeeds, pending: 0, lines: [] };

/** By system; a system that has not begun to read is not in the map. */
export async function rightCounts(db: LedgerReader, requestId: RequestId): Promise<ReadonlyMap<SystemId, RightCounts>> {
  const { rows: found } = await sql<{ system_id: SystemId; found: number | null; finished: boolean }>`
    select o.system_id, bool_and(o.finished_at is not null) as finished,
      case when bool_or(s.stream_no is not null and s.found is null) then null else coalesce(sum(s.found), 0)::bigint end as found
    from rounds o
    left join lateral (
      select s.stream_no, s.found from streams s left join tasks t on t.id = s.task_id
      where (s.request_id, s.system_id, s.round) = (o.request_id, o.system_id, o.round)
        and (not s.is_candidate or t.answer = 'accept')) s on true
    where o.request_id = ${requestId} and not o.superseded and o."right" in (${sql.join([...actingRights])})
    group by o.system_id`.execute(db);
  const { rows: lines } = await sql<{
    system_id: SystemId;
    collection: string;
    disposition: string;
    reason: string;
    count: number;
  }>`
    select d.system_id, s.collection, d.disposition, d.reason, sum(d.count)::bigint as count
    from dispositions d
    join rounds o on (o.request_id, o.system_id, o.round) = (d.request_id, d.system_id, d.round)
    join streams s on (s.request_id, s.system_id, s.round, s.stream_no) = (d.request_id, d.system_id, d.round, d.stream_no)
    where d.request_id = ${requestId} and not o.superseded and d."right" in (${sql.join([...actingRights])}) and d.count > 0
    group by d.system_id, s.collection, d.disposition, d.reason
    order by d.system_id, s.collection, d.disposition, d.reason`.execute(db);
  return new Map(
    found.map(({ system_id: id, found: sum, finished }) => {
      const of = lines.flatMap(({ system_id: system, disposition, collection, reason, count }) =>
        system === id && isDeed(disposition) ? [{ collection, disposition, reason, count: Number(count) }] : [],
      );
      const counts = { ...noDeeds };
      for (const { disposition, count } of of) counts[disposition] += count;
      const became = Object.values(counts).reduce((all, count) => all + count, 0);
      const total = finished && sum !== null ? Number(sum) : null;
      return [id, { found: total, ...counts, pending: total === null ? 0 : total - became, lines: of }] as const;
    }),
  );
}

const isDeed = (text: string): text is Deed => Object.hasOwn(deeds, text);
