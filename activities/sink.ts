/**
 * The sink a connector's `read` writes into: counts, matches, seals, stages. Every record's match chain is compared again
 * here and the stage fails closed (`record-mismatch`) before anything of it is staged. Policy is asked once per stream.
 * A chunk is sealed and stored first; then one transaction writes its row and what became of its records, in the order
 * of chunks, two chunks in flight. An attempt that no longer holds its lane can commit nothing. Holds plain records in
 * memory only, at most three chunks.
 */
import type { Sink, StreamDescription, SubjectKey } from '../connectors/contract.ts';
import { createMatcher, type Matchers } from '../connectors/rematch.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { passFailpoint } from '../src/failpoint.ts';
import { randomName } from '../src/ids.ts';
import { addChunk, lastChunk } from '../src/ledger/chunks.ts';
import { holdLane } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { announceStream, endStream, type StreamKey } from '../src/ledger/streams.ts';
import { type AccessDecision, decideAccess } from '../src/policy/access.ts';
import { seal, unseal } from '../src/security/seal.ts';
import { ChunkBuffer, type ChunkLimits, chunkLimits } from './chunk-buffer.ts';
import { assertCallable, type StageRun } from './stage.ts';

export interface SinkInput {
  readonly round: number;
  readonly keys: readonly SubjectKey[];
  /** 32 bytes, kept for the attempt. */
  readonly workingKey: Buffer;
  /** The round began with this attempt: the ledger knows no stream of it, and need not be asked. */
  readonly isNew?: boolean;
  readonly limits?: ChunkLimits;
}

export type SinkDeps = Pick<Deps, 'ledger' | 'storage' | 'config' | 'now'>;

/** Chunks sealed and stored at once; the one being filled comes on top. */
const inFlightLimit = 2;

interface OpenStream {
  readonly key: StreamKey;
  readonly decision: AccessDecision;
  readonly description: StreamDescription;
  /** Whether the ledger has its row; a new round's stream gets it with its first chunk or its end. */
  isAnnounced: boolean;
  nextChunk: number;
}

/** A sink for one attempt. `settle` waits for what is in flight, also after a failure. */
export function openSink(deps: SinkDeps, run: StageRun, input: SinkInput): Sink & { settle(): Promise<void> } {
  return new StagingSink(deps, run, input);
}

/** Folder of one round's objects. */
export function roundFolder({ requestId, systemId, round }: RoundKey): string {
  return `staging/${requestId}/${systemId}/read/${round}/`;
}

class StagingSink implements Sink {
  readonly #deps: SinkDeps;
  readonly #run: StageRun;
  readonly #input: SinkInput;
  readonly #round: RoundKey;
  readonly #matchers: Matchers;
  readonly #limits: ChunkLimits;
  readonly #free: ChunkBuffer[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  /** What is read now was true at this instant or later: the attempt's begin until the connector tells its snapshot. */
  #asOf: Date;
  /** The same of the chunk being filled. */
  #chunkAsOf: Date;
  #stream: OpenStream | undefined;
  #chunk: ChunkBuffer | undefined;
  #lastCommit: Promise<void> = Promise.resolve();
  #failure: unknown;
  #hasFailed = false;

  constructor(deps: SinkDeps, run: StageRun, input: SinkInput) {
    this.#deps = deps;
    this.#run = run;
    this.#input = input;
    this.#round = { requestId: run.fence.requestId, systemId: run.fence.systemId, round: input.round };
    this.#matchers = createMatcher(input.keys);
    this.#limits = input.limits ?? chunkLimits;
    this.#asOf = deps.now();
    this.#chunkAsOf = this.#asOf;
  }

  async open(stream: StreamDescription) {
    if (this.#stream !== undefined) throw new HabeasError('internal', { where: stream.collection });
    this.#throwIfFailed();
    const { fence } = this.#run;
    const decision = decideAccess(stream);
    const key: StreamKey = { ...this.#round, streamNo: stream.no };
    if (this.#input.isNew === true) {
      this.#stream = { key, decision, description: stream, isAnnounced: false, nextChunk: 0 };
      return { grant: decision.grant, cursor: undefined };
    }
    const { isRead } = await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdLane(trx, fence);
      return announceStream(trx, this.#round, stream, decision);
    });
    this.#run.progress();
    if (isRead) return null;
    const last = await lastChunk(this.#deps.ledger.db, key);
    const nextChunk = last === undefined ? 0 : last.chunkNo + 1;
    this.#stream = { key, decision, description: stream, isAnnounced: true, nextChunk };
    const cursor = last?.cursorSealed == null ? undefined : await this.#openCursor(last.objectName, last.cursorSealed);
    return { grant: decision.grant, cursor };
  }

  entry(line: Buffer, chain: readonly Buffer[], cursor: Buffer): void | Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) throw new HabeasError('internal', { where: 'entry without stream' });
    if (this.#hasFailed) throw this.#failure;
    if (!this.#matchers.in(stream.description.provedIn).check(chain)) {
      this.#fail(new HabeasError('record-mismatch', { where: stream.description.collection }));
      throw this.#failure;
    }
    const chunk = this.#chunk;
    if (chunk?.fits(line.length) === true) {
      chunk.add(line, cursor, stream.description.collection);
      return;
    }
    return this.#turn(stream, line, cursor);
  }

  snapshot(asOf: string): void {
    this.#asOf = instant(asOf, 'snapshot');
  }

  /** The end goes into the ledger after the stream's chunks, while the next stream is read already. */
  async end(asOf: string): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) throw new HabeasError('internal', { where: 'end without stream' });
    const endedAt = instant(asOf, stream.description.collection);
    if (this.#chunk !== undefined) await this.#send(stream, this.#chunk, endedAt);
    else await this.#begin((before) => this.#storeEnd(stream, endedAt, before));
    this.#stream = undefined;
    this.#run.progress();
  }

  async settle(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
    this.#throwIfFailed();
    if (this.#stream !== undefined) throw new HabeasError('internal', { where: this.#stream.description.collection });
  }

  /** The chunk is full (or there is none yet): sends it off and begins the next with this record. */
  async #turn(stream: OpenStream, line: Buffer, cursor: Buffer): Promise<void> {
    if (this.#chunk !== undefined && this.#chunk.count > 0) await this.#send(stream, this.#chunk);
    const chunk = this.#free.pop() ?? new ChunkBuffer(this.#limits);
    chunk.begin(this.#header(stream));
    chunk.add(line, cursor, stream.description.collection);
    this.#chunk = chunk;
    this.#chunkAsOf = this.#asOf;
  }

  #header({ description, decision }: OpenStream): Buffer {
    const { requestId, systemId, round } = this.#round;
    const { grant } = decision;
    const head = { v: 1, requestId, systemId, round, stream: description, grant, asOf: this.#asOf.toISOString() };
    return Buffer.from(`${JSON.stringify(head)}\n`);
  }

  /** Sends the chunk off, with the stream's end where it is the last. */
  async #send(stream: OpenStream, chunk: ChunkBuffer, endedAt?: Date): Promise<void> {
    this.#chunk = undefined;
    const chunkNo = stream.nextChunk;
    stream.nextChunk += 1;
    const place = { chunkNo, asOf: this.#chunkAsOf, endedAt };
    await this.#begin(async (before) => {
      await this.#store(stream, chunk, place, before).finally(() => this.#free.push(chunk));
    });
  }

  /** Waits for room, then begins: at most two on their way, each committed after the one before. */
  async #begin(store: (before: Promise<void>) => Promise<void>): Promise<void> {
    while (this.#inFlight.size >= inFlightLimit) await Promise.race(this.#inFlight);
    this.#throwIfFailed();
    const work = store(this.#lastCommit)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#inFlight.delete(work));
    this.#lastCommit = work;
    this.#inFlight.add(work);
  }

  async #store(
    stream: OpenStream,
    chunk: ChunkBuffer,
    { chunkNo, asOf, endedAt }: { readonly chunkNo: number; readonly asOf: Date; readonly endedAt: Date | undefined },
    before: Promise<void>,
  ): Promise<void> {
    const { fence, signal } = this.#run;
    const objectName = `${roundFolder(this.#round)}${stream.key.streamNo}/${chunkNo}-${randomName()}`;
    await assertCallable(this.#deps, fence.systemId);
    const plainBytes = chunk.plain.length;
    const sealed = await seal(this.#input.workingKey, objectName, chunk.plain);
    const cursor = await seal(this.#input.workingKey, cursorName(objectName), chunk.cursor);
    await this.#deps.storage.put(this.#deps.config.s3.stagingBucket, objectName, sealed.bytes, signal);
    passFailpoint('read-after-put');
    await before;
    // The chunk before this one has no row, so this one must not have one either.
    if (this.#hasFailed) return;
    await this.#commit(stream, async (trx) => {
      await addChunk(
        trx,
        stream.key,
        {
          chunkNo,
          objectName,
          count: chunk.count,
          plainBytes,
          bytes: sealed.bytes.length,
          tag: sealed.tag,
          asOf,
          cursorSealed: cursor.bytes.toString('base64'),
        },
        stream.decision,
      );
      if (endedAt !== undefined) await endStream(trx, stream.key, endedAt);
    });
    passFailpoint('read-after-row');
    this.#run.progress(chunkNo + 1);
  }

  /** The end of a stream without a chunk of its own to go with. */
  async #storeEnd(stream: OpenStream, endedAt: Date, before: Promise<void>): Promise<void> {
    await before;
    if (this.#hasFailed) return;
    await this.#commit(stream, async (trx) => {
      await endStream(trx, stream.key, endedAt);
    });
  }

  /** One transaction under the lane's fence; the stream's row comes with its first. */
  async #commit(stream: OpenStream, write: (trx: LedgerTransaction) => Promise<void>): Promise<void> {
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdLane(trx, this.#run.fence);
      if (!stream.isAnnounced) await announceStream(trx, this.#round, stream.description, stream.decision);
      await write(trx);
    });
    stream.isAnnounced = true;
  }

  async #openCursor(objectName: string, sealed: string): Promise<string> {
    const bytes = await unseal(this.#input.workingKey, cursorName(objectName), Buffer.from(sealed, 'base64'));
    return bytes.toString('utf8');
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failure = error;
  }

  #throwIfFailed(): void {
    if (this.#hasFailed) throw this.#failure;
    this.#run.signal.throwIfAborted();
  }
}

const cursorName = (objectName: string): string => `${objectName}#cursor`;

function instant(text: string, where: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new HabeasError('internal', { where });
  return at;
}
