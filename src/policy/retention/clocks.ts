/**
 * What starts a retention clock and when it ends: an event, the day the law counts from, a period. Pure civil dates,
 * never rolled to working days: a document may be destroyed on a Sunday. Only what is known is computed; a day in no
 * financial year answers `undefined`, and the caller asks.
 */
import { addDays, addMonths, type CivilDate, parseCivilDate, yearOf } from '../clock/civil-date.ts';
import type { FinancialYear, FinancialYears } from './financial-years.ts';

/** Events that start clocks. `byDocument`: on an ordinary document it happened on the document's own day. */
export const clockEvents = {
  issue: { what: 'the document was issued, prepared or received', byDocument: true },
  recording: { what: 'the document was recorded in the books', byDocument: true },
  supply: { what: 'the transaction took place', byDocument: true },
  creation: { what: 'the record was made', byDocument: true },
  'term-expiry': { what: 'the term of the contract expired', byDocument: false },
  'last-entry': { what: 'the last entry was made in the books', byDocument: false },
  'tax-payable': { what: 'the tax became payable', byDocument: false },
  closure: { what: 'the account, subscription or trial was closed', byDocument: false },
} as const satisfies Readonly<Record<string, { readonly what: string; readonly byDocument: boolean }>>;
export type ClockEvent = keyof typeof clockEvents;

/** From which day the law counts, once the event has happened. */
export const anchors = {
  day: 'that day',
  'calendar-year-end': 'the end of its calendar year',
  'next-1-january': 'the 1 January after it',
  'financial-year-end': 'the end of its financial year',
  'financial-year-calendar-end': 'the end of the calendar year in which its financial year ended',
} as const;
export type Anchor = keyof typeof anchors;

export type Period = { readonly years: number } | { readonly months: number } | { readonly days: number };

export interface RunClock {
  readonly start: CivilDate;
  /** The last day of the period: erasing is allowed from the day after. */
  readonly end: CivilDate;
  /** The financial year that decided, where one did. */
  readonly financialYear: FinancialYear | null;
}

/** Runs a clock from the day of its event; `undefined`: that day is in no known financial year. */
export function runClock(
  anchor: Anchor,
  event: CivilDate,
  period: Period,
  years: FinancialYears,
): RunClock | undefined {
  switch (anchor) {
    case 'day':
      return { start: event, end: add(event, period), financialYear: null };
    case 'calendar-year-end': {
      const start = lastDayOf(yearOf(event));
      return { start, end: add(start, period), financialYear: null };
    }
    case 'next-1-january': {
      // The period begins with this day, so its last day is the eve of the anniversary.
      const start = addDays(lastDayOf(yearOf(event)), 1);
      return { start, end: addDays(add(start, period), -1), financialYear: null };
    }
    case 'financial-year-end':
    case 'financial-year-calendar-end': {
      const financialYear = years.containing(event);
      if (financialYear === undefined) return undefined;
      const start = anchor === 'financial-year-end' ? financialYear.to : lastDayOf(yearOf(financialYear.to));
      return { start, end: add(start, period), financialYear };
    }
    default:
      return anchor satisfies never;
  }
}

/** `7 years`, `1 month`, `90 days`; as configuration writes it. */
export const periodPattern = '^([1-9][0-9]{0,3}) (day|month|year)s?$';

/** The reverse of {@link periodInWords}; `undefined` for anything else. */
export function parsePeriod(text: string): Period | undefined {
  const [, count, unit] = new RegExp(periodPattern).exec(text) ?? [];
  if (count === undefined) return undefined;
  const number = Number(count);
  return unit === 'year' ? { years: number } : unit === 'month' ? { months: number } : { days: number };
}

/** In words: `7 years`. */
export function periodInWords(period: Period): string {
  const [count, unit] =
    'years' in period ? [period.years, 'year'] : 'months' in period ? [period.months, 'month'] : [period.days, 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** 29 February + 7 years is 28 February: a month without such a date ends on its last day. */
function add(date: CivilDate, period: Period): CivilDate {
  if ('days' in period) return addDays(date, period.days);
  return addMonths(date, 'years' in period ? period.years * 12 : period.months);
}

function lastDayOf(year: number): CivilDate {
  return parseCivilDate(`${String(year).padStart(4, '0')}-12-31`, 'year');
}
