/** Approves what waits for it, and says who has come to the end. Any other question ends the bench. */
import type { RequestId } from '../src/ids.ts';
import type { RequestState } from '../src/ledger/states.ts';
import type { Bed } from './installation.ts';

export async function approvedUntil(
  bed: Bed,
  ids: readonly RequestId[],
  states: readonly RequestState[],
): Promise<readonly RequestId[]> {
  const { db } = bed.ledger;
  const tasks = await db
    .selectFrom('tasks')
    .select(['request_id', 'kind', 'code'])
    .where('request_id', 'in', ids)
    .where('closed_at', 'is', null)
    .execute();
  for (const { request_id: requestId, kind, code } of tasks) {
    if (kind !== 'approval') throw new Error(`a request waits for a person: ${kind} ${code}`);
    await bed.approve(requestId);
  }
  const done = await db
    .selectFrom('requests')
    .select('id')
    .where('id', 'in', ids)
    .where('state', 'in', states)
    .execute();
  return done.map(({ id }) => id);
}
