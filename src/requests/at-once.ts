/**
 * What happens in the very transaction that stores a request for a right, before any system is asked and before the identity is
 * verified: sending for direct marketing stops (Arts 7(3), 21(3): whoever owns an address may silence it, and nothing is given or
 * erased by that), and processing counts as restricted from now on where the right says so (Art. 18(1)).
 */
import type { Deps } from '../deps.ts';
import type { RequestId } from '../ids.ts';
import type { LedgerTransaction } from '../ledger/open.ts';
import { setRestriction } from '../ledger/restrictions.ts';
import { addSuppressions } from '../ledger/suppressions.ts';
import type { AskedRight } from './asked.ts';
import type { GivenIdentifiers } from './identifiers.ts';
import { civilToday } from './today.ts';

export async function takeAtOnce(
  deps: Pick<Deps, 'keys' | 'config'>,
  trx: LedgerTransaction,
  of: {
    readonly requestId: RequestId;
    readonly asked: AskedRight;
    readonly given: { readonly identifiers: GivenIdentifiers };
    readonly at: Date;
  },
): Promise<void> {
  const { requestId, asked, at } = of;
  const today = civilToday(at, deps.config.controller.timeZone);
  const addresses = (of.given.identifiers.email ?? []).map((address) => address.trim());
  if (asked.suppresses)
    await addSuppressions(trx, deps.keys, addresses, {
      ...{ purpose: 'marketing', requestId, right: asked.right, madeOn: today, at },
    });
  if (asked.restricts !== null) await setRestriction(trx, { requestId, ground: asked.restricts, setOn: today, at });
}
