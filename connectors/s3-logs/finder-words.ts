/**
 * Owns looking at bytes four at a time, which is what makes the scanner fast: where a JSON string's plain part ends, the
 * hash of a value, whether it is ASCII. Four bytes are read as one little-endian word wherever they lie; the last bytes of
 * a view are read one by one. Pure.
 */
const ones = 0x01010101;
const highs = 0x80808080 | 0;
const quotes = 0x22222222;
const backslashes = 0x5c5c5c5c;
const spaces = 0x20202020;

/**
 * The position from `from` on of the first quote, backslash or control character (a newline is one), or the view's end.
 * In each of the three tests the lowest byte told is a true one; a borrow can only tell a byte above it falsely.
 */
export function plainEnd(view: DataView, from: number): number {
  let at = from;
  for (const lastWord = view.byteLength - 4; at <= lastWord; at += 4) {
    const word = view.getInt32(at, true);
    const quote = word ^ quotes;
    const slash = word ^ backslashes;
    const told = (((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - spaces) & ~word)) & highs;
    if (told !== 0) return at + ((31 - Math.clz32(told & -told)) >> 3);
  }
  for (; at < view.byteLength; at++) {
    const byte = view.getUint8(at);
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c) break;
  }
  return at;
}

/** The bytes from `at` up to `end` (at most four) as a word, the missing ones 0. */
function wordAt(view: DataView, at: number, end: number): number {
  let word = 0;
  for (let i = end - 1; i >= at; i--) word = (word << 8) | view.getUint8(i);
  return word;
}

/** A hash that is equal for texts equal up to the case of ASCII letters (and for some others). */
export function hashOf(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = mixed(hash, view.getInt32(at, true) | spaces);
  if (at < end) hash = mixed(hash, wordAt(view, at, end) | spaces);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1 | 0);
  return product ^ (product >>> 15);
}

export function isAscii(view: DataView, start: number, end: number): boolean {
  let all = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) all |= view.getInt32(at, true);
  if (at < end) all |= wordAt(view, at, end);
  return (all & highs) === 0;
}
