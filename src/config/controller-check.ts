/**
 * The controller's place and time: a country with a rule set and a calendar, a time zone that exists, financial years that
 * can be. The law's own limits; pure. Part of cross-checks.ts.
 */
import { catalogue, HabeasError } from '../errors.ts';
import { addDays, addMonths, parseCivilDate, parsePlace } from '../policy/clock/index.ts';
import type { Look, Say } from './look.ts';

export function controller(look: Look, say: Say): void {
  const country = look.text('/controller/country');
  if (country !== undefined && /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(country)) {
    try {
      parsePlace(country);
    } catch (error) {
      if (!(error instanceof HabeasError)) throw error;
      say(
        '/controller/country',
        catalogue[error.code].what,
        'Write the code of the EU Member State where the controller is established, as EE or DE-BY (Greece is GR).',
      );
    }
  }
  const zone = look.text('/controller/timeZone');
  if (zone !== undefined && !isTimeZone(zone))
    say('/controller/timeZone', 'No such time zone is known.', 'Write its IANA name, as Europe/Tallinn.');
  const years = look.entries('/controller/financialYears').map((pointer) => ({
    pointer,
    from: look.text(`${pointer}/from`) ?? '',
    to: look.text(`${pointer}/to`) ?? '',
  }));
  for (const [index, { pointer, from, to }] of years.entries()) {
    if (!isDay(from) || !isDay(to)) continue;
    if (to <= from) say(`${pointer}/to`, 'This financial year ends before it begins.', 'Correct one of the two days.');
    else if (to > addDays(addMonths(parseCivilDate(from, 'from'), 18), -1))
      say(
        `${pointer}/to`,
        'This financial year is longer than 18 months.',
        'Correct one of the two days; 18 months is the legal limit.',
      );
    const overlaps = years.slice(0, index).some((other) => isDay(other.from) && other.from <= to && from <= other.to);
    if (overlaps)
      say(
        `${pointer}/from`,
        'This financial year overlaps one above.',
        'Let each begin on the day after the one before.',
      );
  }
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return /^[A-Z]/.test(zone);
  } catch {
    return false;
  }
}

function isDay(text: string): boolean {
  try {
    parseCivilDate(text, 'day');
    return true;
  } catch {
    return false;
  }
}
