/**
 * The content of one member on its way into a zip: counted, hashed, deflated on the thread pool while the caller makes the
 * next bytes. A small one is gathered and deflated at once, in proportion to its size; a tiny one is stored. Holds at most
 * what it gathers, or the bytes in hand, and deflate's own half a mebibyte. Fails only where zlib does.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { crc32, createDeflateRaw, type DeflateRaw, deflateRaw, deflateRawSync, type ZlibOptions } from 'node:zlib';

const deflateAsync = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** A member below this is deflated in one go, without a stream and the buffers of one. */
const smallBytes = 128 * 1024;
/** Below this, a turn of the thread pool costs more than deflating. */
const atOnceBytes = 8 * 1024;
/** Below this, deflating costs more than it saves. */
const storedBelow = 256;

export interface Content {
  readonly method: 'stored' | 'deflated';
  readonly crc: number;
  readonly sizeBytes: number;
  readonly compressedBytes: number;
  readonly sha256: string;
}

export class Compressor {
  readonly #level: number;
  readonly #output: (bytes: Buffer) => void;
  readonly #hash = createHash('sha256');
  #crc = 0;
  #sizeBytes = 0;
  #compressedBytes = 0;
  #gathered: Buffer[] | undefined = [];
  #stream: DeflateRaw | undefined;
  /** What is being deflated. */
  #busy: Promise<void> = Promise.resolve();

  /** `output` gets the compressed bytes of a large member in their order, the last before `end` resolves. */
  constructor(level: number, output: (bytes: Buffer) => void) {
    this.#level = level;
    this.#output = output;
  }

  /** Resolves when the bytes before are deflated; these must not change until the next call has resolved. */
  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.#hash.update(bytes);
    this.#crc = crc32(bytes, this.#crc);
    this.#sizeBytes += bytes.length;
    if (this.#gathered !== undefined && this.#sizeBytes < smallBytes) {
      this.#gathered.push(Buffer.from(bytes));
      return;
    }
    const stream = this.#stream ?? this.#begin();
    await this.#busy;
    this.#busy = written(stream, bytes);
    this.#busy.catch(() => undefined);
  }

  /** What it came to, and of a member that was gathered the compressed bytes: whoever writes them knows first how they are written. */
  async end(): Promise<{ readonly content: Content; readonly whole: Buffer | undefined }> {
    const method = this.#gathered !== undefined && this.#sizeBytes < storedBelow ? 'stored' : 'deflated';
    const whole = this.#gathered === undefined ? undefined : await this.#atOnce(this.#gathered, method);
    if (whole === undefined) {
      await this.#busy;
      await ended(this.#stream ?? this.#begin());
    }
    const content = {
      method,
      crc: this.#crc,
      sizeBytes: this.#sizeBytes,
      compressedBytes: whole?.length ?? this.#compressedBytes,
      sha256: this.#hash.digest('hex'),
    } as const;
    return { content, whole };
  }

  /** Nobody wants the rest. */
  destroy(): void {
    this.#stream?.destroy();
  }

  #begin(): DeflateRaw {
    const stream = createDeflateRaw(this.#options(Number.POSITIVE_INFINITY));
    stream.on('data', (bytes: Buffer) => this.#put(bytes));
    // Reported by the write or the end that fails.
    stream.on('error', () => undefined);
    this.#stream = stream;
    for (const bytes of this.#gathered ?? []) stream.write(bytes);
    this.#gathered = undefined;
    return stream;
  }

  async #atOnce(gathered: readonly Buffer[], method: Content['method']): Promise<Buffer> {
    const bytes = Buffer.concat(gathered, this.#sizeBytes);
    if (method === 'stored') return bytes;
    const options = this.#options(bytes.length);
    return bytes.length < atOnceBytes ? deflateRawSync(bytes, options) : deflateAsync(bytes, options);
  }

  #put(bytes: Buffer): void {
    this.#compressedBytes += bytes.length;
    if (bytes.length > 0) this.#output(bytes);
  }

  /**
   * Deflate's window, tables and output in proportion to the member: whatever its size, the default is half a mebibyte. For
   * a large one `memLevel` 9 and output in 256 KiB save a tenth of the processor time at the same size.
   */
  #options(sizeBytes: number): ZlibOptions {
    const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(sizeBytes))));
    const chunkSize = Math.min(256 * 1024, Math.max(1024, sizeBytes));
    return { level: this.#level, windowBits, memLevel: windowBits === 15 ? 9 : windowBits - 7, chunkSize };
  }
}

function written(stream: DeflateRaw, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error == null ? resolve() : reject(error)));
  });
}

function ended(stream: DeflateRaw): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('end', resolve).once('error', reject);
    stream.end();
  });
}
