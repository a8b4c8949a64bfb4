/**
 * Owns time in logs: the instant of a record, and whether it lies in a window. A window's end that is only a day leaves
 * that day open, in whatever time zone it was meant; so does one that cannot be read. Pure; milliseconds since 1970.
 */

/** `sure…`: surely inside between these; `maybe…`: surely outside beyond these. */
export interface Span {
  readonly sureFrom: number;
  readonly sureTo: number;
  readonly maybeFrom: number;
  readonly maybeTo: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Days begin first at UTC+14 and end last at UTC-12. */
const firstZoneMs = 14 * hourMs;
const lastZoneMs = 12 * hourMs;

/** A window by its ends: a date, an instant, or nothing where it is open. */
export function spanOf(from: string | undefined, to: string | undefined): Span {
  const begin = edgeOf(from);
  const end = edgeOf(to);
  return {
    maybeFrom: from === undefined ? Number.NEGATIVE_INFINITY : begin.first,
    sureFrom: from === undefined ? Number.NEGATIVE_INFINITY : begin.last,
    sureTo: to === undefined ? Number.POSITIVE_INFINITY : end.first,
    maybeTo: to === undefined ? Number.POSITIVE_INFINITY : end.last,
  };
}

/** First and last instant that the text may mean. */
function edgeOf(text: string | undefined): { readonly first: number; readonly last: number } {
  const unknown = { first: Number.NEGATIVE_INFINITY, last: Number.POSITIVE_INFINITY };
  if (text === undefined) return unknown;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const day = Date.parse(`${text}T00:00:00Z`);
    return Number.isNaN(day) ? unknown : { first: day - firstZoneMs, last: day + dayMs + lastZoneMs };
  }
  const at = instantOf(text);
  return at === undefined ? unknown : { first: at, last: at };
}

/** `inside` for sure, `outside` for sure, or `open`. Both ends belong to the window. */
export function position({ sureFrom, sureTo, maybeFrom, maybeTo }: Span, at: number): 'inside' | 'open' | 'outside' {
  if (at >= sureFrom && at <= sureTo) return 'inside';
  return at >= maybeFrom && at <= maybeTo ? 'open' : 'outside';
}

/** How far an instant is from a window; 0 inside. */
export function distance({ maybeFrom, maybeTo }: Span, at: number): number {
  return Math.max(0, maybeFrom - at, at - maybeTo);
}

const iso = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s?(?:([Zz])|([+-]\d\d):?(\d\d))?$/;

/** Seconds since 1970 have ten digits until the year 2286, milliseconds have had twelve since 1973. */
const leastMs = 1e11;

/** The instant of a record: ISO 8601 (UTC where it has no zone), or seconds or milliseconds since 1970. */
export function instantOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 0 ? Math.round(value < leastMs ? value * 1_000 : value) : undefined;
  if (typeof value !== 'string') return undefined;
  if (/^\d{9,16}(\.\d+)?$/.test(value)) return instantOf(Number(value));
  const [, day, time, fraction, , hours, minutes] = iso.exec(value) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  const ms = fraction === undefined ? '' : `.${fraction.slice(0, 3).padEnd(3, '0')}`;
  const at = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}${ms}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}
