/**
 * Owns the local PostgreSQL 18: initdb into a folder that appears whole, the server itself, and what a kill leaves behind
 * (a postmaster.pid whose pid is now somebody else's). Password by SCRAM, 127.0.0.1 only, no Unix socket. Locale and
 * encoding are PostgreSQL's built-in C.UTF-8, so that sorting is the same on every machine.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { cacheDirOf } from './binaries.ts';
import { type Launch, launch, type StackContext } from './launch.ts';
import { type RunAs, reachableFolder, reachablePrograms, userForPostgres } from './postgres-user.ts';
import { type RememberedProcess, startOf } from './process-lock.mjs';
import { serverEnvironment, startFailure, stopServer } from './server-process.ts';
import { writeState } from './state.ts';

const run = promisify(execFile);
export const adminUser = 'habeas_admin';
const adminDatabase = 'postgres';

/** URL for the administrator of a local server. */
export function postgresUrl(port: number, password: string, database: string = adminDatabase): string {
  return `postgres://${adminUser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** The same server's URL for another database. */
export function urlForDatabase(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

const durable = ['max_connections=200', 'unix_socket_directories=', 'listen_addresses=127.0.0.1', 'timezone=UTC'];
const forTests = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_wal_size=2GB'];

export async function startPostgres(context: StackContext, binDir: string): Promise<void> {
  const { dir, state, profile } = context;
  const user = await userForPostgres();
  const programs = await reachablePrograms(binDir, user, cacheDirOf());
  const home =
    state.postgresData !== undefined && existsSync(state.postgresData)
      ? state.postgresData
      : await reachableFolder(join(dir, 'postgres'), user);
  if (home !== join(dir, 'postgres') && home !== state.postgresData) {
    state.postgresData = home;
    writeState(dir, state);
  }
  const data = join(home, 'data');
  const logFile = join(dir, 'postgres.log');
  if (!existsSync(data)) await initialise(programs, home, data, state.secrets.postgresPassword, user, profile, logFile);
  await removeStalePidFile(data);

  const settings = profile === 'test' ? [...durable, ...forTests] : durable;
  const server: Launch<'sql'> = {
    name: 'postgres',
    ports: ['sql'],
    command: (ports) => ({
      name: 'postgres',
      program: join(programs, 'postgres'),
      args: ['-D', data, '-p', String(ports.sql), ...settings.flatMap((setting) => ['-c', setting])],
      env: serverEnvironment(home),
      logFile,
      user,
      cwd: '/',
    }),
    answers: (ports) => postgresAnswers(postgresUrl(ports.sql, state.secrets.postgresPassword)),
  };
  await launch(context, server);
}

/** Whether a PostgreSQL accepts this URL. */
export async function postgresAnswers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function initialise(
  programs: string,
  home: string,
  data: string,
  password: string,
  user: RunAs | undefined,
  profile: 'start' | 'test',
  logFile: string,
): Promise<void> {
  const unfinished = join(home, 'data.new');
  await rm(unfinished, { recursive: true, force: true });
  const passwordFile = join(home, 'password.new');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  const args = [
    `--pgdata=${unfinished}`,
    `--username=${adminUser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(profile === 'test' ? ['--no-sync'] : []),
  ];
  try {
    await run(join(programs, 'initdb'), args, { env: serverEnvironment(home), cwd: '/', ...user });
  } catch (error) {
    await writeFile(logFile, error instanceof Error ? error.message : 'initdb failed', { mode: 0o600 });
    throw startFailure('initdb', logFile, error);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, data);
}

/**
 * PostgreSQL refuses to start while the pid in postmaster.pid exists, whoever that is now. Ours that stack.json did not
 * know (killed in between) is told by its command line, which holds the data folder; it is stopped. Else the file goes.
 */
async function removeStalePidFile(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return;
  const start = startOf(pid);
  const command = await run('ps', ['-o', 'args=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
  if (start !== undefined && command.includes(data)) await stopPostgres({ pid, start });
  await rm(file, { force: true });
}

/**
 * Fast shutdown, then immediate, then kill (PostgreSQL manual, "Shutting Down the Server"). `discard` begins with the
 * immediate one, which leaves no shared memory behind as a kill would.
 */
export function stopPostgres(server: RememberedProcess, discard = false): Promise<boolean> {
  return stopServer(server, discard ? ['SIGQUIT', 'SIGKILL'] : ['SIGINT', 'SIGQUIT', 'SIGKILL']);
}

/** Creates a database unless it exists. `template` must have no open connections. Returns its URL. */
export async function createDatabase(
  adminUrl: string,
  name: string,
  options: { readonly template?: string } = {},
): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) {
      const template = options.template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(options.template)}`;
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}${template}`);
    }
  } finally {
    await client.end();
  }
  return urlForDatabase(adminUrl, name);
}
