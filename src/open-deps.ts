/**
 * Opens what activities and use-cases are handed, from the configuration: ledger, keys, storage, systems. The one place
 * where they are put together, for the worker, the command line and the local stack alike. Connects lazily, so a caller
 * that needs only the ledger talks to nothing else. Fails with `system-not-configured` for an unknown kind of connector.
 */
import type { Logger } from 'pino';
import type { System } from '../connectors/contract.ts';
import { registry } from '../connectors/registry.ts';
import type { LoadedConfig } from './config/load.ts';
import type { Deps } from './deps.ts';
import { HabeasError } from './errors.ts';
import type { SystemId } from './ids.ts';
import { openLedger } from './ledger/open.ts';
import { openFileKeyStore } from './security/keys.ts';
import { openStorage } from './storage/objects.ts';

export interface OpenInput {
  readonly config: LoadedConfig;
  readonly log: Logger;
  /** Ledger connections at once. */
  readonly connections: number;
}

export function openDeps({ config, log, connections }: OpenInput): Deps {
  // First, because it alone can fail.
  const systems = openSystems(config);
  return {
    config,
    log,
    systems,
    ledger: openLedger(config.ledger.url, { max: connections }),
    keys: openFileKeyStore({ path: config.keys.store.path, master: config.keys.master }),
    storage: openStorage(config.s3),
    now: () => new Date(),
  };
}

export async function closeDeps(deps: Deps): Promise<void> {
  await Promise.allSettled([...deps.systems.values()].map((system) => system.close()));
  deps.storage.close();
  await deps.ledger.close();
}

/** Every configured system, also those whose queues another process serves: a workflow needs to know all of them. */
function openSystems(config: LoadedConfig): ReadonlyMap<SystemId, System> {
  return new Map(
    config.systems.map((system) => {
      const connector = registry.get(system.connector);
      if (connector === undefined) throw new HabeasError('system-not-configured', { where: system.id });
      return [system.id, connector.open(system)];
    }),
  );
}
