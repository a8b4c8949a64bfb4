/**
 * How decision chunks get into the bucket: sealed under the working key, small ones several in an object, large ones alone.
 * Knows nothing of the ledger but what a chunk's row needs. An object without a row is erased by the next attempt.
 */
import type { Deps } from '../src/deps.ts';
import { randomName } from '../src/ids.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { seal } from '../src/security/seal.ts';
import { Packer, type Sealed } from './sink-pack.ts';

/** Folder of one round's decision chunks. */
export function planFolder({ requestId, systemId, round }: RoundKey): string {
  return `staging/${requestId}/${systemId}/plan/${round}/`;
}

const packedBytes = 256 * 1024;

export class DecisionStore {
  readonly #put: (name: string, bytes: Buffer) => Promise<void>;
  readonly #folder: string;
  readonly #workingKey: Buffer;
  readonly #packer: Packer;

  constructor(
    deps: Pick<Deps, 'storage' | 'config'>,
    into: { readonly key: RoundKey; readonly workingKey: Buffer; readonly signal: AbortSignal },
  ) {
    const { stagingBucket } = deps.config.s3;
    this.#put = (name, bytes) => deps.storage.put(stagingBucket, name, bytes, into.signal);
    this.#folder = planFolder(into.key);
    this.#workingKey = into.workingKey;
    this.#packer = new Packer({
      newName: () => `${this.#folder}packed/${randomName()}`,
      seal: (name, plain) => seal(this.#workingKey, name, plain),
      store: this.#put,
    });
  }

  /** Sealed when it resolves; stored when `stored` does, after `flush` at the latest. */
  async add(streamNo: number, chunkNo: number, plain: Buffer): Promise<Sealed> {
    if (plain.length <= packedBytes) return this.#packer.add(async () => plain);
    const objectName = `${this.#folder}${streamNo}/${chunkNo}-${randomName()}`;
    const { bytes, tag } = await seal(this.#workingKey, objectName, plain);
    const stored = this.#put(objectName, bytes);
    // Awaited before its row is written.
    stored.catch(() => undefined);
    return { objectName, offset: 0, bytes: bytes.length, tag, stored };
  }

  flush(): void {
    this.#packer.flush();
  }
}
