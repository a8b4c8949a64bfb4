/**
 * Ends working keys on their date: what a request staged, found and looked for can then never be opened again. Idempotent,
 * and finished by the next run after a crash: a key counts as ended only when the store says it is gone.
 */
import type { Deps } from '../deps.ts';
import { codeOf } from '../errors.ts';
import { appendAudit } from '../ledger/audit.ts';
import { civilToday } from './today.ts';

/** Destroys the working keys whose day has come; how many. */
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
  for (const { id, working_key_id: keyId } of due) {
    await deps.keys.destroy(keyId).catch((error: unknown) => {
      // A store restored without it has it no more; that is what was asked.
      if (codeOf(error) !== 'key-missing') throw error;
    });
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
  return { destroyed };
}
