/**
 * `habeas people …`: the people who may decide. Makes keys, remembers who acts here, lists who is configured. A private
 * key is written once, readable by its owner only, and never shown; an existing file is never overwritten.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { readEnvironment } from '../../config/environment.ts';
import { findConfig } from '../../config/find.ts';
import { HabeasError } from '../../errors.ts';
import { slugPattern } from '../../id-patterns.ts';
import { personRoles } from '../../ledger/states.ts';
import { newPersonKey, publicKeyOf } from '../../security/signing.ts';
import { readKeyFile, remember, remembered } from '../acting.ts';
import type { Frame, Run } from '../frame.ts';
import { table } from '../render.ts';

interface NewOptions {
  readonly name?: string;
  readonly roles?: string;
  readonly out?: string;
}

export function peopleNew(frame: Frame): Command {
  return frame.leaf<NewOptions>({
    name: 'new <id>',
    summary: 'Make a key for a person who decides, and print the entry to paste under `people:`.',
    details:
      'The private key goes into a file of mode 0600 and nowhere else; an existing file is never overwritten.\nThe person keeps it. A lost key is replaced by a new one under the same id.',
    examples: [
      'people new kadri --name "Kadri" --roles agent,officer',
      'people new mart --roles officer --out ~/.config/habeas/mart.key',
    ],
    options: (command) =>
      command
        .option('--name <name>', 'shown in lists (default: the id)')
        .option('--roles <roles>', `comma-separated: ${Object.keys(personRoles).join(', ')} (default: agent)`)
        .option('--out <file>', 'file of the private key (default: ID.key in this folder)'),
    run: async ({ io }, options, [id]) => {
      if (id === undefined || !slugPattern.test(id))
        throw new HabeasError('usage', { where: 'ID: lower-case letters, digits, - and _, at most 40' });
      const roles = (options.roles ?? 'agent').split(',').map((role) => role.trim());
      if (roles.some((role) => !Object.hasOwn(personRoles, role)))
        throw new HabeasError('usage', { where: `--roles: ${Object.keys(personRoles).join(', ')}` });
      const file = resolve(io.cwd, options.out ?? `${id}.key`);
      const made = newPersonKey();
      writeKey(file, made.privateKeyPem);
      const entry = { id, name: options.name ?? id, roles, publicKey: made.publicKey };
      const yaml = `  - id: ${id}\n    name: ${JSON.stringify(entry.name)}\n    roles: [${roles.join(', ')}]\n    publicKey: ${made.publicKey}\n`;
      return {
        json: { person: entry, keyFile: file },
        text: `Private key written to ${file} (mode 0600). Keep it; nobody else needs it.\n\nPaste under \`people:\` in habeas.yaml:\n\n${yaml}\nThen: habeas people use ${id} --key ${file}\n`,
      };
    },
  });
}

function writeKey(file: string, pem: string): void {
  if (existsSync(file)) throw new HabeasError('file-exists', { where: file });
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new HabeasError('file-unwritable', { where: file, cause });
  }
}

export function peopleUse(frame: Frame): Command {
  return frame.leaf<{ readonly key: string }>({
    name: 'use <id>',
    summary: 'Remember who acts here: for this operating-system user and this configuration file.',
    details: 'Only the id and the path of the key file are remembered, in $XDG_CONFIG_HOME/habeas/people.json.',
    examples: ['people use kadri --key ./kadri.key'],
    options: (command) => command.requiredOption('--key <file>', "the person's private key file"),
    run: async (run, options, [id]) => {
      const config = run.config();
      const person = config.people.find((one) => one.id === id);
      if (person === undefined) throw new HabeasError('person-unknown');
      const key = resolve(run.io.cwd, options.key);
      if (publicKeyOf(readKeyFile(key)) !== person.publicKey) throw new HabeasError('person-key');
      const file = remember(run.io, config.file, { id: person.id, key });
      return {
        json: { person: person.id, roles: person.roles, keyFile: key, rememberedIn: file },
        text: `${person.name} (${person.roles.join(', ')}) acts here from now on. Remembered in ${file}.\n`,
      };
    },
  });
}

export function peopleList(frame: Frame): Command {
  return frame.leaf({
    name: 'list',
    summary: 'List the people who may decide, their roles, and who acts here.',
    examples: ['people list', 'people list --json'],
    run: async (run) => {
      const config = run.config();
      const acting = actingHere(run);
      const people = config.people.map(({ id, name, roles }) => ({ id, name, roles, acts: id === acting }));
      const rows = people.map(({ id, name, roles, acts }) => [
        id,
        name,
        roles.join(', '),
        { text: acts ? 'acts here' : '', tone: 'good' as const },
      ]);
      return { json: { people }, text: table(['Id', 'Name', 'Roles', ''], rows, run.io.colour.out) };
    },
  });
}

function actingHere({ io, global }: Run): string | undefined {
  const file = findConfig({ flag: global.config, variable: readEnvironment(io.env).configFile, folder: io.cwd });
  return global.as ?? remembered(io, file)?.id;
}
