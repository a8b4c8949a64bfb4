/**
 * The people of a bench: approves what waits for it, tells recipients and hears that they have done it (Art. 19), and says who has come
 * to the end. Any other question ends the bench.
 */
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
    .select(['id', 'request_id', 'kind', 'code', 'allowed_answers'])
    .where('request_id', 'in', ids)
    .where('closed_at', 'is', null)
    .execute();
  for (const { id, request_id: requestId, kind, code, allowed_answers: allowed } of tasks) {
    if (kind === 'approval') await bed.approve(requestId);
    else if (kind === 'notice') await bed.answerNotice(id, allowed.includes('sent') ? 'sent' : 'acknowledged');
    else throw new Error(`a request waits for a person: ${kind} ${code}`);
  }
  const done = await db
    .selectFrom('requests')
    .select('id')
    .where('id', 'in', ids)
    .where('state', 'in', states)
    .execute();
  return done.map(({ id }) => id);
}
