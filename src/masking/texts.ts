/**
 * The texts of one record as they stand in its JSON, found byte by byte: every other byte of a record stays as the system wrote it,
 * so that numbers keep their digits when a text beside them is masked. A file (a declared field with an object) is one item of
 * its own and is not looked into. A whole number long enough to be somebody's code or telephone number is an item too. Items are numbered in their order, the same in each pass. What is no JSON object fails with
 * `package-chunk-broken`. Pure; linear.
 */
import { HabeasError } from '../errors.ts';

export interface Item {
  /** Its number in the record. */
  readonly no: number;
  readonly kind: 'text' | 'number' | 'file';
  /** Where its value stands in the bytes, quotes included. */
  readonly from: number;
  readonly to: number;
  /** Names and positions that lead to it. */
  readonly path: readonly (string | number)[];
}

interface Level {
  readonly isObject: boolean;
  /** The key whose value comes, or the position in the array. */
  place: string | number;
  expectsKey: boolean;
}

const quote = 0x22;
const backslash = 0x5c;

export function* itemsIn(bytes: Buffer, from: number, to: number, files: readonly string[]): Generator<Item> {
  const levels: Level[] = [];
  let no = 0;
  const path = () => levels.map(({ place }) => place);
  for (let at = from; at < to; at += 1) {
    const level = levels.at(-1);
    switch (bytes[at]) {
      case quote: {
        const end = endOfText(bytes, at, to);
        if (level?.isObject === true && level.expectsKey) {
          level.place = textAt(bytes, at, end);
          level.expectsKey = false;
        } else {
          yield { no, kind: 'text', from: at, to: end, path: path() };
          no += 1;
        }
        at = end - 1;
        break;
      }
      case 0x7b: {
        const isFile = levels.length === 1 && files.includes(String(level?.place));
        if (isFile) {
          const end = endOfNested(bytes, at, to);
          yield { no, kind: 'file', from: at, to: end, path: path() };
          no += 1;
          at = end - 1;
        } else levels.push({ isObject: true, place: '', expectsKey: true });
        break;
      }
      case 0x5b:
        levels.push({ isObject: false, place: 0, expectsKey: false });
        break;
      case 0x7d:
      case 0x5d:
        if (levels.pop() === undefined) broken();
        break;
      case 0x2c:
        if (level === undefined) broken();
        else if (level.isObject) level.expectsKey = true;
        else level.place = Number(level.place) + 1;
        break;
      default: {
        if (bytes[at] !== 0x2d && !isDigit(bytes[at])) break;
        let end = at + 1;
        while (end < to && isOfNumber(bytes[end])) end += 1;
        if (isLongWhole(bytes, at, end)) {
          yield { no, kind: 'number', from: at, to: end, path: path() };
          no += 1;
        }
        at = end - 1;
        break;
      }
    }
  }
  if (levels.length > 0) broken();
}

/** What stands at an item, as a person reads it. */
export function itemText(bytes: Buffer, { kind, from, to }: Item): string {
  return kind === 'number' ? bytes.toString('latin1', from, to) : textAt(bytes, from, to);
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
/** A digit, or one of `.eE+-`. */
const isOfNumber = (byte: number | undefined): boolean =>
  isDigit(byte) || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === 0x2d;

/** Shorter ones and longer ones are nobody's. */
const wholeDigits = { least: 7, most: 17 };

function isLongWhole(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < wholeDigits.least || to - from > wholeDigits.most) return false;
  for (let at = from; at < to; at += 1) if (!isDigit(bytes[at])) return false;
  return true;
}

/** A JSON text with its quotes. */
export function textAt(bytes: Buffer, from: number, to: number): string {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8', from, to));
    return typeof value === 'string' ? value : broken();
  } catch {
    return broken();
  }
}

function endOfText(bytes: Buffer, from: number, to: number): number {
  for (let at = from + 1; at < to; at += 1) {
    if (bytes[at] === quote) return at + 1;
    if (bytes[at] === backslash) at += 1;
  }
  return broken();
}

function endOfNested(bytes: Buffer, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = endOfText(bytes, at, to) - 1;
    else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return broken();
}

function broken(): never {
  throw new HabeasError('package-chunk-broken');
}
