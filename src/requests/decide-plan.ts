/**
 * Approving and rejecting a plan: doors to its open task. What is signed names the plan by its hash, so that nothing else is
 * erased than what was read; rejecting ends the plan, and it is made anew when what the reason names is mended. Refuses with
 * `plan-changed` (it is not the current plan any more, or not the one that was read), `task-closed` (none is asked about),
 * `person-…`, `reason-needed`, `state-final`.
 */
import { HabeasError } from '../errors.ts';
import type { RequestId } from '../ids.ts';
import { openPlanTask } from '../ledger/plan-approval.ts';
import { type Answered, answer } from './answer.ts';
import { refuseFinal } from './decide.ts';
import type { SignedBy } from './people.ts';
import type { DecisionDeps } from './record.ts';

export interface DecidedPlan extends Answered {
  /** Hash of the plan that was signed. */
  readonly plan: string;
}

interface AboutPlan {
  readonly requestId: RequestId;
  readonly reason?: string | undefined;
  /** The beginning of the hash that was read; without, the plan that is asked about now. */
  readonly plan?: string | undefined;
  readonly signedBy: SignedBy | undefined;
}

export function approvePlan(deps: DecisionDeps, given: AboutPlan): Promise<DecidedPlan> {
  return decidePlan(deps, 'approve', given);
}

export function rejectPlan(deps: DecisionDeps, given: AboutPlan): Promise<DecidedPlan> {
  return decidePlan(deps, 'reject', given);
}

async function decidePlan(deps: DecisionDeps, outcome: 'approve' | 'reject', given: AboutPlan): Promise<DecidedPlan> {
  const { requestId, reason, plan, signedBy } = given;
  await refuseFinal(deps, requestId);
  const task = await openPlanTask(deps.ledger.db, requestId);
  if (task === undefined) throw new HabeasError('task-closed', { where: 'plan' });
  const answered = await answer(deps, { taskId: task.id, answer: outcome, reason, plan, signedBy });
  return { ...answered, plan: task.sha256 };
}
