/** The lock between processes, with real processes: what a kill leaves must never block, and nobody is let in twice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { isAlive, startOf, thisProcess, withLock } from '../../src/local/process-lock.mjs';
import { fromRoot } from '../../src/root.ts';
import { eventually, runFolder } from '../support/servers.ts';

const lockModule = pathToFileURL(fromRoot('src', 'local', 'process-lock.mjs')).href;

/** A Node process that runs `body` with `withLock` and its argument `file` at hand. */
function nodeProcess(body: string, file: string) {
  const script = `import { withLock } from ${JSON.stringify(lockModule)}; import * as fs from 'node:fs';
    const file = process.argv[1]; ${body}`;
  return spawn(process.execPath, ['--input-type=module', '-e', script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
}

const freshFolder = (): string => mkdtempSync(join(runFolder(), 'lock-'));

describe('the lock between processes', () => {
  it('is taken over from an owner that was killed while holding it', async () => {
    const lock = join(freshFolder(), 'lock');
    const owner = nodeProcess(
      `await withLock(file, () => { console.log('in'); return new Promise(() => setInterval(() => {}, 1000)); });`,
      lock,
    );
    await once(owner.stdout, 'data');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(JSON.parse(readFileSync(lock, 'utf8')).pid).toBe(owner.pid);
    expect(await withLock(lock, () => 'got in')).toBe('got in');
  });

  it('is taken over when the pid of its dead owner is now another process', async () => {
    const lock = join(freshFolder(), 'lock');
    writeFileSync(lock, JSON.stringify({ pid: process.pid, start: 'an earlier process', token: 'x' }));
    expect(await withLock(lock, () => 'got in')).toBe('got in');
  });

  it('lets one process in at a time', async () => {
    const folder = freshFolder();
    const counter = join(folder, 'counter');
    writeFileSync(counter, '0');
    const count = `for (let i = 0; i < 20; i++) await withLock(file + '.lock', async () => {
      const seen = Number(fs.readFileSync(file, 'utf8'));
      await new Promise(setImmediate);
      fs.writeFileSync(file, String(seen + 1));
    });`;
    const children = [1, 2, 3].map(() => nodeProcess(count, counter));
    await Promise.all(children.map((child) => once(child, 'exit')));
    expect(readFileSync(counter, 'utf8')).toBe('60');
  });

  it('is free again after work that failed', async () => {
    const lock = join(freshFolder(), 'lock');
    await expect(
      withLock(lock, () => {
        throw new Error('failed inside');
      }),
    ).rejects.toThrow('failed inside');
    expect(await withLock(lock, () => 'got in')).toBe('got in');
  });

  it('waits for a living owner and says who that is', async () => {
    const lock = join(freshFolder(), 'lock');
    const owner = nodeProcess(
      `await withLock(file, () => { console.log('in'); return new Promise((done) => process.stdin.once('data', done)); });
       process.stdin.destroy();`,
      lock,
    );
    await once(owner.stdout, 'data');
    const told: number[] = [];
    await withLock(
      lock,
      () => 'got in',
      (pid) => {
        told.push(pid);
        owner.stdin.write('let go');
      },
    );
    expect(told).toEqual([owner.pid]);
    await eventually(() => owner.exitCode === 0);
  });
});

describe('recognising a process', () => {
  it('knows this process and not one with the same pid and another start', () => {
    expect(isAlive(thisProcess())).toBe(true);
    expect(isAlive({ pid: process.pid, start: 'another' })).toBe(false);
  });

  it('has no start for a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '0']);
    const { pid } = child;
    await once(child, 'exit');
    expect(pid === undefined ? undefined : startOf(pid)).toBeUndefined();
  });
});
