/** The vectors of the law tables and the promises that hold for every date; what breaks here makes someone late. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HabeasError } from '../../errors.ts';
import { calendarOf, parsePlace } from './calendar.ts';
import { addDays, addMonths, type CivilDate, daysBetween, parseCivilDate, weekday } from './civil-date.ts';
import { type ClockInput, clockDue } from './due.ts';
import type { Pause } from './pauses.ts';
import { euMemberStates } from './rule-sets.ts';

const ask = (received: string, country: string, pauses: readonly Pause[] = [], more: Partial<ClockInput> = {}) =>
  clockDue({ received, country, pauses, countPauses: true, ...more });

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof HabeasError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('the EU vectors', () => {
  it.each([
    ['E1', 'EE', '2026-03-05', '2026-04-06', '2026-06-05', '2026-06-05'],
    ['E1 in Germany', 'DE', '2026-03-05', '2026-04-07', '2026-06-05', '2026-06-05'],
    ['E2', 'EE', '2026-08-31', '2026-09-30', '2026-11-30', '2026-11-30'],
    ['E3', 'EE', '2026-01-31', '2026-03-02', '2026-04-30', '2026-04-28'],
    ['E6', 'EE', '2026-05-23', '2026-06-25', '2026-08-24', '2026-08-24'],
    ['E9', 'EE', '2025-12-01', '2026-01-02', '2026-03-02', '2026-03-02'],
    ['E12', 'EE', '2026-11-23', '2026-12-23', '2027-02-23', '2027-02-23'],
  ])(
    '%s in %s: received %s is due %s, extended %s, worked to %s',
    (_name, country, received, due, extended, workTo) => {
      const dates = ask(received, country);
      expect([dates.due, dates.extendedDue, dates.extendedWorkTo, dates.unpausedDue]).toEqual([
        due,
        extended,
        workTo,
        due,
      ]);
    },
  );

  it('E12p: an identity pause adds the days after asking up to the answer, and the date without it stays visible', () => {
    const dates = ask('2026-11-23', 'EE', [{ kind: 'identity', from: '2026-12-01', to: '2026-12-05' }]);
    expect(dates).toMatchObject({
      due: '2026-12-28',
      unpausedDue: '2026-12-23',
      pausedDays: 4,
      extendedDue: '2027-03-01',
    });
  });

  it('counts a regional holiday only for that region', () => {
    expect(ask('2026-10-01', 'DE-TH').due).toBe('2026-11-02');
    expect(ask('2026-05-04', 'DE').due).toBe('2026-06-04');
    expect(ask('2026-05-04', 'DE-BY').due).toBe('2026-06-05'); // Corpus Christi
    expect(ask('2026-05-04', 'DE', [], { region: 'BY' }).calendar).toMatchObject({ country: 'DE', region: 'BY' });
  });

  it('says which law and which calendar made the dates, with their weaker confidence', () => {
    const { rule, calendar, sources, steps } = ask('2026-03-05', 'EE');
    expect(rule).toMatchObject({ id: 'eu-gdpr', confidence: 'S' });
    expect(calendar).toMatchObject({ name: 'date-holidays', country: 'EE', region: null, confidence: 'V' });
    expect(sources.due).toBe('GDPR Art. 12(3) (V); Regulation (EEC, Euratom) 1182/71 Arts 2, 3(4) (S)');
    expect(steps.map(({ what }) => what)).toContain('next working day after 2026-04-05 Easter Sunday');
  });
});

describe('what is refused', () => {
  it.each([
    ['GB', 'clock-rule-set-unsupported'],
    ['UK', 'clock-rule-set-unsupported'],
    ['US', 'clock-rule-set-unsupported'],
    ['US-CA', 'clock-rule-set-unsupported'],
    ['NO', 'clock-rule-set-unsupported'],
    ['CH', 'clock-rule-set-unsupported'],
    ['XX', 'clock-country-unknown'],
    ['Estonia', 'clock-country-unknown'],
    ['', 'clock-country-unknown'],
    ['DE-XX', 'clock-region-unknown'],
    ['EE-37', 'clock-region-unknown'],
    ['DE-constructor', 'clock-country-unknown'],
  ])('%s is refused with %s', (country, code) => {
    expect(codeOf(() => ask('2026-03-05', country))).toBe(code);
  });

  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-04-31',
    '26-04-01',
    '2026-4-1',
    '2026-04-01T00:00:00Z',
    '',
    '2018-05-24',
    '2100-01-01',
  ])('a receipt date "%s" is refused', (received) =>
    expect(codeOf(() => ask(received, 'EE'))).toBe('clock-date-invalid'),
  );

  it.each([
    ['ends before it begins', { kind: 'identity', from: '2026-12-05', to: '2026-12-01' }, 'clock-pause-invalid'],
    ['begins before receipt', { kind: 'identity', from: '2026-11-22', to: '2026-12-01' }, 'clock-pause-invalid'],
    ['begins after the due date', { kind: 'identity', from: '2026-12-24', to: '2026-12-27' }, 'clock-pause-invalid'],
    ['is open without a day of today', { kind: 'identity', from: '2026-12-01' }, 'clock-pause-invalid'],
    ['has a day that does not exist', { kind: 'scope', from: '2026-12-01', to: '2026-12-32' }, 'clock-date-invalid'],
  ] as const)('a pause that %s is refused', (_why, pause, code) => {
    expect(codeOf(() => ask('2026-11-23', 'EE', [pause]))).toBe(code);
  });
});

describe('pauses', () => {
  const identity: Pause = { kind: 'identity', from: '2026-12-01', to: '2026-12-05' };
  const scope: Pause = { kind: 'scope', from: '2026-12-03', to: '2026-12-08' };

  it('count overlapping days once', () => {
    expect(ask('2026-11-23', 'EE', [scope, identity])).toMatchObject({ pausedDays: 7, due: '2026-12-30' });
  });

  it('do not count where the policy does not count that kind, and say so', () => {
    const dates = ask('2026-11-23', 'EE', [identity, scope], { countPauses: ['scope'] });
    expect(dates.pausedDays).toBe(5);
    expect(dates.pauses.map(({ verdict }) => verdict)).toEqual(['not-counted-by-policy', 'counted']);
    expect(ask('2026-11-23', 'EE', [identity, scope], { countPauses: false }).due).toBe('2026-12-23');
  });

  it('for scope never apply to erasure', () => {
    const dates = ask('2026-11-23', 'EE', [identity, scope], { rights: ['access', 'erasure'] });
    expect(dates.pauses.map(({ verdict }) => verdict)).toEqual(['counted', 'scope-never-for-erasure']);
    expect(dates.due).toBe('2026-12-28');
  });

  it('that are open count up to today, and are shown as open', () => {
    const open: Pause = { kind: 'identity', from: '2026-12-01' };
    const dates = ask('2026-11-23', 'EE', [open], { asOf: '2026-12-10' });
    expect(dates).toMatchObject({ pausedSince: '2026-12-01', pausedDays: 9, due: '2027-01-04' });
    expect(ask('2026-11-23', 'EE', [open], { asOf: '2026-11-25' })).toMatchObject({ pausedDays: 0, due: '2026-12-23' });
  });

  it('asked on the last, rolled day never end the period before the answer', () => {
    // One month ends Sunday 5 April, rolled to Monday 6 April: asked that day, answered on the 9th.
    expect(ask('2026-03-05', 'EE', [{ kind: 'identity', from: '2026-04-06', to: '2026-04-09' }]).due).toBe(
      '2026-04-09',
    );
  });

  it('after the first due date count only once extended, and only towards the extended dates', () => {
    const late: Pause = { kind: 'identity', from: '2027-01-04', to: '2027-01-14' };
    expect(codeOf(() => ask('2026-11-23', 'EE', [late]))).toBe('clock-pause-invalid');
    const dates = ask('2026-11-23', 'EE', [late], { extended: true });
    expect(dates).toMatchObject({ due: '2026-12-23', pausedDays: 0, extendedDue: '2027-03-05' });
  });
});

const places = [...euMemberStates, 'DE-BY', 'FR-57', 'ES-CT', 'IT-32', 'ES-ML'];
const anyPlace = fc.constantFrom(...places);
const start = parseCivilDate('2018-05-25', 'test');
const anyDay = fc.integer({ min: 0, max: 14_000 }).map((days) => addDays(start, days));
/** Pauses that begin inside the first month, from 0 to 40 days long. */
const anyPauses = fc.array(
  fc.record({
    kind: fc.constantFrom('identity' as const, 'scope' as const),
    at: fc.integer({ min: 0, max: 27 }),
    length: fc.integer({ min: 0, max: 40 }),
  }),
  { maxLength: 3 },
);
const pausesOf = (received: CivilDate, raw: readonly { kind: 'identity' | 'scope'; at: number; length: number }[]) =>
  raw.map(({ kind, at, length }) => ({ kind, from: addDays(received, at), to: addDays(received, at + length) }));

describe('for every place, receipt and set of pauses', () => {
  it('no date is a weekend or holiday, none is before its own month, and they keep their order', () => {
    fc.assert(
      fc.property(anyPlace, anyDay, anyPauses, (place, received, raw) => {
        const dates = ask(received, place, pausesOf(received, raw));
        const calendar = calendarOf(parsePlace(place));
        for (const date of [dates.due, dates.unpausedDue, dates.extendedDue, dates.extendedWorkTo])
          expect(calendar.dayOff(date)).toBeUndefined();
        expect(dates.unrolledDue <= dates.unpausedDue && dates.unpausedDue <= dates.due).toBe(true);
        expect(dates.due <= dates.extendedWorkTo).toBe(true);
        expect(dates.extendedWorkTo <= dates.extendedDue && dates.due <= dates.extendedDue).toBe(true);
        expect(daysBetween(dates.unrolledDue, dates.unpausedDue)).toBeLessThan(8);
      }),
      { numRuns: 400 },
    );
  });

  it('a later receipt is never due earlier', () => {
    fc.assert(
      fc.property(anyPlace, anyDay, fc.integer({ min: 0, max: 40 }), (place, received, days) => {
        const [first, second] = [ask(received, place), ask(addDays(received, days), place)];
        expect(first.due <= second.due && first.extendedDue <= second.extendedDue).toBe(true);
        expect(first.extendedWorkTo <= second.extendedWorkTo).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('one more pause never makes a date earlier, and the order of pauses never matters', () => {
    fc.assert(
      fc.property(anyPlace, anyDay, anyPauses, (place, received, raw) => {
        const pauses = pausesOf(received, raw);
        const all = ask(received, place, pauses);
        const fewer = ask(received, place, pauses.slice(1));
        const reversed = ask(received, place, [...pauses].reverse());
        expect(fewer.due <= all.due && fewer.extendedDue <= all.extendedDue).toBe(true);
        expect([reversed.due, reversed.extendedDue, reversed.pausedDays]).toEqual([
          all.due,
          all.extendedDue,
          all.pausedDays,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it('a month ends on the same date, or on the last day of a shorter month', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 1, max: 36 }), (date, months) => {
        const end = addMonths(date, months);
        const month = (Number(date.slice(5, 7)) - 1 + months) % 12;
        expect(Number(end.slice(5, 7)) - 1).toBe(month);
        const sameDay = end.slice(8) === date.slice(8);
        const lastDay = addDays(end, 1).slice(8) === '01';
        expect(sameDay || (lastDay && end.slice(8) < date.slice(8))).toBe(true);
      }),
    );
  });

  it('days are counted one by one', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -400, max: 400 }), (date, days) => {
        expect(daysBetween(date, addDays(date, days))).toBe(days);
        expect(weekday(addDays(date, 7))).toBe(weekday(date));
      }),
    );
  });
});
