/**
 * What an anchor is: number, instant, the chain heads that grew since the anchor before, the hash before, its hash. One
 * canonical text, the same in the ledger's row and in the object under Object Lock, so that a stranger can compare the
 * two. Ids, numbers and hashes only. Parsing answers `undefined` for anything else: it reads what an attacker may write.
 */
import { canonicalJson, type JsonValue, sha256Hex } from '../security/canonical.ts';

/** The last row of a chain at some instant. */
export interface Head {
  readonly requestId: string;
  readonly seq: number;
  readonly hash: string;
}

export interface AnchorRow {
  readonly no: number;
  readonly at: Date;
  /** Canonical JSON array of [requestId, seq, hash]. */
  readonly heads: string;
  readonly prev_hash: string;
  readonly hash: string;
}

export function headsText(heads: readonly Head[]): string {
  return canonicalJson(heads.map(({ requestId, seq, hash }) => [requestId, seq, hash]));
}

export function anchorHash(anchor: Omit<AnchorRow, 'hash'>): string {
  const { no, at, heads, prev_hash: prev } = anchor;
  return sha256Hex(canonicalJson(['habeas anchor v1', no, at.toISOString(), heads, prev]));
}

/** Where a ledger's anchors lie: several ledgers may share a bucket. */
export const anchorPrefix = (ledgerId: string): string => `audit-anchors/${ledgerId}/`;
export const anchorName = (ledgerId: string, no: number): string =>
  `${anchorPrefix(ledgerId)}${String(no).padStart(10, '0')}.json`;

/** The number in an object's name; `undefined` for a name that is not an anchor's. */
export function anchorNumber(name: string): number | undefined {
  const digits = /\/(\d{10})\.json$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The object's text. */
export function anchorText(anchor: AnchorRow): string {
  const heads: JsonValue = (parseHeads(anchor.heads) ?? []).map((head) => [head.requestId, head.seq, head.hash]);
  const { no, at, prev_hash: prev, hash } = anchor;
  return canonicalJson({ v: 1, no, at: at.toISOString(), heads, prev, hash });
}

/** Heads of a row's or an object's JSON. */
export function parseHeads(text: string): readonly Head[] | undefined {
  return headsIn(parseJson(text));
}

/** Heads of a stored anchor object whose own hash is right. */
export function parseAnchorHeads(text: string): readonly Head[] | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || !('heads' in value) || !('no' in value)) return undefined;
  if (!('at' in value) || !('prev' in value) || !('hash' in value)) return undefined;
  const { no, at, prev, hash } = value;
  const heads = headsIn(value.heads);
  if (heads === undefined || typeof no !== 'number' || typeof at !== 'string' || typeof prev !== 'string')
    return undefined;
  const instant = new Date(at);
  if (Number.isNaN(instant.getTime())) return undefined;
  return anchorHash({ no, at: instant, heads: headsText(heads), prev_hash: prev }) === hash ? heads : undefined;
}

function headsIn(value: unknown): readonly Head[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const heads: Head[] = [];
  for (const one of value) {
    if (!Array.isArray(one)) return undefined;
    const [requestId, seq, hash]: unknown[] = one;
    if (typeof requestId !== 'string' || typeof seq !== 'number' || typeof hash !== 'string') return undefined;
    heads.push({ requestId, seq, hash });
  }
  return heads;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
