/**
 * A company's financial years: from–to intervals as they really were (a first, last or changed one may run up to 18
 * months), or a day on which every year ends. Pure. A date in no interval is not guessed at: the caller gets `undefined`
 * and asks. Fails with `policy-financial-year-invalid` for years that cannot be.
 */
import { HabeasError } from '../../errors.ts';
import { addDays, addMonths, type CivilDate, parseCivilDate, yearOf } from '../clock/civil-date.ts';

export interface FinancialYear {
  readonly from: CivilDate;
  readonly to: CivilDate;
}

export interface FinancialYears {
  /** The year that contains the day; `undefined` where nobody has said which. */
  containing(date: CivilDate): FinancialYear | undefined;
}

/** Nobody has said when the company's years end. */
export const noFinancialYears: FinancialYears = { containing: () => undefined };

/** Accepts years without overlap, each of at most 18 months; gaps are allowed and answer `undefined`. */
export function financialYears(
  list: readonly { readonly from: string; readonly to: string }[],
  where = 'controller.financialYears',
): FinancialYears {
  const years = list
    .map(({ from, to }) => ({ from: parseCivilDate(from, where), to: parseCivilDate(to, where) }))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  for (const [index, { from, to }] of years.entries()) {
    const next = years[index + 1];
    const tooLong = to > addDays(addMonths(from, 18), -1);
    if (to <= from || tooLong || (next !== undefined && next.from <= to))
      throw new HabeasError('policy-financial-year-invalid', { where });
  }
  return { containing: (date) => years.find(({ from, to }) => from <= date && date <= to) };
}

/** Every year ends on the same day, `MM-DD`; `02-29` means the last day of February. */
export function yearlyFinancialYears(end: string, where = '--financial-year-end'): FinancialYears {
  const [, month, day] = /^(\d{2})-(\d{2})$/.exec(end) ?? [];
  // A leap year knows every day that can be written.
  if (month === undefined || day === undefined || !exists(`2024-${end}`))
    throw new HabeasError('policy-financial-year-invalid', { where });
  const endIn = (year: number): CivilDate => {
    const text = `${String(year).padStart(4, '0')}-${end}`;
    return parseCivilDate(exists(text) ? text : text.replace(/29$/, '28'), where);
  };
  return {
    containing: (date) => {
      const year = yearOf(date);
      const to = date <= endIn(year) ? endIn(year) : endIn(year + 1);
      return { from: addDays(endIn(yearOf(to) - 1), 1), to };
    },
  };
}

function exists(text: string): boolean {
  try {
    parseCivilDate(text, 'day');
    return true;
  } catch {
    return false;
  }
}
