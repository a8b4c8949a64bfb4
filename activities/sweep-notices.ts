/**
 * Who received what a batch of the sweep erased is to be told of it (Art. 19), by the data map and the configuration of the day on which
 * it went: noted with the booking, so that neither is without the other. Nothing is known of the person any more, and nothing of them
 * is noted: which records it were is in the entries' pages, which live until every recipient was told (src/ledger/sweep-notices.ts).
 */
import type { System } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import type { RegisterRow } from '../src/ledger/register.ts';
import { addSweepNotice, type OfBatch } from '../src/ledger/sweep-notices.ts';
import { addDays } from '../src/policy/clock/index.ts';
import { noticesFor, tellWithinDays } from '../src/policy/notices.ts';
import { sweepDay } from '../src/requests/sweep.ts';

/** Fails with `stream-changed` where the data map knows the collection no more: only it knows who received it. */
export async function noteRecipients(
  deps: Pick<Deps, 'config' | 'now'>,
  trx: LedgerTransaction,
  swept: { readonly entry: RegisterRow; readonly system: System; readonly count: number; readonly at: Date },
): Promise<void> {
  const { entry, system, count, at } = swept;
  const { collection, system_id: systemId, claim_id: claimId } = entry;
  if (count === 0 || claimId === null) return;
  const described = system.collections.find((one) => one.collection === collection);
  if (described === undefined) throw new HabeasError('stream-changed', { where: collection });
  const changed = { right: 'erasure' as const, systemId, collection, count, recipients: described.recipients };
  const of: OfBatch = { claimId, at, dueOn: addDays(sweepDay(deps), tellWithinDays) };
  for (const notice of noticesFor([changed], deps.config.recipients ?? [])) await addSweepNotice(trx, of, notice);
}
