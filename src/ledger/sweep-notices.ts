/**
 * Notices to recipients (Art. 19) of what the retention sweep erased: a row a batch and recipient, because a batch is what people know of
 * it. What is erased after somebody was told is another row. Configured words, counts and days; what was said stands on the batch's
 * chain. While one is not settled the pages of the batch's entries live (sweep-pages.ts), so that whoever tells can name the records.
 */
import { type Selectable, sql } from 'kysely';
import type { ClaimId, DecisionId, PersonId } from '../ids.ts';
import { isSettled, type Notice, type NoticeAnswer } from '../policy/notices.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { SweepNoticesTable } from './schema.ts';

export type SweepNoticeRow = Selectable<SweepNoticesTable>;

export interface OfBatch {
  readonly claimId: ClaimId;
  readonly at: Date;
  /** When it should be done. */
  readonly dueOn: string;
}

/** Adds to the notice that nobody was told of yet, or opens the next. In the caller's transaction, which holds the batch. */
export async function addSweepNotice(trx: LedgerTransaction, of: OfBatch, notice: Notice): Promise<void> {
  const { claimId, at, dueOn } = of;
  const { recipient, name, kind, records, isCovered } = notice;
  const state = isCovered ? ('covered' as const) : ('open' as const);
  const known = (await sweepNoticesOf(trx, claimId)).filter((one) => one.recipient === recipient);
  const growing = known.find((one) => one.state === state && one.kind === kind);
  if (growing !== undefined) {
    await ofNotice(trx, growing)
      .set((it) => ({ records: it('records', '+', records) }))
      .execute();
    return;
  }
  const no = Math.max(0, ...known.map((one) => one.no)) + 1;
  await trx
    .insertInto('sweep_notices')
    .values({
      ...{ claim_id: claimId, recipient, no, name, kind, state, records, opened_at: at, due_on: dueOn },
      ...{ told_on: null, told_at: null, settled_at: isCovered ? at : null },
    })
    .execute();
  await appendAudit(trx, { requestId: claimId, kind: 'notice', body: { recipient, no, role: kind, state }, at });
}

export function sweepNoticesOf(db: LedgerReader, claimId: ClaimId): Promise<SweepNoticeRow[]> {
  return db
    .selectFrom('sweep_notices')
    .selectAll()
    .where('claim_id', '=', claimId)
    .orderBy('recipient')
    .orderBy('no')
    .execute();
}

/** Recipients who have not been told, or have not confirmed, the earliest due first. */
export function unsettledSweepNotices(db: LedgerReader): Promise<SweepNoticeRow[]> {
  return db
    .selectFrom('sweep_notices')
    .selectAll()
    .where('settled_at', 'is', null)
    .orderBy('due_on')
    .orderBy('claim_id')
    .orderBy('recipient')
    .execute();
}

/** What a person said of one, in their transaction; whether it is settled with that. */
export async function noteSweepTold(
  trx: LedgerTransaction,
  row: SweepNoticeRow,
  said: {
    readonly state: NoticeAnswer;
    readonly on: string | null;
    readonly by: PersonId;
    readonly decisionId: DecisionId;
    readonly at: Date;
  },
): Promise<boolean> {
  const { state, on, at } = said;
  const settled = isSettled(row.kind, state);
  await ofNotice(trx, row)
    // When it was first told stays when it confirms.
    .set({ state, told_at: at, told_on: row.told_on ?? on, settled_at: settled ? at : null })
    .execute();
  const body = { recipient: row.recipient, no: row.no, role: row.kind, state, on, records: row.records };
  await appendAudit(trx, {
    ...{ requestId: row.claim_id, kind: 'notice', at },
    body: { ...body, person: said.by, decision: said.decisionId },
  });
  return settled;
}

const ofNotice = (trx: LedgerTransaction, row: SweepNoticeRow) =>
  trx
    .updateTable('sweep_notices')
    .where('claim_id', '=', row.claim_id)
    .where('recipient', '=', row.recipient)
    .where('no', '=', row.no);

/** Whether somebody is still to be told of what a batch erased: for `claim`, a column that names it. */
export const isUntold = (claim: string) =>
  sql<boolean>`exists (select from sweep_notices n where n.claim_id = ${sql.ref(claim)} and n.settled_at is null)`;
