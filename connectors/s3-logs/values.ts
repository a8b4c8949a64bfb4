/**
 * Owns what is looked for: the values of the identifiers ("needles") of any number of people, in a form in which a value's
 * bytes are refused without making a string of them, at a cost that does not grow with the number of needles. A hash only
 * ever says "perhaps"; {@link NeedleTable.matches} compares the values themselves. The hash does not tell ASCII letters'
 * case, so that one hash serves exact and case-folded needles. Personal data in memory only.
 */
import { folded } from '../identifiers.ts';
import { hashOf } from './finder-words.ts';

export interface Needle {
  /** Identifier kind; compared only with fields declared to hold that kind. */
  readonly kind: string;
  readonly value: string;
  /** Report values that differ in letter case or in how Unicode composes their letters, too: as inexact. */
  readonly foldCase?: boolean;
}

/** Most values are ASCII, whose folding is this simple; both sides of every comparison go through here. */
const foldedFast = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text.toLowerCase() : folded(text));

/** Room for the bytes of one value at a time: there are tens of thousands. */
const room = Buffer.alloc(4_096);
const roomView = new DataView(room.buffer, room.byteOffset, room.length);

function hashText(text: string): number {
  if (text.length * 3 <= room.length) return hashOf(roomView, 0, room.write(text));
  const bytes = Buffer.from(text);
  return hashOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}

/**
 * Needle numbers by kind and value; several people may be looked for by one value. Linked lists in one array instead of an
 * array per value: with tens of thousands of needles the collector would walk those again and again.
 */
class NumbersByValue {
  readonly #heads = new Map<string, Map<string, number>>();
  readonly #next: Int32Array;

  constructor(count: number) {
    this.#next = new Int32Array(count).fill(-1);
  }

  put(kind: string, value: string, no: number): void {
    const heads = this.#heads.get(kind) ?? new Map<string, number>();
    this.#heads.set(kind, heads);
    this.#next[no] = heads.get(value) ?? -1;
    heads.set(value, no);
  }

  has(kind: string): boolean {
    return this.#heads.has(kind);
  }

  each(kind: string, value: string, on: (no: number) => void): void {
    for (let no = this.#heads.get(kind)?.get(value) ?? -1; no !== -1; no = this.#next[no] ?? -1) on(no);
  }
}

export class NeedleTable {
  readonly #exact: NumbersByValue;
  readonly #folded: NumbersByValue;
  /** One bit per hash, one in 16 or fewer of them set: small enough to stay in a processor's cache. */
  readonly #bits: Int32Array;
  readonly #bitMask: number;
  /** The hashes, open addressing; 0 is an empty place. */
  readonly #hashes: Int32Array;
  readonly #hashMask: number;

  constructor(needles: readonly Needle[]) {
    this.#exact = new NumbersByValue(needles.length);
    this.#folded = new NumbersByValue(needles.length);
    const hashes = new Set<number>();
    needles.forEach(({ kind, value, foldCase }, no) => {
      this.#exact.put(kind, value, no);
      hashes.add(hashText(value));
      if (foldCase !== true) return;
      const likely = foldedFast(value);
      this.#folded.put(kind, likely, no);
      hashes.add(hashText(likely));
    });
    const size = 2 ** Math.max(8, Math.ceil(Math.log2(hashes.size + 1)));
    this.#bits = new Int32Array(size / 2);
    this.#bitMask = size / 2 - 1;
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

  /** `false`: no needle of any kind has a value with this hash ({@link hashOf} its UTF-8). */
  mayHold(wanted: number): boolean {
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

  /** Calls `on` for every needle of the kind that the value is: exact ones first, and those that fold once more. */
  matches(kind: string, value: string, on: (needle: number, exact: boolean) => void): void {
    this.#exact.each(kind, value, (no) => on(no, true));
    if (this.#folded.has(kind)) this.#folded.each(kind, foldedFast(value), (no) => on(no, false));
  }
}
