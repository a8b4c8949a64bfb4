/**
 * `habeas map import`: a fideslang dataset becomes a first data map. Reads one file, writes one file, connects to nothing
 * and never replaces a file unless told to. Says what was mapped, what a person must decide and which command comes next.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type FidesDataset, readFides } from '../../../connectors/postgres/fides-dataset.ts';
import { type ImportedMap, importFides, type Remark } from '../../../connectors/postgres/import-fides.ts';
import { ConfigError } from '../../config/mistakes.ts';
import { readSource } from '../../config/source.ts';
import { HabeasError } from '../../errors.ts';
import type { Frame } from '../frame.ts';
import { paint, printable } from '../render.ts';

interface Options {
  readonly out: string;
  readonly dataset?: string;
  readonly subject?: string;
  readonly schema: string;
  readonly force?: boolean;
}

export function mapImport(frame: Frame): Command {
  return frame.leaf<Options>({
    name: 'import <file>',
    summary: 'Turn a fideslang dataset (YAML) into a first data map for the postgres connector.',
    details: [
      'Tables, keys, identities, references and data categories are taken over. What decides whose a record is, or what the',
      'person is told, is not guessed: there stands TODO, which `habeas config check` refuses, each with its line.',
    ].join('\n'),
    examples: [
      'map import dataset.yml --out account-db.map.yaml',
      'map import .fides/db.yml --out crm.map.yaml --dataset crm --subject customer --schema crm --force',
    ],
    options: (command) =>
      command
        .requiredOption('--out <file>', 'the data map to write')
        .option('--dataset <key>', 'the `fides_key`, where the file has several datasets')
        .option('--subject <collection>', 'the collection with one row per person, where several have identities')
        .option('--schema <name>', 'schema of collections that are named without one', 'public')
        .option('--force', 'replace the file where it exists'),
    run: async (run, options, [file]) => {
      const source = readSource(resolve(run.io.cwd, file ?? ''));
      const { datasets, mistakes } = readFides(source.value);
      const wrong = [
        ...source.mistakes,
        ...(source.value === undefined ? [] : mistakes).map((one) =>
          source.mistake(one.pointer, one.problem, one.remedy, 'key'),
        ),
      ];
      if (wrong.length > 0) throw new ConfigError(wrong);
      const dataset = chosen(datasets, options.dataset);
      const imported = importFides(dataset, { subject: options.subject, schema: options.schema });
      const out = resolve(run.io.cwd, options.out);
      write(out, imported.text, options.force === true);
      const { text, ...told } = imported;
      return {
        json: { file: out, dataset: dataset.key, ...told, next },
        text: page(out, dataset, imported, run.io.colour.out),
      };
    },
  });
}

const next = ['habeas config check', 'habeas map check'] as const;

function chosen(datasets: readonly FidesDataset[], key: string | undefined): FidesDataset {
  const found =
    key === undefined ? (datasets.length === 1 ? datasets[0] : undefined) : datasets.find((one) => one.key === key);
  if (found === undefined)
    throw new HabeasError('usage', { where: `--dataset: ${datasets.map((one) => one.key).join(', ')}` });
  return found;
}

function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    const exists = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'EEXIST';
    throw new HabeasError(exists ? 'file-exists' : 'file-unwritable', { where: '--out', cause });
  }
}

function page(file: string, dataset: FidesDataset, { mapped, decisions, notes }: ImportedMap, colour: boolean): string {
  const heading = (text: string): string => `\n${paint(text, 'strong', colour)}\n`;
  const list = (remarks: readonly Remark[]): string =>
    remarks.map(({ place, what }) => `  ${printable(place)}: ${printable(what)}\n`).join('');
  const counts = [
    [mapped.collections, 'collection'],
    [mapped.fields, 'field'],
    [mapped.identifiers, 'identifier'],
    [mapped.paths, 'path'],
    [mapped.noPersonalData, 'table that nothing calls personal', 'tables that nothing calls personal'],
  ] as const;
  return [
    `${printable(file)} written from ${printable(dataset.key)}: ${counts.map(([n, one, many = `${one}s`]) => `${n} ${n === 1 ? one : many}`).join(', ')}.\n`,
    heading(`To decide (TODO in the file): ${decisions.length}`),
    list(decisions),
    heading('To look at'),
    list(notes),
    heading('Next'),
    `  Decide every TODO, name the file as \`dataMap:\` of a system, then:\n`,
    ...next.map((line) => `  $ ${line}\n`),
  ].join('');
}
