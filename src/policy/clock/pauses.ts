/**
 * Pauses of the clock (EDPB 01/2022 §5.3, conservative reading): the days between asking the person and their answer are
 * added; the day of asking does not count, the day of the answer does. Overlapping pauses count each day once. An open
 * pause counts as if answered on `asOf`, so that its date is the earliest the law could mean and moves a day each day.
 * Pure; fails with `clock-pause-invalid` and `clock-date-invalid`.
 */
import { HabeasError } from '../../errors.ts';
import type { Right } from '../../ledger/states.ts';
import { type CivilDate, daysBetween, later, parseCivilDate } from './civil-date.ts';
import { euRuleSet } from './rule-sets.ts';

/** A right by its name in law; the clock also knows those that no workflow exercises yet. */
export type ClockRight = Right | (typeof euRuleSet.pause.scopeNeverFor)[number];

export type PauseKind = keyof typeof euRuleSet.pause.kinds;

export interface Pause {
  readonly kind: PauseKind;
  /** The day the person was asked. */
  readonly from: string;
  /** The day of the answer; without, the pause is open and `asOf` is needed. */
  readonly to?: string | undefined;
}

/** Why a pause counts or does not; each with a sentence for people. */
export const pauseVerdicts = {
  counted: 'Its days are added.',
  'not-counted-by-policy': 'The policy does not count pauses of this kind; the date without it applies.',
  'scope-never-for-erasure': 'A pause for clarifying the scope never applies to erasure.',
  'before-receipt': 'It begins before the request was received.',
  'after-due': 'It begins after the date on which the answer was due.',
} as const;
export type PauseVerdict = keyof typeof pauseVerdicts;

export interface JudgedPause {
  readonly kind: PauseKind;
  readonly from: CivilDate;
  readonly to: CivilDate;
  readonly open: boolean;
  /** Its own days, before overlaps are taken out. */
  readonly days: number;
  readonly verdict: PauseVerdict;
}

/** Days `(from, to]` of one or more counted pauses that touch or overlap. */
export interface Interval {
  readonly from: CivilDate;
  readonly to: CivilDate;
  readonly days: number;
}

/** Checks the form of each pause and judges what does not depend on the due date. */
export function judgePauses(
  pauses: readonly Pause[],
  facts: {
    readonly received: CivilDate;
    readonly asOf: CivilDate | undefined;
    readonly rights: readonly ClockRight[];
    readonly counts: (kind: PauseKind, index: number) => boolean;
  },
): readonly JudgedPause[] {
  return pauses.map((pause, index) => {
    const where = `pauses[${index}]`;
    const from = parseCivilDate(pause.from, `${where}.from`);
    const open = pause.to === undefined;
    if (open && facts.asOf === undefined) throw new HabeasError('clock-pause-invalid', { where: `${where}.to` });
    const to = pause.to === undefined ? later(from, facts.asOf ?? from) : parseCivilDate(pause.to, `${where}.to`);
    if (to < from) throw new HabeasError('clock-pause-invalid', { where: `${where}.to` });
    const never = pause.kind === 'scope' && facts.rights.some((right) => neverScope.has(right));
    const verdict: PauseVerdict =
      from < facts.received
        ? 'before-receipt'
        : never
          ? 'scope-never-for-erasure'
          : facts.counts(pause.kind, index)
            ? 'counted'
            : 'not-counted-by-policy';
    return { kind: pause.kind, from, to, open, days: daysBetween(from, to), verdict };
  });
}

const neverScope: ReadonlySet<ClockRight> = new Set<ClockRight>(euRuleSet.pause.scopeNeverFor);

/** The union of the counted pauses, in order. */
export function mergePauses(pauses: readonly JudgedPause[]): readonly Interval[] {
  const counted = pauses.filter((pause) => pause.verdict === 'counted');
  counted.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const merged: Interval[] = [];
  for (const { from, to } of counted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) {
      const end = later(last.to, to);
      merged[merged.length - 1] = { from: last.from, to: end, days: daysBetween(last.from, end) };
    } else merged.push({ from, to, days: daysBetween(from, to) });
  }
  return merged;
}
