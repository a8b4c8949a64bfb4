/**
 * Owns making a record of a line that is to be kept. JSON.parse does the work; what it would lose is guarded here: numbers
 * that a double cannot hold (account numbers beyond 2^53) become their own text, and members of which it keeps only the
 * last (the same key twice in one object) can be counted. Pure; throws what JSON.parse throws.
 */

/** A string, or a number; in valid JSON nothing else can match. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/**
 * Doubles hold 15 decimal digits of anything; an exponent may leave their range. Looks for the end of such a number, so
 * that hexadecimal ids in strings seldom look like one; and every part is bounded, so that no line can make it slow.
 */
const mayBeRounded = /[\d.]{16}[\s,}\]eE]|\d[eE][+-]?\d+[\s,}\]]/;

function asHeld(token: string): string {
  if (token.startsWith('"')) return token;
  const held = Number(token);
  const digits = token
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '').length;
  const isHeld = Number.isFinite(held) && (digits <= 15 ? held !== 0 || digits === 0 : String(held) === token);
  return isHeld ? token : `"${token}"`;
}

/** The value of a JSON text, every number of it exact: as a number where that is possible, else as text. */
export function parsedExactly(json: string): unknown {
  const parsed: unknown = JSON.parse(json);
  return mayBeRounded.test(json) ? JSON.parse(json.replace(stringOrNumber, asHeld)) : parsed;
}

/** How many members all objects in a parsed value have together: fewer than were written means a key stood twice. */
export function memberCount(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside: readonly unknown[] = Object.values(value);
  let count = Array.isArray(value) ? 0 : inside.length;
  for (const item of inside) count += memberCount(item);
  return count;
}
