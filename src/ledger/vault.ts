/**
 * Small sealed blobs in the ledger (`sealed_objects`): identifiers, the request as received, reasons, contact points,
 * what a task shows. A blob's name is random, is the seal's key info and AAD, and says nothing. The ledger holds the
 * bytes, the key store the key: destroying the key ends every blob under it. Fails with `seal-broken`, `key-destroyed`.
 */
import { HabeasError } from '../errors.ts';
import { type KeyId, type RequestId, randomName } from '../ids.ts';
import type { KeyStore } from '../security/keys.ts';
import { seal, unseal } from '../security/seal.ts';
import type { LedgerReader } from './open.ts';

export interface SealTarget {
  readonly requestId: RequestId | null;
  readonly keyId: KeyId;
}

/** Seals a JSON value and stores it; returns its name. Personal data may pass in, never out. */
export async function putSealed(
  db: LedgerReader,
  keys: KeyStore,
  blob: SealTarget & { readonly value: unknown },
): Promise<string> {
  return putSealedBytes(db, keys, { ...blob, bytes: Buffer.from(JSON.stringify(blob.value)) });
}

/** Opens a JSON value; `parse` narrows it and may throw. Personal data passes out: never log it. */
export async function getSealed<T>(
  db: LedgerReader,
  keys: Pick<KeyStore, 'use'>,
  name: string,
  parse: (value: unknown) => T,
): Promise<T> {
  const bytes = await getSealedBytes(db, keys, name);
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  return parse(value);
}

/** As {@link putSealed}, for bytes (attachments). */
export async function putSealedBytes(
  db: LedgerReader,
  keys: KeyStore,
  blob: SealTarget & { readonly bytes: Buffer },
): Promise<string> {
  const row = await sealRow(keys, blob);
  await db.insertInto('sealed_objects').values(row).execute();
  return row.name;
}

export async function getSealedBytes(db: LedgerReader, keys: Pick<KeyStore, 'use'>, name: string): Promise<Buffer> {
  const row = await db
    .selectFrom('sealed_objects')
    .select(['key_id', 'bytes'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('seal-broken', { where: 'sealed_objects' });
  return unseal(await keys.use(row.key_id), name, row.bytes);
}

/** The row without the insert: for callers that seal before their transaction begins. */
export async function sealRow(
  keys: KeyStore,
  blob: SealTarget & { readonly bytes: Buffer },
): Promise<{ name: string; request_id: RequestId | null; key_id: KeyId; bytes: Buffer }> {
  const name = randomName();
  const { bytes } = await seal(await keys.use(blob.keyId), name, blob.bytes);
  return { name, request_id: blob.requestId, key_id: blob.keyId, bytes };
}
