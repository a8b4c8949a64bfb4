/**
 * Whether what was kept by hand may be erased now: nothing that a person placed stands against it, and nobody waits for access to it or
 * for a copy. The request that kept it may be long over and linked to no other any more, so that requests of the same person are also
 * looked for by what the entry's page names them by.
 */
import type { Deps } from '../deps.ts';
import type { ErrorCode } from '../errors.ts';
import type { RegisterRow } from '../ledger/register.ts';
import { lookupValues } from '../security/keyed-hash.ts';
import { type SoughtBy, soughtBy } from './kept-pages.ts';
import { accessSoughtBy } from './linked.ts';
import { type HoldsDeps, isPlaced, standingHolds } from './standing-holds.ts';

/** `hold-placed` or `request-open`; undefined: it may be erased. With by what the person is looked for. */
export async function keptBecause(
  deps: HoldsDeps & Pick<Deps, 'storage'>,
  entry: RegisterRow,
): Promise<{ readonly code: ErrorCode | undefined; readonly identifiers: readonly SoughtBy[] }> {
  const { request_id: requestId, system_id: systemId } = entry;
  const holds = await standingHolds(deps, { requestId, systemIds: [systemId] });
  const identifiers = await soughtBy(deps, entry);
  if (holds.some(isPlaced)) return { code: 'hold-placed', identifiers };
  const isSought = holds.length > 0 || (await accessSoughtBy(deps, requestId, lookupValues(identifiers))).length > 0;
  return { code: isSought ? 'request-open' : undefined, identifiers };
}
