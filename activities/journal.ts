/**
 * The journal a connector erases by: an intent is committed before each chunk's effect, its outcome after. `begin` looks, under
 * the lane's fence, whether the system is stopped, the plan is the approved one and past the point of no return, and what holds
 * reach by now: a record held since the plan is skipped and gets its entry in the register before anything goes on. Where an
 * intent is open already nobody can tell whether such a record is still there: then it stops with `hold-placed`. Outcomes that
 * do not add up to the records handed out are refused (`internal`). What a vendor lets go of later gets its entry in the register with
 * the outcome, in one transaction.
 */
import type {
  EffectOutcome,
  Journal,
  PlannedChunk,
  PlannedRecord,
  RecordRef,
  WaitingRecord,
} from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { passFailpoint } from '../src/failpoint.ts';
import { type Booked, book, type ChunkKey, conclude, intend, unbook } from '../src/ledger/effects.ts';
import { decisionSince, type NumberedDecision } from '../src/ledger/erasure-decisions.ts';
import { getErasureRound } from '../src/ledger/erasure-rounds.ts';
import { holdLane } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { isInForce } from '../src/ledger/plan-versions.ts';
import { recordName } from '../src/ledger/record-ref.ts';
import { addEntries, type NewEntry, reduceEntry } from '../src/ledger/register.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { heldDecision, isPutOff, type RecordDecision, waitingDecision } from '../src/policy/erasure/index.ts';
import { mayErase } from '../src/policy/holds.ts';
import { asksFrom } from '../src/policy/vendor-waits.ts';
import { civilToday } from '../src/requests/today.ts';
import { Holds } from './holds.ts';
import { RegisterStore } from './register-store.ts';
import { assertCallable, type StageRun } from './stage.ts';
import { areOf } from './waiting.ts';

type JournalDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now'>;

export class EraseJournal implements Journal {
  readonly #deps: JournalDeps;
  readonly #run: StageRun;
  readonly #key: RoundKey;
  readonly #decisions: Map<number, NumberedDecision>;
  readonly #holds: Holds;
  readonly #register: RegisterStore;
  /** By place, what was handed out and not concluded. */
  readonly #handed = new Map<
    string,
    {
      readonly state: 'new' | 'open';
      readonly records: readonly PlannedRecord[];
      readonly counts: ReadonlyMap<number, number>;
    }
  >();
  /** A vendor still works on records of a chunk: it has no outcome yet. */
  isRunning = false;
  /** By place, the names of records that this attempt kept for a hold; the plan it hands out does not know of them. */
  readonly #kept = new Map<string, ReadonlySet<string>>();

  constructor(
    deps: JournalDeps,
    run: StageRun,
    plan: { readonly key: RoundKey; readonly decisions: ReadonlyMap<number, NumberedDecision> },
  ) {
    this.#deps = deps;
    this.#run = run;
    this.#key = plan.key;
    this.#decisions = new Map(plan.decisions);
    this.#holds = new Holds(deps, plan.key);
    this.#register = new RegisterStore(deps, plan.key, run.signal);
  }

  async begin(chunk: PlannedChunk) {
    const { db } = this.#deps.ledger;
    const key: ChunkKey = { ...this.#key, streamNo: chunk.stream.no, chunkNo: chunk.chunkNo };
    await assertCallable(this.#deps, key.systemId);
    const { pass } = await getErasureRound(db, this.#key);
    const acted = chunk.records.filter(({ decision }) => decision.action !== 'keep');
    const kept = this.#kept.get(placeOf(key)) ?? new Set<string>();
    const left = kept.size === 0 ? acted : acted.filter((one) => !kept.has(nameOf(chunk, one)));
    const { state, held } = await db.transaction().execute(async (trx) => {
      const at = this.#deps.now();
      await holdLane(trx, this.#run.fence);
      // Behind the lock, on which whoever places a hold may have been waited for.
      const { all, named, isRequestHeld, isAccessOpen } = await this.#holds.now(trx);
      if (isRequestHeld) throw new HabeasError('hold-placed', { where: key.systemId });
      if (isAccessOpen) throw new HabeasError('access-open', { where: key.systemId });
      const isHeld = (record: string) =>
        named.has(record) && !mayErase({ record, request: key.requestId }, all, 'planned').may;
      const held = named.size === 0 ? [] : left.filter((one) => isHeld(nameOf(chunk, one)));
      if (!(await isInForce(trx, this.#key, pass))) throw new HabeasError('plan-changed', { where: key.systemId });
      const begun = await intend(trx, key, at);
      if (begun === 'open' && held.length > 0) throw new HabeasError('hold-placed', { where: key.systemId });
      if (begun === 'new' && held.length > 0) await this.#keep(trx, key, chunk, held);
      return { state: begun, held };
    });
    if (state === 'done') return { state, records: [] };
    if (held.length > 0) this.#kept.set(placeOf(key), new Set(held.map((one) => nameOf(chunk, one))));
    const skipped = new Set(held);
    const records = left.filter((one) => !skipped.has(one));
    this.#handed.set(placeOf(key), { state, records, counts: countsOf(records) });
    if (state === 'new') passFailpoint('erase-after-intent');
    this.#run.progress(chunk.chunkNo + 1);
    return { state, records };
  }

  async outcome(
    chunk: PlannedChunk,
    outcomes: readonly EffectOutcome[],
    waiting: readonly WaitingRecord[] = [],
  ): Promise<void> {
    passFailpoint('erase-after-effect');
    const key: ChunkKey = { ...this.#key, streamNo: chunk.stream.no, chunkNo: chunk.chunkNo };
    const handed = this.#handed.get(placeOf(key));
    if (handed === undefined) throw new HabeasError('internal', { where: 'outcome without intent' });
    this.#check(handed, outcomes, waiting);
    if (!areOf({ ...chunk, records: handed.records }, waiting)) refuse();
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdLane(trx, this.#run.fence);
      await conclude(trx, key, this.#booked(outcomes), this.#deps.now());
      await this.#takeBack(trx, key, outcomes);
      if (waiting.length > 0) await this.#wait(trx, key, chunk, waiting);
    });
    this.#handed.delete(placeOf(key));
    passFailpoint('erase-after-outcome');
    this.#run.progress(chunk.chunkNo + 1);
  }

  running(): void {
    this.isRunning = true;
  }

  /** Nobody's word is taken for a record that was not handed out, nor for another effect than the planned one. */
  #check(
    handed: { readonly state: 'new' | 'open'; readonly counts: ReadonlyMap<number, number> },
    outcomes: readonly EffectOutcome[],
    waiting: readonly WaitingRecord[],
  ): void {
    const told = new Map<number, number>();
    for (const { decision: no } of waiting) told.set(no, (told.get(no) ?? 0) + 1);
    for (const { decision: no, disposition, evidence, count, changedHands } of outcomes) {
      const { action } = this.#decision(no).decision;
      const effect = action === 'delete' ? 'erased' : 'anonymised';
      const isRight = disposition === 'absent' || (disposition === effect && changedHands !== true);
      if (!isRight || !Number.isSafeInteger(count) || count < 0) refuse();
      if (evidence === 'inferred' && handed.state !== 'open') refuse();
      told.set(no, (told.get(no) ?? 0) + count);
    }
    for (const [no, count] of told) if ((handed.counts.get(no) ?? 0) !== count) refuse();
    for (const [no, count] of handed.counts) if ((told.get(no) ?? 0) !== count) refuse();
  }

  /** A record that goes on without the person, and is kept or refused, is booked as that already. */
  #booked(outcomes: readonly EffectOutcome[]): readonly Booked[] {
    const rows = new Map<string, Booked>();
    for (const { decision: no, disposition, evidence, count, changedHands } of outcomes) {
      const { decision } = this.#decision(no);
      const isBooked = decision.disposition !== 'erased' && decision.disposition !== 'anonymised';
      if (count === 0 || (isBooked && disposition !== 'absent')) continue;
      const reason = changedHands === true ? 'changed-hands' : decision.reason;
      const name = `${no} ${disposition} ${reason}`;
      const before = rows.get(name);
      rows.set(name, {
        ...{ decisionNo: no, disposition, reason, count: (before?.count ?? 0) + count },
        // The weaker of the two: both are read back.
        evidence: before?.evidence === 'inferred' ? 'inferred' : evidence,
        detached: decision.detached && disposition === 'anonymised',
      });
    }
    return [...rows.values()];
  }

  async #takeBack(trx: LedgerTransaction, key: ChunkKey, outcomes: readonly EffectOutcome[]): Promise<void> {
    for (const { decision: no, disposition, count } of outcomes)
      if (disposition === 'absent' && count > 0) await this.#moveFrom(trx, key, no, count);
  }

  /** Records that were booked when they were planned are booked as something else. */
  async #moveFrom(trx: LedgerTransaction, key: ChunkKey, no: number, count: number): Promise<void> {
    const { decision } = this.#decision(no);
    const planned = decision.disposition;
    if (planned === 'erased' || planned === 'anonymised') return;
    await unbook(trx, key, { decisionNo: no, disposition: planned }, count);
    if (planned === 'retained' || isPutOff(decision)) await reduceEntry(trx, { ...key, decisionNo: no }, count);
  }

  /**
   * Records that holds reach by now: kept, and in the register before anything else is done. One that was booked as kept or
   * refused already (only the person was to be taken out of it) is booked once.
   */
  async #keep(
    trx: LedgerTransaction,
    key: ChunkKey,
    chunk: PlannedChunk,
    held: readonly PlannedRecord[],
  ): Promise<void> {
    const { all } = await this.#holds.now(trx);
    const groups = new Map<string, { readonly decision: RecordDecision; readonly refs: RecordRef[] }>();
    for (const record of held) {
      const name = { record: nameOf(chunk, record), request: key.requestId };
      const decision = heldDecision(this.#decision(record.decision.no).decision, name, all);
      const group = groups.get(JSON.stringify(decision)) ?? { decision, refs: [] };
      groups.set(JSON.stringify(decision), group);
      group.refs.push(refOf(chunk, record));
    }
    const names = new Set(held.map((one) => nameOf(chunk, one)));
    for (const [no, count] of countsOf(held)) {
      await this.#moveFrom(trx, key, no, count);
      await this.#register.leaveOut(trx, { ...key, decisionNo: no }, names);
    }
    const entries: NewEntry[] = [];
    const booked: Booked[] = [];
    for (const { decision, refs } of groups.values()) {
      const numbered = await this.#number(trx, chunk, decision);
      entries.push(await this.#register.put({ key, decision: numbered, kind: 'retained', refs, isActive: true }));
      const { disposition, reason } = decision;
      const of = { decisionNo: numbered.no, disposition, reason, evidence: 'none' as const };
      booked.push({ ...of, count: refs.length, detached: false });
    }
    await addEntries(trx, entries);
    await book(trx, key, booked);
  }

  /**
   * Records that the vendor lets go of later: they wait in the register, by what was decided of them and under the approval they have,
   * and count as expiring until the sweep has read them back.
   */
  async #wait(
    trx: LedgerTransaction,
    key: ChunkKey,
    chunk: PlannedChunk,
    waiting: readonly WaitingRecord[],
  ): Promise<void> {
    const today = civilToday(this.#deps.now(), this.#deps.config.controller.timeZone);
    const groups = new Map<string, { readonly decision: RecordDecision; readonly refs: RecordRef[] }>();
    for (const { key: of, decision: no, from, code } of waiting) {
      const decision = waitingDecision(this.#decision(no).decision, asksFrom(today, { from, code }), code);
      const group = groups.get(JSON.stringify(decision)) ?? { decision, refs: [] };
      groups.set(JSON.stringify(decision), group);
      group.refs.push({ collection: chunk.stream.collection, key: of });
    }
    const names = new Set([...groups.values()].flatMap(({ refs }) => refs.map(recordName)));
    for (const [no, count] of countsOf(waiting.map((one) => ({ decision: { no: one.decision } })))) {
      await this.#moveFrom(trx, key, no, count);
      await this.#register.leaveOut(trx, { ...key, decisionNo: no }, names);
    }
    const booked: Booked[] = [];
    for (const { decision, refs } of groups.values()) {
      const { no, ...rest } = await this.#number(trx, chunk, decision);
      await addEntries(trx, [
        await this.#register.put({ key, decision: { no, ...rest }, kind: 'vendor-job', refs, isActive: true }),
      ]);
      const { disposition, reason, until } = decision;
      booked.push({
        decisionNo: no,
        disposition,
        reason,
        until,
        detached: false,
        evidence: 'pending',
        count: refs.length,
      });
    }
    await book(trx, key, booked);
  }

  /** Decisions made after the plan cover no record of it. */
  async #number(trx: LedgerTransaction, { stream }: PlannedChunk, decision: RecordDecision): Promise<NumberedDecision> {
    const numbered = await decisionSince(trx, this.#key, stream, decision);
    this.#decisions.set(numbered.no, numbered);
    return numbered;
  }

  #decision(no: number): NumberedDecision {
    return this.#decisions.get(no) ?? refuse();
  }
}

const placeOf = ({ streamNo, chunkNo }: ChunkKey): string => `${streamNo}/${chunkNo}`;
const refOf = ({ stream }: PlannedChunk, { key }: PlannedRecord): RecordRef => ({ collection: stream.collection, key });
const nameOf = (chunk: PlannedChunk, record: PlannedRecord): string => recordName(refOf(chunk, record));

function countsOf(records: readonly { readonly decision: { readonly no: number } }[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { decision } of records) counts.set(decision.no, (counts.get(decision.no) ?? 0) + 1);
  return counts;
}

function refuse(): never {
  throw new HabeasError('internal', { where: 'outcomes do not add up' });
}
