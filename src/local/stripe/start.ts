/**
 * Starts the Stripe stand-in: the one function that tests (in their own process) and the local stack (in a process of its
 * own, main.ts) use. The state is in memory; with a file it is written, whole, after every change and before its answer,
 * and read again at the next start. Listens on 127.0.0.1 only.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StandInClock } from '../stand-in/clock.ts';
import { Control } from './control.ts';
import { Account, type SavedAccount } from './core/account.ts';
import { Engine } from './core/engine.ts';
import { Faults } from './core/faults.ts';
import { Keys } from './core/keys.ts';
import { standInKey } from './key.ts';
import { moveJobs } from './redaction/jobs.ts';
import { routes } from './routes/index.ts';
import { endPeriods } from './routes/subscriptions.ts';
import { makeServer } from './server.ts';

export interface StandInOptions {
  /** A free one if left out. */
  readonly port?: number;
  /** The clock that the stand-in's own is derived from; the machine's if left out. */
  readonly clock?: () => Date;
  /** Where the account is kept between starts. */
  readonly dataFile?: string;
}

export interface StripeStandIn {
  readonly host: string;
  readonly port: number;
  /** A secret key that may do everything. */
  readonly key: string;
  readonly control: Control;
  stop(): Promise<void>;
}

const host = '127.0.0.1';

/** Fails as `listen` does (EADDRINUSE). */
export async function startStripeStandIn(options: StandInOptions = {}): Promise<StripeStandIn> {
  let port = options.port ?? 0;
  const account = new Account(new StandInClock(options.clock ?? (() => new Date())), () => `http://${host}:${port}`);
  const keep = keeperOf(account, options.dataFile);
  const tick = tickOf(account);
  const keys = new Keys();
  keys.add(standInKey, 'all');
  const faults = new Faults();
  const control = new Control({
    account,
    keys,
    faults,
    settle: () => {
      tick();
      keep();
    },
  });
  const engine = new Engine({ account, routes, keys, tick });
  const server = makeServer({ account, engine, faults, control, keep });
  port = await listen(server, port);
  keep();
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { host, port, key: standInKey, control, stop };
}

/** Takes up what the file holds, and returns what writes it. */
function keeperOf(account: Account, file: string | undefined): () => void {
  if (file === undefined) return () => undefined;
  if (existsSync(file)) account.restore(JSON.parse(readFileSync(file, 'utf8')) as SavedAccount);
  return () => {
    const temporary = `${file}.${process.pid}.new`;
    writeFileSync(temporary, JSON.stringify(account.saved()), { mode: 0o600 });
    renameSync(temporary, file);
  };
}

/** Does what the clock has made due, at most once a second of it. */
function tickOf(account: Account): () => void {
  let done = Number.NaN;
  return () => {
    const now = account.clock.now();
    if (now === done) return;
    done = now;
    moveJobs(account);
    endPeriods(account);
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, resolve);
  });
  return (server.address() as AddressInfo).port;
}
