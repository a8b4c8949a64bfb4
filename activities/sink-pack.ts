/**
 * Several small sealed chunks in one staged object: most collections of most people are one small chunk, and an object for
 * each would be most of what a request costs (docs/decisions/0005-packed-chunks.md). Each chunk stays a sealed message of
 * its own, under a key of its own, at an offset. A pack is stored when it is full, when somebody waits, and after a moment;
 * a chunk is staged when its pack is. Fails as the store does; every chunk of the pack then fails with it.
 */
import { chunkSealName } from '../src/ledger/chunks.ts';

/** A sealed chunk and where it will lie. */
export interface Sealed {
  readonly objectName: string;
  readonly offset: number;
  readonly bytes: number;
  readonly tag: string;
  /** Its object is in the bucket. */
  readonly stored: Promise<void>;
}

export interface PackerOptions {
  /** A name that carries 128 random bits. */
  readonly newName: () => string;
  readonly seal: (name: string, plain: Buffer) => Promise<{ readonly bytes: Buffer; readonly tag: string }>;
  readonly store: (name: string, bytes: Buffer) => Promise<void>;
}

/** A pack of this size is full. */
const packBytes = 1024 * 1024;
const delayMs = 1_000;

interface Pack {
  readonly name: string;
  readonly parts: Buffer[];
  size: number;
  readonly stored: Promise<void>;
  /** Begins to store it. */
  close(): void;
}

export class Packer {
  readonly #options: PackerOptions;
  #pack: Pack | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** An offset is known when everything before it is sealed. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PackerOptions) {
    this.#options = options;
  }

  /**
   * Takes its place now; `plain` gives what is to be sealed when its turn has come. Answers when it is sealed (its bytes
   * may be used again).
   */
  add(plain: () => Promise<Buffer>): Promise<Sealed> {
    const turn = this.#last.then(async () => {
      const content = await plain();
      const pack = this.#pack ?? this.#begin();
      const offset = pack.size;
      const { bytes, tag } = await this.#options.seal(chunkSealName(pack.name, offset), content);
      pack.parts.push(bytes);
      pack.size += bytes.length;
      if (pack.size >= packBytes) this.#close();
      return { objectName: pack.name, offset, bytes: bytes.length, tag, stored: pack.stored };
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Stores what was added so far. */
  flush(): void {
    this.#last = this.#last.then(() => this.#close());
  }

  #begin(): Pack {
    const { newName, store } = this.#options;
    const name = newName();
    const parts: Buffer[] = [];
    let close: () => void = () => undefined;
    const stored = new Promise<void>((resolve) => {
      close = () => resolve(store(name, Buffer.concat(parts)));
    });
    // Those who added hear of a failure; there may be nobody, where sealing the first failed.
    stored.catch(() => undefined);
    this.#pack = { name, parts, size: 0, stored, close };
    this.#timer = setTimeout(() => this.flush(), delayMs);
    return this.#pack;
  }

  #close(): void {
    const pack = this.#pack;
    this.#pack = undefined;
    clearTimeout(this.#timer);
    if (pack !== undefined && pack.parts.length > 0) pack.close();
  }
}
