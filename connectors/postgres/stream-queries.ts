/**
 * The query of each stream: its records in the order of the key, page by page, with the cells of the match chain and the
 * finished line. The only personal data in a statement are the proved keys and the cursor; every way to the subject ends
 * at those keys, and a record that leads to none of them cannot come.
 */
import type { CustomerKind, Grant, SubjectKey } from '../contract.ts';
import type { Catalogue } from './catalogue.ts';
import type { DataMap } from './data-map.ts';
import { type FactsSql, factsSql } from './facts.ts';
import { accountWaysOf } from './lookup.ts';
import {
  after,
  chainCell,
  collectionOf,
  exported,
  from,
  ident,
  jsonObject,
  jsonText,
  keyIn,
  leadsNowhere,
  literal,
  type Source,
  sourceOf,
  text,
  walk,
  walkToSubject,
} from './sql.ts';
import type { Stream } from './streams.ts';

/** How a line begins, and what stands between its key and its content. */
const keyPart = '{"key":[';
const recordPart = ',"record":';
const factsPart = ',"facts":';

export interface Page {
  readonly select: string;
  /**
   * Cells of each row: the owner where `owned`, the chain, the line up to its content, the content. The line lacks its last
   * brace, which costs less to write in here than to concatenate in the database.
   */
  readonly cells: number;
  /** Where the cursor stands in the cell before the content. */
  readonly cursorFrom: number;
  readonly cursorBeforeEnd: number;
  readonly owned: boolean;
  /** The column behind the cell after the owner that says whether the supply's value is mapped (`t`); none: no such cell. */
  readonly supplyIn: string | undefined;
}

/** Builds the queries of streams for one set of proved keys under one catalogue. */
export class StreamQueries {
  readonly #map: DataMap;
  readonly #catalogue: Catalogue;
  readonly #proved: readonly SubjectKey[];
  /** Keys of the subject's own collection. */
  readonly #keys: readonly (readonly string[])[];
  readonly #subjectKey: readonly string[];

  constructor(map: DataMap, catalogue: Catalogue, keys: readonly SubjectKey[]) {
    this.#map = map;
    this.#catalogue = catalogue;
    this.#proved = keys;
    this.#keys = this.#keysIn(map.subject);
    this.#subjectKey = collectionOf(map, map.subject).key;
  }

  /**
   * One page: cells of the owner (where the subject owns the workspace), whether the supply is mapped (where the facts
   * have one), the chain, and the line in two, in the order of the key.
   */
  page(stream: Stream, grant: Grant, cursor: readonly string[] | undefined, limit: number): Page {
    const record = this.#record(stream);
    const { collection } = stream;
    const { joins, where, chain, workspace } = this.#streamed(stream, record);
    const cells: string[] = [];
    if (stream.split?.owned === true && workspace !== undefined)
      cells.push(chainCell(workspace.row, this.#ownerColumns()));
    if (cursor !== undefined) where.push(after(record, collection.key, cursor));
    const facts = grant.want === 'facts';
    const object: FactsSql = facts
      ? factsSql(this.#map, this.#catalogue, collection, record, workspace?.row)
      : jsonObject(fieldsOf(record, grant));
    if (object.supply !== undefined) cells.push(object.supply.isMapped);
    const between = facts ? factsPart : recordPart;
    const open = (i: number, name: string): string => `${i === 0 ? keyPart : ','}[${JSON.stringify(name)},`;
    const key = collection.key
      .map((name, i) => `${literal(i === 0 ? open(i, name) : `]${open(i, name)}`)} || ${jsonText(record, name)}`)
      .join(' || ');
    cells.push(...chain, `${key} || ${literal(`]]${between}`)}`, object.json);
    const order = collection.key.map((name) => `${record.alias}.${ident(name)}`).join(', ');
    return {
      select:
        `SELECT ${cells.join(', ')} FROM ${from(record)} ${[...joins, object.join].join(' ')} ` +
        `WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT ${limit}`,
      cells: cells.length,
      cursorFrom: keyPart.length - 1,
      cursorBeforeEnd: between.length,
      owned: stream.split?.owned === true,
      supplyIn: object.supply?.column,
    };
  }

  /** Which kinds of customer the records of this stream's path belong to: kind's value, workspace exists, owned. */
  kindsPresent(stream: Stream): string {
    const record = this.#record(stream);
    const reached = this.#reached(stream, record);
    const workspace = this.#workspace(stream, record);
    const kind = this.#map.customerKind?.column ?? '';
    return (
      `SELECT DISTINCT ${text(workspace.row, kind)}, (${this.#exists(workspace.row)})::text, ` +
      `(${this.#isOwned(workspace.row)})::text ` +
      `FROM ${from(record)} ${[...reached.joins, ...workspace.joins].join(' ')} WHERE ${reached.where.join(' AND ')}`
    );
  }

  #record(stream: Stream): Source {
    return sourceOf(this.#catalogue, this.#map, stream.description.collection, 'r');
  }

  /** The row is one of those that were proved in its collection. */
  #isProved(row: Source, collection: string): string {
    return keyIn(row, collectionOf(this.#map, collection).key, this.#keysIn(collection));
  }

  #keysIn(collection: string): readonly (readonly string[])[] {
    return this.#proved.filter((key) => key.collection === collection).map(({ key }) => key.map(([, value]) => value));
  }

  /** How many of some rows are there, and how many of these the stream has: two counts. `keys`: picks rows of `r`. */
  reachedOf(stream: Stream, keys: { readonly join: string; readonly where: string }): string {
    const record = this.#record(stream);
    const { joins, where } = this.#streamed(stream, record);
    const count = (conditions: readonly string[], more: readonly string[]): string =>
      `(SELECT pg_catalog.count(*)::text FROM ${from(record)} ${more.join(' ')}` +
      `${keys.join === '' ? '' : ` CROSS JOIN ${keys.join}`} WHERE ${[keys.where, ...conditions].join(' AND ')})`;
    return `SELECT ${count([], [])}, ${count(where, joins)}`;
  }

  /** Rows reached by the stream's path whose workspace is of its kind, or that have none. */
  #streamed(stream: Stream, record: Source) {
    const { joins, where, chain } = this.#reached(stream, record);
    const workspace = stream.split === undefined ? undefined : this.#workspace(stream, record);
    if (stream.split === undefined || workspace === undefined) return { joins, where: [...where], chain, workspace };
    const conditions = [...where, this.#isKind(workspace.row, stream.split.kind)];
    if (stream.split.kind !== undefined)
      conditions.push(`${stream.split.owned ? '' : 'NOT '}${this.#isOwned(workspace.row)}`);
    return { joins: [...joins, ...workspace.joins], where: conditions, chain, workspace };
  }

  /** Rows reached by the stream's own path and by no earlier one. */
  #reached(stream: Stream, record: Source): { joins: string[]; where: string[]; chain: readonly string[] } {
    const earlier = stream.earlier.flatMap((hops, i) => {
      if (hops === 'direct') {
        const none = this.#keysIn(stream.description.collection).length === 0;
        return none ? [] : [`NOT (${this.#direct(stream, record).join(' AND ')})`];
      }
      const end = hops.at(-1)?.to ?? stream.description.collection;
      if (hops.length === 0) return [`NOT (${this.#isProved(record, end)})`];
      const other = walkToSubject(this.#catalogue, this.#map, record, hops, `e${i}_`, end);
      const tables = other.sources.map(from).join(', ');
      const conditions = [...other.conditions, this.#isProved(other.subject, end)];
      return [`NOT EXISTS (SELECT 1 FROM ${tables} WHERE ${conditions.join(' AND ')})`];
    });
    if (stream.way === 'direct')
      return {
        joins: [],
        where: [...this.#direct(stream, record), ...earlier],
        chain: [chainCell(record, stream.collection.key)],
      };
    const end = stream.description.provedIn;
    const path = walkToSubject(this.#catalogue, this.#map, record, stream.way, 'h', end);
    const proved = this.#isProved(path.subject, end);
    if (path.single)
      return {
        joins: path.sources.map((source, i) => `JOIN ${from(source)} ON ${path.conditions[i]}`),
        where: [proved, ...earlier],
        chain: path.chain,
      };
    // A row may reach the subject in several ways along this path (a membership table): it counts once, with the chain
    // of one of them. The semi-join lets the planner start at the subject, the lateral join picks the chain.
    const tables = path.sources.map(from).join(', ');
    const all = [...path.conditions, proved].join(' AND ');
    const names = path.chain.map((_, i) => `c${i}`);
    return {
      joins: [
        `CROSS JOIN LATERAL (SELECT ${path.chain.map((cell, i) => `${cell} AS ${names[i]}`).join(', ')} ` +
          `FROM ${tables} WHERE ${all} LIMIT 1) AS m`,
      ],
      where: [`EXISTS (SELECT 1 FROM ${tables} WHERE ${all})`, ...earlier],
      chain: names.map((name) => `m.${name}`),
    };
  }

  /** Rows that are proved themselves. One that an account has claimed since is the account holder's. */
  #direct({ collection, description }: Stream, record: Source): readonly string[] {
    const proved = keyIn(record, collection.key, this.#keysIn(description.collection));
    const nowhere = accountWaysOf(collection).map((hops, i) =>
      leadsNowhere(this.#catalogue, this.#map, record, hops, `a${i}_`),
    );
    return [proved, ...nowhere];
  }

  /** The record's workspace, if it has one. */
  #workspace(stream: Stream, record: Source): { joins: string[]; row: Source } {
    const hops = stream.collection.workspace ?? [];
    const path = walk(this.#catalogue, this.#map, record, hops, 'w');
    return {
      joins: path.sources.map((source, i) => `LEFT JOIN ${from(source)} ON ${path.conditions[i]}`),
      row: path.sources.at(-1) ?? record,
    };
  }

  /** The workspace's columns that name its owner, in the order of the subject's key. */
  #ownerColumns(): readonly string[] {
    const { columns, toColumns } = this.#map.customerKind?.owner ?? { columns: [], toColumns: [] };
    return this.#subjectKey.map((name) => columns[toColumns.indexOf(name)] ?? '');
  }

  /** The workspace's owner is the subject; false, never null, where there is no owner. */
  #isOwned(workspace: Source): string {
    return `((${keyIn(workspace, this.#ownerColumns(), this.#keys)}) IS TRUE)`;
  }

  #isKind(workspace: Source, kind: CustomerKind | undefined): string {
    if (kind === undefined) return `NOT (${this.#exists(workspace)})`;
    const values = Object.entries(this.#map.customerKind?.values ?? {})
      .filter(([, mapped]) => mapped === kind)
      .map(([value]) => literal(value));
    return `${text(workspace, this.#map.customerKind?.column ?? '')} IN (${values.join(', ')})`;
  }

  /** Whether the left join found the workspace: its key is never null. */
  #exists(workspace: Source): string {
    const key = collectionOf(this.#map, this.#map.customerKind?.collection ?? '').key[0] ?? '';
    return `${workspace.alias}.${ident(key)} IS NOT NULL`;
  }
}

type Fields = readonly (readonly [name: string, expression: string])[];

function fieldsOf(record: Source, grant: Grant): Fields {
  return grant.fields.map((name) => [name, exported(record, name)] as const);
}
