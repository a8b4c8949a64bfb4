/**
 * Naming who takes over a workspace whose last administrator leaves: the door to the open task about that workspace, which is
 * found by opening what the tasks of the request show. Workspace and name stay sealed; ids only come back. Refuses with
 * `task-closed` (nothing is asked about it), `successor-needed`, `successor-unknown`, `person-…`, `reason-needed`,
 * `state-final`.
 */
import { HabeasError } from '../errors.ts';
import type { RequestId, TaskId } from '../ids.ts';
import { getSealed } from '../ledger/vault.ts';
import { type Answered, answer } from './answer.ts';
import { refuseFinal } from './decide.ts';
import { authorise, type SignedBy } from './people.ts';
import type { DecisionDeps } from './record.ts';
import { askedWorkspace } from './successor-named.ts';

export async function nameSuccessor(
  deps: DecisionDeps,
  given: {
    readonly requestId: RequestId;
    /** The workspace's key; several values joined by `,`. */
    readonly workspace: string;
    readonly userId: string;
    readonly reason?: string | undefined;
    readonly signedBy: SignedBy | undefined;
  },
): Promise<Answered> {
  const { requestId, userId: successor, reason, signedBy } = given;
  // Before anything sealed is opened.
  authorise(deps.config.people, signedBy, 'task:successor');
  await refuseFinal(deps, requestId);
  const taskId = await taskAbout(deps, requestId, given.workspace.normalize('NFC').trim());
  if (taskId === undefined) throw new HabeasError('task-closed', { where: '--workspace' });
  return answer(deps, { taskId, answer: 'named', successor, reason, signedBy });
}

async function taskAbout(deps: DecisionDeps, requestId: RequestId, workspace: string): Promise<TaskId | undefined> {
  const { db } = deps.ledger;
  const open = await db
    .selectFrom('tasks')
    .select(['id', 'object_sealed'])
    .where('request_id', '=', requestId)
    .where('kind', '=', 'successor')
    .where('closed_at', 'is', null)
    .orderBy('opened_at')
    .execute();
  for (const { id, object_sealed: name } of open) {
    if (name === null) continue;
    const { key } = await getSealed(db, deps.keys, name, askedWorkspace);
    if (key === workspace) return id;
  }
  return undefined;
}
