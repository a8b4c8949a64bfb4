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
  readonly owner: PersonId;
  readonly placedOn: CivilDate;
  /** When the owner must look at it again. */
  readonly reviewOn: CivilDate;
  readonly released: { readonly by: PersonId; readonly on: CivilDate } | null;
}

/** A record as policy sees it: names and dates, no content. */
export interface HeldRecord extends RetentionFacts {
  /** The opaque name that holds use. */
  readonly record: string;
  readonly request: RequestId;
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

/** May this record be erased on `asOf`? */
export function mayErase(
  record: HeldRecord,
  holds: readonly PlacedHold[],
  rules: RetentionPolicy,
  asOf: CivilDate,
): EraseVerdict {
  const placed = holds.filter((hold) => hold.released === null && reaches(hold.on, record));
  const retention = retentionOf(record, rules);
  const missing = retention.state === 'unanswered' ? retention.missing : [];
  const running = retention.state === 'held' ? stillRunning(retention.holds, asOf) : [];
  if (placed.length === 0 && running.length === 0 && missing.length === 0) return { may: true };
  const hasDate = retention.state === 'held' && placed.length === 0;
  return { may: false, retention: running, placed, missing, until: hasDate ? retention.until : null };
}

function reaches(scope: HoldScope, record: HeldRecord): boolean {
  return 'request' in scope ? scope.request === record.request : scope.records.includes(record.record);
}
