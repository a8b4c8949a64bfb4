/**
 * The statutory dates of one request under GDPR Art. 12(3) and Regulation 1182/71, with every step explained. Pure: no
 * clock of its own, no I/O. Order of work, the same for each date: months from the receipt, then the days of counted
 * pauses, then rolling to a working day, once. Never rolled and then added to. Knows no subject and no request id.
 * Fails with the `clock-…` codes only.
 */
import { HabeasError } from '../../errors.ts';
import { type Calendar, type CalendarName, calendarOf, type Place, parsePlace } from './calendar.ts';
import { addDays, addMonths, type CivilDate, later, parseCivilDate } from './civil-date.ts';
import {
  type ClockRight,
  type Interval,
  type JudgedPause,
  judgePauses,
  mergePauses,
  type Pause,
  type PauseKind,
  pauseVerdicts,
} from './pauses.ts';
import { type Confidence, cite, euRuleSet, weaker } from './rule-sets.ts';

export interface ClockInput {
  /** Civil date of receipt in the controller's time zone. */
  readonly received: string;
  /** `CC`, or `CC-REGION` where `region` is not given. */
  readonly country: string;
  readonly region?: string | null | undefined;
  /** A scope pause never counts where erasure is among them. */
  readonly rights?: readonly ClockRight[] | undefined;
  readonly pauses?: readonly Pause[] | undefined;
  /** Which pauses the policy counts: all, none, or kinds (`policy.countPauses`). */
  readonly countPauses: boolean | readonly PauseKind[];
  /** Needed only while a pause is open. */
  readonly asOf?: string | undefined;
  /** True once the extension is told: pauses may then begin after the first due date. */
  readonly extended?: boolean | undefined;
}

/** One line of the explanation: the date reached, what led there, and the source. */
export interface Step {
  readonly date: CivilDate;
  readonly what: string;
  readonly source: string;
}

export interface ClockRule {
  readonly id: string;
  readonly law: string;
  readonly articles: string;
  readonly source: string;
  readonly confidence: Confidence;
}

export interface ClockDates {
  readonly received: CivilDate;
  /** Last day to answer (or to have told of the extension). */
  readonly due: CivilDate;
  /** The same without any pause; always shown. */
  readonly unpausedDue: CivilDate;
  /** One month after receipt, before pauses and rolling. */
  readonly unrolledDue: CivilDate;
  /** Last day to answer if extended: three months from receipt. */
  readonly extendedDue: CivilDate;
  /** What to work to if extended: the stricter reading, never later than `extendedDue`. */
  readonly extendedWorkTo: CivilDate;
  /** Days added to `due`, each counted once. */
  readonly pausedDays: number;
  /** Set while a counted pause is open. */
  readonly pausedSince: CivilDate | null;
  readonly pauses: readonly JudgedPause[];
  readonly rule: ClockRule;
  readonly calendar: CalendarName;
  readonly sources: Readonly<Record<'due' | 'unpausedDue' | 'extendedDue' | 'extendedWorkTo', string>>;
  readonly steps: readonly Step[];
}

/** The dates, for a question (what-if): a pause that could not have begun is refused with `clock-pause-invalid`. */
export function clockDue(input: ClockInput): ClockDates {
  const { countPauses } = input;
  const counts = (kind: PauseKind): boolean =>
    typeof countPauses === 'boolean' ? countPauses : countPauses.includes(kind);
  const dates = computeDates(input, counts);
  const wrong = dates.pauses.findIndex(({ verdict }) => verdict === 'before-receipt' || verdict === 'after-due');
  if (wrong !== -1) throw new HabeasError('clock-pause-invalid', { where: `pauses[${wrong}].from` });
  return dates;
}

/** The dates, for stored facts: a pause that cannot count is judged so in `pauses`, and nothing is refused for it. */
export function computeDates(
  input: Omit<ClockInput, 'countPauses'>,
  counts: (kind: PauseKind, index: number) => boolean,
): ClockDates {
  const place = placeOf(input);
  const received = parseCivilDate(input.received, 'received');
  if (received < euRuleSet.appliesFrom || received > euRuleSet.appliesTo)
    throw new HabeasError('clock-date-invalid', { where: 'received' });
  const asOf = input.asOf === undefined ? undefined : parseCivilDate(input.asOf, 'asOf');
  const judged = judgePauses(input.pauses ?? [], { received, asOf, rights: input.rights ?? [], counts });
  return assemble(received, calendarOf(place), judged, input.extended ?? false);
}

function assemble(
  received: CivilDate,
  calendar: Calendar,
  judged: readonly JudgedPause[],
  extended: boolean,
): ClockDates {
  const { firstPeriod, extension, rolling } = euRuleSet;
  const unrolled = {
    due: addMonths(received, firstPeriod.months),
    extendedDue: addMonths(received, firstPeriod.months + extension.months),
    extendedWorkTo: addMonths(addMonths(received, firstPeriod.months), extension.months),
  };
  let { due, extendedDue, extendedWorkTo } = unrolled;
  let pausedDays = 0;
  const outside: Interval[] = [];
  for (const interval of mergePauses(judged)) {
    const beforeFirst = interval.from <= calendar.roll(due).date;
    if (!beforeFirst && !(extended && interval.from <= calendar.roll(extendedDue).date)) {
      outside.push(interval);
      continue;
    }
    if (beforeFirst) {
      due = stretch(due, interval);
      pausedDays += interval.days;
    }
    extendedDue = stretch(extendedDue, interval);
    extendedWorkTo = stretch(extendedWorkTo, interval);
  }
  const pauses = judged.map((pause): JudgedPause => {
    const late = outside.some(({ from, to }) => pause.from >= from && pause.to <= to);
    return pause.verdict === 'counted' && late ? { ...pause, verdict: 'after-due' } : pause;
  });
  const open = pauses.filter((pause) => pause.open && pause.verdict === 'counted').map(({ from }) => from);
  const rolled = {
    due: calendar.roll(due),
    unpausedDue: calendar.roll(unrolled.due),
    extendedDue: calendar.roll(extendedDue),
    extendedWorkTo: calendar.roll(extendedWorkTo),
  };
  const paused = pauses.some(({ verdict }) => verdict === 'counted');
  const marks = [firstPeriod.confidence, rolling.confidence, calendar.name.confidence];
  const confidence = weaker(...marks, ...(paused ? [euRuleSet.pause.confidence] : []));
  const counted = paused ? `; ${cite(euRuleSet.pause)}` : '';
  const months = `${cite(firstPeriod)}; ${cite(rolling)}`;
  return {
    received,
    due: rolled.due.date,
    unpausedDue: rolled.unpausedDue.date,
    unrolledDue: unrolled.due,
    extendedDue: rolled.extendedDue.date,
    extendedWorkTo: rolled.extendedWorkTo.date,
    pausedDays,
    pausedSince: open.sort()[0] ?? null,
    pauses,
    rule: {
      id: euRuleSet.id,
      law: euRuleSet.law,
      articles: `GDPR Art. 12(3); Regulation 1182/71 Arts 2, 3${paused ? '; EDPB Guidelines 01/2022 §5.3' : ''}`,
      source: firstPeriod.source,
      confidence,
    },
    calendar: calendar.name,
    sources: {
      due: months + counted,
      unpausedDue: months,
      extendedDue: months + counted,
      extendedWorkTo: `${cite(euRuleSet.stricterReading)}; ${cite(rolling)}${counted}`,
    },
    steps: explain(received, unrolled, { due, extendedDue, extendedWorkTo }, rolled, pauses),
  };
}

/** Adds a pause's days; a period cannot end while it stands still, even where its last day was being rolled. */
function stretch(date: CivilDate, interval: Interval): CivilDate {
  return later(addDays(date, interval.days), interval.to);
}

type Dated = 'due' | 'extendedDue' | 'extendedWorkTo';
const labels: Readonly<Record<Dated, string>> = {
  due: 'one month after receipt (the day of receipt is not counted)',
  extendedDue: 'three months after receipt, if extended',
  extendedWorkTo: 'two months after the end of the first month, if extended: the stricter reading',
};

function explain(
  received: CivilDate,
  unrolled: Readonly<Record<Dated, CivilDate>>,
  paused: Readonly<Record<Dated, CivilDate>>,
  rolled: Readonly<Record<Dated, ReturnType<Calendar['roll']>>>,
  pauses: readonly JudgedPause[],
): readonly Step[] {
  const { firstPeriod, counting, rolling, pause, stricterReading } = euRuleSet;
  const steps: Step[] = [{ date: received, what: 'received', source: cite(firstPeriod) }];
  for (const judged of pauses) {
    const span = `${judged.kind} pause ${judged.from}..${judged.open ? 'open' : judged.to}, ${judged.days} days`;
    steps.push({ date: judged.from, what: `${span}: ${pauseVerdicts[judged.verdict]}`, source: cite(pause) });
  }
  for (const key of ['due', 'extendedWorkTo', 'extendedDue'] as const) {
    const period = key === 'extendedWorkTo' ? stricterReading : firstPeriod;
    steps.push({ date: unrolled[key], what: labels[key], source: `${cite(period)}; ${cite(counting)}` });
    if (paused[key] !== unrolled[key])
      steps.push({ date: paused[key], what: 'with the days of the counted pauses', source: cite(pause) });
    const { date, skipped } = rolled[key];
    if (skipped.length === 0) continue;
    const days = skipped.map((day) => `${day.date} ${day.why}`).join(', ');
    steps.push({ date, what: `next working day after ${days}`, source: cite(rolling) });
  }
  return steps;
}

function placeOf(input: Pick<ClockInput, 'country' | 'region'>): Place {
  const region = input.region ?? '';
  return parsePlace(region === '' ? input.country : `${input.country}-${region}`);
}
