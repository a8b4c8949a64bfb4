/**
 * Finds e-mail addresses (anybody's) and what known people are reached by otherwise, word for word. From every `@` outwards, never
 * further than an address may be long: linear on any input. Pure.
 */
import { fold, isWordAt } from './fold.ts';
import type { Found } from './kinds.ts';
import type { KnownPeople, Whose } from './people.ts';

const localLimit = 64;
const domainLimit = 255;
/** Endings that files have and no domain of anybody's does. */
const files: ReadonlySet<string> = new Set(
  'png jpg jpeg gif svg webp pdf css js ts json html htm txt zip csv xml'.split(' '),
);
/** Machines, not people. */
const machines = /^(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?)[@+.-]/;

export function findEmails(text: string, known: KnownPeople): readonly Found[] {
  const found: Found[] = [];
  let after = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const span = around(text, at, at + 1, after);
    if (span !== undefined) after = add(found, text, span, text.slice(span.from, span.to), known);
  }
  for (const { index: at, 0: sign } of text.matchAll(/%40|&#64;|&commat;| ?[[(](?:at|ät)[\])] ?/gi)) {
    const span = around(text, at, at + sign.length, 0);
    if (span !== undefined)
      add(found, text, span, `${text.slice(span.from, at)}@${text.slice(at + sign.length, span.to)}`, known);
  }
  return found;
}

function add(
  found: Found[],
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
  address: string,
  { emails }: KnownPeople,
): number {
  const folded = fold(address.normalize('NFC'));
  const whose: Whose = emails.get(folded) ?? (isMachine(text, folded, to) ? 'spared' : 'other');
  if (whose !== 'spared') found.push({ from, to, kind: 'email', who: whose });
  return to;
}

/** `git@github.com:…` is where a programme fetches from. */
function isMachine(text: string, address: string, to: number): boolean {
  return machines.test(address) || (address.startsWith('git@') && text[to] === ':');
}

/** The address around its sign; undefined where there is none. */
function around(text: string, at: number, behind: number, notBefore: number): { from: number; to: number } | undefined {
  let from = at;
  while (from > notBefore && at - from < localLimit && isLocal(text, from - 1)) from -= 1;
  while (from < at && (text[from] === '.' || text[from] === "'" || text[from] === '-')) from += 1;
  let to = behind;
  while (to < text.length && to - behind < domainLimit && isDomain(text, to)) to += 1;
  while (to > behind && (text[to - 1] === '.' || text[to - 1] === '-')) to -= 1;
  if (from === at || to === behind) return undefined;
  const labels = text.slice(behind, to).split('.');
  const top = fold(labels.at(-1) ?? '');
  if (labels.length < 2 || labels.includes('') || !/^(?:\p{L}{2,24}|xn--[a-z0-9-]+)$/u.test(top) || files.has(top))
    return undefined;
  return { from, to };
}

const localMarks: ReadonlySet<string> = new Set("._%+'!#$*^`{|}~-");

function isLocal(text: string, at: number): boolean {
  return isWordAt(text, at) || localMarks.has(text[at] ?? '');
}

function isDomain(text: string, at: number): boolean {
  return (isWordAt(text, at) && text[at] !== '_') || text[at] === '.' || text[at] === '-';
}

/** Literals of known people, at the borders of words. */
export function findLiterals(text: string, { literals }: KnownPeople): readonly Found[] {
  if (literals.size === 0) return [];
  const folded = fold(text);
  const found: Found[] = [];
  for (const [value, who] of literals) {
    if (who === 'spared') continue;
    for (let from = folded.indexOf(value); from >= 0; from = folded.indexOf(value, from + value.length)) {
      const to = from + value.length;
      const isWhole =
        !(isWordAt(text, from - 1) && isWordAt(text, from)) && !(isWordAt(text, to) && isWordAt(text, to - 1));
      if (isWhole) found.push({ from, to, kind: 'address', who });
    }
  }
  return found;
}
