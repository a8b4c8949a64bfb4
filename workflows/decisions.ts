/**
 * The reading of what people decided, for as long as a run lasts: each decision changes the situation (decide.ts) or is told
 * to be moot; lanes that go on, or were left open, are told to the ledger. Never at the same time as the point of no return is
 * passed, so that a cancellation either stops it or came too late.
 */
import { condition } from '@temporalio/workflow';
import { ledger, persist } from './activities.ts';
import { decide } from './decide.ts';
import { countCandidates, isLeft, unpark } from './lanes.ts';
import type { RunCore } from './run.ts';

export interface Inbox {
  isWoken: boolean;
}

export function takingDecisions(run: RunCore, inbox: Inbox, afterSeq: number) {
  const { requestId, situation, lanes } = run;
  let seq = afterSeq;

  /** Reads what people decided, for as long as the run lasts. */
  async function attend(): Promise<void> {
    for (;;) {
      await condition(() => inbox.isWoken);
      inbox.isWoken = false;
      await takeDecisions();
      run.changed();
    }
  }

  async function takeDecisions(): Promise<void> {
    await run.apart(readDecisions);
  }

  async function readDecisions(): Promise<void> {
    const read = await persist(() => ledger.readDecisions({ requestId, afterSeq: seq }));
    seq = Math.max(seq, read.seq);
    const isRetried = read.decisions.some(
      (decision) => decision.kind === 'retry' || decision.taskKind === 'unresolved',
    );
    if (isRetried) await run.refresh();
    const leftBefore = lanes.flatMap((lane) => (isLeft(lane) ? [{ lane, was: lane.state }] : []));
    const applied: number[] = [];
    const moot: number[] = [];
    for (const decision of read.decisions) {
      (decide(situation, decision) === 'applied' ? applied : moot).push(decision.seq);
    }
    for (const { systemId, openCandidates, openMasks = 0 } of read.candidates) {
      const lane = lanes.find((one) => one.systemId === systemId);
      if (lane !== undefined) countCandidates(lane, openCandidates, read.seq, openMasks);
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
      if (lane.state === 'unresolved' && was === 'parked') await run.setLane(lane, 'unresolved');
      else if (!isLeft(lane) && !lane.byHand) await run.setLane(lane, 'waiting');
    }
    if (situation.isCancelled) run.stages.cancel();
    run.show();
  }

  return { attend, takeDecisions, seqRead: () => seq };
}
