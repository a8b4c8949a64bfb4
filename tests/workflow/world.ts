/**
 * A whole worker in the test's process, on the run's real servers: Temporal, PostgreSQL, S3 and the mail catcher, with
 * systems in memory. Front doors are the real use-cases; nothing of the workflow, the stages or the ledger is replaced.
 */
import type { Logger } from 'pino';
import type { System } from '../../connectors/contract.ts';
import type { Deps } from '../../src/deps.ts';
import type { RequestId, SystemId } from '../../src/ids.ts';
import { createLogger } from '../../src/log.ts';
import { createRequest, type NewRequest, showRequest } from '../../src/requests/index.ts';
import { openStorage } from '../../src/storage/objects.ts';
import { type RunningWorker, runWorker } from '../../src/temporal/run-worker.ts';
import type { Activities } from '../../src/temporal/workers.ts';
import { activitiesOf } from '../../src/worker.ts';
import { type World as LedgerWorld, newWorld as newLedgerWorld } from '../ledger/world.ts';
import { eventually, freshBucket, testServers, uniquePrefix } from '../support/servers.ts';

export interface World {
  readonly ledger: LedgerWorld;
  readonly deps: Deps;
  readonly bucket: string;
  /** Starts a worker, or another one after the first was stopped. */
  work(instead?: { readonly system?: Activities }): Promise<RunningWorker>;
  /** From here on it is this instant, for everything that asks the injected clock. */
  setNow(at: string): void;
  open(request?: Partial<NewRequest>): Promise<RequestId>;
  /** Waits for a state, a lane's state or anything else that `requests show` tells. */
  shows(id: RequestId, holds: (shown: Shown) => boolean): Promise<Shown>;
  close(): Promise<void>;
}

export type Shown = Awaited<ReturnType<typeof showRequest>>;

export interface WorldOptions {
  readonly systems: Readonly<Record<string, System>>;
  readonly attempts?: number;
  readonly activeRequests?: number;
  readonly policy?: Partial<Deps['config']['policy']>;
  readonly financialYears?: Deps['config']['controller']['financialYears'];
  /** Instead of the run's plain server. */
  readonly temporal?: Partial<Deps['config']['temporal']>;
}

const quiet = (): Logger => createLogger({ level: 'silent' });

export async function newWorld(label: string, options: WorldOptions): Promise<World> {
  const [servers, ledger, bucket] = await Promise.all([testServers(), newLedgerWorld(label), freshBucket(label)]);
  const base = ledger.deps.config;
  const systemIds = [...base.systems].map((system) => system.id);
  const systems = new Map<SystemId, System>();
  for (const id of systemIds) {
    const system = options.systems[id];
    if (system !== undefined) systems.set(id, system);
  }
  const config = {
    ...base,
    temporal: {
      ...base.temporal,
      ...servers.temporal,
      tls: false as const,
      queuePrefix: uniquePrefix(label).slice(0, 30),
      ...options.temporal,
    },
    mail: { url: servers.smtp.url, from: 'privacy@controller.example', replyTo: undefined },
    s3: {
      ...base.s3,
      endpoint: bucket.endpoint,
      region: bucket.region,
      accessKeyId: bucket.accessKeyId,
      secretAccessKey: bucket.secretAccessKey,
      stagingBucket: bucket.bucket,
      packageBucket: bucket.bucket,
      anchorBucket: bucket.bucket,
    },
    worker: {
      ...base.worker,
      retry: { initialMs: 20, maxMs: 100, attempts: options.attempts ?? 2 },
      activeRequests: options.activeRequests ?? 20,
    },
    controller: { ...base.controller, financialYears: options.financialYears ?? base.controller.financialYears },
    policy: { ...base.policy, ...options.policy },
    systems: base.systems.filter((system) => systems.has(system.id)),
  };
  let instant: Date | undefined;
  const deps: Deps = {
    config,
    systems,
    ledger: ledger.deps.ledger,
    keys: ledger.deps.keys,
    storage: openStorage(config.s3),
    now: () => instant ?? new Date(),
    log: quiet(),
  };
  let worker: RunningWorker | undefined;
  return {
    ledger,
    deps,
    bucket: bucket.bucket,
    work: async (instead = {}) => {
      const real = activitiesOf(deps);
      worker = await runWorker(deps, {
        ...real,
        system: { ...real.system, ...instead.system },
        chores: [],
        starter: { pollMs: 200, againMs: 500 },
      });
      return worker;
    },
    setNow: (at) => {
      instant = new Date(at);
    },
    open: async (request = {}) => {
      const { requestId } = await createRequest(deps, {
        rights: ['access'],
        channel: 'email',
        language: 'en',
        identifiers: { email: ['anna.marker@example.ee'] },
        identity: { method: 'known-in-person', contact: 'anna.marker@example.ee' },
        by: ledger.people.agent,
        ...request,
      });
      return requestId;
    },
    shows: (id, holds) =>
      eventually(async () => {
        const shown = await showRequest(deps, id);
        if (holds(shown)) return shown;
        const { state, seq, workflowReadUpTo, systems, tasks } = shown;
        throw new Error(JSON.stringify({ state, seq, workflowReadUpTo, systems, tasks }, null, 1));
      }),
    close: async () => {
      await worker?.shutdown();
      await ledger.close();
      deps.storage.close();
    },
  };
}
