/**
 * Records as RFC 4180 rows: UTF-8 with BOM, CRLF, a header of field names, every value as the system wrote it; arrays and
 * objects as JSON text; null is nothing, an empty text is `""`.
 *
 * A spreadsheet runs what begins with = + - @ tab or CR as a formula (OWASP "CSV injection"), and these values come from
 * strangers. Such a cell gets a leading apostrophe, except a plain number; a cell that already is apostrophes followed
 * by one of these gets one more, so that taking one away gives the value back. The JSON beside it has every value unchanged.
 */
import { hasComma, hasEscape, type RecordScanner, text } from './record-scanner.ts';

export const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

const quote = 0x22;
const comma = 0x2c;
const apostrophe = 0x27;
const firstBytes = 4096;
const number = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const dangerous = /^'*[=+\-@\t\r]/;

/** A text as a cell: what a spreadsheet would run is made harmless, then quoted where RFC 4180 asks for it. */
export function csvCell(value: string): string {
  if (value === '') return '""';
  const safe = dangerous.test(value) && !number.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvHeader(columns: readonly string[]): Buffer {
  return Buffer.from(`${columns.map(csvCell).join(',')}\r\n`);
}

/** Rows of many records in two growing buffers, one of which is the caller's. */
export class CsvWriter {
  #bytes: Buffer = Buffer.allocUnsafe(firstBytes);
  #taken: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written since the last one; the writer begins anew. Valid until it is asked again. */
  take(): Buffer {
    const taken = this.#bytes;
    const length = this.#length;
    this.#bytes = this.#taken;
    this.#taken = taken;
    this.#length = 0;
    return taken.subarray(0, length);
  }

  /** The record that `scanner` has just scanned in `bytes`. Returns how long the row became. */
  row(scanner: RecordScanner, bytes: Buffer): number {
    const before = this.#length;
    const { starts, ends, flags } = scanner;
    for (let column = 0; column < starts.length; column += 1) {
      if (column > 0) this.#byte(comma);
      const start = starts[column] ?? -1;
      if (start >= 0) this.#cell(bytes, start, ends[column] ?? start, flags[column] ?? 0);
    }
    // A line without a character would be no row to most readers.
    if (this.#length === before && starts.length === 1) this.#text('""');
    this.#byte(0x0d);
    this.#byte(0x0a);
    return this.#length - before;
  }

  #cell(bytes: Buffer, start: number, end: number, flags: number): void {
    const first = bytes[start];
    if (first === quote) {
      if ((flags & hasEscape) !== 0 || end - start === 2 || mayBeFormula(bytes[start + 1])) {
        this.#text(csvCell(text(bytes, start, end)));
      } else if ((flags & hasComma) !== 0) {
        this.#byte(quote);
        this.#copy(bytes, start + 1, end - 1);
        this.#byte(quote);
      } else this.#copy(bytes, start + 1, end - 1);
    } else if (first === 0x7b || first === 0x5b) this.#quoted(bytes, start, end);
    // null; true, false and numbers are copied.
    else if (first !== 0x6e) this.#copy(bytes, start, end);
  }

  /** JSON text of an array or object: always quoted, its quotes doubled. */
  #quoted(bytes: Buffer, start: number, end: number): void {
    this.#reserve(2 * (end - start) + 2);
    let at = this.#length;
    this.#bytes[at++] = quote;
    for (let from = start; from < end; from += 1) {
      const byte = bytes[from] ?? 0;
      this.#bytes[at++] = byte;
      if (byte === quote) this.#bytes[at++] = quote;
    }
    this.#bytes[at++] = quote;
    this.#length = at;
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    this.#reserve(size);
    if (size > 32) bytes.copy(this.#bytes, this.#length, start, end);
    else for (let at = 0; at < size; at += 1) this.#bytes[this.#length + at] = bytes[start + at] ?? 0;
    this.#length += size;
  }

  #text(value: string): void {
    this.#reserve(3 * value.length);
    this.#length += this.#bytes.write(value, this.#length, 'utf8');
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + size, firstBytes));
    this.#bytes.copy(bigger, 0, 0, this.#length);
    this.#bytes = bigger;
  }
}

/** First bytes after which a cell needs a second look; tab and CR only come as escapes. */
function mayBeFormula(byte: number | undefined): boolean {
  return byte === 0x3d || byte === 0x2b || byte === 0x2d || byte === 0x40 || byte === apostrophe;
}
