/**
 * Which lane may go on with which stage of an erasure, for every situation it can be in. Pure. The rules it keeps: nothing
 * is erased before every lane of the pass is prepared or left open by two people, and the ledger let the pass through; a
 * rank waits until every lane of the one before has erased or was left open; the subject's own row waits until every lane
 * has done everything else. What came late, and a lane that comes back after the others went on, is a pass of its own.
 */
import type { ErasePart } from '../connectors/contract.ts';
import { freshRound, type Lane, type LaneRound, laneOf, needsReading, rest } from './lanes.ts';
import type { LaneFacts, Verified } from './stages.ts';

/**
 * `open`: is read and planned. `asked`, `waits`: people must answer. `approved`: is prepared. `cooled`: may go past the
 * point of no return. `passed`: is carried out.
 */
export interface Pass {
  pass: number;
  state: 'open' | 'asked' | 'waits' | 'approved' | 'cooled' | 'passed';
}

export interface RoundWork {
  readonly lane: Lane;
  readonly round: LaneRound;
  readonly rank: ErasePart;
}

/** A step of the whole pass. `propose` is worth repeating only when somebody has answered. */
export type PassStep = 'propose' | 'cool-off' | 'no-return' | 'next-pass' | 'close';

export interface ErasingSteps {
  /** Systems are asked and read (lanes.ts says which). */
  readonly gather: boolean;
  readonly plan: readonly Lane[];
  readonly prepare: readonly Lane[];
  readonly erase: readonly RoundWork[];
  readonly verify: readonly RoundWork[];
  readonly step: PassStep | null;
}

/** What may start now. */
export function nextErasing(lanes: readonly Lane[], pass: Pass): ErasingSteps {
  const none = { gather: false, plan: [], prepare: [], step: null };
  const isPassed = pass.state === 'passed';
  const carried = carryOut(lanes, isPassed ? pass.pass : pass.pass - 1);
  if (isPassed) return { ...none, ...carried, step: afterPass(lanes, pass) };
  const wanted = lanes.filter((lane) => !isLeftOut(lane));
  if (wanted.some(gathers)) return { ...none, ...carried, gather: true };
  const taking = wanted.flatMap((lane) => {
    const round = roundOf(lane, pass.pass);
    return round === undefined ? [] : [{ lane, round }];
  });
  // One stage at a time: what an earlier pass has left comes first.
  const busy = new Set([...carried.erase, ...carried.verify].map(({ lane }) => lane));
  const idle = (has: (round: LaneRound) => boolean) =>
    taking.filter(({ lane, round }) => lane.state === 'idle' && !busy.has(lane) && has(round)).map(({ lane }) => lane);
  if (taking.length === 0) return { ...none, ...carried };
  if (taking.some(({ round }) => !round.planned))
    return { ...none, ...carried, plan: idle((round) => !round.planned && !round.undated) };
  const isApproved = pass.state === 'approved' || pass.state === 'cooled';
  if (!isApproved) return { ...none, ...carried, step: 'propose' };
  if (taking.some(({ round }) => !round.prepared))
    return { ...none, ...carried, prepare: idle((round) => !round.prepared) };
  return { ...none, ...carried, step: pass.state === 'cooled' ? 'no-return' : 'cool-off' };
}

/** A lane that has to be asked, read or planned once more, whoever has approved what: the plan is proposed again. */
export function reopen(lanes: readonly Lane[], pass: Pass): void {
  if (pass.state === 'passed') return;
  const wanted = lanes.filter((lane) => !isLeftOut(lane));
  if (wanted.some((lane) => gathers(lane) || roundOf(lane, pass.pass)?.planned === false)) pass.state = 'open';
}

/** What is left to erase and to read back of the passes up to this one. */
function carryOut(lanes: readonly Lane[], upTo: number): Pick<ErasingSteps, 'erase' | 'verify'> {
  const erase: RoundWork[] = [];
  const verify: RoundWork[] = [];
  const isRowsTurn = lanes.every(hasDoneDependants);
  for (const lane of lanes) {
    if (lane.state !== 'idle') continue;
    const rounds = (lane.erasing ?? []).filter((round) => round.pass <= upTo);
    const round = rounds.find((one) => one.prepared && !one.verified);
    if (round !== undefined) {
      const work = { lane, round, rank: 'dependants' } as const;
      if (!round.erased && lanes.every((other) => other.rank >= lane.rank || isOver(other, round.pass)))
        erase.push(work);
      if (round.erased && lanes.every((other) => isOver(other, round.pass))) verify.push(work);
      continue;
    }
    const left = rounds.find((one) => !one.rowVerified);
    if (!isRowsTurn || !lane.hasSubjectRow || left === undefined) continue;
    (left.rowErased ? verify : erase).push({ lane, round: left, rank: 'subject-row' });
  }
  return { erase, verify };
}

/** Has erased its part of the pass, has none, or was left open. */
function isOver(lane: Lane, pass: number): boolean {
  return lane.state === 'unresolved' || roundOf(lane, pass)?.erased !== false;
}

function afterPass(lanes: readonly Lane[], { pass }: Pass): PassStep | null {
  if (lanes.every((lane) => lane.state === 'done')) return 'close';
  const going = lanes.filter((lane) => lane.state !== 'unresolved');
  const isCarried = going.every((lane) => (lane.erasing ?? []).every((round) => round.pass > pass || round.verified));
  if (!isCarried || going.some((lane) => lane.state === 'running')) return null;
  const hasMore = going.some((lane) => gathers(lane) || roundOf(lane, pass + 1) !== undefined);
  return hasMore ? 'next-pass' : null;
}

/** Everything but the subject's own row is erased and read back, and nothing else is to be looked for. */
function hasDoneDependants(lane: Lane): boolean {
  return !gathers(lane) && (lane.erasing ?? []).every((round) => round.verified);
}

/** Is to be asked or read, or waits for a decision about it. */
function gathers(lane: Lane): boolean {
  const isAtIt = lane.stage === 'locate' || lane.stage === 'read';
  const isIn = lane.state !== 'idle' && lane.state !== 'done' && isAtIt;
  return isIn || lane.ask || lane.openCandidates > 0 || needsReading(lane);
}

/**
 * Left open by two people, so that the others go on. One that gives identifiers must have been asked: what only it can tell
 * would be lost for the others.
 */
function isLeftOut(lane: Lane): boolean {
  const isUnasked = lane.stage === null || lane.stage === 'locate';
  return lane.state === 'unresolved' && !(lane.rank === 2 && isUnasked);
}

export function roundOf(lane: Lane, pass: number): LaneRound | undefined {
  return lane.erasing?.find((round) => round.pass === pass);
}

/** The access half is over: every system is asked and read anew, for erasure. */
export function turnToErasing(lane: Lane): void {
  lane.erasing = [];
  Object.assign(lane, { state: 'idle', stage: null, code: null, attempts: 0, ask: true, asked: 0 });
  Object.assign(lane, { isRead: false, stale: lane.round > 0, byHand: false });
}

/** What was planned is not what is done: every reading of the pass is made anew. */
export function planAnew(lanes: readonly Lane[], pass: Pass): void {
  pass.state = 'open';
  for (const lane of lanes) {
    if (roundOf(lane, pass.pass) === undefined) continue;
    lane.stale = true;
    if (lane.state === 'done') lane.state = 'idle';
  }
}

/** Time has passed since the systems were asked, and rows may have changed hands: they are asked once more. */
export function prepareAgain(lanes: readonly Lane[], pass: Pass): void {
  for (const lane of lanes) {
    const round = roundOf(lane, pass.pass);
    if (round !== undefined) round.prepared = false;
  }
}

/** The ledger let the pass through. Whoever was left open comes back with a reading of a later pass. */
export function passThrough(lanes: readonly Lane[], pass: Pass): void {
  pass.state = 'passed';
  for (const lane of lanes) {
    const round = roundOf(lane, pass.pass);
    if (round === undefined || round.prepared) continue;
    lane.erasing = (lane.erasing ?? []).filter((one) => one !== round);
    lane.stale = true;
  }
}

/** A stage of a round has ended well. */
export function endWork({ lane, round, rank }: RoundWork, stage: 'erase' | 'verify'): void {
  const isRow = rank === 'subject-row';
  if (stage === 'erase') round[isRow ? 'rowErased' : 'erased'] = true;
  else round[isRow ? 'rowVerified' : 'verified'] = true;
  rest(lane);
}

/** Reading back found records that were made before the erasing began: they are a round of the next pass. */
export function takeLate(lane: Lane, pass: number, { late, lateRound, undated }: Verified): void {
  if (late === 0 && undated === 0) return;
  lane.round = Math.max(lane.round, lateRound);
  const others = (lane.erasing ?? []).filter((one) => one.pass !== pass);
  lane.erasing = [...others, { ...freshRound(lateRound, pass), undated: undated > 0 }];
}

/** People have said what becomes of what nobody can date. */
export function settleUndated(lane: Lane): void {
  for (const round of lane.erasing ?? []) round.undated = false;
}

/** What the request as a whole is at. `step`: the step of the whole pass in hand; null: none, or it waits for a person. */
export function erasingState(lanes: readonly Lane[], pass: Pass, step: PassStep | null) {
  const stages = new Set(lanes.filter((lane) => lane.state === 'running').map((lane) => lane.stage));
  if (stages.has('erase')) return 'erasing';
  if (stages.has('verify')) return 'verifying';
  if (stages.has('prepare')) return 'preparing';
  if (stages.has('read')) return 'reading';
  if (stages.has('locate')) return 'locating';
  if (stages.has('plan') || step === 'propose' || (step === null && pass.state === 'asked')) return 'planned';
  if (step === 'cool-off' || step === 'no-return') return 'cooling_off';
  return 'needs_decision';
}

/** Lanes and pass of a request whose erasure half begins, or goes on where the ledger is. */
export function erasingFrom(
  facts: readonly LaneFacts[],
  noReturn: boolean,
): { readonly lanes: Lane[]; readonly pass: Pass } {
  const known = facts.flatMap((lane) => lane.erasures.filter(({ isRead }) => isRead));
  const last = Math.max(1, ...known.map((round) => round.pass));
  const isBegun = (pass: number) => known.some((round) => round.pass === pass && (round.planned || round.erased));
  // What came late is staged while other systems are still read back: its pass begins when they are through.
  const isEarly = noReturn && last > 1 && !isBegun(last);
  const isPast = last === 1 || known.some((round) => round.pass === last && round.erased);
  const pass: Pass = isEarly
    ? { pass: last - 1, state: 'passed' }
    : { pass: last, state: noReturn && isPast ? 'passed' : 'open' };
  const passed = pass.state === 'passed' ? pass.pass : pass.pass - 1;
  // Where every system's plan was made nothing was left to ask; else everything is asked anew, which repeats nothing that counts.
  const isPlanned =
    noReturn ||
    facts.every((lane) => lane.state === 'unresolved' || lane.erasures.some((one) => one.pass === last && one.planned));
  return { lanes: facts.map((lane) => erasingLane(lane, passed, isPlanned)), pass };
}

function erasingLane(facts: LaneFacts, passed: number, goesOn: boolean): Lane {
  const lane = laneOf({ ...facts, byHand: false });
  if (facts.attested?.includes('erasure') === true) {
    lane.byHand = true;
    Object.assign(lane, { state: 'idle', code: null, attempts: 0, openCandidates: 0 });
  }
  // Whether the system refused, or only failed, nobody knows any more.
  lane.anew = lane.stage === 'plan' || lane.stage === 'prepare';
  lane.erasing = [];
  if (!goesOn) return lane;
  lane.erasing = facts.erasures
    .filter((one) => one.isRead && (one.prepared || one.pass > passed))
    .map(({ round, pass, planned, prepared, erased, verified, undated }) => ({
      ...{ round, pass, planned, prepared, erased, verified, undated },
      // Both parts have ended where the ledger says so; what it does not say is repeated, and counts once.
      ...{ rowErased: erased, rowVerified: verified },
    }));
  const isLeft = lane.state === 'parked' || lane.state === 'unresolved';
  if (lane.erasing.length > 0 || isLeft || lane.byHand) {
    lane.ask = false;
    lane.isRead = lane.erasing.length > 0 || lane.byHand;
    lane.stale = lane.round > 0 && !lane.isRead;
  }
  if (lane.state === 'idle') rest(lane);
  return lane;
}
