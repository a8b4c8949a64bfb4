/**
 * The key store: data keys wrapped by a master key, apart from the ledger, so that destroying a key ends what it opened
 * and restoring a ledger backup revives nothing. The interface is asynchronous and names keys by id only, as a cloud KMS
 * does. Never logs or returns key material but from `use`, and never caches it: a destroyed key is gone at once.
 *
 * Limits of the file store: overwriting before unlinking does not reach earlier copies kept by a copy-on-write file
 * system, an SSD's spare blocks or a backup; there the wrapped key lapses with that copy. Fails with `key-missing`,
 * `key-destroyed`, `key-master`, `key-store-unusable`.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HabeasError } from '../errors.ts';
import { type KeyId, newId, parseId } from '../ids.ts';

export type KeyPurpose = 'working' | 'case-file' | 'register' | 'signing' | 'hold' | 'lookup' | 'suppression';

export interface KeyStore {
  /** A fresh random key; durable when this resolves. */
  create(purpose: KeyPurpose): Promise<KeyId>;
  /** 32 bytes; the caller does not keep them longer than the work in hand. */
  use(id: KeyId): Promise<Buffer>;
  /** Idempotent. After it resolves no `use` opens the key, in any process. */
  destroy(id: KeyId): Promise<void>;
  /** Whether `use` would find it: false once destroyed. */
  exists(id: KeyId): Promise<boolean>;
}

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const formatVersion = 1;
/** By position in stored files: only ever added to at the end. */
const purposes: readonly KeyPurpose[] = [
  'working',
  'case-file',
  'register',
  'signing',
  'hold',
  'lookup',
  'suppression',
];

/** A folder of wrapped keys. Layout of a file: version · purpose · nonce · wrapped key · tag. */
export function openFileKeyStore(options: { readonly path: string; readonly master: Buffer }): KeyStore {
  if (options.master.length !== keyBytes) throw new HabeasError('key-master', { where: 'keys.master' });
  const wrapKey = Buffer.from(hkdfSync('sha256', options.master, 'habeas key store v1', 'wrap', keyBytes));
  const fileOf = (id: KeyId) => join(options.path, `${safe(id)}.key`);
  const tombstoneOf = (id: KeyId) => join(options.path, `${safe(id)}.destroyed`);

  return {
    create: (purpose) =>
      storing(async () => {
        await mkdir(options.path, { recursive: true, mode: 0o700 });
        const id = newId('key');
        await writeDurably(options.path, fileOf(id), wrap(wrapKey, id, purpose, randomBytes(keyBytes)));
        return id;
      }),
    use: (id) =>
      storing(async () => {
        if (await present(tombstoneOf(id))) throw new HabeasError('key-destroyed');
        const bytes = await readFile(fileOf(id)).catch(async (cause: unknown) => {
          if (errno(cause) !== 'ENOENT') throw cause;
          throw new HabeasError((await present(tombstoneOf(id))) ? 'key-destroyed' : 'key-missing');
        });
        return unwrap(wrapKey, id, bytes);
      }),
    destroy: (id) =>
      storing(async () => {
        // The tombstone first: from here on `use` refuses, and a crash before the unlink is mended by the next call.
        const tombstone = tombstoneOf(id);
        const known = await present(fileOf(id));
        if (!known && !(await present(tombstone))) throw new HabeasError('key-missing');
        if (!(await present(tombstone))) await writeDurably(options.path, tombstone, Buffer.alloc(0));
        if (known) await overwriteAndRemove(options.path, fileOf(id));
      }),
    exists: (id) => storing(async () => (await present(fileOf(id))) && !(await present(tombstoneOf(id)))),
  };
}

function wrap(wrapKey: Buffer, id: KeyId, purpose: KeyPurpose, key: Buffer): Buffer {
  const head = Buffer.of(formatVersion, purposes.indexOf(purpose));
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', wrapKey, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.concat([head, Buffer.from(id)]));
  const body = Buffer.concat([cipher.update(key), cipher.final()]);
  return Buffer.concat([head, nonce, body, cipher.getAuthTag()]);
}

function unwrap(wrapKey: Buffer, id: KeyId, bytes: Buffer): Buffer {
  if (bytes.length !== 2 + nonceBytes + keyBytes + tagBytes || bytes[0] !== formatVersion)
    throw new HabeasError('key-master');
  const nonce = bytes.subarray(2, 2 + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', wrapKey, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.concat([bytes.subarray(0, 2), Buffer.from(id)]));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  const key = decipher.update(bytes.subarray(2 + nonceBytes, bytes.length - tagBytes));
  try {
    decipher.final();
  } catch (cause) {
    throw new HabeasError('key-master', { cause });
  }
  return key;
}

/** Temporary file, fsync, rename, fsync of the folder: after a crash the file is whole or not there. */
async function writeDurably(folder: string, path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.new`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(folder);
}

async function overwriteAndRemove(folder: string, path: string): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r+');
    const { size } = await file.stat();
    await file.write(randomBytes(size), 0, size, 0);
    await file.sync();
  } catch (error) {
    // Another process destroyed it between our look and here.
    if (errno(error) !== 'ENOENT') throw error;
  } finally {
    await file?.close();
  }
  await rm(path, { force: true });
  await syncFolder(folder);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function present(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errno(error) === 'ENOENT') return false;
    throw error;
  }
}

/** An id becomes a file name: only ids of our own shape may. */
function safe(id: KeyId): string {
  const parsed = parseId('key', id);
  if (parsed === undefined) throw new HabeasError('key-missing');
  return parsed;
}

function errno(error: unknown): string | undefined {
  const known = typeof error === 'object' && error !== null && 'code' in error;
  return known && typeof error.code === 'string' ? error.code : undefined;
}

async function storing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof HabeasError ? error : new HabeasError('key-store-unusable', { cause: error });
  }
}
