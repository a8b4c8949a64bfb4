/**
 * Fixed dates of the sample company. Nothing here asks what time it is: the sample ends at {@link sampleUntil} for ever,
 * so that law dates computed from it can be pinned.
 */

/** First day of the server logs. */
export const logsFrom = '2026-08-01';
/** Last day of everything, the server logs included. */
export const sampleUntil = '2026-10-31';

const dayMs = 86_400_000;

/** The day `days` after `day` (YYYY-MM-DD). */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** The later of two dates, or of two instants. */
export function later(a: string, b: string): string {
  return a > b ? a : b;
}

/** Whole days from one day to a later one. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs);
}

/** The instant `ms` milliseconds after the beginning of `day`, in UTC. */
export function instant(day: string, ms: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + ms).toISOString();
}

/** An instant, or noon of a day (UTC), in whole seconds since 1970. */
export function secondsOf(at: string): number {
  return Math.floor(Date.parse(at.length === 10 ? `${at}T12:00:00Z` : at) / 1_000);
}
