/**
 * Whoever objects to marketing or withdraws consent is not written to at any of their addresses: those that a system taught are
 * added to the suppression list too, where they are theirs now and theirs alone. Adding twice changes nothing.
 */
import type { Deps } from '../src/deps.ts';
import type { RequestId } from '../src/ids.ts';
import { actingRightOf } from '../src/ledger/deeds.ts';
import { ensureHashKey } from '../src/ledger/keyed-hashes.ts';
import { addSuppressions } from '../src/ledger/suppressions.ts';
import { civilToday } from '../src/requests/today.ts';
import { allIdentifiers, loadKnown } from './located.ts';

export async function suppressLearnt(
  deps: Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>,
  requestId: RequestId,
): Promise<void> {
  const { db } = deps.ledger;
  const asked = await actingRightOf(db, requestId);
  if (asked?.right !== 'objection' && asked?.right !== 'consent-withdrawal') return;
  const theirs = allIdentifiers(await loadKnown(deps, requestId)).filter(
    ({ kind, to, exclusivity }) => kind === 'email' && to === undefined && exclusivity !== 'shared',
  );
  const at = deps.now();
  await ensureHashKey(db, deps.keys, at, 'suppression');
  const madeOn = civilToday(at, deps.config.controller.timeZone);
  await db.transaction().execute((trx) =>
    addSuppressions(
      trx,
      deps.keys,
      theirs.map(({ value }) => value),
      { purpose: 'marketing', requestId, right: asked.right, madeOn, at },
    ),
  );
}
