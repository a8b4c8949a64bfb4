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

/** The words around what was found, for a person to read. */
export interface Passage {
  readonly kind: Found['kind'];
  readonly text: string;
}

const around = 120;
/** What a person reads before deciding. */
const most = 10;

export function passagesAbout(text: string, subject: Subject): readonly Passage[] {
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
  let shown = 0;
  for (const { from, to, kind } of found) {
    if (passages.length === most) break;
    if (from < shown) continue;
    shown = to + around;
    passages.push({ kind, text: text.slice(Math.max(0, from - around), shown) });
  }
  return passages;
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
