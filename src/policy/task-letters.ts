/**
 * When a task that only a person can do is written about: when it opens, some days before it is due, and before the time limit
 * of the law to whoever answers for that. Each letter once; one that comes late (the worker stood still, nobody had an address)
 * is still sent while the task is open. Days of ours and not the law's: a limit that is missed is missed either way. Pure.
 */
import type { TaskLetterKind } from '../ledger/states.ts';
import { addDays, type CivilDate, parseCivilDate } from './clock/index.ts';

/** Days before the task's own date. */
export const reminderDays = 3;
/** Days before the statutory date. */
export const escalationDays = 7;

export interface LetterDates {
  readonly openedOn: string;
  readonly dueOn: string;
  /** The date of the law: to it an extension and counted pauses are added already. */
  readonly statutoryOn: string;
}

/** From which day each letter is due. A reminder never comes on the day the task was opened. */
export function letterDays(dates: LetterDates): Readonly<Record<TaskLetterKind, CivilDate>> {
  const opened = parseCivilDate(dates.openedOn, 'opened');
  const reminder = addDays(parseCivilDate(dates.dueOn, 'due'), -reminderDays);
  return {
    opened,
    reminder: reminder > opened ? reminder : addDays(opened, 1),
    escalation: addDays(parseCivilDate(dates.statutoryOn, 'statutory'), -escalationDays),
  };
}

/** Letters that should have gone out by this day, the first first. */
export function lettersDue(dates: LetterDates, today: string): readonly TaskLetterKind[] {
  const days = letterDays(dates);
  return (['opened', 'reminder', 'escalation'] as const).filter((kind) => days[kind] <= today);
}
