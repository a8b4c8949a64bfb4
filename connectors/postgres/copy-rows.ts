/**
 * Splits the bytes of `COPY … TO STDOUT` (text format) into rows and cells without making strings or objects: this runs
 * for every record, so it works on offsets and undoes COPY's escapes only where there is a backslash. Cells are views of
 * the chunk: valid until the next row is asked for. Source: PostgreSQL manual, COPY, "Text Format".
 */
import { HabeasError } from '../../src/errors.ts';

const tab = 0x09;
const newline = 0x0a;
const backslash = 0x5c;
const brace = 0x7d;

/** Called per row with its cells; the same array every time. A promise is awaited before the next row. */
export type OnRow = (cells: readonly Buffer[], line: Buffer, startLength: number) => void | Promise<void>;

/**
 * Feeds rows of `cellCount` cells to `onRow`. The last two cells are the start of a line of NDJSON and its content: they are
 * handed over joined and closed (`}` and newline); `startLength` is the length of the start. Cells before are in `cells`.
 */
export class CopyRows {
  readonly #cells: Buffer[];
  readonly #onRow: OnRow;
  readonly #before: number;
  #left: Buffer | undefined;
  rows = 0;

  constructor(cellCount: number, onRow: OnRow) {
    this.#before = cellCount - 2;
    this.#cells = new Array<Buffer>(this.#before);
    this.#onRow = onRow;
  }

  /** Takes the next bytes. Resolves when every whole row in them was taken. */
  async push(chunk: Buffer): Promise<void> {
    const bytes = this.#left === undefined ? chunk : Buffer.concat([this.#left, chunk]);
    this.#left = undefined;
    let start = 0;
    let escaped = bytes.indexOf(backslash);
    for (;;) {
      const end = bytes.indexOf(newline, start);
      if (end === -1) break;
      if (escaped !== -1 && escaped < start) escaped = bytes.indexOf(backslash, start);
      const taken =
        escaped === -1 || escaped > end ? this.#plainRow(bytes, start, end) : this.#escapedRow(bytes, start, end);
      this.rows += 1;
      start = end + 1;
      if (taken !== undefined) await taken;
    }
    if (start < bytes.length) this.#left = bytes.subarray(start);
  }

  /** Whether the bytes ended in the middle of a row. */
  get unfinished(): boolean {
    return this.#left !== undefined;
  }

  #plainRow(bytes: Buffer, start: number, end: number): void | Promise<void> {
    let at = start;
    for (let i = 0; i < this.#before; i++) {
      const next = bytes.indexOf(tab, at);
      this.#cells[i] = bytes.subarray(at, next);
      at = next + 1;
    }
    const middle = bytes.indexOf(tab, at);
    // Moving the content over the tab joins the two and leaves room for the brace: no new memory for any row.
    bytes.copyWithin(middle, middle + 1, end);
    bytes[end - 1] = brace;
    return this.#onRow(this.#cells, bytes.subarray(at, end + 1), middle - at);
  }

  #escapedRow(bytes: Buffer, start: number, end: number): void | Promise<void> {
    let at = start;
    for (let i = 0; i < this.#before; i++) {
      const next = bytes.indexOf(tab, at);
      this.#cells[i] = unescaped(bytes.subarray(at, next));
      at = next + 1;
    }
    const middle = bytes.indexOf(tab, at);
    // A null key: `\\N` instead of a line. Such a row cannot be named.
    if (middle === at + 2 && bytes[at] === backslash) throw new HabeasError('system-key-unproved');
    const begin = oneLine(unescaped(bytes.subarray(at, middle)));
    const content = oneLine(unescaped(bytes.subarray(middle + 1, end)));
    return this.#onRow(this.#cells, Buffer.concat([begin, content, closing]), begin.length);
  }
}

const closing = Buffer.from('}\n');
const meaning = new Map(
  [...'bfnrtv\\'].map(
    (letter, i) => [letter.charCodeAt(0), [8, 12, 10, 13, 9, 11, backslash][i] ?? backslash] as const,
  ),
);

/** Stands for null (`\N`), which no cell of ours may be: not UTF-8, so it equals no value. */
const nothing = Buffer.from([0xff]);

/** The cell without COPY's escapes. */
export function unescaped(cell: Buffer): Buffer {
  let from = cell.indexOf(backslash);
  if (from === -1) return cell;
  if (cell.length === 2 && cell[1] === 0x4e) return nothing;
  const out = Buffer.allocUnsafe(cell.length);
  let written = cell.copy(out, 0, 0, from);
  while (from !== -1) {
    const letter = cell[from + 1];
    out[written] = letter === undefined ? backslash : (meaning.get(letter) ?? letter);
    written += 1;
    const next = cell.indexOf(backslash, from + 2);
    written += cell.copy(out, written, from + 2, next === -1 ? cell.length : next);
    from = next;
  }
  return out.subarray(0, written);
}

/**
 * JSON on one line: a bare line break or tab in JSON text can only be white space between its parts (a `json` column
 * keeps what was written), never part of a string, so a space means the same.
 */
function oneLine(json: Buffer): Buffer {
  for (const white of [newline, 0x0d, tab]) {
    for (let at = json.indexOf(white); at !== -1; at = json.indexOf(white, at + 1)) json[at] = 0x20;
  }
  return json;
}
