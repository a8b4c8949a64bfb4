/**
 * One chunk in the making: lines copied into a buffer that grows to a fixed size, so that memory does not grow with the
 * subject. At most 10,000 records or 8 MiB of NDJSON with its header line, never more. Buffers are reused once their
 * chunk is stored.
 */
import { HabeasError } from '../src/errors.ts';

export const chunkLimits = { records: 10_000, bytes: 8 * 1024 * 1024 } as const;
/** Of streams that are filled side by side: a hundred of them in the making are 25 MiB. */
export const besideLimits = { records: 1_000, bytes: 256 * 1024, recordBytes: chunkLimits.bytes } as const;

export interface ChunkLimits {
  readonly records: number;
  readonly bytes: number;
  /** A chunk of one record may be this large; `bytes` unless told. */
  readonly recordBytes?: number;
}

/** Most collections of most people fit. */
const firstBytes = 32 * 1024;

export class ChunkBuffer {
  count = 0;
  #used = 0;
  #cursor = Buffer.allocUnsafe(1024);
  #cursorLength = 0;
  #bytes: Buffer;
  readonly #limits: ChunkLimits;

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(limits.bytes, firstBytes));
  }

  /** Empties the buffer and writes the header line. */
  begin(header: Buffer): void {
    this.count = 0;
    this.#cursorLength = 0;
    this.#used = 0;
    this.#put(header);
  }

  /** Whether a line of this length still fits. */
  fits(length: number): boolean {
    const { records, bytes, recordBytes = bytes } = this.#limits;
    const most = this.count === 0 ? recordBytes : bytes;
    return this.count < records && this.#used + length <= most;
  }

  /** Grew beyond its limit for one large record: not kept for the next chunk. */
  get isOversize(): boolean {
    return this.#bytes.length > this.#limits.bytes;
  }

  /** Copies a line and the cursor after it; the caller may reuse both. Throws `record-too-large`. */
  add(line: Buffer, cursor: Buffer, where: string): void {
    if (!this.fits(line.length)) throw new HabeasError('record-too-large', { where });
    this.#put(line);
    if (cursor.length > this.#cursor.length) this.#cursor = Buffer.allocUnsafe(cursor.length * 2);
    this.#cursorLength = cursor.copy(this.#cursor, 0);
    this.count += 1;
  }

  #put(bytes: Buffer): void {
    const needed = this.#used + bytes.length;
    if (needed > this.#bytes.length) {
      const size = Math.max(needed, Math.min(this.#limits.bytes, this.#bytes.length * 4));
      const bigger = Buffer.allocUnsafeSlow(size);
      this.#bytes.copy(bigger, 0, 0, this.#used);
      this.#bytes = bigger;
    }
    this.#used += bytes.copy(this.#bytes, this.#used);
  }

  /** The chunk so far; valid until the next `begin`. */
  get plain(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  get cursor(): Buffer {
    return this.#cursor.subarray(0, this.#cursorLength);
  }
}
