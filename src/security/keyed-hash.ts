/**
 * Keyed hashes of identifiers: HMAC-SHA-256 (RFC 2104) over the canonical form of purpose, kind and normalised value. Whoever
 * has the hashes and not the key cannot try addresses against them; once the key is destroyed nobody can. Pure.
 */
import { createHmac } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { canonicalJson } from './canonical.ts';

/** Kinds of identifiers that point to one person by themselves; a name, a company or a street do not. */
export const lookupKinds = ['email', 'user_id'] as const;
export type LookupKind = (typeof lookupKinds)[number];

/** Personal data. */
export interface LookupValue {
  readonly kind: LookupKind;
  /** {@link normalised}. */
  readonly value: string;
}

/** Lower-case hex. */
export function keyedHash(key: Buffer, { kind, value }: LookupValue): string {
  return createHmac('sha256', key)
    .update(canonicalJson(['habeas lookup v1', kind, value]))
    .digest('hex');
}

/** Of an address that is not to be written to for a purpose: another key and another form than those that find cases. */
export function suppressionHash(key: Buffer, purpose: string, address: string): string {
  return createHmac('sha256', key)
    .update(canonicalJson(['habeas suppression v1', purpose, 'email', normalised('email', address)]))
    .digest('hex');
}

/** What of these identifiers a person is looked up by, each once. */
export function lookupValues(
  identifiers: readonly { readonly kind: string; readonly value: string }[],
): readonly LookupValue[] {
  const values = identifiers.flatMap(({ kind, value }) => {
    const known = lookupKinds.find((one) => one === kind);
    return known === undefined ? [] : [{ kind: known, value: normalised(known, value) }];
  });
  return [...new Map(values.map((one) => [`${one.kind} ${one.value}`, one])).values()];
}

/**
 * One form for what people write in several: an address without regard to case, its domain as it is looked up (IDNA). Two
 * mailboxes that differ in case only are then found together, which keeps more and shows nothing.
 */
function normalised(kind: LookupKind, value: string): string {
  const text = value.normalize('NFC').trim();
  if (kind === 'user_id') return text;
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1).toLowerCase();
  return `${text.slice(0, at).toLowerCase()}@${domainToASCII(domain) || domain}`;
}
