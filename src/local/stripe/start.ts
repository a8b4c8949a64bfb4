/**
 * Starts the Stripe stand-in: the one function that tests (in their own process) and the local stack (in a process of its
 * own, main.ts) use. The state is in memory; with a file it is written, whole, after every change, and read again at the
 * next start. Listens on 127.0.0.1 only.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Control } from './control.ts';
import { StandInClock } from './core/clock.ts';
import { Engine } from './core/engine.ts';
import { Faults } from './core/faults.ts';
import { IdempotentAnswers, type KeptAnswer } from './core/idempotency.ts';
import { Keys } from './core/keys.ts';
import type { World } from './core/routing.ts';
import { type SavedStore, Store } from './core/store.ts';
import { moveJobs } from './redaction/jobs.ts';
import { routes } from './routes/index.ts';
import { endPeriods } from './routes/subscriptions.ts';
import { makeServer } from './server.ts';

export interface StandInOptions {
  /** A free one if left out. */
  readonly port?: number;
  /** The clock that the stand-in's own is derived from; the machine's if left out. */
  readonly clock?: () => Date;
  /** Where the state is kept between starts. */
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

/** The secret key that every stand-in knows from the beginning. No secret: nothing real is behind it. */
export const standInKey = 'sk_test_51StandIn0000000000000000';
const host = '127.0.0.1';

interface Saved {
  readonly version: 1;
  readonly store: SavedStore;
  readonly clock: { stoppedAtMs: number | null; offsetMs: number };
  readonly idempotency: readonly (readonly [string, KeptAnswer])[];
  readonly redactionEnabled: boolean;
}

/** Fails as `listen` does (EADDRINUSE). */
export async function startStripeStandIn(options: StandInOptions = {}): Promise<StripeStandIn> {
  const clock = new StandInClock(options.clock ?? (() => new Date()));
  const keys = new Keys();
  keys.add(standInKey, 'all');
  const faults = new Faults();
  let store = new Store();
  let idempotency = new IdempotentAnswers();
  let port = 0;
  const world: World = {
    get store() {
      return store;
    },
    clock,
    redactionEnabled: false,
    origin: () => `http://${host}:${port}`,
  };
  const restore = (saved: Saved): void => {
    store.load(saved.store);
    idempotency.restore(saved.idempotency);
    clock.restore(saved.clock);
    world.redactionEnabled = saved.redactionEnabled;
  };
  if (options.dataFile !== undefined && existsSync(options.dataFile)) {
    restore(JSON.parse(readFileSync(options.dataFile, 'utf8')) as Saved);
  }
  const changed = (): void => {
    if (options.dataFile === undefined) return;
    const saved: Saved = {
      version: 1,
      store: store.saved(),
      clock: clock.saved(),
      idempotency: idempotency.saved(),
      redactionEnabled: world.redactionEnabled,
    };
    writeWhole(options.dataFile, JSON.stringify(saved));
  };
  let ticked = Number.NaN;
  const tick = (): void => {
    if (clock.now() === ticked) return;
    ticked = clock.now();
    moveJobs(world);
    endPeriods(world);
  };
  const control = new Control({
    world,
    keys,
    faults,
    reset: () => {
      store = new Store();
      idempotency = new IdempotentAnswers();
      faults.clear();
    },
    settle: () => {
      tick();
      changed();
    },
  });
  const engine = new Engine({
    world,
    routes,
    keys,
    get idempotency() {
      return idempotency;
    },
    tick,
  });
  const server = makeServer({ world, engine, faults, control, changed });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port ?? 0, host, exclusive: true }, resolve);
  });
  port = (server.address() as AddressInfo).port;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { host, port, key: standInKey, control, stop };
}

function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}
