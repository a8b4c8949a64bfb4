/**
 * Owns removing the server set of a test run: its processes, by pid and start time, and its folder. Plain JavaScript,
 * because jest's global set-up and teardown run untranspiled. Never touches a run whose jest is alive.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, withLock } from '../../src/local/process-lock.mjs';

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Servers' data goes with them, so none gets time to write it out; PostgreSQL's own quick way leaves no shared memory. */
async function end(server, signal) {
  for (const next of [signal, 'SIGKILL']) {
    for (let waited = 0; isAlive(server) && waited < 5_000; waited += 20) {
      if (waited === 0) process.kill(server.pid, next);
      await delay(20);
    }
  }
}

/** Stops what `<folder>/…/stack.json` remembers and removes the folder. */
export async function removeRun(folder) {
  if (!existsSync(folder)) return;
  await withLock(join(folder, 'servers', 'lock'), async () => {
    const state = readJson(join(folder, 'servers', 'stack.json'));
    const servers = Object.entries(state?.servers ?? {});
    await Promise.all(
      servers.map(([name, { process: server }]) => end(server, name === 'postgres' ? 'SIGQUIT' : 'SIGKILL')),
    );
    const { s3 } = state?.servers ?? {};
    for (const [name, port] of Object.entries(s3?.ports ?? {})) {
      rmSync(`/tmp/seaweedfs-${name}-grpc-${port + 10_000}.sock`, { force: true });
    }
    for (const other of [state?.postgresData, ...(state?.weedSockets ?? [])]) {
      if (other !== undefined) rmSync(other, { recursive: true, force: true });
    }
  });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Removes the runs below `.habeas/` whose jest ended without its teardown. */
export async function removeDeadRuns(habeasFolder) {
  if (!existsSync(habeasFolder)) return;
  for (const name of readdirSync(habeasFolder)) {
    if (!/^test-\d+$/.test(name)) continue;
    const owner = readJson(join(habeasFolder, name, 'owner.json'));
    if (owner === undefined || !isAlive(owner)) await removeRun(join(habeasFolder, name));
  }
}
