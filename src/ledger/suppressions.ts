/**
 * The suppression list: who is not written to any more for a purpose, as keyed hashes under the `suppression` keys. Exempt from
 * erasure, because it is what keeps an erased person from being written to again. An entry ends when the person consents anew, and
 * neither the request that made it nor one that the consent answers makes it again. Addresses pass through and none is kept. Adding the same address again changes
 * nothing.
 */
import { HabeasError } from '../errors.ts';
import type { DecisionId, KeyId, PersonId, RequestId } from '../ids.ts';
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
  const consented = await consentsAmong(trx, keys, addresses, purpose);
  const request = await trx
    .selectFrom('requests')
    .select(['received_on', 'created_at'])
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow(() => new HabeasError('not-found', { where: 'request' }));
  // The person's last word stands: of one day's, whatever was recorded later. What a request has done it does not do again.
  const isAnswered = (consent: Consent): boolean =>
    consent.requestId === requestId ||
    consent.on > request.received_on ||
    (consent.on === request.received_on && request.created_at < consent.recordedAt);
  const fresh = addresses.filter((_, i) => known[i] === null && !consented[i]?.some(isAnswered));
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
      it
        .columns(['key_id', 'hash', 'purpose'])
        .doUpdateSet({ ...entry, ended_at: null, ended_by: null, consented_on: null }),
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
  const entries = await entriesOf(db, keys, addresses, purpose);
  return entries.map((of) => {
    const row = of.findLast((one) => one.ended_at === null);
    return row === undefined ? null : { purpose, since: row.made_on, requestId: row.request_id, right: row.right };
  });
}

/** An entry that has ended: the person consented anew. */
export interface Consent {
  readonly requestId: RequestId;
  /** The civil day of the consent. */
  readonly on: string;
  readonly recordedAt: Date;
}

/** For each address, in order, the entries that ended, the oldest key first. */
export async function consentsAmong(
  db: LedgerReader,
  keys: Pick<KeyStore, 'use'>,
  addresses: readonly string[],
  purpose: SuppressionPurpose,
): Promise<readonly (readonly Consent[])[]> {
  const entries = await entriesOf(db, keys, addresses, purpose);
  return entries.map((of) =>
    of.flatMap(({ request_id: requestId, consented_on: on, ended_at: recordedAt }) =>
      on === null || recordedAt === null ? [] : [{ requestId, on, recordedAt }],
    ),
  );
}

/** Ends the entry of an address that stands; `suppression-none` where none does, `suppression-consent` for a day before it. */
export async function endSuppression(
  trx: LedgerTransaction,
  keys: Pick<KeyStore, 'use'>,
  address: string,
  end: {
    readonly purpose: SuppressionPurpose;
    readonly consentedOn: string;
    readonly by: PersonId;
    readonly decisionId: DecisionId;
    readonly at: Date;
  },
): Promise<Suppression> {
  const { purpose, consentedOn, by, decisionId, at } = end;
  const [entries = []] = await entriesOf(trx, keys, [address], purpose);
  const standing = entries.filter((one) => one.ended_at === null);
  const last = standing.at(-1);
  if (last === undefined) throw new HabeasError('suppression-none', { where: '--email' });
  if (standing.some(({ made_on: madeOn }) => consentedOn < madeOn))
    throw new HabeasError('suppression-consent', { where: '--consented' });
  for (const { key_id: keyId, hash } of standing)
    await trx
      .updateTable('suppressions')
      .set({ ended_at: at, ended_by: by, consented_on: consentedOn })
      .where('key_id', '=', keyId)
      .where('hash', '=', hash)
      .where('purpose', '=', purpose)
      .execute();
  const body = { purpose, consented: consentedOn, person: by, decision: decisionId, request: last.request_id };
  await appendAudit(trx, { requestId: 'system', kind: 'suppression-ended', body, at });
  return { purpose, since: last.made_on, requestId: last.request_id, right: last.right };
}

/** Every entry of each address, under whatever key, the oldest key first. */
async function entriesOf(
  db: LedgerReader,
  keys: Pick<KeyStore, 'use'>,
  addresses: readonly string[],
  purpose: SuppressionPurpose,
) {
  const found = addresses.map((): Awaited<ReturnType<typeof entriesUnder>> => []);
  if (addresses.length === 0) return found;
  for (const id of await livingKeys(db)) {
    const key = await keys.use(id);
    const hashes = addresses.map((address) => suppressionHash(key, purpose, address));
    const byHash = new Map((await entriesUnder(db, id, hashes, purpose)).map((row) => [row.hash, row]));
    for (const [i, hash] of hashes.entries()) {
      const row = byHash.get(hash);
      if (row !== undefined) found[i]?.push(row);
    }
  }
  return found;
}

function entriesUnder(db: LedgerReader, id: KeyId, hashes: readonly string[], purpose: SuppressionPurpose) {
  return db
    .selectFrom('suppressions')
    .select(['key_id', 'hash', 'made_on', 'request_id', 'right', 'ended_at', 'consented_on'])
    .where('key_id', '=', id)
    .where('purpose', '=', purpose)
    .where('hash', 'in', hashes)
    .execute();
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
