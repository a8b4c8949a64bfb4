/**
 * The erasure half of a request: facts read → planned → approved → every lane prepared → cooling-off → past the point of no
 * return → erased by rank, read back → what came late as a pass of its own → the subject's own row. It only starts what
 * erasing.ts allows and waits for people where one must answer. Cancelled before the point of no return it leaves
 * everything as it is; after it, it only goes on.
 */
import { condition } from '@temporalio/workflow';
import { failureCode, lastLook, ledger } from './activities.ts';
import {
  endWork,
  erasingState,
  nextErasing,
  type Pass,
  type PassStep,
  passThrough,
  planAnew,
  prepareAgain,
  type RoundWork,
  reopen,
  roundOf,
  takeLate,
  turnToErasing,
} from './erasing.ts';
import { type Lane, nextSteps, rest, roundsAtOnce, startStage } from './lanes.ts';
import type { Run } from './run.ts';
import { askUntilDone } from './vendor-wait.ts';

/** Sleeps until the person has had the time to keep what was sent; a cancellation ends it. */
export async function downloadWindow(run: Run): Promise<void> {
  const { situation, requestId } = run;
  situation.phase = 'window';
  while (!situation.isCancelled) {
    const window = await run.step('planned', () => ledger.downloadWindow({ requestId }));
    if (window === undefined || window.leftMs === 0) return;
    await condition(() => situation.isCancelled, window.leftMs);
  }
}

/** The pass to begin with, or to go on with: its plan is proposed again, which changes nothing where it was. */
async function beginPass(run: Run): Promise<Pass> {
  const { situation, lanes } = run;
  if (situation.pass === null) {
    await run.refresh();
    for (const lane of lanes) turnToErasing(lane);
    situation.rounds = roundsAtOnce;
  }
  const pass: Pass = situation.pass ?? { pass: 1, state: 'open' };
  if (pass.state !== 'passed') pass.state = 'open';
  situation.pass = pass;
  return pass;
}

/** To the end of every lane. Returns early only when the request is cancelled. */
export async function eraseEverywhere(run: Run, renew: () => Promise<void>): Promise<void> {
  const { situation, lanes, requestId } = run;
  const pass = await beginPass(run);
  situation.phase = 'erasing';
  /** The step of the whole pass in hand. */
  let inHand: PassStep | null = null;
  /** The cooling-off took its time since the systems were asked. */
  let hasWaited = false;
  /** Answers that the last proposal knew of. */
  let heard = -1;

  async function plan(lane: Lane): Promise<void> {
    startStage(lane, 'plan');
    const round = roundOf(lane, pass.pass);
    if (round === undefined) return;
    await run.runStage(lane, round.round, async (stage, input) => {
      await stage.plan(input);
      round.planned = true;
      rest(lane);
      return null;
    });
  }

  async function prepare(lane: Lane): Promise<void> {
    startStage(lane, 'prepare');
    const round = roundOf(lane, pass.pass);
    if (round === undefined) return;
    await run.runStage(lane, round.round, async (stage, input) => {
      const prepared = await stage.prepare(input);
      if (prepared.refused > 0) {
        lane.anew = true;
        return prepared.code ?? 'plan-changed';
      }
      round.prepared = true;
      rest(lane);
      return null;
    });
  }

  async function erase(work: RoundWork): Promise<void> {
    const { lane, round, rank } = work;
    // Planned, approved and prepared like any other system; what a program would do now a person does.
    if (lane.manual.includes('erasure')) return run.byHand(lane, 'erase', 'erasure');
    startStage(lane, 'erase');
    await run.runStage(lane, round.round, async (stage, input) => {
      let { workflowSeq } = input;
      const done = await askUntilDone(async (handOver) => {
        const answer = await stage.erase({ ...input, workflowSeq, rank, handOver });
        // A call of its own: its attempts are counted anew.
        if (answer.running === true) workflowSeq = run.nextSeq();
        return answer;
      });
      if (done.running === true) return 'vendor-job-runs';
      endWork(work, 'erase');
      return null;
    });
  }

  async function verify(work: RoundWork): Promise<void> {
    const { lane, round, rank } = work;
    startStage(lane, 'verify');
    await run.runStage(lane, round.round, async (stage, input) => {
      const verified = await stage.verify({ ...input, rank, pass: pass.pass });
      if (rank === 'dependants') takeLate(lane, pass.pass + 1, verified);
      endWork(work, 'verify');
      return null;
    });
  }

  async function propose(): Promise<void> {
    heard = situation.answers;
    const propose = (numbered: number) => ledger.proposePlan({ requestId, pass: pass.pass, workflowSeq: numbered });
    const proposed = await run.step(null, propose);
    if (proposed !== undefined) pass.state = proposed.state;
  }

  async function coolOff(): Promise<void> {
    const cooling = await run.step(null, () => ledger.coolOff({ requestId, pass: pass.pass }));
    if (cooling === undefined) return;
    const isLeaving = () => situation.isCancelled || nextErasing(lanes, pass).step !== 'cool-off';
    if (cooling.leftMs > 0) {
      hasWaited = true;
      return void (await condition(isLeaving, cooling.leftMs));
    }
    if (hasWaited) prepareAgain(lanes, pass);
    hasWaited = false;
    pass.state = 'cooled';
  }

  async function passNoReturn(): Promise<void> {
    const stop = await run.apart(passApart);
    if (stop === null) return;
    const { code, leftMs } = stop;
    if (leftMs > 0) return waitForOthers(leftMs);
    // What stands against it may be that somebody has cancelled.
    if (code === 'plan-changed') await run.takeDecisions();
    else await run.untilRetried(code, null);
    // A hold that reaches the plan: it is planned with it, or after its release. Anything else is only tried again.
    if (code === 'plan-changed' || code === 'hold-placed') situation.anew = true;
  }

  /** Something of another request ends by itself; what was prepared before it is asked about once more. */
  async function waitForOthers(ms: number): Promise<void> {
    await condition(() => situation.isCancelled || nextErasing(lanes, pass).step !== 'no-return', ms);
    prepareAgain(lanes, pass);
  }

  /** Null: it is passed, or no longer its turn. */
  async function passApart(): Promise<{ readonly code: string; readonly leftMs: number } | null> {
    // What was decided while this waited its turn comes first.
    if (situation.isCancelled || nextErasing(lanes, pass).step !== 'no-return') return null;
    const numbered = run.nextSeq();
    try {
      const passed = await lastLook.passNoReturn({ requestId, pass: pass.pass, workflowSeq: numbered });
      if (!passed.ok) return { code: passed.code ?? 'plan-changed', leftMs: passed.leftMs ?? 0 };
    } catch (error) {
      return { code: failureCode(error), leftMs: 0 };
    }
    situation.noReturn = true;
    passThrough(lanes, pass);
    return null;
  }

  /** The plan was rejected: it is made anew when a person says that its reason is mended. */
  async function rejected(): Promise<void> {
    pass.state = 'open';
    await run.untilRetried('plan-rejected', null);
    situation.rejections = 0;
    situation.anew = true;
  }

  async function take(next: PassStep, work: () => Promise<void>): Promise<void> {
    inHand = next;
    await work();
    inHand = null;
    run.changed();
  }

  function startStep(next: PassStep | null): void {
    if (inHand !== null || next === null || next === 'close') return;
    if (next === 'next-pass') {
      Object.assign(pass, { pass: pass.pass + 1, state: 'open' });
      heard = -1;
      run.changed();
    } else if (next === 'propose') {
      const isAsked = pass.state === 'asked' || pass.state === 'waits';
      if (situation.rejections > 0) void take(next, rejected);
      else if (!isAsked || heard !== situation.answers) void take(next, propose);
    } else if (next === 'cool-off') void take(next, coolOff);
    else void take(next, passNoReturn);
  }

  /** Starts what may start; false when everything is done. */
  async function turn(): Promise<boolean> {
    if (situation.anew && pass.state !== 'passed') planAnew(lanes, pass);
    situation.anew = false;
    reopen(lanes, pass);
    const next = nextErasing(lanes, pass);
    if (next.step === 'close') return false;
    for (const work of next.erase) void erase(work);
    for (const work of next.verify) void verify(work);
    for (const lane of next.plan) void plan(lane);
    for (const lane of next.prepare) void prepare(lane);
    if (next.gather && !situation.isHeld && !situation.isOverrun) {
      const found = nextSteps(lanes, situation.rounds);
      if (found.overrun) await run.stop();
      for (const lane of found.locate) void run.locate(lane);
      for (const lane of found.read) void run.read(lane);
    }
    startStep(next.step);
    run.show();
    await run.enter(erasingState(lanes, pass, situation.isStuck ? null : inHand));
    return true;
  }

  for (;;) {
    const seen = run.changes();
    if (situation.isCancelled || !(await turn())) break;
    if (inHand === null && run.mayRenew()) await renew();
    await condition(() => run.changes() !== seen || situation.isCancelled);
    await run.tellEnds();
  }
  await condition(() => lanes.every((lane) => lane.state !== 'running'));
  if (!situation.isCancelled) await run.tellEnds();
}
