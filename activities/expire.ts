/** The hourly deletion of packages whose time has come (src/package/expire.ts). */
import type { Deps } from '../src/deps.ts';
import { expirePackages } from '../src/package/expire.ts';
import type { ExpiryStages } from '../workflows/stages.ts';
import { runActivity } from './stage.ts';

export function expiryStage(
  deps: Pick<Deps, 'ledger' | 'storage' | 'config' | 'now' | 'log'>,
): ExpiryStages['expirePackages'] {
  return () =>
    runActivity(deps, {}, (run) => expirePackages(deps, { signal: run.signal, progress: () => run.progress() }));
}
