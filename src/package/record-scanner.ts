/**
 * Finds the top-level fields of one JSON record without building it: offsets of keys and values in the bytes. The values
 * stay as the system wrote them, so that 12345678901234567890 and 1.10 reach the CSV digit by digit, which JSON.parse
 * would not give. Reused for every record, allocates nothing while keys come in their usual order.
 *
 * A record that is no JSON object, or has a field that was not granted, fails with `package-chunk-broken`: nothing that
 * policy did not release may slip through here.
 */
import { HabeasError } from '../errors.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** What a string value contains; only strings have flags. */
export const hasEscape = 1;
export const hasComma = 2;

/** A key as it is written, quotes included: no other key begins with these bytes. */
interface UsualKey {
  readonly key: Buffer;
  readonly column: number;
}

export class RecordScanner {
  /** Offsets of each column's value, -1 where the record has none. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly flags: Uint8Array;
  readonly #index: ReadonlyMap<string, number>;
  /** Columns that this stream may have. */
  #granted: ReadonlySet<number> = new Set();
  /** Keys in the order of the record before, as written, and their columns. */
  #usual: UsualKey[] = [];

  constructor(columns: readonly string[]) {
    this.#index = new Map(columns.map((column, index) => [column, index]));
    this.starts = new Int32Array(columns.length);
    this.ends = new Int32Array(columns.length);
    this.flags = new Uint8Array(columns.length);
  }

  /** Before the records of a stream: the fields its decision granted. */
  grant(fields: readonly string[]): void {
    const granted = new Set<number>();
    for (const field of fields) granted.add(this.#index.get(field) ?? broken());
    this.#granted = granted;
    this.#usual = [];
  }

  /** One object from `at` to `end` (exclusive), without surrounding space. */
  scan(bytes: Buffer, at: number, end: number): void {
    this.starts.fill(-1);
    if (bytes[at] !== openBrace || bytes[end - 1] !== closeBrace) broken();
    let position = skipSpace(bytes, at + 1);
    if (bytes[position] === closeBrace) {
      if (position !== end - 1) broken();
      return;
    }
    for (let ordinal = 0; ; ordinal += 1) {
      let usual = this.#usual[ordinal];
      if (usual === undefined || !startsWith(bytes, position, end, usual.key))
        usual = this.#learn(bytes, position, end, ordinal);
      const { column } = usual;
      position = skipSpace(bytes, position + usual.key.length);
      if (bytes[position] !== colon) broken();
      const start = skipSpace(bytes, position + 1);
      const valueEnd = this.#value(bytes, start, end, column);
      this.starts[column] = start;
      this.ends[column] = valueEnd;
      position = skipSpace(bytes, valueEnd);
      const next = bytes[position];
      if (next === closeBrace && position === end - 1) return;
      if (next !== comma) broken();
      position = skipSpace(bytes, position + 1);
    }
  }

  /** A key that does not stand in its usual place. */
  #learn(bytes: Buffer, from: number, end: number, ordinal: number): UsualKey {
    if (bytes[from] !== quote) broken();
    const to = endOfString(bytes, from, end);
    const column = this.#index.get(text(bytes, from, to));
    if (column === undefined || !this.#granted.has(column)) return broken();
    const usual = { key: Buffer.from(bytes.subarray(from, to)), column };
    this.#usual[ordinal] = usual;
    return usual;
  }

  #value(bytes: Buffer, start: number, end: number, column: number): number {
    this.flags[column] = 0;
    const first = bytes[start];
    if (first === quote) {
      let flags = 0;
      for (let at = start + 1; at < end; at += 1) {
        const byte = bytes[at] ?? 0;
        // Most bytes of most texts: small letters, and everything beyond ASCII.
        if (byte > backslash) continue;
        if (byte === quote) {
          this.flags[column] = flags;
          return at + 1;
        }
        if (byte === backslash) {
          flags |= hasEscape;
          at += 1;
        } else if (byte === comma) flags |= hasComma;
      }
      return broken();
    }
    if (first === openBrace || first === openBracket) return endOfNested(bytes, start, end);
    let at = start;
    while (isDigit(bytes[at])) at += 1;
    // Most numbers are a few digits; the rest is for the expression.
    if (at > start && !isScalarByte(bytes[at]) && (first !== 0x30 || at === start + 1)) return at;
    while (at < end && isScalarByte(bytes[at])) at += 1;
    if (at === start || !scalar.test(bytes.toString('latin1', start, at))) broken();
    return at;
  }
}

/** A JSON string literal, quotes included, as text. */
export function text(bytes: Buffer, from: number, to: number): string {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8', from, to));
    return typeof value === 'string' ? value : broken();
  } catch {
    return broken();
  }
}

function broken(): never {
  throw new HabeasError('package-chunk-broken');
}

const scalar = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

function isScalarByte(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte !== comma && byte !== closeBrace && byte !== closeBracket;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return at;
    at += 1;
  }
}

function endOfString(bytes: Buffer, from: number, end: number): number {
  for (let at = from + 1; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at += 1;
  }
  return broken();
}

function endOfNested(bytes: Buffer, from: number, end: number): number {
  let depth = 0;
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = endOfString(bytes, at, end) - 1;
    else if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return broken();
}

function startsWith(bytes: Buffer, from: number, end: number, key: Buffer): boolean {
  if (from + key.length > end) return false;
  for (let at = 0; at < key.length; at += 1) if (bytes[from + at] !== key[at]) return false;
  return true;
}
