/**
 * Public holidays and working days of a Member State or one of its regions (Regulation 1182/71 Art. 2). Owns the only use
 * of the holiday library. Only days of type `public` that are holidays for the whole civil day count: bank holidays,
 * observances and half-days do not (a day less makes a date earlier, never too late). Reads civil dates from the library's
 * own date text, never from its `Date` objects. Tables are remembered per year. Fails with `clock-country-unknown`,
 * `clock-region-unknown`, `clock-rule-set-unsupported`.
 */
import Holidays from 'date-holidays';
import { HabeasError } from '../../errors.ts';
import { calendarCorrections, calendarLibrary, comparedWithLaw, correctionsVersion } from './calendar-data.ts';
import { addDays, type CivilDate, parseCivilDate, weekday, yearOf } from './civil-date.ts';
import { type Confidence, euMemberStates, placesWithoutRuleSet } from './rule-sets.ts';

/** Which calendar made a date; stored with it. */
export interface CalendarName {
  readonly name: string;
  readonly version: string;
  readonly corrections: number;
  readonly country: string;
  readonly region: string | null;
  readonly confidence: Confidence;
}

export interface SkippedDay {
  readonly date: CivilDate;
  /** `Saturday`, `Sunday` or the holiday's English name. */
  readonly why: string;
}

export interface Calendar {
  readonly name: CalendarName;
  /** Public holidays of one year, by date, with their English names. */
  holidays(year: number): ReadonlyMap<CivilDate, string>;
  /** Why `date` is not a working day, or `undefined` where it is one. */
  dayOff(date: CivilDate): string | undefined;
  /** `date` itself where it is a working day, else the next one: Regulation 1182/71 Art. 3(4). */
  roll(date: CivilDate): { readonly date: CivilDate; readonly skipped: readonly SkippedDay[] };
}

export interface Place {
  readonly country: string;
  readonly region: string | null;
}

/** Reads `CC` or `CC-REGION` (ISO 3166-2, as `DE-BY`), in either case, and refuses what has no rule set or calendar. */
export function parsePlace(text: string): Place {
  const parts = /^([A-Z]{2})(?:-([A-Z0-9]{1,3}))?$/.exec(text.toUpperCase());
  const country = parts?.[1];
  if (country === undefined) throw new HabeasError('clock-country-unknown', { where: 'country' });
  if (!euMemberStates.has(country)) {
    const known = placesWithoutRuleSet.has(country);
    throw new HabeasError(known ? 'clock-rule-set-unsupported' : 'clock-country-unknown', { where: 'country' });
  }
  const region = parts?.[2] ?? null;
  if (region !== null && !Object.hasOwn(new Holidays().getStates(country) ?? {}, region))
    throw new HabeasError('clock-region-unknown', { where: 'region' });
  return { country, region };
}

const calendars = new Map<string, Calendar>();

/** The calendar of a place; the same object for the same place. */
export function calendarOf(place: Place): Calendar {
  const key = `${place.country}-${place.region ?? ''}`;
  const calendar = calendars.get(key) ?? makeCalendar(place);
  calendars.set(key, calendar);
  return calendar;
}

function makeCalendar(place: Place): Calendar {
  const library = libraryFor(place);
  const years = new Map<number, ReadonlyMap<CivilDate, string>>();
  const holidays = (year: number): ReadonlyMap<CivilDate, string> => {
    const table = years.get(year) ?? publicHolidays(library, year);
    years.set(year, table);
    return table;
  };
  const dayOff = (date: CivilDate): string | undefined => {
    const holiday = holidays(yearOf(date)).get(date);
    if (holiday !== undefined) return holiday;
    const day = weekday(date);
    return day === 0 ? 'Sunday' : day === 6 ? 'Saturday' : undefined;
  };
  return {
    name: {
      ...calendarLibrary,
      corrections: correctionsVersion,
      ...place,
      confidence: place.region === null && Object.hasOwn(comparedWithLaw, place.country) ? 'V' : 'S',
    },
    holidays,
    dayOff,
    roll(date) {
      const skipped: SkippedDay[] = [];
      let day = date;
      for (let why = dayOff(day); why !== undefined; why = dayOff(day)) {
        skipped.push({ date: day, why });
        day = addDays(day, 1);
      }
      return { date: day, skipped };
    },
  };
}

function libraryFor(place: Place): Holidays {
  const library = place.region === null ? new Holidays(place.country) : new Holidays(place.country, place.region);
  for (const correction of calendarCorrections) {
    if (correction.country !== place.country) continue;
    if (correction.regions !== undefined && !correction.regions.includes(place.region ?? '')) continue;
    for (const rule of correction.remove) library.unsetRule(rule);
    for (const { rule, name } of correction.add) library.setHoliday(rule, { name: { en: name }, type: 'public' });
  }
  return library;
}

const wholeDayHours = 23; // the day on which summer time begins has 23 hours

function publicHolidays(library: Holidays, year: number): ReadonlyMap<CivilDate, string> {
  const table = new Map<CivilDate, string>();
  for (const holiday of library.getHolidays(year, 'en')) {
    const hours = (holiday.end.getTime() - holiday.start.getTime()) / 3_600_000;
    const fromMidnight = holiday.date.slice(11, 19) === '00:00:00';
    if (holiday.type !== 'public' || !fromMidnight || hours < wholeDayHours) continue;
    const first = parseCivilDate(holiday.date.slice(0, 10), 'holiday calendar');
    // Some entries span days (Romania's New Year is two).
    for (let n = 0; n < Math.round(hours / 24); n++) table.set(addDays(first, n), holiday.name);
  }
  return table;
}
