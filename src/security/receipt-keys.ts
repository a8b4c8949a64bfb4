/**
 * Signing of receipts: Ed25519 as a JWS in its compact form (RFC 7515, 8037), by jose. The private key is made from 32 bytes
 * of the key store and never leaves the process; the public one is named by its RFC 7638 thumbprint. Verifying needs the
 * public keys alone, and answers with what is wrong rather than throwing: it reads what an attacker may write.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import { HabeasError } from '../errors.ts';

/** A public key as it is published (RFC 8037). */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
}

export interface Jwks {
  readonly keys: readonly PublicJwk[];
}

export function publicJwk(kid: string, x: string): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' };
}

/** The public half of a key of the key store. */
export async function publicOf(seed: Buffer): Promise<PublicJwk> {
  const { x } = createPublicKey(privateOf(seed)).export({ format: 'jwk' });
  if (x === undefined) throw new HabeasError('internal', { where: 'signing key' });
  return publicJwk(await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x }), x);
}

/** What a signed document is; part of what is signed, so that one kind cannot be taken for another. */
export type SignedKind = 'habeas-receipt+jws' | 'habeas-sweep-receipt+jws' | 'habeas-evidence+jws';

/** A compact JWS over these bytes. */
export function signJws(payload: string, seed: Buffer, kid: string, kind: SignedKind): Promise<string> {
  return new CompactSign(Buffer.from(payload))
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: kind })
    .sign(privateOf(seed));
}

export type Verified =
  | { readonly ok: true; readonly kid: string; readonly payload: string }
  | {
      readonly ok: false;
      readonly finding: 'not-signed' | 'key-unknown' | 'signature-wrong';
      readonly kid: string | null;
    };

/** Whether a JWS of this kind was signed with one of these keys. */
export async function verifyJws(jws: string, keys: Jwks, kind: SignedKind): Promise<Verified> {
  const header = headerOf(jws);
  // Base 64 has spare bits: only the one form in which bytes are written counts.
  const isExact = jws.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
  if (header === undefined || header.kind !== kind || !isExact) return { ok: false, finding: 'not-signed', kid: null };
  const { kid } = header;
  const jwk = keys.keys.find((one) => one.kid === kid);
  // The name of a key is its thumbprint: another key under its name is none.
  if (jwk === undefined || (await thumbprint(jwk)) !== kid) return { ok: false, finding: 'key-unknown', kid };
  try {
    const { payload } = await compactVerify(jws, await importJWK({ ...jwk }, 'EdDSA'), { algorithms: ['EdDSA'] });
    return { ok: true, kid, payload: Buffer.from(payload).toString('utf8') };
  } catch {
    return { ok: false, finding: 'signature-wrong', kid };
  }
}

/** What a JWS says it is, without verifying it. `undefined`: it is none of ours. */
export function unverifiedKind(jws: string): string | undefined {
  return headerOf(jws.trimEnd())?.kind;
}

/** The payload without verifying it. `undefined`: it is no JWS of three parts. */
export function unverifiedPayload(jws: string): string | undefined {
  const parts = jws.split('.');
  return parts.length === 3 ? Buffer.from(parts[1] ?? '', 'base64url').toString('utf8') : undefined;
}

/** Keys of a JWKS; undefined where it is none of ours. */
export function parseJwks(text: string): Jwks | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) return undefined;
  const keys = value.keys.map(jwkIn);
  return keys.every((one) => one !== undefined) ? { keys } : undefined;
}

function jwkIn(value: unknown): PublicJwk | undefined {
  if (typeof value !== 'object' || value === null || !('kid' in value) || !('x' in value) || !('crv' in value))
    return undefined;
  const { kid, x, crv } = value;
  return typeof kid === 'string' && typeof x === 'string' && crv === 'Ed25519' ? publicJwk(kid, x) : undefined;
}

/** The public key as PEM (RFC 8410), for programs that know no JWK. */
export function publicPem({ x }: Pick<PublicJwk, 'x'>): string {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return String(key.export({ type: 'spki', format: 'pem' }));
}

async function thumbprint({ x }: PublicJwk): Promise<string> {
  return calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x });
}

function headerOf(jws: string): { readonly kid: string; readonly kind: string } | undefined {
  try {
    const { alg, kid, typ } = decodeProtectedHeader(jws);
    return alg === 'EdDSA' && typeof kid === 'string' && typeof typ === 'string' ? { kid, kind: typ } : undefined;
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 8410: the 32 bytes behind the fixed head of a PKCS #8 document. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateOf(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' });
}
