/**
 * Passages of other people's records that seem to speak of the subject: what a connector proposes as a candidate
 * (`mentioned`), for a named person to look at. A match proves nothing: it is never read, exported or erased by itself. Only what is
 * theirs alone counts, a full name or an address; a first name is anybody's. Linear like the engine it uses. Pure.
 */
import { findEmails, findLiterals } from './addresses.ts';
import type { Found } from './kinds.ts';
import { findNames } from './names.ts';
import { findNumbers } from './numbers.ts';
import { knownPeople } from './people.ts';

export interface Subject {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** The words around what was found, for a person to read: a sentence or a line of it, or as much as is told around a name. */
export interface Passage {
  readonly kind: Found['kind'];
  readonly text: string;
  /** Where it stands in the text; UTF-16 offsets. */
  readonly from: number;
  readonly to: number;
}

const around = 120;
/** What a person reads before deciding, unless more is asked for. */
const few = 10;

/** The first passages, at most so many, in the order in which they stand; none overlaps another. */
export function passagesAbout(text: string, subject: Subject, most = few): readonly Passage[] {
  // Looked for as anybody else would be.
  const known = knownPeople([{ who: 'other', ...subject }]);
  const isTheirs = ({ from, to }: Found, map: ReadonlyMap<string, unknown>) =>
    map.has(text.slice(from, to).toLowerCase());
  const names = findNames(text, { ...known, parts: new Map(known.parts) }).filter((found) =>
    isFull(text, found, subject),
  );
  const numbers =
    known.phones.size === 0 ? [] : findNumbers(text, known).filter((found) => isPhoneOf(text, found, known.phones));
  const found = [
    ...findEmails(text, known).filter((one) => isTheirs(one, known.emails)),
    ...findLiterals(text, known),
    ...numbers,
    ...names,
  ].sort((one, other) => one.from - other.from);
  const passages: Passage[] = [];
  let last: Passage | undefined;
  for (const one of found) {
    if (last !== undefined && one.from < last.to) {
      // It begins in what is told already, and all of it has to be.
      if (one.to > last.to) passages[passages.length - 1] = last = passageIn(text, last.from, one.to, last.kind);
      continue;
    }
    if (passages.length === most) break;
    last = passageIn(text, beginOf(text, one.from, last?.to ?? 0), endOf(text, one.to), one.kind);
    passages.push(last);
  }
  return passages;
}

const passageIn = (text: string, from: number, to: number, kind: Found['kind']): Passage => ({
  ...{ kind, from, to, text: text.slice(from, to) },
});

/** Behind the last sentence or line that ended before it, else between two words. */
function beginOf(text: string, from: number, earliest: number): number {
  const first = Math.max(earliest, from - around);
  const before = text.slice(first, from);
  const ends = [...before.matchAll(/[.!?…]\s+|\n\s*/g)].at(-1);
  if (ends !== undefined) return first + ends.index + ends[0].length;
  const space = first === earliest ? -1 : before.search(/\s/);
  return space === -1 ? wholeAt(text, first) : first + space + 1;
}

/** Before the next line, or with the end of the sentence, else between two words. */
function endOf(text: string, to: number): number {
  const behind = text.slice(to, to + around);
  const end = /[.!?…](?=\s)|\n/.exec(behind);
  if (end !== null) return to + end.index + (end[0] === '\n' ? 0 : 1);
  if (to + around >= text.length) return text.length;
  const space = behind.search(/\s\S*$/);
  return space === -1 ? wholeAt(text, to + around) : to + space;
}

/** Never between the two halves of one character. */
function wholeAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}

/** At least two words: a first name alone is anybody's. */
function isFull(text: string, { from, to }: Found, { names }: Subject): boolean {
  const words = text
    .slice(from, to)
    .split(/[\s,]+/)
    .filter((word) => word.replace('.', '').length > 1);
  return words.length >= 2 || names.some((name) => !/[\s]/.test(name.trim()) && name.length > 8);
}

function isPhoneOf(text: string, { from, to }: Found, phones: ReadonlyMap<string, unknown>): boolean {
  return phones.has(text.slice(from, to).replace(/\D/g, ''));
}
