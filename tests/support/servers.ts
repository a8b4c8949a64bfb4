/**
 * The servers of a test run, one set for all test files: real Temporal, PostgreSQL, S3 and a mail catcher, started by the
 * first file that asks. Each file takes its own database, bucket and task-queue prefix, so files run side by side.
 * `eventually` is the only place in the tests that waits for time to pass.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { S3Access } from '../../src/local/s3.ts';

export interface TestServers {
  readonly temporal: { readonly address: string; readonly uiUrl: string; readonly namespace: string };
  /** Administrator's URL of the maintenance database. */
  readonly postgres: { readonly url: string };
  readonly s3: S3Access;
  readonly smtp: { readonly url: string; readonly mailDir: string };
}

/** A folder of this test run, removed at its end. */
export function runFolder(): string {
  const folder = process.env.HABEAS_TEST_RUN;
  if (folder === undefined) throw new Error('run jest with the configuration in the root folder');
  return folder;
}

let servers: Promise<TestServers> | undefined;

/** Addresses of the run's servers, starting them if this is the first to ask. */
export function testServers(): Promise<TestServers> {
  servers ??= findServers();
  return servers;
}

async function findServers(): Promise<TestServers> {
  const known = join(runFolder(), 'servers.json');
  const text = await readFile(known, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text);
  // Loaded only by the file that starts them: the clients inside take a second under jest.
  const { localUp } = await import('../../src/local/stack.ts');
  const { temporal, postgres, s3, smtp } = await localUp({
    dir: join(runFolder(), 'servers'),
    profile: 'test',
    stay: true,
  });
  const found: TestServers = { temporal, postgres: { url: postgres.url }, s3, smtp };
  const unfinished = `${known}.${process.pid}`;
  await writeFile(unfinished, JSON.stringify(found), { mode: 0o600 });
  await rename(unfinished, known);
  return found;
}

const unique = (): string => randomBytes(5).toString('hex');

/** An empty database of this test file's own (a copy of `template` where given). */
export async function freshDatabase(
  label: string,
  options: { readonly template?: string } = {},
): Promise<{ name: string; url: string }> {
  const { createDatabase } = await import('../../src/local/postgres.ts');
  const name = `t_${label.replaceAll('-', '_')}_${unique()}`;
  return { name, url: await createDatabase((await testServers()).postgres.url, name, options) };
}

/** An empty bucket of this test file's own, with the access to it. */
export async function freshBucket(
  label: string,
  options: { readonly objectLock?: boolean; readonly versioning?: boolean } = {},
): Promise<S3Access & { readonly bucket: string }> {
  const { createBucket } = await import('../../src/local/s3.ts');
  const { s3 } = await testServers();
  const bucket = `t-${label.replaceAll('_', '-')}-${unique()}`;
  await createBucket(s3, bucket, options);
  return { ...s3, bucket };
}

/** A prefix that no other test file's task queues, workflow ids or schedules have. */
export function uniquePrefix(label: string): string {
  return `t-${label}-${unique()}`;
}

/**
 * Asks until the answer is neither `undefined`, `false` nor an error, and returns it. After the time limit it throws
 * with the last error: the test failed, it was not slow.
 */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<Exclude<T, undefined | false>> {
  const { timeoutMs = 200_000, everyMs = 50 } = options;
  const until = Date.now() + timeoutMs;
  for (;;) {
    let last: unknown = 'the condition did not hold';
    try {
      const answer = await ask();
      if (isAnswer(answer)) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until) throw new Error(`not within ${timeoutMs} ms`, { cause: last });
    // Of a hook that ran out of time: nobody waits any more, and the process must not stay for it.
    await delay(everyMs, undefined, { ref: false });
  }
}

function isAnswer<T>(answer: T): answer is Exclude<T, undefined | false> {
  return answer !== undefined && answer !== false;
}
