/**
 * Everything that stands against erasing for a request: what people placed, open requests for access of the same person, and
 * restrictions that stand because the same person exercised another right.
 * The one list that `mayErase` is asked with, in the plan, at the point of no return, in the sweep and after a restore.
 */
import type { Deps } from '../deps.ts';
import type { RequestId, SystemId } from '../ids.ts';
import { type ActiveHold, activeHolds } from '../ledger/holds.ts';
import { asHold } from '../ledger/links.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { restrictionAsHold, standingRestrictions } from '../ledger/restrictions.ts';
import { holdingAccess } from './linked.ts';

/** Ends only when a person says so: placed by one, or a restriction that is to be lifted. Open access ends by itself. */
export const isPlaced = ({ kind, owner }: ActiveHold): boolean => kind !== 'open-access' || owner !== null;

export type HoldsDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>;

export async function standingHolds(
  deps: HoldsDeps,
  about: { readonly requestId: RequestId; readonly systemIds: readonly SystemId[] },
  db: LedgerReader = deps.ledger.db,
): Promise<readonly ActiveHold[]> {
  const access = await holdingAccess(deps, about.requestId, db);
  const placed = await activeHolds(db, deps.keys, about);
  const restricted = await standingRestrictions(db, about.requestId);
  return [
    ...placed,
    ...access.map((one) => asHold(about.requestId, one)),
    ...restricted.map((one) => restrictionAsHold(about.requestId, one)),
  ];
}
