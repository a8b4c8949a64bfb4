/**
 * Pieces of SQL made from the data map: names, literals, joins along a path, the cells of a match chain, a column as JSON.
 * COPY takes no bound parameters, so the few values that get into a statement (proved keys, cursors, mapped customer
 * kinds) go through pg's own quoting with a cast to the column's type; nothing else may. LIKE is never used.
 */
import pg from 'pg';
import { type Catalogue, type Column, columnIn, isUnique, splitName, type Table, tableOf } from './catalogue.ts';
import type { Collection, DataMap, Hop } from './data-map.ts';

export const ident = (name: string): string => pg.escapeIdentifier(name);
export const literal = (value: string): string => pg.escapeLiteral(value).trim();

/** A row source in a query: its alias and what the catalogue says of its table. */
export interface Source {
  readonly alias: string;
  readonly table: Table;
}

export function collectionOf(map: DataMap, name: string): Collection {
  const collection = map.collections[name];
  if (collection === undefined) throw new RangeError('the data map was not validated');
  return collection;
}

export function sourceOf(catalogue: Catalogue, map: DataMap, name: string, alias: string): Source {
  return { alias, table: tableOf(catalogue, collectionOf(map, name)) };
}

/** `"schema"."table" AS alias` */
export function from({ alias, table }: Source): string {
  const name = splitName(table.name);
  return `${ident(name.schema)}.${ident(name.table)} AS ${alias}`;
}

export const column = (source: Source, name: string): string =>
  `${source.alias}.${ident(columnIn(source.table, name).name)}`;
export const text = (source: Source, name: string): string => `${column(source, name)}::text`;

/** A point in time as an identifier's `from` and `to` have it: an instant where the type has one, else the day. */
export function instantOf(source: Source, name: string): string {
  const value = column(source, name);
  return columnIn(source.table, name).base === 'timestamptz'
    ? `pg_catalog.to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    : `pg_catalog.to_char(${value}, 'YYYY-MM-DD')`;
}

/** Types whose text has no character that JSON would escape. */
const plain = new Set(['int2', 'int4', 'int8', 'uuid', 'date', 'timestamp', 'timestamptz', 'bool', 'oid', 'numeric']);

/** A column as a JSON string (never null: keys only). */
export function jsonText(source: Source, name: string): string {
  return plain.has(columnIn(source.table, name).base)
    ? `'"' || ${text(source, name)} || '"'`
    : `pg_catalog.to_json(${text(source, name)})::text`;
}

/** Types whose output is their text, so that a cell of COPY needs no cast. */
const sameAsText = new Set(['int2', 'int4', 'int8', 'uuid', 'text', 'varchar']);

/** The cell that a chain carries for these columns: see `keyCell` in connectors/rematch.ts. */
export function chainCell(source: Source, names: readonly string[]): string {
  const [only] = names;
  if (only !== undefined && names.length === 1)
    return sameAsText.has(columnIn(source.table, only).base) ? column(source, only) : text(source, only);
  return `'[' || ${names.map((name) => jsonText(source, name)).join(` || ',' || `)} || ']'`;
}

export const texts = new Set(['text', 'varchar', 'bpchar', 'citext', 'name']);
export const integers = new Set(['int2', 'int4', 'int8']);

/** `child = parent` for one pair of columns, whatever their types. The parent's side is cast: the child's index is used. */
export function equal(child: Source, childName: string, parent: Source, parentName: string): string {
  const a = columnIn(child.table, childName);
  const b = columnIn(parent.table, parentName);
  const same =
    a.base === b.base || (integers.has(a.base) && integers.has(b.base)) || (texts.has(a.base) && texts.has(b.base));
  if (same) return `${column(child, childName)} = ${column(parent, parentName)}`;
  if (texts.has(a.base)) return `${column(child, childName)} = ${text(parent, parentName)}`;
  return `${text(child, childName)} = ${text(parent, parentName)}`;
}

/** The joins of a path from a source to the subject, with the compared values of every hop. */
export interface Walk {
  /** Sources joined to, in order; the last is the end of the path. */
  readonly sources: readonly Source[];
  /** The join condition of each of them. */
  readonly conditions: readonly string[];
  /** Child, parent, child, parent, …: cells as text. */
  readonly chain: readonly string[];
  /** Every hop ends at a unique key, so that a row reaches at most one row along the path. */
  readonly single: boolean;
}

/** Follows `hops` from `start`. Aliases are `prefix` and the hop's number. */
export function walk(catalogue: Catalogue, map: DataMap, start: Source, hops: readonly Hop[], prefix: string): Walk {
  const sources: Source[] = [];
  const conditions: string[] = [];
  const chain: string[] = [];
  let single = true;
  let child = start;
  hops.forEach((hop, i) => {
    const parent = sourceOf(catalogue, map, hop.to, `${prefix}${i + 1}`);
    conditions.push(hop.columns.map((name, n) => equal(child, name, parent, hop.toColumns[n] ?? '')).join(' AND '));
    chain.push(chainCell(child, hop.columns), chainCell(parent, hop.toColumns));
    single &&= isUnique(parent.table, hop.toColumns);
    sources.push(parent);
    child = parent;
  });
  return { sources, conditions, chain, single };
}

/**
 * A walk to the subject, or to a row of the collection `end`. Where it ends at another unique column than the key, the chain goes
 * on to the row's key.
 */
export function walkToSubject(
  catalogue: Catalogue,
  map: DataMap,
  start: Source,
  hops: readonly Hop[],
  prefix: string,
  end = map.subject,
): Walk & { readonly subject: Source } {
  const path = walk(catalogue, map, start, hops, prefix);
  const subject = path.sources.at(-1) ?? start;
  const { key } = collectionOf(map, end);
  const lastColumns = hops.at(-1)?.toColumns;
  if (lastColumns === undefined) return { ...path, chain: [chainCell(subject, key)], subject };
  if (lastColumns.length === key.length && lastColumns.every((name, i) => name === key[i])) return { ...path, subject };
  const cell = chainCell(subject, key);
  return { ...path, chain: [...path.chain, cell, cell], subject };
}

/** The row reaches no row of the subject's collection along this path. */
export function leadsNowhere(
  catalogue: Catalogue,
  map: DataMap,
  record: Source,
  hops: readonly Hop[],
  prefix: string,
): string {
  const { sources, conditions } = walk(catalogue, map, record, hops, prefix);
  return `NOT EXISTS (SELECT 1 FROM ${sources.map(from).join(', ')} WHERE ${conditions.join(' AND ')})`;
}

/** `columns IN (values)` with every value cast to its column's type. */
export function keyIn(source: Source, names: readonly string[], keys: readonly (readonly string[])[]): string {
  const casts = names.map((name) => columnIn(source.table, name).cast);
  const tuples = keys.map((values) => values.map((value, i) => `${literal(value)}::${casts[i]}`));
  if (tuples.length === 0) return 'false';
  const [only] = names;
  if (only !== undefined && names.length === 1) {
    const list = tuples.map(([value]) => value);
    return list.length === 1
      ? `${column(source, only)} = ${list[0]}`
      : `${column(source, only)} IN (${list.join(', ')})`;
  }
  const row = names.map((name) => column(source, name)).join(', ');
  return `(${tuples.map((values) => `(${row}) = (${values.join(', ')})`).join(' OR ')})`;
}

/** Rows after the cursor in the order of the key. */
export function after(source: Source, names: readonly string[], values: readonly string[]): string {
  const casts = names.map((name) => columnIn(source.table, name).cast);
  const row = names.map((name) => column(source, name)).join(', ');
  const cursor = values.map((value, i) => `${literal(value)}::${casts[i]}`).join(', ');
  return names.length === 1 ? `${row} > ${cursor}` : `(${row}) > (${cursor})`;
}

/** Whole numbers and decimals that a reader's floating point would round; money depends on the server's locale. */
const exactNumbers = new Set(['int8', 'numeric', 'money', 'xid8']);

/** A column in the form it takes in a record: numbers that could be rounded as text, bytes in base 64. */
export function exported(source: Source, name: string): string {
  const { base }: Column = columnIn(source.table, name);
  const value = column(source, name);
  if (exactNumbers.has(base)) return `${value}::text`;
  if (base.startsWith('_') && exactNumbers.has(base.slice(1))) return `${value}::text[]`;
  // encode() breaks lines after 76 characters, as MIME does.
  if (base === 'bytea') return base64(value);
  if (base === '_bytea')
    return (
      `CASE WHEN ${value} IS NOT NULL THEN ARRAY(SELECT ${base64('e.v')} ` +
      `FROM pg_catalog.unnest(${value}) WITH ORDINALITY AS e(v, n) ORDER BY e.n) END`
    );
  return value;
}

const base64 = (value: string): string => `pg_catalog.translate(pg_catalog.encode(${value}, 'base64'), E'\\n', '')`;

/**
 * `{"name":value,…}` of these expressions: what to join beside the row and the expression to select. A lateral join is
 * taken apart by the planner; the same as a sub-select in the list of columns costs a third more per row.
 */
export function jsonObject(fields: readonly (readonly [name: string, expression: string])[]): {
  join: string;
  json: string;
} {
  if (fields.length === 0) return { join: '', json: `'{}'::json` };
  const list = fields.map(([name, expression]) => `${expression} AS ${ident(name)}`).join(', ');
  return { join: `CROSS JOIN LATERAL (SELECT ${list}) AS o`, json: 'pg_catalog.row_to_json(o)' };
}
