/**
 * The end of the work on a right that acts, before its request may close: a dispute was decided, an upheld objection or one that
 * reached nothing leaves nothing to lift, and any other restriction waits until the person was told. The books are checked here,
 * so that a restriction never stands on books that do not balance. Idempotent; one transaction of the caller's.
 */
import { sql } from 'kysely';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId } from '../src/ids.ts';
import { actingRightOf, answeredRight, isMarked } from '../src/ledger/deeds.ts';
import { lockRequest } from '../src/ledger/lanes.ts';
import type { LedgerReader, LedgerTransaction } from '../src/ledger/open.ts';
import { endRestriction, restrictionDecided, restrictionOf } from '../src/ledger/restrictions.ts';
import type { ActingRight } from '../src/ledger/states.ts';
import { civilToday } from '../src/requests/today.ts';

export async function settleRight(
  deps: Pick<Deps, 'config' | 'now'>,
  trx: LedgerTransaction,
  requestId: RequestId,
): Promise<{ readonly restricted: boolean; readonly lifting: boolean }> {
  await lockRequest(trx, requestId, 'alone');
  await sql`select habeas_check_books(id, identity, false) from requests where id = ${requestId}`.execute(trx);
  const right = await rightAsked(trx, requestId);
  const row = await restrictionOf(trx, requestId);
  if (row === undefined) return { restricted: false, lifting: false };
  if (row.ended_on !== null)
    return { restricted: false, lifting: row.ended_why === 'told' && (await isMarked(trx, requestId)) };
  const at = deps.now();
  const on = civilToday(at, deps.config.controller.timeZone);
  if (right === 'restriction') return { restricted: true, lifting: false };
  const answer = await answeredRight(trx, requestId);
  // Nothing waited for anybody's word; and what the person objected to is not taken up again.
  if (answer === null || answer === 'uphold') {
    await endRestriction(trx, { requestId, on, at, why: answer === null ? 'nothing-reached' : 'upheld' });
    return { restricted: false, lifting: false };
  }
  await restrictionDecided(trx, requestId, on);
  return { restricted: true, lifting: false };
}

/** The one right of a request that acts. */
export async function rightAsked(db: LedgerReader, requestId: RequestId): Promise<ActingRight> {
  const asked = await actingRightOf(db, requestId);
  if (asked === undefined) throw new HabeasError('internal', { where: 'right' });
  return asked.right;
}
