/**
 * What every activity has around it: heartbeats with a number and nothing else, a watchdog that ends a stage standing
 * still, cancellation as an AbortSignal, and every failure as a catalogue code. A stage of a system also takes its lane
 * (fence against attempts given up for dead), looks at the system's incident and notes why an attempt failed. Nothing of
 * an error but its code, and the configured place in the ledger, leaves here; a cancellation is re-thrown as it came.
 */
import { setMaxListeners } from 'node:events';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { System } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { catalogue, codeOf, HabeasError } from '../src/errors.ts';
import type { RequestId, SystemId } from '../src/ids.ts';
import { forgetFailures } from '../src/ledger/breaker.ts';
import { incidentCode } from '../src/ledger/incidents.ts';
import { type Fence, noteFailure, takeLane } from '../src/ledger/lanes.ts';
import type { Stage } from '../src/ledger/states.ts';
import { systemFor } from '../src/requests/system-for.ts';
import type { StageInput } from '../workflows/stages.ts';

const heartbeatMs = 5_000;
const watchdogMs = 5 * 60_000;
/** Every call in flight listens for the end, most twice, and lets go when it is answered. More than this is a leak. */
const mostListeners = 50;

export interface ActivityRun {
  /** Aborted when the attempt is cancelled, its worker stops, it stands still, or it was ended. */
  readonly signal: AbortSignal;
  /** Work goes on. `position` is what the next heartbeat carries: a chunk's number. */
  progress(position?: number): void;
}

interface EndableRun extends ActivityRun {
  /** Ends the attempt with this failure, whatever is under way. */
  end(reason: HabeasError): void;
}

export interface StageRun extends ActivityRun {
  readonly fence: Fence;
  readonly attempt: number;
  /** The system was not called: that the stage ended well says nothing of it. */
  uncalled(): void;
}

type RunDeps = Pick<Deps, 'log'>;

/** Runs an activity's work with heartbeats and watchdog; any failure comes out as an ApplicationFailure with its code. */
export async function runActivity<T>(
  deps: RunDeps,
  ids: { readonly requestId?: RequestId; readonly systemId?: SystemId },
  work: (run: EndableRun) => Promise<T>,
  onFailure: (error: unknown) => Promise<void> = async () => undefined,
): Promise<T> {
  const context = Context.current();
  const ended = new AbortController();
  const signal = AbortSignal.any([context.cancellationSignal, ended.signal]);
  setMaxListeners(mostListeners, signal);
  let position = 0;
  let movedAt = process.hrtime.bigint();
  const timer = setInterval(() => {
    context.heartbeat(position);
    const idleMs = Number((process.hrtime.bigint() - movedAt) / 1_000_000n);
    if (idleMs > watchdogMs) ended.abort(new HabeasError('stage-stalled'));
  }, heartbeatMs);
  try {
    return await work({
      signal,
      end: (reason) => ended.abort(reason),
      progress: (next) => {
        position = next ?? position;
        movedAt = process.hrtime.bigint();
      },
    });
  } catch (thrown) {
    // Whatever a library threw when it was aborted, the reason is the cancellation.
    if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason;
    const error: unknown = ended.signal.aborted ? ended.signal.reason : thrown;
    const code = codeOf(error);
    const { attempt, activityType } = context.info;
    deps.log.warn({ ...ids, activityType, attempt, code, err: error }, 'activity-failed');
    await onFailure(error);
    throw ApplicationFailure.create({ message: code, type: code, nonRetryable: !catalogue[code].retryable });
  } finally {
    clearInterval(timer);
  }
}

/** Runs one stage of one system. */
export function runStage<T>(
  deps: Pick<Deps, 'ledger' | 'systems' | 'now' | 'log'>,
  stage: Stage,
  input: StageInput,
  work: (run: StageRun, system: System) => Promise<T>,
): Promise<T> {
  const { requestId, systemId, workflowSeq } = input;
  const { db } = deps.ledger;
  const { attempt } = Context.current().info;
  const fence: Fence = { requestId, systemId, workflowSeq, attempt };
  return runActivity(
    deps,
    { requestId, systemId },
    async (run) => {
      await db.transaction().execute((trx) => takeLane(trx, fence, stage, deps.now()));
      await assertCallable(deps, systemId);
      const system = await systemFor(deps, requestId, systemId);
      if (system === undefined) throw new HabeasError('system-not-configured', { where: systemId });
      let isCalled = true;
      const uncalled = () => {
        isCalled = false;
      };
      const result = await whileCallable(deps, systemId, run, () => work({ ...run, fence, attempt, uncalled }, system));
      // It answered: what failed before it counts no more. The stage has ended well whatever becomes of this.
      if (isCalled) await forgetFailures(db, systemId).catch(() => undefined);
      return result;
    },
    async (error) => {
      const code = codeOf(error);
      if (code === 'stage-superseded') return;
      const failure = { code, where: error instanceof HabeasError ? error.where : undefined };
      // A ledger that does not answer cannot be told so; the workflow still hears the code.
      await db
        .transaction()
        .execute((trx) => noteFailure(trx, fence, failure, deps.now()))
        .catch(() => undefined);
    },
  );
}

/** Ends a stage that comes to no next chunk, such as a scan that finds nothing, soon after its system is stopped. */
async function whileCallable<T>(
  deps: Pick<Deps, 'ledger'>,
  systemId: SystemId,
  run: EndableRun,
  work: () => Promise<T>,
): Promise<T> {
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    // A ledger that does not answer stops nothing: whatever is committed next finds out.
    const code = await incidentCode(deps.ledger.db, systemId).catch(() => undefined);
    if (code !== undefined) run.end(new HabeasError(code, { where: systemId }));
    isLooking = false;
  };
  const timer = setInterval(() => void look(), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Fails with the incident's code (`system-paused`, `system-tripped`) while the system is stopped. */
export async function assertCallable(deps: Pick<Deps, 'ledger'>, systemId: SystemId): Promise<void> {
  const code = await incidentCode(deps.ledger.db, systemId);
  if (code !== undefined) throw new HabeasError(code, { where: systemId });
}
