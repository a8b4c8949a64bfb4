/**
 * How a filled chunk gets into the bucket: sealed under a key of its own, a small one in an object with others
 * (sink-pack.ts), a full one in its own. Knows nothing of the ledger but what a chunk's row needs. The plain bytes are
 * given back as soon as they are sealed. A stop of the system is seen before a chunk is sealed.
 */
import type { Deps } from '../src/deps.ts';
import { passFailpoint } from '../src/failpoint.ts';
import { randomName } from '../src/ids.ts';
import { chunkSealName, type NewChunk } from '../src/ledger/chunks.ts';
import { seal, unseal } from '../src/security/seal.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import { Packer, type Sealed } from './sink-pack.ts';
import { assertCallable, type StageRun } from './stage.ts';

/** A chunk that takes no more records. */
export interface FilledChunk {
  readonly streamNo: number;
  readonly chunkNo: number;
  readonly buffer: ChunkBuffer;
  readonly asOf: Date;
  /** The stream ends with it. */
  readonly isLast: boolean;
}

export interface ChunkStoreInput {
  /** Of the round's objects, with a slash at its end. */
  readonly folder: string;
  readonly workingKey: Buffer;
  /** A larger chunk has an object of its own. */
  readonly packedBytes?: number | undefined;
}

/** Most collections of most people fit; a pack is of four at the least. */
const packedBytes = 256 * 1024;
/** Many small streams in a row ask about the system's incident this often; a stream of several chunks before each. */
const incidentMs = 250;

export class ChunkStore {
  readonly #deps: Pick<Deps, 'ledger' | 'storage' | 'config'>;
  readonly #run: StageRun;
  readonly #input: ChunkStoreInput;
  readonly #packer: Packer;
  #callableAt = Number.NEGATIVE_INFINITY;

  constructor(deps: Pick<Deps, 'ledger' | 'storage' | 'config'>, run: StageRun, input: ChunkStoreInput) {
    this.#deps = deps;
    this.#run = run;
    this.#input = input;
    this.#packer = new Packer({
      newName: () => `${input.folder}packed/${randomName()}`,
      seal: (name, plain) => seal(input.workingKey, name, plain),
      store: (name, bytes) => this.#put(name, bytes),
    });
  }

  /** Stores a chunk, small ones in the order of the calls; `release` when its buffer may be used again. */
  async store({ streamNo, chunkNo, buffer, asOf, isLast }: FilledChunk, release: () => void): Promise<NewChunk> {
    const { count } = buffer;
    const plainBytes = buffer.plain.length;
    const plain = async () => {
      await this.#assertCallable(chunkNo);
      return buffer.plain;
    };
    const isSmall = plainBytes <= (this.#input.packedBytes ?? packedBytes);
    let sealed: Sealed;
    let cursorSealed: string | null;
    try {
      sealed = isSmall ? await this.#packer.add(plain) : await this.#alone(`${streamNo}/${chunkNo}`, plain);
      // Nothing goes on after the last one: it is committed with the stream's end.
      cursorSealed = isLast ? null : await this.#sealCursor(sealed, buffer.cursor);
    } finally {
      release();
    }
    await sealed.stored;
    passFailpoint('read-after-put');
    const { objectName, offset, bytes, tag } = sealed;
    return { chunkNo, objectName, offset, count, plainBytes, bytes, tag, asOf, cursorSealed };
  }

  /** Small chunks that wait to be stored together are stored now. */
  flush(): void {
    this.#packer.flush();
  }

  async openCursor(sealName: string, sealed: string): Promise<string> {
    const bytes = await unseal(this.#input.workingKey, cursorName(sealName), Buffer.from(sealed, 'base64'));
    return bytes.toString('utf8');
  }

  async #alone(place: string, plain: () => Promise<Buffer>): Promise<Sealed> {
    const objectName = `${this.#input.folder}${place}-${randomName()}`;
    const { bytes, tag } = await seal(this.#input.workingKey, objectName, await plain());
    const stored = this.#put(objectName, bytes);
    // Awaited when the cursor is sealed too.
    stored.catch(() => undefined);
    return { objectName, offset: 0, bytes: bytes.length, tag, stored };
  }

  #put(name: string, bytes: Buffer): Promise<void> {
    return this.#deps.storage.put(this.#deps.config.s3.stagingBucket, name, bytes, this.#run.signal);
  }

  async #sealCursor({ objectName, offset }: Sealed, cursor: Buffer): Promise<string> {
    const name = cursorName(chunkSealName(objectName, offset));
    const { bytes } = await seal(this.#input.workingKey, name, cursor);
    return bytes.toString('base64');
  }

  /** A stop is seen before the next chunk of a long stream, and among small streams within a moment. */
  async #assertCallable(chunkNo: number): Promise<void> {
    const at = performance.now();
    if (chunkNo === 0 && at - this.#callableAt < incidentMs) return;
    await assertCallable(this.#deps, this.#run.fence.systemId);
    this.#callableAt = at;
  }
}

const cursorName = (sealName: string): string => `${sealName}#cursor`;
