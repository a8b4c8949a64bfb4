/**
 * Steps of the retention sweep that call no system: taking what is due, looking at an entry, asking people, parking. Each may run
 * twice: what was looked at, left or asked about is not touched again. What cannot be read of one entry leaves it with its code
 * and holds up no other.
 */
import type { Deps } from '../src/deps.ts';
import { catalogue, type ErrorCode, HabeasError, isErrorCode } from '../src/errors.ts';
import type { ClaimId } from '../src/ids.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import type { RegisterRow } from '../src/ledger/register.ts';
import {
  aboutOf,
  type ClaimRow,
  claimedEntries,
  claimedEntry,
  findClaim,
  lockClaim,
  moveClaim,
  putAskedClaim,
  takeUpClaims,
} from '../src/ledger/sweep-claims.ts';
import { leaveEntry } from '../src/ledger/sweep-entries.ts';
import { addDays, parseCivilDate } from '../src/policy/clock/index.ts';
import { sweepDay } from '../src/requests/sweep.ts';
import { SweepLooker } from '../src/requests/sweep-look.ts';
import { takeDue } from '../src/requests/sweep-review.ts';
import { prefixOf } from '../src/temporal/names.ts';
import type { SweepSteps } from '../workflows/stages.ts';
import { askAboutKept } from './ask-kept.ts';
import { lapseCopies } from './copies.ts';
import { settleReplay } from './replay-settle.ts';
import { runActivity } from './stage.ts';
import { destroyLeftovers } from './sweep-clean.ts';
import { settle, type WriteRows } from './sweep-settle.ts';

type StepDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

/** Looks that one run of a workflow starts at once. */
const looksAtOnce = 50;
/** Entries of which one hour computes the days anew after a change of the rules. */
const reviewsAtOnce = 2000;
/** Claims of which what was read is remembered at once. */
const claimsKnown = 8;
/** Claims that one hour takes up; whoever has waited longest comes first in the next. */
const claimsAtOnce = 100;

export function sweepSteps(deps: StepDeps): SweepSteps {
  const { db } = deps.ledger;
  const lookers = new ClaimLookers(deps);
  return {
    claimSweeps: () =>
      runActivity(deps, {}, async (run) => {
        await lapseCopies(deps);
        await destroyLeftovers(deps, run);
        const { signal } = run;
        await askAboutKept(deps);
        await takeDue(deps, undefined, { limit: reviewsAtOnce, signal, progress: () => run.progress() });
        const systemIds = deps.config.systems.map(({ id }) => id);
        const turn = { today: sweepDay(deps), systemIds, limit: claimsAtOnce, at: deps.now() };
        return { claims: await db.transaction().execute((trx) => takeUpClaims(trx, turn)) };
      }),
    beginSweep: ({ claimId }) =>
      runActivity(deps, {}, () => db.transaction().execute((trx) => beginSweep(deps, trx, claimId))),
    lookAt: ({ claimId, entryId }) =>
      runActivity(deps, {}, async (run) => {
        const claim = await findClaim(db, claimId);
        const entry = await claimedEntry(db, claimId, entryId);
        if (entry === undefined || !isUnlooked(entry)) return;
        const commit = (write: WriteRows) =>
          db.transaction().execute(async (trx) => {
            if ((await lockClaim(trx, claimId)).state !== 'claimed') return;
            const now = await claimedEntry(trx, claimId, entryId);
            if (now !== undefined && isUnlooked(now)) await write(trx, deps.now());
          });
        await lookedAt(deps, lookers, { entry, claim, signal: run.signal })
          .then(commit)
          .catch((error: unknown) => commit(leftFor(error, entry, claim)));
      }),
    endLook: ({ claimId }) =>
      runActivity(deps, {}, () => {
        lookers.forget(claimId);
        return db.transaction().execute((trx) => endLook(trx, claimId, deps.now()));
      }),
    parkSweep: ({ claimId, code }) =>
      runActivity(deps, {}, async () => {
        lookers.forget(claimId);
        const today = sweepDay(deps);
        await db.transaction().execute(async (trx) => {
          const claim = await lockClaim(trx, claimId);
          if (claim.ended_at !== null || claim.state === 'asked') return;
          const why: ErrorCode = isErrorCode(code) ? code : 'internal';
          const parked = { state: 'parked', code: why, code_where: claim.code_where } as const;
          await moveClaim(trx, claimId, { ...parked, sha256: claim.sha256, retry_on: addDays(today, 1) }, deps.now());
        });
      }),
  };
}

const isUnlooked = (entry: RegisterRow): boolean => entry.action === null && entry.ended_at === null;

async function beginSweep(deps: StepDeps, trx: LedgerTransaction, claimId: ClaimId) {
  const claim = await lockClaim(trx, claimId);
  const entries = claim.kind === 'read-back' ? [] : (await claimedEntries(trx, claimId)).filter(isUnlooked);
  let { state } = claim;
  if (state === 'parked') {
    // Somebody has mended it, or a day has passed: it goes on where it stood.
    const isAgreed = claim.approved_at !== null || (claim.people_needed === 0 && claim.sha256 !== null);
    state = isAgreed ? 'approved' : 'claimed';
    await moveClaim(trx, claimId, { state, sha256: claim.sha256 }, deps.now());
  }
  return {
    ...{ state, systemId: claim.system_id, entries: entries.slice(0, looksAtOnce).map(({ id }) => id) },
    ...{
      more: entries.length > looksAtOnce,
      retry: deps.config.worker.retry,
      queuePrefix: prefixOf(deps.config.temporal),
    },
  };
}

interface LookingAt {
  readonly entry: RegisterRow;
  readonly claim: ClaimRow;
  readonly signal: AbortSignal;
}

function lookedAt(deps: StepDeps, lookers: ClaimLookers, { entry, claim, signal }: LookingAt): Promise<WriteRows> {
  if (claim.kind === 'replay') return settleReplay(deps, claim, entry, { signal });
  const asOf = parseCivilDate(claim.as_of, 'as_of');
  return lookers
    .of(claim)
    .look(entry, signal)
    .then((groups) => settle(deps, { entry, groups, asOf, signal }));
}

/**
 * One looker a claim and day, so that the looks of a claim read notes, and what open requests seek, once. What it remembers may be
 * hours old; before anything is erased all is looked at once more (sweep-out.ts).
 */
class ClaimLookers {
  readonly #deps: StepDeps;
  readonly #known = new Map<ClaimId, { readonly looker: SweepLooker; readonly day: string }>();

  constructor(deps: StepDeps) {
    this.#deps = deps;
  }

  of({ id, as_of: asOf }: ClaimRow): SweepLooker {
    const day = sweepDay(this.#deps);
    const known = this.#known.get(id);
    if (known?.day === day) return known.looker;
    const looker = new SweepLooker(this.#deps, parseCivilDate(asOf, 'as_of'));
    this.#known.set(id, { looker, day });
    const [oldest] = this.#known.keys();
    if (this.#known.size > claimsKnown && oldest !== undefined) this.#known.delete(oldest);
    return looker;
  }

  forget(id: ClaimId): void {
    this.#known.delete(id);
  }
}

/** What fails for a reason of its own leaves the entry with that code; what another attempt may do better is thrown. */
function leftFor(error: unknown, entry: RegisterRow, claim: ClaimRow): WriteRows {
  if (!(error instanceof HabeasError) || catalogue[error.code].retryable) throw error;
  const { code } = error;
  const lookOn = claim.kind === 'replay' ? entry.look_on : addDays(parseCivilDate(claim.as_of, 'as_of'), 1);
  return (trx, at) => leaveEntry(trx, entry, { lookOn, code }, at);
}

/** Nothing is left: done. Nobody has to be asked: approved. Else the batch as it is now waits for people. */
async function endLook(trx: LedgerTransaction, claimId: ClaimId, at: Date) {
  const claim = await lockClaim(trx, claimId);
  if (claim.state !== 'claimed') return { state: claim.state };
  const entries = (await claimedEntries(trx, claimId)).filter((entry) => entry.ended_at === null);
  if (claim.kind !== 'read-back' && entries.some(isUnlooked)) throw new HabeasError('internal', { where: 'sweep' });
  let left = entries;
  if (claim.people_needed === 0 && claim.kind === 'erase') {
    const asking = entries.filter(({ asks }) => asks.length > 0);
    left = entries.filter(({ asks }) => asks.length === 0);
    if (asking.length > 0) await endLook(trx, await putAskedClaim(trx, claim, asking, at), at);
  }
  const state = left.length === 0 ? 'done' : claim.people_needed === 0 ? 'approved' : 'asked';
  await moveClaim(trx, claimId, { state, sha256: aboutOf(claimId, left) }, at);
  return { state } as const;
}
