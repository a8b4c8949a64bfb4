/** Whether a customer's instruction found anything: a key that nobody knows must not end as an empty export. Counts only. */
import type { RequestId } from '../ids.ts';
import { instructionOf } from './instructions.ts';
import type { LedgerReader } from './open.ts';
import { countingStreams } from './package-facts.ts';

/** Every system has answered, and none of them knows the workspace. Never of a person's request. */
export async function isWorkspaceUnknown(db: LedgerReader, requestId: RequestId): Promise<boolean> {
  if ((await instructionOf(db, requestId)) === undefined) return false;
  const open = await db
    .selectFrom('lanes')
    .select('system_id')
    .where('request_id', '=', requestId)
    .where('state', '<>', 'done')
    .limit(1)
    .execute();
  if (open.length > 0) return false;
  return (await countingStreams(db, requestId)).every(({ found }) => found === 0);
}
