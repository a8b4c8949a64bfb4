/**
 * What a person says they found by hand in one system: per collection how many records there were and how many of them
 * are not given. Nothing is silently left out: every collection of the system must be named, a zero included. Pure.
 * Refuses with `counts-invalid`, naming collections of the configuration only, never what was typed.
 */
import { HabeasError } from '../errors.ts';

/** What of one collection was found, and what became of it; what is neither withheld nor referred was given. */
export interface GivenCount {
  readonly collection: string;
  readonly found: number;
  readonly withheld: number;
  readonly referred: number;
}

export interface HandCount extends GivenCount {
  readonly exported: number;
}

/** How counts are written on a command line. */
export const countsForm = 'COLLECTION=FOUND[:withheld=N][:referred=N],… or none';

/** Reads `users=1,invoices=12:withheld=2`; `none` says that nothing was found anywhere. */
export function parseCounts(texts: readonly string[]): readonly GivenCount[] | 'none' {
  const words = texts.flatMap((text) => text.split(',')).map((word) => word.trim());
  if (words.length === 1 && words[0] === 'none') return 'none';
  return words.map((word) => {
    const [named = '', ...parts] = word.split(':');
    const [collection, found] = pair(named);
    const rest = new Map<string, number>();
    for (const part of parts) {
      const [what, count] = pair(part);
      if ((what !== 'withheld' && what !== 'referred') || rest.has(what)) throw invalid(countsForm);
      rest.set(what, count);
    }
    return { collection, found, withheld: rest.get('withheld') ?? 0, referred: rest.get('referred') ?? 0 };
  });
}

/** The counts of every collection, in the order of the configuration. */
export function completeCounts(
  given: readonly GivenCount[] | 'none',
  collections: readonly string[],
): readonly HandCount[] {
  const counts = given === 'none' ? collections.map(nothing) : given;
  if (counts.some(({ collection }) => !collections.includes(collection)))
    throw invalid(`a collection that this system does not have; it has ${collections.join(', ')}`);
  const missing = collections.filter((name) => !counts.some(({ collection }) => collection === name));
  if (missing.length > 0) throw invalid(`missing ${missing.join(', ')}`);
  return collections.map((name) => {
    const [count = nothing(name), ...more] = counts.filter(({ collection }) => collection === name);
    if (more.length > 0) throw invalid(`${name} twice`);
    const { found, withheld, referred } = count;
    if (![found, withheld, referred].every((one) => Number.isSafeInteger(one) && one >= 0)) throw invalid(name);
    const exported = found - withheld - referred;
    if (exported < 0) throw invalid(`${name}: more withheld and referred than found`);
    return { collection: name, found, exported, withheld, referred };
  });
}

const nothing = (collection: string): GivenCount => ({ collection, found: 0, withheld: 0, referred: 0 });

function pair(text: string): readonly [string, number] {
  const parts = /^([a-z0-9][a-z0-9_-]*)=(\d{1,12})$/.exec(text);
  if (parts?.[1] === undefined) throw invalid(countsForm);
  return [parts[1], Number(parts[2])];
}

const invalid = (what: string) => new HabeasError('counts-invalid', { where: `--counts: ${what}` });
