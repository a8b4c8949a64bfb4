/** A request for access of the same person holds an erasure until it was answered and kept, and not a day longer. */
import { describe, expect, it } from '@jest/globals';
import { parseCivilDate } from './clock/civil-date.ts';
import { openAccess } from './open-access.ts';

const day = (text: string) => parseCivilDate(text, 'test');
const open = { hasEndedUnanswered: false, isAnswered: false, keptSince: null };
const sent = { ...open, isAnswered: true, keptSince: day('2026-11-23') };

describe('an open request for access', () => {
  it('holds while it is not answered, whatever was sent of it', () => {
    expect(openAccess(open, 14, day('2030-01-01'))).toEqual({ holds: true, until: null });
    expect(openAccess({ ...sent, isAnswered: false }, 14, day('2030-01-01'))).toEqual({ holds: true, until: null });
  });

  it('holds for as many whole days as the person has to keep what was sent, the day of delivery not counted', () => {
    for (const today of ['2026-11-23', '2026-12-07'])
      expect(openAccess(sent, 14, day(today))).toEqual({ holds: true, until: '2026-12-08' });
    expect(openAccess(sent, 14, day('2026-12-08'))).toEqual({ holds: false });
    expect(openAccess(sent, 0, day('2026-11-23'))).toEqual({ holds: false });
  });

  it('holds, naming what the company has not said, rather than guess how long', () => {
    expect(openAccess(sent, undefined, day('2027-01-01'))).toMatchObject({ missing: 'policy.downloadDays' });
  });

  it('holds nothing where it was withdrawn or refused, or nothing was sent or is left to keep', () => {
    expect(openAccess({ ...sent, hasEndedUnanswered: true }, 14, day('2026-11-23'))).toEqual({ holds: false });
    expect(openAccess({ ...sent, keptSince: null }, undefined, day('2026-11-23'))).toEqual({ holds: false });
  });
});
