/**
 * When a record that was not in the plan was made, compared with the instant at which its system began to be erased: `late` ones
 * belong to the request, `newer` ones to a new relationship, and of `undated` ones nobody can tell but a person. A day says nothing
 * of its own day. Instants are UTC, whether they say so or not. Pure.
 */
import type { RecordFacts } from '../connectors/contract.ts';
import { civilToday } from '../src/requests/today.ts';

export type LateClass = 'late' | 'newer' | 'undated';

export function lateClass({ createdAt }: RecordFacts, erasingSince: Date, timeZone: string): LateClass {
  if (createdAt === undefined) return 'undated';
  if (/^\d{4}-\d\d-\d\d$/.test(createdAt)) {
    const day = civilToday(erasingSince, timeZone);
    if (createdAt === day) return 'undated';
    return createdAt < day ? 'late' : 'newer';
  }
  const at = Date.parse(/(Z|[+-]\d{2}(:?\d{2})?)$/.test(createdAt) ? createdAt : `${createdAt}Z`);
  if (Number.isNaN(at)) return 'undated';
  return at < erasingSince.getTime() ? 'late' : 'newer';
}
