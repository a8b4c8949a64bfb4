import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { catalogue, isErrorCode } from '../errors.ts';
import { fromRoot } from '../root.ts';
import { publicKeyOf } from '../security/signing.ts';
import { exitCodes, exitFor } from './exit-codes.ts';
import { Frame } from './frame.ts';
import { buildProgram, everyCommand } from './program.ts';
import { examplesIn, help, publishedDocs } from './publish-docs.ts';
import { habeas } from './terminal-for-tests.ts';

const root = mkdtempSync(join(tmpdir(), 'habeas-cli-'));
let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'case-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const marker = 'mari.maasikas+zz9@kohvik.ee';

const silentFrame = (): Frame =>
  new Frame({
    out: () => undefined,
    err: () => undefined,
    input: async () => '',
    colour: { out: false, err: false },
    cwd: '/',
    env: {},
    interrupted: new AbortController().signal,
  });
const tree = (): readonly Command[] => everyCommand(buildProgram(silentFrame()));
function pathOf(command: Command): string {
  const names: string[] = [];
  for (let up: Command | null = command; up !== null; up = up.parent) names.unshift(up.name());
  return names.join(' ');
}
const leaves = (): readonly Command[] => tree().filter((command) => command.commands.length === 0);

/** A configuration that is right, with nothing behind it. */
async function withConfig(): Promise<{ readonly file: string; readonly keys: Readonly<Record<string, string>> }> {
  const people: string[] = [];
  const keys: Record<string, string> = {};
  for (const [id, roles] of [
    ['kadri', 'agent'],
    ['mart', 'officer,engineer'],
  ] as const) {
    const made = await habeas(['people', 'new', id, '--roles', roles, '--json'], { cwd });
    expect(made.code).toBe(0);
    const { person, keyFile } = JSON.parse(made.out);
    people.push(JSON.stringify(person));
    keys[id] = keyFile;
  }
  writeFileSync(join(cwd, 'master'), `${Buffer.alloc(32, 1).toString('base64')}\n`, { mode: 0o600 });
  const file = join(cwd, 'habeas.yaml');
  writeFileSync(
    file,
    `version: 1
controller: { name: Test, country: EE, timeZone: Europe/Tallinn, authority: { name: AKI, url: "https://www.aki.ee/" } }
ledger: { url: postgres://habeas@127.0.0.1:1/none }
keys: { store: { kind: files, path: keys }, master: { file: master }, workingKeyDays: 30, caseFileMonths: 36 }
temporal: { address: "127.0.0.1:1", namespace: habeas }
people: [${people.join(', ')}]
s3: { region: local, endpoint: "http://127.0.0.1:1", stagingBucket: staging, packageBucket: packages }
policy: { profile: eu, packageDays: 14 }
systems:
  - id: account-db
    name: Account database
    connector: postgres
    dataMap: ${fromRoot('examples', 'sample-company', 'account-db.map.yaml')}
    settings: { url: { env: ACCOUNT_DB } }
`,
  );
  return { file, keys };
}
const env = { ACCOUNT_DB: 'postgres://reader@127.0.0.1:1/none', HABEAS_LOG_LEVEL: 'silent' };

describe('every command', () => {
  it.each(tree().map((command) => [pathOf(command), command] as const))(
    '%s has help with examples that name it',
    (path, command) => {
      const text = help(command);
      const examples = examplesIn(text);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(example).toMatch(/^habeas /);
      if (command.commands.length === 0) expect(examples.every((line) => line.startsWith(path))).toBe(true);
      expect(command.description()).toMatch(/[.:]/);
    },
  );

  it.each(leaves().map((command) => [pathOf(command), command] as const))('%s takes --json', (_, command) => {
    expect(command.options.map((option) => option.long)).toContain('--json');
  });

  it('has examples that its own parser accepts', async () => {
    for (const command of leaves())
      for (const example of examplesIn(help(command))) {
        const [only] = example.split(' && ');
        const argv = (only ?? '').match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [];
        let parsed = false;
        const program = buildProgram(silentFrame());
        for (const leaf of everyCommand(program).filter((one) => one.commands.length === 0))
          leaf.action(() => {
            parsed = true;
          });
        await program.parseAsync(argv.slice(1), { from: 'user' });
        expect({ example, parsed }).toEqual({ example, parsed: true });
      }
  });

  it('is in docs/cli.md, with every exit code; errors.md has every error code (npm run docs)', () => {
    for (const [file, content] of publishedDocs())
      expect({ file, text: readFileSync(fromRoot(file), 'utf8') }).toEqual({ file, text: content });
    const cli = readFileSync(fromRoot('docs/cli.md'), 'utf8');
    for (const command of leaves()) expect(cli).toContain(`### ${pathOf(command)}`);
    for (const { code, meaning } of Object.values(exitCodes)) expect(cli).toContain(`| ${code} | ${meaning} |`);
    const errors = readFileSync(fromRoot('docs/errors.md'), 'utf8');
    for (const code of Object.keys(catalogue)) expect(errors).toContain(`\`${code}\``);
  });

  it('is promised in the design', () => {
    const promised = `local up|local down|local status|local reset|systems list|systems check|systems pause|systems resume|people new|people use
|people list|requests new|requests identity|tasks list|tasks show|tasks answer|requests extend|requests clock-pause|requests list|requests show|requests find|requests receipt|requests evidence|receipt verify|receipt keys|receipt rotate-key|evidence verify
|requests retry|requests done-by-hand|requests leave-unresolved|requests send-part|requests plan|requests approve|requests reject|requests successor|requests letter|requests lift-restriction|instructions new|instructions list|instructions show|instructions approve-mandate|instructions refuse-mandate|instructions cancel|masks show|masks change|masks approve|suppression check|suppression export|suppression lift|holds place|holds release|holds list|retention list|retention show|retention sweep|retention approve|retention reject|retention automatic|retention receipt|retention told|restore replay|requests cancel|requests delivered|package download|clock due|policy explain|audit verify|worker|migrate|config check|map check|map import`;
    expect(leaves().map(pathOf).sort()).toEqual(
      promised
        .split('|')
        .map((name) => `habeas ${name.trim()}`)
        .sort(),
    );
  });
});

describe('exit codes', () => {
  it('are different numbers', () => {
    const codes = Object.values(exitCodes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each(Object.keys(catalogue).filter(isErrorCode))('every error code has one: %s', (code) => {
    expect(Object.keys(exitCodes)).toContain(exitFor(code));
    if (code.endsWith('-unreachable')) expect(exitFor(code)).toBe('temporary');
  });

  it('call a file that this machine would not write a failure, and one that is there already a refusal', () => {
    expect([exitFor('file-unwritable'), exitFor('file-exists')]).toEqual(['failed', 'refused']);
  });
});

describe('a command line that is wrong', () => {
  it.each([
    ['an unknown command', ['requets'], /Did you mean requests/],
    ['an unknown subcommand', ['requests', 'lst'], /Did you mean list/],
    ['an unknown option', ['requests', 'new', '--emial', marker], /Did you mean --email/],
    ['an unknown option with its value', ['requests', 'new', `--emial=${marker}`], /--emial/],
    ['a missing command', ['requests'], /command is missing/],
    ['a missing argument', ['requests', 'show'], /missing required argument 'id'/i],
    ['too many arguments', ['requests', 'show', 'a', marker], /too many arguments/i],
    ['a missing option', ['people', 'use', 'kadri'], /--key/],
    ['a value that does not fit', ['people', 'new', marker], /usage/],
    ['something else than a command', [marker], /unknown command/i],
  ])('%s ends with 2, says what to do and repeats no value', async (_, argv, says) => {
    for (const json of [false, true]) {
      const ran = await habeas(json ? [...argv, '--json'] : argv, { cwd });
      expect(ran.code).toBe(2);
      expect(ran.err).toMatch(says);
      expect(ran.err).toMatch(/to do: .*--help/);
      expect(ran.err + ran.out).not.toContain(marker);
      if (json)
        expect(ran.json()).toMatchObject({
          error: { code: 'usage', what: expect.any(String), todo: expect.any(String) },
        });
      else expect(ran.out).toBe('');
    }
  });

  it('is told in colour on a terminal only', async () => {
    expect((await habeas(['requets'], { cwd, colour: true })).err).toContain('\u001b[');
    expect((await habeas(['requets'], { cwd })).err).not.toContain('\u001b[');
  });
});

describe('habeas config check', () => {
  it('ends with 3 and lists every mistake with its line, in text and as JSON', async () => {
    const { file } = await withConfig();
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace('country: EE', 'country: GB')
        .replace('packageDays: 14', `packageDays: "${marker}"`),
    );
    const text = await habeas(['config', 'check'], { cwd, env });
    expect(text.code).toBe(3);
    expect(text.err).toContain(`${file}:2:`);
    expect(text.err).toContain(`${file}:8:`);
    const ran = await habeas(['--json', 'config', 'check'], { cwd, env });
    expect(ran.json()).toMatchObject({
      error: { code: 'config-invalid', mistakes: [{ line: 2 }, { line: 8, pointer: '/policy/packageDays' }] },
    });
    expect(text.err + ran.out).not.toContain(marker);
  });

  it('ends with 0 and says what it read, without a secret', async () => {
    await withConfig();
    const ran = await habeas(['config', 'check', '--json'], { cwd, env });
    expect(ran.err).toBe('');
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({
      systems: [{ id: 'account-db' }],
      people: [{ id: 'kadri', roles: ['agent'] }, { id: 'mart' }],
    });
    expect(ran.out).not.toContain('127.0.0.1');
  });
});

describe('habeas people', () => {
  it('new writes the key for its owner only, once, and never shows it', async () => {
    const ran = await habeas(['people', 'new', 'liis', '--name', 'Liis Lõhmus', '--roles', 'officer'], { cwd });
    const key = join(cwd, 'liis.key');
    const pem = readFileSync(key, 'utf8');
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(ran.out).toContain(publicKeyOf(pem));
    expect(ran.out + ran.err).not.toContain(pem.split('\n')[1]);
    const again = await habeas(['people', 'new', 'liis'], { cwd });
    expect(again).toMatchObject({ code: 5, err: expect.stringContaining('file-exists') });
    expect(readFileSync(key, 'utf8')).toBe(pem);
  });

  it('use remembers id and path per configuration file, and refuses a key that is not the person’s or open to others', async () => {
    const { file, keys } = await withConfig();
    const home = { ...env, XDG_CONFIG_HOME: join(cwd, 'config') };
    const list = async (): Promise<unknown> => (await habeas(['people', 'list', '--json'], { cwd, env: home })).json();
    expect(await list()).toMatchObject({ people: [{ acts: false }, { acts: false }] });
    expect(await habeas(['people', 'use', 'mart', '--key', keys.kadri ?? ''], { cwd, env: home })).toMatchObject({
      code: 5,
      err: expect.stringContaining('person-key'),
    });
    expect(await habeas(['people', 'use', 'liis', '--key', keys.kadri ?? ''], { cwd, env: home })).toMatchObject({
      code: 5,
      err: expect.stringContaining('person-unknown'),
    });
    expect((await habeas(['people', 'use', 'mart', '--key', keys.mart ?? ''], { cwd, env: home })).code).toBe(0);
    expect(await list()).toMatchObject({ people: [{ acts: false }, { id: 'mart', acts: true }] });
    const memory = join(cwd, 'config', 'habeas', 'people.json');
    expect(statSync(memory).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(memory, 'utf8'))).toEqual({ [file]: { id: 'mart', key: keys.mart } });
    chmodSync(keys.kadri ?? '', 0o644);
    expect(await habeas(['people', 'use', 'kadri', '--key', keys.kadri ?? ''], { cwd, env: home })).toMatchObject({
      code: 5,
      err: expect.stringContaining('chmod 600'),
    });
  });

  it('takes what the local stack wrote beside its configuration where nothing is remembered', async () => {
    const { keys } = await withConfig();
    mkdirSync(join(cwd, 'people'));
    writeFileSync(join(cwd, 'people', 'use.json'), JSON.stringify({ id: 'kadri', key: keys.kadri }));
    expect((await habeas(['people', 'list', '--json'], { cwd, env })).json()).toMatchObject({
      people: [{ id: 'kadri', acts: true }, { acts: false }],
    });
  });
});

describe('a command that needs the ledger', () => {
  it('ends with 7 where the ledger does not answer, in text and as one JSON document', async () => {
    await withConfig();
    const ran = await habeas(['requests', 'list', '--json'], { cwd, env });
    expect(ran.code).toBe(7);
    expect(ran.json()).toMatchObject({ error: { code: 'ledger-unreachable' } });
    expect(ran.err).toContain('Bring PostgreSQL back');
  });

  it('ends with 4 for an id that cannot exist, without repeating it', async () => {
    await withConfig();
    const ran = await habeas(['requests', 'retry', marker, 'account-db'], { cwd, env });
    expect([4, 7]).toContain(ran.code);
    expect(ran.err + ran.out).not.toContain(marker);
  });
});

describe('habeas clock due', () => {
  it('answers the law’s own vector, and usage errors end with 2', async () => {
    const ran = await habeas(['clock', 'due', '--received', '2026-13-05', '--country', 'EE', '--json'], { cwd });
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('clock-date-invalid') });
    expect(ran.json()).toMatchObject({ error: { code: 'clock-date-invalid' } });
  });
});

describe('the local stack', () => {
  it('is not loaded by any other command: only `habeas local` imports it, and only when it runs', () => {
    const files = [
      'program.ts',
      'main.ts',
      'frame.ts',
      'open.ts',
      'commands/requests.ts',
      'commands/worker.ts',
      'commands/systems.ts',
    ];
    for (const file of files)
      expect(readFileSync(fromRoot('src', 'cli', file), 'utf8')).not.toMatch(/from '(\.\.\/)+local\//);
    expect(readFileSync(fromRoot('src', 'cli', 'commands', 'local.ts'), 'utf8')).not.toMatch(/^import .*\/local\//m);
  });

  it.each([[['requests', 'list']], [['systems', 'list']]])(
    'that is not running is told so by `habeas %j`, with what starts it',
    async (args) => {
      const { file } = await withConfig();
      const local = join(cwd, '.habeas', 'start', 'habeas.yaml');
      mkdirSync(join(cwd, '.habeas', 'start'), { recursive: true });
      // What the file names beside it stays where it is.
      writeFileSync(local, readFileSync(file, 'utf8').replace('{ file: master }', `{ file: ${join(cwd, 'master')} }`));
      rmSync(file);
      const ran = await habeas([...args, '--json'], { cwd, env });
      expect(ran.code).toBe(exitCodes.temporary.code);
      expect(ran.json()).toMatchObject({
        error: { code: 'local-down', todo: expect.stringMatching(/npm start.*habeas local up/) },
      });
    },
  );

  it('status says that nothing runs where nothing was started', async () => {
    const ran = await habeas(['local', 'status', '--json'], { cwd });
    expect(ran.json()).toMatchObject({ state: 'stopped' });
    expect(existsSync(join(cwd, '.habeas'))).toBe(false);
  });
});
