/** The day on which a vendor that lets go of records later is asked again, out of the register. Pure. */
import type { ErrorCode } from '../errors.ts';
import { addDays, type CivilDate, later, parseCivilDate, yearOf } from './clock/civil-date.ts';

/** What only people can change at the vendor is not asked about every day. */
const peopleDays = 30;

/** The first day on which waiting records are asked for again; after today. */
export function asksFrom(
  today: CivilDate,
  { from, code }: { readonly from: string | null; readonly code: ErrorCode },
): CivilDate {
  if (from !== null) return later(parseCivilDate(from, 'from'), addDays(today, 1));
  // What is bound together must come back together, however its days lie.
  if (code === 'vendor-reaches-more') return firstOfNextMonth(today);
  return addDays(today, code === 'vendor-job-runs' ? 1 : peopleDays);
}

function firstOfNextMonth(today: CivilDate): CivilDate {
  const [year, month] = [yearOf(today), Number(today.slice(5, 7))];
  const text = month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, '0')}-01`;
  return parseCivilDate(text, 'from');
}
