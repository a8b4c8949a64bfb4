/**
 * The SDK's own log lines, through our logger: a level and ids, never its sentences, which may quote errors. Installed
 * once per process, before the first connection of a worker.
 */
import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';

let isInstalled = false;
/** What a worker for one system is meant to be, and failures that the stage has logged itself. */
const expected = /^(?:No workflows registered|Activity failed|Local activity failed)/;

export function installRuntime(log: Logger): void {
  if (isInstalled) return;
  isInstalled = true;
  const write = (level: 'warn' | 'error', message: string, meta: unknown) => {
    if (expected.test(message)) return;
    const fields = typeof meta === 'object' && meta !== null ? { ...meta } : {};
    // Workflow id, run id, activity type, queue: the logger lets only known names and shapes through.
    const error = 'error' in fields ? { err: fields.error } : {};
    log[level]({ ...fields, ...error }, level === 'warn' ? 'temporal-warning' : 'temporal-error');
  };
  Runtime.install({
    logger: {
      log: (level, message, meta) => {
        if (level === 'WARN') write('warn', message, meta);
        if (level === 'ERROR') write('error', message, meta);
      },
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: (message, meta) => write('warn', message, meta),
      error: (message, meta) => write('error', message, meta),
    },
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
    // The command line decides when a worker ends (SIGINT, SIGTERM).
    shutdownSignals: [],
  });
}
