/**
 * The end of a request's work: its final state, or `awaiting_expiry` (the database refuses both unless the books balance), the
 * day on which its working key ends, and afterwards the destruction of everything staged for it and of packages no row tells of,
 * read back. The register stays; entries of it that never counted are destroyed with their keys. Open tasks are closed: nobody
 * waits for an answer any more. Undelivered packages of an ended request are erased by the hourly expiry.
 */
import type { Deps } from '../src/deps.ts';
import { codeOf, HabeasError } from '../src/errors.ts';
import type { RequestId } from '../src/ids.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { enterState } from '../src/ledger/enter-state.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { activeObjects, dropInactive, inactiveOf, inOpenClaim } from '../src/ledger/register.ts';
import { type RequestState, restingStates } from '../src/ledger/states.ts';
import { closeTask, openTasks } from '../src/ledger/tasks.ts';
import { eraseOrphans } from '../src/package/build.ts';
import { addDays } from '../src/policy/clock/index.ts';
import { issueReceipt } from '../src/requests/receipt.ts';
import { civilToday } from '../src/requests/today.ts';
import type { ClosingStages, LedgerSteps } from '../workflows/stages.ts';
import { runActivity } from './stage.ts';

type CloseInput = Parameters<LedgerSteps['close']>[0];

/** Ends a request's work; repeating it changes nothing. Throws `books-unbalanced`, or `stage-superseded` for a late report. */
export async function closeRequest(
  deps: Pick<Deps, 'config' | 'now'>,
  trx: LedgerTransaction,
  { requestId, outcome, workflowSeq }: CloseInput,
): Promise<void> {
  const at = deps.now();
  const request = await trx
    .selectFrom('requests')
    .select('state')
    .where('id', '=', requestId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow(() => new HabeasError('not-found', { where: 'request' }));
  if (isEnded(request.state)) return;
  for (const { id } of await openTasks(trx, requestId)) await closeTask(trx, { taskId: id, answer: 'closed', at });
  const today = civilToday(at, deps.config.controller.timeZone);
  // Before the state: a final request changes no more but for these columns, and the balance is checked by the state.
  await trx
    .updateTable('requests')
    .set({
      working_key_ends_on: addDays(today, deps.config.keys.workingKeyDays),
      ...(outcome === 'completed' ? { completed_at: at } : {}),
    })
    .where('id', '=', requestId)
    .execute();
  if (!(await enterState(trx, { requestId, state: outcome, workflowSeq }, at))) {
    throw new HabeasError('stage-superseded');
  }
}

/** No workflow is at work on it any more. */
function isEnded(state: RequestState): boolean {
  const ended: readonly RequestState[] = restingStates;
  return ended.includes(state);
}

export function destroyStaging(
  deps: Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now' | 'log'>,
): ClosingStages['destroyStaging'] {
  return ({ requestId }) =>
    runActivity(deps, { requestId }, async (run) => {
      const { db } = deps.ledger;
      const request = await db.selectFrom('requests').select('state').where('id', '=', requestId).executeTakeFirst();
      // Only what nobody can need any more.
      if (request === undefined || !isEnded(request.state)) throw new HabeasError('internal', { where: 'staging' });
      const erased = await deps.storage.eraseAll(deps.config.s3.stagingBucket, `staging/${requestId}/`, {
        signal: run.signal,
      });
      // A package attempt that was killed leaves a whole zip that no row tells of, and no later attempt will look.
      const left = await eraseOrphans(deps, requestId, run.signal);
      const dropped = await destroyInactive(deps, requestId, run.signal);
      const body = {
        objects: erased.versions,
        uploads: erased.uploads,
        'packages-without-row': left.versions + left.uploads,
        'register-entries': dropped,
        evidence: 'read-back',
      };
      await db.transaction().execute(async (trx) => {
        await appendAudit(trx, { requestId, kind: 'staging-destroyed', body, at: deps.now() });
      });
      await giveReceipt(deps, requestId);
      return { chunksDestroyed: erased.versions };
    });
}

/** At once where it can be made; the worker makes it later where it cannot, and nothing waits for it. */
async function giveReceipt(deps: Pick<Deps, 'ledger' | 'keys' | 'config' | 'now' | 'log'>, requestId: RequestId) {
  await issueReceipt(deps, requestId).catch((error: unknown) => {
    const code = codeOf(error);
    if (code !== 'receipt-not-ready') deps.log.warn({ requestId, code }, 'receipt-later');
  });
}

/**
 * Pages that never counted, and those of which no row tells. The sweep stores a page before its row, from an entry that is in a
 * claim until that row is written: what was listed before no claim was open, and has no row afterwards, is nobody's. While one is
 * open, pages without a row are left to the destruction of the round's last page.
 */
async function pagesToDestroy(
  { ledger: { db }, storage, config }: Pick<Deps, 'ledger' | 'storage' | 'config'>,
  requestId: RequestId,
  inactive: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const listed: string[] = [];
  for await (const { name } of storage.list(config.s3.stagingBucket, `register/${requestId}/`, signal))
    listed.push(name);
  const isSwept = await inOpenClaim(db, requestId);
  const active = await activeObjects(db, requestId);
  const orphans = isSwept ? [] : listed.filter((name) => !active.has(name));
  return new Set([...inactive, ...orphans]);
}

/** Pages of the register that never counted: what was planned for a request that was cancelled, or planned anew. How many. */
async function destroyInactive(
  deps: Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config'>,
  requestId: RequestId,
  signal: AbortSignal,
): Promise<number> {
  const { db } = deps.ledger;
  const bucket = deps.config.s3.stagingBucket;
  // Objects and keys first: as long as a row tells of one, another attempt finds it.
  const { objects, keys } = await inactiveOf(db, requestId);
  const goes = await pagesToDestroy(deps, requestId, objects, signal);
  await deps.storage.eraseAll(bucket, `register/${requestId}/`, { keep: { has: (name) => !goes.has(name) }, signal });
  for (const key of keys)
    await deps.keys.destroy(key).catch((error: unknown) => {
      if (codeOf(error) !== 'key-missing') throw error;
    });
  await db.transaction().execute((trx) => dropInactive(trx, requestId));
  return objects.length;
}
