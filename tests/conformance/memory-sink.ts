/**
 * A sink that keeps what the suite wants to look at and matches every record again by the code production uses. Fails
 * closed like the real one: a record that does not match is not kept, and ends the read. With `commitEvery` it commits
 * like the real one too: each stream for itself and some records at a time, and what was not committed when an attempt
 * died is lost with it.
 */
import type { Candidate, Grant, Sink, StreamDescription, SubjectKey, Unreadable } from '../../connectors/contract.ts';
import { createMatcher, type Matchers } from '../../connectors/rematch.ts';
import { HabeasError } from '../../src/errors.ts';
import { peopleIn } from '../../src/staging/people.ts';

export interface KeptStream {
  readonly description: StreamDescription;
  /** Committed; what is not yet is in no number here. */
  readonly lines: string[];
  count: number;
  cursor: string | undefined;
  endedAt: string | undefined;
  /** What a person is to decide about the stream’s records. */
  candidate: Candidate | undefined;
}

export interface SinkOptions {
  readonly want?: 'content' | 'facts';
  /** What is granted of a stream; everything unless given. */
  readonly grant?: (stream: StreamDescription) => Grant;
  /** Keep the lines themselves; else only counts. */
  readonly keep?: boolean;
  /** Called for every record, before it is kept; what it throws ends the attempt. */
  readonly onEntry?: (count: number) => void | Promise<void>;
  /** Records that a stream commits together; each at once unless given. */
  readonly commitEvery?: (stream: StreamDescription) => number;
}

interface Pending {
  readonly lines: string[];
  count: number;
  cursor: string;
}

/** Survives attempts: hand the same one to the next `read` and it goes on where the last ended. */
export class MemorySink implements Sink {
  readonly streams: Map<number, KeptStream>;
  readonly #all: Shared;
  #current: KeptStream | undefined;

  constructor(keys: readonly SubjectKey[], options: SinkOptions = {}, shared?: Shared) {
    this.#all = shared ?? {
      matchers: createMatcher(keys),
      options,
      streams: new Map(),
      pending: new Map(),
      open: new Set(),
      sinks: [],
      count: 0,
      unread: { records: 0, objects: 0 },
    };
    this.#all.sinks.push(this);
    this.streams = this.#all.streams;
  }

  /** Records handed in so far that were not lost. */
  get count(): number {
    return this.#all.count;
  }

  /** What could not be read, as told last. */
  get unread(): Unreadable {
    return this.#all.unread;
  }

  /** Streams that were opened and not ended. Asking begins a new attempt: what was not committed is lost. */
  get begun(): readonly number[] {
    for (const { count } of this.#all.pending.values()) this.#all.count -= count;
    this.#all.pending.clear();
    this.#all.open.clear();
    for (const sink of this.#all.sinks) sink.#current = undefined;
    return [...this.streams].filter(([, { endedAt }]) => endedAt === undefined).map(([no]) => no);
  }

  async open(description: StreamDescription): Promise<{ grant: Grant; cursor: string | undefined } | null> {
    const known = this.streams.get(description.no);
    if (known?.endedAt !== undefined) return null;
    if (this.#current !== undefined && this.#all.open.has(this.#current.description.no))
      throw new Error('a stream is opened while another is open in the same sink');
    if (this.#all.open.has(description.no)) throw new Error('a stream is open in two sinks');
    if (known !== undefined && JSON.stringify(known.description) !== JSON.stringify(description))
      throw new HabeasError('stream-changed', { where: description.collection });
    this.#current = known ?? {
      description,
      lines: [],
      count: 0,
      cursor: undefined,
      endedAt: undefined,
      candidate: undefined,
    };
    this.#all.open.add(description.no);
    this.streams.set(description.no, this.#current);
    const all: Grant = { want: 'content', fields: description.fields };
    return { grant: this.#all.options.grant?.(description) ?? all, cursor: this.#current.cursor };
  }

  entry(line: Buffer, chain: readonly Buffer[], cursor: Buffer): void | Promise<void> {
    const stream = this.#current;
    if (stream === undefined) throw new Error('an entry without a stream');
    const { collection, provedIn } = stream.description;
    const { matchers, options } = this.#all;
    if (!matchers.in(provedIn).check(chain)) throw new HabeasError('record-mismatch', { where: collection });
    const want = options.grant?.(stream.description).want ?? options.want;
    if (stream.description.unseen === true && want !== 'facts') peopleIn(line, 0, line.length, collection);
    const wait = options.onEntry?.(this.count + 1);
    if (wait !== undefined) {
      const [text, at] = [line.toString(), cursor.toString()];
      return wait.then(() => this.#keep(stream, text, at));
    }
    this.#keep(stream, options.keep === false ? '' : line.toString(), cursor.toString());
  }

  beside(): MemorySink {
    return new MemorySink([], {}, this.#all);
  }

  unreadable(count: Unreadable): void {
    this.#all.unread = count;
  }

  async end(asOf: string, candidate?: Candidate): Promise<void> {
    const stream = this.#current;
    if (stream === undefined) throw new Error('an end without a stream');
    this.#commit(stream);
    const isCandidate = stream.description.isCandidate === true;
    // Begun by an earlier attempt, and its records have gone since: nothing is asked then.
    if (stream.count > 0 && isCandidate !== (candidate !== undefined))
      throw new Error('a stream of candidates ends with its candidate, and no other does');
    stream.candidate = stream.count > 0 ? candidate : undefined;
    stream.endedAt = asOf;
    this.#all.open.delete(stream.description.no);
    this.#current = undefined;
  }

  /** Streams of proved records, or of candidates. */
  of(what: 'proved' | 'candidates'): readonly KeptStream[] {
    return [...this.streams.values()].filter(
      ({ description }) => (description.isCandidate === true) === (what === 'candidates'),
    );
  }

  /** Lines of one collection, or of all. */
  lines(collection?: string): readonly string[] {
    return [...this.streams.values()]
      .filter(({ description }) => collection === undefined || description.collection === collection)
      .flatMap(({ lines }) => lines);
  }

  /** Each record's collection and key, as the lines say it. */
  keys(): readonly string[] {
    return [...this.streams.values()].flatMap(({ description, lines }) =>
      lines.map((line) => `${description.collection} ${line.slice(0, line.indexOf(']],'))}`),
    );
  }

  #keep(stream: KeptStream, line: string, cursor: string): void {
    const { pending, options } = this.#all;
    this.#all.count += 1;
    const { no } = stream.description;
    const waiting = pending.get(no) ?? { lines: [], count: 0, cursor };
    pending.set(no, waiting);
    waiting.count += 1;
    waiting.cursor = cursor;
    if (options.keep !== false) waiting.lines.push(line);
    if (waiting.count >= (options.commitEvery?.(stream.description) ?? 1)) this.#commit(stream);
  }

  #commit(stream: KeptStream): void {
    const { no } = stream.description;
    const waiting = this.#all.pending.get(no);
    if (waiting === undefined) return;
    this.#all.pending.delete(no);
    stream.lines.push(...waiting.lines);
    stream.count += waiting.count;
    stream.cursor = waiting.cursor;
  }
}

/** What the sinks of one reading share. */
interface Shared {
  readonly matchers: Matchers;
  readonly options: SinkOptions;
  readonly streams: Map<number, KeptStream>;
  /** By stream: what is not committed yet. */
  readonly pending: Map<number, Pending>;
  /** Numbers of the streams that are open. */
  readonly open: Set<number>;
  readonly sinks: MemorySink[];
  count: number;
  unread: Unreadable;
}
