/**
 * What `npm start` and `npm test` do before anything else, in a small clone of its own: npm and tsc are stand-ins that
 * write down that they were called, bootstrap.mjs is the real one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { fromRoot } from '../../src/root.ts';
import { runFolder } from '../support/servers.ts';

let clone: string;

function put(path: string, text: string): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true });
  writeFileSync(join(clone, path), text);
}
const lockOf = (version: string): string =>
  JSON.stringify({
    packages: { '': {}, 'node_modules/a': { version }, 'node_modules/other-os': { version, optional: true } },
  });

/** Appends one line to calls.log, then does what the real one would: a record of what is installed, or compiled files. */
const npmStandIn = `const fs = require('fs'); fs.appendFileSync('calls.log', 'npm ' + process.argv[2] + '\\n');
const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
delete packages[''];
fs.mkdirSync('node_modules', { recursive: true });
fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));`;
const tscStandIn = `const fs = require('fs'); fs.appendFileSync('calls.log', 'tsc\\n');
console.log('said by tsc');
if (fs.readFileSync('src/a.ts', 'utf8').includes('mistake')) process.exit(2);
const out = process.argv[process.argv.indexOf('--outDir') + 1];
fs.mkdirSync(out + '/src/local', { recursive: true });
fs.copyFileSync('src/a.ts', out + '/src/a.js');
fs.writeFileSync(out + '/src/local/start.js', 'console.log(JSON.stringify(process.argv.slice(2)));process.exit(7)');`;

async function bootstrap(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH ?? '', npm_execpath: join(clone, 'npm-stand-in.js') };
  const child = spawn(process.execPath, [join(clone, 'src/local/bootstrap.mjs'), ...args], { cwd: clone, env });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, ...output };
}
const calls = (): string[] => readFileSync(join(clone, 'calls.log'), 'utf8').trim().split('\n');

beforeEach(() => {
  clone = mkdtempSync(join(runFolder(), 'clone-'));
  for (const file of ['bootstrap.mjs', 'process-lock.mjs']) {
    put(`src/local/${file}`, '');
    copyFileSync(fromRoot('src', 'local', file), join(clone, 'src/local', file));
  }
  put('src/a.ts', 'first');
  put('package-lock.json', lockOf('1.0.0'));
  put('tsconfig.json', '{}');
  put('package.json', '{}');
  put('npm-stand-in.js', npmStandIn);
  put('node_modules/typescript/bin/tsc', tscStandIn);
  put('calls.log', '');
});

describe('the set-up behind npm start and npm test', () => {
  it('installs and builds in a fresh clone, and does neither again', async () => {
    expect((await bootstrap('build')).code).toBe(0);
    expect(calls()).toEqual(['npm ci', 'tsc']);
    expect((await bootstrap('build')).code).toBe(0);
    expect(calls()).toEqual(['npm ci', 'tsc']);
  });

  it('leaves alone what somebody installed from the same lock file, without packages of other systems', async () => {
    put('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }));
    await bootstrap('build');
    expect(calls()).toEqual(['tsc']);
  });

  it('installs anew when the lock file names another version', async () => {
    await bootstrap('build');
    put('package-lock.json', lockOf('2.0.0'));
    await bootstrap('build');
    expect(calls()).toEqual(['npm ci', 'tsc', 'npm ci', 'tsc']);
  });

  it('builds anew after a change, and nothing of a removed file stays', async () => {
    await bootstrap('build');
    put('dist/src/removed.js', '');
    put('src/a.ts', 'second');
    await bootstrap('build');
    expect(readFileSync(join(clone, 'dist/src/a.js'), 'utf8')).toBe('second');
    expect(existsSync(join(clone, 'dist/src/removed.js'))).toBe(false);
  });

  it('keeps the last good build when the sources have a mistake, and ends with the failure', async () => {
    await bootstrap('build');
    put('src/a.ts', 'mistake');
    const { code, stderr } = await bootstrap('start');
    expect(code).toBe(2);
    expect(stderr).toContain('said by tsc');
    expect(readFileSync(join(clone, 'dist/src/a.js'), 'utf8')).toBe('first');
  });

  it('sets up once when two commands start at the same time', async () => {
    const both = await Promise.all([bootstrap('build'), bootstrap('build')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(calls()).toEqual(['npm ci', 'tsc']);
  });

  it('keeps standard output for the command, passes its arguments and ends as it ends', async () => {
    const { code, stdout, stderr } = await bootstrap('start', '--once', '--json');
    expect(code).toBe(7);
    expect(stdout).toBe('["--once","--json"]\n');
    expect(stderr).toContain('said by tsc');
  });

  it('refuses a command it does not know', async () => {
    expect(await bootstrap('strat')).toMatchObject({ code: 64, stdout: '', stderr: expect.stringContaining('usage:') });
  });
});

describe('the habeas command', () => {
  it('says what to run when nothing is built', async () => {
    put('src/cli/habeas.mjs', '');
    copyFileSync(fromRoot('src', 'cli', 'habeas.mjs'), join(clone, 'src/cli/habeas.mjs'));
    rmSync(join(clone, 'dist'), { recursive: true, force: true });
    const child = spawn(process.execPath, [join(clone, 'src/cli/habeas.mjs'), '--help']);
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    const [code] = await once(child, 'close');
    expect(code).toBe(69);
    expect(said).toContain('npm run build');
  });
});
