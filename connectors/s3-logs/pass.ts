/**
 * One look through a log for any number of people: the finder's hits, judged for everybody they may be. Its cost does not
 * grow with the number of people but with their lines. Holds nothing of a block. Says nothing of a line to anyone whose
 * line it is not.
 */
import type { Collection } from './data-map.ts';
import { pathOf } from './data-map.ts';
import { createFinder, type FieldRule, type Finder, type Needle } from './finder.ts';
import type { Person } from './person.ts';
import { judge, type Verdict } from './rules.ts';

export interface Line {
  /** Position of the person in what was given. */
  readonly person: number;
  /** Offset in the uncompressed object. */
  readonly start: number;
  readonly text: string;
  readonly record: Readonly<Record<string, unknown>>;
  readonly verdict: Extract<Verdict, { readonly said: string }>;
}

/** What a block has, in the order of its lines. */
export interface Looked {
  readonly lines: readonly Line[];
  /** Lines that could not be read, with where they are. */
  readonly broken: readonly number[];
}

export interface Pass {
  readonly maxLineBytes: number;
  /** Whether anybody is looked for in this log at all. */
  readonly isNeeded: boolean;
  look(bytes: Buffer, offset: number): Looked;
}

/** A pass through one collection. */
export function createPass(
  collection: Collection,
  people: readonly Person[],
  { maxLineBytes }: { readonly maxLineBytes: number },
): Pass {
  const rules = collection.identifiers.map(
    (identifier): FieldRule => ({
      path: pathOf(identifier.field),
      kind: identifier.kind,
      as: identifier.in === 'value' ? 'value' : { query: identifier.parameters ?? [] },
    }),
  );
  const kinds = new Set(rules.map(({ kind }) => kind));
  const folding = new Set(
    collection.identifiers.filter(({ caseInsensitive }) => caseInsensitive === true).map(({ kind }) => kind),
  );
  const needles: (Needle & { readonly person: number })[] = people.flatMap(({ exact }, person) =>
    [...exact].flatMap(([kind, values]) =>
      kinds.has(kind) ? [...values.keys()].map((value) => ({ kind, value, foldCase: folding.has(kind), person })) : [],
    ),
  );
  const finder = createFinder(rules, needles, { maxLineBytes });
  return {
    maxLineBytes,
    isNeeded: needles.length > 0,
    look: (bytes, offset) => look({ finder, needles, collection, people }, bytes, offset),
  };
}

interface Looking {
  readonly finder: Finder;
  readonly needles: readonly { readonly person: number }[];
  readonly collection: Collection;
  readonly people: readonly Person[];
}

function look({ finder, needles, collection, people }: Looking, bytes: Buffer, offset: number): Looked {
  const found = finder.scan(bytes, offset);
  const broken = found.broken.map(({ start }) => start);
  const lines: Line[] = [];
  for (const { start, end, record, matches } of found.hits) {
    let text: string | undefined;
    for (const no of new Set(matches.map(({ needle }) => needles[needle]?.person))) {
      const person = no === undefined ? undefined : people[no];
      if (no === undefined || person === undefined) continue;
      const verdict = judge(collection, person, record);
      if (verdict.is === 'untimed') broken.push(start);
      if (verdict.is !== 'proved' && verdict.is !== 'candidate') continue;
      text ??= bytes.toString('utf8', start - offset, end - offset);
      lines.push({ person: no, start, text, record, verdict });
    }
  }
  return { lines, broken: broken.sort((a, b) => a - b) };
}
