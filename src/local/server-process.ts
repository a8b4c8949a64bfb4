/**
 * Owns starting a server as a process of its own session (a Ctrl-C in the terminal must not reach it before us), waiting
 * until it answers, and stopping exactly that process again. Gives servers a minimal environment, never the
 * developer's. A pid whose start time differs from the remembered one is somebody else's and never touched.
 * Fails with 'local-start', naming the server's log file.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HabeasError } from '../errors.ts';
import { isAlive, type RememberedProcess, startOf } from './process-lock.mjs';

export interface ServerCommand {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Run as another user (PostgreSQL refuses root). */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly cwd?: string;
}

/** The few variables servers get from ours, plus their own. */
export function serverEnvironment(home: string, own: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, LANG: 'C', LC_ALL: 'C', TZ: 'UTC', ...own };
}

/** Starts the server; its output goes to the log file only. */
export async function startServer(command: ServerCommand): Promise<RememberedProcess> {
  mkdirSync(dirname(command.logFile), { recursive: true, mode: 0o700 });
  const output = openSync(command.logFile, 'a', 0o600);
  try {
    const child = spawn(command.program, [...command.args], {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...command.env },
      cwd: command.cwd ?? dirname(command.logFile),
      ...(command.user === undefined ? {} : { uid: command.user.uid, gid: command.user.gid }),
    });
    const pid = await new Promise<number | undefined>((resolve) => {
      child.once('spawn', () => resolve(child.pid));
      child.once('error', () => resolve(undefined));
    });
    child.unref();
    // Without this a server that dies at once would stay a zombie until we end; the listener lets Node reap it.
    child.once('exit', () => undefined);
    const start = pid === undefined ? undefined : startOf(pid);
    if (pid === undefined || start === undefined) throw startFailure(command.name, command.logFile);
    return { pid, start };
  } finally {
    closeSync(output);
  }
}

export function startFailure(name: string, logFile: string, cause?: unknown): HabeasError {
  return new HabeasError('local-start', { where: `${name}, see ${logFile}`, cause });
}

/** Polls until `answers` holds. `false` as soon as the process is gone; throws 'local-start' after the time limit. */
export async function untilAnswering(
  name: string,
  server: RememberedProcess,
  logFile: string,
  answers: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    if (!isAlive(server)) return false;
    // The answer must be this process's: one that died over a taken port leaves somebody else answering there.
    if (await answers().catch(() => false)) return isAlive(server);
    await delay(50);
  }
  throw startFailure(name, logFile);
}

/** Sends the signals one after the other until the process is gone. Returns whether it was there at all. */
export async function stopServer(
  server: RememberedProcess,
  signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGKILL'],
  graceMs = 10_000,
): Promise<boolean> {
  if (!isAlive(server)) return false;
  for (const signal of signals) {
    try {
      process.kill(server.pid, signal);
    } catch {
      return true; // gone between the look and the signal
    }
    const until = Date.now() + graceMs;
    while (Date.now() < until) {
      if (!isAlive(server)) return true;
      await delay(20);
    }
  }
  return true;
}
