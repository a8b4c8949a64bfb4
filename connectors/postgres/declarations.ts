/**
 * Two things a data map says of itself: what a person has still to decide (`TODO`, as an imported map has it), which is a
 * mistake wherever it stands; and what holds no personal data, which may not be said of what holds some. Pure.
 */
import { pointer, type SchemaMistake } from '../schema-mistakes.ts';
import type { Collection, DataMap } from './data-map.ts';

export type Say = (message: string, ...place: readonly (string | number)[]) => void;

const toDecide = 'A person must still decide this (`TODO`).';

/** The schema's mistakes, and every `TODO` as one, with the schema's words where it has some. */
export function undecidedMistakes(map: unknown, mistakes: readonly SchemaMistake[]): readonly SchemaMistake[] {
  const open = new Set(undecided(map, ''));
  const told = mistakes.map((one) =>
    open.delete(one.pointer) ? { ...one, message: `${toDecide} ${one.message}` } : one,
  );
  return [...told, ...[...open].map((place) => ({ pointer: place, message: `${toDecide} Write it here.` }))];
}

/** Pointers of everything that an imported map leaves to a person. */
function undecided(value: unknown, at: string): readonly string[] {
  if (value === 'TODO') return [at];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => undecided(child, at + pointer(key)));
}

/** What is said to hold no personal data is not said to hold some at another place. */
export function noPersonalTables(map: DataMap, say: Say): void {
  const mapped = new Map(Object.entries(map.collections).map(([name, { table }]) => [table, name]));
  for (const table of Object.keys(map.noPersonalData ?? {}))
    if (mapped.has(table))
      say(`This is the table of the collection ${mapped.get(table)}; keep one of the two.`, 'noPersonalData', table);
}

export function noPersonalColumns(name: string, collection: Collection, say: Say): void {
  for (const column of Object.keys(collection.noPersonalData ?? {}))
    if (collection.fields[column] !== undefined)
      say(
        'This column stands in `fields` too; keep one of the two.',
        ...['collections', name, 'noPersonalData', column],
      );
}
