/**
 * Leaving a system unresolved: two different people say so for the same owner and next date. Until the second agrees
 * nothing changes, and the first may still retry, answer by hand or name other terms. Then the question is asked anew on that date, of that
 * owner, and the request stays open with it. Refuses with `lane-not-parked`, `next-date`, `voices-differ`, `person-…`,
 * `reason-needed`, `state-final`.
 */
import { HabeasError } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import { type Answered, answerAs } from './answer.ts';
import { openTaskOf, refuseFinal } from './decide.ts';
import type { GivenTerms } from './leave-terms.ts';
import type { SignedBy } from './people.ts';
import type { DecisionDeps } from './record.ts';

export interface LeftUnresolved extends Answered, GivenTerms {
  readonly systemId: SystemId;
}

export async function leaveUnresolved(
  deps: DecisionDeps,
  given: GivenTerms & {
    readonly requestId: RequestId;
    readonly systemId: SystemId;
    readonly reason?: string | undefined;
    readonly signedBy: SignedBy | undefined;
  },
): Promise<LeftUnresolved> {
  const { requestId, systemId, owner, next, reason, signedBy } = given;
  await refuseFinal(deps, requestId);
  const { db } = deps.ledger;
  const taskId =
    (await openTaskOf(db, requestId, 'unresolved', systemId)) ?? (await openTaskOf(db, requestId, 'manual', systemId));
  if (taskId === undefined) throw new HabeasError('lane-not-parked', { where: systemId });
  const terms = { owner, next };
  const answered = await answerAs(deps, 'answer', {
    taskId,
    answer: 'leave-unresolved',
    reason,
    signedBy,
    leave: terms,
  });
  return { ...answered, ...terms, systemId };
}
