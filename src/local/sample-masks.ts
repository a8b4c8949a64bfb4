/**
 * What the people of the sample do where a conversation holds what its person had not seen: one of them looks through the masks that were
 * proposed for other people and approves them, by the same use-cases as `habeas masks show` and `habeas masks approve`. Says how many
 * there are, and nothing of what they hide. One that somebody else answered meanwhile is no failure.
 */
import { codeOf } from '../errors.ts';
import type { ShownRequest } from '../requests/index.ts';
import { approveMasks, showMasks } from '../requests/masks.ts';
import type { SignedBy } from '../requests/people.ts';
import type { SampleRun } from './sample-run.ts';

/** How many reviews were ended. */
export async function approveSampleMasks(
  { deps, say }: SampleRun,
  { tasks }: ShownRequest,
  signedBy: SignedBy,
): Promise<number> {
  let approved = 0;
  for (const { id: taskId, kind, closedAt } of tasks) {
    if (kind !== 'mask' || closedAt !== null) continue;
    try {
      const { summary } = await showMasks(deps, taskId, signedBy);
      await approveMasks(deps, { taskId, masks: summary.sha256, reason: 'Looked through', signedBy });
      const { records, masks, systemId } = summary;
      say(
        `  ${signedBy.personId} approves ${masks} masks in ${records} records of ${systemId} that were not seen before`,
      );
      approved += 1;
    } catch (error) {
      if (!['task-closed', 'masks-closed', 'masks-changed'].includes(codeOf(error))) throw error;
    }
  }
  return approved;
}
