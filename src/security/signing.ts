/**
 * Signatures of people over what they decide: Ed25519 (RFC 8032) by node:crypto, nothing of our own. A person's public
 * key stands in the configuration as 32 raw bytes in base 64; the private key is a PKCS #8 PEM file that only the person
 * has and that passes through here for the moment of signing. `verify` answers false, never throws, for what is malformed.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { HabeasError } from '../errors.ts';

export interface PersonKey {
  /** For `people:` in the configuration. */
  readonly publicKey: string;
  /** For the person's own file. */
  readonly privateKeyPem: string;
}

/** A fresh key pair for a person. */
export function newPersonKey(): PersonKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: rawPublic(publicKey),
    privateKeyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}

/** The public key that belongs to a private key file; `person-key` where it is none. */
export function publicKeyOf(privateKeyPem: string): string {
  return rawPublic(createPublicKey(privateKeyOf(privateKeyPem)));
}

/** Signature in base 64 over the UTF-8 bytes of `statement`. */
export function sign(statement: string, privateKeyPem: string): string {
  return signBytes(null, Buffer.from(statement), privateKeyOf(privateKeyPem)).toString('base64');
}

export function verify(statement: string, signature: string, publicKey: string): boolean {
  try {
    const x = Buffer.from(publicKey, 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verifyBytes(null, Buffer.from(statement), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

function privateKeyOf(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new HabeasError('person-key', { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new HabeasError('person-key');
  return key;
}

function rawPublic(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  if (x === undefined) throw new HabeasError('person-key');
  return Buffer.from(x, 'base64url').toString('base64');
}
