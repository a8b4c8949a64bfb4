/**
 * Owns knowing when a stage of ours ran and how long: waits in the ledger, then takes the time from the server's own
 * history (activity started → completed), so that neither polling nor queueing is in it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { RequestId } from '../src/ids.ts';
import type { LocalStack } from '../src/local/stack.ts';
import type { Bed } from './installation.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Beyond this a run is broken, not slow. */
export const patienceMs = 180_000;

/** Waits until every system of the request was read, or its package is stored. Throws when a lane parks. */
export async function untilDone(
  bed: Bed,
  worker: WorkerProcess,
  requestId: RequestId,
  stage: 'read' | 'package',
): Promise<void> {
  const { db } = bed.ledger;
  const deadline = Date.now() + patienceMs;
  for (;;) {
    worker.assertAlive();
    if (Date.now() > deadline) throw new Error(`no ${stage} within ${patienceMs} ms; see ${worker.logFile}`);
    const lanes = await db.selectFrom('lanes').select(['state', 'code']).where('request_id', '=', requestId).execute();
    const parked = lanes.find((lane) => lane.state === 'parked');
    if (parked !== undefined) throw new Error(`the lane parked: ${parked.code}; see ${worker.logFile}`);
    const stuck = await db
      .selectFrom('tasks')
      .select(['kind', 'code'])
      .where('request_id', '=', requestId)
      .where('closed_at', 'is', null)
      .executeTakeFirst();
    if (stuck !== undefined) throw new Error(`waits for a person: ${stuck.kind} ${stuck.code}; see ${worker.logFile}`);
    if (stage === 'read') {
      if (lanes.every((lane) => lane.state === 'done')) return;
    } else {
      const row = await db.selectFrom('packages').select('id').where('request_id', '=', requestId).executeTakeFirst();
      if (row !== undefined) return;
    }
    await delay(50);
  }
}

/** Seconds of the one activity of this type in the request's history; throws if it was tried more than once. */
export async function activitySeconds(stack: LocalStack, requestId: RequestId, type: string): Promise<number> {
  return withClient(stack, async (client) => {
    for (let attempt = 0; attempt < 100; attempt++) {
      const { events } = await client.workflow.getHandle(requestId).fetchHistory();
      const scheduled = events?.find(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === type,
      );
      const id = Number(scheduled?.eventId);
      const started = events?.find(
        (event) => Number(event.activityTaskStartedEventAttributes?.scheduledEventId) === id,
      );
      const ended = events?.find(
        (event) => Number(event.activityTaskCompletedEventAttributes?.scheduledEventId) === id,
      );
      if (started !== undefined && ended !== undefined) {
        if ((started.activityTaskStartedEventAttributes?.attempt ?? 1) > 1) throw new Error(`${type} was tried again`);
        return instant(ended.eventTime) - instant(started.eventTime);
      }
      await delay(100);
    }
    throw new Error(`no finished ${type} in the history`);
  });
}

/** What is left of the request in Temporal ends here: the next run is not to share the machine with it. */
export function endWorkflow(stack: LocalStack, requestId: RequestId): Promise<void> {
  return withClient(stack, async (client) => {
    await client.workflow
      .getHandle(requestId)
      .terminate()
      .catch(() => undefined);
  });
}

async function withClient<T>(stack: LocalStack, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    return await work(new Client({ connection, namespace: stack.temporal.namespace }));
  } finally {
    await connection.close();
  }
}

interface Timestamp {
  readonly seconds?: { toNumber(): number } | null;
  readonly nanos?: number | null;
}

const instant = (time: Timestamp | null | undefined): number =>
  (time?.seconds?.toNumber() ?? Number.NaN) + (time?.nanos ?? 0) / 1e9;
