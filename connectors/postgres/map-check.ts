/**
 * Compares the data map with the live schema: what is not declared or not there, paths that lead nowhere, look-ups of one
 * person that would read a whole table. Catalogue look-ups only, in one transaction; reads no rows and changes nothing.
 * Says everything at once, each with its place and what to write. A database that cannot be asked ends with its error.
 */
import type { CallContext, MapFinding, MapReport } from '../contract.ts';
import { type Catalogue, isUnique, loadCatalogue, neededColumns, tableKinds } from './catalogue.ts';
import type { PostgresClient, Transaction } from './client.ts';
import type { DataMap } from './data-map.ts';
import { placeOf, undeclared } from './drift.ts';
import { type IndexNeed, indexNeeds } from './index-needs.ts';
import { createIndex, type Indexed, isServed, loadIndexes, smallTableRows } from './indexes.ts';
import { referring } from './map-check-erase.ts';
import { danglingPaths } from './paths.ts';
import { eventTypes, requiredTypes } from './required-types.ts';

const existingSql = `
  SELECT n.nspname || '.' || c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ${tableKinds} AND n.nspname || '.' || c.relname = ANY($1::text[])`;

const schemasSql = `
  SELECT n.nspname, pg_catalog.has_schema_privilege(n.oid, 'USAGE')::text
    FROM pg_catalog.pg_namespace n
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`;

/** See the contract. */
export function mapCheck(client: PostgresClient, map: DataMap, context: CallContext): Promise<MapReport> {
  return client.transaction(context, async (tx) => {
    const catalogue = await loadCatalogue(tx, map);
    const needs = indexNeeds(catalogue, map);
    const indexed = await loadIndexes(tx, [...catalogue.tables.keys()]);
    const findings = [
      ...missing(catalogue, map),
      ...eventTypes(catalogue, map).map(({ column, remedy }) => failing('system-schema-drift', column, remedy)),
      ...undeclaredFindings(catalogue, map),
      ...keys(catalogue, map),
      ...danglingPaths(catalogue, map).map((one) => failing('map-path-dangling', one.place, one.remedy)),
      ...needs.flatMap((need) => indexFinding(need, indexed.get(need.table))),
      ...(await declarations(tx, catalogue, map)),
      ...(await schemas(tx, map)),
      ...(await referring(tx, map)),
    ];
    return {
      ok: findings.every(({ note }) => note),
      findings,
      compared: {
        tables: catalogue.tables.size + catalogue.undeclared.length + Object.keys(map.noPersonalData ?? {}).length,
        columns: [...catalogue.tables.values()].reduce((sum, { columns }) => sum + columns.size, 0),
        lookups: needs.length,
      },
    };
  });
}

/** Tables and columns that the data map names and the database does not have, or not in a type that can be used. */
function missing(catalogue: Catalogue, map: DataMap): readonly MapFinding[] {
  return Object.entries(map.collections).flatMap(([name, collection]) => {
    const table = catalogue.tables.get(collection.table);
    if (table === undefined)
      return [
        failing('system-schema-drift', collection.table, `Correct \`table\` of \`${name}\`, or remove the collection.`),
      ];
    const named = new Set([...Object.keys(collection.fields), ...neededColumns(map, name)]);
    return [
      ...[...named]
        .filter((column) => !table.columns.has(column))
        .map((column) =>
          failing(
            'system-schema-drift',
            `${table.name}.${column}`,
            `Correct the column in \`${name}\`, or remove it from \`fields\` and wherever else \`${name}\` names it.`,
          ),
        ),
      ...requiredTypes(table, collection).map(({ column, remedy }) =>
        failing('system-schema-drift', `${table.name}.${column}`, remedy),
      ),
    ];
  });
}

function undeclaredFindings(catalogue: Catalogue, map: DataMap): readonly MapFinding[] {
  return undeclared(catalogue, map).map((one) =>
    failing(
      'system-schema-undeclared',
      placeOf(one),
      one.column === undefined
        ? 'Declare the table as a collection; or, where it holds no personal data, in `noPersonalData` at the top, with the reason.'
        : `Add \`${one.column}\` to \`fields\` of \`${one.collection}\` with its category; or, where it says nothing of any person, to its \`noPersonalData\`, with the reason.`,
    ),
  );
}

function keys(catalogue: Catalogue, map: DataMap): readonly MapFinding[] {
  return Object.entries(map.collections).flatMap(([name, { table: tableName, key }]) => {
    const table = catalogue.tables.get(tableName);
    if (table === undefined || key.some((column) => !table.columns.has(column))) return [];
    if (isUnique(table, key) && key.every((column) => table.columns.get(column)?.notNull === true)) return [];
    const place = `${table.name}.${key.join('+')}`;
    return [failing('system-key-unproved', place, `Name the primary key in \`key\` of \`${name}\`, or make one.`)];
  });
}

function indexFinding(need: IndexNeed, indexed: Indexed | undefined): readonly MapFinding[] {
  const columns = need.parts.map(({ column, form }) => (form === 'lower' ? `lower(${column})` : column));
  if (indexed === undefined || isServed(need, indexed)) return [];
  const place = `${need.table}.${columns.join('+')}`;
  if (indexed.kind === 'unseen')
    return [
      {
        code: 'map-index-missing',
        place,
        remedy: `\`${need.place}\` looks rows up by it, and indexes behind a view or a foreign table cannot be seen from here: look at the tables behind it.`,
        note: true,
      },
    ];
  const isSmall = indexed.rows !== undefined && indexed.rows < smallTableRows;
  const size = isSmall
    ? `; of ${indexed.rows} rows it can do without`
    : indexed.rows === undefined
      ? '; how many rows it has is unknown until ANALYZE'
      : '';
  const remedy = `\`${need.place}\` looks rows up by it${size}: ${createIndex(need, indexed)}`;
  return [{ code: 'map-index-missing', place, remedy, note: isSmall }];
}

/** Declarations of what holds no personal data, about what is not there. */
async function declarations(tx: Transaction, catalogue: Catalogue, map: DataMap): Promise<readonly MapFinding[]> {
  const declared = Object.keys(map.noPersonalData ?? {});
  const existing = new Set((await tx.query(existingSql, [declared], 'pg_catalog')).map(([name]) => name));
  const columns = Object.values(map.collections).flatMap(({ table, noPersonalData }) =>
    Object.keys(noPersonalData ?? {})
      .filter((column) => catalogue.tables.get(table)?.columns.has(column) === false)
      .map((column) => `${table}.${column}`),
  );
  return [...declared.filter((name) => !existing.has(name)), ...columns].map((place) => ({
    code: 'map-declaration-stale',
    place,
    remedy: 'Remove it from `noPersonalData`, or correct its name.',
    note: true,
  }));
}

/** Schemas that were named and are not there, and those that nobody named and the login may not use. */
async function schemas(tx: Transaction, map: DataMap): Promise<readonly MapFinding[]> {
  const rows = await tx.query(schemasSql, [], 'pg_catalog');
  const there = new Set(rows.map(([name]) => name ?? ''));
  const absent = (map.schemas ?? []).filter((name) => !there.has(name));
  const tables = Object.values(map.collections).map(({ table }) => table);
  const unseen = rows.filter(
    ([name, usable]) =>
      map.schemas === undefined && usable !== 'true' && !tables.some((table) => table.startsWith(`${name}.`)),
  );
  return [
    ...absent.map((name) => failing('system-schema-drift', name, 'Correct the name in `schemas`, or remove it.')),
    ...unseen.map(([name]) => ({
      code: 'map-schema-unseen' as const,
      place: name ?? '',
      remedy:
        'Name it in `schemas` of the data map if it may hold personal data, and every schema to be compared with it.',
      note: true,
    })),
  ];
}

const failing = (code: MapFinding['code'], place: string, remedy: string): MapFinding => ({
  code,
  place,
  remedy,
  note: false,
});
