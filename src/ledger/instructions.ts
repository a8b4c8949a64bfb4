/**
 * Customers' instructions: what each says beside its request, which has the same id. A row is written once with the request and
 * never changes. Ids, dates, words and hashes; the mandate itself is a sealed blob.
 */
import type { Insertable, Selectable } from 'kysely';
import type { RequestId } from '../ids.ts';
import { parseCivilDate } from '../policy/clock/index.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { InstructionsTable } from './schema.ts';

export type InstructionRow = Selectable<InstructionsTable>;

export async function addInstruction(trx: LedgerTransaction, row: Insertable<InstructionsTable>): Promise<void> {
  await trx.insertInto('instructions').values(row).execute();
}

/** Undefined where the request is a person's. */
export function instructionOf(db: LedgerReader, requestId: RequestId): Promise<InstructionRow | undefined> {
  return db.selectFrom('instructions').selectAll().where('request_id', '=', requestId).executeTakeFirst();
}

/** What the end of the window, in which the customer may retrieve its export, is computed from. */
export function retrievalOf(row: Pick<InstructionRow, 'transition_ends_on' | 'retrieval_days'>) {
  return {
    transitionEnds: parseCivilDate(row.transition_ends_on, 'transitionEnds'),
    retrievalDays: row.retrieval_days,
  };
}
