/** Holidays decide dates: pinned for the first user's country, checked for shape everywhere, the same in any time zone. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import Holidays from 'date-holidays';
import { calendarOf, parsePlace } from './calendar.ts';
import { calendarCorrections, calendarLibrary } from './calendar-data.ts';
import { addDays, parseCivilDate } from './civil-date.ts';
import { euMemberStates, placesWithoutRuleSet } from './rule-sets.ts';

const holidaysOf = (place: string, year: number) => [...calendarOf(parsePlace(place)).holidays(year).keys()].sort();
const day = (text: string) => parseCivilDate(text, 'test');
const yearly = ['01-01', '02-24', '05-01', '06-23', '06-24', '08-20', '12-24', '12-25', '12-26'];

describe('the Estonian calendar', () => {
  // Public Holidays and Days of National Importance Act §§ 1, 2; Good Friday, Easter Sunday and Pentecost move.
  it.each([
    [2025, ['04-18', '04-20', '06-08']],
    [2026, ['04-03', '04-05', '05-24']],
    [2027, ['03-26', '03-28', '05-16']],
    [2028, ['04-14', '04-16', '06-04']],
  ])('is exactly the list of the act in %i, without Easter Monday', (year, moving) => {
    expect(holidaysOf('EE', year)).toEqual([...yearly, ...moving].map((date) => `${year}-${date}`).sort());
  });

  it('treats shortened days, the eve of a holiday and days of national importance as working days', () => {
    const { dayOff } = calendarOf(parsePlace('EE'));
    for (const date of [
      '2026-02-23',
      '2026-06-22',
      '2026-12-23',
      '2026-12-31',
      '2026-04-06',
      '2026-01-06',
      '2026-06-04',
    ])
      expect(dayOff(day(date))).toBeUndefined();
  });
});

describe('other calendars', () => {
  it('count both days of a holiday of two days', () => {
    expect(holidaysOf('RO', 2026)).toEqual(expect.arrayContaining(['2026-01-01', '2026-01-02']));
  });

  it('count neither half-days nor bank holidays', () => {
    expect(holidaysOf('DE', 2026)).not.toContain('2026-12-24');
    expect(holidaysOf('DE', 2028)).not.toContain('2028-12-24'); // a Sunday: the library lists the whole day, as bank holiday
    expect(holidaysOf('SE', 2026)).not.toContain('2026-06-19');
  });

  it('count a substitute day that the law itself makes a holiday', () => {
    expect(holidaysOf('LV', 2025)).toContain('2025-05-05');
  });

  it('put Clean Monday in Cyprus on a Monday', () => {
    expect(holidaysOf('CY', 2026)).toContain('2026-02-23');
    expect(holidaysOf('CY', 2026)).not.toContain('2026-02-24');
    expect(holidaysOf('CY', 2023)).toContain('2023-02-27');
  });

  it('count Saint Patrick’s Day in Ireland but not Good Friday nor a substitute bank holiday', () => {
    expect(holidaysOf('IE', 2026)).toEqual(expect.arrayContaining(['2026-03-17', '2026-12-26']));
    expect(holidaysOf('IE', 2026)).not.toContain('2026-04-03');
    expect(holidaysOf('IE', 2026)).not.toContain('2026-12-28');
  });

  it('do not rely on a prediction of the moon', () => {
    expect(holidaysOf('ES-ML', 2026)).not.toContain('2026-05-27');
    expect(holidaysOf('ES-ML', 2026)).toContain('2026-04-02');
  });

  it('have New Year and Christmas in all 27 Member States, and between 8 and 20 days a year', () => {
    expect(euMemberStates.size).toBe(27);
    for (const country of euMemberStates)
      for (const year of [2025, 2026, 2027, 2028]) {
        const days = holidaysOf(country, year);
        expect(days).toEqual(expect.arrayContaining([`${year}-01-01`, `${year}-12-25`]));
        expect(days.length).toBeGreaterThanOrEqual(8);
        expect(days.length).toBeLessThanOrEqual(20);
      }
  });

  it('never leave more than six days in a row without a working day', () => {
    for (const country of euMemberStates) {
      const { roll } = calendarOf(parsePlace(country));
      for (let date = day('2025-01-01'); date < '2029-01-01'; date = addDays(date, 1))
        expect(roll(date).skipped.length).toBeLessThan(7);
    }
  });
});

describe('the holiday library', () => {
  it('is the version that the answers name', () => {
    const path = createRequire(import.meta.url).resolve('date-holidays/package.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ ...calendarLibrary });
  });

  it('still has every rule that a correction removes', () => {
    for (const { country, regions, remove } of calendarCorrections) {
      const rules = (regions ?? [undefined]).flatMap((region) => {
        const library = region === undefined ? new Holidays(country) : new Holidays(country, region);
        return library.getHolidays(2026).map(({ rule }) => rule);
      });
      for (const rule of remove) expect(rules).toContain(rule);
    }
  });

  it('writes the same dates whatever the time zone of the machine', () => {
    const script = `import H from 'date-holidays'; const out = [];
      for (const c of ['EE', 'PT', 'CY', 'RO', 'ES']) for (const h of new H(c).getHolidays(2027))
        out.push(h.date.slice(0, 10) + (h.end - h.start)); console.log(out.join());`;
    const inZone = (TZ: string) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { env: { TZ }, encoding: 'utf8' });
    const utc = inZone('UTC');
    expect(utc.split(',').length).toBeGreaterThan(50);
    expect(inZone('Pacific/Kiritimati')).toBe(utc);
    expect(inZone('America/Los_Angeles')).toBe(utc);
  });
});

describe('countries', () => {
  it('are each either a Member State or without a rule set', () => {
    for (const country of euMemberStates) expect(placesWithoutRuleSet.has(country)).toBe(false);
    expect(euMemberStates.size + placesWithoutRuleSet.size).toBe(249 + 1); // ISO 3166-1, and UK as commonly written
    const notInIso = ['IC', 'XK']; // the library's own codes for the Canary Islands and Kosovo
    const library = Object.keys(new Holidays().getCountries()).filter((country) => !notInIso.includes(country));
    expect(library.filter((country) => !euMemberStates.has(country) && !placesWithoutRuleSet.has(country))).toEqual([]);
  });
});
