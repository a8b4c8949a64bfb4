/**
 * A sink that keeps what the suite wants to look at and matches every record again by the code production uses. Fails
 * closed like the real one: a record that does not match is not kept, and ends the read.
 */
import type { Grant, Sink, StreamDescription, SubjectKey } from '../../connectors/contract.ts';
import { createMatcher, type Matchers } from '../../connectors/rematch.ts';
import { HabeasError } from '../../src/errors.ts';

export interface KeptStream {
  readonly description: StreamDescription;
  readonly lines: string[];
  count: number;
  cursor: string | undefined;
  endedAt: string | undefined;
}

export interface SinkOptions {
  readonly want?: 'content' | 'facts';
  /** What is granted of a stream; everything unless given. */
  readonly grant?: (stream: StreamDescription) => Grant;
  /** Keep the lines themselves; else only counts. */
  readonly keep?: boolean;
  /** Called for every record, before it is kept; what it throws ends the attempt. */
  readonly onEntry?: (count: number) => void | Promise<void>;
}

/** Survives attempts: hand the same one to the next `read` and it goes on where the last ended. */
export class MemorySink implements Sink {
  readonly streams = new Map<number, KeptStream>();
  count = 0;
  readonly #matchers: Matchers;
  readonly #options: SinkOptions;
  #current: KeptStream | undefined;

  constructor(keys: readonly SubjectKey[], options: SinkOptions = {}) {
    this.#matchers = createMatcher(keys);
    this.#options = options;
  }

  /** Streams that were opened and not ended. */
  get begun(): readonly number[] {
    return [...this.streams].filter(([, { endedAt }]) => endedAt === undefined).map(([no]) => no);
  }

  async open(description: StreamDescription): Promise<{ grant: Grant; cursor: string | undefined } | null> {
    const known = this.streams.get(description.no);
    if (known?.endedAt !== undefined) return null;
    this.#current = known ?? { description, lines: [], count: 0, cursor: undefined, endedAt: undefined };
    this.streams.set(description.no, this.#current);
    const all: Grant = { want: 'content', fields: description.fields };
    return { grant: this.#options.grant?.(description) ?? all, cursor: this.#current.cursor };
  }

  entry(line: Buffer, chain: readonly Buffer[], cursor: Buffer): void | Promise<void> {
    const stream = this.#current;
    if (stream === undefined) throw new Error('an entry without a stream');
    const { collection, provedIn } = stream.description;
    if (!this.#matchers.in(provedIn).check(chain)) throw new HabeasError('record-mismatch', { where: collection });
    const wait = this.#options.onEntry?.(this.count + 1);
    if (wait !== undefined) {
      const [text, at] = [line.toString(), cursor.toString()];
      return wait.then(() => this.#keep(stream, text, at));
    }
    this.#keep(stream, this.#options.keep === false ? '' : line.toString(), cursor.toString());
  }

  beside(): MemorySink {
    throw new Error('not yet');
  }

  unreadable(): void {
    throw new Error('not yet');
  }

  async end(asOf: string): Promise<void> {
    if (this.#current === undefined) throw new Error('an end without a stream');
    this.#current.endedAt = asOf;
    this.#current = undefined;
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
    this.count += 1;
    stream.count += 1;
    stream.cursor = cursor;
    if (this.#options.keep !== false) stream.lines.push(line);
  }
}
