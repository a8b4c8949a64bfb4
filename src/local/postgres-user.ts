/**
 * Owns running PostgreSQL when we are root, which it refuses: as an existing unprivileged user (`postgres`, else
 * `nobody`), with programs and data where that user can reach them. What it cannot reach (a clone below root's home) is
 * put into a fresh folder below the system's temporary folder, remembered in the cache (programs) or stack.json (data).
 * Creates no user and loosens no permission of an existing folder.
 */
import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { HabeasError } from '../errors.ts';

const run = promisify(execFile);

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** The user PostgreSQL must run as, or `undefined` where it can run as we do. */
export async function userForPostgres(): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      // no such user here
    }
  }
  throw new HabeasError('local-start', { where: 'PostgreSQL must not run as root: create a user postgres' });
}

async function may(user: RunAs, test: '-x' | '-r', path: string): Promise<boolean> {
  return run('/bin/sh', ['-c', `test ${test} "$1"`, 'sh', path], { uid: user.uid, gid: user.gid, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

/** The folder of PostgreSQL's programs, or a copy of its whole installation that the user can reach. */
export async function reachablePrograms(binDir: string, user: RunAs | undefined, cacheDir: string): Promise<string> {
  const real = await realpath(binDir);
  if (user === undefined || (await may(user, '-x', join(real, 'postgres')))) return real;
  const installation = dirname(real);
  const memory = join(cacheDir, 'postgres-programs.json');
  const remembered: unknown = JSON.parse(await readFile(memory, 'utf8').catch(() => 'null'));
  const previous = copyOf(remembered, installation);
  if (previous !== undefined && (await may(user, '-x', join(previous, 'bin', 'postgres'))))
    return join(previous, 'bin');

  const copy = await mkdtemp(join(tmpdir(), 'habeas-postgres-'));
  await chmod(copy, 0o755);
  await cp(installation, join(copy, 'native'), { recursive: true, verbatimSymlinks: true });
  await mkdir(cacheDir, { recursive: true });
  await writeFile(`${memory}.${process.pid}`, JSON.stringify({ installation, copy: join(copy, 'native') }));
  await rename(`${memory}.${process.pid}`, memory);
  return join(copy, 'native', 'bin');
}

function copyOf(remembered: unknown, installation: string): string | undefined {
  if (typeof remembered !== 'object' || remembered === null) return undefined;
  if (!('installation' in remembered && 'copy' in remembered) || remembered.installation !== installation)
    return undefined;
  return typeof remembered.copy === 'string' ? remembered.copy : undefined;
}

/** A folder of the user's own, mode 0700: the wanted one if the user can reach it, else one below the temporary folder. */
export async function reachableFolder(wanted: string, user: RunAs | undefined): Promise<string> {
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  if (user === undefined) return wanted;
  await chown(wanted, user.uid, user.gid);
  if (await may(user, '-x', wanted)) return wanted;
  const folder = await mkdtemp(join(tmpdir(), 'habeas-pgdata-'));
  await chown(folder, user.uid, user.gid);
  return folder;
}
