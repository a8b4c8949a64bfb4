/**
 * Owns cutting a record's top-level fields out of its line, each as the very text that was written: numbers of any length,
 * escapes and spaces come out as they went in. For lines that were parsed already; a line that is no object throws.
 */
import { HabeasError } from '../../src/errors.ts';

/** Field → JSON text. */
export function membersOf(line: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let at = skipSpace(line, line.startsWith('\uFEFF') ? 1 : 0);
  if (line[at] !== '{') throw new HabeasError('internal', { where: 'line' });
  at = skipSpace(line, at + 1);
  while (line[at] === '"') {
    const nameEnd = stringEnd(line, at);
    const name: unknown = JSON.parse(line.slice(at, nameEnd));
    at = skipSpace(line, skipSpace(line, nameEnd) + 1);
    const end = valueEnd(line, at);
    members.set(String(name), line.slice(at, end));
    at = skipSpace(line, end);
    if (line[at] === ',') at = skipSpace(line, at + 1);
  }
  return members;
}

function skipSpace(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ' || line[at] === '\t' || line[at] === '\r') at += 1;
  return at;
}

/** Behind the closing quote. */
function stringEnd(line: string, from: number): number {
  let at = from + 1;
  while (at < line.length && line[at] !== '"') at += line[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Behind the value that begins at `from`. */
function valueEnd(line: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < line.length) {
    const character = line[at];
    if (character === '"') {
      at = stringEnd(line, at);
      if (depth === 0) return at;
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (character === ',' || character === ' ' || character === '\t' || character === '\r'))
      return at;
    at += 1;
  }
  throw new HabeasError('internal', { where: 'line' });
}
