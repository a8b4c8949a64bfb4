/**
 * Pages of the register in the bucket: record references as NDJSON, sealed under the register key of their round, below
 * `register/` and so outside of what is destroyed when a request has ended. Whoever opens a page compares the ledger's tag first
 * (`seal-broken`). Personal data passes through memory only.
 */
import type { RecordRef } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { type KeyId, newId, randomName } from '../src/ids.ts';
import type { ChunkKey } from '../src/ledger/effects.ts';
import type { NumberedDecision } from '../src/ledger/erasure-decisions.ts';
import { entriesOf, type RegisterRow, registerFolder } from '../src/ledger/register.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { addDays, parseCivilDate } from '../src/policy/clock/index.ts';
import { seal, unseal } from '../src/security/seal.ts';
import { keyIn } from './decider.ts';

type StoreDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now'>;

export interface Page {
  readonly key: ChunkKey;
  readonly decision: NumberedDecision;
  readonly kind: RegisterRow['kind'];
  readonly refs: readonly RecordRef[];
  /** Already in force: the point of no return is behind. */
  readonly isActive: boolean;
}

/** Writes pages of one round; its key is made with the first. */
export class RegisterStore {
  readonly #deps: StoreDeps;
  readonly #key: RoundKey;
  readonly #signal: AbortSignal;
  #keyId: Promise<KeyId> | undefined;

  constructor(deps: StoreDeps, key: RoundKey, signal: AbortSignal) {
    this.#deps = deps;
    this.#key = key;
    this.#signal = signal;
  }

  /** Seals and stores a page; returns the row that tells of it, not written yet. */
  async put({ key, decision, kind, refs, isActive }: Page): Promise<RegisterRow> {
    const { storage, keys, config } = this.#deps;
    this.#keyId ??= this.#roundKey();
    const keyId = await this.#keyId;
    const objectName = `${registerFolder(this.#key)}${key.streamNo}/${key.chunkNo}-${randomName()}`;
    const { bytes, tag } = await seal(await keys.use(keyId), objectName, linesOf(refs));
    await storage.put(config.s3.stagingBucket, objectName, bytes, this.#signal);
    const { until, keptBy } = decision.decision;
    const at = this.#deps.now();
    return {
      id: newId('register'),
      ...{ request_id: key.requestId, system_id: key.systemId, round: key.round },
      ...{ stream_no: key.streamNo, chunk_no: key.chunkNo, decision_no: decision.no, kind },
      ...{ collection: decision.collection, record_class: decision.recordClass, count: refs.length },
      due_on: until === null ? null : addDays(parseCivilDate(until, 'until'), 1),
      ...{ kept_by: keptBy, key_id: keyId, object_name: objectName, tag, bytes: bytes.length, made_at: at },
      active_at: isActive ? at : null,
    };
  }

  /** The key of earlier entries of the round, or a new one. */
  async #roundKey(): Promise<KeyId> {
    const [known] = await entriesOf(this.#deps.ledger.db, this.#key);
    return known?.key_id ?? this.#deps.keys.create('register');
  }
}

/** The references of a page. */
export async function locatorsIn(
  deps: Pick<Deps, 'storage' | 'keys' | 'config'>,
  entry: RegisterRow,
  signal?: AbortSignal,
): Promise<readonly RecordRef[]> {
  const sealed = await deps.storage.get(deps.config.s3.stagingBucket, entry.object_name, signal);
  if (sealed.subarray(-16).toString('hex') !== entry.tag) throw new HabeasError('seal-broken', { where: 'register' });
  const plain = await unseal(await deps.keys.use(entry.key_id), entry.object_name, sealed);
  return plain.toString('utf8').split('\n').filter(Boolean).map(refIn);
}

function linesOf(refs: readonly RecordRef[]): Buffer {
  return Buffer.from(refs.map(({ collection, key }) => `${JSON.stringify({ collection, key })}\n`).join(''));
}

function refIn(line: string): RecordRef {
  const value: unknown = JSON.parse(line);
  if (typeof value === 'object' && value !== null && 'collection' in value && 'key' in value)
    if (typeof value.collection === 'string') return { collection: value.collection, key: keyIn(value.key) };
  throw new HabeasError('seal-broken', { where: 'register' });
}
