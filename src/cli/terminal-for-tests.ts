/**
 * A terminal for tests of the command line: what was written is text, standard input and environment are given. Not used
 * by the program.
 */

import type { Io } from './io.ts';
import { main } from './main.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The one JSON document on standard output; throws where there is none or more than one. */
  json(): unknown;
}

export interface Terminal {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly colour?: boolean;
  readonly interrupted?: AbortSignal;
}

/** Runs the command line in this process. */
export async function habeas(argv: readonly string[], terminal: Terminal): Promise<Ran> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (chunk) => {
      out += chunk;
    },
    err: (chunk) => {
      err += chunk;
    },
    input: async () => terminal.input ?? '',
    colour: { out: terminal.colour === true, err: terminal.colour === true },
    cwd: terminal.cwd,
    env: terminal.env ?? {},
    interrupted: terminal.interrupted ?? new AbortController().signal,
  };
  const code = await main(argv, io);
  return { code, out, err, json: (): unknown => JSON.parse(out) };
}
