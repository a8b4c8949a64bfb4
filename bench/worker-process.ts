/**
 * Owns the worker whose work is measured: the program's own `habeas worker` in a process of its own, its log in the
 * stack's folder, its memory told by the kernel. Ends by SIGTERM (so that a CPU profile is written), at last by SIGKILL.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface WorkerProcess {
  readonly logFile: string;
  /** Highest resident memory so far (VmHWM of /proc; Linux only, else not a number). */
  peakRssBytes(): number;
  /** Throws once the process has ended by itself. */
  assertAlive(): void;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const main = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

export function startWorker(
  configPath: string,
  options: { readonly profileDir?: string | undefined } = {},
): WorkerProcess {
  const { profileDir } = options;
  const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const logFile = `${configPath}.worker.log`;
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [...profile, main, 'worker', '--config', configPath], {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = once(child, 'exit');
  return {
    logFile,
    peakRssBytes: () => {
      try {
        const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
        return found?.[1] === undefined ? Number.NaN : Number(found[1]) * 1024;
      } catch {
        return Number.NaN;
      }
    },
    assertAlive: () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the worker ended (${child.signalCode ?? child.exitCode}):\n${tail(logFile)}`);
    },
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const late = new AbortController();
      await Promise.race([ended, delay(20_000, undefined, { signal: late.signal }).catch(() => undefined)]);
      late.abort();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

const tail = (file: string): string => readFileSync(file, 'utf8').slice(-2_000);
