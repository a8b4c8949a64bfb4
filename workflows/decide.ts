/**
 * What a person's decision changes in a running request. Pure: it only marks what the flow then acts on. A decision that
 * no longer applies (a lane that runs again already, a task that is answered, a cancellation after the end) is `moot`
 * and shown so, never silently dropped. A voice that waits for a second person's, or was outvoted, counts as taken.
 */
import { type Pass, settleUndated } from './erasing.ts';
import { acceptCandidate, finishByHand, type Lane, leave, roundsAtOnce, unpark } from './lanes.ts';
import type { DecisionFacts } from './stages.ts';

/** Everything that a decision can change. */
export interface Situation {
  identity: 'unverified' | 'verified' | 'unverifiable';
  readonly lanes: readonly Lane[];
  /** What the flow is at; `closing` cannot be stopped any more. */
  phase: 'identity' | 'lanes' | 'package' | 'deliver' | 'window' | 'erasing' | 'telling' | 'closing';
  /** Nothing can be searched by yet, or the search found too much: a person looks first. */
  isHeld: boolean;
  isOverrun: boolean;
  /** Rounds of asking allowed so far; a person's word adds as many again and lifts the limit on identifiers. */
  rounds: number;
  /** A step of the whole request (package, deliver, plan, close) failed and waits for a retry. */
  isStuck: boolean;
  isCancelled: boolean;
  /** The pass of erasure in hand; null before the erasure half. */
  pass: Pass | null;
  /** Something may have been erased. */
  noReturn: boolean;
  /** Answers that may let a plan go on, and among them the plans that were rejected. */
  answers: number;
  rejections: number;
  /** The plan is to be made anew. */
  anew: boolean;
  /** Packages that are being sent or wait for a person to hand them over. */
  undelivered: number;
  /** How often a person said that they handed over what waited. */
  handovers: number;
  /** Of a right that acts: whether the person is right was decided; and whether its restriction is lifted. */
  isDecided: boolean;
  isLifted: boolean;
  /** What is finished is to be sent before the rest. */
  wantsPart: boolean;
  /** How often people said something of recipients, or of marks that they took off by hand. */
  notices: number;
}

export type Effect = 'applied' | 'moot';

export function decide(situation: Situation, decision: DecisionFacts): Effect {
  if (situation.phase === 'closing' && !situation.isStuck) return 'moot';
  if (!decision.settled) return 'applied';
  switch (decision.kind) {
    case 'answer':
    case 'lift':
      return answer(situation, decision);
    case 'retry':
      return retry(situation, decision);
    case 'resume':
      return effect(unparkAll(situation, decision));
    case 'cancel':
      if (situation.isCancelled || situation.noReturn) return 'moot';
      situation.isCancelled = true;
      return 'applied';
    case 'delivered':
      return deliver(situation);
    case 'send-part':
      return sendPart(situation);
    case 'extend':
    case 'pause':
    case 'stop':
    case 'mask':
    case 'hold':
    case 'release':
    case 'sweep':
    case 'automatic':
    case 'told':
    case 'consent':
      // The dates, or the system's incident, are the ledger's and stand already; the flow does not change.
      return 'applied';
  }
}

function answer(situation: Situation, decision: DecisionFacts): Effect {
  const { taskKind } = decision;
  switch (taskKind) {
    case 'identity':
      // What the ledger said at the start may include this decision already.
      if (situation.identity === decision.answer) return 'applied';
      if (situation.identity !== 'unverified') return 'moot';
      if (decision.answer !== 'verified' && decision.answer !== 'unverifiable') return 'moot';
      situation.identity = decision.answer;
      return 'applied';
    case 'candidate': {
      const lane = laneOfDecision(situation, decision);
      if (lane === undefined) return 'moot';
      if (decision.answer === 'accept') acceptCandidate(lane);
      return 'applied';
    }
    case 'unresolved':
      return unresolved(situation, decision);
    case 'approval':
      if (decision.answer === 'approve' || decision.answer === 'reject') return planAnswer(situation, decision);
      // To wait is what happens anyway.
      return decision.answer === 'send-part' ? sendPart(situation) : 'applied';
    case 'blast-radius':
      // So many records of a plan, or so many identifiers: two questions.
      if (decision.code === 'blast-radius-records') return planAnswer(situation, decision);
      if (!situation.isOverrun) return 'moot';
      situation.isOverrun = false;
      situation.rounds += roundsAtOnce;
      return 'applied';
    case 'manual':
      // That nobody can be reached ends the waiting as well; the ledger knows which it was.
      if (decision.answer === 'delivered' || decision.answer === 'not-reachable') return deliver(situation);
      if (decision.answer === 'unmarked') {
        situation.notices += 1;
        return 'applied';
      }
      if (decision.systemId !== null) return doneByHand(situation, decision);
      situation.isHeld = false;
      return 'applied';
    case 'successor':
      return planAnswer(situation, decision);
    case 'mask':
      // The lane's open reviews are counted by the ledger.
      return 'applied';
    case 'right':
      return decideRight(situation, decision);
    case 'late-arrivals': {
      const lane = laneOfDecision(situation, decision);
      // What the ledger said at the start may include this answer already.
      if (lane === undefined || lane.erasing === null) return 'moot';
      settleUndated(lane);
      return 'applied';
    }
    case 'notice':
      // What it settles the ledger knows, and is asked again.
      situation.notices += 1;
      return 'applied';
    case null:
      return 'moot';
  }
}

/** Lanes that waited for it go on; a restriction that was lifted is taken off everywhere. */
function decideRight(situation: Situation, decision: DecisionFacts): Effect {
  if (decision.answer === 'lift') {
    situation.isLifted = true;
    return 'applied';
  }
  situation.isDecided = true;
  for (const lane of situation.lanes) if (lane.act === 'waits') lane.act = 'open';
  return 'applied';
}

/** What stood between the plan and its being carried out; the ledger knows of which plan it was, and is asked again. */
function planAnswer(situation: Situation, decision: DecisionFacts): Effect {
  if (situation.pass === null || situation.pass.state === 'passed') return 'moot';
  situation.answers += 1;
  if (decision.answer === 'reject') situation.rejections += 1;
  return 'applied';
}

function unresolved(situation: Situation, decision: DecisionFacts): Effect {
  if (decision.answer === 'done-by-hand' || decision.answer === 'leave-unresolved')
    return doneByHand(situation, decision);
  if (decision.answer === 'delivered' || decision.answer === 'not-reachable') return deliver(situation);
  return retry(situation, decision);
}

/** A person answered for a system that stopped, or that no program can reach; or two leave it open. */
function doneByHand(situation: Situation, decision: DecisionFacts): Effect {
  const lane = laneOfDecision(situation, decision);
  if (lane === undefined) return 'moot';
  if (decision.answer === 'leave-unresolved') return effect(leave(lane));
  // What the ledger said at the start may include this answer already.
  return effect(lane.byHand || finishByHand(lane, situation.noReturn));
}

/** Once every lane is done the whole package goes out by itself; while none is, there is nothing to send. */
function sendPart(situation: Situation): Effect {
  const { lanes, phase } = situation;
  const done = lanes.filter((lane) => lane.state === 'done').length;
  if (phase !== 'lanes' || done === 0 || done === lanes.length) return 'moot';
  situation.wantsPart = true;
  return 'applied';
}

function retry(situation: Situation, decision: DecisionFacts): Effect {
  if (decision.systemId !== null) return effect(unparkAll(situation, decision));
  if (situation.isStuck) {
    situation.isStuck = false;
    return 'applied';
  }
  // The plan was rejected, and the workflow that knew of it is lost.
  if (situation.pass?.state !== 'waits') return 'moot';
  situation.anew = true;
  return 'applied';
}

function deliver(situation: Situation): Effect {
  if (situation.undelivered === 0) return 'moot';
  situation.handovers += 1;
  return 'applied';
}

function unparkAll(situation: Situation, decision: DecisionFacts): boolean {
  const lane = laneOfDecision(situation, decision);
  return lane !== undefined && unpark(lane);
}

function laneOfDecision(situation: Situation, decision: DecisionFacts): Lane | undefined {
  return situation.lanes.find((lane) => lane.systemId === decision.systemId);
}

const effect = (isApplied: boolean): Effect => (isApplied ? 'applied' : 'moot');
