/**
 * Whether a lane stands where a person may decide how it goes on. Looked at under the request's lock where the decision is
 * stored, and before, where much would be done in vain. Refuses with `lane-not-parked`, `system-paused`, `system-tripped`.
 */
import { HabeasError } from '../errors.ts';
import { incidentCode, isStopCode } from '../ledger/incidents.ts';
import type { LedgerReader } from '../ledger/open.ts';
import type { TaskRow } from './answer.ts';

/**
 * A decision on a stopped lane is validated where it is stored: the workflow may have moved the lane since the command
 * looked. A stopped system is not retried but may be answered by hand or left; one that may be called again wakes its
 * lane by itself.
 */
export async function requireStopped(db: LedgerReader, task: TaskRow, answerText: string): Promise<void> {
  // A step of the whole request (package, delivery) has no lane; its open task is what says that it waits.
  if (task.system_id === null) return;
  const lane = await db
    .selectFrom('lanes')
    .select(['state', 'code'])
    .where('request_id', '=', task.request_id)
    .where('system_id', '=', task.system_id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (lane?.state !== 'parked' && lane?.state !== 'unresolved') throw new HabeasError('lane-not-parked');
  const stopped = await incidentCode(db, task.system_id);
  if (answerText === 'retry') {
    // It would park again at once; resuming the system wakes the lane by itself.
    if (stopped !== undefined) throw new HabeasError(stopped, { where: task.system_id });
    return;
  }
  if (stopped === undefined && isStopCode(lane.code))
    throw new HabeasError('lane-not-parked', { where: task.system_id });
}
