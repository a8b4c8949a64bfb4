/**
 * A real `habeas worker` as a child process of the test, run from the current build, so that SIGKILL is a crash and its
 * standard output is what an operator's log would hold. It dies with the test's process, however that ends (leash.mjs).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fromRoot } from '../../src/root.ts';
import { eventually } from './servers.ts';

export interface WorkerOptions {
  /** Where the process kills itself; see src/failpoint.ts. */
  readonly failpoint?: string;
  readonly args?: readonly string[];
  readonly logLevel?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class WorkerProcess {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  /** Set once, when the process has ended. */
  readonly ended: Promise<Ended>;
  #end: Ended | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(child, 'close').then(([code, signal]) => {
      this.#end = { code, signal };
      return this.#end;
    });
  }

  static async start(configFile: string, folder: string, options: WorkerOptions = {}): Promise<WorkerProcess> {
    await currentBuild();
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--import',
        fromRoot('tests', 'support', 'leash.mjs'),
        fromRoot('src', 'cli', 'habeas.mjs'),
        'worker',
        '--config',
        configFile,
        ...(options.args ?? []),
      ],
      {
        cwd: folder,
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          HABEAS_LOG_LEVEL: options.logLevel ?? 'debug',
          ...(options.failpoint === undefined ? {} : { HABEAS_FAILPOINT: options.failpoint }),
        },
      },
    );
    return new WorkerProcess(child);
  }

  get isRunning(): boolean {
    return this.#end === undefined;
  }

  /** Everything it wrote. */
  get output(): string {
    return `${this.stdout}\n${this.stderr}`;
  }

  /** Until it wrote something that matches; fails where it ended instead. */
  async wrote(pattern: RegExp): Promise<void> {
    await eventually(() => {
      if (pattern.test(this.output)) return true;
      if (this.#end !== undefined)
        throw new Error(`the worker ended with ${JSON.stringify(this.#end)}:\n${this.output}`);
      return false;
    });
  }

  /** As the kernel does it: no goodbye. */
  async kill(): Promise<Ended> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  /** As an operator does it. */
  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }
}

let build: Promise<void> | undefined;

/** `npm test` builds before it runs; a test started by hand builds here. A build that is current costs a blink. */
export function currentBuild(): Promise<void> {
  build ??= runBuild();
  return build;
}

async function runBuild(): Promise<void> {
  const child = spawn(process.execPath, [fromRoot('src', 'local', 'bootstrap.mjs'), 'build'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the build that the worker runs from failed:\n${output}`);
}
