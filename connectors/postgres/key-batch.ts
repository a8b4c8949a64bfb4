/**
 * Naming many rows of one table in one statement by the values of their key: one bound array a key column, so that the
 * index of the key is used and nothing stands in the statement's text; and telling which rows the server says it changed.
 * Keys are personal data: they are bound, compared and forgotten here.
 */
import { HabeasError } from '../../src/errors.ts';
import type { RecordRef } from '../contract.ts';
import { type Catalogue, type Column, columnIn, splitName, tableOf } from './catalogue.ts';
import type { Collection } from './data-map.ts';
import { ident } from './sql.ts';

/** A table and its key, as statements name them. */
export interface Keyed {
  readonly name: string;
  readonly collection: Collection;
  /** `"schema"."table"` */
  readonly quoted: string;
  readonly key: readonly Column[];
}

export function keyed(catalogue: Catalogue, name: string, collection: Collection): Keyed {
  const table = tableOf(catalogue, collection);
  const { schema, table: relation } = splitName(table.name);
  return {
    name,
    collection,
    quoted: `${ident(schema)}.${ident(relation)}`,
    key: collection.key.map((column) => columnIn(table, column)),
  };
}

/** `character` alone would mean one character, `bit` one bit. */
export const castOf = ({ cast, base }: Column): string =>
  base === 'bpchar' && cast === 'character' ? 'bpchar' : base === 'bit' && cast === 'bit' ? 'varbit' : cast;

/** Types whose text needs no quotes in an array and no escapes in a list. */
const plain = new Set(['int2', 'int4', 'int8', 'uuid', 'oid']);

/** Values as PostgreSQL writes an array, in one pass: a driver's own takes as long as the deletion. */
export function arrayOf(values: readonly string[], { base }: Pick<Column, 'base'>): string {
  if (plain.has(base)) return `{${values.join(',')}}`;
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** The values of a record's key in the order of the data map. */
export function keyValues({ name, collection }: Keyed, key: RecordRef['key']): readonly string[] {
  if (key.length !== collection.key.length || key.some(([column], i) => column !== collection.key[i]))
    throw new HabeasError('stream-changed', { where: name });
  return key.map(([, value]) => value);
}

/** One string a key, to compare by. */
export function identity(key: RecordRef['key']): string {
  const [only] = key;
  return only !== undefined && key.length === 1 ? only[1] : JSON.stringify(key.map(([, value]) => value));
}

/**
 * The parameters `$1`, `$2`, … for the keys of these records: one array a key column. Makes nothing that lives on for each
 * record: what a chunk holds is what the collector has to carry.
 */
export function keyParams(to: Keyed, records: readonly { readonly key: RecordRef['key'] }[]): readonly string[] {
  return to.key.map((column, i) =>
    arrayOf(
      records.map(({ key }) => {
        const [name, value] = key[i] ?? [];
        if (name !== column.name || value === undefined || key.length !== to.key.length)
          throw new HabeasError('stream-changed', { where: to.name });
        return value;
      }),
      column,
    ),
  );
}

/** What to join beside `r` and the condition that picks the rows of the parameters from `$1` on. */
export function keyMatch({ key }: Pick<Keyed, 'key'>): { readonly join: string; readonly where: string } {
  const arrays = key.map((column, i) => `$${i + 1}::${castOf(column)}[]`);
  const [only] = key;
  if (only !== undefined && key.length === 1) return { join: '', where: `r.${ident(only.name)} = ANY(${arrays[0]})` };
  return {
    join: `unnest(${arrays.join(', ')}) AS k(${key.map((_, i) => `k${i}`).join(', ')})`,
    where: key.map((column, i) => `r.${ident(column.name)} = k.k${i}`).join(' AND '),
  };
}

/** `RETURNING` of a changing statement, and what to select of it: every key in one cell. */
export function keyReturned({ key }: Pick<Keyed, 'key'>): { readonly returning: string; readonly cell: string } {
  const returning = key.map((column, i) => `r.${ident(column.name)}::text AS k${i}`).join(', ');
  const [only] = key;
  if (only !== undefined && key.length === 1)
    return {
      returning,
      cell: plain.has(only.base) ? `pg_catalog.string_agg(k0, ',')` : 'pg_catalog.json_agg(k0)::text',
    };
  return {
    returning,
    cell: `pg_catalog.json_agg(pg_catalog.json_build_array(${key.map((_, i) => `k${i}`).join(', ')}))::text`,
  };
}

/**
 * Whether such a cell says exactly the keys of the parameters, in their order, which is the index's: then there is nothing
 * to compare one by one. Keys whose text must be escaped never do.
 */
export const saysAll = (cell: string | null, [keys]: readonly string[]): boolean =>
  cell !== null && keys !== undefined && cell.length === keys.length - 2 && keys.startsWith(cell, 1);

/** The identities in such a cell; null where no row was changed. */
export function returnedKeys({ key, name }: Pick<Keyed, 'key' | 'name'>, cell: string | null): readonly string[] {
  if (cell === null) return [];
  const [only] = key;
  if (only !== undefined && key.length === 1 && plain.has(only.base)) return cell.split(',');
  const list: unknown = JSON.parse(cell);
  if (!Array.isArray(list)) throw new HabeasError('internal', { where: name });
  return list.map((one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one)));
}
