/**
 * Owns running one side of a comparison in a fresh process, so that neither inherits the other's heap, compiled code or
 * connections, and so that peak memory is that side's own. The parent hands the input over the IPC channel (never as an
 * argument: it holds local secrets) and the child answers once. A child that dies without an answer fails the run.
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { workerFlags } from './worker-flags.ts';

export interface Measured<O> {
  readonly output: O;
  /** Highest resident memory of the child in its life. */
  readonly peakRssBytes: number;
}

export interface ChildOptions {
  /** Folder for a CPU profile of the child. */
  readonly profileDir?: string | undefined;
  /** Give it the settings that the `habeas` command gives a worker (src/cli/habeas.mjs). */
  readonly asWorker?: boolean;
}

/** Runs `bench/<script>` (which calls {@link serveChild}) with `input` and returns its answer. */
export function runChild<I, O>(script: string, input: I, options: ChildOptions = {}): Promise<Measured<O>> {
  const child = fork(fileURLToPath(new URL(`./${script}.js`, import.meta.url)), [], {
    execArgv: [
      ...(options.asWorker === true ? workerFlags() : []),
      ...(options.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`]),
    ],
    env: options.asWorker === true ? { ...process.env, MALLOC_ARENA_MAX: '2' } : process.env,
    serialization: 'advanced',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (message) => {
      const answer = message as { output: O; peakRssBytes: number } | { failure: string };
      if ('failure' in answer) reject(new Error(`${script}: ${answer.failure}`));
      else resolve(answer);
    });
    child.once('exit', (code, signal) => reject(new Error(`${script} ended (${signal ?? code}) without an answer`)));
    child.send({ input });
  });
}

/** The child's half: does `work` once, answers, ends. */
export function serveChild<I, O>(work: (input: I) => Promise<O>): void {
  process.once('message', (message) => {
    const { input } = message as { input: I };
    work(input).then(
      (output) => answer({ output, peakRssBytes: peakRssBytes() }),
      (error: unknown) => answer({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}

function answer(message: object): void {
  process.send?.(message, undefined, undefined, () => process.exit(0));
}

/**
 * On Linux VmHWM: getrusage's figure would begin with the parent's peak, because it survives exec (getrusage(2), kernel
 * `setmax_mm_hiwater_rss`).
 */
export function peakRssBytes(): number {
  if (process.platform === 'linux') {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (found?.[1] !== undefined) return Number(found[1]) * 1024;
  }
  return process.resourceUsage().maxRSS * 1024;
}
