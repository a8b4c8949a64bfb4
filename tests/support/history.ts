/**
 * Raw Temporal histories of a test's requests: every event with everything in it, payloads as the bytes that are stored,
 * without any converter of ours in between.
 */
import { Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';

export type History = temporal.api.history.v1.IHistory;

export interface TemporalAt {
  readonly address: string;
  readonly namespace: string;
}

/** The whole history of the latest run of a workflow. */
export async function historyOf(at: TemporalAt, workflowId: string): Promise<History> {
  const connection = await Connection.connect({ address: at.address });
  try {
    const events: temporal.api.history.v1.IHistoryEvent[] = [];
    let nextPageToken: Uint8Array | undefined;
    do {
      const page = await connection.workflowService.getWorkflowExecutionHistory({
        namespace: at.namespace,
        execution: { workflowId },
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      });
      events.push(...(page.history?.events ?? []));
      nextPageToken = page.nextPageToken;
    } while (nextPageToken !== undefined && nextPageToken.length > 0);
    return { events };
  } finally {
    await connection.close();
  }
}

/** As `temporal workflow show --output json` writes it. */
export function historyJson(history: History): string {
  return JSON.stringify(historyToJSON(history));
}

/** Everything in it, or in anything else the server answers, that could be read: strings as they are, bytes as text. */
export function historyText(history: object): string {
  const found: string[] = [];
  collect(history, found);
  return found.join('\n');
}

function collect(value: unknown, found: string[]): void {
  if (typeof value === 'string') found.push(value);
  else if (value instanceof Uint8Array) found.push(Buffer.from(value).toString('utf8'));
  else if (Array.isArray(value)) for (const item of value) collect(item, found);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      found.push(name);
      collect(inner, found);
    }
}

/** Types of the activities that were scheduled on a task queue (local ones are markers and do not count). */
export function regularActivities(history: History): readonly string[] {
  return (history.events ?? []).flatMap((event) => {
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    return typeof name === 'string' ? [name] : [];
  });
}
