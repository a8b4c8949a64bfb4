/**
 * Owns what a parsed record says at a declared place, as the finder reads it: an array, or a field in objects of an array,
 * means each of its elements; numbers by their text; of a query string every value of the named parameters. One written
 * parameter may be read in two ways (`+`), so each value comes as the list of its readings. Pure.
 */
import { eachParameter } from './query.ts';

type Readings = readonly string[];

/** Texts and numbers at the end of the path. */
export function valuesAt(record: unknown, path: readonly string[], from = 0): readonly string[] {
  if (Array.isArray(record)) return record.flatMap((item: unknown) => valuesAt(item, path, from));
  const key = path[from];
  if (key === undefined)
    return typeof record === 'string' ? [record] : typeof record === 'number' ? [String(record)] : [];
  if (typeof record !== 'object' || record === null || !Object.hasOwn(record, key)) return [];
  return valuesAt(Reflect.get(record, key), path, from + 1);
}

/** One value at the end of the path as it is in the record; arrays are not looked into. */
export function valueAt(record: unknown, path: readonly string[]): unknown {
  let at = record;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}

/** Every value of the named parameters of an address. */
export function parametersOf(address: string, names: readonly string[]): readonly Readings[] {
  const fragment = address.indexOf('#');
  const before = fragment === -1 ? address : address.slice(0, fragment);
  return before
    .slice(before.indexOf('?') + 1)
    .split('&')
    .flatMap((part) => {
      const readings: string[] = [];
      eachParameter(`?${part}`, names, (value) => readings.push(value));
      return readings.length === 0 ? [] : [readings];
    });
}
