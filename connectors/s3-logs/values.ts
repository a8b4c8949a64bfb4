/**
 * Owns what is looked for: the values of the identifiers ("needles") of any number of people, in a form in which a value's
 * bytes are refused without making a string of them, at a cost that does not grow with the number of needles. A hash only
 * ever says "perhaps"; {@link NeedleTable.matches} compares the values themselves. Letters of ASCII are hashed in lower
 * case whatever the needle, so that one hash serves exact and case-folded needles. Personal data in memory only.
 */
import { folded } from '../identifiers.ts';

export interface Needle {
  /** Identifier kind; compared only with fields declared to hold that kind. */
  readonly kind: string;
  readonly value: string;
  /** Report values that differ in letter case or in how Unicode composes their letters, too: as inexact. */
  readonly foldCase?: boolean;
}

/** Start of every hash; FNV-1a. */
export const hashStart = 0x811c9dc5 | 0;
const hashPrime = 0x01000193;
/** Bytes of ASCII capitals mapped to small letters, all others to themselves. */
export const lowered = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte | 32 : byte));

export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ (lowered[byte] ?? byte), hashPrime);
}

function hashText(text: string): number {
  let hash = hashStart;
  for (const byte of Buffer.from(text)) hash = hashByte(hash, byte);
  return hash;
}

const mixed = (hash: number): number => {
  const once = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return once ^ (once >>> 13);
};

/** Needle numbers by value: several people may be looked for by one value. */
type Numbers = Map<string, number[]>;

const put = (map: Numbers, key: string, no: number): void => void (map.get(key)?.push(no) ?? map.set(key, [no]));

const byKind = (maps: Map<string, Numbers>, kind: string): Numbers => {
  const found = maps.get(kind) ?? new Map<string, number[]>();
  maps.set(kind, found);
  return found;
};

export class NeedleTable {
  readonly #exact = new Map<string, Numbers>();
  readonly #folded = new Map<string, Numbers>();
  /** One bit per hash, at most one in 32 of them set: small enough to stay in a processor's cache. */
  readonly #bits: Int32Array;
  readonly #bitMask: number;
  /** The hashes, open addressing; 0 is an empty place. */
  readonly #hashes: Int32Array;
  readonly #hashMask: number;

  constructor(needles: readonly Needle[]) {
    const hashes = new Set<number>();
    needles.forEach(({ kind, value, foldCase }, no) => {
      put(byKind(this.#exact, kind), value, no);
      hashes.add(mixed(hashText(value)));
      if (foldCase !== true) return;
      put(byKind(this.#folded, kind), folded(value), no);
      hashes.add(mixed(hashText(folded(value))));
    });
    const size = 2 ** Math.max(8, Math.ceil(Math.log2(hashes.size + 1)));
    this.#bits = new Int32Array(size);
    this.#bitMask = size - 1;
    this.#hashes = new Int32Array(size * 2);
    this.#hashMask = size * 2 - 1;
    for (const hash of hashes) this.#add(hash);
  }

  #add(hash: number): void {
    const word = (hash >>> 5) & this.#bitMask;
    this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (hash & 31));
    let at = hash & this.#hashMask;
    while (this.#hashes[at] !== 0) at = (at + 1) & this.#hashMask;
    this.#hashes[at] = hash;
  }

  /** `false`: no needle of any kind has a value with this hash (of {@link hashByte} over its UTF-8). */
  mayHold(hash: number): boolean {
    const wanted = mixed(hash);
    if (((this.#bits[(wanted >>> 5) & this.#bitMask] ?? 0) & (1 << (wanted & 31))) === 0) return false;
    let at = wanted & this.#hashMask;
    for (;;) {
      const found = this.#hashes[at];
      if (found === wanted) return true;
      if (found === 0) return wanted === 0;
      at = (at + 1) & this.#hashMask;
    }
  }

  /** Whether a value of this kind with letters beyond ASCII has to be folded to be compared: then no hash answers for it. */
  folds(kind: string): boolean {
    return this.#folded.has(kind);
  }

  /** Calls `on` for every needle of the kind that the value is, and once for each. */
  matches(kind: string, value: string, on: (needle: number, exact: boolean) => void): void {
    const exact = this.#exact.get(kind)?.get(value);
    for (const no of exact ?? []) on(no, true);
    const likely = this.#folded.get(kind);
    if (likely === undefined) return;
    for (const no of likely.get(folded(value)) ?? []) if (exact?.includes(no) !== true) on(no, false);
  }
}
