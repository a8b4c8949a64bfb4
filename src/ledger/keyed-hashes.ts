/**
 * Keyed hashes of identifiers by which a living case is found. Keys are of a quarter and live in the key store; a quarter
 * that is over closes its key, and when its last hash has ended the key is destroyed. Whoever adds hashes does so under one
 * lock, so that of two requests of one person made at the same moment one sees the other. Values pass through, none is kept.
 */
import { sql } from 'kysely';
import { codeOf, HabeasError } from '../errors.ts';
import type { KeyId, RequestId } from '../ids.ts';
import { keyedHash, type LookupValue } from '../security/keyed-hash.ts';
import type { KeyStore } from '../security/keys.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';

/** `2026-q4`, in UTC: which key is used is no date of law. */
export function quarterOf(at: Date): string {
  return `${at.getUTCFullYear()}-q${Math.floor(at.getUTCMonth() / 3) + 1}`;
}

/**
 * The quarter's key, made where there is none yet. Before the transaction that uses it. One of the suppression list that the key
 * store has lost fails (`key-missing`): under a new one everybody on the list would look as if they might be written to.
 */
export async function ensureHashKey(
  db: LedgerReader,
  keys: KeyStore,
  at: Date,
  purpose: 'lookup' | 'suppression' = 'lookup',
): Promise<void> {
  const quarter = quarterOf(at);
  const open = await openHashKey(db, quarter, purpose);
  if (open !== undefined && (await keys.exists(open))) return;
  if (open !== undefined && purpose === 'suppression') throw new HabeasError('key-missing', { where: open });
  // A key store that was lost has it no more: its hashes find nobody, and new ones are made under another key.
  if (open !== undefined)
    await db
      .updateTable('hash_keys')
      .set({ closed_at: at, destroyed_at: at })
      .where('id', '=', open)
      .where('closed_at', 'is', null)
      .execute();
  const id = await keys.create(purpose);
  const added = await db
    .insertInto('hash_keys')
    .values({ id, purpose, quarter, made_at: at })
    .onConflict((it) => it.doNothing())
    .returning('id')
    .executeTakeFirst();
  // Another process was first.
  if (added === undefined) await keys.destroy(id);
}

export async function openHashKey(
  db: LedgerReader,
  quarter: string,
  purpose: 'lookup' | 'suppression',
): Promise<KeyId | undefined> {
  const row = await db
    .selectFrom('hash_keys')
    .select('id')
    .where('purpose', '=', purpose)
    .where('quarter', '=', quarter)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return row?.id;
}

const lookupLock = 422_330;

/** Before the rows of any request are locked: whoever holds it waits for requests, and nobody the other way round. */
export async function lockLookups(trx: LedgerTransaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(${lookupLock})`.execute(trx);
}

/** Living cases with one of these values. A case whose file has ended is not found, also where a restored ledger has it again. */
export async function findByLookup(
  db: LedgerReader,
  keys: Pick<KeyStore, 'use' | 'exists'>,
  values: readonly LookupValue[],
): Promise<readonly RequestId[]> {
  if (values.length === 0) return [];
  const found = new Map<RequestId, KeyId>();
  const living = await db
    .selectFrom('hash_keys')
    .select('id')
    .where('purpose', '=', 'lookup')
    .where('destroyed_at', 'is', null)
    .execute();
  for (const { id } of living) {
    const key = await keys.use(id).catch(goneKey);
    if (key === undefined) continue;
    const rows = await db
      .selectFrom('keyed_hashes as h')
      .innerJoin('requests as r', 'r.id', 'h.request_id')
      .select(['r.id', 'r.case_key_id'])
      .where('h.key_id', '=', id)
      .where(
        'h.hash',
        'in',
        values.map((value) => keyedHash(key, value)),
      )
      .execute();
    for (const row of rows) found.set(row.id, row.case_key_id);
  }
  const alive: RequestId[] = [];
  for (const [id, caseKey] of found) if (await keys.exists(caseKey)) alive.push(id);
  return alive.sort();
}

/** Destroyed by an end of keys that the ledger, restored since, does not know of. */
function goneKey(error: unknown): undefined {
  const code = codeOf(error);
  if (code !== 'key-destroyed' && code !== 'key-missing') throw error;
}

/** Those of the values by which the request is not found yet. */
export async function notFoundBy(
  db: LedgerReader,
  keys: Pick<KeyStore, 'use'>,
  requestId: RequestId,
  values: readonly LookupValue[],
): Promise<readonly LookupValue[]> {
  const rows = await db
    .selectFrom('keyed_hashes')
    .select(['key_id', 'hash'])
    .where('request_id', '=', requestId)
    .execute();
  const known = new Set(rows.map(({ hash }) => hash));
  const under: Buffer[] = [];
  for (const id of new Set(rows.map((row) => row.key_id))) under.push(await keys.use(id));
  return values.filter((value) => !under.some((key) => known.has(keyedHash(key, value))));
}

/** Adds a request's hashes under this quarter's key, and its links to these requests. Behind {@link lockLookups}. */
export async function addLookups(
  trx: LedgerTransaction,
  keys: Pick<KeyStore, 'use'>,
  add: {
    readonly requestId: RequestId;
    readonly values: readonly LookupValue[];
    readonly linked: readonly RequestId[];
    readonly at: Date;
  },
): Promise<readonly RequestId[]> {
  const { requestId, values, at } = add;
  if (values.length > 0) {
    const keyId = await openHashKey(trx, quarterOf(at), 'lookup');
    if (keyId === undefined) throw new HabeasError('ledger-conflict', { where: 'hash_keys' });
    const key = await keys.use(keyId);
    const rows = values.map((value) => ({ kind: value.kind, hash: keyedHash(key, value) }));
    await trx
      .insertInto('keyed_hashes')
      .values(rows.map((row) => ({ ...row, request_id: requestId, key_id: keyId, made_at: at })))
      .onConflict((it) => it.doNothing())
      .execute();
  }
  const others = add.linked.filter((one) => one !== requestId);
  if (others.length === 0) return [];
  const added = await trx
    .insertInto('request_links')
    .values(
      others.flatMap((other) => [
        { request_id: requestId, linked_id: other, found_at: at },
        { request_id: other, linked_id: requestId, found_at: at },
      ]),
    )
    .onConflict((it) => it.doNothing())
    .returning(['request_id', 'linked_id'])
    .execute();
  return added.filter((row) => row.request_id === requestId).map((row) => row.linked_id);
}

/** What of a request can be found ends; with its case file. */
export async function dropLookups(trx: LedgerTransaction, requestId: RequestId): Promise<void> {
  await trx.deleteFrom('keyed_hashes').where('request_id', '=', requestId).execute();
  await trx
    .deleteFrom('request_links')
    .where((it) => it.or([it('request_id', '=', requestId), it('linked_id', '=', requestId)]))
    .execute();
}

/** Keys of quarters that are over and have no hash any more (one that is ended counts as none): closed from here on; to be destroyed. Behind {@link lockLookups}. */
export async function closeSpentKeys(trx: LedgerTransaction, at: Date): Promise<readonly KeyId[]> {
  await trx
    .updateTable('hash_keys')
    .set({ closed_at: at })
    .where('closed_at', 'is', null)
    .where('quarter', '<', quarterOf(at))
    .where((it) =>
      it.not(
        it.exists(
          it
            .selectFrom('keyed_hashes')
            .select('keyed_hashes.hash')
            .whereRef('keyed_hashes.key_id', '=', 'hash_keys.id'),
        ),
      ),
    )
    .where((it) =>
      it.not(
        it.exists(
          it
            .selectFrom('suppressions')
            .select('suppressions.hash')
            .whereRef('suppressions.key_id', '=', 'hash_keys.id')
            .where('suppressions.ended_at', 'is', null),
        ),
      ),
    )
    .execute();
  const rows = await trx
    .selectFrom('hash_keys')
    .select('id')
    .where('closed_at', 'is not', null)
    .where('destroyed_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** False where somebody was first. */
export async function hashKeyDestroyed(trx: LedgerTransaction, id: KeyId, at: Date): Promise<boolean> {
  const row = await trx
    .updateTable('hash_keys')
    .set({ destroyed_at: at })
    .where('id', '=', id)
    .where('destroyed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
