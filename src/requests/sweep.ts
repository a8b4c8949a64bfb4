/**
 * The retention sweep as officers meet it: what would be done on a day (a dry run, which changes nothing), taking what is due
 * into claims, and the claims that wait. Carrying a claim out is the worker's. Shows counts, classes, laws and dates only.
 * Fails with `sweep-future`, `clock-date-invalid`, `not-found`.
 */
import type { Deps } from '../deps.ts';
import { type ErrorCode, HabeasError } from '../errors.ts';
import type { ClaimId, RegisterId, SystemId } from '../ids.ts';
import { dueByHand } from '../ledger/hand-entries.ts';
import type { RegisterRow } from '../ledger/register.ts';
import { isDecidedAnew, restingStates } from '../ledger/states.ts';
import { automaticClasses, classStates } from '../ledger/sweep-automatic.ts';
import {
  type ClaimRow,
  claimDue,
  claimEntries,
  claimedEntries,
  dueEntries,
  dueSystems,
  findClaim,
  openClaims,
} from '../ledger/sweep-claims.ts';
import { sweepNoticesOf } from '../ledger/sweep-notices.ts';
import { unreviewed } from '../ledger/sweep-review.ts';
import { addDays, type CivilDate, lastDayBefore } from '../policy/clock/index.ts';
import type { SweepQuestion, SweepVerdict } from '../policy/sweep.ts';
import { roundPolicySha256 } from './policy-hash.ts';
import { type LookDeps, SweepLooker } from './sweep-look.ts';
import { noticeLine } from './sweep-told.ts';
import { civilToday } from './today.ts';

type SweepDeps = LookDeps & Pick<Deps, 'now'>;

export function sweepDay({ config, now }: Pick<Deps, 'config' | 'now'>): CivilDate {
  return civilToday(now(), config.controller.timeZone);
}

/** What would become of records of one class in one system. */
export interface SweepLine {
  readonly systemId: SystemId;
  readonly recordClass: string;
  /** `erase`, `read-back`, `by-hand` (a person is asked), or why nothing would be done. */
  readonly what: SweepVerdict['is'] | 'read-back' | 'by-hand';
  readonly action: string | null;
  readonly count: number;
  /** The laws that have kept it, and the last day that stands in the register. */
  readonly laws: string | null;
  readonly until: string | null;
  /** Where it is kept longer: what keeps it now, until when. */
  readonly keptBy: string | null;
  readonly keptUntil: string | null;
  /** Why people would be asked, whatever the class. */
  readonly asks: readonly SweepQuestion[];
  readonly code: ErrorCode | null;
}

/**
 * What a sweep of everything due on a day would do; no effect, no claim. Of entries whose days were computed under other rules than
 * today's, also those that today's would let go of by then.
 */
export async function dryRun(deps: SweepDeps, asOf: CivilDate): Promise<readonly SweepLine[]> {
  const { db } = deps.ledger;
  const lines = new Map<string, SweepLine>();
  const looker = new SweepLooker(deps, asOf);
  const add = (line: SweepLine): void => {
    const { count, ...rest } = line;
    const form = JSON.stringify(rest);
    lines.set(form, { ...line, count: count + (lines.get(form)?.count ?? 0) });
  };
  for (const systemId of await dueSystems(db, asOf))
    for await (const entry of everyDue(deps, systemId, asOf))
      for (const line of await linesOf(looker, entry)) add(line);
  for (const entry of await dueByHand(db, asOf)) add({ ...lineOf(entry), what: 'by-hand', count: entry.count });
  for (const { id: systemId } of deps.config.systems)
    for await (const entry of everyShortened(deps, systemId, asOf))
      for (const line of await linesOf(looker, entry))
        if (line.what !== 'kept' && line.what !== 'unanswered') add(line);
  return [...lines.values()];
}

/** Entries that are not looked at by then, and that a review under today's rules may bring forward. */
async function* everyShortened(deps: SweepDeps, systemId: SystemId, asOf: CivilDate) {
  if (!deps.systems.has(systemId)) return;
  const policySha256 = roundPolicySha256(deps, systemId);
  for (const side of ['<', '>'] as const) {
    let after: RegisterRow | undefined;
    for (;;) {
      const rows = await unreviewed(deps.ledger.db, { systemId, policySha256 }, side, claimEntries, after)
        .where('look_on', '>', asOf)
        .where('due_on', '>', asOf)
        .where('count', '>', 0)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('requests as r')
              .select('r.id')
              .whereRef('r.id', '=', 'register_entries.request_id')
              .where('r.state', 'in', [...restingStates]),
          ),
        )
        .execute();
      yield* rows;
      after = rows.at(-1);
      if (rows.length < claimEntries) break;
    }
  }
}

async function* everyDue({ ledger: { db } }: SweepDeps, systemId: SystemId, asOf: CivilDate) {
  let after: { lookOn: string; id: RegisterId } | undefined;
  for (;;) {
    const rows = await dueEntries(db, { systemId, asOf, ...(after === undefined ? {} : { after }) }).execute();
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || last.look_on === null || rows.length < claimEntries) return;
    after = { lookOn: last.look_on, id: last.id };
  }
}

const lineOf = (entry: RegisterRow) => ({
  ...{ systemId: entry.system_id, recordClass: entry.record_class, action: null, laws: entry.kept_by },
  until: lastDayBefore(entry.due_on),
  ...{ keptBy: null, keptUntil: null, asks: [], code: null },
});

async function linesOf(looker: SweepLooker, entry: RegisterRow): Promise<readonly SweepLine[]> {
  const line = lineOf(entry);
  if (!isDecidedAnew(entry.kind)) return [{ ...line, what: 'read-back', count: entry.count }];
  return (await looker.look(entry)).map(({ verdict, records }): SweepLine => {
    const counted = { ...line, what: verdict.is, count: records.length };
    switch (verdict.is) {
      case 'erase':
        return { ...counted, action: verdict.decision.action, asks: verdict.asks };
      case 'kept':
        return { ...counted, keptBy: verdict.keptBy, keptUntil: verdict.until };
      case 'held':
        return { ...counted, code: 'hold-placed' };
      case 'sought':
        return { ...counted, code: 'request-open' };
      case 'unanswered':
        return { ...counted, code: verdict.code };
      default:
        return verdict satisfies never;
    }
  });
}

/** Erasing early by a slip of the pen cannot be taken back: `sweep-future`. */
export function assertNotFuture(deps: Pick<Deps, 'config' | 'now'>, asOf: CivilDate | undefined): void {
  if (asOf !== undefined && asOf > sweepDay(deps)) throw new HabeasError('sweep-future', { where: '--as-of' });
}

/** Takes everything that is due into claims, system by system. `asOf`: today unless an earlier day is given. */
export async function claimAll(
  deps: Pick<Deps, 'ledger' | 'config' | 'now'>,
  given: CivilDate | undefined,
): Promise<readonly ClaimId[]> {
  const { db } = deps.ledger;
  assertNotFuture(deps, given);
  const today = sweepDay(deps);
  const asOf = given ?? today;
  const automatic = await automaticClasses(db);
  const claims: ClaimId[] = [];
  for (const systemId of await dueSystems(db, asOf)) {
    const isConfigured = deps.config.systems.some(({ id }) => id === systemId);
    const claiming = { systemId, asOf, automatic, isConfigured, retryOn: addDays(today, 1), at: deps.now() };
    for (;;) {
      const taken = await db.transaction().execute((trx) => claimDue(trx, claiming));
      if (taken.length === 0) break;
      claims.push(...taken);
    }
  }
  return claims;
}

/** Claims that have not ended, the oldest first, with what is in them. */
export async function listClaims({ ledger: { db } }: Pick<Deps, 'ledger'>) {
  const rows = await openClaims(db);
  return Promise.all(rows.map(async (row) => claimLine(row, await claimedEntries(db, row.id))));
}
export type ListedClaim = Awaited<ReturnType<typeof listClaims>>[number];

/** Classes about which people have said whether they are swept without asking. */
export async function listClasses({ ledger: { db } }: Pick<Deps, 'ledger'>) {
  const rows = await classStates(db);
  return rows.map((row) => ({
    recordClass: row.record_class,
    state: row.state,
    askedBy: row.asked_by,
    agreedBy: row.agreed_by,
    since: row.since.toISOString(),
  }));
}

/** One claim, with its entries and who has approved what is in it now. */
export async function showClaim({ ledger: { db }, config }: Pick<Deps, 'ledger' | 'config'>, id: ClaimId) {
  const row = await findClaim(db, id);
  const entries = await claimedEntries(db, id);
  const votes = await db
    .selectFrom('sweep_votes')
    .select('person_id')
    .where('claim_id', '=', id)
    .where('sha256', '=', row.sha256 ?? '')
    .orderBy('person_id')
    .execute();
  return {
    ...claimLine(row, entries),
    approvedBy: votes.map((vote) => vote.person_id),
    approvedAt: row.approved_at?.toISOString() ?? null,
    /** Who is to be told, or was, of what it erased (Art. 19). */
    recipients: (await sweepNoticesOf(db, id)).map((notice) => noticeLine(notice, { config })),
    endedAt: row.ended_at?.toISOString() ?? null,
    entries: entries.map((entry) => ({
      id: entry.id,
      requestId: entry.request_id,
      collection: entry.collection,
      recordClass: entry.record_class,
      count: entry.count,
      action: entry.action,
      asks: entry.asks,
      keptBy: entry.kept_by,
      dueOn: entry.due_on,
      endedAt: entry.ended_at?.toISOString() ?? null,
    })),
  };
}
export type ShownClaim = Awaited<ReturnType<typeof showClaim>>;

function claimLine(row: ClaimRow, entries: readonly RegisterRow[]) {
  const left = entries.filter((one) => one.ended_at === null);
  return {
    id: row.id,
    systemId: row.system_id,
    kind: row.kind,
    asOf: row.as_of,
    /** Of a replay: when the restored copy was made. */
    since: row.since?.toISOString() ?? null,
    state: row.state,
    code: row.code,
    where: row.code_where,
    automatic: row.automatic,
    peopleNeeded: row.people_needed,
    retryOn: row.retry_on,
    madeAt: row.made_at.toISOString(),
    /** Names what is to be done; part of what is signed. */
    about: row.sha256,
    recordClasses: [...new Set(entries.map((one) => one.record_class))].sort(),
    /** Records that are still to be dealt with. */
    records: left.reduce((sum, { count }) => sum + count, 0),
    asks: [...new Set(left.flatMap(({ asks }) => asks))].sort(),
  };
}
