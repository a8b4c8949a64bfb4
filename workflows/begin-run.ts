/**
 * Where a run begins: with what the run before handed it, or with what the ledger says. Pure. What the ledger does not say is
 * asked or done again, which repeats nothing that counts.
 */
import type { Situation } from './decide.ts';
import { erasingFrom, type Pass } from './erasing.ts';
import { type Lane, laneOf, rest, roundsAtOnce } from './lanes.ts';
import { packageRightIn } from './package-right.ts';
import type { Begun, LaneFacts } from './stages.ts';

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

export function situationOf(begun: Begun, carried: Carried | undefined): Situation {
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
    notices: 0,
    pass: begins?.pass ?? carried?.pass ?? null,
    noReturn: begun.noReturn,
    answers: 0,
    rejections: 0,
    anew: false,
    isDecided: begun.decided ?? false,
    isLifted: false,
  };
}

/** What is answered with a package comes first where it was asked for and has not been answered; else the erasure half begins, or goes on. */
function lanesOf(begun: Begun): { readonly lanes: Lane[]; readonly pass: Pass | null } {
  const isErasing =
    begun.rights.includes('erasure') && (begun.accessDone || packageRightIn(begun.rights) === undefined);
  if (isErasing) return erasingFrom(begun.lanes, begun.noReturn);
  return { lanes: begun.lanes.map((facts) => actingLane(laneOf(facts), facts)), pass: null };
}

/** Of a right that acts; what was acted on stays so, and is not read anew. */
function actingLane(lane: Lane, { acted, round }: LaneFacts): Lane {
  // Histories of before these rights say nothing of it.
  if (acted === undefined || acted === null || lane.byHand) return lane;
  lane.act = acted ? 'done' : 'open';
  if (acted) Object.assign(lane, { ask: false, isRead: true, stale: false, round });
  rest(lane);
  return lane;
}
