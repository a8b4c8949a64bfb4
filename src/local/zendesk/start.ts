/**
 * Starts the Zendesk stand-in: the one function that tests (in their own process) and the local stack (in a process of its own,
 * main.ts) use. The state is in memory; with a file every change is appended to it before its answer (core/journal.ts). Listens on
 * 127.0.0.1 only.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StandInClock } from '../stand-in/clock.ts';
import { Control } from './control.ts';
import { Account, type Delays, usualDelays } from './core/account.ts';
import { Engine } from './core/engine.ts';
import { Faults } from './core/faults.ts';
import { keeperOf } from './core/journal.ts';
import type { Plan } from './core/limits.ts';
import { doDue } from './objects/due.ts';
import { routes } from './routes/index.ts';
import { makeServer } from './server.ts';
import { adminEmail, standInToken } from './token.ts';

export interface StandInOptions {
  /** A free one if left out. */
  readonly port?: number;
  /** The clock that the stand-in's own is derived from; the machine's if left out. */
  readonly clock?: () => Date;
  /** Where the desk is kept between starts. */
  readonly dataFile?: string;
  /** How often it may be asked; `enterprise-plus` if left out. */
  readonly plan?: Plan;
  /** How long things take that are done after the answer; see README.md for what is usual. */
  readonly delays?: Partial<Delays>;
}

export interface ZendeskStandIn {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>`: what `https://<subdomain>.zendesk.com` is at Zendesk. */
  readonly url: string;
  /** An administrator's address, and an API token of theirs that may do everything. */
  readonly email: string;
  readonly token: string;
  readonly control: Control;
  stop(): Promise<void>;
}

const host = '127.0.0.1';

/** Fails as `listen` does (EADDRINUSE). */
export async function startZendeskStandIn(options: StandInOptions = {}): Promise<ZendeskStandIn> {
  let port = options.port ?? 0;
  const account = new Account(new StandInClock(options.clock ?? (() => new Date())), () => `http://${host}:${port}`);
  account.delays = { ...usualDelays, ...options.delays };
  if (options.plan !== undefined) account.limits.plan = options.plan;
  account.access.add(standInToken, { email: adminEmail, right: 'admin' });
  const keep = keeperOf(account, options.dataFile);
  const faults = new Faults();
  const control = new Control({ account, faults, keep });
  const engine = new Engine({ account, routes, tick: () => doDue(account) });
  const server = makeServer({ account, engine, faults, control, keep });
  port = await listen(server, port);
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { host, port, url: `http://${host}:${port}`, email: adminEmail, token: standInToken, control, stop };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, resolve);
  });
  return (server.address() as AddressInfo).port;
}
