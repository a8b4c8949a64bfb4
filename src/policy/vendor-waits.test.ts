/** On which day a vendor is asked again. */
import { describe, expect, it } from '@jest/globals';
import { parseCivilDate } from './clock/civil-date.ts';
import { asksFrom } from './vendor-waits.ts';

const today = parseCivilDate('2026-11-24', 'today');

describe('a vendor’s job', () => {
  it('is asked about the next day once it is in the register', () => {
    expect(asksFrom(today, { from: null, code: 'vendor-job-runs' })).toBe('2026-11-25');
  });
});

describe('records that a vendor does not let go of', () => {
  it('are asked for on the day it names, never today or earlier', () => {
    expect(asksFrom(today, { from: '2027-02-14', code: 'vendor-not-yet' })).toBe('2027-02-14');
    expect(asksFrom(today, { from: '2026-11-01', code: 'vendor-not-yet' })).toBe('2026-11-25');
  });

  it('are asked for after 30 days where somebody has to do something first', () => {
    expect(asksFrom(today, { from: null, code: 'document-fixed' })).toBe('2026-12-24');
  });

  it('that are bound to each other are asked for on one day, the first of a month', () => {
    const on = (day: string) => asksFrom(parseCivilDate(day, 'today'), { from: null, code: 'vendor-reaches-more' });
    expect([on('2026-11-01'), on('2026-11-30'), on('2026-12-31')]).toEqual(['2026-12-01', '2026-12-01', '2027-01-01']);
  });
});
