/**
 * A request for a right that acts (rectification, restriction, objection, withdrawal of consent): located to a fixpoint, read
 * (facts), acted on lane by lane by verbs or by hand, where a named person must decide restricted until then; then, where
 * processing stays restricted, open until the person was told and the restriction is lifted. The person is told what was done when
 * it is done. What stops sending has happened before this begins, with the request itself. Cancelled it leaves what was done.
 */
import { condition } from '@temporalio/workflow';
import { ledger } from './activities.ts';
import { tellPerson } from './answer.ts';
import { mayAct, nextSteps, stateOf } from './lanes.ts';
import { tellRecipients } from './notices.ts';
import type { Run } from './run.ts';
import type { Outcome } from './stages.ts';

export async function exerciseRight(run: Run, renew: () => Promise<void>): Promise<Outcome> {
  const { situation, requestId } = run;
  situation.phase = 'lanes';
  await runLanes(run, renew);
  if (situation.isCancelled) return 'cancelled';
  await tellRecipients(run);
  if (situation.isCancelled) return 'cancelled';
  const settled = await run.step(null, () => ledger.settleRight({ requestId }));
  if (settled === undefined) return 'cancelled';
  await tellPerson(run);
  if (situation.isCancelled) return 'cancelled';
  if (settled.restricted) {
    await run.ask('right', 'restriction-stands');
    await run.waitForPerson(() => situation.isLifted, 'restricted');
    if (situation.isCancelled) return 'cancelled';
  }
  if (settled.restricted || settled.lifting) await liftEverywhere(run);
  return situation.isCancelled ? 'cancelled' : 'completed';
}

/** The systems are unmarked, one lane each; a lane that fails waits for a person as ever. What was marked by hand is unmarked so. */
async function liftEverywhere(run: Run): Promise<void> {
  const { situation, requestId } = run;
  const byHand = await run.step(null, () => ledger.askUnmark({ requestId }));
  for (const lane of run.lanes) if (!lane.byHand) Object.assign(lane, { act: 'open', state: 'idle' });
  await actEverywhere(run);
  for (let left = byHand?.left ?? 0; left > 0 && !situation.isCancelled; ) {
    const heard = situation.notices;
    const asked = await run.step(null, () => ledger.askUnmark({ requestId }));
    left = asked?.left ?? 0;
    if (left > 0) await run.waitForPerson(() => situation.notices !== heard);
  }
}

/** Every lane to its end. Returns early only when the request is cancelled. */
async function runLanes(run: Run, renew: () => Promise<void>): Promise<void> {
  const { situation, lanes } = run;
  let isAsked = false;
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
    for (const lane of lanes) if (mayAct(lane)) void run.act(lane);
    if (!isAsked && !situation.isDecided && lanes.some(({ act }) => act === 'waits')) {
      isAsked = true;
      await run.ask('right');
    }
    run.show();
    await run.enter(stateOf(lanes));
    if (run.mayRenew()) await renew();
    if (lanes.every((lane) => lane.state === 'done')) break;
    await condition(() => run.changes() !== seen || situation.isCancelled);
    await run.tellEnds();
  }
  await condition(() => lanes.every((lane) => lane.state !== 'running'));
  if (!situation.isCancelled) await run.tellEnds();
}

async function actEverywhere(run: Run): Promise<void> {
  const { situation, lanes } = run;
  while (!situation.isCancelled && lanes.some((lane) => lane.state !== 'done')) {
    const seen = run.changes();
    for (const lane of lanes) if (mayAct(lane)) void run.act(lane, true);
    run.show();
    await run.enter(stateOf(lanes));
    if (lanes.every((lane) => lane.state === 'done')) break;
    await condition(() => run.changes() !== seen || situation.isCancelled);
    await run.tellEnds();
  }
  await run.tellEnds();
}
