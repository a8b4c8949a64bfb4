/**
 * The suppression list: who is not written to any more for a purpose, as keyed hashes under the `suppression` keys. Exempt from
 * erasure, because it is what keeps an erased person from being written to again; no command ends an
 * entry yet. Addresses pass through and none is kept. Adding the same address again changes nothing.
 */
import { HabeasError } from '../errors.ts';
import type { KeyId, RequestId } from '../ids.ts';
import type { SuppressionPurpose } from '../policy/rights/grounds.ts';
import { suppressionHash } from '../security/keyed-hash.ts';
import type { KeyStore } from '../security/keys.ts';
import { appendAudit } from './audit.ts';
import { openHashKey, quarterOf } from './keyed-hashes.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { Right } from './states.ts';

export interface SuppressedHere {
  readonly purpose: SuppressionPurpose;
  readonly requestId: RequestId;
  readonly right: Right;
  /** The controller's civil day. */
  readonly madeOn: string;
  readonly at: Date;
}

/** Adds addresses; how many were not in the list. The quarter's key was ensured for the moment of `at`. */
export async function addSuppressions(
  trx: LedgerTransaction,
  keys: Pick<KeyStore, 'use'>,
  addresses: readonly string[],
  { purpose, requestId, right, madeOn, at }: SuppressedHere,
): Promise<number> {
  const known = await suppressedAmong(trx, keys, addresses, purpose);
  const fresh = addresses.filter((_, i) => known[i] === null);
  if (fresh.length === 0) return 0;
  const keyId = await openHashKey(trx, quarterOf(at), 'suppression');
  if (keyId === undefined) throw new HabeasError('ledger-conflict', { where: 'hash_keys' });
  const key = await keys.use(keyId);
  const hashes = [...new Set(fresh.map((address) => suppressionHash(key, purpose, address)))];
  const entry = { request_id: requestId, right, made_on: madeOn, made_at: at };
  await trx
    .insertInto('suppressions')
    .values(hashes.map((hash) => ({ purpose, key_id: keyId, hash, ...entry })))
    // One that had ended begins again.
    .onConflict((it) =>
      it.columns(['key_id', 'hash', 'purpose']).doUpdateSet({ ...entry, ended_at: null, ended_by: null }),
    )
    .execute();
  const body = { purpose, right, count: hashes.length, key: keyId };
  await appendAudit(trx, { requestId, kind: 'suppressed', body, at });
  return hashes.length;
}

export interface Suppression {
  readonly purpose: SuppressionPurpose;
  readonly since: string;
  readonly requestId: RequestId;
  readonly right: Right;
}

/** For each address, in order, the entry that stands; null where it may be written to. */
export async function suppressedAmong(
  db: LedgerReader,
  keys: Pick<KeyStore, 'use'>,
  addresses: readonly string[],
  purpose: SuppressionPurpose,
): Promise<readonly (Suppression | null)[]> {
  const found: (Suppression | null)[] = addresses.map(() => null);
  if (addresses.length === 0) return found;
  for (const id of await livingKeys(db)) {
    const key = await keys.use(id);
    const hashes = addresses.map((address) => suppressionHash(key, purpose, address));
    const rows = await db
      .selectFrom('suppressions')
      .select(['hash', 'made_on', 'request_id', 'right'])
      .where('key_id', '=', id)
      .where('purpose', '=', purpose)
      .where('hash', 'in', hashes)
      .where('ended_at', 'is', null)
      .execute();
    const byHash = new Map(rows.map((row) => [row.hash, row]));
    for (const [i, hash] of hashes.entries()) {
      const row = byHash.get(hash);
      if (row !== undefined) found[i] = { purpose, since: row.made_on, requestId: row.request_id, right: row.right };
    }
  }
  return found;
}

/** What one request put on the list and still stands there, by purpose. */
export async function suppressionsOf(
  db: LedgerReader,
  requestId: RequestId,
): Promise<readonly { readonly purpose: SuppressionPurpose; readonly addresses: number; readonly since: string }[]> {
  const rows = await db
    .selectFrom('suppressions')
    .select((it) => ['purpose', it.fn.countAll<number>().as('addresses'), it.fn.min('made_on').as('since')])
    .where('request_id', '=', requestId)
    .where('ended_at', 'is', null)
    .groupBy('purpose')
    .orderBy('purpose')
    .execute();
  return rows.map(({ purpose, addresses, since }) => ({ purpose, addresses: Number(addresses), since }));
}

/** A key that is gone fails: to say that somebody may be written to because nobody can tell would be the wrong mistake. */
async function livingKeys(db: LedgerReader): Promise<readonly KeyId[]> {
  const rows = await db
    .selectFrom('hash_keys')
    .select('id')
    .where('purpose', '=', 'suppression')
    .where('destroyed_at', 'is', null)
    .orderBy('quarter')
    .execute();
  return rows.map(({ id }) => id);
}
