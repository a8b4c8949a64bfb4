/**
 * Which identifiers may be sent to a system at all. A value that is empty, a placeholder or nearly so would match other
 * people's records, or a vendor's filter would be ignored for it; it is refused (`identifier-unusable`, naming the kind
 * and never the value) and never sent. Pure. The front door has stricter, friendlier rules; these hold for what other
 * systems taught as well.
 */
import { HabeasError } from '../src/errors.ts';
import type { Identifier } from './contract.ts';

/** What programs and people write where they know nothing. Compared in lower case. */
const placeholders = new Set([
  ...['null', 'undefined', 'none', 'nil', 'nan', 'n/a', 'na', 'unknown', 'anonymous', 'anon', 'guest', 'user', 'admin'],
  ...['test', 'testing', 'todo', 'tbd', 'xxx', 'foo', 'bar', 'example', 'default', 'empty', 'true', 'false', 'invalid'],
  ...['email', 'e-mail', 'name', 'nimi', 'puudub', 'tundmatu', 'deleted', '[deleted]', '[object object]', 'redacted'],
]);

/** Longer than any address (RFC 5321: 254 octets), name or vendor id that means one person. */
const longest = 1_000;

/**
 * Whether the value says enough to point to one person. `exactType`: the column's type admits only exact, generated
 * values (whole numbers, UUIDs), where short ones are meaningful.
 */
export function isUsable(kind: string, value: string, exactType = false): boolean {
  if (value.length === 0 || value.length > longest) return false;
  // Control characters (a NUL would end the text for PostgreSQL) and halves of surrogate pairs.
  if (/[\p{Cc}\p{Cs}]/u.test(value) || value.trim() !== value) return false;
  // 0, -1 and the all-zero UUID are what programs write for "nobody".
  if (/^[0\-_. ]*$/.test(value) || /^-\d+$/.test(value)) return false;
  // Only punctuation, symbols and spaces: `%`, `***`, `@.`.
  if (placeholders.has(value.toLowerCase()) || !/[\p{L}\p{N}]/u.test(value)) return false;
  if (exactType) return true;
  // Very short, or one character over and over.
  if ([...value].length < 3 || new Set(value.toLowerCase()).size === 1) return false;
  if (kind === 'email') return /^[^@\s]+@[^@\s]+$/u.test(value) && !/^[*%?]+@|@[*%?.]+$/.test(value);
  return true;
}

/** Throws `identifier-unusable` for a value that must not be sent. */
export function requireUsable(identifier: Identifier, exactType = false): void {
  if (!isUsable(identifier.kind, identifier.value, exactType))
    throw new HabeasError('identifier-unusable', { where: identifier.kind });
}

/** One form for values that look the same: Unicode's canonical composition (UAX #15, NFC). */
export function composed(value: string): string {
  return value.normalize('NFC');
}

/**
 * Letter case folded, for telling candidates only, never proof. Wider than any database's lower(): a row that a database
 * finds by its own folding (Turkish dotless i, final sigma) must not look like a row that answers nothing.
 */
export function folded(value: string): string {
  return composed(value.normalize('NFC').toLowerCase().toUpperCase().toLowerCase())
    .normalize('NFD')
    .replaceAll(/\u0307/g, '')
    .replaceAll('ı', 'i')
    .replaceAll('ς', 'σ')
    .normalize('NFC');
}
