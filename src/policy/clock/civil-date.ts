/**
 * Civil dates: a day on the calendar, `YYYY-MM-DD`, without hour or time zone. Pure arithmetic on UTC day numbers, so that
 * the machine's time zone can never move a date; the local `Date` getters are never used. Whoever turns an instant of
 * receipt into a civil date does so in the controller's time zone before calling. Fails with `clock-date-invalid`.
 */
import { HabeasError } from '../../errors.ts';

declare const brand: unique symbol;
/** A day that exists, as `YYYY-MM-DD`. Sorts and compares as text. */
export type CivilDate = string & { readonly [brand]: 'civil-date' };

const dayMs = 86_400_000;

/** Narrows text to a day that exists; `where` names the field or flag in the error, never its value. */
export function parseCivilDate(text: string, where: string): CivilDate {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts !== null) {
    const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
    if (year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))
      return text as CivilDate;
  }
  throw new HabeasError('clock-date-invalid', { where });
}

/** The day `days` after (or, negative, before) `date`. */
export function addDays(date: CivilDate, days: number): CivilDate {
  return new Date(dayNumber(date) * dayMs + days * dayMs).toISOString().slice(0, 10) as CivilDate;
}

/** The last day on which something is kept, from the first on which it may go; null where no day is known. */
export function lastDayBefore(dueOn: string | null): CivilDate | null {
  return dueOn === null ? null : addDays(parseCivilDate(dueOn, 'due_on'), -1);
}

/**
 * The same date `months` later, or the last day of that month where it has no such date: Regulation 1182/71
 * Art. 3(2)(c). Never feed a result back to add more months: 31 January + 1 + 2 is not 31 January + 3.
 */
export function addMonths(date: CivilDate, months: number): CivilDate {
  const { year, month, day } = split(date);
  const index = year * 12 + (month - 1) + months;
  const [toYear, toMonth] = [Math.floor(index / 12), (index % 12) + 1];
  const toDay = Math.min(day, daysInMonth(toYear, toMonth));
  return `${pad(toYear, 4)}-${pad(toMonth, 2)}-${pad(toDay, 2)}` as CivilDate;
}

/** Days from `from` to `to`; the first day is not counted, the last one is. Negative where `to` is earlier. */
export function daysBetween(from: CivilDate, to: CivilDate): number {
  return dayNumber(to) - dayNumber(from);
}

/** 0 is Sunday, 6 is Saturday. */
export function weekday(date: CivilDate): number {
  return new Date(dayNumber(date) * dayMs).getUTCDay();
}

export function yearOf(date: CivilDate): number {
  return split(date).year;
}

export function later(a: CivilDate, b: CivilDate): CivilDate {
  return a < b ? b : a;
}

export function earlier(a: CivilDate, b: CivilDate): CivilDate {
  return a < b ? a : b;
}

function split(date: CivilDate): { year: number; month: number; day: number } {
  return { year: Number(date.slice(0, 4)), month: Number(date.slice(5, 7)), day: Number(date.slice(8, 10)) };
}

function dayNumber(date: CivilDate): number {
  const { year, month, day } = split(date);
  return Date.UTC(year, month - 1, day) / dayMs;
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
