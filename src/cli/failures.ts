/**
 * How a failure is told: what happened, where, what to do, and the code, on standard error; with `--json` the same as one
 * document on standard output. Values typed by the user are not repeated, because they may be somebody's data.
 */
import { CommanderError } from 'commander';
import { ConfigError, describeMistake, type Mistake } from '../config/mistakes.ts';
import { catalogue, codeOf, type ErrorCode, HabeasError } from '../errors.ts';
import { exitCodes, exitFor } from './exit-codes.ts';
import type { Io } from './io.ts';
import { paint, printable } from './render.ts';

interface Told {
  readonly code: ErrorCode;
  readonly what: string;
  readonly where: string | null;
  readonly todo: string;
  readonly mistakes?: readonly Mistake[];
}

/** Help and version end the parser like errors, but are answers. */
export function isAnswered(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

/** Writes the failure and returns the exit number. */
export function tellFailure(error: unknown, io: Io, json: boolean): number {
  const told = error instanceof CommanderError ? usage(error) : failure(error);
  const red = (text: string): string => paint(text, 'bad', io.colour.err);
  const lines = [
    `${red('error')} ${printable(told.what)}`,
    ...(told.where === null ? [] : [`  where: ${printable(told.where)}`]),
    ...(told.mistakes ?? []).flatMap((mistake) =>
      describeMistake(mistake)
        .split('\n')
        .map((line) => `  ${printable(line)}`),
    ),
    `  to do: ${printable(told.todo)}`,
    `  code:  ${told.code}`,
  ];
  io.err(`${lines.join('\n')}\n`);
  if (json) io.out(`${JSON.stringify({ error: told })}\n`);
  return exitCodes[exitFor(told.code)].code;
}

function failure(error: unknown): Told {
  const code = codeOf(error);
  const { what, todo } = catalogue[code];
  const where = error instanceof HabeasError ? (error.where ?? null) : null;
  if (error instanceof ConfigError) {
    const count = error.mistakes.length;
    return {
      code,
      what: `The configuration has ${count === 1 ? 'a mistake' : `${count} mistakes`}.`,
      where: null,
      todo,
      mistakes: error.mistakes,
    };
  }
  return { code, what, where, todo };
}

/** The parser's sentence without what the user typed: flags and command names of ours, never values. */
function usage(error: CommanderError): Told {
  const text = (error.code === 'commander.help' ? 'a command is missing' : error.message)
    .replace(/^error: /, '')
    .replace(/'(--[\w-]+)=[^']*'/g, "'$1'")
    .replace(/ argument '[\s\S]*' is invalid\. ?/, ' has a value that does not fit. ')
    .replace(/^unknown command '(?![a-z][a-z-]{0,30}')[\s\S]*'/, 'unknown command')
    .replace(/^command-argument value '[\s\S]*' is invalid for /, 'the value does not fit ')
    .replace(/\n+/g, ' ')
    .trim();
  return {
    code: 'usage',
    what: `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?)!]$/.test(text) ? '' : '.'}`,
    where: null,
    todo: catalogue.usage.todo,
  };
}
