/**
 * From what a replay says of copies to what the ledger has of them: records that are erased again stay in the claim, in pages of
 * their own where others of their page do not; the others wait until their copies lapse.
 */
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RegisterRow } from '../src/ledger/register.ts';
import type { ClaimRow } from '../src/ledger/sweep-claims.ts';
import type { Action, Left } from '../src/ledger/sweep-entries.ts';
import { lookAtCopies, type ReplayVerdict } from '../src/requests/replay.ts';
import { divide, isCovered, type WriteRows } from './sweep-settle.ts';

type ReplayDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now'>;

/** `approved`: what was approved, where it was; nothing else is done under it. */
export async function settleReplay(
  deps: ReplayDeps,
  { since }: Pick<ClaimRow, 'since'>,
  entry: RegisterRow,
  { approved, signal }: { readonly approved?: Action; readonly signal: AbortSignal },
): Promise<WriteRows> {
  if (since === null) throw new HabeasError('internal', { where: 'replay' });
  const { groups, whose } = await lookAtCopies(deps, entry, since, signal);
  const next = groups.map(({ verdict, records }) => ({ next: nextOf(entry, verdict, approved), records }));
  return divide(deps, entry, next, { signal, whose });
}

function nextOf(entry: RegisterRow, verdict: ReplayVerdict, approved: Action | undefined): Left | Action {
  // Looked at again when its copies lapse, or by another replay.
  const left = { lookOn: entry.look_on };
  if (verdict.is === 'newer' || verdict.is === 'kept') return { ...left, code: null };
  if (verdict.is === 'held') return { ...left, code: 'hold-placed' };
  const isApproved = approved === undefined || isCovered(verdict.action, approved);
  return isApproved ? verdict.action : { ...left, code: 'plan-changed' };
}
