/**
 * Canonical JSON (RFC 8785) and the hashes made over it: what is signed, chained or compared is these bytes and no
 * others, so that a stranger with any RFC 8785 library computes the same. Holds nothing; fails on what JSON cannot say.
 */
import { createHash, randomBytes } from 'node:crypto';
import canonicalizeModule from 'canonicalize';
import { HabeasError } from '../errors.ts';

// The package is CommonJS whose types say ES module: the default import is the function itself.
const canonicalize: unknown = canonicalizeModule;

/** What canonical JSON is made from. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** RFC 8785 text. Numbers must be finite; members that are undefined are left out. */
export function canonicalJson(value: JsonValue): string {
  const text: unknown = typeof canonicalize === 'function' ? canonicalize(value) : undefined;
  if (typeof text !== 'string') throw new HabeasError('internal', { where: 'canonical JSON' });
  return text;
}

/** SHA-256, lower-case hex. */
export function sha256Hex(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Commits to a text without telling it: 256 bits of salt make guessing a short reason useless, and once the salt (sealed
 * beside the text) is destroyed, the commitment says nothing at all, while chains and signatures over it still verify.
 */
export function commit(text: string, salt: string = randomBytes(32).toString('hex')): { salt: string; hash: string } {
  return { salt, hash: sha256Hex(canonicalJson(['habeas commitment v1', salt, text])) };
}
