/**
 * How the workflow calls activities: queues, time limits and retries, in one place. `quick` steps are local activities on
 * the workflow's own worker; a stage of a system runs on that system's queue, so that one slow system delays no other.
 */
import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import type {
  Begun,
  ClosingStages,
  ExpiryStages,
  LedgerSteps,
  PackageStages,
  RetryTerms,
  SweepStages,
  SweepSteps,
  SystemStages,
} from './stages.ts';

const retry = { initialInterval: '100 milliseconds', maximumInterval: '10 seconds', backoffCoefficient: 2 } as const;

export const ledger = proxyLocalActivities<Omit<LedgerSteps, 'passNoReturn'>>({
  startToCloseTimeout: '10 seconds',
  retry,
});

/** Opens every decision of the collections that holds name: with a short limit a large plan would be begun for ever. */
export const lastLook = proxyLocalActivities<Pick<LedgerSteps, 'passNoReturn'>>({
  startToCloseTimeout: '15 minutes',
  retry,
});

/** A ledger step that must succeed before anything goes on: tried until it does, the ledger being back some day. */
export async function persist<T>(step: () => Promise<T>): Promise<T> {
  for (let wait = 1; ; wait = Math.min(wait * 2, 300)) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      await sleep(wait * 1000);
    }
  }
}

/** Minutes, not hours: one call or a few to a system, or to the mail server. */
const vendor: ActivityOptions = { startToCloseTimeout: '5 minutes', heartbeatTimeout: '30 seconds' };
/** Streams as long as they must; the stage's own watchdog ends one that stands still. */
const stream: ActivityOptions = { startToCloseTimeout: '24 hours', heartbeatTimeout: '30 seconds' };

function options(profile: ActivityOptions, taskQueue: string, retry: RetryTerms): ActivityOptions {
  return {
    ...profile,
    taskQueue,
    // A cancelled stage has ended before its staging is destroyed.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {
      initialInterval: retry.initialMs,
      maximumInterval: Math.max(retry.maxMs, retry.initialMs),
      backoffCoefficient: 2,
      ...(retry.attempts > 0 ? { maximumAttempts: retry.attempts } : {}),
    },
  };
}

type Terms = Pick<Begun, 'retry' | 'queuePrefix'>;

/** The stages of one system, on its own queue. To prepare is to look at every planned record: it streams like the others. */
export function stagesIn(terms: Terms, systemId: string): SystemStages {
  const queue = `${terms.queuePrefix}habeas-sys-${systemId}`;
  const long = proxyActivities<SystemStages>(options(stream, queue, terms.retry));
  const { locate } = proxyActivities<SystemStages>(options(vendor, queue, terms.retry));
  const { read, plan, prepare, erase, verify, act } = long;
  return { locate, read, plan, prepare, erase, verify, act };
}

export function packageStage(terms: Terms): PackageStages['package'] {
  return proxyActivities<PackageStages>(options(stream, `${terms.queuePrefix}habeas-package`, terms.retry)).package;
}

export function closingStages(terms: Terms): ClosingStages {
  return proxyActivities<ClosingStages>(options(vendor, `${terms.queuePrefix}habeas`, terms.retry));
}

/** What must happen after the end: tried for as long as it takes, at least every ten minutes. */
export function afterwards(terms: Terms): Pick<ClosingStages, 'destroyStaging'> {
  const retry = { initialMs: terms.retry.initialMs, maxMs: 600_000, attempts: 0 };
  return proxyActivities<ClosingStages>(options(vendor, `${terms.queuePrefix}habeas`, retry));
}

/** The Schedule starts the next one in an hour: this one gives up before. */
export const expiryStages = proxyActivities<ExpiryStages>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '10 seconds', maximumInterval: '5 minutes', maximumAttempts: 5 },
});

/** Steps of the sweep on the main queue; a page of the register is opened by each look. */
export const sweepSteps = proxyActivities<SweepSteps>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes', maximumAttempts: 5 },
});

/** The sweep of one system, on its own queue. */
export function sweepStage(terms: Terms, systemId: string): SweepStages {
  return proxyActivities<SweepStages>(options(stream, `${terms.queuePrefix}habeas-sys-${systemId}`, terms.retry));
}

/** The catalogue code of a failed activity. */
export function failureCode(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return cause.type ?? 'internal';
  return cause instanceof TimeoutFailure ? 'worker-lost' : 'internal';
}
