/**
 * Owns the worker whose work is measured: the program's own `habeas worker` in a process of its own, its log in the
 * stack's folder, its memory told by the kernel. Ends by SIGTERM (so that a CPU profile is written), at last by SIGKILL.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { workerFlags } from './worker-flags.ts';

export interface WorkerProcess {
  readonly logFile: string;
  readonly pid: number;
  /** Highest resident memory so far (VmHWM of /proc; Linux only, else not a number). */
  peakRssBytes(): number;
  /** Processor time of all its threads so far (Linux only, else not a number): what load by others changes least. */
  cpuSeconds(): number;
  /** Throws once the process has ended by itself. */
  assertAlive(): void;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));

export function startWorker(
  configPath: string,
  options: { readonly profileDir?: string | undefined } = {},
): WorkerProcess {
  const { profileDir } = options;
  const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const logFile = `${configPath}.worker.log`;
  const log = openSync(logFile, 'a', 0o600);
  // The settings of src/cli/habeas.mjs, the program's own door.
  const args = [...workerFlags(), ...profile, main, 'worker', '--config', configPath];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', log, log],
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
  });
  closeSync(log);
  const ended = once(child, 'exit');
  return {
    logFile,
    pid: child.pid ?? Number.NaN,
    peakRssBytes: () => {
      try {
        const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
        return found?.[1] === undefined ? Number.NaN : Number(found[1]) * 1024;
      } catch {
        return Number.NaN;
      }
    },
    cpuSeconds: () => {
      try {
        // proc(5): utime and stime, in ticks of 10 ms, are the 14th and 15th fields; the second ends at the last `)`.
        const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        return (Number(fields[11]) + Number(fields[12])) / 100;
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
