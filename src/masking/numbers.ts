/**
 * Finds account numbers (IBAN), card numbers, Estonian personal codes and telephone numbers, each by its own checksum or table
 * (validator, libphonenumber), never by its look alone. Every group of digits is looked at a bounded number of times. Pure.
 */
import isCreditCard from 'validator/lib/isCreditCard.js';
import isIBAN from 'validator/lib/isIBAN.js';
import { contextBefore, digitRuns, type Group, isAmount } from './digits.ts';
import { isAsciiWord, isWordAt } from './fold.ts';
import type { Found, MaskKind } from './kinds.ts';
import type { KnownPeople } from './people.ts';
import { isPersonalCode } from './personal-code.ts';
import { phoneVerdict } from './phones.ts';

const ibanDigits = 34;

/** Two letters, two digits, and groups behind them: the longest that is an account number. */
export function findIbans(text: string): readonly Found[] {
  const found: Found[] = [];
  let after = 0;
  for (const { index: from } of text.matchAll(/[A-Z]{2}[0-9]{2}/gi)) {
    if (from < after || isWordAt(text, from - 1)) continue;
    const piece = text.slice(from, from + 2 * ibanDigits);
    let compact = '';
    let end: number | undefined;
    for (let at = 0; at < piece.length && compact.length < ibanDigits; at += 1) {
      const one = piece[at] ?? '';
      if (isAsciiWord(one.charCodeAt(0)) && one !== '_') {
        compact += one;
        const isEnd = !isWordAt(piece, at + 1);
        if (isEnd && compact.length >= 15 && isIBAN.default(compact)) end = from + at + 1;
      } else if ((one !== ' ' && one !== '\u00a0' && one !== '-') || piece[at - 1] === one) break;
    }
    if (end === undefined) continue;
    found.push({ from, to: end, kind: 'iban', who: 'other' });
    after = end;
  }
  return found;
}

/** Everything else that is a number. */
export function findNumbers(text: string, known: KnownPeople): readonly Found[] {
  const found: Found[] = [];
  for (const run of digitRuns(text))
    for (let no = 0; no < run.length; ) {
      const hit = skip(run, no) ?? judge(text, run, no, known);
      if (hit.kind !== undefined) found.push({ from: hit.from, to: hit.to, kind: hit.kind, who: hit.who });
      no += hit.groups;
    }
  return found;
}

interface Hit {
  readonly groups: number;
  readonly kind: MaskKind | undefined;
  readonly from: number;
  readonly to: number;
  readonly who: 'staff' | 'other';
}

const nothing = (groups: number): Hit => ({ groups, kind: undefined, from: 0, to: 0, who: 'other' });

/** Dates, times and network addresses. */
function skip(run: readonly Group[], no: number): Hit | undefined {
  const [first, second, third, fourth] = run.slice(no, no + 4);
  if (first === undefined || second === undefined || third === undefined) return undefined;
  const isApart = (mark: string, groups: readonly (Group | undefined)[]) => groups.every((one) => one?.gap === mark);
  for (const mark of ['.', '-', '/'])
    if (isApart(mark, [second, third])) {
      const [a, b, c] = [first.digits, second.digits, third.digits];
      const isDay = (text: string) => text.length <= 2 && Number(text) >= 1 && Number(text) <= 31;
      if (isDay(b) && ((a.length === 4 && isDay(c)) || (isDay(a) && (c.length === 4 || c.length === 2))))
        return nothing(3);
      if (
        mark === '.' &&
        fourth?.gap === '.' &&
        [first, second, third, fourth].every(({ digits }) => Number(digits) < 256)
      )
        return nothing(4);
    }
  return undefined;
}

function judge(text: string, run: readonly Group[], no: number, known: KnownPeople): Hit {
  const first = run[no];
  if (first === undefined) return nothing(1);
  if (isWordAt(text, first.from - 1)) {
    // SE45-5000-0001: what hangs on a word's digits is the word's.
    let groups = 1;
    while (run[no + groups]?.gap === '-') groups += 1;
    return nothing(groups);
  }
  return card(text, run, no) ?? code(text, run, no) ?? row(text, run, no) ?? phone(text, run, no, known) ?? nothing(1);
}

/** 13 to 19 digits in one group, or in groups of four and more that stand apart alike. */
function card(text: string, run: readonly Group[], no: number): Hit | undefined {
  let digits = '';
  let hit: Hit | undefined;
  const first = run[no];
  const gap = run[no + 1]?.gap;
  for (let at = no; at < Math.min(run.length, no + 5); at += 1) {
    const group = run[at];
    if (first === undefined || group === undefined || group.isPlus) break;
    if (at > no && (group.gap !== gap || !/^[ \u00a0-]$/.test(group.gap) || group.digits.length > 7)) break;
    digits += group.digits;
    if (at > no && (run[no]?.digits.length ?? 0) !== 4) break;
    const isCard = digits.length >= 13 && digits.length <= 19 && isCreditCard.default(digits);
    if (isCard && !isWordAt(text, group.to))
      hit = { groups: at - no + 1, kind: 'card', from: first.from, to: group.to, who: 'other' };
  }
  return hit;
}

function code(text: string, run: readonly Group[], no: number): Hit | undefined {
  const group = run[no];
  if (group === undefined || isWordAt(text, group.to) || group.isPlus || !isPersonalCode(group.digits))
    return undefined;
  return { groups: 1, kind: 'personal-code', from: group.from, to: group.to, who: 'other' };
}

/** Three groups of four digits and more: something that is counted like a card, and no card. */
function row(text: string, run: readonly Group[], no: number): Hit | undefined {
  let groups = 0;
  while (run[no + groups]?.digits.length === 4 && (groups === 0 || run[no + groups]?.gap === run[no + 1]?.gap))
    groups += 1;
  const first = run[no];
  if (groups < 3 || first === undefined || first.isPlus || contextBefore(text, first.from) === 'telephone')
    return undefined;
  return nothing(groups);
}

/** The longest row of groups that is a number somebody can be called by. */
function phone(text: string, run: readonly Group[], no: number, known: KnownPeople): Hit | undefined {
  const first = run[no];
  if (first === undefined) return undefined;
  const isAbroad = first.isPlus || first.digits.startsWith('00');
  let from = first.isPlus ? first.from - 1 : first.from;
  if (text[from - 1] === '(' && text.slice(first.to, first.to + 1) === ')') from -= 1;
  let said: ReturnType<typeof contextBefore> | 'unasked' = 'unasked';
  let digits = '';
  const ends: { readonly groups: number; readonly to: number; readonly digits: string }[] = [];
  for (let at = no; at < Math.min(run.length, no + 7); at += 1) {
    const group = run[at];
    if (group === undefined || (at > no && (group.isPlus || group.gap.includes('/')))) break;
    if (at > no && !isAbroad && !/^[ \u00a0-]$/.test(group.gap)) break;
    // No number is written digit by digit.
    if (at > no && !isAbroad && group.digits.length === 1) break;
    digits += group.digits;
    if (digits.length > 17) break;
    if (digits.length >= 7) ends.push({ groups: at - no + 1, to: group.to, digits });
  }
  for (const end of ends.reverse()) {
    const whose = known.phones.get(end.digits);
    const mayBe = whose !== undefined || isAbroad || end.digits.length > 8 || /^[3-9]/.test(end.digits);
    if (!mayBe || isWordAt(text, end.to) || isAmount(text, from, end.to)) continue;
    if (whose === 'spared') return nothing(end.groups);
    if (whose === undefined) {
      said = said === 'unasked' ? contextBefore(text, from) : said;
      const about = { isAbroad, isPlus: first.isPlus, groups: end.groups, said, first: first.digits };
      if (!isCallable(end.digits, about)) continue;
    }
    return { groups: end.groups, kind: 'phone', from, to: end.to, who: whose ?? 'other' };
  }
  return undefined;
}

function isCallable(
  digits: string,
  about: {
    readonly isAbroad: boolean;
    readonly isPlus: boolean;
    readonly groups: number;
    readonly said: 'telephone' | 'other' | undefined;
    readonly first: string;
  },
): boolean {
  const { isAbroad, isPlus, said } = about;
  if (isAbroad) {
    if (!isPlus && said === 'other') return false;
    const number = phoneVerdict(`+${isPlus ? digits : digits.slice(2)}`);
    return number.isValid || (number.isPossible && said === 'telephone');
  }
  if (said === 'other') return false;
  if (digits.length > 11) return false;
  // National numbers of the home country have seven or eight digits; with a country's code but no plus only where told.
  if (digits.length > 8) return said === 'telephone' && (phoneVerdict(`+${digits}`).isValid || digits.startsWith('0'));
  const number = phoneVerdict(digits);
  if (!number.isValid) return false;
  if (number.isMobile || said === 'telephone') return true;
  // A landline is as long as many other numbers: written as one (612 3456) it counts.
  return about.groups >= 2 && (about.first.length === 3 || about.first.length === 4);
}
