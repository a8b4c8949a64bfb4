/**
 * What of other people stands in one text: the engine. Known people of the conversation first (names, addresses), then e-mail
 * addresses, account and card numbers, personal codes and telephone numbers of anybody. What is found is a proposal: a reviewer
 * looks at each, and nothing here changes, erases or exports anything. Linear in the text's length, whatever is in it: every place
 * is looked at a bounded number of times, by expressions that cannot go back. Pure; personal data in memory only.
 */
import { findEmails, findLiterals } from './addresses.ts';
import type { Found } from './kinds.ts';
import { findNames } from './names.ts';
import { findIbans, findNumbers } from './numbers.ts';
import type { KnownPeople } from './people.ts';
import { isPersonalCode } from './personal-code.ts';

/** In the order of the text; passages do not touch. */
export function findOthers(text: string, known: KnownPeople): readonly Found[] {
  // Where two meet, the earlier stands: what is proved by a checksum, then what is known, then what looks like it.
  let taken = merge([], findIbans(text));
  taken = merge(taken, findEmails(text, known));
  taken = merge(taken, findLiterals(text, known));
  taken = merge(taken, findNumbers(text, known));
  return merge(taken, findNames(text, known, taken));
}

/**
 * A number that stands alone as one: a personal code, or what known people are called by. Without words around it, an account
 * or card number and a telephone number of anybody look like any other identifier.
 */
export function findInWhole(digits: string, { phones, literals }: KnownPeople): readonly Found[] {
  const whole = { from: 0, to: digits.length };
  const [phone, literal] = [phones.get(digits), literals.get(digits)];
  if (phone === 'spared' || literal === 'spared') return [];
  if (phone !== undefined) return [{ ...whole, kind: 'phone', who: phone }];
  if (literal !== undefined) return [{ ...whole, kind: 'address', who: literal }];
  return isPersonalCode(digits) ? [{ ...whole, kind: 'personal-code', who: 'other' }] : [];
}

/** Passages among others that stand already, in order; one that meets another is left out. */
function merge(taken: readonly Found[], found: readonly Found[]): readonly Found[] {
  if (found.length === 0) return taken;
  const both = [...taken];
  let at = 0;
  let end = 0;
  for (const one of [...found].sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (one.from < end) continue;
    while (at < taken.length && (taken[at]?.to ?? 0) <= one.from) at += 1;
    const next = taken[at];
    if (next !== undefined && next.from < one.to) continue;
    both.push(one);
    end = one.to;
  }
  return both.sort((a, b) => a.from - b.from);
}
