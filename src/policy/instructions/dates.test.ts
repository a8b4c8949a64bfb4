/** The dates of a customer's instruction are within the law, and nothing is erased before the window has ended. */
import { describe, expect, it } from '@jest/globals';
import { parseCivilDate } from '../clock/index.ts';
import { erasableFrom, instructionDates } from './index.ts';

const day = (text: string) => parseCivilDate(text, 'test');
const received = day('2026-12-31');

describe('the dates of an instruction', () => {
  it('are the law’s where nothing was agreed: no notice, thirty days for the moving, thirty for retrieving', () => {
    expect(instructionDates(received, {})).toEqual({
      noticeEnds: '2026-12-31',
      transitionEnds: '2027-01-30',
      retrievalDays: 30,
    });
  });

  it('are what was agreed, within two calendar months of notice and thirty days of moving', () => {
    const agreed = { noticeEnds: '2027-02-28', transitionEnds: '2027-03-30', retrievalDays: 90 };
    expect(instructionDates(received, agreed)).toEqual(agreed);
    expect(instructionDates(received, { noticeEnds: '2027-01-31' }).transitionEnds).toBe('2027-03-02');
  });

  it.each([
    ['notice longer than two months', { noticeEnds: '2027-03-01' }, '--notice-ends'],
    ['notice that ended before it was given', { noticeEnds: '2026-12-30' }, '--notice-ends'],
    ['a moving of more than thirty days', { transitionEnds: '2027-01-31' }, '--transition-ends'],
    [
      'a moving that ends before the notice',
      { noticeEnds: '2027-01-10', transitionEnds: '2027-01-09' },
      '--transition-ends',
    ],
    ['less than thirty days for retrieving', { retrievalDays: 29 }, '--retrieval-days'],
    ['half a day', { retrievalDays: 30.5 }, '--retrieval-days'],
    ['no number', { retrievalDays: Number.NaN }, '--retrieval-days'],
  ])('are refused: %s', (_what, agreed, where) => {
    expect(() => instructionDates(received, agreed)).toThrow(
      expect.objectContaining({ code: 'instruction-dates', where }),
    );
  });

  it('let the window run from the end of the moving, whole days, the day itself not counted', () => {
    const terms = { transitionEnds: day('2027-01-30'), retrievalDays: 30 };
    expect(erasableFrom(terms, day('2027-01-05'))).toBe('2027-03-02');
    expect(erasableFrom(terms, day('2027-01-30'))).toBe('2027-03-02');
  });

  it('let it run from the delivery where that came later', () => {
    const terms = { transitionEnds: day('2027-01-30'), retrievalDays: 30 };
    expect(erasableFrom(terms, day('2027-02-10'))).toBe('2027-03-13');
  });
});
