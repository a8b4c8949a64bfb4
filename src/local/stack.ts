/**
 * Owns the local stack as a whole: up, down, status, reset, over one folder that holds all of its state. Several stacks
 * may run side by side; one folder is changed by one process at a time (a lock file). Stops only what stack.json
 * remembers and whose start time still matches. HABEAS_TEMPORAL_ADDRESS, HABEAS_PG_URL, HABEAS_S3_ENDPOINT,
 * HABEAS_SMTP_URL, HABEAS_STRIPE_URL and HABEAS_ZENDESK_URL name servers to use instead of starting ours. Fails with 'binary-missing', 'binary-hash',
 * 'local-start' or 'local-open', after stopping what it had started.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HabeasError } from '../errors.ts';
import { cacheDirOf, resolveBinary, resolvePostgres } from './binaries.ts';
import { externalServers } from './external.ts';
import type { StackContext } from './launch.ts';
import { temporalPin, weedPin } from './pins.ts';
import { startPostgres, stopPostgres } from './postgres.ts';
import { isAlive, thisProcess, withLock } from './process-lock.mjs';
import { removeWeedSockets, startS3 } from './s3.ts';
import { stopServer } from './server-process.ts';
import { startSmtp } from './smtp.ts';
import { addressesOf, answers, type LocalStack } from './stack-view.ts';
import { startStandIn } from './stand-in/server.ts';
import { newState, readState, type ServerName, type StackState, serverNames, writeState } from './state.ts';
import { startTemporal } from './temporal.ts';

export { type LocalStack, type LocalStatus, localStatus } from './stack-view.ts';

export interface LocalUpOptions {
  readonly dir: string;
  /** Progress for a person. */
  readonly log?: (line: string) => void;
  /** `false` stops what runs and starts anew on the same data. */
  readonly reuse?: boolean;
  /** `test` gives durability away for speed. */
  readonly profile?: 'start' | 'test';
  /** Servers outlive this process until `localDown`. */
  readonly stay?: boolean;
}

const lockWait = (log: (line: string) => void) => (pid: number) =>
  log(`waiting for process ${pid}, which changes the local stack`);

/** Brings the stack up, reusing servers that still run; a second or two on a machine that has the programs. */
export async function localUp(options: LocalUpOptions): Promise<LocalStack> {
  const dir = resolve(options.dir);
  const log = options.log ?? (() => undefined);
  // Others may pass through (PostgreSQL runs as another user where we are root), not list; all below is 0600 or 0700.
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  return withLock(
    join(dir, 'lock'),
    async () => {
      const state = readState(dir) ?? stateForNewFolder(dir);
      if (options.reuse === false) await stopAll(dir, state);
      const self = thisProcess();
      const others = state.holders.filter((holder) => isAlive(holder) && holder.pid !== self.pid);
      state.holders = [...others, self];
      state.stays = options.stay ?? state.stays;
      writeState(dir, state);
      try {
        await startMissing({ dir, state, log, profile: options.profile ?? 'start', takenPorts: new Set() });
      } catch (error) {
        state.holders = others;
        writeState(dir, state);
        if (others.length === 0) await stopAll(dir, state);
        throw error;
      }
      return { ...addressesOf(dir, state), stop: () => release(dir) };
    },
    lockWait(log),
  );
}

/** Says that the folder may be removed with all that is in it. */
const markerFile = 'habeas-local-stack';

/** Passwords are in stack.json only: data without it cannot be opened again, and is not silently replaced. */
function stateForNewFolder(dir: string): StackState {
  if (existsSync(join(dir, 'postgres', 'data'))) {
    throw new HabeasError('local-start', { where: `${dir}/stack.json is gone or damaged; \`habeas local reset\`` });
  }
  writeFileSync(join(dir, markerFile), 'State of a local Habeas stack; removed by `habeas local reset`.\n');
  return newState();
}

/** Starts what neither runs nor is named as existing. One stack of a user chooses ports at a time. */
async function startMissing(context: StackContext): Promise<void> {
  const { dir, state, log, profile } = context;
  const external = externalServers();
  const missing: ServerName[] = [];
  for (const name of serverNames) {
    if (external[name] !== undefined || (await answers(name, state))) continue;
    await stopOne(dir, state, name);
    missing.push(name);
  }
  if (missing.length === 0) return;
  const wanted = new Set(missing);
  const [temporal, postgres, weed] = await Promise.all([
    wanted.has('temporal') ? resolveBinary(temporalPin, { log }) : undefined,
    wanted.has('postgres') ? resolvePostgres({ log }) : undefined,
    wanted.has('s3') ? resolveBinary(weedPin, { log }) : undefined,
  ]);
  log(`starting ${missing.join(', ')}`);
  await withLock(join(cacheDirOf(), 'ports.lock'), async () => {
    const started = await Promise.allSettled([
      temporal && startTemporal(context, temporal.path),
      postgres && startPostgres(context, postgres.path),
      weed && startS3(context, weed.path),
      wanted.has('smtp') && startSmtp(context),
      wanted.has('stripe') && startStandIn(context, { name: 'stripe', dataFile: 'stripe.json' }),
      wanted.has('zendesk') && startStandIn(context, { name: 'zendesk', dataFile: 'zendesk.ndjson' }),
    ]);
    for (const result of started) if (result.status === 'rejected') throw result.reason;
  });
  if (profile === 'start') log(`up: ${serverNames.filter((name) => wanted.has(name)).join(', ')}`);
}

async function release(dir: string): Promise<void> {
  await withLock(join(dir, 'lock'), async () => {
    const state = readState(dir);
    if (state === undefined) return;
    state.holders = state.holders.filter((holder) => isAlive(holder) && holder.pid !== process.pid);
    writeState(dir, state);
    if (state.holders.length === 0 && !state.stays) await stopAll(dir, state);
  });
}

/** `discard`: the data goes too, so nothing needs to be written out. */
async function stopOne(dir: string, state: StackState, name: ServerName, discard = false): Promise<boolean> {
  const server = state.servers[name];
  if (server === undefined) return false;
  const stopped =
    name === 'postgres'
      ? await stopPostgres(server.process, discard)
      : await stopServer(server.process, discard ? ['SIGKILL'] : undefined);
  if (name === 's3') await removeWeedSockets(server.ports);
  delete state.servers[name];
  writeState(dir, state);
  return stopped;
}

async function stopAll(dir: string, state: StackState, discard = false): Promise<ServerName[]> {
  const stopped = await Promise.all(
    serverNames.map(async (name) => ((await stopOne(dir, state, name, discard)) ? name : undefined)),
  );
  await Promise.all((state.weedSockets ?? []).map((folder) => rm(folder, { recursive: true, force: true })));
  delete state.weedSockets;
  writeState(dir, state);
  return stopped.filter((name) => name !== undefined);
}

export interface LocalDownOptions {
  readonly dir: string;
  readonly log?: (line: string) => void;
}

/** Stops the stack's servers, whoever uses them. The data stays. */
export function localDown(options: LocalDownOptions): Promise<{ dir: string; stopped: ServerName[] }> {
  return bringDown(options, false);
}

async function bringDown(options: LocalDownOptions, discard: boolean): Promise<{ dir: string; stopped: ServerName[] }> {
  const dir = resolve(options.dir);
  if (readState(dir) === undefined) return { dir, stopped: [] };
  return withLock(
    join(dir, 'lock'),
    async () => {
      const state = readState(dir);
      if (state === undefined) return { dir, stopped: [] };
      state.holders = [];
      state.stays = false;
      return { dir, stopped: await stopAll(dir, state, discard) };
    },
    lockWait(options.log ?? (() => undefined)),
  );
}

/** Stops the stack and removes its folder with all data. Refuses a folder that is not a stack's. */
export async function localReset(
  options: LocalDownOptions,
): Promise<{ dir: string; stopped: ServerName[]; removed: boolean }> {
  const dir = resolve(options.dir);
  if (!existsSync(dir)) return { dir, stopped: [], removed: false };
  const state = readState(dir);
  if (!existsSync(join(dir, markerFile))) {
    throw new HabeasError('local-start', { where: `${dir} is not the folder of a local stack and is not removed` });
  }
  const { stopped } = await bringDown(options, true);
  if (state?.postgresData !== undefined) await rm(state.postgresData, { recursive: true, force: true });
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  return { dir, stopped, removed: true };
}
