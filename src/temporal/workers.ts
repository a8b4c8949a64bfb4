/**
 * The Temporal workers of one process: one for workflows with their quick steps, one per system it serves, one for
 * packages. They share a connection and differ only in queue, activities and slots, so that a slow system delays no
 * other. Identities are random: no host or user name reaches Temporal.
 */
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { LoadedConfig } from '../config/load.ts';
import { randomName, type SystemId } from '../ids.ts';
import { dataConverter } from '../security/codec.ts';
import { mainQueue, packageQueue, systemQueue } from './names.ts';

/** Temporal takes activities by name; each queue has its own. */
export type Activities = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

export interface WorkerPlan {
  readonly config: LoadedConfig;
  readonly connection: NativeConnection;
  readonly bundle: NonNullable<WorkerOptions['workflowBundle']>;
  readonly slugs: ReadonlySet<string>;
  /** Ledger steps and what closes a request. */
  readonly main: Activities;
  readonly package: Activities;
  /** Stages of the systems that this process serves, with their slots. */
  readonly systems: ReadonlyMap<SystemId, { readonly activities: Activities; readonly slots: number }>;
}

/** Long enough for a chunk to reach the ledger; what is cut off goes on from the last one. */
const graceMs = 10_000;
/** Packages at once; the activity itself builds large ones one after the other (activities/package-room.ts). */
const packageSlots = 4;

export async function createWorkers(plan: WorkerPlan): Promise<readonly Worker[]> {
  const { config, connection, bundle } = plan;
  const shared = {
    connection,
    namespace: config.temporal.namespace,
    dataConverter: dataConverter(plan.slugs),
    identity: `habeas-${randomName()}`,
    shutdownGraceTime: graceMs,
    shutdownForceTime: graceMs + 10_000,
    // A killed worker loses at most what happened since its last heartbeat.
    maxHeartbeatThrottleInterval: 500,
    defaultHeartbeatThrottleInterval: 500,
  } satisfies Partial<WorkerOptions>;
  const wanted: WorkerOptions[] = [
    {
      ...shared,
      taskQueue: mainQueue(config.temporal),
      workflowBundle: bundle,
      activities: plan.main,
      maxCachedWorkflows: 250,
      maxConcurrentWorkflowTaskExecutions: 20,
      maxConcurrentLocalActivityExecutions: 20,
      maxConcurrentActivityTaskExecutions: 10,
    },
    {
      ...shared,
      taskQueue: packageQueue(config.temporal),
      activities: plan.package,
      maxConcurrentActivityTaskExecutions: packageSlots,
    },
    ...[...plan.systems].map(([id, { activities, slots }]) => ({
      ...shared,
      taskQueue: systemQueue(config.temporal, id),
      activities,
      maxConcurrentActivityTaskExecutions: slots,
    })),
  ];
  return Promise.all(wanted.map((one) => Worker.create(one)));
}

/** Runs workers until they are shut down or one of them fails; then ends the others. */
export async function runWorkers(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map((worker) =>
    worker.run().catch((error: unknown) => {
      stopWorkers(workers);
      throw error;
    }),
  );
  const results = await Promise.allSettled(runs);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Begins an orderly end; {@link runWorkers} resolves when it is over. */
export function stopWorkers(workers: readonly Worker[]): void {
  for (const worker of workers) {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}
