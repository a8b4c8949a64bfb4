/** The civil date in the controller's time zone at an instant: what a statutory day begins and ends by. Pure. */
import { type CivilDate, parseCivilDate } from '../policy/clock/index.ts';

export function civilToday(at: Date, timeZone: string): CivilDate {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return parseCivilDate(parts.format(at), 'today');
}
