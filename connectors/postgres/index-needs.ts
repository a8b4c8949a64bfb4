/**
 * Which look-ups the connector makes for one person, and what each needs of an index so that it never reads a whole table:
 * identifier columns (also by `lower()`), every hop of a path walked from the subject down to the record, and upwards where
 * a look-up starts at a record. Pure: made from the data map and the columns' types, in step with the conditions that
 * sql.ts and lookup.ts write. A hop over columns that do not exist needs nothing: that is a dangling path's matter.
 */
import type { Catalogue } from './catalogue.ts';
import type { Collection, DataMap, Hop } from './data-map.ts';
import { factColumns } from './erase-map.ts';
import { accountWaysOf, isDirect, waysOf } from './lookup.ts';
import { integers, texts } from './sql.ts';

/** The column itself, `lower(column)`, or the column as text. */
export type Form = 'column' | 'lower' | 'text';

/** An index must begin with one of these. */
export interface IndexNeed {
  /** Where in the data map the look-up is declared. */
  readonly place: string;
  readonly table: string;
  readonly parts: readonly { readonly column: string; readonly form: Form }[];
}

/** Types whose index serves a comparison as text. */
const plainTexts = new Set(['text', 'varchar', 'name']);

/** What an index on either side of a join must be on: `equal` in sql.ts casts a side where the types differ. */
export function joinForm(own: string, other: string): 'column' | 'text' {
  if (own === other || (integers.has(own) && integers.has(other)) || plainTexts.has(own)) return 'column';
  return 'text';
}

/** Every look-up, each once. */
export function indexNeeds(catalogue: Catalogue, map: DataMap): readonly IndexNeed[] {
  const base = (collection: Collection, column: string): string | undefined =>
    catalogue.tables.get(collection.table)?.columns.get(column)?.base;
  const side = (
    place: string,
    own: Collection,
    columns: readonly string[],
    other: Collection,
    others: readonly string[],
  ) => {
    const parts = columns.flatMap((column, i) => {
      const [a, b] = [base(own, column), base(other, others[i] ?? '')];
      return a === undefined || b === undefined ? [] : [{ column, form: joinForm(a, b) }];
    });
    return parts.length < columns.length ? [] : [{ place, table: own.table, parts }];
  };
  const walk = (start: Collection, hops: readonly Hop[], place: string, way: 'down' | 'up'): readonly IndexNeed[] => {
    let here: Collection | undefined = start;
    return hops.flatMap((hop, i) => {
      const [child, parent]: (Collection | undefined)[] = [here, map.collections[hop.to]];
      here = parent;
      if (child === undefined || parent === undefined) return [];
      const at = `${place}[${i}]`;
      return way === 'down'
        ? side(at, child, hop.columns, parent, hop.toColumns)
        : side(at, parent, hop.toColumns, child, hop.columns);
    });
  };
  const plain = (collection: Collection, columns: readonly string[], place: string): IndexNeed => ({
    place,
    table: collection.table,
    parts: columns.map((column) => ({ column, form: 'column' })),
  });

  const needs: IndexNeed[] = [];
  for (const [name, collection] of Object.entries(map.collections)) {
    if (name === map.subject || collection.direct !== undefined)
      needs.push(plain(collection, collection.key, `${name}.key`));
    collection.identifiers?.forEach((identifier, i) => {
      const place = `${name}.identifiers[${i}]`;
      needs.push(plain(collection, [identifier.column], place));
      if (identifier.caseInsensitive === true && texts.has(base(collection, identifier.column) ?? ''))
        needs.push({ place, table: collection.table, parts: [{ column: identifier.column, form: 'lower' }] });
      // A look-up that starts at the record's own column goes up to the account.
      const ways = isDirect(collection, identifier) ? accountWaysOf(collection) : waysOf(map, name, collection);
      for (const via of ways) needs.push(...walk(collection, via, viaPlace(name, collection, via), 'up'));
    });
    collection.reach?.forEach(({ via }, i) => {
      needs.push(...walk(collection, via, `${name}.reach[${i}].via`, 'down'));
    });
    needs.push(...walk(collection, collection.workspace ?? [], `${name}.workspace`, 'up'));
    // Who is only named is looked up too: such a row must let go of the person's own.
    collection.references?.forEach((reference, i) => {
      needs.push(...walk(collection, [{ ...reference, to: map.subject }], `${name}.references[${i}]`, 'down'));
    });
    for (const { place, told } of factColumns(name, collection))
      needs.push(...walk(collection, told.via ?? [], `${place}.via`, 'up'));
    collection.session?.places.forEach(({ column }, i) => {
      needs.push(plain(collection, [column], `${name}.session.places[${i}]`));
    });
  }
  const successors = map.customerKind?.successors;
  const members = successors === undefined ? undefined : map.collections[successors.collection];
  if (successors !== undefined && members !== undefined)
    needs.push(plain(members, [...successors.workspace, ...successors.person], 'customerKind.successors'));
  return [
    ...new Map(needs.reverse().map((need) => [JSON.stringify([need.table, need.parts]), need])).values(),
  ].reverse();
}

function viaPlace(name: string, { reach }: Collection, via: readonly Hop[]): string {
  const no = reach?.findIndex((path) => path.via === via) ?? 0;
  return `${name}.reach[${no}].via`;
}
