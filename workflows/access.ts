/**
 * The access half of a request: every system asked and read to its end, the package built and delivered. What is finished
 * may go out before the rest, once a person says so. Ends when everything has reached the person; a package that is refused
 * or a letter that cannot be sent waits for a person, and nothing comes after it.
 */
import { condition } from '@temporalio/workflow';
import type { PackageId } from '../src/ids.ts';
import type { RequestState } from '../src/ledger/states.ts';
import { closingStages, packageStage } from './activities.ts';
import type { Carried } from './begin-run.ts';
import { nextSteps, stateOf } from './lanes.ts';
import type { Run } from './run.ts';

/** To the delivery of the last package. Returns early only when the request is cancelled. */
export async function answerAccess(
  run: Run,
  carried: Carried | undefined,
  renew: (parts: number) => Promise<void>,
): Promise<void> {
  const { situation, lanes, requestId } = run;
  /** Packages begun; the next one's number is one more. */
  let parts = Math.max(run.terms().parts, carried?.parts ?? 0);
  /** Parts that are being built or sent: one at a time. One that waits for a person to hand it over holds up nothing. */
  let busyParts = 0;
  /** Packages that are on their way; nobody gets the letter of one twice because two steps came to it. */
  const sending = new Set<PackageId>();

  /** Every lane to its end. Returns early only when the request is cancelled. */
  async function runLanes(): Promise<void> {
    while (!situation.isCancelled && lanes.some((lane) => lane.state !== 'done')) {
      const seen = run.changes();
      const isBlocked = situation.isHeld || situation.isOverrun;
      const next = isBlocked ? undefined : nextSteps(lanes, situation.rounds);
      if (next?.overrun === true) {
        await run.stop();
        continue;
      }
      for (const lane of next?.locate ?? []) void run.locate(lane);
      for (const lane of next?.read ?? []) void run.read(lane);
      run.show();
      await run.enter(stateOf(lanes));
      if (situation.wantsPart && busyParts === 0) void sendPart();
      if (run.mayRenew() && busyParts === 0 && situation.undelivered === 0) await renew(parts);
      if (lanes.every((lane) => lane.state === 'done')) break;
      await condition(() => run.changes() !== seen || situation.isCancelled);
      await run.tellEnds();
    }
    await condition(() => lanes.every((lane) => lane.state !== 'running'));
    if (!situation.isCancelled) await run.tellEnds();
  }

  function build(part: number, at: RequestState | null) {
    return run.step(at, (numbered) => packageStage(run.terms())({ requestId, part, workflowSeq: numbered }));
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
      const send = (numbered: number) =>
        closingStages(run.terms()).deliver({ requestId, packageId, workflowSeq: numbered });
      const result = await run.step(at, send, isHandedOver);
      isSent = result?.outcome === 'sent';
      if (result?.outcome !== 'by-hand') continue;
      await run.ask('manual');
      waits();
      await run.waitForPerson(isHandedOver, at === null ? null : 'needs_decision');
    }
    situation.undelivered -= 1;
    sending.delete(packageId);
    run.changed();
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
      run.changed();
    };
    parts += 1;
    const built = await build(parts, null);
    if (built !== undefined) {
      parts = built.part;
      await deliver(built.packageId, null, rest);
    }
    rest();
  }

  situation.phase = 'lanes';
  // A run before this one was lost while these were on their way.
  for (const packageId of carried === undefined ? run.terms().packages : []) void deliver(packageId, null);
  await runLanes();
  if (situation.isCancelled) return;
  situation.phase = 'package';
  await run.waitForPerson(() => busyParts === 0);
  parts += 1;
  const built = await build(parts, 'packaging');
  situation.phase = 'deliver';
  if (built !== undefined) await deliver(built.packageId, 'delivering');
  // A part before it may still wait to be handed over.
  await run.waitForPerson(() => situation.undelivered === 0);
}
