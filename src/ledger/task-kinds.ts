/**
 * What each kind of task asks of whom: role, allowed answers, what happens if nobody answers. The one table that the
 * workflow (opens), the deciding commands (check) and the docs (show) share. Pure.
 */
import { type PersonRole, type TaskKind, taskAnswers, type Unanswered } from './states.ts';

export interface TaskTerms {
  readonly role: PersonRole;
  readonly allowedAnswers: readonly string[];
  readonly ifUnanswered: Unanswered;
}

export const taskTerms: Readonly<Record<TaskKind, TaskTerms>> = {
  identity: { role: 'agent', allowedAnswers: taskAnswers.identity, ifUnanswered: 'nothing-released' },
  candidate: { role: 'officer', allowedAnswers: taskAnswers.candidate, ifUnanswered: 'stays-open' },
  // A step of the whole request (package, delivery): nothing but trying again. A lane has `laneTerms`.
  unresolved: { role: 'officer', allowedAnswers: ['retry'], ifUnanswered: 'stays-open' },
  'blast-radius': { role: 'officer', allowedAnswers: taskAnswers['blast-radius'], ifUnanswered: 'stays-open' },
  manual: { role: 'agent', allowedAnswers: taskAnswers.manual, ifUnanswered: 'not-delivered' },
  // The offer of a first package; a plan has `planTerms`.
  approval: { role: 'officer', allowedAnswers: ['send-part', 'wait'], ifUnanswered: 'part-not-sent' },
  successor: { role: 'officer', allowedAnswers: taskAnswers.successor, ifUnanswered: 'nothing-erased' },
  mask: { role: 'officer', allowedAnswers: taskAnswers.mask, ifUnanswered: 'masks-wait' },
  'late-arrivals': {
    role: 'officer',
    allowedAnswers: taskAnswers['late-arrivals'],
    ifUnanswered: 'account-stays',
  },
};

/** An `approval` task of a plan (code `plan-ready`): what is approved is named by its hash. */
export const planTerms: TaskTerms = {
  role: 'officer',
  allowedAnswers: ['approve', 'reject'],
  ifUnanswered: 'nothing-erased',
};

/** An `unresolved` task of a parked lane: tried again, answered by hand with proof, or left open by two people. */
export const laneTerms: TaskTerms = {
  role: 'officer',
  allowedAnswers: taskAnswers.unresolved,
  ifUnanswered: 'stays-open-system-missing',
};

/** Answers that stand only when so many different people give them, whatever the task asks for. */
const answersOfSeveral: Readonly<Record<string, number>> = { 'leave-unresolved': 2 };

/** How many different people must give this answer to a task that asks for so many. */
export function peopleFor(answer: string, peopleNeeded: number): number {
  return Math.max(peopleNeeded, answersOfSeveral[answer] ?? 1);
}

/** Whoever gave such an answer alone may still give another. */
export function bindsNobodyAlone(answer: string): boolean {
  return answersOfSeveral[answer] !== undefined;
}

/** An `unresolved` task of a letter that the mail server would not take. */
export const unsentTerms: TaskTerms = {
  role: 'officer',
  allowedAnswers: ['retry', ...taskAnswers.manual],
  ifUnanswered: 'not-delivered',
};

/**
 * A `manual` task with code `identifiers-not-searchable`, opened at intake where no configured system can search by what
 * was given: nothing is looked for until a person has found an identifier, or says that none exists.
 */
export const searchByHandTerms: TaskTerms = {
  role: 'agent',
  allowedAnswers: ['identifiers-added', 'none-exists'],
  ifUnanswered: 'stays-open',
};
