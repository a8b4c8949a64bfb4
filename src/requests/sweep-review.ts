/**
 * When the rules change, the days in the register are computed anew: a duty that became longer moves the day at once, one that
 * became shorter has people asked on the first day on which today's rules let the records go, and not only on the day that was
 * registered. Page by page, so many an hour; what one entry fails with is told and holds up no other. Erases nothing. Personal
 * data in memory only.
 */
import type { Deps } from '../deps.ts';
import { catalogue, codeOf, HabeasError } from '../errors.ts';
import type { ClaimId } from '../ids.ts';
import type { RegisterRow } from '../ledger/register.ts';
import { noteReviewed, type Reviewed, type Reviewing, unreviewed } from '../ledger/sweep-review.ts';
import { addDays, type CivilDate, parseCivilDate } from '../policy/clock/index.ts';
import { roundPolicySha256 } from './policy-hash.ts';
import { assertNotFuture, claimAll, sweepDay } from './sweep.ts';
import { type LookDeps, type LookedGroup, SweepLooker } from './sweep-look.ts';

type ReviewDeps = LookDeps & Pick<Deps, 'log'>;

const pageSize = 100;
/** So many failures are no matter of single pages. */
const failuresAtOnce = 20;

/** Reviews up to `limit` entries; how many. Fails after the last with the first failure, which is tried again with the next review. */
export async function reviewRegister(
  deps: ReviewDeps,
  {
    limit,
    signal,
    progress,
  }: { readonly limit: number; readonly signal?: AbortSignal; readonly progress?: () => void },
): Promise<number> {
  const today = sweepDay(deps);
  const looker = new SweepLooker(deps, today);
  let count = 0;
  const failures: unknown[] = [];
  for (const { id: systemId } of deps.config.systems) {
    if (!deps.systems.has(systemId)) continue;
    const reviewing: Reviewing = { systemId, today, policySha256: roundPolicySha256(deps, systemId) };
    for (const side of ['<', '>'] as const) {
      let after: RegisterRow | undefined;
      while (count < limit) {
        const atOnce = Math.min(pageSize, limit - count);
        const rows = await unreviewed(deps.ledger.db, reviewing, side, atOnce, after).execute();
        if (rows.length === 0) break;
        for (const entry of rows) {
          signal?.throwIfAborted();
          try {
            const reviewed = await review(deps, looker, entry, today, signal);
            await deps.ledger.db
              .transaction()
              .execute((trx) => noteReviewed(trx, entry, reviewing.policySha256, reviewed, deps.now()));
          } catch (error) {
            signal?.throwIfAborted();
            // One page that cannot be read now must not keep the others from their day.
            failures.push(error);
            if (failures.length >= failuresAtOnce) throw failures[0];
          }
          progress?.();
        }
        count += rows.length;
        after = rows.at(-1);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return count;
}

/**
 * Takes what is due into claims, once the days that the rules have changed are computed anew: what the hourly Schedule does, and whoever
 * asks for it by hand. `asOf`: today unless an earlier day is given. What the review fails with is told and keeps nothing from being taken.
 */
export async function takeDue(
  deps: ReviewDeps,
  given: CivilDate | undefined,
  { limit, signal, progress }: Parameters<typeof reviewRegister>[1],
): Promise<{
  readonly claims: readonly ClaimId[];
  readonly reviewed: number | null;
}> {
  assertNotFuture(deps, given);
  const reviewing = { limit, ...(signal && { signal }), ...(progress && { progress }) };
  const reviewed = await reviewRegister(deps, reviewing).catch((error: unknown) => {
    signal?.throwIfAborted();
    deps.log.warn({ code: codeOf(error), err: error }, 'register-not-reviewed');
    return null;
  });
  return { claims: await claimAll(deps, given), reviewed };
}

const asBefore: Reviewed = { lookOn: null, moved: null };

async function review(
  { log }: ReviewDeps,
  looker: SweepLooker,
  entry: RegisterRow,
  today: CivilDate,
  signal: AbortSignal | undefined,
): Promise<Reviewed> {
  if (entry.due_on === null || entry.due_on <= today || entry.count === 0) return asBefore;
  try {
    return reviewedOf(entry, await looker.look(entry, signal), today);
  } catch (error) {
    // What may be readable in an hour is reviewed then; what is not is told on its day.
    if (!(error instanceof HabeasError) || catalogue[error.code].retryable) throw error;
    log.warn({ requestId: entry.request_id, code: codeOf(error), err: error }, 'register-entry-not-reviewed');
    return asBefore;
  }
}

/** The earliest day on which some of the records may go; the later day of the entry where all of them are kept longer. */
function reviewedOf(entry: RegisterRow, groups: readonly LookedGroup[], today: CivilDate): Reviewed {
  const dueOn = parseCivilDate(entry.due_on ?? '', 'due_on');
  const days = groups.map(({ verdict }): { readonly opens: CivilDate; readonly keptBy: string | null } => {
    switch (verdict.is) {
      case 'kept':
        return {
          opens: verdict.opensOn ?? (verdict.until === null ? dueOn : addDays(verdict.until, 1)),
          keptBy: verdict.keptBy,
        };
      // Whoever holds or seeks it is asked again then.
      case 'erase':
      case 'held':
      case 'sought':
        return { opens: today, keptBy: null };
      case 'unanswered':
        return { opens: dueOn, keptBy: null };
      default:
        return verdict satisfies never;
    }
  });
  const first = days.reduce((a, b) => (b.opens < a.opens ? b : a), days[0] ?? { opens: dueOn, keptBy: null });
  if (first.opens > dueOn)
    return { lookOn: first.opens, moved: { dueOn: first.opens, keptBy: first.keptBy ?? entry.kept_by } };
  return { lookOn: first.opens, moved: null };
}
