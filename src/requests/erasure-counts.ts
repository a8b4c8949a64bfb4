/**
 * What the books say of an erasure, per system: found, and what became of it, with the laws and dates of what is kept. Sums
 * the readings of every pass that were not superseded; erased, anonymised and absent come from outcomes alone, so what is
 * not gone yet is `pending`. Reads counts and codes only, and works after keys are destroyed.
 */
import { sql } from 'kysely';
import type { RequestId, SystemId } from '../ids.ts';
import type { LedgerReader } from '../ledger/open.ts';
import type { Disposition, DispositionReason, Evidence } from '../ledger/states.ts';
import { isCounted } from '../ledger/streams.ts';
import type { RefusalGround } from '../policy/grounds.ts';
import { movedDays, withMovedDays } from './moved-days.ts';

/** What was not erased, one line per class, reason and date. */
export interface KeptLine {
  readonly collection: string;
  readonly recordClass: string;
  readonly disposition: Extract<Disposition, 'retained' | 'expiring' | 'refused' | 'referred'>;
  readonly reason: DispositionReason;
  readonly refusal: RefusalGround | null;
  /** Laws in a sentence, or what the stream declares of its expiry. */
  readonly keptBy: string | null;
  readonly until: string | null;
  /** `attested`: a person says so. Of what expires: `hidden` where it is deleted and out of sight, `pending` where it waits or is on its way. */
  readonly evidence: Evidence;
  readonly count: number;
}

export interface ErasureCounts {
  /** Null while a system has not been read to its end. */
  readonly found: number | null;
  readonly erased: number;
  readonly anonymised: number;
  /** Of the anonymised: records that go on as another's, without the person. */
  readonly detached: number;
  readonly retained: number;
  readonly expiring: number;
  readonly absent: number;
  /** Of the absent: records that are there and had become another person's; they were left alone. */
  readonly changedHands: number;
  readonly refused: number;
  readonly referred: number;
  /** Planned, and nothing has become of it yet. Zero where the books balance. */
  readonly pending: number;
  /** Erased or changed, and not read back yet. */
  readonly unverified: number;
  /** Of the anonymised: gone from the records, while a history of the system still tells what was there. */
  readonly historyRemains: number;
  /** Entries of the register that count, and the records in them. */
  readonly registered: { readonly entries: number; readonly records: number };
  /** Records that came after the erasing began, and were left alone. */
  readonly newRelationship: number;
  /** Answered by hand in an erasure round. */
  readonly byHand: boolean;
  readonly kept: readonly KeptLine[];
}

export const nothingErased: ErasureCounts = {
  found: null,
  erased: 0,
  anonymised: 0,
  detached: 0,
  retained: 0,
  expiring: 0,
  absent: 0,
  changedHands: 0,
  refused: 0,
  referred: 0,
  pending: 0,
  unverified: 0,
  historyRemains: 0,
  registered: { entries: 0, records: 0 },
  newRelationship: 0,
  byHand: false,
  kept: [],
};

/** By system; one of which nothing was read for erasure is not in the map. */
export async function erasureCounts(
  db: LedgerReader,
  requestId: RequestId,
): Promise<ReadonlyMap<SystemId, ErasureCounts>> {
  const [rounds, founds, became, entries, moved] = await Promise.all([
    db
      .selectFrom('rounds')
      .select([
        'system_id',
        sql<boolean>`bool_and(finished_at is not null)`.as('finished'),
        sql<boolean>`bool_or(by_hand)`.as('by_hand'),
        sql<string>`sum(new_relationship + came_back)`.as('newer'),
      ])
      .where('request_id', '=', requestId)
      .where('right', '=', 'erasure')
      .where('superseded', '=', false)
      .groupBy('system_id')
      .execute(),
    counted(db, requestId)
      .select((it) => [
        's.system_id',
        it.fn.sum<number>('s.found').as('found'),
        sql<boolean>`bool_and(s.found is not null)`.as('ended'),
      ])
      .groupBy('s.system_id')
      .execute(),
    becameOf(db, requestId),
    db
      .selectFrom('register_entries')
      .select((it) => ['system_id', it.fn.countAll<number>().as('entries'), it.fn.sum<number>('count').as('records')])
      .where('request_id', '=', requestId)
      .where('active_at', 'is not', null)
      .where('kind', '<>', 'backup-copy')
      .groupBy('system_id')
      .execute(),
    movedDays(db, requestId),
  ]);
  return new Map(
    rounds.map((round) => {
      const own = became.filter((one) => one.system_id === round.system_id);
      const sum = (of: Disposition) => total(own.filter((one) => one.disposition === of));
      const found = founds.find((one) => one.system_id === round.system_id);
      const isRead = round.finished && (found?.ended ?? true);
      const registered = entries.find((one) => one.system_id === round.system_id);
      const known = Number(found?.found ?? 0);
      return [
        round.system_id,
        {
          found: isRead ? known : null,
          erased: sum('erased'),
          anonymised: sum('anonymised'),
          detached: total(own.filter((one) => one.disposition === 'anonymised' && one.detached)),
          retained: sum('retained'),
          expiring: sum('expiring'),
          absent: sum('absent'),
          changedHands: total(own.filter(({ reason }) => reason === 'changed-hands')),
          refused: sum('refused'),
          referred: sum('referred'),
          pending: isRead ? known - total(own) : 0,
          unverified: total(own.filter((one) => isGone(one.disposition) && !isReadBack(one) && !remains(one))),
          historyRemains: total(own.filter(remains)),
          registered: { entries: Number(registered?.entries ?? 0), records: Number(registered?.records ?? 0) },
          newRelationship: Number(round.newer),
          byHand: round.by_hand,
          kept: withMovedDays(
            keptOf(own),
            moved.filter(({ systemId }) => systemId === round.system_id),
          ),
        },
      ] as const;
    }),
  );
}

/** Of what is gone, what nobody read back: a person attests it. By system; one without is not in the map. */
export async function attestedGone(
  db: LedgerReader,
  requestId: RequestId,
): Promise<ReadonlyMap<SystemId, Readonly<Record<'erased' | 'anonymised' | 'absent', number>>>> {
  const attested = (await becameOf(db, requestId)).filter(({ evidence }) => evidence === 'attested');
  return new Map(
    attested.map(({ system_id: system }) => {
      const sum = (of: Disposition) =>
        total(attested.filter((one) => one.system_id === system && one.disposition === of));
      return [system, { erased: sum('erased'), anonymised: sum('anonymised'), absent: sum('absent') }] as const;
    }),
  );
}

const isGone = (disposition: Disposition): boolean => ['erased', 'anonymised', 'absent'].includes(disposition);
const isReadBack = ({ evidence }: { readonly evidence: string }): boolean =>
  evidence === 'read-back' || evidence === 'attested';
const remains = ({
  disposition,
  evidence,
}: {
  readonly disposition: Disposition;
  readonly evidence: string;
}): boolean => disposition === 'anonymised' && evidence === 'history-remains';
const total = (rows: readonly { readonly count: number }[]): number => rows.reduce((sum, { count }) => sum + count, 0);

/** Streams that count: of readings not superseded, without candidates that wait or were rejected. */
function counted(db: LedgerReader, requestId: RequestId) {
  return db
    .selectFrom('streams as s')
    .innerJoin('rounds as o', (join) =>
      join
        .onRef('o.request_id', '=', 's.request_id')
        .onRef('o.system_id', '=', 's.system_id')
        .onRef('o.round', '=', 's.round'),
    )
    .leftJoin('tasks as t', 't.id', 's.task_id')
    .where('s.request_id', '=', requestId)
    .where('o.right', '=', 'erasure')
    .where('o.superseded', '=', false)
    .where(isCounted);
}

async function becameOf(db: LedgerReader, requestId: RequestId) {
  const rows = await counted(db, requestId)
    .innerJoin('dispositions as d', (join) =>
      join
        .onRef('d.request_id', '=', 's.request_id')
        .onRef('d.system_id', '=', 's.system_id')
        .onRef('d.round', '=', 's.round')
        .onRef('d.stream_no', '=', 's.stream_no')
        .on('d.right', '=', 'erasure'),
    )
    .leftJoin('decisions as c', (join) =>
      join
        .onRef('c.request_id', '=', 'd.request_id')
        .onRef('c.system_id', '=', 'd.system_id')
        .onRef('c.round', '=', 'd.round')
        .onRef('c.no', '=', 'd.decision_no'),
    )
    .select(['s.system_id', 's.collection', 's.record_class', 'd.disposition', 'd.reason', 'd.evidence', 'd.detached'])
    .select(['d.until', 'c.kept_by', 'c.refusal'])
    .select((it) => it.fn.sum<number>('d.count').as('count'))
    .groupBy(['s.system_id', 's.collection', 's.record_class', 'd.disposition', 'd.reason', 'd.evidence', 'd.detached'])
    .groupBy(['d.until', 'c.kept_by', 'c.refusal'])
    .orderBy('s.system_id')
    .orderBy('s.collection')
    .orderBy('d.disposition')
    .orderBy('d.until')
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

function keptOf(rows: Awaited<ReturnType<typeof becameOf>>): readonly KeptLine[] {
  return rows.flatMap((row) => {
    const { disposition } = row;
    if (
      disposition !== 'retained' &&
      disposition !== 'expiring' &&
      disposition !== 'refused' &&
      disposition !== 'referred'
    )
      return [];
    return [
      {
        collection: row.collection,
        recordClass: row.record_class,
        disposition,
        reason: row.reason,
        refusal: row.refusal,
        keptBy: row.kept_by,
        until: row.until,
        evidence: row.evidence,
        count: row.count,
      },
    ];
  });
}
