/**
 * Ends keys on their date. Working keys: what a request staged, found and looked for can then never be opened again; then case
 * files and keyed hashes (end-case-files.ts), and the private halves of retired signing keys. Idempotent, and finished by the
 * next run after a crash: a key counts as ended only when the store says it is gone.
 */
import type { Deps } from '../deps.ts';
import { appendAudit } from '../ledger/audit.ts';
import { destroyRetired } from '../ledger/signing-keys.ts';
import { destroyKey, endCaseFiles } from './end-case-files.ts';
import { civilToday } from './today.ts';

type EndDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>;

/** Destroys every key whose day has come; how many. Each kind is ended also where one before it could not be. */
export async function destroyDueKeys(deps: EndDeps): Promise<{ destroyed: number }> {
  const ended = await Promise.allSettled([
    endWorkingKeys(deps),
    endCaseFiles(deps),
    destroyRetired(deps.ledger.db, deps.keys).then(() => 0),
  ]);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { destroyed: ended.reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value : 0), 0) };
}

/** Fails after the last with what kept the first one alive. */
async function endWorkingKeys(deps: EndDeps): Promise<number> {
  const { db } = deps.ledger;
  const at = deps.now();
  const due = await db
    .selectFrom('requests')
    .select(['id', 'working_key_id'])
    .where('working_key_ends_on', '<=', civilToday(at, deps.config.controller.timeZone))
    .where('working_key_destroyed_at', 'is', null)
    .execute();
  let destroyed = 0;
  let failure: unknown;
  for (const { id, working_key_id: keyId } of due) {
    try {
      await destroyKey(deps.keys, keyId);
    } catch (error) {
      // One key that cannot be destroyed now must not keep the others alive.
      failure ??= error;
      continue;
    }
    if (await deps.keys.exists(keyId)) continue;
    await db.transaction().execute(async (trx) => {
      const marked = await trx
        .updateTable('requests')
        .set({ working_key_destroyed_at: at })
        .where('id', '=', id)
        .where('working_key_destroyed_at', 'is', null)
        .returning('id')
        .executeTakeFirst();
      if (marked === undefined) return;
      await appendAudit(trx, { requestId: id, kind: 'working-key-destroyed', body: { key: keyId }, at });
      destroyed += 1;
    });
  }
  if (failure !== undefined) throw failure;
  return destroyed;
}
