/**
 * What a person may say of a system they looked through by hand, per right: which answers, which dispositions may be counted,
 * and which one is what nobody names. The one table that the task, its answer, the books and the docs share. A right that is new
 * gets a line here, and every system without a verb for it can be done by hand (see `run.byHand` in workflows/lane-stages.ts).
 * Pure.
 */
import type { Disposition, HandAnswer, Right } from './states.ts';

export interface HandTerms {
  /** Beside `leave-unresolved`, which two people may always agree on. */
  readonly answers: readonly Exclude<HandAnswer, 'not-found'>[];
  /** What became of a record that the counts say nothing else of. */
  readonly rest: Disposition;
  /** What else may be counted, `DISPOSITION=N` behind a collection's number. */
  readonly others: readonly Disposition[];
  /** Whether files are handed in, for the person's package: needed where something is `exported`. */
  readonly files: boolean;
}

export const handTerms: Readonly<Record<Right, HandTerms>> = {
  access: { answers: ['found'], rest: 'exported', others: ['withheld', 'referred'], files: true },
  portability: { answers: ['found'], rest: 'exported', others: ['withheld', 'referred'], files: true },
  'workspace-export': { answers: ['found'], rest: 'exported', others: ['withheld', 'referred'], files: true },
  erasure: {
    answers: ['erased', 'kept'],
    rest: 'erased',
    others: ['anonymised', 'retained', 'refused', 'referred', 'absent'],
    files: false,
  },
  rectification: { answers: ['found'], rest: 'rectified', others: ['referred', 'absent'], files: false },
  restriction: { answers: ['found'], rest: 'restricted', others: ['referred', 'absent'], files: false },
  objection: { answers: ['found'], rest: 'objected', others: ['suppressed', 'referred', 'absent'], files: false },
  'consent-withdrawal': {
    answers: ['found'],
    rest: 'suppressed',
    others: ['objected', 'referred', 'absent'],
    files: false,
  },
};

/** Dispositions that say that something was not erased and need a ground. */
export const keptParts = ['retained', 'refused'] as const satisfies readonly Disposition[];

/** The answers of a `manual` task about a system. */
export function manualAnswers(right: Right): readonly string[] {
  return [...handTerms[right].answers, 'not-found', 'leave-unresolved'];
}

/** Every disposition of a right, what nobody names first. */
export function partsOf(right: Right): readonly Disposition[] {
  const { rest, others } = handTerms[right];
  return [rest, ...others];
}
