/**
 * The request's state as the workflow reports it. Late reports (a lower workflow number) and reports after the end change
 * nothing; `completed` is refused by the database unless identity is verified, every lane is done and the books balance
 * (`books-unbalanced`). Each change has its audit row in the same transaction; from the end the period of the case file runs.
 */
import type { RequestId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerTransaction } from './open.ts';
import { finalStates, isFinal, type RequestState } from './states.ts';

/** Moves a request; false where the ledger has heard of a later state already. */
export async function enterState(
  trx: LedgerTransaction,
  to: { readonly requestId: RequestId; readonly state: RequestState; readonly workflowSeq: number },
  at: Date,
): Promise<boolean> {
  const row = await trx
    .updateTable('requests')
    .set({ state: to.state, workflow_seq: to.workflowSeq })
    .where('id', '=', to.requestId)
    .where('workflow_seq', '<', to.workflowSeq)
    .where('state', 'not in', [...finalStates])
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  if (isFinal(to.state))
    await trx
      .insertInto('case_files')
      .values({ request_id: to.requestId, ended_at: at })
      .onConflict((it) => it.doNothing())
      .execute();
  await appendAudit(trx, { requestId: to.requestId, kind: 'state', body: { state: to.state }, at });
  return true;
}
