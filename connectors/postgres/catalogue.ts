/**
 * What the live database says of the tables in the data map: columns with their types, what the role may select, unique
 * keys; and which tables beside them the data map does not declare. Read in the same transaction as the data, so that
 * both show one instant. Knows no values of rows. A table or column that is missing is `system-schema-drift`, one that is
 * not declared `system-schema-undeclared` (drift.ts), naming schema.table.column.
 */
import { HabeasError } from '../../src/errors.ts';
import type { Transaction } from './client.ts';
import type { Collection, DataMap } from './data-map.ts';
import { requireDeclared } from './drift.ts';
import { factColumns } from './erase-map.ts';

export interface Column {
  readonly name: string;
  /** As written in a cast: `bigint`, `text`, `"my schema".colour`. */
  readonly cast: string;
  /** Name of the type under all domains: `int8`, `text`, `_int8`. */
  readonly base: string;
  readonly notNull: boolean;
  readonly selectable: boolean;
}

export interface Table {
  /** `schema.table`, as in the data map. */
  readonly name: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** Column sets of valid, total unique indexes. */
  readonly uniques: readonly ReadonlySet<string>[];
  readonly writable: boolean;
  /** Row-level security applies to this role. */
  readonly rowsHidden: boolean;
}

export interface Catalogue {
  /** Tables of the data map's collections that exist, by `schema.table`. */
  readonly tables: ReadonlyMap<string, Table>;
  /** Tables of the compared schemas that the data map does not declare, in the order of their names. */
  readonly undeclared: readonly string[];
}

/** The kinds that hold rows: tables, partitioned ones, views, materialized views, foreign tables. */
export const tableKinds = `('r', 'p', 'v', 'm', 'f')`;

// The first half describes the collections' tables, the second names what is not declared; partitions are their parent's.
const tablesSql = `
  SELECT w.name, c.oid::text,
         (pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
          OR pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE'))::text,
         COALESCE(pg_catalog.row_security_active(c.oid), false)::text
    FROM unnest($1::text[], $2::text[], $3::text[]) AS w(name, nsp, rel)
    JOIN pg_catalog.pg_namespace n ON n.nspname = w.nsp
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.rel AND c.relkind IN ${tableKinds}
   UNION ALL
  SELECT u.name, NULL, NULL, NULL
    FROM (SELECT n.nspname || '.' || c.relname AS name
            FROM pg_catalog.pg_namespace n
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ${tableKinds} AND NOT c.relispartition
           WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
             AND (n.nspname = ANY($2::text[]) OR CASE WHEN $4::text[] IS NULL
                  THEN pg_catalog.has_schema_privilege(n.oid, 'USAGE') ELSE n.nspname = ANY($4::text[]) END)) AS u
   WHERE u.name <> ALL($1::text[]) AND u.name <> ALL($5::text[])
   ORDER BY 2, 1`;

const columnsSql = `
  WITH RECURSIVE base(oid, target) AS (
    SELECT t.oid, t.oid FROM pg_catalog.pg_type t WHERE t.typtype <> 'd'
    UNION ALL
    SELECT t.oid, b.target FROM pg_catalog.pg_type t JOIN base b ON t.typbasetype = b.oid WHERE t.typtype = 'd')
  SELECT a.attrelid::text, a.attname, pg_catalog.format_type(a.atttypid, NULL), t.typname, a.attnotnull::text,
         pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')::text
    FROM pg_catalog.pg_attribute a JOIN base ON base.oid = a.atttypid JOIN pg_catalog.pg_type t ON t.oid = base.target
   WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY a.attrelid, a.attnum`;

const uniquesSql = `
  SELECT i.indrelid::text, i.indexrelid::text, a.attname
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey[0:i.indnkeyatts - 1])
   WHERE i.indrelid = ANY($1::oid[]) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL`;

/** Looks the data map's tables up, and what stands beside them. Missing ones are simply not in the answer. */
export async function loadCatalogue(tx: Transaction, map: DataMap): Promise<Catalogue> {
  const names = [...new Set(Object.values(map.collections).map(({ table }) => table))];
  const split = names.map(splitName);
  const rows = await tx.query(
    tablesSql,
    [
      names,
      split.map(({ schema }) => schema),
      split.map(({ table }) => table),
      map.schemas ?? null,
      Object.keys(map.noPersonalData ?? {}),
    ],
    'pg_catalog',
  );
  const found = rows.filter(([, oid]) => oid !== null);
  const oids = found.map(([, oid]) => oid ?? '');
  const columns = await tx.query(columnsSql, [oids], 'pg_catalog');
  const uniques = await tx.query(uniquesSql, [oids], 'pg_catalog');
  const tables = new Map(
    found.map(([name, oid, writable, hidden]) => {
      const table = name ?? '';
      return [
        table,
        {
          name: table,
          columns: new Map(columns.filter((row) => row[0] === oid).map((row) => [row[1] ?? '', columnOf(row)])),
          uniques: setsOf(uniques.filter((row) => row[0] === oid)),
          writable: writable === 'true',
          rowsHidden: hidden === 'true',
        },
      ];
    }),
  );
  return { tables, undeclared: rows.flatMap(([name, oid]) => (oid === null ? [name ?? ''] : [])) };
}

function columnOf([, name, cast, base, notNull, selectable]: readonly (string | null)[]): Column {
  return {
    name: name ?? '',
    cast: cast ?? '',
    base: base ?? '',
    notNull: notNull === 'true',
    selectable: selectable === 'true',
  };
}

function setsOf(rows: readonly (readonly (string | null)[])[]): readonly ReadonlySet<string>[] {
  const sets = new Map<string, Set<string>>();
  for (const [, index, column] of rows) {
    const key = index ?? '';
    sets.set(key, (sets.get(key) ?? new Set()).add(column ?? ''));
  }
  return [...sets.values()];
}

export function splitName(name: string): { schema: string; table: string } {
  const dot = name.indexOf('.');
  return { schema: name.slice(0, dot), table: name.slice(dot + 1) };
}

/** The table, or `system-schema-drift`. */
export function tableOf(catalogue: Catalogue, collection: Collection): Table {
  const table = catalogue.tables.get(collection.table);
  if (table === undefined) throw new HabeasError('system-schema-drift', { where: collection.table });
  return table;
}

/** The column, or `system-schema-drift` with its full name. */
export function columnIn(table: Table, name: string): Column {
  const column = table.columns.get(name);
  if (column === undefined) throw new HabeasError('system-schema-drift', { where: `${table.name}.${name}` });
  return column;
}

/** Whether at most one row has given values in these columns. */
export function isUnique(table: Table, columns: readonly string[]): boolean {
  return table.uniques.some((unique) => [...unique].every((column) => columns.includes(column)));
}

/** Columns of a collection that the connector must be able to select. */
export function neededColumns(map: DataMap, collectionName: string): ReadonlySet<string> {
  const collection = map.collections[collectionName];
  if (collection === undefined) return new Set();
  const needed = new Set(collection.key);
  for (const [name, field] of Object.entries(collection.fields)) if (field.export !== false) needed.add(name);
  for (const { column, from, to } of collection.identifiers ?? [])
    for (const name of [column, from, to]) if (name !== undefined) needed.add(name);
  if (collection.createdAt !== undefined) needed.add(collection.createdAt);
  if (collection.sharedMailbox !== undefined) needed.add(collection.sharedMailbox.column);
  if (map.customerKind?.collection === collectionName)
    for (const name of [map.customerKind.column, map.customerKind.closedAt, ...map.customerKind.owner.columns])
      if (name !== undefined) needed.add(name);
  const { successors } = map.customerKind ?? {};
  if (successors?.collection === collectionName)
    for (const name of [...successors.workspace, ...successors.person, successors.leftAt])
      if (name !== undefined) needed.add(name);
  for (const [name, other] of Object.entries(map.collections)) {
    const told = factColumns(name, other).map((one) => one.told);
    for (const one of told) if ((one.via?.at(-1)?.to ?? name) === collectionName) needed.add(one.column);
    const chains = [
      ...(other.reach ?? []).map(({ via }) => via),
      other.workspace ?? [],
      ...(other.references ?? []).map((one) => [{ ...one, to: map.subject }]),
      ...told.map((one) => one.via ?? []),
    ];
    for (const hops of chains)
      hops.forEach((hop, i) => {
        const from = i === 0 ? name : hops[i - 1]?.to;
        if (from === collectionName) for (const column of hop.columns) needed.add(column);
        if (hop.to === collectionName) for (const column of hop.toColumns) needed.add(column);
      });
  }
  return needed;
}

/** Throws for the first table or column that is missing, hidden, not selectable or not declared. Names the place exactly. */
export function requireReadable(catalogue: Catalogue, map: DataMap): void {
  for (const [name, collection] of Object.entries(map.collections)) {
    const table = tableOf(catalogue, collection);
    for (const column of neededColumns(map, name))
      if (!columnIn(table, column).selectable)
        throw new HabeasError('system-permission', { where: `${table.name}.${column}` });
    if (table.rowsHidden) throw new HabeasError('system-rows-hidden', { where: table.name });
  }
  requireDeclared(catalogue, map);
}
