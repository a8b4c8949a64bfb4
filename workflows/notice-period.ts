/**
 * Before a workspace is exported the agreed notice runs out: the customer still works in it. A timer, as long as the ledger says
 * that it lasts; a cancellation ends it. Ids and durations only.
 */
import { condition } from '@temporalio/workflow';
import { ledger } from './activities.ts';
import type { Run } from './run.ts';

export async function noticePeriod(run: Run): Promise<void> {
  const { situation, requestId } = run;
  while (!situation.isCancelled) {
    const notice = await run.step(null, () => ledger.noticePeriod({ requestId }));
    if (notice === undefined || notice.leftMs === 0) return;
    await run.enter('notice');
    await condition(() => situation.isCancelled, notice.leftMs);
  }
}
