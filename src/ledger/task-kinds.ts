/**
 * What each kind of task asks of whom: role, allowed answers, what happens if nobody answers. The one table that the
 * workflow (opens), the deciding commands (check) and the docs (show) share. Pure.
 */
import { manualAnswers } from './hand-terms.ts';
import {
  type ActingRight,
  type PersonRole,
  type Right,
  type TaskKind,
  taskAnswers,
  type Unanswered,
} from './states.ts';

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
  // A package to hand over; a system that no program can reach has `manualTerms`.
  manual: { role: 'agent', allowedAnswers: ['delivered'], ifUnanswered: 'not-delivered' },
  // The offer of a first package; a plan has `planTerms`.
  approval: { role: 'officer', allowedAnswers: ['send-part', 'wait'], ifUnanswered: 'part-not-sent' },
  successor: { role: 'officer', allowedAnswers: taskAnswers.successor, ifUnanswered: 'nothing-erased' },
  mask: { role: 'officer', allowedAnswers: taskAnswers.mask, ifUnanswered: 'masks-wait' },
  'late-arrivals': {
    role: 'officer',
    allowedAnswers: taskAnswers['late-arrivals'],
    ifUnanswered: 'account-stays',
  },
  // Which of the answers one request allows is for its right: `rightTerms`.
  right: { role: 'officer', allowedAnswers: taskAnswers.right, ifUnanswered: 'stays-restricted' },
  notice: { role: 'agent', allowedAnswers: taskAnswers.notice, ifUnanswered: 'recipient-not-told' },
};

/** A `right` task of a restriction that stands: lifted after the person was told. */
export const liftTerms: TaskTerms = { ...taskTerms.right, allowedAnswers: ['lift'] };

/** A `right` task: who objects is upheld or overridden, who disputes accuracy is corrected or refused. */
export function rightTerms(right: ActingRight): TaskTerms {
  const allowedAnswers =
    right === 'objection' ? ['uphold', 'compelling-grounds', 'legal-claims'] : ['correct', 'found-accurate'];
  return { ...taskTerms.right, allowedAnswers };
}

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

/** A `manual` task about a system (code `by-hand-needed`): a person does there what the right demands, and attests it. */
export function manualTerms(right: Right, role: PersonRole): TaskTerms {
  return { role, allowedAnswers: manualAnswers(right), ifUnanswered: 'stays-open-system-missing' };
}

/** A `manual` task about what was kept by hand until now (code `kept-due`): it is erased, or kept on upon a ground. */
export function keptTerms(role: PersonRole): TaskTerms {
  return { role, allowedAnswers: ['erased', 'kept', 'not-found'], ifUnanswered: 'kept-too-long' };
}

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

/** A `manual` task with code `answer-by-hand`: a person hands the letter over, or nobody can be reached. */
export const answerTerms: TaskTerms = {
  role: 'agent',
  allowedAnswers: ['delivered', 'not-reachable'],
  ifUnanswered: 'person-not-told',
};

/** A `manual` task with code `unmark-by-hand`: what was marked by hand as restricted is unmarked by hand. */
export const unmarkTerms: TaskTerms = { role: 'agent', allowedAnswers: ['unmarked'], ifUnanswered: 'stays-marked' };

/** An `unresolved` task of a package whose letter the mail server would not take. */
export const unsentTerms: TaskTerms = {
  role: 'officer',
  allowedAnswers: ['retry', 'delivered'],
  ifUnanswered: 'not-delivered',
};

/** An `unresolved` task of an answer that the mail server would not take: as `answerTerms`, or tried again. */
export const unsentAnswerTerms: TaskTerms = {
  role: 'officer',
  allowedAnswers: ['retry', ...answerTerms.allowedAnswers],
  ifUnanswered: answerTerms.ifUnanswered,
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
