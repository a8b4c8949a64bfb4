/**
 * Which records were found before, without remembering them: a keyed 64-bit fingerprint of each in one sorted array, 8 bytes a
 * record. The key lives for the attempt. Two records of one fingerprint (one pair in four thousand million million) would make a
 * late record look known: it would be left alone, never erased.
 */
import { createHmac, randomBytes } from 'node:crypto';

export class KnownRecords {
  readonly #key = randomBytes(32);
  #all = new BigUint64Array(1024);
  #count = 0;
  #isSorted = true;

  /** `key` is the record's key as it is written in staged lines. */
  add(collection: string, key: Buffer): void {
    if (this.#count === this.#all.length) {
      const bigger = new BigUint64Array(this.#all.length * 2);
      bigger.set(this.#all);
      this.#all = bigger;
    }
    this.#all[this.#count] = this.#fingerprint(collection, key);
    this.#count += 1;
    this.#isSorted = false;
  }

  has(collection: string, key: Buffer): boolean {
    if (!this.#isSorted) this.#all.subarray(0, this.#count).sort();
    this.#isSorted = true;
    const wanted = this.#fingerprint(collection, key);
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#all[middle] ?? 0n) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#all[low] === wanted;
  }

  #fingerprint(collection: string, key: Buffer): bigint {
    return createHmac('sha256', this.#key).update(collection).update('\n').update(key).digest().readBigUInt64BE();
  }
}
