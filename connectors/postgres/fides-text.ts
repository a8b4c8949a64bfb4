/**
 * How an imported data map is written: what stands at its head, names as YAML and as the data map take them, text of the
 * dataset inside comments. Pure. Nothing from the dataset may become structure of the file.
 */
import type { FidesCollection } from './fides-dataset.ts';

export const preamble = [
  'A first data map, made by `habeas map import`. Every TODO is a decision of a person; nothing runs before all are made:',
  '  owner       person, or workspace where the rows belong to a customer (then also `workspace`, and `customerKind` above)',
  '  role        controller, processor (held for a customer company) or joint',
  '  recordClass a word of your own to which retention attaches, such as account or invoice',
  '  category, purpose, legalBasis, provenance, recipients   what the person is told (Art. 15(1))',
  '  match       proof where an exact match is one person, candidate where a person must look first',
  'Check every path too: whoever it leads to is given the row. Order them: a row comes in the first that reaches it.',
  'Then: habeas config check, and habeas map check against the live database.',
] as const;

/** Collection names as the data map writes them, no two alike. */
export function slugs(collections: readonly FidesCollection[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    collections.map(({ name }) => {
      const base = slugOf(name.slice(name.indexOf('.') + 1));
      let slug = base;
      for (let n = 2; taken.has(slug); n += 1) slug = `${base.slice(0, 36)}_${n}`;
      taken.add(slug);
      return [name, slug];
    }),
  );
}

export function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '_')
    .replace(/^[^a-z]+/, '');
  return slug === '' ? 'unnamed' : slug.slice(0, 40);
}

const words = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n', 'todo']);

/** A name as YAML writes it; quoted where it could be read as something else. */
export const scalar = (text: string): string =>
  /^[A-Za-z_][A-Za-z0-9_.]*$/.test(text) && !words.has(text.toLowerCase()) ? text : JSON.stringify(text);

/** Text of the file inside a comment. */
export const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, 160);
