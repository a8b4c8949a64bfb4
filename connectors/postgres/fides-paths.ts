/**
 * The ways from a fideslang collection to the subject, by its references: per reference with which a way may begin, the
 * shortest. A reference is followed only in the direction in which it says that rows are found. Pure.
 */
import type { FidesCollection, FidesDataset } from './fides-dataset.ts';

export interface FidesHop {
  readonly column: string;
  readonly to: string;
  readonly toColumn: string;
  /** The row joined to names this one, so that several may: this row can be several people's. */
  readonly isShared: boolean;
}

/** No database of ours is deeper, and a longer way leads to somebody else. */
const mostHops = 8;

/** Ways from each collection, by its name; none for the subject. */
export function fidesPaths(
  dataset: FidesDataset,
  subject: FidesCollection,
): ReadonlyMap<string, readonly (readonly FidesHop[])[]> {
  const hops = new Map<string, FidesHop[]>(dataset.collections.map(({ name }) => [name, []]));
  const columns = new Map(
    dataset.collections.map(({ name, fields }) => [name, new Set(fields.map((one) => one.name))]),
  );
  const add = (from: string, hop: FidesHop) => {
    const exists = columns.get(from)?.has(hop.column) === true && columns.get(hop.to)?.has(hop.toColumn) === true;
    if (from !== hop.to && exists) hops.get(from)?.push(hop);
  };
  for (const { name, fields } of dataset.collections)
    for (const field of fields)
      for (const { collection, field: column, direction } of field.references) {
        if (direction !== 'to') add(name, { column: field.name, to: collection, toColumn: column, isShared: false });
        if (direction !== 'from') add(collection, { column, to: name, toColumn: field.name, isShared: true });
      }
  const keys = subject.fields.filter(({ isKey }) => isKey).map(({ name }) => name);
  const ends = new Set([
    ...(keys.length === 1 ? keys : []),
    ...subject.fields.filter(({ identity }) => identity !== undefined).map(({ name }) => name),
  ]);
  const isEnd = (hop: FidesHop): boolean => hop.to === subject.name && ends.has(hop.toColumn);

  return new Map(
    dataset.collections.map(({ name }) => {
      if (name === subject.name) return [name, []];
      const ways = (hops.get(name) ?? []).flatMap((first) => shortest(first, name, hops, isEnd, subject.name));
      const unique = new Map(
        ways.map((way) => [JSON.stringify(way.map((hop) => [hop.column, hop.to, hop.toColumn])), way]),
      );
      return [name, [...unique.values()]];
    }),
  );
}

/** The shortest way that begins so, breadth first; through the subject's collection none goes on. */
function shortest(
  first: FidesHop,
  start: string,
  hops: ReadonlyMap<string, readonly FidesHop[]>,
  isEnd: (hop: FidesHop) => boolean,
  subject: string,
): readonly (readonly FidesHop[])[] {
  const seen = new Set([start]);
  let front: readonly (readonly FidesHop[])[] = [[first]];
  for (let length = 1; length <= mostHops && front.length > 0; length += 1) {
    const found = front.find((way) => way.at(-1) !== undefined && isEnd(way.at(-1) ?? first));
    if (found !== undefined) return [found];
    const next: (readonly FidesHop[])[] = [];
    for (const way of front) {
      const here = way.at(-1)?.to ?? '';
      if (here === subject || seen.has(here)) continue;
      seen.add(here);
      for (const hop of hops.get(here) ?? []) next.push([...way, hop]);
    }
    front = next;
  }
  return [];
}
