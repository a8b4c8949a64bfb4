/**
 * Takes what is due in the register into claims and starts a workflow for each that has to be worked on. Started every hour by
 * a Schedule (src/temporal/schedules.ts). A claim whose workflow runs already is left to it. Carries ids only.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { sweepSteps } from './activities.ts';
import { sweep } from './sweep.ts';

export async function sweepDue(): Promise<void> {
  const { claims } = await sweepSteps.claimSweeps();
  for (const claimId of claims)
    try {
      await startChild(sweep, {
        workflowId: claimId,
        args: [{ claimId }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
}
