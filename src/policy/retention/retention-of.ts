/**
 * How long one record is kept and why: every rule in force is run on the record's own facts, several may run, and the
 * longest wins. Pure; promises that a missing fact is asked for, never guessed, and that a rule more can only make the date
 * later. Fails with `policy-record-class-unknown`, and `clock-date-invalid` for a day outside the calendar it computes.
 */
import { HabeasError } from '../../errors.ts';
import { slugPattern } from '../../id-patterns.ts';
import { addDays, type CivilDate, later } from '../clock/civil-date.ts';
import type { Confidence } from '../clock/rule-sets.ts';
import { type Anchor, type ClockEvent, clockEvents, type Period, runClock } from './clocks.ts';
import type { FieldRole } from './fields.ts';
import type { FinancialYear, FinancialYears } from './financial-years.ts';
import type { MissingAnswer } from './missing.ts';
import { type ClassKind, kindOf } from './record-classes.ts';
import type { Jurisdiction, PublishedPeriod, RetentionRule } from './rule.ts';

/** What the company answered: place, years, switches, periods; and the rules that ship. */
export interface RetentionPolicy {
  /** Where the seller is established. */
  readonly country: Jurisdiction;
  /** Other countries where the seller is registered for tax: their rules run beside. */
  readonly taxRegistrations: readonly Jurisdiction[];
  readonly financialYears: FinancialYears;
  readonly rules: readonly RetentionRule[];
  /** Ids of rules of confidence M that a person switched on. */
  readonly switchedOn: ReadonlySet<string>;
  readonly published: readonly PublishedPeriod[];
  /** By class that a law keeps, where several systems have records of it: the id of the one that has the originals. */
  readonly systemOfRecord: Readonly<Record<string, string>>;
}

/** Whether what a system has of a class is a copy, because another system is named as the one with the originals. */
export function isCopyIn(
  system: string | undefined,
  recordClass: string,
  { systemOfRecord }: RetentionPolicy,
): boolean {
  const original = Object.hasOwn(systemOfRecord, recordClass) ? systemOfRecord[recordClass] : undefined;
  return system !== undefined && original !== undefined && original !== system;
}

/** The class by which a period is published for records: copies have one of their own. */
export const periodClass = ({ recordClass, isCopy }: Pick<RetentionFacts, 'recordClass' | 'isCopy'>): string =>
  isCopy === true ? `${recordClass}-copy` : recordClass;

/** How a supply was taxed. A reverse-charge supply to a business is never OSS. */
export const supplySchemes = {
  domestic: 'Taxed in the seller’s own country.',
  'reverse-charge': 'The customer, a business, owes the tax.',
  oss: 'Declared in the One Stop Shop or the Import One Stop Shop.',
} as const;
export type SupplyScheme = keyof typeof supplySchemes;

/** The facts of one record. */
export interface RetentionFacts {
  readonly recordClass: string;
  /** Days of the events that start clocks; `not-yet`: known not to have happened. */
  readonly events: Readonly<Partial<Record<ClockEvent, CivilDate | 'not-yet'>>>;
  readonly supply?: SupplyScheme | undefined;
  /**
   * `set-aside` once the person's right ends the published period before its time (objection, withdrawal, unlawful); what
   * the law keeps is not touched by it.
   */
  readonly publishedPeriod?: 'runs' | 'set-aside';
  /** The original is in another system: no law keeps this one. A period may be published for copies. */
  readonly isCopy?: boolean;
}

/** One duty to keep one record: a clock that runs. */
export interface RetentionHold {
  readonly rule: string;
  readonly by: 'law' | 'published-period';
  readonly law: string;
  readonly section: string;
  readonly source: string;
  /** `null` for the company's own promise. */
  readonly confidence: Confidence | null;
  readonly recordClass: string;
  readonly clock: ClockEvent;
  readonly anchor: Anchor;
  readonly period: Period;
  /** `null`: the event has not happened yet, so the clock has not started and the record is kept. */
  readonly event: CivilDate | null;
  readonly start: CivilDate | null;
  /** Its last day; `null` while it has not started. */
  readonly end: CivilDate | null;
  readonly financialYear: FinancialYear | null;
  readonly fields: readonly FieldRole[];
}

export type Retention =
  /** One or more clocks run; `until` is the last day of the longest, `null` while one of them has not started. */
  | {
      readonly state: 'held';
      /** In the order of the law tables. */
      readonly holds: readonly RetentionHold[];
      /** Those that end last: several where they end together. */
      readonly winners: readonly RetentionHold[];
      readonly until: CivilDate | null;
      /** The first day on which erasing is allowed. */
      readonly erasableFrom: CivilDate | null;
    }
  /** No duty keeps it; its legal basis decides alone. */
  | { readonly state: 'free' }
  /** Refused: these answers are missing. */
  | { readonly state: 'unanswered'; readonly missing: readonly MissingAnswer[] };

/** Every clock that runs on the record, and which wins. */
export function retentionOf(facts: RetentionFacts, policy: RetentionPolicy): Retention {
  const duties = dutiesFor(facts, policy);
  const missing = [...duties.missing];
  const holds: RetentionHold[] = [];
  for (const duty of duties.found) {
    const held = run(duty, facts, policy.financialYears);
    if ('answer' in held) missing.push(held);
    else holds.push(held);
  }
  if (missing.length > 0) return { state: 'unanswered', missing: unrepeated(missing) };
  const [first, ...others] = holds;
  return first === undefined ? { state: 'free' } : longest([first, ...others]);
}

/** The longest wins; ties are all named. A clock that has not started outlasts every date. */
function longest(holds: readonly [RetentionHold, ...RetentionHold[]]): Extract<Retention, { state: 'held' }> {
  const until = holds.map(({ end }) => end).reduce((a, b) => (a === null || b === null ? null : later(a, b)));
  return {
    state: 'held',
    holds,
    winners: holds.filter(({ end }) => end === until),
    until,
    erasableFrom: until === null ? null : addDays(until, 1),
  };
}

/** The rules of law that are in force: of the seller's countries and the Union, checked or switched on by a person. */
export function rulesInForce(policy: RetentionPolicy): readonly RetentionRule[] {
  return rulesHere(policy).filter((rule) => isInForce(rule, policy));
}

function rulesHere({ country, taxRegistrations, rules }: RetentionPolicy): readonly RetentionRule[] {
  const countries = [country, ...taxRegistrations];
  return rules.filter((rule) => rule.country === 'EU' || countries.some((one) => one === rule.country));
}

function isInForce({ id, confidence }: RetentionRule, { switchedOn }: RetentionPolicy): boolean {
  return confidence !== 'M' || switchedOn.has(id);
}

type Duty = Pick<RetentionHold, 'rule' | 'by' | 'law' | 'section' | 'source' | 'confidence' | 'period' | 'fields'> & {
  readonly clock: ClockEvent;
  readonly anchor: Anchor;
};

function dutiesFor(
  facts: RetentionFacts,
  policy: RetentionPolicy,
): { readonly found: readonly Duty[]; readonly missing: readonly MissingAnswer[] } {
  const { recordClass, supply } = facts;
  const periods = policy.published.filter((period) => period.recordClass === periodClass(facts));
  if (facts.isCopy === true)
    return { found: facts.publishedPeriod === 'set-aside' ? [] : periods.map(dutyOfPeriod), missing: [] };
  const kind: ClassKind | undefined = kindOf(recordClass) ?? (periods.length > 0 ? 'own-basis' : undefined);
  if (kind === undefined) throw unknownClass(recordClass);
  const countries = [...new Set([policy.country, ...policy.taxRegistrations])];
  const here = rulesHere(policy).filter(({ recordClasses }) => recordClasses.some((one) => one === recordClass));
  const inForce = here.filter((rule) => isInForce(rule, policy));
  const covers = (rule: RetentionRule, place: Jurisdiction): boolean =>
    rule.country === place && rule.applies === 'always';
  const uncovered = kind === 'by-law' ? countries.filter((place) => !inForce.some((rule) => covers(rule, place))) : [];
  const missing: MissingAnswer[] = [];
  if (periods.length === 0)
    for (const place of uncovered) {
      const off = here.filter((rule) => covers(rule, place)).map(({ id }) => `policy.retention.switchOn: ${id}`);
      const setting = `policy.retention.periods.${recordClass} (no rule of ${place} in force covers it)`;
      missing.push({ answer: 'rule', where: [...off, setting].join(', or ') });
    }
  // A period that stands in for a law we have no rule of is not the company's to set aside.
  const isSetAside = facts.publishedPeriod === 'set-aside' && uncovered.length === 0;
  if (kind === 'own-basis' && periods.length === 0 && !isSetAside)
    missing.push({ answer: 'published-period', where: `policy.retention.periods.${recordClass}` });
  if (supply === undefined && inForce.some(({ applies }) => applies === 'oss'))
    missing.push({ answer: 'supply', where: 'whether it was an OSS supply (the field of the record, or --oss)' });
  const ofLaw = inForce.filter(({ applies }) => applies === 'always' || supply === 'oss').map(dutyOfLaw);
  return { found: isSetAside ? ofLaw : [...ofLaw, ...periods.map(dutyOfPeriod)], missing };
}

function dutyOfLaw(rule: RetentionRule): Duty {
  const { id, law, section, source, confidence, period, anchor, event, keeps } = rule;
  return { rule: id, by: 'law', law, section, source, confidence, period, clock: event, anchor, fields: keeps };
}

function dutyOfPeriod({ recordClass, period, from, source }: PublishedPeriod): Duty {
  return {
    ...{ rule: `period-${recordClass}`, by: 'published-period', law: 'Published policy', section: source, source },
    ...{ confidence: null, period, clock: from, anchor: 'day', fields: [] },
  };
}

function run(duty: Duty, facts: RetentionFacts, years: FinancialYears): RetentionHold | MissingAnswer {
  const event = facts.events[duty.clock];
  if (event === undefined)
    return {
      ...{ answer: 'clock-start', clock: duty.clock },
      where: `--starts ${duty.clock}=DATE (${clockEvents[duty.clock].what})`,
    };
  const hold = { ...duty, recordClass: facts.recordClass };
  if (event === 'not-yet') return { ...hold, event: null, start: null, end: null, financialYear: null };
  // Beyond these years sums no longer have four digits, and dates no longer compare as text.
  if (event < '1900-01-01' || event > '2199-12-31') throw new HabeasError('clock-date-invalid', { where: duty.clock });
  const ran = runClock(duty.anchor, event, duty.period, years);
  if (ran === undefined)
    return {
      answer: 'financial-year',
      where: `controller.financialYears (or --financial-year): the year that contains ${event.slice(0, 7)}`,
    };
  return { ...hold, event, ...ran };
}

/** A class is a slug of the data map; anything else could be somebody's data and is not repeated. */
function unknownClass(recordClass: string): HabeasError {
  const where = slugPattern.test(recordClass) ? `record class ${recordClass}` : 'record class';
  return new HabeasError('policy-record-class-unknown', { where });
}

function unrepeated(missing: readonly MissingAnswer[]): readonly MissingAnswer[] {
  return [...new Map(missing.map((one) => [one.where, one])).values()];
}
