/**
 * The baseline of the requests bench: a worker in a process of its own with our worker's options, that serves a workflow
 * of ten empty activities in sequence. The client is the parent, as the front door is for ours. Ends with the channel.
 */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

export interface WorkerInput {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
}

const activities = { nothing: async (): Promise<void> => undefined };
export type EmptyActivities = typeof activities;

async function serve({ address, namespace, taskQueue }: WorkerInput): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./empty.workflow.js', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle,
    activities,
    // As src/temporal/workers.ts has them for our main queue.
    maxHeartbeatThrottleInterval: 500,
    defaultHeartbeatThrottleInterval: 500,
    maxCachedWorkflows: 250,
    maxConcurrentWorkflowTaskExecutions: 20,
    maxConcurrentLocalActivityExecutions: 20,
    maxConcurrentActivityTaskExecutions: 10,
  });
  const running = worker.run();
  process.once('disconnect', () => worker.shutdown());
  process.send?.('ready');
  await running;
  await connection.close();
}

process.once('message', (input) => {
  void serve(input as WorkerInput).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
