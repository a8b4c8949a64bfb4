/**
 * One stage of one lane: started on its system's queue, ended in the lane, or parked with its code and a question to a person
 * while the other lanes go on. Asking and reading are the same in both halves; what only erasure does is in erasure.ts.
 */
import { isCancellation } from '@temporalio/workflow';
import type { Right } from '../src/ledger/states.ts';
import { failureCode, ledger, persist, stagesIn } from './activities.ts';
import { endLocate, endRead, type Lane, type LaneStage, park, rest, roundsAtOnce, startStage } from './lanes.ts';
import { isActing, packageRightIn } from './package-right.ts';
import type { RunCore } from './run.ts';
import type { StageInput, SystemStages } from './stages.ts';

/** Why a lane stops that a person has to do by hand. */
const needsHand = 'by-hand-needed';

export function laneStages(run: RunCore) {
  const { requestId, situation, lanes } = run;
  /** Lanes of whose end the ledger knows. */
  const told = new Set<Lane>();

  /**
   * A reading tells the ledger itself that its lane is done. One that was read before, was asked again and has nothing new,
   * or whose last candidate was rejected, is done by our word; so is one that has erased everything.
   */
  async function tellEnds(): Promise<void> {
    for (const lane of lanes) {
      if (lane.state !== 'done' || told.has(lane)) continue;
      told.add(lane);
      await run.setLane(lane, 'done');
    }
  }

  /** What the one right of this request is, or the half of it that is under way. */
  function rightOf(lane: Lane): Right {
    if (lane.erasing !== null) return 'erasure';
    const { rights } = run.terms();
    const [right] = rights;
    return (isActing(rights) ? right : packageRightIn(rights)) ?? 'access';
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
      const numbered = run.nextSeq();
      const input = { requestId, systemId, round, workflowSeq: numbered };
      const code = await run.stages.run(() => work(stagesIn(run.terms(), systemId), input));
      if (code !== null) await parkLane(lane, code);
    } catch (error) {
      // What ends a stage is its activity's failure or the cancellation of the request; a mistake of ours is neither.
      if (isCancellation(error)) lane.state = 'idle';
      else await parkLane(lane, failureCode(error));
    } finally {
      run.changed();
      run.show();
    }
  }

  /** One question to one system. */
  async function locate(lane: Lane): Promise<void> {
    startStage(lane, 'locate');
    await runStage(lane, lane.asked, async (stage, input) => {
      const located = await stage.locate(input);
      endLocate(lanes, lane, located);
      if (located.tooMany && situation.rounds === roundsAtOnce) await stop();
      return null;
    });
  }

  /** One reading: of content in the access half, of facts in the erasure half. */
  async function read(lane: Lane): Promise<void> {
    const right = rightOf(lane);
    if (lane.erasing === null && lane.manual.includes(right)) return byHand(lane, 'read', right);
    const pass = situation.pass?.pass ?? 0;
    startStage(lane, 'read', pass);
    await runStage(lane, lane.round, async (stage, input) => {
      endRead(lane, await stage.read({ ...input, right, pass: lane.act === null ? pass : 1 }));
      // A lane that waits for its candidates is told when they are decided.
      if (lane.state === 'done') told.add(lane);
      return null;
    });
  }

  /** What the right asks, in one system; with `lift` the restriction is taken off again. */
  async function act(lane: Lane, lift = false): Promise<void> {
    startStage(lane, 'act');
    await runStage(lane, lane.round, async (stage, input) => {
      const acted = await stage.act({ ...input, lift });
      if (acted.byHand > 0) return needsHand;
      // Whoever decided while the system was at work is heard now.
      if (acted.waiting > 0) lane.act = situation.isDecided ? 'open' : 'waits';
      else lane.act = 'done';
      rest(lane);
      if (lane.state === 'done') told.add(lane);
      return null;
    });
  }

  async function parkLane(lane: Lane, code: string, of?: Right): Promise<void> {
    park(lane, code, 0);
    lane.attempts = await run.setLane(lane, 'parked');
    const { systemId } = lane;
    if (situation.isCancelled) return;
    const right = of ?? rightOf(lane);
    const byHand = right !== 'erasure' || situation.noReturn;
    const kind = code === needsHand ? 'manual' : 'unresolved';
    await persist(() => ledger.openTask({ requestId, kind, systemId, code, byHand, right }));
  }

  /**
   * No program can do what comes now in this system: the lane stops at once (`parked`, `by-hand-needed`) and a `manual` task
   * asks a person for this right. It is done when they have answered (decide.ts: `lane.byHand`, state `done`), or left open
   * when two people say so. For any right: what a lane has no verb for is `void run.byHand(lane, null, right)` where its stage
   * would be started; then wait for `lane.state === 'done'` as for any other lane. The ledger keeps its books
   * (src/ledger/by-hand.ts) by the line of the right in src/ledger/hand-terms.ts; `lane.manual` lists the rights that the system
   * has no verb for (activities/begin.ts), `LaneFacts.attested` those that were answered already.
   */
  async function byHand(lane: Lane, stage: LaneStage | null, right: Right): Promise<void> {
    told.delete(lane);
    if (stage !== null) lane.stage = stage;
    await parkLane(lane, needsHand, right);
    run.changed();
    run.show();
  }

  /** The search goes on and on, or finds too much: a person must look. */
  async function stop(): Promise<void> {
    situation.isOverrun = true;
    await run.ask('blast-radius', 'blast-radius');
  }

  return { tellEnds, runStage, locate, read, act, byHand, stop };
}
