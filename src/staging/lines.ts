/**
 * Lines of a staged chunk of facts, `{"key":[["id","1"]],"facts":{…}}`, found byte by byte without building them: the key goes
 * into decision chunks as it was written, the facts to policy. `],"facts":` cannot occur inside the key, because a quote
 * inside a JSON text is always written with a backslash. A line of another form, or another number of them, fails with
 * `package-chunk-broken`.
 */
import { HabeasError } from '../errors.ts';
import { matches } from './sealed-chunk.ts';

const keyMarker = Buffer.from('{"key":');
const factsMarker = Buffer.from('],"facts":');
const byMarker = Buffer.from('],"by":');

/** One after the other; the offsets of the line it stands on. */
export class FactLines {
  keyFrom = 0;
  keyTo = 0;
  factsFrom = 0;
  factsTo = 0;
  readonly #bytes: Buffer;
  readonly #count: number;
  #at: number;
  #read = 0;

  constructor(bytes: Buffer, from: number, count: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#count = count;
  }

  /** Whether there is one more line. */
  next(): boolean {
    const bytes = this.#bytes;
    if (this.#at >= bytes.length) {
      if (this.#read !== this.#count) broken();
      return false;
    }
    const end = bytes.indexOf(0x0a, this.#at);
    if (end < 0 || bytes[end - 1] !== 0x7d || !matches(bytes, this.#at, keyMarker)) broken();
    this.keyFrom = this.#at + keyMarker.length;
    const keyEnd = this.#find(this.keyFrom, end, byMarker);
    const valueEnd = this.#find(keyEnd, end, factsMarker);
    this.keyTo = Math.min(keyEnd, valueEnd) + 1;
    if (valueEnd >= end) broken();
    this.factsFrom = valueEnd + factsMarker.length;
    this.factsTo = end - 1;
    this.#at = end + 1;
    this.#read += 1;
    return true;
  }

  /** Where the marker, or the facts' own, begins; `end` where neither does. */
  #find(from: number, end: number, marker: Buffer): number {
    const bytes = this.#bytes;
    for (let at = from; at < end; at += 1)
      if (bytes[at] === 0x5d && (matches(bytes, at, factsMarker) || matches(bytes, at, marker))) return at;
    return end;
  }
}

function broken(): never {
  throw new HabeasError('package-chunk-broken');
}
