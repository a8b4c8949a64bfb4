/**
 * The journal of the sweep: an intent is committed before each page's effect, its outcome after, by the attempt that has the claim
 * and no other. Holds are asked once more behind the request's lock; one that was placed since the page was looked at stops the
 * attempt (`hold-placed`) before anything is noted, and the next one takes the record out. Where an intent is open already nobody
 * can tell what of the page is still there: then the claim stays parked with that code until the hold is released. Outcomes
 * that do not add up to the page are refused.
 */
import type { EffectOutcome, Journal, PlannedChunk, WaitingRecord } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { passFailpoint } from '../src/failpoint.ts';
import { lockRequest } from '../src/ledger/lanes.ts';
import { recordName } from '../src/ledger/record-ref.ts';
import type { RegisterRow } from '../src/ledger/register.ts';
import { type ClaimFence, holdClaim } from '../src/ledger/sweep-claims.ts';
import { concludeSweep, intendSweep } from '../src/ledger/sweep-effects.ts';
import { mayErase } from '../src/policy/holds.ts';
import { Holds } from './holds.ts';
import { type ActivityRun, assertCallable } from './stage.ts';
import { areOf } from './waiting.ts';

export class SweepJournal implements Journal {
  readonly #deps: Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>;
  readonly #run: ActivityRun;
  readonly #fence: ClaimFence;
  readonly #entryOf: (chunkNo: number) => RegisterRow;
  readonly #holds = new Map<string, Holds>();
  readonly #open = new Map<number, 'new' | 'open'>();
  /** The vendor still works on records of a page. */
  isRunning = false;
  /** By chunk, what the vendor lets go of later: such a page has no outcome before it was taken apart. */
  readonly waiting = new Map<number, readonly WaitingRecord[]>();

  constructor(
    deps: Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>,
    run: ActivityRun,
    fence: ClaimFence,
    entryOf: (chunkNo: number) => RegisterRow,
  ) {
    this.#deps = deps;
    this.#run = run;
    this.#fence = fence;
    this.#entryOf = entryOf;
  }

  async begin(chunk: PlannedChunk) {
    const entry = this.#entryOf(chunk.chunkNo);
    await assertCallable(this.#deps, entry.system_id);
    const state = await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdClaim(trx, this.#fence);
      await lockRequest(trx, entry.request_id, 'shared');
      const { all, named, isRequestHeld, isAccessOpen } = await this.#holdsOf(entry).now(trx);
      const isHeld = ({ key }: PlannedChunk['records'][number]): boolean => {
        const record = recordName({ collection: chunk.stream.collection, key });
        return named.has(record) && !mayErase({ record, request: entry.request_id }, all, 'planned').may;
      };
      const stops = isRequestHeld || isAccessOpen || (named.size > 0 && chunk.records.some(isHeld));
      const begun = await intendSweep(trx, entry, this.#fence.claimId, this.#deps.now());
      if (stops && begun !== 'done') throw new HabeasError('hold-placed', { where: entry.system_id });
      return begun;
    });
    if (state === 'done') return { state, records: [] };
    this.#open.set(chunk.chunkNo, state);
    if (state === 'new') passFailpoint('sweep-after-intent');
    this.#run.progress(chunk.chunkNo + 1);
    return { state, records: chunk.records };
  }

  async outcome(
    chunk: PlannedChunk,
    outcomes: readonly EffectOutcome[],
    waiting: readonly WaitingRecord[] = [],
  ): Promise<void> {
    passFailpoint('sweep-after-effect');
    const state = this.#open.get(chunk.chunkNo);
    if (state === undefined) throw new HabeasError('internal', { where: 'outcome without intent' });
    const counts = { erased: 0, anonymised: 0, absent: 0, changedHands: 0 };
    const effect = chunk.records[0]?.decision.action === 'delete' ? 'erased' : 'anonymised';
    for (const { disposition, evidence, count, changedHands } of outcomes) {
      if ((disposition !== 'absent' && disposition !== effect) || !Number.isSafeInteger(count) || count < 0) refuse();
      if (evidence === 'inferred' && state !== 'open') refuse();
      if (changedHands === true && disposition !== 'absent') refuse();
      counts[disposition] += count;
      if (changedHands === true) counts.changedHands += count;
    }
    if (counts.erased + counts.anonymised + counts.absent + waiting.length !== chunk.records.length) refuse();
    if (!areOf(chunk, waiting)) refuse();
    if (waiting.length > 0) return void this.waiting.set(chunk.chunkNo, waiting);
    const entry = this.#entryOf(chunk.chunkNo);
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdClaim(trx, this.#fence);
      await concludeSweep(trx, { entryId: entry.id, claimId: this.#fence.claimId }, counts, this.#deps.now());
    });
    this.#open.delete(chunk.chunkNo);
    passFailpoint('sweep-after-outcome');
    this.#run.progress(chunk.chunkNo + 1);
  }

  running(): void {
    this.isRunning = true;
  }

  #holdsOf({ request_id: requestId, system_id: systemId }: RegisterRow): Holds {
    const known = this.#holds.get(requestId) ?? new Holds(this.#deps, { requestId, systemId });
    this.#holds.set(requestId, known);
    return known;
  }
}

function refuse(): never {
  throw new HabeasError('internal', { where: 'outcomes do not add up' });
}
