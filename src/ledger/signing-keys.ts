/**
 * The keys that receipts and evidence are signed with: one is current, the others are retired, and no public key is ever
 * withdrawn, so that whatever was signed can be verified. The private half of a retired key is destroyed: nothing can be
 * signed with it any more. Keys are made where none is current; of two processes that make one the first has it.
 */
import { codeOf, HabeasError } from '../errors.ts';
import type { KeyId } from '../ids.ts';
import type { KeyStore } from '../security/keys.ts';
import { type Jwks, publicJwk, publicOf } from '../security/receipt-keys.ts';
import { appendAudit } from './audit.ts';
import type { Ledger, LedgerReader } from './open.ts';

export interface SigningKey {
  readonly kid: string;
  readonly keyId: KeyId;
}

/** The key to sign with. Where the key store has it no more (a ledger restored from before a rotation), another takes its place. */
export async function currentSigningKey(ledger: Ledger, keys: KeyStore, at: Date): Promise<SigningKey> {
  const found = await current(ledger.db);
  if (found !== undefined && (await keys.exists(found.keyId))) return found;
  if (found !== undefined) await retire(ledger, found, at);
  await addKey(ledger, keys, at);
  const made = await current(ledger.db);
  if (made === undefined) throw new HabeasError('ledger-conflict', { where: 'signing_keys' });
  return made;
}

/** Signs with the current key; where that is rotated away before it has signed, once more with the one after it. */
export async function withSigningKey<T>(
  ledger: Ledger,
  keys: KeyStore,
  at: Date,
  sign: (key: SigningKey) => Promise<T>,
): Promise<T> {
  const key = await currentSigningKey(ledger, keys, at);
  try {
    return await sign(key);
  } catch (error) {
    if (codeOf(error) !== 'key-destroyed') throw error;
    const next = await currentSigningKey(ledger, keys, at);
    // Another key than the one to sign with is gone.
    if (next.keyId === key.keyId) throw error;
    return sign(next);
  }
}

async function current(db: LedgerReader): Promise<SigningKey | undefined> {
  const row = await db
    .selectFrom('signing_keys')
    .select(['kid', 'key_id'])
    .where('retired_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : { kid: row.kid, keyId: row.key_id };
}

async function addKey(ledger: Ledger, keys: KeyStore, at: Date): Promise<void> {
  const keyId = await keys.create('signing');
  const { kid, x } = await publicOf(await keys.use(keyId));
  const added = await ledger.db.transaction().execute(async (trx) => {
    const row = await trx
      .insertInto('signing_keys')
      .values({ kid, key_id: keyId, x, made_at: at })
      .onConflict((it) => it.doNothing())
      .returning('kid')
      .executeTakeFirst();
    if (row === undefined) return false;
    await appendAudit(trx, { requestId: 'system', kind: 'signing-key-made', body: { key: keyId }, at });
    return true;
  });
  if (!added) await keys.destroy(keyId);
}

async function retire(ledger: Ledger, { kid }: SigningKey, at: Date): Promise<void> {
  await ledger.db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('signing_keys')
      .set({ retired_at: at })
      .where('kid', '=', kid)
      .where('retired_at', 'is', null)
      .returning('key_id')
      .executeTakeFirst();
    if (row === undefined) return;
    await appendAudit(trx, { requestId: 'system', kind: 'signing-key-retired', body: { key: row.key_id }, at });
  });
}

/** A new key signs from here on. The kid of the one before, whose private half is destroyed; null where there was none. */
export async function rotateSigningKey(
  ledger: Ledger,
  keys: KeyStore,
  at: Date,
): Promise<{ readonly kid: string; readonly retired: string | null }> {
  const before = await current(ledger.db);
  if (before !== undefined) await retire(ledger, before, at);
  const { kid } = await currentSigningKey(ledger, keys, at);
  await destroyRetired(ledger.db, keys);
  return { kid, retired: before?.kid ?? null };
}

/** Private halves of retired keys; idempotent. */
export async function destroyRetired(db: LedgerReader, keys: KeyStore): Promise<void> {
  const rows = await db.selectFrom('signing_keys').select('key_id').where('retired_at', 'is not', null).execute();
  for (const { key_id: id } of rows)
    await keys.destroy(id).catch((error: unknown) => {
      if (codeOf(error) !== 'key-missing') throw error;
    });
}

/** Every public key that ever signed, the oldest first. */
export async function publishedKeys(db: LedgerReader): Promise<Jwks> {
  const rows = await db
    .selectFrom('signing_keys')
    .select(['kid', 'x'])
    .orderBy('made_at')
    .orderBy('retired_at')
    .execute();
  return { keys: rows.map(({ kid, x }) => publicJwk(kid, x)) };
}
