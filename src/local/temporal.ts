/**
 * Owns the local Temporal development server: a real server with its UI, data in one SQLite file in WAL mode (without
 * it 3.5 times slower). Never reachable from outside the machine. Survives SIGKILL with workflows in flight.
 */
import { join } from 'node:path';
import { type Launch, launch, type StackContext } from './launch.ts';
import { serverEnvironment } from './server-process.ts';

export const temporalNamespace = 'default';

/** Whether a Temporal frontend answers for the namespace. */
export async function temporalAnswers(address: string): Promise<boolean> {
  const { Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.workflowService.describeNamespace({ namespace: temporalNamespace });
    return true;
  } finally {
    await connection.close();
  }
}

/**
 * The server looks for a shard's new tasks at most 20 times a second unless told, which is meant for thousands of shards; the
 * development server has one. A workflow whose steps follow one another took 100 ms for each, however quick they were.
 */
const pollsPerSecond = '--dynamic-config-value=history.transferProcessorMaxPollRPS=100';

export function startTemporal(context: StackContext, program: string): Promise<void> {
  const data = join(context.dir, 'temporal');
  const server: Launch<'frontend' | 'ui' | 'http'> = {
    name: 'temporal',
    ports: ['frontend', 'ui', 'http'],
    command: (ports) => ({
      name: 'temporal',
      program,
      args: [
        'server',
        'start-dev',
        '--disable-config-file',
        '--disable-config-env',
        '--ip=127.0.0.1',
        `--port=${ports.frontend}`,
        `--ui-port=${ports.ui}`,
        `--http-port=${ports.http}`,
        `--db-filename=${join(data, 'temporal.db')}`,
        '--sqlite-pragma=journal_mode=WAL',
        `--sqlite-pragma=synchronous=${context.profile === 'test' ? 'OFF' : 'NORMAL'}`,
        '--log-level=warn',
        pollsPerSecond,
      ],
      env: serverEnvironment(data),
      logFile: join(data, 'temporal.log'),
    }),
    answers: (ports) => temporalAnswers(`127.0.0.1:${ports.frontend}`),
  };
  return launch(context, server);
}
