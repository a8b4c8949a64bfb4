/**
 * The command line's entry: builds the tree of commands, runs one, and turns whatever happens into text or JSON and an
 * exit number (exit-codes.ts). Business rules live in src/requests; src/local is loaded only by `habeas local`. Lets
 * the process end by itself, so that what was written arrives.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromRoot } from '../root.ts';
import { exitCodes } from './exit-codes.ts';
import { isAnswered, tellFailure } from './failures.ts';
import { Frame } from './frame.ts';
import { type Io, processIo } from './io.ts';
import { buildProgram } from './program.ts';

/** Runs one command; `argv` is what follows the program's name. Resolves to the exit number, never rejects. */
export async function main(argv: readonly string[], io?: Io): Promise<number> {
  const interrupted = new AbortController();
  const terminal = io ?? processIo(interrupted.signal);
  const onInterrupt = (): void => interrupted.abort();
  if (io === undefined) process.once('SIGINT', onInterrupt);
  const frame = new Frame(terminal);
  const beforeDashes = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  try {
    await buildProgram(frame).parseAsync([...argv], { from: 'user' });
    return exitCodes[frame.exit].code;
  } catch (error) {
    return isAnswered(error) ? 0 : tellFailure(error, terminal, beforeDashes.includes('--json'));
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

const lingerMs = 5_000;

/** Run as a program: a reader that closed the pipe (`| head`) is no error. */
async function asProgram(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  process.exitCode = await main(process.argv.slice(2));
  // Only fires where something (a native handle of a worker that failed) would keep the process from ending.
  setTimeout(() => process.exit(), lingerMs).unref();
}

const started = process.argv[1] === undefined ? undefined : realpathSync(process.argv[1]);
const own = [fileURLToPath(import.meta.url), fromRoot('src', 'cli', 'habeas.mjs')];
if (started !== undefined && own.includes(started)) await asProgram();
