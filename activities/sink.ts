/**
 * The sink a connector's `read` writes into: counts, matches, cuts chunks. Every record's match chain is compared again
 * here and the stage fails closed (`record-mismatch`) before anything of it is staged. Policy is asked once per stream.
 * Records that come interleaved go through a sink of their own per stream (`beside`), with small chunks: each stream goes
 * on after its own last chunk, so a record that was only buffered when another stream's chunk was committed is not lost.
 * What is shared by the sinks of a reading is in sink-reading.ts. At most three full chunks, and a small one per stream.
 */
import type { Candidate, Sink, StreamDescription, Unreadable } from '../connectors/contract.ts';
import { HabeasError } from '../src/errors.ts';
import { peopleIn } from '../src/staging/people.ts';
import type { ChunkBuffer, ChunkLimits } from './chunk-buffer.ts';
import { capacity } from './commit-queue.ts';
import { type Committable, type End, type OpenStream, Reading, type SinkDeps, type SinkInput } from './sink-reading.ts';
import type { StageRun } from './stage.ts';

/** Chunks sealed and stored at once; the one being filled comes on top. */
const fullInFlight = 2;

export interface ReadingSink extends Sink {
  /** Waits for what is in flight, also after a failure; fails where a stream was left open. */
  settle(): Promise<void>;
  /** What could not be read. */
  readonly unread: Unreadable;
}

/** A sink for one attempt. */
export function openSink(deps: SinkDeps, run: StageRun, input: SinkInput): ReadingSink {
  const reading = new Reading(deps, run, input);
  return new StagingSink(reading, reading.limits);
}

class StagingSink implements ReadingSink {
  readonly #reading: Reading;
  readonly #limits: ChunkLimits;
  readonly #isBeside: boolean;
  /** What is read now was true at this instant or later: the sink's begin until the connector tells its snapshot. */
  #asOf: Date;
  /** The same of the chunk being filled. */
  #chunkAsOf: Date;
  #stream: OpenStream | undefined;
  #chunk: ChunkBuffer | undefined;

  constructor(reading: Reading, limits: ChunkLimits) {
    this.#reading = reading;
    this.#limits = limits;
    this.#isBeside = limits === reading.besideLimits;
    this.#asOf = reading.now;
    this.#chunkAsOf = this.#asOf;
  }

  async open(description: StreamDescription) {
    if (this.#stream !== undefined) throw new HabeasError('internal', { where: description.collection });
    this.#reading.throwIfFailed();
    const opened = await this.#reading.open(description, this.#isBeside);
    if (opened === null) return null;
    this.#stream = opened.stream;
    return { grant: opened.stream.decision.grant, cursor: opened.cursor };
  }

  entry(line: Buffer, chain: readonly Buffer[], cursor: Buffer): void | Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) throw new HabeasError('internal', { where: 'entry without stream' });
    const { queue, matchers } = this.#reading;
    if (queue.failure !== undefined) throw queue.failure.error;
    if (!matchers.in(stream.description.provedIn).check(chain)) {
      const mismatch = new HabeasError('record-mismatch', { where: stream.description.collection });
      queue.fail(mismatch);
      throw mismatch;
    }
    if (stream.description.unseen === true && stream.decision.grant.want === 'content')
      this.#requirePeople(stream, line);
    const chunk = this.#chunk;
    if (chunk?.fits(line.length) === true) {
      chunk.add(line, cursor, stream.description.collection);
      return;
    }
    return this.#turn(stream, line, cursor);
  }

  /** Nothing that has to be masked is staged without saying who takes part in it. */
  #requirePeople({ description }: OpenStream, line: Buffer): void {
    try {
      peopleIn(line, 0, line.length, description.collection);
    } catch (error) {
      this.#reading.queue.fail(error);
      throw error;
    }
  }

  beside(): Sink {
    return new StagingSink(this.#reading, this.#reading.besideLimits);
  }

  unreadable(count: Unreadable): void {
    this.#reading.unreadable = count;
  }

  get unread(): Unreadable {
    return this.#reading.unreadable;
  }

  snapshot(asOf: string): void {
    this.#asOf = instant(asOf, 'snapshot');
  }

  /** The end goes into the ledger after the stream's chunks, while the next stream is read already. */
  async end(asOf: string, candidate?: Candidate): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) throw new HabeasError('internal', { where: 'end without stream' });
    const asked = this.#candidateOf(stream, candidate);
    const end: End = { asOf: instant(asOf, stream.description.collection), candidate: asked };
    if (this.#chunk !== undefined) await this.#send(stream, this.#chunk, end);
    else await this.#begin(1, false, async () => ({ stream, chunk: undefined, end }));
    this.#reading.ended(stream);
    this.#stream = undefined;
    this.#reading.run.progress();
  }

  settle(): Promise<void> {
    return this.#reading.settle();
  }

  /** What a person is asked: of every stream of candidates, and of no other. */
  #candidateOf({ description, isBegun, nextChunk }: OpenStream, candidate: Candidate | undefined) {
    const isCandidate = description.isCandidate === true;
    const isEmpty = nextChunk === 0 && this.#chunk === undefined;
    // An earlier attempt began it and its records have gone since: there is nothing to decide about.
    if (isCandidate && isEmpty && isBegun) return undefined;
    if (isCandidate !== (candidate !== undefined) || (isCandidate && isEmpty))
      throw new HabeasError('internal', { where: description.collection });
    return candidate;
  }

  /** The chunk is full (or there is none yet): sends it off and begins the next with this record. */
  async #turn(stream: OpenStream, line: Buffer, cursor: Buffer): Promise<void> {
    if (this.#chunk !== undefined && this.#chunk.count > 0) await this.#send(stream, this.#chunk);
    const chunk = this.#reading.buffer(this.#limits);
    chunk.begin(this.#reading.header(stream, this.#asOf));
    chunk.add(line, cursor, stream.description.collection);
    this.#chunk = chunk;
    this.#chunkAsOf = this.#asOf;
    // One large record more than a small chunk holds: a hundred of them would not be held side by side.
    if (chunk.isOversize) await this.#send(stream, chunk);
  }

  /** Sends the chunk off, with the stream's end where it is the last. */
  async #send(stream: OpenStream, chunk: ChunkBuffer, end?: End): Promise<void> {
    this.#chunk = undefined;
    const chunkNo = stream.nextChunk;
    stream.nextChunk += 1;
    const asOf = this.#chunkAsOf;
    const whole = capacity / fullInFlight;
    const share = Math.min(whole, Math.ceil((whole * chunk.plain.length) / this.#reading.limits.bytes));
    const isSmall = end !== undefined || this.#isBeside;
    const filled = { streamNo: stream.key.streamNo, chunkNo, buffer: chunk, asOf, isLast: end !== undefined };
    const release = () => this.#reading.release(this.#limits, chunk);
    await this.#begin(isSmall ? share : whole, !isSmall, () =>
      this.#reading.store(filled, release).then((row) => ({ stream, chunk: row, end })),
    );
  }

  /** Waits for room, then begins; committed after everything before it. */
  async #begin(weight: number, isUrgent: boolean, prepare: () => Promise<Committable>): Promise<void> {
    await this.#reading.room(weight);
    this.#reading.add(weight, isUrgent, prepare);
  }
}

function instant(text: string, where: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new HabeasError('internal', { where });
  return at;
}
