/**
 * Small files that a command is given or leaves: read whole, written private to this user and in one piece, never over
 * another. Fails with `file-unreadable`, `file-exists`, `file-unwritable`, naming the flag and not the path.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { HabeasError } from '../errors.ts';

export async function readText(path: string, where: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new HabeasError('file-unreadable', { where, cause });
  }
}

export async function writeText(path: string, text: string | Uint8Array, force: boolean): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.part`;
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await (force ? rename(temporary, path) : link(temporary, path));
  } catch (cause) {
    const isThere = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'EEXIST';
    throw new HabeasError(isThere ? 'file-exists' : 'file-unwritable', { where: '--out', cause });
  } finally {
    await rm(temporary, { force: true });
  }
}
