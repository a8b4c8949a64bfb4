/** The stage that hands a package over (src/package/deliver.ts). The address never leaves it. */
import type { Deps } from '../src/deps.ts';
import { deliverPackage } from '../src/package/deliver.ts';
import type { ClosingStages } from '../workflows/stages.ts';
import { runActivity } from './stage.ts';

export function deliverStage(
  deps: Pick<Deps, 'ledger' | 'keys' | 'storage' | 'config' | 'now' | 'log'>,
): ClosingStages['deliver'] {
  return ({ requestId, packageId }) =>
    runActivity(deps, { requestId }, (run) => deliverPackage({ deps, requestId, packageId, signal: run.signal }));
}
