/**
 * What a person says they found by hand in one system: per collection how many records there were and what became of those of
 * which it is not what the right does anyway. Nothing is silently left out: every collection of the system must be named, a
 * zero included. Pure. Refuses with `counts-invalid`, naming words of the configuration and of the law only, never what was
 * typed.
 */
import { HabeasError } from '../errors.ts';
import { handTerms, partsOf } from '../ledger/hand-terms.ts';
import { type Disposition, dispositions, type Right } from '../ledger/states.ts';

/** So many records of a collection, by what became of them. */
export type Parts = Readonly<Partial<Record<Disposition, number>>>;

/** What of one collection was found, and what became of it; what no part names is what the right does. */
export type GivenCount = { readonly collection: string; readonly found: number } & Parts;

/** The same with every part that the right knows, a zero included. */
export type HandCount = GivenCount;

/** How counts are written on a command line, per right. */
export function countsFormOf(right: Right): string {
  return `COLLECTION=FOUND${handTerms[right].others.map((part) => `[:${part}=N]`).join('')},… or none`;
}
/** As {@link countsFormOf} of access. */
export const countsForm = countsFormOf('access');

/** Reads `users=1,invoices=12:withheld=2`; `none` says that nothing was found anywhere. */
export function parseCounts(texts: readonly string[]): readonly GivenCount[] | 'none' {
  const words = texts.flatMap((text) => text.split(',')).map((word) => word.trim());
  if (words.length === 1 && words[0] === 'none') return 'none';
  return words.map((word) => {
    const [named = '', ...parts] = word.split(':');
    const [collection, found] = pair(named);
    const rest = new Map<Disposition, number>();
    for (const part of parts) {
      const [what, count] = pair(part);
      if (!isDisposition(what) || rest.has(what)) throw invalid(countsForm);
      rest.set(what, count);
    }
    return { collection, found, ...Object.fromEntries(rest) };
  });
}

/** The counts of every collection, in the order of the configuration. */
export function completeCounts(
  given: readonly GivenCount[] | 'none',
  collections: readonly string[],
  right: Right = 'access',
): readonly HandCount[] {
  const counts = given === 'none' ? collections.map(nothing) : given;
  if (counts.some(({ collection }) => !collections.includes(collection)))
    throw invalid(`a collection that this system does not have; it has ${collections.join(', ')}`);
  const missing = collections.filter((name) => !counts.some(({ collection }) => collection === name));
  if (missing.length > 0) throw invalid(`missing ${missing.join(', ')}`);
  const { rest, others } = handTerms[right];
  return collections.map((name) => {
    const [count = nothing(name), ...more] = counts.filter(({ collection }) => collection === name);
    if (more.length > 0) throw invalid(`${name} twice`);
    const { collection: _, found, ...parts } = count;
    if (![found, ...Object.values(parts)].every(isCount)) throw invalid(name);
    if (Object.keys(parts).some((part) => !others.some((one) => one === part))) throw invalid(countsFormOf(right));
    const named = others.map((part) => [part, parts[part] ?? 0] as const);
    const left = found - named.reduce((sum, [, n]) => sum + n, 0);
    if (left < 0) throw invalid(`${name}: more ${inWords(others)} than found`);
    return { collection: name, found, [rest]: left, ...Object.fromEntries(named) };
  });
}

/** How many of all collections together. */
export function sumOf(counts: readonly HandCount[], part: Disposition | 'found'): number {
  return counts.reduce((sum, count) => sum + (count[part] ?? 0), 0);
}

/** The parts of one collection, as the right orders them. */
export function partsIn(count: HandCount, right: Right): readonly (readonly [Disposition, number])[] {
  return partsOf(right).map((part) => [part, count[part] ?? 0] as const);
}

const isCount = (one: unknown): boolean => typeof one === 'number' && Number.isSafeInteger(one) && one >= 0;
const isDisposition = (word: string): word is Disposition => Object.hasOwn(dispositions, word);
const nothing = (collection: string): GivenCount => ({ collection, found: 0 });

function inWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

function pair(text: string): readonly [string, number] {
  const parts = /^([a-z0-9][a-z0-9_-]*)=(\d{1,12})$/.exec(text);
  if (parts?.[1] === undefined) throw invalid(countsForm);
  return [parts[1], Number(parts[2])];
}

const invalid = (what: string) => new HabeasError('counts-invalid', { where: `--counts: ${what}` });
