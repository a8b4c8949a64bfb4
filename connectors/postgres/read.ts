/**
 * Streams every record of the subject into the sink, stream by stream, page by page in the order of the key. Rows come out
 * of COPY as the finished bytes of their lines; no row ever becomes a JavaScript object. Memory is bounded by a network
 * chunk and whatever the sink keeps. One snapshot as long as allowed; resumable after any record. Fails closed: a record
 * that does not end at a proved key ends the read.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, Grant, ReadInput, RecordRef } from '../contract.ts';
import type { Pacer } from '../pacer.ts';
import { createMatcher, type Matchers } from '../rematch.ts';
import { isUnique, loadCatalogue, requireReadable, tableOf } from './catalogue.ts';
import type { PostgresClient, Transaction } from './client.ts';
import { CopyRows } from './copy-rows.ts';
import type { DataMap } from './data-map.ts';
import { isTombstone } from './erase-traits.ts';
import type { Limits } from './settings.ts';
import { StreamQueries } from './stream-queries.ts';
import { isSplit, type Stream, streamsOf } from './streams.ts';

/** Where an index for the order is missing, every page sorts all that is left: doubling makes that log n times, not n. */
const firstPage = 10_000;
const largestPage = 500_000;
/** As COPY writes a boolean. */
const isTrue = Buffer.from('t');

export interface ReadDependencies {
  readonly client: PostgresClient;
  readonly map: DataMap;
  readonly limits: Limits;
  readonly pacer: Pacer;
  /** The data map's own (streams.ts) unless given. */
  readonly streams?: readonly Stream[];
}

/** See the contract. */
export async function read(dependencies: ReadDependencies, context: CallContext, input: ReadInput): Promise<void> {
  const reading = new Reading(dependencies, context, input);
  while (!(await dependencies.client.transaction(context, (tx) => reading.goOn(tx)))) context.progress();
  // Everything may have arrived before the cancellation did: it ends as cancelled all the same.
  context.signal.throwIfAborted();
}

interface Place {
  readonly stream: Stream;
  readonly grant: Grant;
  cursor: RecordRef['key'] | undefined;
  pageRows: number;
}

class Reading {
  readonly #deps: ReadDependencies;
  readonly #context: CallContext;
  readonly #input: ReadInput;
  readonly #matchers: Matchers;
  readonly #streams: readonly Stream[];
  readonly #begun: ReadonlySet<number>;
  /** Collections of which a stream was opened. */
  readonly #answered = new Set<string>();
  #next = 0;
  /** The stream that a snapshot's end interrupted. */
  #place: Place | undefined;

  constructor(deps: ReadDependencies, context: CallContext, input: ReadInput) {
    this.#deps = deps;
    this.#context = context;
    this.#input = input;
    this.#matchers = createMatcher(input.keys);
    // What only names the person is no answer to who asks what is held of them.
    this.#streams = (deps.streams ?? streamsOf(deps.map)).filter(
      ({ description }) => input.want === 'facts' || description.isReference !== true,
    );
    // A key that no stream reads would be left out silently: the data map is not the one it was proved under.
    const read = new Set(this.#streams.map(({ description }) => description.provedIn));
    const lost = input.keys.find(({ collection }) => !read.has(collection));
    if (lost !== undefined) throw new HabeasError('stream-changed', { where: lost.collection });
    // What references of the erased point to is nobody's: what it reaches was many people's.
    if (input.keys.some((key) => isTombstone(deps.map, key)))
      throw new HabeasError('record-mismatch', { where: deps.map.subject });
    this.#begun = new Set(input.begun ?? []);
  }

  /** Goes on in this snapshot. False where the snapshot is too old to go on. */
  async goOn(tx: Transaction): Promise<boolean> {
    const overAt = performance.now() + this.#deps.limits.snapshotMs;
    const snapshot = new Snapshot(this.#deps, tx, this.#input, overAt);
    await snapshot.prepare();
    if (this.#place !== undefined) this.#input.sink.snapshot?.(tx.asOf);
    while (this.#place !== undefined || this.#next < this.#streams.length) {
      if (this.#place === undefined) await this.#openNext(tx, snapshot);
      if (this.#place === undefined) continue;
      if (!(await this.#readToEnd(this.#place, snapshot))) return false;
      await this.#input.sink.end(tx.asOf);
      this.#place = undefined;
      if (snapshot.isOver()) return this.#next >= this.#streams.length;
    }
    return true;
  }

  async #openNext(tx: Transaction, snapshot: Snapshot): Promise<void> {
    const stream = this.#streams[this.#next];
    if (stream === undefined) return;
    this.#next += 1;
    const { no, collection } = stream.description;
    const wanted = this.#begun.has(no) || (await snapshot.mayHaveRecords(stream));
    const isLast = this.#streams[this.#next]?.description.collection !== collection;
    const answer = wanted
      ? stream
      : isLast && !this.#answered.has(collection)
        ? this.#streams.find(({ description }) => description.collection === collection)
        : undefined;
    if (answer === undefined) return;
    this.#answered.add(collection);
    const opened = await this.#input.sink.open(answer.description);
    if (opened === null) return;
    const { grant, cursor } = opened;
    this.#input.sink.snapshot?.(tx.asOf);
    this.#place = {
      stream: answer,
      grant: grantFor(answer, grant, this.#input.want),
      cursor: cursor === undefined ? undefined : keyOf(answer, cursor),
      pageRows: firstPage,
    };
  }

  /** Reads page after page. False where the snapshot ended first. */
  async #readToEnd(place: Place, snapshot: Snapshot): Promise<boolean> {
    if (!snapshot.hasKeys(place.stream)) return true;
    for (;;) {
      await this.#deps.pacer.ready(this.#context.signal);
      const limit = snapshot.limitFor(place.stream, Math.min(place.pageRows, this.#deps.pacer.most));
      const startedAt = performance.now();
      const rows = await this.#readPage(place, snapshot, limit);
      this.#deps.pacer.charge(rows);
      if (rows < limit) return true;
      if (snapshot.isOver()) return false;
      // A page stays well inside the statement's time limit, also where the sink or the network is the slow part.
      const tookMs = performance.now() - startedAt;
      if (tookMs < this.#deps.limits.statementTimeoutMs / 8) place.pageRows = Math.min(place.pageRows * 2, largestPage);
      else if (tookMs > this.#deps.limits.statementTimeoutMs / 3) place.pageRows = Math.ceil(place.pageRows / 4);
    }
  }

  async #readPage(place: Place, snapshot: Snapshot, limit: number): Promise<number> {
    const { stream, grant } = place;
    const { sink } = this.#input;
    const owners = this.#matchers.in(this.#deps.map.subject);
    const where = stream.collection.table;
    const page = snapshot.queries.page(
      stream,
      grant,
      place.cursor?.map(([, value]) => value),
      limit,
    );
    const isProved = snapshot.hasProvedKey(stream);
    const chain: Buffer[] = [];
    let last: Buffer | undefined;
    const rows = new CopyRows(page.cells, (cells, line, startLength) => {
      // `{"key":[["id","1"]],"record":` is how the line begins; the cursor is the list.
      const cursor = line.subarray(page.cursorFrom, startLength - page.cursorBeforeEnd);
      if (!isProved && last?.equals(cursor)) throw new HabeasError('system-key-unproved', { where });
      last = cursor;
      if (!page.owned && page.supplyIn === undefined) return sink.entry(line, cells, cursor);
      const rest = [...cells];
      if (page.owned) {
        const owner = rest.shift();
        if (owner === undefined || !owners.check([owner])) throw new HabeasError('record-mismatch', { where });
      }
      if (page.supplyIn !== undefined && rest.shift()?.equals(isTrue) !== true)
        throw new HabeasError('supply-unmapped', { where: page.supplyIn });
      chain.splice(0, chain.length, ...rest);
      return sink.entry(line, chain, cursor);
    });
    for await (const chunk of snapshot.tx.copy(page.select, where)) {
      await rows.push(chunk);
      this.#context.progress();
    }
    if (rows.unfinished) throw new HabeasError('system-unreachable', { where });
    if (last !== undefined) place.cursor = keyOf(stream, last.toString('utf8'));
    return rows.rows;
  }
}

/** What is known in one transaction. */
class Snapshot {
  readonly tx: Transaction;
  readonly #deps: ReadDependencies;
  readonly #input: ReadInput;
  readonly #overAt: number;
  readonly #present = new Map<string, ReadonlySet<string>>();
  #queries: StreamQueries | undefined;
  #provedKeys: ReadonlySet<string> = new Set();

  constructor(deps: ReadDependencies, tx: Transaction, input: ReadInput, overAt: number) {
    this.#deps = deps;
    this.tx = tx;
    this.#input = input;
    this.#overAt = overAt;
  }

  async prepare(): Promise<void> {
    const { map } = this.#deps;
    const catalogue = await loadCatalogue(this.tx, map);
    requireReadable(catalogue, map);
    this.#queries = new StreamQueries(map, catalogue, this.#input.keys);
    const proved = Object.entries(map.collections).filter(([, collection]) =>
      isUnique(tableOf(catalogue, collection), collection.key),
    );
    this.#provedKeys = new Set(proved.map(([name]) => name));
  }

  get queries(): StreamQueries {
    if (this.#queries === undefined) throw new HabeasError('internal');
    return this.#queries;
  }

  isOver(): boolean {
    return performance.now() > this.#overAt;
  }

  hasProvedKey(stream: Stream): boolean {
    return this.#provedKeys.has(stream.description.collection);
  }

  /** Where the key is not proved unique, paging could lose the second of two equal keys: all comes as one page. */
  limitFor(stream: Stream, rows: number): number {
    return this.hasProvedKey(stream) ? rows : Number.MAX_SAFE_INTEGER;
  }

  /** Whether anything is proved where the stream's records end. */
  hasKeys({ description }: Stream): boolean {
    return this.#input.keys.some(({ collection }) => collection === description.provedIn);
  }

  /** Whether the stream can have records; asks the system only where streams differ by kind of customer. */
  async mayHaveRecords(stream: Stream): Promise<boolean> {
    if (!this.hasKeys(stream)) return false;
    const { split } = stream;
    if (split === undefined) return true;
    const path = `${stream.description.collection} ${stream.earlier.length}`;
    const present = this.#present.get(path) ?? (await this.#kindsOf(stream));
    this.#present.set(path, present);
    return present.has(splitName(split.kind, split.owned));
  }

  async #kindsOf(stream: Stream): Promise<ReadonlySet<string>> {
    const { map } = this.#deps;
    const config = map.customerKind;
    if (config === undefined || !isSplit(map, stream.collection)) return new Set();
    const rows = await this.tx.query(this.queries.kindsPresent(stream), [], stream.collection.table);
    return new Set(
      rows.map(([value, exists, owned]) => {
        if (exists !== 'true') return splitName(undefined, false);
        const kind = value === null || value === undefined ? undefined : config.values[value];
        if (kind === undefined) {
          const table = map.collections[config.collection]?.table ?? config.collection;
          throw new HabeasError('customer-kind-unmapped', { where: `${table}.${config.column}` });
        }
        return splitName(kind, owned === 'true');
      }),
    );
  }
}

const splitName = (kind: string | undefined, owned: boolean): string => `${kind ?? 'none'} ${owned}`;

/** What was granted, within what may ever be read. */
function grantFor(stream: Stream, grant: Grant, want: ReadInput['want']): Grant {
  if (want === 'facts' || grant.want === 'facts') return { want: 'facts', fields: [] };
  if (grant.fields.some((field) => !stream.description.fields.includes(field)))
    throw new HabeasError('internal', { where: stream.description.collection });
  return grant;
}

/** A cursor is the record's key as it stands in the line. */
function keyOf(stream: Stream, cursor: string): RecordRef['key'] {
  const { key } = stream.collection;
  const parsed = parse(cursor);
  if (!Array.isArray(parsed) || parsed.length !== key.length)
    throw new HabeasError('internal', { where: stream.description.collection });
  return parsed.map((pair: unknown, i) => {
    const [name, value]: unknown[] = Array.isArray(pair) ? pair : [];
    if (name !== key[i] || typeof name !== 'string' || typeof value !== 'string')
      throw new HabeasError('internal', { where: stream.description.collection });
    return [name, value] as const;
  });
}

/** `undefined` where it is no JSON: the parser's own message would quote the text. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
