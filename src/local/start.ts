/**
 * The main job of `npm start`: brings the local stack and the sample installation up, runs a worker, opens one access
 * request for the sample customer, shows its progress and where the package lies, then two erasures, and stays up until
 * Ctrl-C, which stops the servers once and cleanly; the data is there again at the next start. `--once` ends after the
 * sample requests; with `--json` the last line on standard output is one JSON object. Progress goes to standard error. Exit
 * code 0 when the requests ended as they should (or after Ctrl-C of a stack that stayed), 1 when they did not.
 */
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { destination } from 'pino';
import { registry } from '../../connectors/registry.ts';
import { loadConfig } from '../config/load.ts';
import type { Deps } from '../deps.ts';
import { codeOf, HabeasError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { closeDeps, openDeps } from '../open-deps.ts';
import { fromRoot } from '../root.ts';
import { startWorker } from '../worker.ts';
import { type Installation, prepareInstallation } from './installation.ts';
import { isComplete, type SampleOutcome, sampleRun } from './sample-run.ts';
import { type LocalStack, localUp } from './stack.ts';

const usage = `npm start -- [--once] [--json]

Sets up and starts the local stack (real Temporal, PostgreSQL and S3), loads the sample company, runs one access request and, once per
installation, two erasures.

  --once   end after the sample requests
  --json   print one JSON object as the last line of standard output

Examples:
  npm start
  npm start -- --once --json | tail -n 1
`;

interface Options {
  readonly once: boolean;
  readonly json: boolean;
}

/** A worker that cannot end in time (a server is gone) must not keep the stack up; what it did is in the ledger. */
const shutdownMs = 20_000;

const say = (line: string): void => console.error(line);

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) {
    console.log(usage);
    return 0;
  }
  // Listening from the beginning: a Ctrl-C during the start is acted on when there is something to stop.
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
  const stack = await localUp({ dir: fromRoot('.habeas', 'start'), log: say });
  try {
    return await withStack(stack, options, interrupt.signal);
  } finally {
    say('stopping; the data stays');
    await stack.stop();
  }
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values.help ? undefined : values;
  } catch (cause) {
    throw new HabeasError('usage', { where: 'npm start -- --help', cause });
  }
}

async function withStack(stack: LocalStack, options: Options, interrupted: AbortSignal): Promise<number> {
  const installation = await prepareInstallation(stack, say);
  const config = loadConfig({ path: installation.configPath, connectors: registry });
  const log = createLogger({ to: destination({ dest: join(stack.dir, 'worker.log'), sync: true, mode: 0o600 }) });
  say('starting the worker');
  const worker = await startWorker({ config, log });
  try {
    const deps = openDeps({ config, log, connections: 4 });
    const outcome = await sample(stack, installation, deps, interrupted).finally(() => closeDeps(deps));
    if (outcome === undefined) return 1;
    if (options.json) console.log(JSON.stringify(outcome));
    if (options.once) return isComplete(outcome) ? 0 : 1;
    showAddresses(stack, installation.configPath);
    await Promise.race([ended(interrupted), worker.run]);
    return 0;
  } finally {
    await Promise.race([worker.shutdown(), pause(shutdownMs, undefined, { ref: false })]);
  }
}

/** The sample request's outcome; undefined after Ctrl-C. */
async function sample(
  stack: LocalStack,
  installation: Installation,
  deps: Deps,
  signal: AbortSignal,
): Promise<SampleOutcome | undefined> {
  try {
    return await sampleRun({ deps, dir: stack.dir, installation, say, signal });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

function showAddresses(stack: LocalStack, configPath: string): void {
  say(`
The stack stays up until Ctrl-C:
  Temporal UI    ${stack.temporal.uiUrl}
  Temporal       ${stack.temporal.address}
  PostgreSQL     ${new URL(stack.postgres.url).host} (databases habeas, account_db)
  S3             ${stack.s3.endpoint}
  Stripe         ${stack.stripe.url} (a stand-in of ours)
  Zendesk        ${stack.zendesk.url} (a stand-in of ours)
  Mails          ${relative(process.cwd(), stack.smtp.mailDir)}
  Configuration  ${relative(process.cwd(), configPath)}
  Worker's log   ${relative(process.cwd(), join(stack.dir, 'worker.log'))}

In another terminal:
  npx habeas requests list
  npx habeas tasks list
  npx habeas requests new --help`);
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

// Ends the process whatever is still open: everything that had to be closed has been.
try {
  process.exit(await main());
} catch (error) {
  say(error instanceof Error ? error.message : 'failed');
  if (error instanceof HabeasError) say(`What to do: ${error.todo}`);
  say(`Code: ${codeOf(error)}`);
  process.exit(1);
}
