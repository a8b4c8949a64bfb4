/**
 * Whether one record may be erased on a day: the only place where rules of law, published periods and what people placed
 * meet. Runs when planning, before the point of no return, in each erase step and in the sweep. Pure: no clock of its own,
 * no I/O. Fails closed: what cannot be computed may not be erased, and the missing answers are named. A hold that a person
 * placed ends only when a person releases it; its review date is a reminder and ends nothing.
 */
import type { PersonId, RequestId } from '../ids.ts';
import type { CivilDate } from './clock/civil-date.ts';
import {
  type MissingAnswer,
  type RetentionFacts,
  type RetentionHold,
  type RetentionPolicy,
  retentionOf,
  stillRunning,
} from './retention/index.ts';

/** Why a person or another right stops erasure; each with the sentence an operator reads. */
export const holdKinds = {
  'legal-hold': 'Kept for the establishment, exercise or defence of legal claims (Art. 17(3)(e)).',
  complaint: 'A complaint to the authority is open.',
  court: 'A court case is open.',
  restriction: 'The person asked for restriction instead of erasure (Art. 18).',
  objection: 'An objection is not decided yet (Art. 18(1)(d)).',
  accuracy: 'The person disputes that the data is accurate (Art. 18(1)(a)).',
  'open-access': 'A request for access or portability of the same person is not answered yet.',
} as const;
export type HoldKind = keyof typeof holdKinds;

/** What a hold reaches: a whole request, or records by the opaque name a plan gives them, never by their content. */
export type HoldScope = { readonly request: RequestId } | { readonly records: readonly string[] };

export interface PlacedHold {
  readonly id: string;
  readonly kind: HoldKind;
  readonly on: HoldScope;
  /** Why, in the words of whoever placed it; sealed where it is stored, and never printed beside a record. */
  readonly ground: string;
  /** Null: another right's own, which nobody placed and which ends by itself (open-access.ts). */
  readonly owner: PersonId | null;
  readonly placedOn: CivilDate;
  /** When the owner must look at it again. */
  readonly reviewOn: CivilDate | null;
  readonly released: { readonly by: PersonId; readonly on: CivilDate } | null;
}

/** A record by name, without content. */
export interface NamedRecord {
  /** The opaque name that holds use. */
  readonly record: string;
  readonly request: RequestId;
}

/** What rules are asked about a record. */
export interface RetentionQuestion {
  readonly facts: RetentionFacts;
  readonly rules: RetentionPolicy;
  readonly asOf: CivilDate;
}

export type EraseVerdict =
  | { readonly may: true }
  | {
      readonly may: false;
      /** Computed duties that still run on that day. */
      readonly retention: readonly RetentionHold[];
      /** Holds of people and other rights. */
      readonly placed: readonly PlacedHold[];
      readonly missing: readonly MissingAnswer[];
      /** The last day of what is kept; `null` where a person must act first, or a clock has not started. */
      readonly until: CivilDate | null;
    };

/**
 * May this record be erased? `planned`: the rules let it go when it was planned, and they are still the same (the plan's
 * hash of the policy is compared before the point of no return); no later day takes that back, because a day more starts no
 * duty. Then only what people placed since is asked.
 */
export function mayErase(
  record: NamedRecord,
  holds: readonly PlacedHold[],
  retention: RetentionQuestion | 'planned',
): EraseVerdict {
  const placed =
    holds.length === 0 ? holds : holds.filter((hold) => hold.released === null && reaches(hold.on, record));
  const duties = retention === 'planned' ? none : dutiesOn(retention);
  if (placed.length === 0 && duties.running.length === 0 && duties.missing.length === 0) return { may: true };
  const until = placed.length === 0 ? duties.until : null;
  return { may: false, retention: duties.running, placed, missing: duties.missing, until };
}

interface Duties {
  readonly running: readonly RetentionHold[];
  readonly missing: readonly MissingAnswer[];
  readonly until: CivilDate | null;
}
const none: Duties = { running: [], missing: [], until: null };

function dutiesOn({ facts, rules, asOf }: RetentionQuestion): Duties {
  const retention = retentionOf(facts, rules);
  if (retention.state === 'unanswered') return { ...none, missing: retention.missing };
  if (retention.state === 'free') return none;
  return { running: stillRunning(retention.holds, asOf), missing: [], until: retention.until };
}

function reaches(scope: HoldScope, record: NamedRecord): boolean {
  return 'request' in scope ? scope.request === record.request : named(scope.records).has(record.record);
}

/** A hold may name as many records as a plan has: each list is made into a set once. */
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();
function named(records: readonly string[]): ReadonlySet<string> {
  const known = sets.get(records) ?? new Set(records);
  sets.set(records, known);
  return known;
}
