/**
 * Small letters at the same places: a text folded here has every character where it was, so that offsets found in one are offsets
 * in the other. `İ` and its like, which grow in small letters, stay as they are.
 */
export function fold(text: string): string {
  const folded = text.toLowerCase();
  if (folded.length === text.length) return folded;
  let kept = '';
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at] ?? '';
    const small = one.toLowerCase();
    kept += small.length === 1 ? small : one;
  }
  return kept;
}

const beyondAscii = /[\p{L}\p{M}\p{N}]/u;

/** Whether the character at a place belongs to a word; outside the text nothing does. */
export function isWordAt(text: string, at: number): boolean {
  const code = at < 0 ? Number.NaN : text.charCodeAt(at);
  if (Number.isNaN(code)) return false;
  return code < 128 ? isAsciiWord(code) : beyondAscii.test(text[at] ?? '');
}

/** Letters, digits and the underscore. */
export function isAsciiWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95;
}
