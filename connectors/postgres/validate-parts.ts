/** What the parts of the validation share: columns that are declared, chains of joins, ends at the subject. Pure. */
import type { Collection, DataMap, Hop } from './data-map.ts';
import type { Say } from './declarations.ts';

/** Checks a chain of hops; the collection it ends at, or `undefined` where it breaks off. */
export function hops(
  map: DataMap,
  start: Collection,
  via: readonly Hop[],
  say: Say,
  ...at: readonly (string | number)[]
): Collection | undefined {
  let here: Collection | undefined = start;
  via.forEach((hop, i) => {
    const to: Collection | undefined = map.collections[hop.to];
    if (hop.columns.length !== hop.toColumns.length)
      say('`columns` and `toColumns` must have the same number of columns.', ...at, i);
    if (here !== undefined)
      for (const [n, name] of hop.columns.entries()) declared(here, name, say, ...at, i, 'columns', n);
    if (to === undefined) say('No collection of this name is declared.', ...at, i, 'to');
    else for (const [n, name] of hop.toColumns.entries()) declared(to, name, say, ...at, i, 'toColumns', n);
    here = to;
  });
  return here;
}

export function declared(collection: Collection, column: string, say: Say, ...at: readonly (string | number)[]): void {
  if (collection.fields[column] === undefined)
    say(`This column is not declared in \`fields\` of ${collection.table}; correct it or declare it there.`, ...at);
}

export const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && new Set(a).size === a.length && a.every((one) => b.includes(one));

/** Whether columns of the subject collection prove one person: its key, or a `proof` identifier. */
export function endsAtSubject(subject: Collection, last: { readonly toColumns: readonly string[] }): boolean {
  if (sameSet(last.toColumns, subject.key)) return true;
  const [only] = last.toColumns;
  const proofs = (subject.identifiers ?? []).filter(({ match }) => match === 'proof').map(({ column }) => column);
  return last.toColumns.length === 1 && only !== undefined && proofs.includes(only);
}
