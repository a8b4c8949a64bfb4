/** Owns where the small tokens of JSON (RFC 8259) end in a line's bytes. Ends at a newline at the latest; never throws. */
const words = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/** White space but for the newline, which ends the line. */
export const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d;
export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Where the number that begins at `at` ends, or -1. */
export function numberEnd(bytes: Buffer, from: number): number {
  let at = bytes[from] === 0x2d ? from + 1 : from;
  const first = at;
  at = digitsEnd(bytes, at);
  if (at === first || (bytes[first] === 0x30 && at > first + 1)) return -1;
  if (bytes[at] === 0x2e) {
    const fraction = at + 1;
    at = digitsEnd(bytes, fraction);
    if (at === fraction) return -1;
  }
  if (((bytes[at] ?? 0) | 0x20) === 0x65) {
    const sign = bytes[at + 1];
    const exponent = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
    at = digitsEnd(bytes, exponent);
    if (at === exponent) return -1;
  }
  return at;
}

function digitsEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (isDigit(bytes[at] ?? 0)) at += 1;
  return at;
}

/** Where `true`, `false` or `null` at `at` ends, or -1. */
export function wordEnd(bytes: Buffer, at: number): number {
  const word = words.find(([first]) => first === bytes[at]);
  if (word === undefined) return -1;
  for (let i = 1; i < word.length; i++) if (bytes[at + i] !== word[i]) return -1;
  return at + word.length;
}
