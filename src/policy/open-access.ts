/**
 * When an open request for access (or portability) of the same person ends as a hold on an erasure: when it was answered and
 * the person has had the time to keep what they were sent, or when it was refused or withdrawn. It ends by itself, no person
 * releases it. Source: GDPR Arts 15 and 17 read together; the days are the company's own (`policy.downloadDays`). Pure.
 */
import { addDays, type CivilDate } from './clock/civil-date.ts';

/** Another request, as far as it matters here. */
export interface OtherRequest {
  /** Withdrawn or refused: nobody waits for an answer. */
  readonly hasEndedUnanswered: boolean;
  /** Everything it asked for of access was sent. */
  readonly isAnswered: boolean;
  /** When the last package that still exists reached the person; null where there is none. */
  readonly keptSince: CivilDate | null;
}

export type OpenAccess =
  | { readonly holds: false }
  /** `until`: the first day on which it holds nothing any more; null while nobody can tell. */
  | { readonly holds: true; readonly until: CivilDate | null }
  /** The company has not said how many days the person has. */
  | { readonly holds: true; readonly until: null; readonly missing: 'policy.downloadDays' };

export function openAccess(other: OtherRequest, downloadDays: number | undefined, today: CivilDate): OpenAccess {
  if (other.hasEndedUnanswered) return { holds: false };
  if (!other.isAnswered) return { holds: true, until: null };
  if (other.keptSince === null) return { holds: false };
  if (downloadDays === undefined) return { holds: true, until: null, missing: 'policy.downloadDays' };
  const until = windowEnd(other.keptSince, downloadDays);
  return until <= today ? { holds: false } : { holds: true, until };
}

/**
 * The first day after a download window of so many whole days; the day of the delivery is not counted (Regulation (EEC,
 * Euratom) No 1182/71, Art. 3).
 */
export function windowEnd(delivered: CivilDate, downloadDays: number): CivilDate {
  return downloadDays === 0 ? delivered : addDays(delivered, downloadDays + 1);
}
