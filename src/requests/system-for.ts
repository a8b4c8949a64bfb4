/**
 * A system as a request is about it: of a person as it is, of a customer's instruction as one that is asked about a whole
 * workspace (connectors/workspace-view.ts). The one place that decides which.
 */
import type { System } from '../../connectors/contract.ts';
import { asWorkspace } from '../../connectors/workspace-view.ts';
import type { Deps } from '../deps.ts';
import type { RequestId, SystemId } from '../ids.ts';
import { instructionOf } from '../ledger/instructions.ts';
import type { LedgerReader } from '../ledger/open.ts';

/** Undefined where it is not configured. */
export async function systemFor(
  deps: Pick<Deps, 'ledger' | 'systems'>,
  requestId: RequestId,
  systemId: SystemId,
  db: LedgerReader = deps.ledger.db,
): Promise<System | undefined> {
  return (await systemsFor(deps, db, requestId))(systemId);
}

/** For callers that look at every system of a request. */
export async function systemsFor(
  { systems }: Pick<Deps, 'systems'>,
  db: LedgerReader,
  requestId: RequestId,
): Promise<(systemId: SystemId) => System | undefined> {
  const instruction = await instructionOf(db, requestId);
  return (systemId) => {
    const system = systems.get(systemId);
    return system === undefined || instruction === undefined ? system : asWorkspace(system);
  };
}
