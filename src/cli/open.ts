/**
 * The composition root of one command: opens ledger, keys, storage and systems from the configuration, hands them to the
 * work and closes them again, also when it fails. Everything connects lazily, so a command that needs only the ledger
 * talks to nothing else.
 */
import { readEnvironment } from '../config/environment.ts';
import { isLocalStack } from '../config/find.ts';
import type { Deps } from '../deps.ts';
import { codeOf, type ErrorCode, HabeasError } from '../errors.ts';
import { assertLedgerCurrent } from '../ledger/migrate.ts';
import { createLogger } from '../log.ts';
import type { Run } from './frame.ts';

/** Runs `work` with everything opened. `unchecked`: also on a ledger that was not migrated (to say so). */
export async function withDeps<T>(
  run: Run,
  work: (deps: Deps) => Promise<T>,
  options: { readonly unchecked?: boolean } = {},
): Promise<T> {
  // The object storage's client is slow to load; help and mistakes in the command line do not wait for it.
  const { closeDeps, openDeps } = await import('../open-deps.ts');
  const log = createLogger({ level: readEnvironment(run.io.env).logLevel, to: { write: (line) => run.io.err(line) } });
  const config = run.config();
  const deps = openDeps({ config, log, connections: 4 });
  try {
    if (options.unchecked !== true) await assertLedgerCurrent(deps.ledger.db);
    return await work(deps);
  } catch (error) {
    throw orLocalDown(error, config.file);
  } finally {
    await closeDeps(deps);
  }
}

const unreachable: readonly ErrorCode[] = ['ledger-unreachable', 'temporal-unreachable', 'storage-unreachable'];

/** Nobody brings back one server of a local stack: all are started together. */
export function orLocalDown(error: unknown, configFile: string): unknown {
  const isDown = unreachable.includes(codeOf(error)) && isLocalStack(configFile);
  return isDown ? new HabeasError('local-down', { cause: error }) : error;
}
