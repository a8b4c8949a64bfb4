/**
 * The clock of a stored request: its current dates and its two alarms, from the facts the ledger keeps (receipt, place,
 * rights, pauses, extension) and a date given by the caller. Pure; never refuses a request for a stored pause that no longer
 * fits, it says so in `pauses`. Fails with `clock-date-invalid` and the place codes.
 */
import { HabeasError } from '../../errors.ts';
import { type AgreedDate, agreedDates } from './agreed.ts';
import { addDays, type CivilDate, daysBetween, earlier, parseCivilDate } from './civil-date.ts';
import { type ClockDates, computeDates } from './due.ts';
import type { ExtensionGround } from './extension.ts';
import type { ClockRight, JudgedPause, Pause } from './pauses.ts';

export interface RequestFacts {
  readonly received: string;
  /** `CC`, or `CC-REGION` where `region` is not given. */
  readonly country: string;
  readonly region?: string | null | undefined;
  readonly rights?: readonly ClockRight[] | undefined;
  /** `counted`: whether the policy counted this kind of pause when it was recorded. */
  readonly pauses?: readonly (Pause & { readonly counted: boolean })[] | undefined;
  /** The recorded extension; `at` is the day its notice left. */
  readonly extension?: { readonly ground: ExtensionGround; readonly at: string } | null | undefined;
  /** Of a customer's instruction: the day that was agreed, instead of the statute's. */
  readonly agreed?: AgreedDate | undefined;
  /** `policy.internalTargetDays`; {@link defaultInternalTargetDays} where not configured. */
  readonly internalTargetDays?: number | undefined;
  /** Today in the controller's time zone, from the injected clock. */
  readonly asOf: string;
}

export const defaultInternalTargetDays = 28;

export interface RequestClock {
  /** First due date; with an extension, the date by which it had to be told. */
  readonly due: CivilDate;
  /** The first due date without any pause; always shown. */
  readonly unpausedDue: CivilDate;
  /** What to work to now: `due`, or once extended the stricter reading. This is the statutory alarm. */
  readonly workTo: CivilDate;
  /** Three months from receipt; null until an extension is recorded. */
  readonly extendedDue: CivilDate | null;
  readonly internalTarget: CivilDate;
  /** Set while a counted pause is open; the dates then are as if the answer came on `asOf`. */
  readonly paused: { readonly since: CivilDate } | null;
  /** The whole computation, to be stored and shown: rule, calendar, steps, pauses. */
  readonly dates: ClockDates;
}

/** The request's current dates. */
export function requestClock(facts: RequestFacts): RequestClock {
  const dates = requestDates(facts);
  const extended = hasExtension(facts);
  const days = facts.internalTargetDays ?? defaultInternalTargetDays;
  const workTo = extended ? dates.extendedWorkTo : dates.due;
  // After an extension the internal target keeps the distance it had from the end of the first month.
  const lead = daysBetween(internalTarget(dates.received, days), dates.unrolledDue);
  const target = extended
    ? addDays(dates.extendedWorkTo, -Math.max(0, lead))
    : addDays(internalTarget(dates.received, days), dates.pausedDays);
  return {
    due: dates.due,
    unpausedDue: dates.unpausedDue,
    workTo,
    extendedDue: extended ? dates.extendedDue : null,
    internalTarget: earlier(target, workTo),
    paused: dates.pausedSince === null ? null : { since: dates.pausedSince },
    dates,
  };
}

/** The computation under {@link requestClock}, before alarms. */
export function requestDates(facts: RequestFacts): ClockDates {
  const pauses = facts.pauses ?? [];
  const dates = computeDates(
    { ...facts, pauses, extended: hasExtension(facts) },
    (_kind, index) => pauses[index]?.counted ?? false,
  );
  return facts.agreed === undefined ? dates : agreedDates(dates, facts.agreed);
}

/**
 * What a further pause would be judged, before it is recorded: refused (`clock-pause-invalid`) where it begins before
 * receipt or after the due date in force, and where a scope pause meets a right to which it never applies.
 */
export function mayPause(facts: RequestFacts, pause: Pause): JudgedPause {
  const pauses = [...(facts.pauses ?? []), { ...pause, counted: true }];
  const judged = requestDates({ ...facts, pauses }).pauses.at(-1);
  if (judged?.verdict !== 'counted') throw new HabeasError('clock-pause-invalid', { where: 'pause' });
  return judged;
}

/** `days` calendar days after receipt, not rolled: it is the company's own target, not the law's. */
export function internalTarget(received: string, days: number = defaultInternalTargetDays): CivilDate {
  if (!Number.isInteger(days) || days < 1) throw new HabeasError('clock-date-invalid', { where: 'internalTargetDays' });
  return addDays(parseCivilDate(received, 'received'), days);
}

/** What an alarm's state tells the operator. */
export const alarmStates = {
  ahead: 'The date is still to come.',
  today: 'Today is the last day.',
  past: 'The date has passed.',
} as const;

export interface Alarm {
  readonly kind: 'internal-target' | 'statutory';
  readonly date: CivilDate;
  readonly state: keyof typeof alarmStates;
  /** Negative once past. */
  readonly daysLeft: number;
}

/** The two alarms of a request on a day; the caller silences them when the request is answered. */
export function alarms(clock: Pick<RequestClock, 'internalTarget' | 'workTo'>, asOf: string): readonly Alarm[] {
  const today = parseCivilDate(asOf, 'asOf');
  const alarm = (kind: Alarm['kind'], date: CivilDate): Alarm => {
    const daysLeft = daysBetween(today, date);
    return { kind, date, daysLeft, state: daysLeft > 0 ? 'ahead' : daysLeft === 0 ? 'today' : 'past' };
  };
  return [alarm('internal-target', clock.internalTarget), alarm('statutory', clock.workTo)];
}

function hasExtension(facts: RequestFacts): boolean {
  return facts.extension !== undefined && facts.extension !== null;
}
