/**
 * The only implementation of seals: gzip, then one AES-256-GCM message per object. The key is HKDF-SHA256 of the working
 * key with the object's name as info, so a name must carry 128 random bits and is never sealed twice; the name and the
 * format version are authenticated (AAD), so that swapping two objects, cutting one short or flipping a bit fails with
 * `seal-broken`. Nothing is released, nor even decompressed, before the tag verifies.
 *
 * Layout: version (1 byte) · nonce (12) · ciphertext · tag (16). Sources: NIST SP 800-38D, RFC 5869.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, gunzip, gunzipSync, gzip, gzipSync, type ZlibOptions } from 'node:zlib';
import { HabeasError } from '../errors.ts';

const formatVersion = 1;
const nonceBytes = 12;
const tagBytes = 16;
const salt = Buffer.from('habeas seal v1');
/** Level 1: staged data lives for days, and compressing must not be slower than reading the database. */
const level = constants.Z_BEST_SPEED;

/** Below this, a turn of the thread pool costs more than the work. */
const atOnceBytes = 8 * 1024;

const gzipAsync = promisify<Buffer, ZlibOptions, Buffer>(gzip);
const gunzipAsync = promisify<Buffer, ZlibOptions, Buffer>(gunzip);

/** Seals one object. `name` is authenticated, not hidden. `tag` (hex) goes into the ledger's row beside the name. */
export async function seal(workingKey: Buffer, name: string, plain: Buffer): Promise<{ bytes: Buffer; tag: string }> {
  const options = zipOptions(plain.length);
  const zipped = plain.length < atOnceBytes ? gzipSync(plain, options) : await gzipAsync(plain, options);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', objectKey(workingKey, name), nonce, { authTagLength: tagBytes });
  cipher.setAAD(associated(name));
  const body = cipher.update(zipped);
  cipher.final();
  const tag = cipher.getAuthTag();
  return { bytes: Buffer.concat([Buffer.of(formatVersion), nonce, body, tag]), tag: tag.toString('hex') };
}

/** Opens what {@link seal} made under the same key and name, or throws `seal-broken` having released nothing. */
export async function unseal(workingKey: Buffer, name: string, sealed: Buffer): Promise<Buffer> {
  if (sealed.length < 1 + nonceBytes + tagBytes || sealed[0] !== formatVersion) throw new HabeasError('seal-broken');
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const tag = sealed.subarray(sealed.length - tagBytes);
  const key = objectKey(workingKey, name);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(associated(name));
  decipher.setAuthTag(tag);
  const zipped = decipher.update(sealed.subarray(1 + nonceBytes, sealed.length - tagBytes));
  try {
    decipher.final();
  } catch (cause) {
    throw new HabeasError('seal-broken', { cause });
  }
  const chunkSize = plainBytes(zipped);
  return chunkSize < atOnceBytes ? gunzipSync(zipped, { chunkSize }) : gunzipAsync(zipped, { chunkSize });
}

/**
 * Deflate's window, tables and output in proportion to the content: a mebibyte for each of many small objects would be most
 * of a small request's garbage. From a whole window on, the tables are the default's.
 */
function zipOptions(plainBytes: number): ZlibOptions {
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(plainBytes + 1))));
  const chunkSize = Math.min(1 << 20, Math.max(1 << 10, plainBytes));
  return { level, windowBits, memLevel: Math.max(1, windowBits - 7), chunkSize };
}

/**
 * Output buffer for what gzip's last four bytes say it is (RFC 1952), so that a chunk is neither put together from pieces
 * nor held twice. A hint only, bounded: a longer content comes in several.
 */
function plainBytes(zipped: Buffer): number {
  const told = zipped.length < 18 ? 0 : zipped.readUInt32LE(zipped.length - 4);
  return Math.min(16 << 20, Math.max(1 << 10, told + 64));
}

function objectKey(workingKey: Buffer, name: string): Buffer {
  if (workingKey.length !== 32) throw new HabeasError('key-master', { where: 'working key' });
  return Buffer.from(hkdfSync('sha256', workingKey, salt, name, 32));
}

function associated(name: string): Buffer {
  return Buffer.from(`habeas seal v${formatVersion}\n${name}`);
}
