/**
 * One request of one person, from identity to the end: identity → locate to a fixpoint → read every system in parallel →
 * package → deliver → close. Its input is an id; what it needs else it reads from the ledger, where every state change
 * goes. It never sees an identifier or a record. A stage that fails for good parks its lane and asks a person; the other
 * lanes go on. Only a signed decision in the ledger cancels it: a cancellation in Temporal's own tools changes nothing.
 */
import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PackageId, RequestId } from '../src/ids.ts';
import type { RequestState, TaskKind } from '../src/ledger/states.ts';
import {
  afterwards,
  closingStages,
  failureCode,
  ledger,
  locateIn,
  packageStage,
  persist,
  readIn,
} from './activities.ts';
import { decide, type Situation } from './decide.ts';
import { detailsOf } from './details.ts';
import {
  countCandidates,
  endLocate,
  endRead,
  isLeft,
  type Lane,
  laneOf,
  nextSteps,
  park,
  roundsAtOnce,
  startStage,
  stateOf,
  unpark,
} from './lanes.ts';
import type { Begun, Outcome } from './stages.ts';

/** Says that the ledger has something new; carries nothing. */
export const wake = defineSignal('wake');

/** What a run hands the next one (continue-as-new); the ledger would do, at the cost of asking everything again. */
interface Carried {
  readonly seq: number;
  readonly workflowSeq: number;
  readonly asked: number;
  readonly isOverrun: boolean;
  readonly parts: number;
  readonly lanes: readonly Lane[];
}

export interface SubjectRequestInput {
  readonly requestId: RequestId;
  readonly carried?: Carried;
}

export async function subjectRequest(input: SubjectRequestInput): Promise<void> {
  const inbox = { isWoken: true };
  setHandler(wake, () => {
    inbox.isWoken = true;
  });
  await CancellationScope.nonCancellable(() => run(input, inbox));
}

async function run({ requestId, carried }: SubjectRequestInput, inbox: { isWoken: boolean }): Promise<void> {
  let terms: Begun = await persist(() => ledger.begin({ requestId }));
  let { state } = terms;
  if (state === 'completed' || state === 'refused' || state === 'cancelled') return;

  let workflowSeq = Math.max(terms.workflowSeq, carried?.workflowSeq ?? 0);
  let seq = carried?.seq ?? 0;
  /** Grows with whatever the flow may have waited for. */
  let changes = 0;
  const situation: Situation = {
    identity: terms.identity,
    lanes: carried?.lanes.map((lane) => ({ ...lane })) ?? terms.lanes.map(laneOf),
    phase: 'identity',
    isHeld: terms.held,
    isOverrun: carried?.isOverrun ?? false,
    rounds: carried?.asked ?? roundsAtOnce,
    isStuck: false,
    isCancelled: false,
    undelivered: 0,
    handovers: 0,
    wantsPart: false,
  };
  const { lanes } = situation;
  const stages = new CancellationScope({ cancellable: true });
  /** Packages begun; the next one's number is one more. */
  let parts = Math.max(terms.parts, carried?.parts ?? 0);
  /** Parts that are being built or sent: one at a time. One that waits for a person to hand it over holds up nothing. */
  let busyParts = 0;
  /** Packages that are on their way; nobody gets the letter of one twice because two steps came to it. */
  const sending = new Set<PackageId>();
  /** Lanes of whose end the ledger knows. */
  const told = new Set<Lane>();

  const nextSeq = () => {
    workflowSeq += 1;
    return workflowSeq;
  };
  const show = () => setCurrentDetails(detailsOf(state, lanes));

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
      changes += 1;
    }
  }

  async function takeDecisions(): Promise<void> {
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
   * or whose last candidate was rejected, is done by our word.
   */
  async function tellEnds(): Promise<void> {
    for (const lane of lanes) {
      if (lane.state !== 'done' || told.has(lane)) continue;
      told.add(lane);
      await setLane(lane, 'done');
    }
  }

  async function runStage(lane: Lane, stage: 'locate' | 'read'): Promise<void> {
    startStage(lane, stage);
    told.delete(lane);
    const { systemId } = lane;
    try {
      if (!lane.configured) return await parkLane(lane, 'system-not-configured');
      const numbered = nextSeq();
      if (stage === 'locate') {
        const input = { requestId, systemId, round: lane.asked, workflowSeq: numbered };
        const located = await stages.run(() => locateIn(terms, systemId)(input));
        endLocate(lanes, lane, located);
        if (located.tooMany && situation.rounds === roundsAtOnce) await stop();
      } else {
        const input = {
          ...{ requestId, systemId, round: lane.round, workflowSeq: numbered },
          ...({ right: 'access', pass: 0 } as const),
        };
        endRead(lane, await stages.run(() => readIn(terms, systemId)(input)));
        // A lane that waits for its candidates is told when they are decided.
        if (lane.state === 'done') told.add(lane);
      }
    } catch (error) {
      // What ends a stage is its activity's failure or the cancellation of the request; a mistake of ours is neither.
      if (isCancellation(error)) lane.state = 'idle';
      else await parkLane(lane, failureCode(error));
    } finally {
      changes += 1;
      show();
    }
  }

  async function parkLane(lane: Lane, code: string): Promise<void> {
    park(lane, code, 0);
    lane.attempts = await setLane(lane, 'parked');
    const { systemId } = lane;
    if (situation.isCancelled) return;
    await persist(() => ledger.openTask({ requestId, kind: 'unresolved', systemId, code }));
  }

  async function stop(): Promise<void> {
    situation.isOverrun = true;
    await ask('blast-radius', 'blast-radius');
  }

  /** Every lane to its end. Returns early only when the request is cancelled. */
  async function runLanes(): Promise<void> {
    while (!situation.isCancelled && lanes.some((lane) => lane.state !== 'done')) {
      const seen = changes;
      const isBlocked = situation.isHeld || situation.isOverrun;
      const next = isBlocked ? undefined : nextSteps(lanes, situation.rounds);
      if (next?.overrun === true) {
        await stop();
        continue;
      }
      for (const lane of next?.locate ?? []) void runStage(lane, 'locate');
      for (const lane of next?.read ?? []) void runStage(lane, 'read');
      show();
      await enter(stateOf(lanes));
      if (situation.wantsPart && busyParts === 0) void sendPart();
      const isIdle = lanes.every((lane) => lane.state !== 'running') && busyParts === 0 && situation.undelivered === 0;
      if (isIdle && workflowInfo().continueAsNewSuggested) await renew();
      if (lanes.every((lane) => lane.state === 'done')) break;
      await condition(() => changes !== seen || situation.isCancelled);
      await tellEnds();
    }
    await condition(() => lanes.every((lane) => lane.state !== 'running'));
    if (!situation.isCancelled) await tellEnds();
  }

  /** History has grown long: the same request goes on in a fresh run. */
  async function renew(): Promise<void> {
    await continueAsNew<typeof subjectRequest>({
      requestId,
      carried: { seq, workflowSeq, asked: situation.rounds, isOverrun: situation.isOverrun, parts, lanes },
    });
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
        situation.isStuck = true;
        await ask('unresolved', failureCode(error));
        await waitForPerson(() => !situation.isStuck || isOver(), at === null ? null : 'needs_decision');
        situation.isStuck = false;
        if (isOver()) return undefined;
      }
    }
    return undefined;
  }

  function build(part: number, at: RequestState | null) {
    return step(at, (numbered) => packageStage(terms)({ requestId, part, workflowSeq: numbered }));
  }

  /**
   * Sends a package, or waits until a person has handed it over. What a person said may have been of a package before this
   * one: only the stage, which asks the ledger, knows that this one has gone.
   */
  async function deliver(packageId: PackageId, at: RequestState | null, waits = () => {}): Promise<void> {
    if (sending.has(packageId)) return;
    sending.add(packageId);
    situation.undelivered += 1;
    for (let isSent = false; !isSent && !situation.isCancelled; ) {
      const before = situation.handovers;
      const isHandedOver = () => situation.handovers > before;
      const send = (numbered: number) => closingStages(terms).deliver({ requestId, packageId, workflowSeq: numbered });
      const result = await step(at, send, isHandedOver);
      isSent = result?.outcome === 'sent';
      if (result?.outcome !== 'by-hand') continue;
      await ask('manual');
      waits();
      await waitForPerson(isHandedOver, at === null ? null : 'needs_decision');
    }
    situation.undelivered -= 1;
    sending.delete(packageId);
    changes += 1;
  }

  /** What is finished goes out before the rest; the lanes go on meanwhile. */
  async function sendPart(): Promise<void> {
    situation.wantsPart = false;
    busyParts += 1;
    let isBusy = true;
    const rest = () => {
      if (!isBusy) return;
      isBusy = false;
      busyParts -= 1;
      changes += 1;
    };
    parts += 1;
    const built = await build(parts, null);
    if (built !== undefined) {
      parts = built.part;
      await deliver(built.packageId, null, rest);
    }
    rest();
  }

  async function close(outcome: Outcome): Promise<void> {
    situation.phase = 'closing';
    for (;;) {
      try {
        const numbered = nextSeq();
        await ledger.close({ requestId, outcome, workflowSeq: numbered });
        break;
      } catch (error) {
        situation.isStuck = true;
        await ask('unresolved', failureCode(error));
        await enter('needs_decision');
        await condition(() => !situation.isStuck || situation.isCancelled);
        situation.isStuck = false;
        if (situation.isCancelled && outcome !== 'cancelled') return close('cancelled');
      }
    }
    state = outcome;
    show();
    const numbered = nextSeq();
    await afterwards(terms).destroyStaging({ requestId, workflowSeq: numbered });
  }

  async function flow(): Promise<Outcome> {
    if (situation.identity === 'unverified') {
      await ask('identity');
      await waitForPerson(() => situation.identity !== 'unverified', 'identity');
    }
    if (situation.isCancelled) return 'cancelled';
    if (situation.identity === 'unverifiable') return 'refused';
    situation.phase = 'lanes';
    // A run before this one was lost while these were on their way. (A history of before has no such list.)
    for (const packageId of carried === undefined ? (terms.packages ?? []) : []) void deliver(packageId, null);
    await runLanes();
    if (situation.isCancelled) return 'cancelled';
    situation.phase = 'package';
    await waitForPerson(() => busyParts === 0);
    parts += 1;
    const built = await build(parts, 'packaging');
    situation.phase = 'deliver';
    if (built !== undefined) await deliver(built.packageId, 'delivering');
    // A part before it may still wait to be handed over.
    await waitForPerson(() => situation.undelivered === 0);
    return situation.isCancelled ? 'cancelled' : 'completed';
  }

  // What was decided before this run began is known before anything starts.
  inbox.isWoken = false;
  await takeDecisions();
  void attend();
  await close(await flow());
  // Whatever arrived during the last step is marked, so that nobody waits for it.
  if (inbox.isWoken) await takeDecisions();
}
