/**
 * The composition root of the worker: opens ledger, keys, storage and systems from the configuration and runs everything
 * a worker is (src/temporal/run-worker.ts) until it is stopped. Serves all systems, or a subset by id. Holds no rules;
 * fails with the code of whatever could not be opened.
 */
import type { Logger } from 'pino';
import { deliverStage } from '../activities/deliver.ts';
import { expiryStage } from '../activities/expire.ts';
import { mainActivities, systemActivities } from '../activities/index.ts';
import { packageStage } from '../activities/package.ts';
import type { LoadedConfig } from './config/load.ts';
import type { Deps } from './deps.ts';
import { HabeasError } from './errors.ts';
import type { SystemId } from './ids.ts';
import { anchorHeads } from './ledger/anchors.ts';
import { closeDeps, openDeps } from './open-deps.ts';
import { destroyDueKeys } from './requests/index.ts';
import { offerParts } from './requests/offers.ts';
import { issueDueReceipts } from './requests/receipt.ts';
import { issueDueSweepReceipts } from './requests/sweep-receipt.ts';
import { sendTaskLetters } from './requests/task-letters.ts';
import { type Chore, type RunningWorker, runWorker } from './temporal/run-worker.ts';

export interface WorkerInput {
  readonly config: LoadedConfig;
  /** Systems whose queues this process serves; all unless given. */
  readonly systems?: readonly SystemId[] | undefined;
  readonly log: Logger;
}

/** A worker that serves. `run` resolves at its end; `shutdown` ends it at a chunk's end and closes everything. */
export type StartedWorker = Pick<RunningWorker, 'run' | 'shutdown'>;

const keysEveryMs = 10 * 60_000;
const offersEveryMs = 60_000;
const receiptsEveryMs = 60_000;
const lettersEveryMs = 60_000;
const dayMs = 24 * 60 * 60_000;

/** Starts everything a worker is; resolves when it serves. */
export async function startWorker(input: WorkerInput): Promise<StartedWorker> {
  const { config } = input;
  const unknown = input.systems?.find((id) => !config.systems.some((system) => system.id === id));
  if (unknown !== undefined) throw new HabeasError('not-found', { where: unknown });
  const deps = openDeps({ config, log: input.log, connections: 20 });
  try {
    const worker = await runWorker(deps, { ...activitiesOf(deps), chores: choresOf(deps), systems: input.systems });
    const run = worker.run.finally(() => closeDeps(deps));
    run.catch(() => undefined);
    return {
      run,
      shutdown: async () => {
        await worker.shutdown();
        await run;
      },
    };
  } catch (error) {
    await closeDeps(deps);
    throw error;
  }
}

/** Every activity, by the queue that serves it. */
export function activitiesOf(deps: Deps) {
  return {
    main: { ...mainActivities(deps), deliver: deliverStage(deps), expirePackages: expiryStage(deps) },
    package: { package: packageStage(deps) },
    system: { ...systemActivities(deps) },
  };
}

/** Audit anchors every minute, the end of keys, offers to send what is finished, letters about tasks, receipts that are missing. */
export function choresOf(deps: Deps): readonly Chore[] {
  const { config, ledger, storage, now } = deps;
  const { anchorBucket, anchorRetentionDays } = config.s3;
  const anchor = () => {
    const retainUntil =
      anchorRetentionDays === undefined ? undefined : new Date(now().getTime() + anchorRetentionDays * dayMs);
    return anchorHeads({ ledger, storage, bucket: anchorBucket, now, retainUntil });
  };
  return [
    { name: 'anchor', everyMs: config.worker.anchorSeconds * 1000, run: anchor },
    { name: 'end-keys', everyMs: keysEveryMs, run: () => destroyDueKeys(deps) },
    { name: 'offer-parts', everyMs: offersEveryMs, atStart: true, run: () => offerParts(deps) },
    { name: 'task-letters', everyMs: lettersEveryMs, atStart: true, run: () => sendTaskLetters(deps) },
    { name: 'receipts', everyMs: receiptsEveryMs, atStart: true, run: () => issueDueReceipts(deps) },
    { name: 'sweep-receipts', everyMs: receiptsEveryMs, atStart: true, run: () => issueDueSweepReceipts(deps) },
  ];
}
