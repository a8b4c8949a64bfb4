/**
 * Whether every path of the data map leads from a record to one person in the live schema: the joined columns exist, their
 * types can be compared, and the end is a unique key of the subject's table, else one record would be several people's.
 * Pure: compares the data map with the catalogue. What the file alone can tell is validate.ts'.
 */
import { type Catalogue, isUnique, type Table } from './catalogue.ts';
import type { DataMap, Hop } from './data-map.ts';
import { factColumns } from './erase-map.ts';
import { integers, texts } from './sql.ts';

export interface Dangling {
  /** `collection.reach[n].via[m]`, `collection.workspace[n]`, `collection.references[n]`, `customerKind.owner`, … */
  readonly place: string;
  readonly remedy: string;
}

/** Every hop that dangles. A table that is missing is not told again here. */
export function danglingPaths(catalogue: Catalogue, map: DataMap): readonly Dangling[] {
  const tableOf = (name: string): Table | undefined => catalogue.tables.get(map.collections[name]?.table ?? '');
  const walk = (name: string, hops: readonly Hop[], place: string): readonly Dangling[] =>
    hops.flatMap((hop, i) =>
      join(tableOf(hops[i - 1]?.to ?? name), hop.columns, tableOf(hop.to), hop.toColumns, `${place}[${i}]`),
    );
  const found: Dangling[] = [];
  for (const [name, collection] of Object.entries(map.collections)) {
    collection.reach?.forEach(({ via }, i) => {
      const place = `${name}.reach[${i}].via`;
      const dangling = walk(name, via, place);
      found.push(...dangling);
      const [end, last] = [tableOf(map.subject), via.at(-1)];
      if (dangling.length > 0 || end === undefined || last === undefined || isUnique(end, last.toColumns)) return;
      found.push({
        place: `${place}[${via.length - 1}]`,
        remedy: `Several rows of ${end.name} may share ${last.toColumns.join(', ')}, and a record would be all of theirs: end the path at a primary key, or make a unique index over exactly these columns.`,
      });
    });
    found.push(...walk(name, collection.workspace ?? [], `${name}.workspace`));
    collection.references?.forEach((reference, i) => {
      const place = `${name}.references[${i}]`;
      found.push(...join(tableOf(name), reference.columns, tableOf(map.subject), reference.toColumns, place));
    });
    for (const { place, told } of factColumns(name, collection))
      found.push(...walk(name, told.via ?? [], `${place}.via`));
  }
  const owner = map.customerKind?.owner;
  if (map.customerKind !== undefined && owner !== undefined)
    found.push(
      ...join(
        tableOf(map.customerKind.collection),
        owner.columns,
        tableOf(map.subject),
        owner.toColumns,
        'customerKind.owner',
      ),
    );
  return found;
}

function join(
  child: Table | undefined,
  columns: readonly string[],
  parent: Table | undefined,
  toColumns: readonly string[],
  place: string,
): readonly Dangling[] {
  if (child === undefined || parent === undefined) return [];
  const missing = [
    ...columns.filter((name) => !child.columns.has(name)).map((name) => `${child.name}.${name}`),
    ...toColumns.filter((name) => !parent.columns.has(name)).map((name) => `${parent.name}.${name}`),
  ];
  if (missing.length > 0)
    return [{ place, remedy: `Join over columns that exist: there is no ${missing.join(' and no ')}.` }];
  return columns.flatMap((name, i) => {
    const [a, b] = [child.columns.get(name), parent.columns.get(toColumns[i] ?? '')];
    if (a === undefined || b === undefined || isComparable(a.base, b.base)) return [];
    const pair = `${child.name}.${a.name} (${a.cast}) and ${parent.name}.${b.name} (${b.cast})`;
    return [{ place, remedy: `Join over columns of one type: ${pair} are never equal.` }];
  });
}

const numbers = new Set([...integers, 'numeric']);

/** Types whose values can be the same, also where the comparison has to be made as text. */
function isComparable(a: string, b: string): boolean {
  return a === b || texts.has(a) || texts.has(b) || (numbers.has(a) && numbers.has(b));
}
