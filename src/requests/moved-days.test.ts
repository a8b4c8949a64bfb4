/** What is told of kept records has the day and the law that count by now, and no record more or less. */
import { describe, expect, it } from '@jest/globals';
import type { SystemId } from '../ids.ts';
import type { KeptLine } from './erasure-counts.ts';
import { type MovedDay, withMovedDays } from './moved-days.ts';

const line: KeptLine = {
  ...{ collection: 'invoices', recordClass: 'invoice', disposition: 'retained', reason: 'law-keeps', refusal: null },
  ...{ keptBy: 'Act §12: until 2033-12-31', until: '2033-12-31', evidence: 'none', count: 4 },
};
const { keptBy, until, ...of } = line;
const now = { keptBy: 'AO §147: until 2034-12-31', until: '2034-12-31' };
const moved = (count: number, change: Partial<MovedDay> = {}): MovedDay => ({
  ...{ ...of, count, systemId: 'account-db' as SystemId, was: { keptBy, until }, now },
  ...change,
});

describe('a day that moved', () => {
  it('takes the records that moved out of their line, and no others', () => {
    expect(withMovedDays([line], [])).toEqual([line]);
    expect(withMovedDays([line], [moved(4)])).toEqual([{ ...line, ...now }]);
    expect(withMovedDays([line], [moved(1)])).toEqual([
      { ...line, count: 3 },
      { ...line, ...now, count: 1 },
    ]);
  });

  it('is one line for all that moved to it, also where a line is there already', () => {
    const there = { ...line, ...now, count: 2 };
    expect(withMovedDays([line, there], [moved(1), moved(2)])).toEqual([
      { ...line, count: 1 },
      { ...there, count: 5 },
    ]);
  });

  it('of something else changes nothing, and more than there is is not made', () => {
    expect(withMovedDays([line], [moved(1, { recordClass: 'books' })])).toEqual([line]);
    expect(withMovedDays([line], [moved(1, { was: { keptBy, until: '2030-01-01' } })])).toEqual([line]);
    expect(withMovedDays([line], [moved(9)])).toEqual([{ ...line, ...now }]);
  });
});
