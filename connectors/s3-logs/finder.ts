/**
 * Owns finding: the lines of NDJSON in which a declared field has exactly the value of a needle, for many people in one
 * pass. The scanner reads every byte once, as strict JSON, and makes a string only of values that may be a needle's, so
 * its cost does not grow with their number. Escaped keys and values are undone before they are compared; numbers are
 * compared by their text. What is noticed: **every** line that is not a JSON object in UTF-8, with or without a hit (lines
 * with a backslash or a hit are parsed by JSON.parse besides); a key that stands twice in one object, only in lines with a
 * needle (at any of its places). Nothing is skipped silently: a line is blank, read to its end, or `broken`.
 */
import { isUtf8 } from 'node:buffer';
import type { FieldRule } from './finder-rules.ts';
import { LineScanner, type ScannedMatch } from './finder-scanner.ts';
import type { Needle } from './values.ts';
import { memberCount, parsedExactly } from './values-record.ts';

export type { FieldRule } from './finder-rules.ts';
export type { Needle } from './values.ts';

/**
 * `needle`, `rule`: positions in what was given. `exact: false`: equal only when letter case and Unicode composition are
 * folded, never proof. `value`: what the field (or parameter) itself says, unescaped; personal data.
 */
export type Match = ScannedMatch;

export type BrokenReason =
  /** Bytes that are no UTF-8. */
  | 'not-utf8'
  /** Not JSON: cut off, several values on one line, a raw quote. */
  | 'not-json'
  /** JSON, but an array, a string, a number. */
  | 'not-object'
  /** Nested deeper than any log writer nests; not looked into. */
  | 'too-deep'
  /** Longer than `maxLineBytes`; not looked into. */
  | 'line-too-long'
  /** Has a needle (see `matches`), and a key twice in one object: what the record says is open. */
  | 'duplicate-key';

/** Offsets in the uncompressed object; `end` is where the newline is, or the object's end. */
export interface Line {
  readonly start: number;
  readonly end: number;
}
export interface Hit extends Line {
  /** Numbers that a double cannot hold are text. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly matches: readonly Match[];
}
export interface Broken extends Line {
  readonly reason: BrokenReason;
  /** Only of `duplicate-key`; empty otherwise: what stands in a line that cannot be read is not known. */
  readonly matches: readonly Match[];
}
export interface Found {
  /** Lines that are not blank, broken ones included. */
  readonly lines: number;
  readonly hits: readonly Hit[];
  readonly broken: readonly Broken[];
}

export interface Finder {
  readonly maxLineBytes: number;
  /**
   * Looks through a block of whole lines (only an object's last may lack its newline) that begins at `base` of the
   * uncompressed object. Holds on to nothing of the block.
   */
  scan(block: Buffer, base: number): Found;
}

const newline = 0x0a;
const openObject = 0x7b;
const defaultMaxLineBytes = 4 * 2 ** 20;
const newlineBytes = Buffer.from([newline]);
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Finds needles by rules; needles and rules of different kinds never meet. */
export function createFinder(
  rules: readonly FieldRule[],
  needles: readonly Needle[],
  { maxLineBytes = defaultMaxLineBytes }: { readonly maxLineBytes?: number } = {},
): Finder {
  const scanner = new LineScanner(rules, needles);

  /** Why the line in `bytes[start, end)` cannot be read; it is not blank and `scanner` refused it, or nobody asked. */
  const fault = (bytes: Buffer, start: number, end: number): BrokenReason => {
    if (end - start > maxLineBytes) return 'line-too-long';
    if (!isUtf8(bytes.subarray(start, end))) return 'not-utf8';
    if (scanner.isTooDeep) return 'too-deep';
    return bytes[firstByte(bytes, start)] !== openObject && isJson(bytes.toString('utf8', start, end))
      ? 'not-object'
      : 'not-json';
  };

  const scan = (block: Buffer, base: number): Found => {
    const bytes = block.at(-1) === newline ? block : Buffer.concat([block, newlineBytes]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const allUtf8 = isUtf8(bytes);
    const hits: Hit[] = [];
    const broken: Broken[] = [];
    let lines = 0;
    let start = base === 0 && bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
    const isValid = () => isJson(bytes.toString('utf8', start, bytes.indexOf(newline, start)));
    while (start < bytes.length) {
      const first = firstByte(bytes, start);
      if (bytes[first] === newline && first - start <= maxLineBytes) {
        start = first + 1;
        continue;
      }
      lines += 1;
      const readable = bytes[first] === openObject && (allUtf8 || isUtf8(lineAt(bytes, start)));
      const read = readable ? scanner.line(bytes, view, first, isValid) : -1;
      const end = read === -1 ? bytes.indexOf(newline, start) : read;
      const where = { start: base + start, end: base + end };
      const matches = read === -1 ? [] : scanner.matches();
      if (read === -1 || end - start > maxLineBytes)
        broken.push({ ...where, reason: fault(bytes, start, end), matches: [] });
      else if (matches.length > 0) {
        const record = parsedExactly(bytes.toString('utf8', start, end));
        if (isObject(record) && memberCount(record) === scanner.members) hits.push({ ...where, record, matches });
        else broken.push({ ...where, reason: 'duplicate-key', matches });
      }
      start = end + 1;
    }
    return { lines, hits, broken };
  };
  return { maxLineBytes, scan };
}

/** The first byte from `at` on that is not JSON's white space; a newline counts. */
function firstByte(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0d) at += 1;
  return at;
}

const lineAt = (bytes: Buffer, start: number): Buffer => bytes.subarray(start, bytes.indexOf(newline, start));
