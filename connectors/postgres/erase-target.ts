/**
 * What `prepare`, `erase` and `verify` share: which part a stream belongs to, what a plan does to each collection, and of
 * one decision the columns it changes with everything a statement needs to know of them. Knows configuration, the catalogue
 * and the subject's keys; changes nothing.
 */
import { HabeasError } from '../../src/errors.ts';
import type { ErasePart, PlannedRecord, PlannedSet, StreamDescription, SubjectKey } from '../contract.ts';
import { type Changing, canTake, type Reference } from './anonymise.ts';
import { type Catalogue, columnIn, tableOf } from './catalogue.ts';
import type { Transaction } from './client.ts';
import type { DataMap } from './data-map.ts';
import type { EraseCatalogue } from './erase-catalogue.ts';
import { namings } from './erase-traits.ts';
import { castOf, type Keyed, keyed } from './key-batch.ts';
import type { Work } from './order.ts';
import { collectionOf, ident, keyIn, sourceOf, text } from './sql.ts';

/** The subject's own row goes last; a row of another person that only names the subject goes with the rest. */
export function partOf(map: DataMap, stream: StreamDescription): ErasePart {
  return stream.collection === map.subject && stream.isReference !== true ? 'subject-row' : 'dependants';
}

/** What is planned for one collection, in one part. */
export interface Planned extends Work {
  readonly streams: readonly StreamDescription[];
}

/** As much as the streams alone tell: everything may be deleted, and everything that has a strategy may change. */
export function worksAtMost(map: DataMap, planned: PlannedSet): readonly Planned[] {
  return grouped(map, planned.streams).map(({ collection, streams, isSubjectRow }) => ({
    collection,
    table: collectionOf(map, collection).table,
    isSubjectRow,
    deletes:
      collectionOf(map, collection).erase?.whole === 'delete' && streams.some((stream) => stream.isReference !== true),
    chunks: Number.POSITIVE_INFINITY,
    clears: new Set(changedFields(map, collection, Object.keys(collectionOf(map, collection).erase?.fields ?? {}))),
    streams,
  }));
}

/** Exactly: looks at every planned record. `see` is told each of them that is not kept. */
export async function worksOf(
  map: DataMap,
  planned: PlannedSet,
  see: (stream: StreamDescription, records: readonly PlannedRecord[]) => Promise<void> | void = () => undefined,
): Promise<readonly Planned[]> {
  const works: Planned[] = [];
  for (const { collection, streams, isSubjectRow } of grouped(map, planned.streams)) {
    const clears = new Set<string>();
    let deletes = false;
    let chunks = 0;
    for (const stream of streams)
      for await (const chunk of planned.chunks(stream)) {
        const records = chunk.records.filter(({ decision }) => decision.action !== 'keep');
        if (records.length === 0) continue;
        chunks += 1;
        for (const { decision, set } of records) {
          if (decision.action === 'delete') deletes = true;
          else for (const field of changedFields(map, collection, decision.fields)) clears.add(field);
          for (const field of Object.keys(set ?? {})) clears.add(field);
        }
        await see(stream, records);
      }
    const { table } = collectionOf(map, collection);
    works.push({ collection, table, isSubjectRow, deletes, chunks, clears, streams });
  }
  return works;
}

function grouped(map: DataMap, streams: readonly StreamDescription[]) {
  const groups = new Map<string, { collection: string; isSubjectRow: boolean; streams: StreamDescription[] }>();
  for (const stream of streams) {
    const part = partOf(map, stream);
    const at = `${part} ${stream.collection}`;
    const group = groups.get(at) ?? {
      collection: stream.collection,
      isSubjectRow: part === 'subject-row',
      streams: [],
    };
    group.streams.push(stream);
    groups.set(at, group);
  }
  return [...groups.values()];
}

/** Those of the fields that the data map does not keep. */
function changedFields(map: DataMap, collection: string, fields: readonly string[]): readonly string[] {
  const strategies = collectionOf(map, collection).erase?.fields;
  return fields.filter((field) => strategies?.[field] !== undefined && strategies[field] !== 'keep');
}

/** Makes targets of decisions, for one subject under one catalogue. */
export class Targets {
  readonly #map: DataMap;
  readonly #catalogue: Catalogue;
  readonly #live: EraseCatalogue;
  readonly #subject: ReadonlyMap<string, readonly (readonly string[])[]>;

  private constructor(
    map: DataMap,
    catalogue: Catalogue,
    live: EraseCatalogue,
    subject: ReadonlyMap<string, readonly (readonly string[])[]>,
  ) {
    this.#map = map;
    this.#catalogue = catalogue;
    this.#live = live;
    this.#subject = subject;
  }

  /** Looks the subject's row up where something refers to another unique column than its key. */
  static async load(
    tx: Transaction,
    map: DataMap,
    catalogue: Catalogue,
    live: EraseCatalogue,
    keys: readonly SubjectKey[],
  ): Promise<Targets> {
    const { key, table } = collectionOf(map, map.subject);
    const own = keys.filter(({ collection }) => collection === map.subject).map((one) => one.key.map(([, v]) => v));
    const subject = new Map<string, readonly (readonly string[])[]>();
    for (const name of Object.keys(map.collections))
      for (const { toColumns } of namings(map, name)) {
        const at = toColumns.join('\n');
        if (subject.has(at)) continue;
        if (toColumns.every((column) => key.includes(column)))
          subject.set(
            at,
            own.map((values) => toColumns.map((column) => values[key.indexOf(column)] ?? '')),
          );
        else {
          const row = sourceOf(catalogue, map, map.subject, 'r');
          const cells = toColumns.map((column) => text(row, column)).join(', ');
          const { quoted } = keyed(catalogue, map.subject, collectionOf(map, map.subject));
          const found =
            own.length === 0
              ? []
              : await tx.query(`SELECT ${cells} FROM ${quoted} AS r WHERE ${keyIn(row, key, own)}`, [], table);
          subject.set(
            at,
            found.filter((cell) => !cell.includes(null)).map((cell) => cell.map((value) => value ?? '')),
          );
        }
      }
    return new Targets(map, catalogue, live, subject);
  }

  keyed(collection: string): Keyed {
    return keyed(this.#catalogue, collection, collectionOf(this.#map, collection));
  }

  /** The columns of a collection that a decision (or `set`) changes. A field without a strategy is `erasure-undeclared`. */
  changing(collection: string, fields: readonly string[], set: PlannedRecord['set'] = {}): readonly Changing[] {
    const config = collectionOf(this.#map, collection);
    const table = tableOf(this.#catalogue, config);
    const live = this.#live.tables.get(config.table);
    const ways = namings(this.#map, collection);
    return [...new Set([...fields, ...Object.keys(set)])].flatMap((field): readonly Changing[] => {
      const strategy = config.erase?.fields?.[field];
      const column = columnIn(table, field);
      const liveColumn = live?.columns.get(field);
      if (strategy === undefined || liveColumn === undefined)
        throw new HabeasError('erasure-undeclared', { where: `${config.table}.${field}` });
      if (strategy === 'keep') return [];
      const refersBy: readonly Reference[] = ways
        .filter(({ columns }) => columns.includes(field))
        .map(({ columns, toColumns }) => ({
          columns: columns.map((name) => columnIn(table, name)),
          subject: this.#subject.get(toColumns.join('\n')) ?? [],
        }));
      const way = ways.find(({ columns }) => columns.includes(field));
      const to = way?.toColumns[way.columns.indexOf(field)];
      return [
        {
          column,
          live: liveColumn,
          strategy,
          isEmail: (config.identifiers ?? []).some((one) => one.column === field && one.kind === 'email'),
          refersBy,
          tombstone: to === undefined ? undefined : this.#map.tombstone?.[to],
        },
      ];
    });
  }

  /** The columns of a collection that may name the subject, whatever is decided of a record. */
  references(collection: string): readonly Changing[] {
    const declared = Object.keys(collectionOf(this.#map, collection).erase?.fields ?? {});
    return this.changing(collection, declared).filter(({ refersBy }) => refersBy.length > 0);
  }

  /** The columns of `fields` that cannot take what is to be put into them, for their type. */
  unfit(collection: string, fields: readonly string[]): readonly string[] {
    return this.changing(collection, fields)
      .filter((one) => !canTake(one))
      .map(({ column }) => column.name);
  }

  /** `SELECT 1` where the tombstone row is. */
  tombstone(): { readonly sql: string; readonly params: readonly string[]; readonly where: string } | undefined {
    const { tombstone, subject } = this.#map;
    if (tombstone === undefined) return undefined;
    const { quoted, key, collection } = this.keyed(subject);
    const where = key.map((column, i) => `r.${ident(column.name)} = $${i + 1}::${castOf(column)}`).join(' AND ');
    return {
      sql: `SELECT 1 FROM ${quoted} AS r WHERE ${where}`,
      params: key.map(({ name }) => tombstone[name] ?? ''),
      where: collection.table,
    };
  }
}
