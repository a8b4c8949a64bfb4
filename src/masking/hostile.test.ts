/**
 * One line made to be slow: work that grew with the square of its length would be tens of thousands of times as much, and not end within any
 * test's time. The ticket of five megabytes goes through all of it in tests/stages/masks.test.ts.
 */
import { expect, test } from '@jest/globals';
import { findOthers } from './find.ts';
import { passagesAbout } from './mentions.ts';
import { knownPeople } from './people.ts';

const size = 64 * 1024;
const known = knownPeople([
  { who: 'subject', names: ['Jaan Kask'], addresses: ['jaan@x.example'] },
  { who: 'other', names: ['Mari Maasikas', 'Aa Ab'], addresses: ['mari@x.example', '+372 5345 6789', 'aaaa'] },
]);
const filled = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

test.each([
  ['one letter', 'a'],
  ['at signs', '@'],
  ['addresses that are none', 'a@a.'],
  ['dots and at signs', 'a.@.'],
  ['digits', '1'],
  ['single digits', '1 '],
  ['groups of digits', '5123 '],
  ['plus signs', '+1 '],
  ['numbers that are none', '+372 99'],
  ['beginnings of account numbers', 'EE38'],
  ['beginnings of account numbers apart', 'EE38 '],
  ['hyphens', 'a-'],
  ['apostrophes', "mari'"],
  ['endings', 'gagagagaga'],
  ['names', 'Mari '],
  ['initials', 'M. M. '],
  ['titles', 'Mr. Mr '],
  ['escapes', '%40'],
  ['brackets', '[at] '],
  ['script', '<script>alert("x@y.example")</script>'],
])(
  '%s',
  (_what, piece) => {
    const text = filled(piece);
    let to = 0;
    for (const found of findOthers(text, known)) {
      expect(found.from).toBeGreaterThanOrEqual(to);
      to = found.to;
    }
    passagesAbout(text, { names: ['Aa Mari'], addresses: ['aaaa', 'a@a.ee'] });
  },
  60_000,
);
