/**
 * What is to be done next, by whom, and what happens if nobody does it: the words that every list of the command line
 * shares. Pure; ids, slugs and codes only.
 */
import type { ErrorCode } from '../errors.ts';
import { isStopCode, wokenCodes } from '../ledger/incidents.ts';
import type { TaskKind, Unanswered } from '../ledger/states.ts';
import type { Voice } from '../requests/index.ts';

/** The part of a task that says what answers it. */
export interface Asked {
  readonly id: string;
  readonly requestId: string;
  readonly systemId: string | null;
  readonly kind: TaskKind;
  readonly code: ErrorCode | null;
  readonly role: string;
  readonly owner: string | null;
  readonly allowedAnswers: readonly string[];
  readonly voices: readonly Voice[];
}

/** Whether a task waits for its system, which is stopped, and not for a decision about this request alone. */
export function waitsForSystem(task: Pick<Asked, 'kind' | 'code'>, isPaused: boolean): boolean {
  return isPaused && task.kind === 'unresolved' && task.code !== null && wokenCodes.includes(task.code);
}

/** The command that answers a task. `isStopped`: its system is, so that nothing is to be tried before it is resumed. */
export function nextForTask(task: Asked, isStopped: boolean): string {
  switch (task.kind) {
    case 'identity':
      if (task.code === 'mandate-unreviewed') return `habeas instructions show ${task.requestId}`;
      return `habeas requests identity ${task.requestId} verified --method METHOD --contact CONTACT`;
    case 'unresolved':
      if (task.systemId === null && task.code === 'plan-rejected') return `habeas requests retry ${task.requestId}`;
      // An answer that could not be mailed; of a package nobody can say that it reaches nobody.
      if (task.systemId === null && task.allowedAnswers.includes('not-reachable'))
        return `habeas requests letter ${task.requestId}`;
      if (task.systemId === null) return `habeas tasks answer ${task.id} --answer retry --reason "…"`;
      if (isStopped || isStopCode(task.code)) return `habeas systems resume ${task.systemId}`;
      return leaveVoice(task) === undefined
        ? `habeas requests retry ${task.requestId} ${task.systemId}`
        : leaveCommand(task, task.systemId);
    case 'manual':
      if (task.code === 'answer-by-hand') return `habeas requests letter ${task.requestId}`;
      if (task.code === 'unmark-by-hand') return `habeas tasks answer ${task.id} --answer unmarked --reason "…"`;
      return task.allowedAnswers.includes('delivered')
        ? `habeas requests delivered ${task.requestId} --method post`
        : `habeas tasks show ${task.id}`;
    case 'approval':
      return task.allowedAnswers.includes('approve')
        ? `habeas requests plan ${task.requestId}`
        : `habeas requests send-part ${task.requestId}`;
    case 'successor':
      return `habeas requests successor ${task.requestId} --workspace W --user-id U`;
    case 'mask':
      return `habeas masks show ${task.id}`;
    case 'right':
      return task.allowedAnswers.includes('lift')
        ? `habeas requests lift-restriction ${task.requestId} --told DATE --reason "…"`
        : `habeas tasks answer ${task.id} --answer ${task.allowedAnswers.join('|')} --reason "…"`;
    case 'notice':
    case 'late-arrivals':
    case 'candidate':
    case 'blast-radius':
      return `habeas tasks show ${task.id}`;
  }
}

/** The command that leaves a system unresolved; with the terms that somebody has proposed, to agree to them. */
export function leaveCommand(task: Pick<Asked, 'requestId' | 'voices'>, systemId: string): string {
  const { owner, next } = leaveVoice(task)?.terms ?? { owner: 'ID', next: 'DATE' };
  return `habeas requests leave-unresolved ${task.requestId} ${systemId} --owner ${owner} --next ${next} --reason "…"`;
}

const leaveVoice = ({ voices }: Pick<Asked, 'voices'>): Voice | undefined =>
  voices.find(({ answer, terms }) => answer === 'leave-unresolved' && terms !== null);

/** What one person has said of a task that waits for another to say the same. */
export function voiceText({ personId, answer, at, terms }: Voice): string {
  const under = terms === null ? '' : ` (owner ${terms.owner}, looked at again ${terms.next})`;
  return `${answer}${under} by ${personId} on ${at.slice(0, 10)}; it stands when another person says the same`;
}

/**
 * Whom a task waits for: a person where one was named, else anybody of the role, or another one where somebody has said
 * what two must say. A stopped system waits for who mends it.
 */
export function personFor(task: Pick<Asked, 'owner' | 'role' | 'voices'>, isStopped: boolean): string {
  return task.owner ?? (isStopped ? 'engineer' : task.voices.length > 0 ? `another ${task.role}` : task.role);
}

/** {@link unanswered} in the few words that a table has room for; in every case the statutory alarm rings. */
export const otherwise: Readonly<Record<Unanswered, string>> = {
  'stays-open': 'stays open',
  'stays-open-system-missing': 'open, system missing',
  'nothing-released': 'nothing is released',
  'part-not-sent': 'nothing is sent',
  'not-delivered': 'not delivered',
  'nothing-erased': 'nothing is erased',
  'masks-wait': 'nothing is released',
  'account-stays': 'account row stays',
  'stays-restricted': 'stays restricted',
  'kept-too-long': 'stays too long',
  'recipient-not-told': 'recipient not told',
  'person-not-told': 'person not told',
  'stays-marked': 'stays marked',
};

/** What is done about a system that is stopped, or for which requests wait; null where nothing is to be done. */
export function nextForSystem(system: {
  readonly id: string;
  readonly requestsAffected: number;
  readonly incident: object | null;
}): string | null {
  const needsNothing = system.incident === null && system.requestsAffected === 0;
  return needsNothing ? null : `habeas systems resume ${system.id}`;
}
