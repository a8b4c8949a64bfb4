/**
 * The sink of the look that follows an erasure: lets through what was not found before and belongs to the request. What is known
 * is dropped, what was made since is counted and left alone, the rest is staged as a round of its own, begun with the first such
 * record. Every record's match chain is compared here too and fails closed (`record-mismatch`). Collections that go by themselves,
 * and candidates, are not looked at again.
 */
import type { Candidate, Sink, StreamDescription, System, Unreadable } from '../connectors/contract.ts';
import type { Matchers } from '../connectors/rematch.ts';
import { HabeasError } from '../src/errors.ts';
import { FactLines } from '../src/staging/lines.ts';
import { factsIn } from './erasure-context.ts';
import type { KnownRecords } from './known-records.ts';
import { lateClass } from './late-class.ts';

export interface LateLook {
  readonly system: System;
  readonly matchers: Matchers;
  readonly known: KnownRecords;
  readonly erasingSince: Date;
  readonly timeZone: string;
  /** Begins the round of what is staged; called once. */
  readonly begin: () => Promise<Sink>;
}

/** What one look found; shared by the sinks of a reading. */
export class LateFound {
  late = 0;
  undated = 0;
  newer = 0;
  readonly look: LateLook;
  #staging: Promise<Sink> | undefined;

  constructor(look: LateLook) {
    this.look = look;
  }

  get isStaged(): boolean {
    return this.#staging !== undefined;
  }

  staging(): Promise<Sink> {
    this.#staging ??= this.look.begin();
    return this.#staging;
  }
}

export class LateSink implements Sink {
  readonly #found: LateFound;
  readonly #inner: () => Promise<Sink>;
  #stream: StreamDescription | undefined;
  /** Where the open stream's late records go; undefined before the first. */
  #staged: Sink | undefined;

  constructor(found: LateFound, inner: () => Promise<Sink> = () => found.staging()) {
    this.#found = found;
    this.#inner = inner;
  }

  async open(stream: StreamDescription) {
    if (this.#stream !== undefined) throw new HabeasError('internal', { where: stream.collection });
    const erase = this.#found.look.system.collections.find((one) => one.collection === stream.collection)?.erase;
    if (erase?.mode === 'expiry' || stream.isCandidate === true) return null;
    this.#stream = stream;
    return { grant: { want: 'facts' as const, fields: [] }, cursor: undefined };
  }

  entry(line: Buffer, chain: readonly Buffer[], cursor: Buffer): void | Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) throw new HabeasError('internal', { where: 'entry without stream' });
    const { matchers, known, erasingSince, timeZone } = this.#found.look;
    if (!matchers.in(stream.provedIn).check(chain))
      throw new HabeasError('record-mismatch', { where: stream.collection });
    const lines = new FactLines(line, 0, 1);
    lines.next();
    if (known.has(stream.collection, line.subarray(lines.keyFrom, lines.keyTo))) return;
    const facts = factsIn(line.toString('utf8', lines.factsFrom, lines.factsTo));
    const when = lateClass(facts, erasingSince, timeZone);
    this.#found[when] += 1;
    if (when === 'newer') return;
    const staged = this.#staged;
    if (staged !== undefined) return staged.entry(line, chain, cursor);
    return this.#stage(stream, line, chain, cursor);
  }

  beside(): Sink {
    let inner: Promise<Sink> | undefined;
    return new LateSink(this.#found, () => {
      inner ??= this.#inner().then((sink) => sink.beside());
      return inner;
    });
  }

  unreadable(_count: Unreadable): void {
    // Told by the reading that the plan was made from.
  }

  async end(asOf: string, _candidate?: Candidate): Promise<void> {
    if (this.#stream === undefined) throw new HabeasError('internal', { where: 'end without stream' });
    await this.#staged?.end(asOf);
    this.#stream = undefined;
    this.#staged = undefined;
  }

  async #stage(stream: StreamDescription, line: Buffer, chain: readonly Buffer[], cursor: Buffer): Promise<void> {
    // The caller may use its buffers again once this has been called.
    const kept = Buffer.from(line);
    const cells = chain.map((cell) => Buffer.from(cell));
    const after = Buffer.from(cursor);
    const inner = await this.#inner();
    if ((await inner.open(stream)) === null) throw new HabeasError('internal', { where: stream.collection });
    this.#staged = inner;
    await inner.entry(kept, cells, after);
  }
}
