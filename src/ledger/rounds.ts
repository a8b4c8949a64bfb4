/**
 * Read rounds: one reading of one system for one right. A new round supersedes the earlier ones of the same right and pass, and
 * those of earlier passes that nobody prepared (a system that was left open and comes back in a later pass): their streams, chunks
 * and counts no longer count; trying again after a failure goes on in the same round. Fails with `stage-superseded` in a round that a
 * person answered by hand.
 */
import type { Unreadable } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import type { LedgerTransaction } from './open.ts';
import type { Right } from './states.ts';

export interface RoundKey {
  readonly requestId: RequestId;
  readonly systemId: SystemId;
  readonly round: number;
}

/** Begins a round (true), or goes on with it (false). */
export async function beginRound(
  trx: LedgerTransaction,
  key: RoundKey,
  at: Date,
  of: { readonly right: Right; readonly pass: number } = { right: 'access', pass: 0 },
): Promise<boolean> {
  const inserted = await trx
    .insertInto('rounds')
    .values({
      ...{ request_id: key.requestId, system_id: key.systemId, round: key.round, started_at: at, superseded: false },
      ...of,
    })
    .onConflict((row) => row.columns(['request_id', 'system_id', 'round']).doNothing())
    .returning('round')
    .executeTakeFirst();
  if (inserted === undefined) await refuseByHand(trx, key);
  await trx
    .updateTable('rounds')
    .set({ superseded: true })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '<', key.round)
    .where('right', '=', of.right)
    .where((it) => it.or([it('pass', '=', of.pass), it.and([it('pass', '<', of.pass), it('prepared_at', 'is', null)])]))
    .where('superseded', '=', false)
    .execute();
  return inserted !== undefined;
}

/** Whoever answered by hand was quicker: records that were read must not mix with counts that were attested. */
async function refuseByHand(trx: LedgerTransaction, key: RoundKey): Promise<void> {
  const byHand = await trx
    .selectFrom('rounds')
    .select('round')
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('by_hand', '=', true)
    .executeTakeFirst();
  if (byHand !== undefined) throw new HabeasError('stage-superseded', { where: key.systemId });
}

/** The system was read to its end, but for what could not be read. */
export async function finishRound(
  trx: LedgerTransaction,
  key: RoundKey,
  at: Date,
  unreadable: Unreadable = { records: 0, objects: 0 },
): Promise<void> {
  await trx
    .updateTable('rounds')
    .set({ finished_at: at, unreadable_records: unreadable.records, unreadable_objects: unreadable.objects })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('finished_at', 'is', null)
    .execute();
}
