/**
 * What activities and use-cases are handed instead of reaching for it: plain objects, made once by the composition roots
 * (src/worker.ts, src/cli) and by tests. Types only: this file must never open, read or start anything, and there is no
 * global to ask. A use-case that needs less takes `Pick<Deps, …>`.
 */
import type { Logger } from 'pino';
import type { System } from '../connectors/contract.ts';
import type { LoadedConfig } from './config/load.ts';
import type { SystemId } from './ids.ts';
import type { Ledger } from './ledger/open.ts';
import type { KeyStore } from './security/keys.ts';
import type { Storage } from './storage/objects.ts';

export interface Deps {
  readonly ledger: Ledger;
  readonly keys: KeyStore;
  readonly storage: Storage;
  readonly config: LoadedConfig;
  /** The opened systems of this process; a worker for a subset holds that subset. */
  readonly systems: ReadonlyMap<SystemId, System>;
  /** The one clock. Law dates and instants of the ledger come from here, never from now() in SQL. */
  readonly now: () => Date;
  readonly log: Logger;
}
