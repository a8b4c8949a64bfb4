/**
 * What a command sees of the terminal: two streams, standard input, the folder, the environment and an interrupt. Handed
 * in, so that tests run `main` in their own process and read what it wrote. Answers go to `out`, everything for people
 * beside them (progress, errors) to `err`.
 */
import { text } from 'node:stream/consumers';
import { type Env, processEnv, readEnvironment } from '../config/environment.ts';

export interface Io {
  out(chunk: string): void;
  err(chunk: string): void;
  /** All of standard input. */
  input(): Promise<string>;
  /** Colour on standard output and standard error. */
  readonly colour: { readonly out: boolean; readonly err: boolean };
  /** Width of the terminal; undefined where standard output is none, so that a line is never cut for a program. */
  readonly columns?: number | undefined;
  readonly cwd: string;
  readonly env: Env;
  /** Aborted by the first Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** The process's own terminal. */
export function processIo(interrupted: AbortSignal): Io {
  const env = processEnv();
  const { noColour } = readEnvironment(env);
  return {
    out: (chunk) => void process.stdout.write(chunk),
    err: (chunk) => void process.stderr.write(chunk),
    input: () => text(process.stdin),
    colour: { out: process.stdout.isTTY === true && !noColour, err: process.stderr.isTTY === true && !noColour },
    columns: process.stdout.isTTY === true ? process.stdout.columns : undefined,
    cwd: process.cwd(),
    env,
    interrupted,
  };
}
