/**
 * Whether work by hand that somebody was asked for must rest now, though nothing stood against it when it was asked: a hold came since,
 * or the same person asks for access to what was kept. The task says so, and nobody is written to about it. The answer itself refuses
 * under the same words.
 */
import type { Deps } from '../deps.ts';
import type { ErrorCode } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import { askedEntries } from '../ledger/hand-entries.ts';
import type { TaskRow } from './answer.ts';
import { keptBecause } from './kept-free.ts';
import { type HoldsDeps, isPlaced, standingHolds } from './standing-holds.ts';

/** `hold-placed` or `request-open`; null: it may be done. Of open tasks only. */
export async function workHeld(
  deps: HoldsDeps & Pick<Deps, 'storage'>,
  task: Pick<TaskRow, 'id' | 'kind' | 'code' | 'right'> & {
    readonly requestId: RequestId;
    readonly systemId: SystemId | null;
  },
): Promise<ErrorCode | null> {
  const { requestId, systemId } = task;
  if (task.kind !== 'manual' || task.right !== 'erasure' || systemId === null) return null;
  if (task.code === 'kept-due') {
    const [entry] = await askedEntries(deps.ledger.db, task.id);
    return entry === undefined ? null : ((await keptBecause(deps, entry)).code ?? null);
  }
  const holds = await standingHolds(deps, { requestId, systemIds: [systemId] });
  return holds.some(isPlaced) ? 'hold-placed' : null;
}
