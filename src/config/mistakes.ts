/**
 * What is wrong in a configuration file: place, problem and remedy, collected and never thrown one by one. Must never
 * carry a value from the file, because a value may be a secret put in the wrong place: only pointers, line numbers and
 * our own words. `ConfigError` is what loading ends with when there is any.
 */
import { HabeasError } from '../errors.ts';

export interface Mistake {
  /** Absolute path of the file. */
  readonly file: string;
  /** 1-based; 1 where the file itself is the mistake. */
  readonly line: number;
  readonly column: number;
  /** JSON pointer into the file; empty for the whole. A key that is not known is shown only where it looks like a key. */
  readonly pointer: string;
  /** What is wrong, without the value. */
  readonly problem: string;
  /** What to write or do instead. */
  readonly remedy: string;
}

/** `config-invalid` with every mistake found, in the order of file and line. */
export class ConfigError extends HabeasError {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    const sorted = [...mistakes].sort(
      (a, b) =>
        a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column || a.pointer.localeCompare(b.pointer),
    );
    const first = sorted[0];
    super('config-invalid', { where: first === undefined ? undefined : `${first.file}:${first.line}` });
    this.mistakes = sorted;
  }
}

/** One mistake as an operator reads it: `file:line:column pointer`, problem, remedy. */
export function describeMistake(mistake: Mistake): string {
  const place = `${mistake.file}:${mistake.line}:${mistake.column}`;
  const pointer = mistake.pointer === '' ? '' : `  ${mistake.pointer}`;
  return `${place}${pointer}\n  ${mistake.problem}\n  → ${mistake.remedy}`;
}

/** Escapes one segment of a JSON pointer (RFC 6901). */
export function segment(key: string | number): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** A key of the file, fit to be shown: letters and hyphens only, else it may be a value that slipped. */
export function showKey(key: string): string {
  return /^[A-Za-z][A-Za-z_-]{0,39}$/.test(key) ? `\`${key}\`` : 'a key';
}
