/**
 * Days that have moved since the plan: the books keep the day on which people decided, the register the one that counts. What is told of
 * kept records, in a receipt too, is told with the register's. Counts, laws and days only; no key is needed.
 */
import { sql } from 'kysely';
import type { RequestId, SystemId } from '../ids.ts';
import type { LedgerReader } from '../ledger/open.ts';
import type { KeptLine } from './erasure-counts.ts';

/** Records of which the day, or what keeps them, is another by now: how they were told of, and how they are. */
export interface MovedDay
  extends Pick<KeptLine, 'collection' | 'recordClass' | 'disposition' | 'reason' | 'refusal' | 'count'> {
  readonly systemId: SystemId;
  readonly was: Pick<KeptLine, 'keptBy' | 'until'>;
  readonly now: Pick<KeptLine, 'keptBy' | 'until'>;
}

export async function movedDays(db: LedgerReader, requestId: RequestId): Promise<readonly MovedDay[]> {
  const { rows } = await sql<
    Omit<MovedDay, 'was' | 'now' | 'count'> & {
      readonly was_by: string | null;
      readonly was_until: string | null;
      readonly now_by: string | null;
      readonly now_until: string | null;
      readonly count: string;
    }
  >`
    select e.system_id as "systemId", s.collection, s.record_class as "recordClass", d.disposition, d.reason, c.refusal,
      c.kept_by as was_by, d.until::text as was_until, e.kept_by as now_by, (e.due_on - 1)::text as now_until,
      sum(e.count)::text as count
    from register_entries e
    join rounds o on (o.request_id, o.system_id, o.round) = (e.request_id, e.system_id, e.round)
    join streams s on (s.request_id, s.system_id, s.round, s.stream_no) = (e.request_id, e.system_id, e.round, e.stream_no)
    join dispositions d on (d.request_id, d.system_id, d.round, d.stream_no, d.chunk_no, d.decision_no)
      = (e.request_id, e.system_id, e.round, e.stream_no, e.chunk_no, e.decision_no) and d."right" = 'erasure'
      and d.disposition = case e.kind when 'retained' then 'retained' when 'not-yet' then 'refused' else 'expiring' end
    left join decisions c on (c.request_id, c.system_id, c.round, c.no)
      = (e.request_id, e.system_id, e.round, e.decision_no)
    where e.request_id = ${requestId} and e.moved_at is not null and e.ended_at is null and e.active_at is not null
      and e.kind <> 'backup-copy' and e.count > 0 and not o.superseded
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    order by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  `.execute(db);
  return rows.map(({ was_by, was_until, now_by, now_until, count, ...row }) => ({
    ...{ ...row, count: Number(count) },
    was: { keptBy: was_by, until: was_until },
    now: { keptBy: now_by, until: now_until },
  }));
}

/** The lines of one system with the days that count; how many records they tell of stays as it was. */
export function withMovedDays(lines: readonly KeptLine[], moved: readonly MovedDay[]): readonly KeptLine[] {
  const told = lines.map((line) => ({ ...line }));
  for (const { was, now, count, systemId: _, ...of } of moved) {
    const before = told.find((line) => line.count > 0 && isLine(line, { ...of, ...was }));
    if (before === undefined) continue;
    const some = Math.min(before.count, count);
    before.count -= some;
    const { count: _left, ...form } = { ...before, ...now };
    const after = told.find((line) => isLine(line, form));
    if (after === undefined) told.push({ ...form, count: some });
    else after.count += some;
  }
  return told.filter(({ count }) => count > 0);
}

/** Everything that is said here of a line is what it says. */
const isLine = (line: KeptLine, of: object): boolean =>
  Object.entries(of).every(([name, value]) => Reflect.get(line, name) === value);
