/**
 * The facts of records that go into the register, from the staged reading of their round: what policy needs to decide about them
 * once more, years after the reading was destroyed. A workspace that the request closes counts as closed from then on. Holds
 * one chunk in memory; personal data.
 */
import type { RecordFacts, RecordRef } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import type { ChunkKey } from '../src/ledger/effects.ts';
import { erasureChunks } from '../src/ledger/erasure-rounds.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { isClosed } from '../src/policy/erasure/index.ts';
import { FactLines } from '../src/staging/lines.ts';
import type { PageRecord } from '../src/staging/register-page.ts';
import { openRoundChunks, type RoundChunk } from '../src/staging/round-chunks.ts';
import { erasureAnswers, parseFacts } from './erasure-context.ts';
import { workingKeyOf } from './located.ts';

type FactsDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now'>;
type ByKey = ReadonlyMap<string, RecordFacts>;

export class RegisterFacts {
  readonly #deps: FactsDeps;
  readonly #key: RoundKey;
  readonly #signal: AbortSignal;
  #chunks: Promise<ReadonlyMap<string, RoundChunk>> | undefined;
  #closing: Promise<ReadonlySet<string>> | undefined;
  #last: { readonly place: string; readonly facts: Promise<ByKey> } | undefined;

  constructor(deps: FactsDeps, key: RoundKey, signal: AbortSignal) {
    this.#deps = deps;
    this.#key = key;
    this.#signal = signal;
  }

  /** The records of one chunk with their facts. */
  async with(place: ChunkKey, refs: readonly RecordRef[]): Promise<readonly PageRecord[]> {
    const facts = await this.#of(`${place.streamNo}/${place.chunkNo}`);
    return refs.map(({ collection, key }) => ({ collection, key, facts: facts.get(JSON.stringify(key)) }));
  }

  #of(place: string): Promise<ByKey> {
    if (this.#last?.place !== place) this.#last = { place, facts: this.#open(place) };
    return this.#last.facts;
  }

  async #open(place: string): Promise<ByKey> {
    const { ledger, storage, config } = this.#deps;
    const { requestId } = this.#key;
    this.#chunks ??= erasureChunks(ledger.db, this.#key, 'read').then(
      (rows) => new Map(rows.map((row) => [`${row.stream_no}/${row.chunk_no}`, row])),
    );
    this.#closing ??= erasureAnswers(this.#deps, requestId).then(({ closing }) => closing);
    const [chunk, closing] = [(await this.#chunks).get(place), await this.#closing];
    const byKey = new Map<string, RecordFacts>();
    if (chunk === undefined) return byKey;
    const source = {
      ...{ storage, bucket: config.s3.stagingBucket, requestId, signal: this.#signal },
      workingKey: await workingKeyOf(this.#deps, requestId),
    };
    for await (const { bytes, from } of openRoundChunks(source, 'facts', [chunk])) {
      const lines = new FactLines(bytes, from, chunk.count);
      while (lines.next()) {
        const facts = parseFacts(bytes, lines);
        const key: unknown = JSON.parse(bytes.toString('utf8', lines.keyFrom, lines.keyTo));
        byKey.set(JSON.stringify(key), isClosed(facts, closing) ? { ...facts, workspaceClosed: true } : facts);
      }
    }
    return byKey;
  }
}
