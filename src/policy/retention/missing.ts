/**
 * Answers that nobody has given and a wrong guess would make costly. Policy collects all of them and refuses to plan; it
 * never fills one in. `where` names the setting or flag that takes the answer, never a value of a record.
 */
import { HabeasError } from '../../errors.ts';
import type { ClockEvent } from './clocks.ts';

export const missingAnswers = {
  'clock-start': 'A clock that runs on this record has no start.',
  'financial-year': 'A day lies in no financial year that is known.',
  supply: 'Whether the supply was declared in the One Stop Shop is not known.',
  rule: 'No rule in force says how long this class is kept here.',
  'published-period': 'The class follows its own legal basis, and no period is published for it.',
  'on-erasure': 'Nobody has said whether a request for erasure ends the published period.',
  money: 'Whether money is still open on the record is not known, or since when it is not.',
  workspace: 'Which workspace the record belongs to is not known.',
  created: 'When the record was made is not known.',
  'chargeback-days': 'A charge may still be taken back, and nobody has said for how long.',
  'legal-basis': 'Nobody has decided what erasure means under this legal basis.',
} as const;

export interface MissingAnswer {
  readonly answer: keyof typeof missingAnswers;
  /** The setting or flag that takes it. */
  readonly where: string;
  /** Of `clock-start`: which clock. */
  readonly clock?: ClockEvent;
}

/** The refusal, naming every missing answer once. */
export function refuseToPlan(missing: readonly MissingAnswer[]): HabeasError {
  const where = [...new Set(missing.map((one) => one.where))].join('; ');
  return new HabeasError('policy-answer-missing', { where });
}
