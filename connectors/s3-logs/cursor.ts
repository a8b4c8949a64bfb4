/**
 * Owns the place in a scan that a cursor remembers: the line, what could not be read up to there, and of a group what is
 * known of its lines. Its text is personal data (object names may be about people) and is sealed by whoever keeps it.
 */
import { HabeasError } from '../../src/errors.ts';
import type { Unreadable } from '../contract.ts';
import type { Tally } from './groups.ts';

export interface Spot {
  readonly key: string;
  /** Where the line begins in the unpacked object. */
  readonly line: number;
}

export interface Cursor {
  readonly spot: Spot;
  readonly unreadable: Unreadable;
  readonly tally: Tally | undefined;
}

export function writeCursor({ spot, unreadable, tally }: Cursor): Buffer {
  const { records, objects } = unreadable;
  return Buffer.from(
    JSON.stringify([
      spot.key,
      spot.line,
      records,
      objects,
      ...(tally === undefined ? [] : [tally.count, tally.first ?? null, tally.last ?? null, tally.examples]),
    ]),
    'utf8',
  );
}

/** Throws `stream-changed` for a text that no version of this connector wrote. */
export function readCursor(text: string): Cursor {
  const parts = parsed(text);
  if (!Array.isArray(parts)) throw new HabeasError('stream-changed');
  const [key, line, records, objects, count, first, last, examples]: unknown[] = parts;
  if (typeof key !== 'string' || typeof line !== 'number' || typeof records !== 'number' || typeof objects !== 'number')
    throw new HabeasError('stream-changed');
  const words: unknown[] = Array.isArray(examples) ? examples : [];
  return {
    spot: { key, line },
    unreadable: { records, objects },
    tally:
      typeof count !== 'number'
        ? undefined
        : {
            count,
            first: typeof first === 'string' ? first : undefined,
            last: typeof last === 'string' ? last : undefined,
            examples: words.filter((word) => typeof word === 'string'),
          },
  };
}

/** `undefined` where it is no JSON: the parser's own message would quote the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Objects are read in the plain order of their names: servers list them in several. */
export function isBehind(a: Spot, b: Spot): boolean {
  return a.key === b.key ? a.line > b.line : a.key > b.key;
}
