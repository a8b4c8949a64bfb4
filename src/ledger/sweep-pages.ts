/** Pages of the register that are looked at no more: which they are, whether their key opens another, and that one is destroyed. */
import type { KeyId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RegisterRow } from './register.ts';
import { isUntold } from './sweep-notices.ts';

/** Pages of entries that have ended and are still there; not while somebody must be told which records were erased by them. */
export function leftovers(db: LedgerReader, limit: number): Promise<RegisterRow[]> {
  return db
    .selectFrom('register_entries')
    .selectAll()
    .where('ended_at', 'is not', null)
    .where('destroyed_at', 'is', null)
    .where((it) => it.not(isUntold('register_entries.claim_id')))
    .orderBy('ended_at')
    .limit(limit)
    .execute();
}

/** Whether a register key still opens a page that is looked at, or that somebody needs to tell a recipient. */
export async function opensMore(db: LedgerReader, keyId: KeyId): Promise<boolean> {
  const row = await db
    .selectFrom('register_entries')
    .select('id')
    .where('key_id', '=', keyId)
    .where('destroyed_at', 'is', null)
    .where((it) => it.or([it('ended_at', 'is', null), isUntold('register_entries.claim_id')]))
    .executeTakeFirst();
  return row !== undefined;
}

export async function markDestroyed(
  trx: LedgerTransaction,
  entry: RegisterRow,
  isKeyDestroyed: boolean,
  at: Date,
): Promise<void> {
  const row = await trx
    .updateTable('register_entries')
    .set({ destroyed_at: at })
    .where('id', '=', entry.id)
    .where('destroyed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  // Two workers may have destroyed it at once; it is told once.
  if (row === undefined) return;
  const body = { entry: entry.id, 'register-key': isKeyDestroyed ? entry.key_id : null, evidence: 'read-back' };
  await appendAudit(trx, { requestId: entry.request_id, kind: 'register-destroyed', body, at });
}
