/**
 * What the live schema has and the data map does not declare: columns of mapped tables, and tables beside them. What is
 * not declared would be left out of every answer silently, so that nothing is located or read before a person has said
 * what it is. Pure: compares the catalogue, which is loaded anyway, with the map. Refuses with `system-schema-undeclared`.
 */
import { HabeasError } from '../../src/errors.ts';
import type { Catalogue } from './catalogue.ts';
import type { Collection, DataMap } from './data-map.ts';

export interface Undeclared {
  /** `schema.table`, and the column where only that is not declared. */
  readonly table: string;
  readonly column?: string;
  /** The collection that the column belongs to. */
  readonly collection?: string;
}

/** Whether the data map says what the column is, or that it is nobody's. */
export function isDeclared(collection: Collection, column: string): boolean {
  return Object.hasOwn(collection.fields, column) || Object.hasOwn(collection.noPersonalData ?? {}, column);
}

/** Every place, columns first. */
export function undeclared(catalogue: Catalogue, map: DataMap): readonly Undeclared[] {
  const columns = Object.entries(map.collections).flatMap(([name, collection]) => {
    const table = catalogue.tables.get(collection.table);
    return [...(table?.columns.keys() ?? [])]
      .filter((column) => !isDeclared(collection, column))
      .map((column) => ({ table: collection.table, column, collection: name }));
  });
  return [...columns, ...catalogue.undeclared.map((table) => ({ table }))];
}

/** `schema.table.column`, or `schema.table`. */
export const placeOf = ({ table, column }: Undeclared): string => (column === undefined ? table : `${table}.${column}`);

/** Throws for the first of them. */
export function requireDeclared(catalogue: Catalogue, map: DataMap): void {
  const [first] = undeclared(catalogue, map);
  if (first !== undefined) throw new HabeasError('system-schema-undeclared', { where: placeOf(first) });
}
