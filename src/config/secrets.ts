/**
 * Replaces `{env: NAME}` and `{file: PATH}` anywhere in a value by what they name. A mapping with exactly one of these
 * keys is a secret wherever it stands, also in a connector's settings. Never shows the name or the content in a mistake:
 * people write the secret itself where its name belongs. A missing secret becomes an empty text and its pointer is
 * remembered, so that nobody complains about the emptiness too.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Env } from './environment.ts';
import { type Mistake, segment } from './mistakes.ts';
import type { Source } from './source.ts';

const maxSecretBytes = 64 * 1024;

export interface Resolved {
  readonly value: unknown;
  readonly mistakes: readonly Mistake[];
  readonly missing: ReadonlySet<string>;
}

/** A mapping that names a secret. */
export function isSecretReference(value: unknown): value is { readonly env: string } | { readonly file: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  const [key, named] = entries[0] ?? [];
  return entries.length === 1 && (key === 'env' || key === 'file') && typeof named === 'string' && named !== '';
}

/** `value` of the source with all secrets in their places; files are relative to `folder`. */
export function resolveSecrets(source: Source, folder: string, env: Env): Resolved {
  const mistakes: Mistake[] = [];
  const missing = new Set<string>();
  const complain = (pointer: string, problem: string, remedy: string): string => {
    missing.add(pointer);
    mistakes.push(source.mistake(pointer, problem, remedy));
    return '';
  };
  const secret = (reference: { readonly env: string } | { readonly file: string }, pointer: string): string => {
    if ('env' in reference) {
      const value = env[reference.env];
      if (value !== undefined && value !== '') return value;
      return complain(
        pointer,
        'The environment variable named here is not set, or empty.',
        'Set it for this process. `env` takes the name of the variable, not the secret.',
      );
    }
    const file = resolve(folder, reference.file);
    try {
      if (statSync(file).size > maxSecretBytes)
        return complain(
          pointer,
          'The secret file named here is larger than 64 KiB.',
          'Name the file that holds only the secret.',
        );
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (text !== '') return text;
      return complain(pointer, 'The secret file named here is empty.', 'Write the secret into it.');
    } catch {
      return complain(
        pointer,
        'The secret file named here is not there, or this user may not read it.',
        'Create it (mode 0600) or correct the path; it is relative to the configuration file.',
      );
    }
  };
  const walk = (value: unknown, pointer: string): unknown => {
    if (isSecretReference(value)) return secret(value, pointer);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, `${pointer}/${index}`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, walk(child, `${pointer}/${segment(key)}`)]),
    );
  };
  return { value: walk(source.value, ''), mistakes, missing };
}
