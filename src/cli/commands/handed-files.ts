/**
 * Files that a person hands in with an answer by hand: read from where the command was given. Names of files are personal data
 * and are never printed; a file that cannot be read fails as `usage`, naming the flag.
 */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { HabeasError } from '../../errors.ts';
import type { Attachment } from '../../requests/create.ts';
import type { HandedFile } from '../../requests/index.ts';
import type { Run } from '../frame.ts';

/** The proof, whole. */
export function wholeFile(run: Run, path: string): Attachment {
  try {
    return { name: basename(path), bytes: readFileSync(resolve(run.io.cwd, path)) };
  } catch (cause) {
    throw new HabeasError('usage', { where: '--proof: the file cannot be read', cause });
  }
}

/** Looked at now, read later: a file that is not there fails before anything is stored. */
export function handedFile(run: Run, given: string): HandedFile {
  const path = resolve(run.io.cwd, given);
  const unreadable = (cause?: unknown) => new HabeasError('usage', { where: '--file: a file cannot be read', cause });
  try {
    if (!statSync(path).isFile()) throw unreadable();
  } catch (cause) {
    throw cause instanceof HabeasError ? cause : unreadable(cause);
  }
  return {
    name: basename(path),
    open: async function* () {
      try {
        yield* createReadStream(path, { highWaterMark: 1024 * 1024 });
      } catch (cause) {
        throw unreadable(cause);
      }
    },
  };
}
