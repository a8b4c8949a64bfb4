/**
 * Writes the reference pages that repeat what the code says, docs/errors.md, docs/cli.md and docs/retention.md: `npm run
 * docs`. A test fails when a page is not what this would write, so that neither page can say something the program does not do.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { type CatalogueEntry, catalogue, isErrorCode } from '../errors.ts';
import { fromRoot } from '../root.ts';
import { exitCodes, exitFor } from './exit-codes.ts';
import { Frame } from './frame.ts';
import type { Io } from './io.ts';
import { buildProgram, everyCommand } from './program.ts';
import { retentionPage } from './retention-page.ts';

const silent: Io = {
  out: () => undefined,
  err: () => undefined,
  input: async () => '',
  colour: { out: false, err: false },
  cwd: '/',
  env: {},
  interrupted: new AbortController().signal,
};

/** Path below the package's root → content. */
export function publishedDocs(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/errors.md', errorsPage()],
    ['docs/cli.md', cliPage()],
    ['docs/retention.md', retentionPage()],
  ]);
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

function errorsPage(): string {
  const entries: readonly [string, CatalogueEntry][] = Object.entries(catalogue);
  const rows = entries.map(
    ([code, { what, todo, retryable }]) =>
      `| \`${code}\` | ${cell(what)} | ${cell(todo)} | ${retryable ? 'yes' : 'no'} |`,
  );
  return `# Error codes

Every failure anywhere in Habeas is one of these codes: on the command line, in \`requests show\`, in logs, and in Temporal's
own UI. Nothing of a person's data is ever part of one. Made from \`src/errors.ts\` by \`npm run docs\`.

“By itself” says whether the same call may succeed later without anybody doing anything; such failures are tried again
before a lane parks.

| code | what happened | what to do | by itself |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function cliPage(): string {
  const program = buildProgram(new Frame(silent));
  const leaves = everyCommand(program).filter((command) => command.commands.length === 0);
  const exits = Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${cell(meaning)} |`);
  return `# The command line

\`npx habeas COMMAND\`, or \`habeas COMMAND\` where the package is installed. Made from the commands' own help by
\`npm run docs\`.

- \`--config FILE\` names the configuration; else \`HABEAS_CONFIG\`, else \`habeas.yaml\` in the working folder, else the local
  stack's \`.habeas/start/habeas.yaml\`.
- \`--json\` puts exactly one JSON document on standard output (with \`--watch\`, one per line), also for a failure:
  \`{"error":{"code","what","where","todo"}}\`. Progress and errors for people go to standard error.
- Commands that decide take \`--as ID --key FILE\` and sign what they decide; \`habeas people use\` remembers both.
- Personal data on a command line stays in the shell's history and in \`ps\`: \`requests new --from-json\` reads it from a file
  or standard input instead.
- Colour is used on a terminal only, and not with \`NO_COLOR\`. \`HABEAS_LOG_LEVEL\` sets the level of the log on standard error.

## Exit codes

| code | meaning |
| --- | --- |
${exits.join('\n')}

Error codes (docs/errors.md) end with: ${exitList()}.

## Commands

${leaves.map(section).join('\n')}`;
}

function exitList(): string {
  const by = new Map<number, string[]>();
  for (const code of Object.keys(catalogue).filter(isErrorCode)) {
    const exit = exitCodes[exitFor(code)].code;
    if (exit !== 5 && exit !== 7) by.set(exit, [...(by.get(exit) ?? []), `\`${code}\``]);
  }
  const listed = [...by].sort(([a], [b]) => a - b).map(([exit, names]) => `${exit} for ${names.join(', ')}`);
  return `${listed.join('; ')}; 7 for every other code that may pass by itself; 5 for the rest`;
}

/** The help as `--help` prints it. */
export function help(command: Command): string {
  let text = '';
  const writeOut = (chunk: string): void => {
    text += chunk;
  };
  command.configureOutput({ writeOut });
  command.outputHelp();
  return text;
}

/** The example command lines at the end of a help text. */
export function examplesIn(text: string): readonly string[] {
  const after = text.split(/^Examples:$/m)[1] ?? '';
  return after.split('\n').flatMap((line) => /^ {2}\$ (.+)$/.exec(line)?.[1] ?? []);
}

/** Options every command has; said once at the top of the page. */
const everywhere = new Set(['--config', '--json', '--help', '--as', '--key']);

function section(command: Command): string {
  const names: string[] = [];
  for (let up: Command | null = command; up !== null && up.parent !== null; up = up.parent) names.unshift(up.name());
  const operands = command.registeredArguments.map((a) => (a.required ? `<${a.name()}>` : `[${a.name()}]`));
  const own = command.options.filter((option) => !everywhere.has(option.long ?? '') || option.mandatory);
  const options = own.map((option) => `| \`${option.flags}\` | ${cell(option.description)} |`);
  const examples = examplesIn(help(command));
  return [
    `### habeas ${[...names, ...operands].join(' ')}\n`,
    `${command.description()}\n`,
    ...(options.length === 0 ? [] : ['| option | |', '| --- | --- |', ...options, '']),
    ...(examples.length === 0 ? [] : ['```', ...examples, '```', '']),
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [file, content] of publishedDocs()) writeFileSync(fromRoot(file), content);
