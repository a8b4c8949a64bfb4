/**
 * Finds the names of known people in a text, in any case of Estonian, with initials, in the order in which they stand. A part that
 * the subject has too is left standing unless it stands beside a part that only the other has. One pass; every word is looked at a
 * bounded number of times. Pure.
 */
import { fold } from './fold.ts';
import type { Found } from './kinds.ts';
import { cutEndings } from './name-forms.ts';
import type { KnownPeople, NamePart } from './people.ts';
import { isAsking, isMonth, isTitle, isWord, mayBePlain } from './word-names.ts';

interface Word {
  readonly from: number;
  readonly to: number;
  /** Who may be meant, the closest readings only; nobody known behind a title. */
  readonly parts: readonly NamePart[];
  /** Written small, and a word too: counts only beside another part of the name. */
  readonly isWeak: boolean;
}

const longest = 64;

/** `taken`: passages that are something else already, in order. */
export function findNames(text: string, known: KnownPeople, taken: readonly Found[] = []): readonly Found[] {
  const named: Word[] = [];
  let passed = 0;
  let before: { readonly text: string; readonly to: number } = { text: '', to: 0 };
  for (const { index: from, 0: word } of text.matchAll(/[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*/gu)) {
    while ((taken[passed]?.to ?? Number.POSITIVE_INFINITY) <= from) passed += 1;
    const isTaken = (taken[passed]?.from ?? Number.POSITIVE_INFINITY) < from + word.length;
    if (!isTaken) named.push(...wordsIn(text, from, word, known, before));
    before = { text: word, to: from + word.length };
  }
  return spansOf(text, named);
}

function wordsIn(
  text: string,
  from: number,
  word: string,
  known: KnownPeople,
  before: { readonly text: string; readonly to: number },
): readonly Word[] {
  const whole = word.length > longest ? undefined : meaning(text, from, word, known);
  if (whole !== undefined) return [whole];
  // Mari-poolne, Kask-Tamm, IT-Mari.
  const pieces = word.includes('-')
    ? [...word.matchAll(/[^-]+/g)].flatMap(({ index, 0: piece }) => {
        const part = piece.length > longest ? undefined : meaning(text, from + index, piece, known);
        return part === undefined ? [] : [part];
      })
    : [];
  if (pieces.length > 0) return pieces;
  if (from - before.to > 2 || before.text.length > 9 || !isTitle(fold(before.text))) return [];
  const isNamed = word.length <= longest && /^\p{Lu}\p{Ll}/u.test(word) && /^\.? $/.test(text.slice(before.to, from));
  return isNamed ? [{ from, to: from + word.length, parts: [], isWeak: false }] : [];
}

/** Who may be meant by a word; undefined: nobody. */
function meaning(text: string, from: number, word: string, known: KnownPeople): Word | undefined {
  const folded = fold(word.normalize('NFC'));
  if (!known.beginnings.has(folded.slice(0, 2))) return undefined;
  const isCapital = word[0] !== folded[0];
  let closest: readonly NamePart[] = [];
  // The word as it is, then without its ending; a name itself is closer than a stem made of another.
  for (const stem of [folded, ...cutEndings(folded)]) {
    const parts = known.parts.get(stem) ?? [];
    const whole = parts.filter((one) => one.isWhole);
    if (whole.length > 0) {
      closest = whole;
      break;
    }
    if (closest.length === 0) closest = parts;
  }
  if (closest.length === 0) return undefined;
  const isWeak = !isCapital && !closest.some(isSurely);
  if (isCapital && closest.every(({ part }) => isWord(part)) && isPlain(text, from, word, folded)) return undefined;
  // The English possessive is left standing: what is masked may have one too.
  const possessive = /['’]s$/i.exec(word)?.[0].length ?? 0;
  return { from, to: from + word.length - possessive, parts: closest, isWeak };
}

/** Written small it still is a name where it is no word and nothing was made of it. */
function isSurely({ part, isWhole }: NamePart): boolean {
  return isWhole && part.length >= 3 && !isWord(part);
}

/** `Will you …?`, the first word of a sentence that asks; `in May`. */
function isPlain(text: string, from: number, word: string, folded: string): boolean {
  if (!mayBePlain(folded)) return false;
  const nextWord = /^[ \u00a0]{1,2}([\p{L}\p{N}]{1,20})/u.exec(
    text.slice(from + word.length, from + word.length + 24),
  )?.[1];
  const next = nextWord === undefined ? undefined : fold(nextWord);
  const left = text.slice(Math.max(0, from - 24), from);
  const before = /([\p{L}\p{N}]{1,20})\.?[ \u00a0]{1,2}$/u.exec(left)?.[1];
  if (isMonth(folded, before === undefined ? undefined : fold(before), next)) return true;
  const isFirst = left.trim() === '' ? from <= 24 : /(?:[.!?:>»"”“]\s*|\n\s*)$/.test(left);
  return isFirst && isAsking(folded, next);
}

/** Words that stand side by side and may be one person become one passage. */
function spansOf(text: string, named: readonly Word[]): readonly Found[] {
  const found: Found[] = [];
  for (let at = 0; at < named.length; ) {
    const first = named[at];
    if (first === undefined) break;
    let people = peopleOf(first);
    let end = at;
    for (let next = named[end + 1]; next !== undefined; next = named[end + 1]) {
      const last = named[end];
      if (last === undefined || !isBeside(text, last.to, next.from)) break;
      const both = peopleOf(next);
      const shared = new Set([...people].filter((one) => both.has(one)));
      if (shared.size === 0) break;
      people = shared;
      end += 1;
    }
    const words = named.slice(at, end + 1);
    const whose = words.flatMap(({ parts }) => parts).filter(({ person }) => people.has(person));
    const last = words.at(-1) ?? first;
    const isEnough = words.some(({ isWeak }) => !isWeak) || new Set(whose.map(({ part }) => part)).size > 1;
    if (isEnough && whose.every((one) => one.whose !== 'spared')) {
      const isStaff = whose.length > 0 && whose.every((one) => one.whose === 'staff');
      const who = isStaff ? 'staff' : 'other';
      found.push({ ...withInitials(text, first.from, last.to, whose), kind: 'name', who });
    }
    at = end + 1;
  }
  return found;
}

function peopleOf({ parts }: Word): ReadonlySet<number> {
  return new Set(parts.map(({ person }) => person));
}

/** A space or two, a comma, an initial between two parts of a name. */
function isBeside(text: string, from: number, to: number): boolean {
  return to - from <= 5 && /^(?:,? {1,2}|\u00a0|-| \p{Lu}\. )$/u.test(text.slice(from, to));
}

/** `M. Maasikas`, `Maasikas M.`: the initial goes with the name. */
function withInitials(
  text: string,
  from: number,
  to: number,
  parts: readonly NamePart[],
): { from: number; to: number } {
  const before = /(?:^|[^\p{L}\p{N}])(\p{Lu})\.? ?$/u.exec(text.slice(Math.max(0, from - 4), from));
  const after = /^ (\p{Lu})\./u.exec(text.slice(to, to + 3));
  const isTheirs = (letter: string | undefined) =>
    letter !== undefined && parts.some(({ initials }) => initials.has(fold(letter)));
  const initial = before?.[1];
  const begin = isTheirs(initial) && initial !== undefined ? text.lastIndexOf(initial, from - 1) : from;
  return { from: begin, to: isTheirs(after?.[1]) && after !== null ? to + after[0].length : to };
}
