/**
 * The lanes of one request as the workflow remembers them, and which system may be asked or read next. Pure: it starts
 * nothing and knows no clock. The rule it keeps: nothing is read while a look-up system has not been asked about everything
 * known, or while one of its candidates waits for a person; a parked lane holds up nobody; what is learnt late asks again.
 * What comes after the reading of facts is in erasing.ts.
 */
import type { SystemId } from '../src/ids.ts';
import type { LaneFacts, Located, ReadDone } from './stages.ts';

export type LaneStage = 'locate' | 'read' | 'plan' | 'prepare' | 'erase' | 'verify';

/** One round of erasure of a lane. What is said of it is of everything but the subject's own row, which comes last. */
export interface LaneRound {
  readonly round: number;
  readonly pass: number;
  planned: boolean;
  prepared: boolean;
  erased: boolean;
  verified: boolean;
  rowErased: boolean;
  rowVerified: boolean;
  /** People must say first whether what nobody can date is erased too. */
  undated: boolean;
}

export interface Lane {
  readonly systemId: SystemId;
  configured: boolean;
  cost: 'lookup' | 'scan';
  needs: readonly string[];
  state: 'idle' | 'running' | 'parked' | 'unresolved' | 'done';
  /** The stage it runs, parked in, or finished last. */
  stage: LaneStage | null;
  code: string | null;
  attempts: number;
  /** Something is known that this system has not been asked about. */
  ask: boolean;
  /** Times it was asked. */
  asked: number;
  openCandidates: number;
  /** Reviews of what is masked in its reading that wait for a person: nothing of it is packaged before. */
  openMasks: number;
  /** The request's decision number at which they were counted: an older count never replaces a newer one. */
  candidatesAsOf: number;
  /** Last read round begun, whether it was read to the end, and whether its keys have changed since. */
  round: number;
  isRead: boolean;
  stale: boolean;
  /** A person answered for it: it is not asked again. */
  byHand: boolean;
  /** 1: gives no identifiers. 2: gives some. */
  rank: 1 | 2;
  hasSubjectRow: boolean;
  /** Rounds of erasure that count, the earliest pass first; null while the lane is of access. */
  erasing: LaneRound[] | null;
  /** What was read may not be planned any more: tried again, it is read anew. */
  anew: boolean;
}

/** Rounds of asking before a person must look. */
export const roundsAtOnce = 5;

/** A lane from the ledger's facts. Asking again and reading anew repeat nothing that counts, so doubt does both. */
export function laneOf(facts: LaneFacts): Lane {
  const isLeft = facts.state === 'parked' || facts.state === 'unresolved';
  const stage = facts.stage === 'package' || facts.stage === 'deliver' ? null : facts.stage;
  return {
    systemId: facts.systemId,
    configured: facts.configured,
    cost: facts.locateCost,
    needs: facts.needs,
    state: facts.byHand ? 'done' : isLeft ? facts.state : 'idle',
    // Why it had stopped before a person answered for it matters no more.
    stage: facts.byHand ? 'read' : stage,
    code: facts.byHand ? null : facts.code,
    attempts: facts.byHand ? 0 : facts.attempts,
    ask: !facts.byHand,
    asked: 0,
    openCandidates: facts.openCandidates,
    openMasks: facts.openMasks ?? 0,
    candidatesAsOf: 0,
    round: facts.round,
    isRead: facts.byHand,
    stale: facts.round > 0 && !facts.byHand,
    byHand: facts.byHand,
    rank: facts.rank,
    hasSubjectRow: facts.hasSubjectRow,
    erasing: null,
    anew: false,
  };
}

export interface NextSteps {
  readonly locate: readonly Lane[];
  readonly read: readonly Lane[];
  /** The search goes on and on: a person must say that it may. */
  readonly overrun: boolean;
}

const nothing: NextSteps = { locate: [], read: [], overrun: false };

/** What may start now. `rounds`: how often a system may be asked before a person looks. */
export function nextSteps(lanes: readonly Lane[], rounds: number): NextSteps {
  const lookups = lanes.filter((lane) => lane.cost === 'lookup');
  // A round is over when the last of its systems has answered: fewer questions than asking at each answer.
  if (lookups.some((lane) => lane.state === 'running' && lane.stage === 'locate')) return nothing;
  const unasked = lookups.filter((lane) => lane.state === 'idle' && lane.ask);
  if (unasked.some((lane) => lane.asked >= rounds)) return { ...nothing, overrun: true };
  if (unasked.length > 0) return { ...nothing, locate: unasked };
  if (lookups.some((lane) => lane.openCandidates > 0)) return nothing;
  const idle = lanes.filter((lane) => lane.state === 'idle');
  return {
    locate: idle.filter((lane) => lane.ask),
    read: idle.filter((lane) => !lane.ask && lane.openCandidates === 0 && needsReading(lane)),
    overrun: false,
  };
}

export function needsReading(lane: Lane): boolean {
  return !lane.isRead || lane.stale;
}

/** Takes a lane into a stage. `pass`: of which pass a reading for erasure is. */
export function startStage(lane: Lane, stage: LaneStage, pass = 0): void {
  lane.state = 'running';
  lane.stage = stage;
  lane.code = null;
  if (stage === 'locate') {
    lane.ask = false;
    lane.asked += 1;
  } else if (stage === 'read' && (lane.round === 0 || lane.stale)) {
    // A new reading; an interrupted one keeps its number and goes on where it was.
    lane.round += 1;
    lane.stale = false;
    lane.isRead = false;
    if (lane.erasing !== null) {
      const others = lane.erasing.filter((one) => one.pass !== pass);
      lane.erasing = [...others, freshRound(lane.round, pass)];
    }
  }
}

export function freshRound(round: number, pass: number): LaneRound {
  const nothingYet = { planned: false, prepared: false, erased: false, verified: false };
  return { round, pass, ...nothingYet, rowErased: false, rowVerified: false, undated: false };
}

/** A system has answered: what it taught asks every other system that can search by it (it has asked itself). */
export function endLocate(lanes: readonly Lane[], lane: Lane, result: Located): void {
  takeCount(lane, result);
  if (result.changed && lane.round > 0) lane.stale = true;
  rest(lane);
  for (const other of lanes) {
    // A window of a value that was known already is news only for who reads by windows.
    const news = other.cost === 'scan' ? [...result.kinds, ...result.dated] : result.kinds;
    const isTold = other !== lane && !other.byHand && other.needs.some((kind) => news.includes(kind));
    if (isTold) other.ask = true;
    if (other.state === 'done' && other.ask) other.state = 'idle';
  }
}

/** A system was read to its end; a scan may have found candidates, which hold its lane until they are decided. */
export function endRead(lane: Lane, result: ReadDone): void {
  lane.isRead = true;
  takeCount(lane, result);
  rest(lane);
}

/** A decision read while the system answered counts already: its count is newer than the answer's. */
function takeCount(
  lane: Lane,
  result: { readonly openCandidates: number; readonly openMasks?: number; readonly seq: number },
): void {
  if (result.seq < lane.candidatesAsOf) return;
  lane.openCandidates = result.openCandidates;
  // Asking says nothing of masks.
  if (result.openMasks !== undefined) lane.openMasks = result.openMasks;
  lane.candidatesAsOf = result.seq;
}

/** A stage has ended well. */
export function rest(lane: Lane): void {
  const isAnswered = !lane.ask && lane.openCandidates === 0 && lane.openMasks === 0 && !needsReading(lane);
  const isDone = isAnswered && (lane.erasing ?? []).every((round) => isThrough(lane, round));
  lane.state = isDone ? 'done' : 'idle';
  // A question asked after the reading changed nothing: reading is what it ended with.
  if (isDone) lane.stage = lane.erasing === null ? 'read' : 'verify';
}

function isThrough({ hasSubjectRow }: Lane, { verified, rowVerified }: LaneRound): boolean {
  return verified && (rowVerified || !hasSubjectRow);
}

/** Collections are described when they are read: what a data map says since then is read first. */
const changedCodes = ['stream-changed', 'erasure-undeclared', 'rewrite-unsupported', 'plan-changed'];

export function park(lane: Lane, code: string, attempts: number): void {
  const isBefore = lane.stage === 'plan' || lane.stage === 'prepare';
  if (isBefore && changedCodes.includes(code)) lane.anew = true;
  lane.state = 'parked';
  lane.code = code;
  lane.attempts = attempts;
}

/** Whether the lane stopped and a person must say how it goes on. */
export function isLeft(lane: Lane): boolean {
  return lane.state === 'parked' || lane.state === 'unresolved';
}

/** Two people leave a stopped lane open: it keeps the request open and can be taken up again. */
export function leave(lane: Lane): boolean {
  if (!isLeft(lane)) return false;
  lane.state = 'unresolved';
  return true;
}

/** A person answered for the system, with proof: the lane is done, and its number of readings goes on. */
export function finishByHand(lane: Lane): boolean {
  // What may be in the system still is erased by it, or stays open.
  if (!isLeft(lane) || lane.erasing !== null) return false;
  lane.state = 'done';
  lane.stage = 'read';
  lane.code = null;
  lane.attempts = 0;
  lane.ask = false;
  lane.openCandidates = 0;
  lane.openMasks = 0;
  lane.round += 1;
  lane.isRead = true;
  lane.stale = false;
  lane.byHand = true;
  return true;
}

/** Failures that are mended by another data map: what was read under the old one would be mixed with it. */
const mendedByMap: readonly (string | null)[] = [
  ...['stream-changed', 'record-too-large', 'system-schema-undeclared', 'system-schema-drift'],
];

/** A stopped lane goes on with the stage it stopped in; false where it is not stopped. */
export function unpark(lane: Lane): boolean {
  if (!isLeft(lane)) return false;
  if (lane.stage === null || lane.stage === 'locate') lane.ask = true;
  // What is planned or erased already stays as it was read.
  const isReading = lane.stage === 'locate' || lane.stage === 'read';
  if (lane.anew || (isReading && lane.round > 0 && mendedByMap.includes(lane.code))) lane.stale = true;
  lane.anew = false;
  lane.code = null;
  lane.attempts = 0;
  rest(lane);
  return true;
}

/** A candidate was accepted: it is proved from now on, so the system is asked again; a scan has staged it already. */
export function acceptCandidate(lane: Lane): void {
  if (lane.cost === 'scan' || lane.byHand) return;
  lane.ask = true;
  if (lane.state === 'idle' || lane.state === 'done') rest(lane);
}

/**
 * How many candidates and reviews of masks wait for a person, as the ledger counted them with the decisions up to `seq`. Never counted down
 * here: two voices on one candidate would count twice, and an answer on its way would count it again.
 */
export function countCandidates(lane: Lane, openCandidates: number, seq: number, openMasks = 0): void {
  if (seq <= lane.candidatesAsOf) return;
  lane.openCandidates = openCandidates;
  lane.openMasks = openMasks;
  lane.candidatesAsOf = seq;
  if (lane.state === 'idle' || lane.state === 'done') rest(lane);
}

/** What the request as a whole is at, for the ledger. */
export function stateOf(lanes: readonly Lane[]): 'locating' | 'reading' | 'needs_decision' {
  const running = lanes.filter((lane) => lane.state === 'running');
  if (running.length === 0) return 'needs_decision';
  return running.some((lane) => lane.stage === 'read') ? 'reading' : 'locating';
}
