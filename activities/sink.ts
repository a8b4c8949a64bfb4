/**
 * The sink a connector's `read` writes into: counts, matches, seals, stages. Every record's match chain is compared again
 * here and the stage fails closed (`record-mismatch`) before anything of it is staged. Policy is asked once per stream.
 * A chunk is sealed and stored first; then a transaction writes its row and what became of its records, in the order of
 * chunks, small ones together (commit-queue.ts), two full chunks in flight. An attempt that no longer holds its lane can
 * commit nothing. Holds plain records in memory only, at most three full chunks.
 */
import type { Sink, StreamDescription, SubjectKey } from '../connectors/contract.ts';
import { createMatcher, type Matchers } from '../connectors/rematch.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { passFailpoint } from '../src/failpoint.ts';
import { randomName } from '../src/ids.ts';
import { addChunks, lastChunk, type NewChunk } from '../src/ledger/chunks.ts';
import { holdLane } from '../src/ledger/lanes.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { announceStreams, endStreams, type StreamKey } from '../src/ledger/streams.ts';
import { type AccessDecision, decideAccess } from '../src/policy/access.ts';
import { seal, unseal } from '../src/security/seal.ts';
import { ChunkBuffer, type ChunkLimits, chunkLimits } from './chunk-buffer.ts';
import { CommitQueue, capacity } from './commit-queue.ts';
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
const fullInFlight = 2;
/** Many small streams in a row ask about the system's incident this often; a stream of several chunks before each. */
const incidentMs = 250;

interface OpenStream {
  readonly key: StreamKey;
  readonly decision: AccessDecision;
  readonly description: StreamDescription;
  /** Whether the ledger has its row; a new round's stream gets it with its first chunk or its end. */
  isAnnounced: boolean;
  nextChunk: number;
}

/** What one transaction writes, together with others: a chunk that is stored, a stream's end, or both. */
interface Committable {
  readonly stream: OpenStream;
  readonly chunk: NewChunk | undefined;
  readonly endedAt: Date | undefined;
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
  readonly #queue = new CommitQueue<Committable>((batch) => this.#commit(batch));
  /** What is read now was true at this instant or later: the attempt's begin until the connector tells its snapshot. */
  #asOf: Date;
  /** The same of the chunk being filled. */
  #chunkAsOf: Date;
  #stream: OpenStream | undefined;
  #chunk: ChunkBuffer | undefined;
  #callableAt = Number.NEGATIVE_INFINITY;

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
    const isRead = await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdLane(trx, fence);
      return (await announceStreams(trx, this.#round, [{ description: stream, decision }])).has(stream.no);
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
    const { failure } = this.#queue;
    if (failure !== undefined) throw failure.error;
    if (!this.#matchers.in(stream.description.provedIn).check(chain)) {
      const mismatch = new HabeasError('record-mismatch', { where: stream.description.collection });
      this.#queue.fail(mismatch);
      throw mismatch;
    }
    const chunk = this.#chunk;
    if (chunk?.fits(line.length) === true) {
      chunk.add(line, cursor, stream.description.collection);
      return;
    }
    return this.#turn(stream, line, cursor);
  }

  beside(): Sink {
    throw new HabeasError('internal', { where: 'beside' });
  }

  unreadable(): void {
    throw new HabeasError('internal', { where: 'unreadable' });
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
    else await this.#begin(1, false, async () => ({ stream, chunk: undefined, endedAt }));
    this.#stream = undefined;
    this.#run.progress();
  }

  async settle(): Promise<void> {
    await this.#queue.drain();
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
    const asOf = this.#chunkAsOf;
    const whole = capacity / fullInFlight;
    const share = Math.ceil((whole * chunk.plain.length) / this.#limits.bytes);
    const isLast = endedAt !== undefined;
    // Sixteen small ones on their way are memory for nobody to notice; more would be many calls at once.
    await this.#begin(isLast ? Math.max(2, share) : whole, !isLast, () =>
      this.#store(stream, chunk, chunkNo, asOf)
        .then((row) => ({ stream, chunk: row, endedAt }))
        .finally(() => this.#free.push(chunk)),
    );
  }

  /** Waits for room, then begins; committed after everything before it. */
  async #begin(weight: number, isUrgent: boolean, prepare: () => Promise<Committable>): Promise<void> {
    await this.#queue.room(weight);
    this.#throwIfFailed();
    this.#queue.add(weight, isUrgent, prepare);
  }

  async #store(stream: OpenStream, chunk: ChunkBuffer, chunkNo: number, asOf: Date): Promise<NewChunk> {
    const { workingKey } = this.#input;
    const objectName = `${roundFolder(this.#round)}${stream.key.streamNo}/${chunkNo}-${randomName()}`;
    await this.#assertCallable(chunkNo);
    const plainBytes = chunk.plain.length;
    const sealed = await seal(workingKey, objectName, chunk.plain);
    const cursor = await seal(workingKey, cursorName(objectName), chunk.cursor);
    await this.#deps.storage.put(this.#deps.config.s3.stagingBucket, objectName, sealed.bytes, this.#run.signal);
    passFailpoint('read-after-put');
    return {
      chunkNo,
      objectName,
      count: chunk.count,
      plainBytes,
      bytes: sealed.bytes.length,
      tag: sealed.tag,
      asOf,
      cursorSealed: cursor.bytes.toString('base64'),
    };
  }

  /** One transaction under the lane's fence; a stream's row comes with its first. */
  async #commit(batch: readonly Committable[]): Promise<void> {
    const streams = new Set(batch.map(({ stream }) => stream));
    const unknown = [...streams].filter((stream) => !stream.isAnnounced);
    await this.#deps.ledger.db.transaction().execute(async (trx) => {
      await holdLane(trx, this.#run.fence);
      await announceStreams(trx, this.#round, unknown);
      const chunks = batch.flatMap(({ stream, chunk }) =>
        chunk === undefined ? [] : [{ streamNo: stream.key.streamNo, chunk, decision: stream.decision }],
      );
      await addChunks(trx, this.#round, chunks);
      const ends = batch.flatMap(({ stream, endedAt }) =>
        endedAt === undefined ? [] : [{ streamNo: stream.key.streamNo, asOf: endedAt }],
      );
      await endStreams(trx, this.#round, ends);
    });
    for (const stream of unknown) stream.isAnnounced = true;
    for (const { chunk } of batch) {
      if (chunk === undefined) continue;
      passFailpoint('read-after-row');
      this.#run.progress(chunk.chunkNo + 1);
    }
  }

  /** A stop is seen before the next chunk of a long stream, and among small streams within a moment. */
  async #assertCallable(chunkNo: number): Promise<void> {
    const at = performance.now();
    if (chunkNo === 0 && at - this.#callableAt < incidentMs) return;
    await assertCallable(this.#deps, this.#run.fence.systemId);
    this.#callableAt = at;
  }

  async #openCursor(objectName: string, sealed: string): Promise<string> {
    const bytes = await unseal(this.#input.workingKey, cursorName(objectName), Buffer.from(sealed, 'base64'));
    return bytes.toString('utf8');
  }

  #throwIfFailed(): void {
    const { failure } = this.#queue;
    if (failure !== undefined) throw failure.error;
    this.#run.signal.throwIfAborted();
  }
}

const cursorName = (objectName: string): string => `${objectName}#cursor`;

function instant(text: string, where: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new HabeasError('internal', { where });
  return at;
}
