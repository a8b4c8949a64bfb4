/**
 * What reading back found deleted and not gone: out of sight until a day (`hidden`), or still on its way (`pending`). As long as a stage
 * may be tried again it is; the last attempt books it as `expiring` with its day and enters it in the register, in one transaction,
 * so that everything else can end and it is read back on that day. The day is the one the system tells, else the most that its manifest
 * declares; without either, or where the connector does not say which records it means, it is left as it was and the stage ends with
 * `erase-unfinished`. Personal data in memory only.
 */
import type { Manifest, PlannedChunk, RecordRef, VerifyInput } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { book, type ChunkKey } from '../src/ledger/effects.ts';
import { decisionSince, type NumberedDecision } from '../src/ledger/erasure-decisions.ts';
import { moveBooked } from '../src/ledger/evidence.ts';
import { holdLane } from '../src/ledger/lanes.ts';
import { addEntries } from '../src/ledger/register.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import type { Evidence, RegisterKind } from '../src/ledger/states.ts';
import { addDays, type CivilDate, later, parseCivilDate } from '../src/policy/clock/civil-date.ts';
import { goingDecision, type RecordDecision, waitingDecision } from '../src/policy/erasure/index.ts';
import { civilToday } from '../src/requests/today.ts';
import { RegisterStore } from './register-store.ts';
import type { StageRun } from './stage.ts';
import { areOf } from './waiting.ts';

type GoingDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now'>;
export type Told = Parameters<VerifyInput['found']>[1][number];

export interface LookedBack {
  readonly key: RoundKey;
  readonly manifest: Manifest;
  readonly decisions: ReadonlyMap<number, NumberedDecision>;
}

/** Records of one chunk that wait for the same day. */
interface Group {
  readonly from: NumberedDecision;
  readonly decision: RecordDecision;
  readonly kind: RegisterKind;
  readonly evidence: Evidence;
  readonly refs: RecordRef[];
}

export class Going {
  readonly #deps: GoingDeps;
  readonly #run: StageRun;
  readonly #of: LookedBack;
  readonly #register: RegisterStore;

  constructor(deps: GoingDeps, run: StageRun, of: LookedBack) {
    this.#deps = deps;
    this.#run = run;
    this.#of = of;
    this.#register = new RegisterStore(deps, of.key, run.signal);
  }

  /** Puts off what has a day; what is left is returned, and was not put off. */
  async putOff(chunk: PlannedChunk, told: readonly Told[]): Promise<readonly Told[]> {
    // Most of it is gone within minutes, and nobody should wait a month for that.
    if (this.#run.attempt < this.#deps.config.worker.retry.attempts) return told;
    const groups = new Map<string, Group>();
    const left = told.filter((one) => !this.#take(groups, chunk, one));
    if (groups.size === 0) return told;
    const place: ChunkKey = { ...this.#of.key, streamNo: chunk.stream.no, chunkNo: chunk.chunkNo };
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdLane(trx, this.#run.fence);
      for (const { from, decision, kind, evidence, refs } of groups.values()) {
        const numbered = await decisionSince(trx, this.#of.key, chunk.stream, decision);
        await moveBooked(trx, place, from.no, refs.length);
        await addEntries(trx, [
          await this.#register.put({ key: place, decision: numbered, kind, refs, isActive: true }),
        ]);
        const { disposition, reason, until } = decision;
        const of = { decisionNo: numbered.no, disposition, reason, until, detached: false };
        await book(trx, place, [{ ...of, evidence, count: refs.length }]);
      }
    });
    return left;
  }

  /** Into the group of its day; false where it cannot be put off. */
  #take(groups: Map<string, Group>, chunk: PlannedChunk, told: Told): boolean {
    const from = this.#of.decisions.get(told.decision);
    if (from === undefined || (told.found !== 'hidden' && told.found !== 'pending')) return false;
    const until = this.#untilOf(told);
    const keys = keysOf(chunk, told);
    if (until === undefined || keys === undefined) return false;
    const going = goingOf(from.decision, told.found, until);
    if (going === undefined) return false;
    if (
      !areOf(
        chunk,
        keys.map((key) => ({ key, decision: told.decision, from: null, code: 'vendor-job-runs' })),
      )
    )
      throw new HabeasError('internal', { where: 'verify' });
    const name = JSON.stringify([told.decision, told.found, until]);
    const group = groups.get(name) ?? { from, ...going, evidence: told.found, refs: [] };
    groups.set(name, group);
    group.refs.push(...keys.map((key) => ({ collection: chunk.stream.collection, key })));
    return true;
  }

  /** The last day on which it may still be so; never one that has passed. */
  #untilOf({ found, until }: Told): CivilDate | undefined {
    const { config, now } = this.#deps;
    const today = civilToday(now(), config.controller.timeZone);
    if (until !== undefined) return later(parseCivilDate(until, 'until'), today);
    const declared = this.#of.manifest.erase?.goneWithinDays ?? {};
    const days = found === 'hidden' ? declared.hidden : declared.pending;
    return days === undefined ? undefined : addDays(today, days);
  }
}

/**
 * What is deleted goes by itself, and is only read back on its day; what stays without the person is done once more, under the approval
 * it had. Undefined: a record that a law keeps meanwhile, or one that is out of sight and should have stayed.
 */
function goingOf(
  decision: RecordDecision,
  is: 'hidden' | 'pending',
  until: CivilDate,
): Pick<Group, 'decision' | 'kind'> | undefined {
  if (decision.action === 'delete' && decision.disposition === 'erased')
    return { decision: goingDecision(decision, { is, until }), kind: 'expiring' };
  if (is === 'pending' && decision.action !== 'keep' && decision.disposition === 'anonymised')
    return { decision: waitingDecision(decision, addDays(until, 1), 'vendor-job-runs'), kind: 'vendor-job' };
  return undefined;
}

/** Which records are meant: those that are named, or all of the decision's in the chunk. */
function keysOf(
  { records }: PlannedChunk,
  { decision: no, count, keys }: Told,
): readonly RecordRef['key'][] | undefined {
  if (keys !== undefined) return keys.length === count ? keys : undefined;
  const all = records.filter(({ decision }) => decision.no === no);
  return all.length === count ? all.map(({ key }) => key) : undefined;
}
