/**
 * Under which terms a system is left unresolved: who looks after it and on which day it is looked at again. Two people
 * agree only on the same terms; they stand readable in what each of them signed. Pure. Refuses with `person-unknown`,
 * `next-date`, `clock-date-invalid`.
 */
import type { LoadedConfig } from '../config/load.ts';
import { HabeasError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import { addMonths, parseCivilDate } from '../policy/clock/index.ts';
import { civilToday } from './today.ts';

export interface LeaveTerms {
  readonly owner: PersonId;
  /** YYYY-MM-DD. */
  readonly next: string;
}

/** What a front door was given. */
export interface GivenTerms {
  readonly owner: string;
  readonly next: string;
}

const mostMonths = 12;

export function leaveTerms(
  config: Pick<LoadedConfig, 'people' | 'controller'>,
  given: GivenTerms | undefined,
  at: Date,
): LeaveTerms {
  if (given === undefined) throw new HabeasError('next-date', { where: '--owner --next' });
  const owner = config.people.find(({ id }) => id === given.owner)?.id;
  if (owner === undefined) throw new HabeasError('person-unknown', { where: '--owner' });
  const next = parseCivilDate(given.next, '--next');
  const today = civilToday(at, config.controller.timeZone);
  if (next <= today || next > addMonths(today, mostMonths)) throw new HabeasError('next-date', { where: '--next' });
  return { owner, next };
}

/** The terms in a signed statement, as text to compare; null where it has none. */
export function termsIn(statement: string): readonly [owner: string, next: string] | null {
  const signed: unknown = JSON.parse(statement);
  if (typeof signed !== 'object' || signed === null || !('details' in signed)) return null;
  const { details } = signed;
  if (typeof details !== 'object' || details === null || !('owner' in details) || !('next' in details)) return null;
  const { owner, next } = details;
  return typeof owner === 'string' && typeof next === 'string' ? [owner, next] : null;
}
