/**
 * Scans every log of the data map once for one person: proved lines stream into the sink, lines that may be the person's
 * into one small stream per group beside it. Objects come in the order of their names, listed before the first is read; memory is
 * bounded by their names, a block, a line and what the sinks keep. Resumable: a later attempt begins at the smallest cursor of the streams that were begun and drops what each
 * has already. What cannot be read is counted, the same in every attempt. Fails closed, as the system's errors.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, ReadInput, Unreadable } from '../contract.ts';
import type { LogsClient, Place } from './client.ts';
import { type Cursor, isBehind, type Spot } from './cursor.ts';
import type { Collection, DataMap } from './data-map.ts';
import { dayFilter } from './days.ts';
import { candidateOf, groupsOf } from './groups.ts';
import { spanOf } from './instants.ts';
import { partsOf } from './objects.ts';
import { Outputs } from './outputs.ts';
import { createPass, type Looked, type Pass } from './pass.ts';
import { type Person, personOf } from './person.ts';
import type { Settings } from './settings.ts';

export interface ReadDependencies {
  readonly client: LogsClient;
  readonly map: DataMap;
  readonly settings: Settings;
  readonly maxLineBytes: number;
}

/** See the contract. */
export async function read(dependencies: ReadDependencies, context: CallContext, input: ReadInput): Promise<void> {
  try {
    await new Reading(dependencies, context, input).run();
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  }
}

/** An object to read; when it was stored, unless it is gone. */
interface Listed {
  readonly key: string;
  readonly storedMs: number | undefined;
}

/** A collection with what is needed to look through it. */
interface Log {
  readonly no: number;
  readonly name: string;
  readonly collection: Collection;
  readonly place: Place;
  readonly pass: Pass;
  readonly mustRead: (name: string) => boolean;
}

class Reading {
  readonly #deps: ReadDependencies;
  readonly #context: CallContext;
  readonly #input: ReadInput;
  readonly #person: Person;
  #unreadable: Unreadable = { records: 0, objects: 0 };
  /** Collections that earlier attempts finished, and whose unreadable parts nobody has counted in this one. */
  #uncounted: Log[] = [];

  constructor(deps: ReadDependencies, context: CallContext, input: ReadInput) {
    this.#deps = deps;
    this.#context = context;
    this.#input = input;
    this.#person = personOf(deps.map, input.keys);
  }

  async run(): Promise<void> {
    const groups = groupsOf(this.#person);
    const collections = Object.entries(this.#deps.map.collections);
    const numbering = { collections: collections.length, groups: new Set(groups).size };
    const begun = (this.#input.begun ?? []).flatMap((no) => {
      if (no < numbering.collections) return [];
      const candidate = candidateOf(no, numbering);
      if (candidate === undefined) throw new HabeasError('stream-changed', { where: this.#context.systemId });
      return [candidate];
    });
    for (const [no, [name, collection]] of collections.entries()) {
      const log = this.#logOf(no, name, collection);
      const outputs = new Outputs(this.#input, { no, name, collection, numbering, groups });
      await outputs.open(begun.filter((one) => one.collection === no));
      if (outputs.isFinished) this.#uncounted.push(log);
      else await this.#readInto(log, outputs);
    }
    await this.#count();
    this.#input.sink.unreadable(this.#unreadable);
  }

  async #readInto(log: Log, outputs: Outputs): Promise<void> {
    const start = outputs.start();
    if (start === undefined) await this.#count();
    else {
      this.#uncounted = [];
      this.#unreadable = start.unreadable;
    }
    await outputs.end(await this.#scan(log, start?.spot, outputs));
  }

  /** Looks again at what was finished before, to know what of it could not be read. */
  async #count(): Promise<void> {
    const logs = this.#uncounted;
    this.#uncounted = [];
    for (const log of logs) await this.#scan(log, undefined, undefined);
  }

  /** Everything from behind `start` on. The instant as of which it was listed. */
  async #scan(log: Log, start: Spot | undefined, outputs: Outputs | undefined): Promise<string> {
    // Nothing of this person can stand in this log: that is an answer, and nothing need be read for it.
    if (!log.pass.isNeeded) return new Date().toISOString();
    const { objects, asOf } = await this.#list(log, start);
    outputs?.snapshot(asOf);
    for (const object of objects) await this.#lookThrough(log, object, start, outputs);
    return asOf;
  }

  /** What there is to read now, in an order that is the same in every attempt, whatever order the server lists in. */
  async #list(log: Log, start: Spot | undefined): Promise<{ objects: readonly Listed[]; asOf: string }> {
    const stored = new Map<string, number | undefined>();
    let asOf: string | undefined;
    for await (const page of this.#deps.client.list(this.#context, log.place)) {
      this.#context.progress();
      asOf ??= page.asOf;
      for (const { key, sizeBytes, modifiedMs } of page.objects) {
        const isLeft = start === undefined || key >= start.key;
        if (isLeft && sizeBytes > 0 && log.mustRead(key.slice(log.place.prefix.length))) stored.set(key, modifiedMs);
      }
    }
    // Gone since an earlier attempt found lines in it: what it had behind them cannot be read.
    if (start !== undefined && !stored.has(start.key)) stored.set(start.key, undefined);
    const objects = [...stored].map(([key, storedMs]) => ({ key, storedMs })).sort((a, b) => (a.key < b.key ? -1 : 1));
    return { objects, asOf: asOf ?? new Date().toISOString() };
  }

  async #lookThrough(log: Log, listed: Listed, start: Spot | undefined, outputs: Outputs | undefined): Promise<void> {
    const { collection, pass, place } = log;
    const { key } = listed;
    const object = { key, place, compression: collection.compression };
    for await (const part of partsOf(this.#deps.client, this.#context, object, pass)) {
      this.#context.signal.throwIfAborted();
      this.#context.progress();
      if (part.kind === 'unreadable') this.#add({ records: 0, objects: 1 });
      else {
        const looked =
          part.kind === 'lines' ? pass.look(part.bytes, part.offset) : { lines: [], broken: [part.line.start] };
        await this.#take(looked, listed, start, outputs);
      }
    }
    this.#input.sink.unreadable(this.#unreadable);
  }

  /** Lines and broken ones in the order in which they stand: a cursor knows what was broken before it. */
  async #take(looked: Looked, listed: Listed, start: Spot | undefined, outputs: Outputs | undefined): Promise<void> {
    const { key, storedMs } = listed;
    let next = 0;
    const broken = looked.broken.filter((line) => start === undefined || isBehind({ key, line }, start));
    const addBefore = (line: number) => {
      let records = 0;
      for (; next < broken.length && (broken[next] ?? 0) < line; next++) records += 1;
      if (records > 0) this.#add({ records, objects: 0 });
    };
    if (outputs !== undefined)
      for (const line of looked.lines) {
        addBefore(line.start);
        const cursor: Cursor = { spot: { key, line: line.start }, unreadable: this.#unreadable, tally: undefined };
        await outputs.write(line, cursor, storedMs);
      }
    addBefore(Number.POSITIVE_INFINITY);
  }

  #add({ records, objects }: Unreadable): void {
    this.#unreadable = {
      records: this.#unreadable.records + records,
      objects: this.#unreadable.objects + objects,
    };
  }

  #logOf(no: number, name: string, collection: Collection): Log {
    const { settings, maxLineBytes } = this.#deps;
    const here = new Map(collection.identifiers.map(({ kind, strength }) => [kind, strength]));
    // A strong value's line is proposed to a person at whatever time it was written.
    const spans = this.#person.windows.flatMap(({ kind, span }) => {
      const strength = here.get(kind);
      return strength === undefined ? [] : [strength === 'strong' ? spanOf(undefined, undefined) : span];
    });
    const nearMs = (collection.nearHours ?? 0) * 3_600_000;
    return {
      no,
      name,
      collection,
      place: placeOf(name, collection, settings),
      pass: createPass(collection, [this.#person], { maxLineBytes }),
      mustRead: dayFilter(collection.date, spans, { nearMs, from: settings.from }),
    };
  }
}

/** Where a collection lies, as errors and findings name it. */
export function placeOf(name: string, { prefix }: Collection, { s3 }: Settings): Place {
  return { prefix, where: `${name} (${s3.bucket}/${prefix})` };
}
