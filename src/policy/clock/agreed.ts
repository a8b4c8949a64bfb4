/**
 * The clock where no statute gives a date to a person but a contract to a customer: the day that was agreed is every date of it.
 * Nothing is rolled, extended or paused. Pure.
 */
import type { CivilDate } from './civil-date.ts';
import type { ClockDates } from './due.ts';
import { type Citation, cite } from './rule-sets.ts';

export interface AgreedDate {
  /** Last day. */
  readonly on: CivilDate;
  readonly rule: Citation & { readonly id: string };
}

export function agreedDates(dates: ClockDates, { on, rule }: AgreedDate): ClockDates {
  const source = cite(rule);
  return {
    ...dates,
    ...{ due: on, unpausedDue: on, unrolledDue: on, extendedDue: on, extendedWorkTo: on },
    ...{ pausedDays: 0, pausedSince: null, pauses: [] },
    rule: { id: rule.id, law: rule.law, articles: rule.section, source: rule.source, confidence: rule.confidence },
    sources: { due: source, unpausedDue: source, extendedDue: source, extendedWorkTo: source },
    steps: [...dates.steps.slice(0, 1), { date: on, what: 'as agreed with the customer', source }],
  };
}
