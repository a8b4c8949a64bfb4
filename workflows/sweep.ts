/**
 * One claim of the retention sweep: every entry is looked at anew, page by page, then people are asked or the claim is carried
 * out. It never waits for people: what waits is in the ledger, and the hourly Schedule starts this again; a vendor's job it asks
 * about by timers, for a week at most. At most fifty
 * looks at once, then it continues as new. What stands in the way parks the claim with its code until the next day.
 */
import { continueAsNew, isCancellation } from '@temporalio/workflow';
import type { ClaimId } from '../src/ids.ts';
import { failureCode, persist, sweepStage, sweepSteps } from './activities.ts';
import type { SweepBegun } from './stages.ts';
import { askUntilDone } from './vendor-wait.ts';

export async function sweep(input: { readonly claimId: ClaimId }): Promise<void> {
  const { claimId } = input;
  const begun = await persist(() => sweepSteps.beginSweep({ claimId }));
  if (begun.state !== 'claimed' && begun.state !== 'approved') return;
  try {
    await work(claimId, begun);
  } catch (error) {
    if (isCancellation(error)) throw error;
    await persist(() => sweepSteps.parkSweep({ claimId, code: failureCode(error) }));
    return;
  }
  if (begun.more) await continueAsNew<typeof sweep>(input);
}

async function work(claimId: ClaimId, begun: SweepBegun): Promise<void> {
  await Promise.all(begun.entries.map((entryId) => sweepSteps.lookAt({ claimId, entryId })));
  if (begun.more) return;
  const { state } = await sweepSteps.endLook({ claimId });
  if (state !== 'approved') return;
  const { systemId } = begun;
  const { running } = await askUntilDone(() => sweepStage(begun, systemId).sweepOut({ claimId, systemId }));
  // The claim is not done, and is taken up again tomorrow.
  if (running === true) await persist(() => sweepSteps.parkSweep({ claimId, code: 'vendor-job-runs' }));
}
