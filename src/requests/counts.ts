/**
 * What the books say of each system of a request: found, and what became of it. Sums rows of readings that were not
 * superseded; a collection that has not been read to its end makes `found` null, which is "not answered", never zero.
 * Candidates of a scan count once a person has accepted them.
 */
import { sql } from 'kysely';
import type { Unreadable } from '../../connectors/contract.ts';
import type { RequestId, SystemId } from '../ids.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { packageRights } from '../ledger/package-rights.ts';

export interface CollectionCounts {
  readonly collection: string;
  readonly recordClass: string;
  readonly role: string;
  readonly reason: string;
  readonly found: number | null;
  readonly exported: number;
  readonly withheld: number;
  readonly referred: number;
  /** Read and neither given nor told yet: the package has not been built. Zero where the books balance. */
  readonly pending: number;
  readonly asOf: string | null;
  /** By which declared path, from the record to what was proved. */
  readonly reachedBy: string | null;
  /** Proposed by a scan, and accepted by a person. */
  readonly wasCandidate: boolean;
}

export interface SystemCounts {
  readonly found: number | null;
  readonly exported: number;
  readonly withheld: number;
  readonly referred: number;
  readonly pending: number;
  /** Records that a scan proposes and about which nobody has decided yet; in no other number. */
  readonly candidates: number;
  /** Parts of the system that could not be read. */
  readonly unreadable: Unreadable;
  readonly collections: readonly CollectionCounts[];
}

/** A system that has not begun to read. */
export const notCounted: SystemCounts = {
  found: null,
  exported: 0,
  withheld: 0,
  referred: 0,
  pending: 0,
  candidates: 0,
  unreadable: { records: 0, objects: 0 },
  collections: [],
};

/** By system; a system that has not begun to read is not in the map. */
export async function systemCounts(
  db: LedgerReader,
  requestId: RequestId,
): Promise<ReadonlyMap<SystemId, SystemCounts>> {
  const rows = await db
    .selectFrom('streams as s')
    .innerJoin('rounds as o', (join) =>
      join
        .onRef('o.request_id', '=', 's.request_id')
        .onRef('o.system_id', '=', 's.system_id')
        .onRef('o.round', '=', 's.round'),
    )
    .leftJoin('dispositions as d', (join) =>
      join
        .onRef('d.request_id', '=', 's.request_id')
        .onRef('d.system_id', '=', 's.system_id')
        .onRef('d.round', '=', 's.round')
        .onRef('d.stream_no', '=', 's.stream_no')
        .onRef('d.right', '=', 's.right'),
    )
    .leftJoin('tasks as t', 't.id', 's.task_id')
    .select([
      's.system_id',
      's.round',
      's.stream_no',
      's.collection',
      's.record_class',
      's.role',
      's.reason',
      's.found',
      's.as_of',
      's.is_candidate',
      's.reached_by',
      't.answer',
    ])
    .select([sumOf('exported').as('exported'), sumOf('withheld').as('withheld'), sumOf('referred').as('referred')])
    .where('s.request_id', '=', requestId)
    .where('o.right', 'in', [...packageRights])
    .where('o.superseded', '=', false)
    .groupBy(['s.request_id', 's.system_id', 's.round', 's.stream_no', 't.answer'])
    .orderBy('s.system_id')
    .orderBy('s.round')
    .orderBy('s.stream_no')
    .execute();
  const systems = new Map<SystemId, CollectionCounts[]>();
  const waiting = new Map<SystemId, number>();
  for (const row of rows) {
    if (row.is_candidate && row.answer !== 'accept') {
      if (row.answer === null) waiting.set(row.system_id, (waiting.get(row.system_id) ?? 0) + (row.found ?? 0));
      continue;
    }
    const collections = systems.get(row.system_id) ?? [];
    systems.set(row.system_id, collections);
    collections.push({
      collection: row.collection,
      recordClass: row.record_class,
      role: row.role,
      reason: row.reason ?? 'not-the-persons-data',
      found: row.found,
      exported: row.exported,
      withheld: row.withheld,
      referred: row.referred,
      pending: row.found === null ? 0 : row.found - row.exported - row.withheld - row.referred,
      asOf: row.as_of?.toISOString() ?? null,
      reachedBy: row.reached_by,
      wasCandidate: row.is_candidate,
    });
  }
  const answered = await db
    .selectFrom('rounds')
    .select((it) => [
      'system_id',
      sql<boolean>`bool_and(finished_at is not null)`.as('finished'),
      it.fn.sum<number>('unreadable_records').as('records'),
      it.fn.sum<number>('unreadable_objects').as('objects'),
    ])
    .where('request_id', '=', requestId)
    .where('right', 'in', [...packageRights])
    .where('superseded', '=', false)
    .groupBy('system_id')
    .execute();
  return new Map(
    answered.map(({ system_id: id, finished, records, objects }) => {
      const counted = totals(systems.get(id) ?? [], finished);
      const unreadable = { records: Number(records), objects: Number(objects) };
      return [id, { ...counted, candidates: waiting.get(id) ?? 0, unreadable }] as const;
    }),
  );
}

function sumOf(disposition: 'exported' | 'withheld' | 'referred') {
  return sql<number>`coalesce(sum(d.count) filter (where d.disposition = ${disposition}), 0)::bigint`;
}

function totals(
  collections: readonly CollectionCounts[],
  finished: boolean,
): Omit<SystemCounts, 'candidates' | 'unreadable'> {
  const sum = (of: (one: CollectionCounts) => number) => collections.reduce((total, one) => total + of(one), 0);
  const complete = finished && collections.every((one) => one.found !== null);
  return {
    found: complete ? sum((one) => one.found ?? 0) : null,
    exported: sum((one) => one.exported),
    withheld: sum((one) => one.withheld),
    referred: sum((one) => one.referred),
    pending: sum((one) => one.pending),
    collections,
  };
}
