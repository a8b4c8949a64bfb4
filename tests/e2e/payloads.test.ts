/**
 * On a real Temporal server: whatever a mistake in the program would send there that is not an id, slug, count, date or
 * code is refused on the way out, as an argument, a result, a failure's message or details, or a heartbeat; and nothing of it is on
 * the server afterwards.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createLogger } from '../../src/log.ts';
import { dataConverter } from '../../src/security/codec.ts';
import { workflowBundle } from '../../src/temporal/bundle.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { historyOf, historyText } from '../support/history.ts';
import { eventually, testServers, uniquePrefix } from '../support/servers.ts';

const marker = `leke-${randomBytes(6).toString('hex')}@märgis.example`;
const queue = uniquePrefix('payloads');
const converter = dataConverter(new Set(['account-db']));

let connection: Connection;
let native: NativeConnection;
let client: Client;
let worker: Worker;
let running: Promise<void>;
/** What the only activity does. */
let misdeed: () => unknown = () => undefined;

beforeAll(async () => {
  const { temporal } = await testServers();
  installRuntime(createLogger({ level: 'silent' }));
  connection = await Connection.connect({ address: temporal.address });
  native = await NativeConnection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: temporal.namespace, dataConverter: converter });
  worker = await Worker.create({
    connection: native,
    namespace: temporal.namespace,
    taskQueue: queue,
    workflowBundle: await workflowBundle(),
    dataConverter: converter,
    activities: { expirePackages: async () => misdeed() },
  });
  running = worker.run();
});
afterAll(async () => {
  worker?.shutdown();
  await running;
  await native?.close();
  await connection?.close();
});

/** Everything the server knows of a workflow: its history, and what it shows of activities that are under way. */
async function serverText(workflowId: string): Promise<string> {
  const { temporal } = await testServers();
  const described = await connection.workflowService.describeWorkflowExecution({
    namespace: temporal.namespace,
    execution: { workflowId },
  });
  return `${historyText(await historyOf(temporal, workflowId))}\n${historyText(described)}`;
}

describe('a string that is somebody’s data', () => {
  it('is refused as an argument, and no workflow is there', async () => {
    const workflowId = `${queue}-argument`;
    const start = client.workflow.start('subjectRequest', {
      taskQueue: queue,
      workflowId,
      args: [{ requestId: marker }],
    });
    await expect(start).rejects.toThrow(/refused|ids, slugs/);
    await expect(client.workflow.getHandle(workflowId).describe()).rejects.toMatchObject({
      name: 'WorkflowNotFoundError',
    });
  });

  it.each([
    ['result', () => ({ deleted: 1, left: 0, code: marker })],
    ['result’s key', () => ({ [marker]: 1 })],
    [
      'failure’s message',
      () => {
        throw new Error(`no record of ${marker}`);
      },
    ],
    [
      'failure’s details',
      () => {
        throw ApplicationFailure.create({ message: marker, type: marker, details: [marker] });
      },
    ],
    [
      'heartbeat',
      () => {
        // The attempt is ended where its heartbeat is refused; else it would stand until its time limit.
        Context.current().heartbeat(marker);
        return Context.current().cancelled;
      },
    ],
  ] as const)('is refused as an activity’s %s, and the server never sees it', async (name, doing) => {
    let calls = 0;
    misdeed = () => {
      calls += 1;
      return doing();
    };
    const workflowId = `${queue}-${name.replace(/[^a-z]/g, '-')}`;
    const handle = await client.workflow.start('packageExpiry', { taskQueue: queue, workflowId, args: [] });
    await eventually(() => calls > 0);
    // The server has heard of the attempt: it is over, or shown as failed and to be tried again.
    const text = await eventually(async () => {
      const seen = await serverText(workflowId);
      const { status } = await handle.describe();
      return status.name !== 'RUNNING' || /payload-refused|internal|worker-stopping/.test(seen) ? seen : undefined;
    });
    expect(text).toContain('expirePackages');
    expect(text).not.toContain(marker);
    expect(text).not.toContain(marker.slice(0, 17));
    await handle.terminate().catch(() => undefined);
  });
});
