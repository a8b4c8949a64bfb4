/**
 * Who acts: `--as` and `--key`, else what `habeas people use` remembers for this operating-system user and configuration
 * file, else what the local stack wrote beside its configuration. Owns `people.json` (mode 0600, ids and paths only, never
 * a key). A key file that others may read is refused, as ssh does. Fails with `person-needed`, `person-key`.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readEnvironment } from '../config/environment.ts';
import { HabeasError } from '../errors.ts';
import type { SignedBy } from '../requests/people.ts';
import type { GlobalOptions } from './frame.ts';
import type { Io } from './io.ts';

export interface Remembered {
  readonly id: string;
  /** Path of the private key file. */
  readonly key: string;
}

/** The person and key a deciding command signs with. */
export function signer(io: Io, global: GlobalOptions, configFile: string): SignedBy {
  const known = remembered(io, configFile);
  const id = global.as ?? known?.id;
  const key = global.key === undefined ? (id === known?.id ? known?.key : undefined) : resolve(io.cwd, global.key);
  if (id === undefined) throw new HabeasError('person-needed');
  if (key === undefined) throw new HabeasError('person-needed', { where: '--key' });
  return { personId: id, privateKeyPem: readKeyFile(key) };
}

/** The signer where one is known, for commands that show more to whom they know. */
export function signerIfAny(io: Io, global: GlobalOptions, configFile: string): SignedBy | undefined {
  if (global.as === undefined && remembered(io, configFile) === undefined) return undefined;
  return signer(io, global, configFile);
}

/** A private key file's text; `person-key` where it cannot be read or others can. */
export function readKeyFile(file: string): string {
  let mode: number;
  let text: string;
  try {
    mode = statSync(file).mode;
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HabeasError('person-key', { where: 'the key file cannot be read', cause });
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new HabeasError('person-key', { where: 'others may read the key file; chmod 600' });
  return text;
}

/** Remembered for this user and configuration file, or written by the local stack beside it. */
export function remembered(io: Io, configFile: string): Remembered | undefined {
  const file = memoryFile(io);
  const mine = file === undefined ? undefined : readObject(file)?.[configFile];
  return asRemembered(mine) ?? asRemembered(readObject(join(dirname(configFile), 'people', 'use.json')));
}

/** Remembers; returns the file it is kept in. */
export function remember(io: Io, configFile: string, person: Remembered): string {
  const file = memoryFile(io);
  if (file === undefined) throw new HabeasError('file-unwritable', { where: 'XDG_CONFIG_HOME or HOME is not set' });
  const all = { ...readObject(file), [configFile]: person };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
  return file;
}

function memoryFile(io: Io): string | undefined {
  const folder = readEnvironment(io.env).userConfigFolder;
  return folder === undefined ? undefined : join(folder, 'habeas', 'people.json');
}

function readObject(file: string): Record<string, unknown> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function asRemembered(value: unknown): Remembered | undefined {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('key' in value)) return undefined;
  return typeof value.id === 'string' && typeof value.key === 'string' ? { id: value.id, key: value.key } : undefined;
}
