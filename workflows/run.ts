/**
 * What both halves of a request share while it runs: its lanes and situation, the reading of decisions, states and lanes
 * reported to the ledger, one stage of one lane, and steps of the whole request. Everything it keeps is ids, codes and
 * counts. A stage that fails for good parks its lane and asks a person; a step waits until a person has it tried again.
 */
import { CancellationScope, condition, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { RequestId } from '../src/ids.ts';
import type { RequestState, TaskKind } from '../src/ledger/states.ts';
import { failureCode, ledger, persist, stagesIn } from './activities.ts';
import { decide, type Situation } from './decide.ts';
import { detailsOf } from './details.ts';
import { erasingFrom, type Pass } from './erasing.ts';
import {
  countCandidates,
  endLocate,
  endRead,
  isLeft,
  type Lane,
  laneOf,
  park,
  roundsAtOnce,
  startStage,
  unpark,
} from './lanes.ts';
import type { Begun, StageInput, SystemStages } from './stages.ts';

/** What a run hands the next one (continue-as-new); the ledger would do, at the cost of asking everything again. */
export interface Carried {
  readonly seq: number;
  readonly workflowSeq: number;
  readonly asked: number;
  readonly isOverrun: boolean;
  readonly parts: number;
  readonly lanes: readonly Lane[];
  /** Of the erasure half. */
  readonly pass?: Pass;
}

export interface Inbox {
  isWoken: boolean;
}

export type Run = ReturnType<typeof openRun>;

export function openRun(begun: Begun, requestId: RequestId, carried: Carried | undefined, inbox: Inbox) {
  let terms = begun;
  let { state } = begun;
  let workflowSeq = Math.max(begun.workflowSeq, carried?.workflowSeq ?? 0);
  let seq = carried?.seq ?? 0;
  /** Grows with whatever the flow may have waited for. */
  let changes = 0;
  const situation = situationOf(begun, carried);
  const { lanes } = situation;
  const stages = new CancellationScope({ cancellable: true });
  /** Lanes of whose end the ledger knows. */
  const told = new Set<Lane>();
  /** Decisions are not read while it is recorded that nothing can be cancelled any more, and the other way round. */
  let isReading = false;

  const nextSeq = () => {
    workflowSeq += 1;
    return workflowSeq;
  };
  const show = () => setCurrentDetails(detailsOf(state, lanes));
  const changed = () => {
    changes += 1;
  };

  async function enter(next: RequestState): Promise<void> {
    if (next === state) return;
    state = next;
    show();
    const numbered = nextSeq();
    await persist(() => ledger.enterState({ requestId, state: next, workflowSeq: numbered }));
  }

  async function ask(kind: TaskKind, code: string | null = null): Promise<void> {
    await persist(() => ledger.openTask({ requestId, kind, systemId: null, code }));
  }

  /** Waits for a person: `isOver` is looked at after every decision. `at` null: the request as a whole goes on. */
  async function waitForPerson(isOver: () => boolean, at: RequestState | null = 'needs_decision'): Promise<void> {
    if (isOver() || situation.isCancelled) return;
    if (at !== null) await enter(at);
    await condition(() => isOver() || situation.isCancelled);
  }

  /** Reads what people decided, for as long as the run lasts. */
  async function attend(): Promise<void> {
    for (;;) {
      await condition(() => inbox.isWoken);
      inbox.isWoken = false;
      await takeDecisions();
      changed();
    }
  }

  async function takeDecisions(): Promise<void> {
    await apart(readDecisions);
  }

  /** One at a time with the reading of decisions. */
  async function apart<T>(work: () => Promise<T>): Promise<T> {
    while (isReading) await condition(() => !isReading);
    isReading = true;
    try {
      return await work();
    } finally {
      isReading = false;
    }
  }

  async function readDecisions(): Promise<void> {
    const read = await persist(() => ledger.readDecisions({ requestId, afterSeq: seq }));
    seq = Math.max(seq, read.seq);
    const isRetried = read.decisions.some(
      (decision) => decision.kind === 'retry' || decision.taskKind === 'unresolved',
    );
    if (isRetried) await refresh();
    const leftBefore = lanes.flatMap((lane) => (isLeft(lane) ? [{ lane, was: lane.state }] : []));
    const applied: number[] = [];
    const moot: number[] = [];
    for (const decision of read.decisions) {
      (decide(situation, decision) === 'applied' ? applied : moot).push(decision.seq);
    }
    for (const { systemId, openCandidates } of read.candidates) {
      const lane = lanes.find((one) => one.systemId === systemId);
      if (lane !== undefined) countCandidates(lane, openCandidates, read.seq);
    }
    // A lane that parked while its system was being resumed was not among those that were told.
    for (const { lane } of leftBefore) {
      const isStopped = lane.code === 'system-paused' || lane.code === 'system-tripped';
      if (isLeft(lane) && isStopped && read.resumed.includes(lane.systemId)) unpark(lane);
    }
    if (applied.length + moot.length > 0) {
      await persist(() => ledger.settleDecisions({ requestId, applied, moot }));
    }
    for (const { lane, was } of leftBefore) {
      if (lane.state === 'unresolved' && was === 'parked') await setLane(lane, 'unresolved');
      else if (!isLeft(lane) && !lane.byHand) await setLane(lane, 'waiting');
    }
    if (situation.isCancelled) stages.cancel();
    show();
  }

  /** What configuration says now, for a lane that is to be tried again. */
  async function refresh(): Promise<void> {
    terms = await persist(() => ledger.begin({ requestId }));
    for (const facts of terms.lanes) {
      const lane = lanes.find((one) => one.systemId === facts.systemId);
      if (lane === undefined) continue;
      lane.configured = facts.configured;
      lane.cost = facts.locateCost;
      lane.needs = facts.needs;
      // A system that nobody has configured any more tells neither.
      if (!facts.configured) continue;
      lane.rank = facts.rank;
      lane.hasSubjectRow = facts.hasSubjectRow;
    }
  }

  async function setLane(lane: Lane, to: 'waiting' | 'parked' | 'unresolved' | 'done'): Promise<number> {
    const { systemId, stage, code } = lane;
    const numbered = nextSeq();
    const set = { requestId, systemId, state: to, stage, code, workflowSeq: numbered };
    return (await persist(() => ledger.setLane(set))).attempts;
  }

  /**
   * A reading tells the ledger itself that its lane is done. One that was read before, was asked again and has nothing new,
   * or whose last candidate was rejected, is done by our word; so is one that has erased everything.
   */
  async function tellEnds(): Promise<void> {
    for (const lane of lanes) {
      if (lane.state !== 'done' || told.has(lane)) continue;
      told.add(lane);
      await setLane(lane, 'done');
    }
  }

  /** One stage of a lane that startStage has taken into it. `work` ends it in the lane, or parks it by a code. */
  async function runStage(
    lane: Lane,
    round: number,
    work: (stage: SystemStages, input: StageInput) => Promise<string | null>,
  ): Promise<void> {
    told.delete(lane);
    const { systemId } = lane;
    try {
      if (!lane.configured) return await parkLane(lane, 'system-not-configured');
      const numbered = nextSeq();
      const input = { requestId, systemId, round, workflowSeq: numbered };
      const code = await stages.run(() => work(stagesIn(terms, systemId), input));
      if (code !== null) await parkLane(lane, code);
    } catch (error) {
      // What ends a stage is its activity's failure or the cancellation of the request; a mistake of ours is neither.
      if (isCancellation(error)) lane.state = 'idle';
      else await parkLane(lane, failureCode(error));
    } finally {
      changed();
      show();
    }
  }

  async function locate(lane: Lane): Promise<void> {
    startStage(lane, 'locate');
    await runStage(lane, lane.asked, async (stage, input) => {
      const located = await stage.locate(input);
      endLocate(lanes, lane, located);
      if (located.tooMany && situation.rounds === roundsAtOnce) await stop();
      return null;
    });
  }

  async function read(lane: Lane): Promise<void> {
    const pass = situation.pass?.pass ?? 0;
    startStage(lane, 'read', pass);
    await runStage(lane, lane.round, async (stage, input) => {
      const right = lane.erasing === null ? 'access' : 'erasure';
      endRead(lane, await stage.read({ ...input, right, pass }));
      // A lane that waits for its candidates is told when they are decided.
      if (lane.state === 'done') told.add(lane);
      return null;
    });
  }

  async function parkLane(lane: Lane, code: string): Promise<void> {
    park(lane, code, 0);
    lane.attempts = await setLane(lane, 'parked');
    const { systemId } = lane;
    if (situation.isCancelled) return;
    const byHand = lane.erasing === null;
    await persist(() => ledger.openTask({ requestId, kind: 'unresolved', systemId, code, byHand }));
  }

  async function stop(): Promise<void> {
    situation.isOverrun = true;
    await ask('blast-radius', 'blast-radius');
  }

  /**
   * A step of the whole request: tried again by a person where it fails for good, or until `isOver`. Undefined: cancelled,
   * or over. `at` is the request's state meanwhile; null where its lanes go on beside it.
   */
  async function step<T>(
    at: RequestState | null,
    work: (workflowSeq: number) => Promise<T>,
    isOver = () => false,
  ): Promise<T | undefined> {
    while (!situation.isCancelled) {
      if (at !== null) await enter(at);
      try {
        return await stages.run(() => work(nextSeq()));
      } catch (error) {
        if (isCancellation(error)) return undefined;
        await untilRetried(failureCode(error), at === null ? null : 'needs_decision', isOver);
        if (isOver()) return undefined;
      }
    }
    return undefined;
  }

  /** Something of the whole request does not go on until a person says so. */
  async function untilRetried(code: string, at: RequestState | null, isOver = () => false): Promise<void> {
    situation.isStuck = true;
    changed();
    await ask('unresolved', code);
    await waitForPerson(() => !situation.isStuck || isOver(), at);
    situation.isStuck = false;
  }

  return {
    ...{ requestId, situation, lanes, nextSeq, changed, show, enter, ask, waitForPerson, attend, takeDecisions, apart },
    ...{ refresh, tellEnds, runStage, locate, read, stop, step, untilRetried },
    terms: () => terms,
    changes: () => changes,
    /** The request has ended; the ledger knows. */
    ended: (at: RequestState) => {
      state = at;
      show();
    },
    /** Nothing that the next run would not find is under way, and history has grown long. */
    mayRenew: () => workflowInfo().continueAsNewSuggested && lanes.every((lane) => lane.state !== 'running'),
    carried: () => ({ seq, workflowSeq, asked: situation.rounds, isOverrun: situation.isOverrun, lanes }),
  };
}

function situationOf(begun: Begun, carried: Carried | undefined): Situation {
  const begins = carried === undefined ? lanesOf(begun) : undefined;
  return {
    identity: begun.identity,
    lanes: begins?.lanes ?? carried?.lanes.map((lane) => ({ ...lane })) ?? [],
    phase: 'identity',
    isHeld: begun.held,
    isOverrun: carried?.isOverrun ?? false,
    rounds: carried?.asked ?? roundsAtOnce,
    isStuck: false,
    isCancelled: false,
    undelivered: 0,
    handovers: 0,
    wantsPart: false,
    pass: begins?.pass ?? carried?.pass ?? null,
    noReturn: begun.noReturn,
    answers: 0,
    rejections: 0,
    anew: false,
  };
}

/** Access comes first where it was asked for and has not been answered; else the erasure half begins, or goes on. */
function lanesOf(begun: Begun): { readonly lanes: Lane[]; readonly pass: Pass | null } {
  const isErasing = begun.rights.includes('erasure') && (begun.accessDone || !begun.rights.includes('access'));
  if (isErasing) return erasingFrom(begun.lanes, begun.noReturn);
  return { lanes: begun.lanes.map(laneOf), pass: null };
}
