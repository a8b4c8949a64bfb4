/**
 * Runs a worker with what it was given: connections, Temporal workers, the starter, the Schedules, and the timers
 * of audit anchors and of ending working keys. Stops in order: no new work, then stages at a chunk's end, then the
 * connections. Opens nothing of the ledger, keys or storage, and closes none of it (src/worker.ts does).
 */
import { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import type { Deps } from '../deps.ts';
import { codeOf } from '../errors.ts';
import { randomName, type SystemId } from '../ids.ts';
import { dataConverter } from '../security/codec.ts';
import { type Starter, type StarterOptions, startStarter } from '../starter.ts';
import { workflowBundle } from './bundle.ts';
import { connectClient, connectWorker } from './connect.ts';
import { configuredSlugs } from './names.ts';
import { installRuntime } from './runtime.ts';
import { ensureSchedules } from './schedules.ts';
import { type Activities, createWorkers, runWorkers, stopWorkers } from './workers.ts';

/** What runs beside the workers, every so often; a failure is logged and tried again the next time. */
export interface Chore {
  /** A slug, for the log. */
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
  /** Does not wait for its first turn. */
  readonly atStart?: true;
}

export interface RunOptions {
  readonly main: Activities;
  readonly package: Activities;
  readonly system: Activities;
  readonly chores: readonly Chore[];
  /** All systems unless given. */
  readonly systems?: readonly SystemId[] | undefined;
  readonly starter?: StarterOptions;
}

export interface RunningWorker {
  /** Resolves when the worker has ended; rejects where it ended by a failure. */
  readonly run: Promise<void>;
  readonly starter: Starter;
  readonly client: Client;
  readonly workers: readonly Worker[];
  /** Orderly end; resolves when everything of it is over. */
  shutdown(): Promise<void>;
}

/** Every configured word that a payload may carry. */
export function slugsOf(deps: Pick<Deps, 'config' | 'systems'>): ReadonlySet<string> {
  const kinds = [...deps.systems.values()].flatMap(({ manifest }) => [
    ...manifest.gives,
    ...manifest.needs.map((need) => need.kind),
    ...(manifest.workspace?.needs ?? []),
  ]);
  return configuredSlugs(deps.config, kinds);
}

export async function runWorker(deps: Deps, options: RunOptions): Promise<RunningWorker> {
  const { config, log } = deps;
  installRuntime(log);
  const slugs = slugsOf(deps);
  const connection = await connectClient(config.temporal);
  const native = await connectWorker(config.temporal).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  const closeConnections = async () => {
    await native.close();
    await connection.close();
  };
  try {
    const { namespace } = config.temporal;
    const client = new Client({
      connection,
      namespace,
      dataConverter: dataConverter(slugs),
      // The SDK's own would be process and host name.
      identity: `habeas-${randomName()}`,
    });
    const served = [...deps.systems].filter(([id]) => options.systems?.includes(id) ?? true);
    const workers = await createWorkers({
      config,
      connection: native,
      bundle: await workflowBundle(),
      slugs,
      main: options.main,
      package: options.package,
      systems: new Map(
        served.map(([id, system]) => [
          id,
          { activities: options.system, slots: slotsOf(deps, id, system.manifest.concurrency) },
        ]),
      ),
    });
    await ensureSchedules(client, config.temporal);
    const starter = startStarter(deps, client, options.starter);
    const chores = options.chores.map((chore) => startChore(deps, chore));
    let ending: Promise<void> | undefined;
    const end = () => {
      ending ??= (async () => {
        await Promise.all([starter.stop(), ...chores.map((chore) => chore.stop())]);
        stopWorkers(workers);
      })();
      return ending;
    };
    const run = runWorkers(workers).finally(async () => {
      await end();
      await closeConnections();
    });
    // Whoever awaits `run` hears of a failure; without anybody it must not end the process unhandled.
    run.catch((error: unknown) => log.error({ code: codeOf(error), err: error }, 'worker-failed'));
    log.info({ systems: served.map(([id]) => id) }, 'worker-started');
    return {
      run,
      starter,
      client,
      workers,
      shutdown: async () => {
        await end();
        await run;
      },
    };
  } catch (error) {
    await closeConnections();
    throw error;
  }
}

function slotsOf(deps: Pick<Deps, 'config'>, id: SystemId, ofManifest: number): number {
  return deps.config.systems.find((system) => system.id === id)?.concurrency ?? ofManifest;
}

function startChore(deps: Pick<Deps, 'log'>, chore: Chore): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  const turn = () => {
    if (isRunning) return;
    isRunning = true;
    running = chore
      .run()
      .then(() => undefined)
      .catch((error: unknown) => deps.log.warn({ kind: chore.name, code: codeOf(error), err: error }, 'chore-failed'))
      .finally(() => {
        isRunning = false;
      });
  };
  const timer = setInterval(turn, chore.everyMs);
  if (chore.atStart === true) turn();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
