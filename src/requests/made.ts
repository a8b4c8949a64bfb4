/**
 * Whether a record was made before an instant or after it, by what its system tells of its making: a day says nothing of its
 * own day, and what nobody told is unknown. Instants are UTC, whether they say so or not. Pure.
 */
import { civilToday } from './today.ts';

export type Made = 'before' | 'after' | 'unknown';

export function madeBy(createdAt: string | undefined, instant: Date, timeZone: string): Made {
  if (createdAt === undefined) return 'unknown';
  if (/^\d{4}-\d\d-\d\d$/.test(createdAt)) {
    const day = civilToday(instant, timeZone);
    if (createdAt === day) return 'unknown';
    return createdAt < day ? 'before' : 'after';
  }
  const at = Date.parse(/(Z|[+-]\d{2}(:?\d{2})?)$/.test(createdAt) ? createdAt : `${createdAt}Z`);
  if (Number.isNaN(at)) return 'unknown';
  return at < instant.getTime() ? 'before' : 'after';
}
