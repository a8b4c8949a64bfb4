/**
 * One person's word about a plan: which one, by the hash that is signed, and yes or no. Two people agree only on the same
 * hash. Pure. Refuses with `plan-changed` where the plan that was read is no longer the one that is asked about.
 */
import { HabeasError } from '../errors.ts';

export interface PlanVoice {
  readonly sha256: string;
  readonly outcome: 'approve' | 'reject';
}

/** Undefined where the task asks about no plan. */
export function planVoice(
  task: { readonly about_sha256: string | null },
  given: { readonly answer: string; readonly plan?: string | undefined },
): PlanVoice | undefined {
  const { answer: outcome } = given;
  if (task.about_sha256 === null || (outcome !== 'approve' && outcome !== 'reject')) return undefined;
  if (given.plan !== undefined && !isBeginning(given.plan, task.about_sha256))
    throw new HabeasError('plan-changed', { where: '--plan' });
  return { sha256: task.about_sha256, outcome };
}

/** At least eight digits: fewer could be another plan's. */
const isBeginning = (text: string, sha256: string): boolean => text.length >= 8 && sha256.startsWith(text);

/** The plan's hash in a signed statement; null where it has none. */
export function planIn(statement: string): string | null {
  const signed: unknown = JSON.parse(statement);
  if (typeof signed !== 'object' || signed === null || !('details' in signed)) return null;
  const { details } = signed;
  if (typeof details !== 'object' || details === null || !('plan' in details)) return null;
  return typeof details.plan === 'string' ? details.plan : null;
}
