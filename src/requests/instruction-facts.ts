/**
 * What receipts and pages state of a customer's instruction, from rows alone: nothing sealed is opened. Ids, words, dates and
 * hashes.
 */
import type { LoadedConfig } from '../config/load.ts';
import { type InstructionRow, retrievalOf } from '../ledger/instructions.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { packagesOf } from '../ledger/packages.ts';
import { erasableFrom } from '../policy/instructions/index.ts';
import { civilToday } from './today.ts';

/** What the review of a mandate has come to, by the identity of its request. */
export const mandateStates = { unverified: 'to-review', verified: 'accepted', unverifiable: 'refused' } as const;

/** The instruction, its mandate and its dates. */
export async function instructionFacts(
  db: LedgerReader,
  { controller }: Pick<LoadedConfig, 'controller'>,
  row: InstructionRow,
) {
  const request = await db
    .selectFrom('requests')
    .select(['created_by', 'identity', 'identity_by', 'erasure_from'])
    .where('id', '=', row.request_id)
    .executeTakeFirstOrThrow();
  return {
    act: row.act,
    mandate: {
      state: mandateStates[request.identity],
      sha256: row.mandate_sha256,
      openedBy: request.created_by,
      reviewedBy: request.identity_by,
    },
    noticeEndsOn: row.notice_ends_on,
    transitionEndsOn: row.transition_ends_on,
    retrievalDays: row.retrieval_days,
    /** The first day after the window; null while the export has not reached the customer. */
    erasableFrom: request.erasure_from ?? (await windowEndOf(db, controller.timeZone, row)),
  };
}

/** The first day on which may be erased; null while nothing was delivered. */
export async function windowEndOf(db: LedgerReader, timeZone: string, row: InstructionRow): Promise<string | null> {
  const delivered = (await packagesOf(db, row.request_id)).flatMap((one) => one.delivered_at ?? []);
  const last = delivered.sort((a, b) => a.getTime() - b.getTime()).at(-1);
  if (last === undefined) return null;
  return erasableFrom(retrievalOf(row), civilToday(last, timeZone));
}
