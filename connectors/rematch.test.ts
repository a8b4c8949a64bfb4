import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SubjectKey } from './contract.ts';
import { createMatcher, keyCell } from './rematch.ts';

const key = (...pairs: (readonly [string, string])[]): SubjectKey => keyIn('users', ...pairs);
const keyIn = (collection: string, ...pairs: (readonly [string, string])[]): SubjectKey => ({
  collection,
  key: pairs,
  provedBy: 'user_id',
});
const cells = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));

describe('the match that our own code makes again', () => {
  const matcher = createMatcher([key(['id', '7']), key(['id', '8'])]).in('users');

  it('lets through a chain whose pairs are equal and which ends at a proved key', () => {
    expect(matcher.check(cells('7'))).toBe(true);
    expect(matcher.check(cells('8', '8'))).toBe(true);
    expect(matcher.check(cells('o1', 'o1', '7', '7'))).toBe(true);
  });

  it('refuses a chain that ends at another key, has an unequal pair, or has no shape it knows', () => {
    for (const chain of [['9'], ['9', '9'], ['7', '8'], ['o1', 'o2', '7', '7'], ['x', 'x', '7'], [], ['']])
      expect(matcher.check(cells(...chain))).toBe(false);
  });

  it('refuses everything where nothing is proved', () => {
    expect(createMatcher([]).in('users').check(cells('7'))).toBe(false);
  });

  it('compares bytes: the same letter composed otherwise is another key', () => {
    const composed = createMatcher([key(['id', 'õ'.normalize('NFC')])]).in('users');
    expect(composed.check(cells('õ'.normalize('NFC')))).toBe(true);
    expect(composed.check(cells('õ'.normalize('NFD')))).toBe(false);
  });

  it('tells composite keys apart whatever stands in their parts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        const one = createMatcher([key(['a', a], ['b', b])]);
        expect(
          one.in('users').check([
            keyCell([
              ['a', c],
              ['b', d],
            ]),
          ]),
        ).toBe(a === c && b === d);
      }),
      { examples: [['a","b', 'c', 'a', 'b","c']] },
    );
  });

  it('tells the same key in two collections apart', () => {
    const both = createMatcher([key(['id', '5']), keyIn('leads', ['id', '6'])]);
    expect(both.in('users').check(cells('5'))).toBe(true);
    expect(both.in('leads').check(cells('6'))).toBe(true);
    for (const [collection, cell] of [
      ['users', '6'],
      ['leads', '5'],
      ['orders', '5'],
      ['', '5'],
    ] as const)
      expect(both.in(collection).check(cells(cell, cell))).toBe(false);
  });

  it('does not change its mind with the order of records', () => {
    expect(matcher.check(cells('8'))).toBe(true);
    expect(matcher.check(cells('7'))).toBe(true);
    expect(matcher.check(cells('9'))).toBe(false);
    expect(matcher.check(cells('7'))).toBe(true);
  });
});
