/**
 * What every command shares: the global options, examples in `--help`, one answer per run (a JSON document or text), and
 * how a failure is told. Commands return an Answer and know nothing of streams or exit numbers. Standard output carries
 * the answer only; with `--json` exactly one document, also for a failure.
 */
import { Command, Option } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import type { ExitName } from './exit-codes.ts';
import type { Io } from './io.ts';

/** What a command answers: the same facts twice. */
export interface Answer {
  /** Anything JSON can say. */
  readonly json: unknown;
  /** For people; ends with a newline. */
  readonly text: string;
  /** `ok` unless given. */
  readonly exit?: ExitName;
}

export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly as?: string;
  readonly key?: string;
}

/** What a running command is handed. */
export interface Run {
  readonly io: Io;
  readonly global: GlobalOptions;
  /** Reads the configuration; ConfigError with every mistake. */
  config(): LoadedConfig;
  /** Progress for a person, on standard error. */
  note(line: string): void;
  /** One document of a stream (`--watch`): NDJSON with `--json`, else text. */
  emit(answer: Answer): void;
}

export interface LeafSpec<O extends object> {
  /** As commander takes it: `show <id>`. */
  readonly name: string;
  readonly summary: string;
  /** More help, before the examples. */
  readonly details?: string;
  /** Command lines without the leading `habeas `. */
  readonly examples: readonly string[];
  /** Whether a named person signs it: adds `--as` and `--key`. */
  readonly signs?: boolean;
  readonly options?: (command: Command) => Command;
  /** Nothing returned: everything was emitted already. */
  run(run: Run, options: O, args: readonly string[]): Promise<Answer | undefined>;
}

/** The commands' workshop of one run of `main`. */
export class Frame {
  readonly io: Io;
  /** What the command that ran answered. */
  exit: ExitName = 'ok';

  constructor(io: Io) {
    this.io = io;
  }

  group(name: string, summary: string, children: readonly Command[]): Command {
    const group = addGlobalOptions(new Command(name).description(summary), false).enablePositionalOptions();
    for (const child of children) group.addCommand(child);
    const all = children.flatMap((child) => examplesOf.get(child)?.slice(0, 1) ?? []);
    return withExamples(group, all);
  }

  leaf<O extends object = Record<never, never>>(spec: LeafSpec<O>): Command {
    const [name, ...operands] = spec.name.split(' ');
    const command = new Command(name).description(spec.summary);
    if (operands.length > 0) command.arguments(operands.join(' '));
    spec.options?.(command);
    addGlobalOptions(command, spec.signs === true);
    if (spec.details !== undefined) command.addHelpText('after', `\n${spec.details}`);
    withExamples(command, spec.examples);
    return command.action(async () => {
      const options = command.opts<O & GlobalOptions>();
      const global: GlobalOptions = Object.assign({}, ...lineage(command).map((one) => pickGlobal(one.opts())));
      const answer = await spec.run(this.#run(global), options, command.args);
      if (answer !== undefined) this.#print(answer, global.json === true);
    });
  }

  #run(global: GlobalOptions): Run {
    const { io } = this;
    return {
      io,
      global,
      config: () => loadConfig({ path: global.config, env: io.env, folder: io.cwd }),
      note: (line) => io.err(`${line}\n`),
      emit: (answer) => this.#print(answer, global.json === true),
    };
  }

  #print(answer: Answer, json: boolean): void {
    this.exit = answer.exit ?? 'ok';
    this.io.out(json ? `${JSON.stringify(answer.json)}\n` : answer.text);
  }
}

/** Examples by command, for a group's help and for the test that walks the tree. */
export const examplesOf = new WeakMap<Command, readonly string[]>();

function withExamples(command: Command, examples: readonly string[]): Command {
  examplesOf.set(command, examples);
  const lines = examples.map((line) => (line.startsWith('$') ? `  ${line}` : `  $ habeas ${line}`));
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Global options stand on every command, so that they may be written where people write them: at the end. */
export function addGlobalOptions(command: Command, signs: boolean): Command {
  command.option('--config <file>', 'configuration (default: HABEAS_CONFIG, ./habeas.yaml, the local stack)');
  command.option('--json', 'one JSON document on standard output');
  const person = [
    new Option('--as <id>', 'the person who decides (default: set by `habeas people use`)'),
    new Option('--key <file>', "that person's private key file"),
  ];
  // Accepted everywhere, shown where they matter; `people use` has a --key of its own.
  for (const option of person)
    if (!command.options.some((own) => own.long === option.long)) command.addOption(option.hideHelp(!signs));
  return command;
}

function pickGlobal({ config, json, as, key }: GlobalOptions): GlobalOptions {
  return {
    ...(config !== undefined && { config }),
    ...(json !== undefined && { json }),
    ...(as !== undefined && { as }),
    ...(key !== undefined && { key }),
  };
}

/** From the root to the command itself: what stands nearest to the command counts. */
function lineage(command: Command): readonly Command[] {
  return command.parent === null ? [command] : [...lineage(command.parent), command];
}
