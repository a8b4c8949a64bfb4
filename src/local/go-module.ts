/**
 * Owns building a program from a pinned Go module into the cache, beside the downloaded ones: `<cache>/go/<SHA-256 of
 * module, version, sum and Go's own version>/`, filled by a temporary folder and a rename under a lock. Go itself must be
 * there (it is found and never installed). Fails with 'binary-missing' when Go cannot get or build the module, and
 * with 'binary-hash' when the module is not what was pinned.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { HabeasError } from '../errors.ts';
import { cacheDirOf } from './binaries.ts';
import type { Log } from './download.ts';
import type { GoModulePin } from './pins.ts';
import { withLock } from './process-lock.mjs';

const run = promisify(execFile);

/** A module is some ten megabytes and its build a minute on a slow machine. */
const buildMs = 600_000;

export interface GoProgram {
  /** Absolute path of the executable. */
  readonly path: string;
  /** Folder of the module's own files, read only. */
  readonly sources: string;
}

/** Where Go's own installer puts it (https://go.dev/doc/install), which not every shell has on PATH. */
const usualFolder = '/usr/local/go/bin';

/** The Go that PATH has, or that lies where its installer puts it; or undefined. */
export async function goOnPath(
  path = `${process.env.PATH ?? ''}${delimiter}${usualFolder}`,
): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, process.platform === 'win32' ? 'go.exe' : 'go');
    const found =
      folder !== '' &&
      (await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      ));
    if (found) return candidate;
  }
  return undefined;
}

/** The program of a module, built once for every clone of this user. */
export async function resolveGoProgram(
  pin: GoModulePin,
  options: { readonly go: string; readonly log: Log },
): Promise<GoProgram> {
  const { go, log } = options;
  const named = `${pin.module}@${pin.version}`;
  const sources = await sourcesOf(pin, go, named);
  const { stdout: version } = await run(go, ['version']);
  const key = createHash('sha256').update(`${named}\n${pin.sum}\n${version}`).digest('hex');
  const path = join(cacheDirOf(), 'go', key, basename(pin.module));
  if (existsSync(path)) return { path, sources };
  return withLock(
    join(cacheDirOf(), `${basename(pin.module)}.lock`),
    async () => {
      if (!existsSync(path)) await build(go, named, path, log);
      return { path, sources };
    },
    (pid) => log(`waiting for process ${pid}, which is building ${named}`),
  );
}

/** Where Go keeps the module, after it was checked against the pin. */
async function sourcesOf(pin: GoModulePin, go: string, named: string): Promise<string> {
  const { stdout } = await run(go, ['mod', 'download', '-json', named], { timeout: buildMs }).catch(
    (cause: unknown) => {
      throw new HabeasError('binary-missing', { where: `${named}: Go could not download it`, cause });
    },
  );
  const told = JSON.parse(stdout) as { readonly Sum?: string; readonly Dir?: string };
  if (told.Sum !== pin.sum || told.Dir === undefined) {
    throw new HabeasError('binary-hash', { where: `${named}: sum ${told.Sum ?? 'missing'}, pinned ${pin.sum}` });
  }
  return told.Dir;
}

async function build(go: string, named: string, path: string, log: Log): Promise<void> {
  log(`${named}: building with Go`);
  await mkdir(dirname(dirname(path)), { recursive: true });
  const temporary = await mkdtemp(join(dirname(dirname(path)), 'incoming-'));
  try {
    await run(go, ['install', named], { env: { ...process.env, GOBIN: temporary }, timeout: buildMs }).catch(
      (cause: unknown) => {
        throw new HabeasError('binary-missing', { where: `${named}: Go could not build it`, cause });
      },
    );
    await rm(dirname(path), { recursive: true, force: true });
    await rename(temporary, dirname(path));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
