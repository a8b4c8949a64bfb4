/**
 * `habeas worker`: runs everything that works on requests until it is stopped. Loaded only when it runs: the Temporal SDK
 * is heavy, and no other command needs it. Ctrl-C or SIGTERM ends it at a chunk's end; what was cut off goes on elsewhere.
 */
import type { Command } from 'commander';
import { readEnvironment } from '../../config/environment.ts';
import { createLogger } from '../../log.ts';
import { systemId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { orLocalDown } from '../open.ts';

export function worker(frame: Frame): Command {
  return frame.leaf<{ readonly systems?: string }>({
    name: 'worker',
    summary: 'Run a worker: the starter, the workflow, the stages of all or some systems, packages, audit anchors.',
    details:
      'Several may run; with --systems each serves a subset, near the systems it reads. Logs go to standard error, one JSON\nline each, ids and codes only (HABEAS_LOG_LEVEL). Ends on Ctrl-C or SIGTERM at the end of a chunk.',
    examples: ['worker', 'worker --systems account-db,billing'],
    options: (command) => command.option('--systems <ids>', 'comma-separated ids of the systems this process serves'),
    run: async (run, { systems }) => {
      const config = run.config();
      const served = systems?.split(',').map((id) => systemId(config, id.trim()));
      const { startWorker } = await import('../../worker.ts');
      const log = createLogger({
        level: readEnvironment(run.io.env).logLevel,
        to: { write: (line) => run.io.err(line) },
      });
      const started = await startWorker({ config, systems: served, log }).catch((error: unknown) => {
        throw orLocalDown(error, config.file);
      });
      const stop = (): void => void started.shutdown().catch(() => undefined);
      process.once('SIGTERM', stop);
      run.io.interrupted.addEventListener('abort', stop, { once: true });
      if (run.io.interrupted.aborted) stop();
      try {
        await started.run;
      } finally {
        process.removeListener('SIGTERM', stop);
      }
      const ids = served ?? config.systems.map(({ id }) => id);
      return { json: { state: 'ended', systems: ids }, text: 'The worker has ended.\n' };
    },
  });
}
