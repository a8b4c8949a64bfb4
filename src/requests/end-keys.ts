/**
 * Ends working keys on their date: what a request staged, found and looked for can then never be opened again. Idempotent,
 * and finished by the next run after a crash: a key counts as ended only when the store says it is gone.
 */
import type { Deps } from '../deps.ts';
import { codeOf } from '../errors.ts';
import type { KeyId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import type { KeyStore } from '../security/keys.ts';
import { civilToday } from './today.ts';

/** Destroys the working keys whose day has come; how many. Fails after the last with what kept the first one alive. */
export async function destroyDueKeys(
  deps: Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>,
): Promise<{ destroyed: number }> {
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
  return { destroyed };
}

async function destroyKey(keys: KeyStore, keyId: KeyId): Promise<void> {
  await keys.destroy(keyId).catch((error: unknown) => {
    // A store restored without it has it no more; that is what was asked.
    if (codeOf(error) !== 'key-missing') throw error;
  });
}
