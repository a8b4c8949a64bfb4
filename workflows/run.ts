/**
 * What both halves of a request share while it runs: its situation, states and lanes reported to the ledger, the waiting for
 * people, and steps of the whole request, which wait until a person has them tried again where they fail for good. With the
 * stages of lanes (lane-stages.ts) and the reading of decisions (decisions.ts). Everything it keeps is ids, codes and counts.
 */
import { CancellationScope, condition, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { RequestId } from '../src/ids.ts';
import type { RequestState, TaskKind } from '../src/ledger/states.ts';
import { failureCode, ledger, persist } from './activities.ts';
import { type Carried, situationOf } from './begin-run.ts';
import { type Inbox, takingDecisions } from './decisions.ts';
import { detailsOf } from './details.ts';
import { laneStages } from './lane-stages.ts';
import type { Lane } from './lanes.ts';
import type { Begun } from './stages.ts';

export type Run = ReturnType<typeof openRun>;
export type RunCore = ReturnType<typeof openCore>;

export function openRun(begun: Begun, requestId: RequestId, carried: Carried | undefined, inbox: Inbox) {
  const core = openCore(begun, requestId, carried);
  const { seqRead, ...decisions } = takingDecisions(core, inbox, carried?.seq ?? 0);
  return {
    ...core,
    ...laneStages(core),
    ...decisions,
    carried: () => ({ ...core.carried(), seq: seqRead() }),
  };
}

function openCore(begun: Begun, requestId: RequestId, carried: Carried | undefined) {
  let terms = begun;
  let { state } = begun;
  let workflowSeq = Math.max(begun.workflowSeq, carried?.workflowSeq ?? 0);
  /** Grows with whatever the flow may have waited for. */
  let changes = 0;
  const situation = situationOf(begun, carried);
  const { lanes } = situation;
  const stages = new CancellationScope({ cancellable: true });
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

  /** What configuration says now, for a lane that is to be tried again. */
  async function refresh(): Promise<void> {
    terms = await persist(() => ledger.begin({ requestId }));
    for (const facts of terms.lanes) {
      const lane = lanes.find((one) => one.systemId === facts.systemId);
      if (lane === undefined) continue;
      lane.configured = facts.configured;
      lane.cost = facts.locateCost;
      lane.needs = facts.needs;
      lane.manual = facts.manual ?? [];
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
    ...{ requestId, situation, lanes, nextSeq, changed, show, enter, ask, waitForPerson, apart },
    ...{ refresh, setLane, step, untilRetried, stages },
    terms: () => terms,
    changes: () => changes,
    /** The request has ended; the ledger knows. */
    ended: (at: RequestState) => {
      state = at;
      show();
    },
    /** Nothing that the next run would not find is under way, and history has grown long. */
    mayRenew: () => workflowInfo().continueAsNewSuggested && lanes.every((lane) => lane.state !== 'running'),
    carried: () => ({ workflowSeq, asked: situation.rounds, isOverrun: situation.isOverrun, lanes }),
  };
}
