/**
 * The shape of a retention rule as data: which law keeps which record classes, how long, from what, and how sure we are.
 * A rule of confidence M is switched off until the company switches it on (`policy.retention.switchOn`).
 */
import type { Citation } from '../clock/rule-sets.ts';
import type { Anchor, ClockEvent, Period } from './clocks.ts';
import type { FieldRole } from './fields.ts';
import type { StatutoryClass } from './record-classes.ts';

/** Countries with rules. `EU` rules go with every country. */
export const jurisdictions = {
  EE: 'Estonia',
  DE: 'Germany',
  AT: 'Austria',
  FR: 'France',
  NL: 'Netherlands',
  GB: 'United Kingdom',
  IE: 'Ireland',
  ES: 'Spain',
  IT: 'Italy',
  PL: 'Poland',
  SE: 'Sweden',
  FI: 'Finland',
} as const;
export type Jurisdiction = keyof typeof jurisdictions;

export interface RetentionRule extends Citation {
  /** Stable; named in configuration, plans and receipts. */
  readonly id: string;
  readonly country: Jurisdiction | 'EU';
  /** The act's own abbreviation, where it has one. */
  readonly abbreviation?: string;
  /** Other acts that say the same, with their sections. */
  readonly also?: readonly string[];
  /** What the law keeps, in its words. */
  readonly records: string;
  readonly recordClasses: readonly StatutoryClass[];
  readonly period: Period;
  readonly event: ClockEvent;
  readonly anchor: Anchor;
  /** `oss`: only for supplies declared in the One Stop Shop or Import One Stop Shop, a fact of each supply. */
  readonly applies: 'always' | 'oss';
  readonly keeps: readonly FieldRole[];
  readonly note?: string;
}

/** A period the company has published for a class that follows its own legal basis. */
export interface PublishedPeriod {
  readonly recordClass: string;
  readonly period: Period;
  readonly from: Extract<ClockEvent, 'closure' | 'creation'>;
  /** Where it is published: `Privacy policy of 17 April 2026, Retention`. */
  readonly source: string;
  /**
   * Whether a request for erasure ends the period, because nothing needs the data once the person leaves, or it runs to its
   * end. Missing: nobody has said; planning an erasure while it runs asks.
   */
  readonly onErasure?: 'ends' | 'runs';
}
