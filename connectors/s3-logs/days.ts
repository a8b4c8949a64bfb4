/**
 * Owns the day in an object's name, and which days need not be looked at: those that no window of the person comes near.
 * In doubt an object is read: where the name has no day, where a value has no window, a day and a half around every
 * window (time zones, logs that are cut late). Pure.
 */
import { distance, type Span } from './instants.ts';

const parts = { yyyy: '(?<yyyy>\\d{4})', mm: '(?<mm>\\d{2})', dd: '(?<dd>\\d{2})' } as const;
const hourMs = 3_600_000;
/** A day's object may hold lines of the day before and after it. */
const aroundMs = 36 * hourMs;

/** `undefined` unless year, month and day stand in the pattern once each. */
export function dayPattern(pattern: string): RegExp | undefined {
  const pieces = pattern.split(/(\{[a-z]+\}|\*)/);
  let source = '';
  for (const piece of pieces) {
    if (piece === '*') source += '.*';
    else if (piece === '{yyyy}') source += parts.yyyy;
    else if (piece === '{mm}') source += parts.mm;
    else if (piece === '{dd}') source += parts.dd;
    else if (/^\{[a-z]+\}$/.test(piece)) return undefined;
    else source += piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }
  const isWhole = ['{yyyy}', '{mm}', '{dd}'].every((part) => pieces.filter((piece) => piece === part).length === 1);
  return isWhole ? new RegExp(`^${source}$`) : undefined;
}

/** Whether the object has to be read. `name`: below the prefix. */
export function dayFilter(
  pattern: string | undefined,
  spans: readonly Span[],
  options: { readonly nearMs: number; readonly from: string | undefined },
): (name: string) => boolean {
  const regex = pattern === undefined ? undefined : dayPattern(pattern);
  if (regex === undefined) return () => true;
  return (name) => {
    const { yyyy, mm, dd } = regex.exec(name)?.groups ?? {};
    const noon = Date.parse(`${yyyy}-${mm}-${dd}T12:00:00Z`);
    if (Number.isNaN(noon)) return true;
    if (options.from !== undefined && `${yyyy}-${mm}-${dd}` < options.from) return false;
    return spans.some((span) => distance(span, noon) <= 12 * hourMs + aroundMs + options.nearMs);
  };
}
