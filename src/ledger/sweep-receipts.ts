/**
 * Receipts of batches of the sweep. They say nothing of a person, so that they lie open and live as long as the batch's audit chain, and
 * whatever becomes of a case file. Which batches need one is asked every minute.
 */
import { type Insertable, type Selectable, sql } from 'kysely';
import type { ClaimId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { SweepReceiptsTable } from './schema.ts';

export type SweepReceiptRow = Selectable<SweepReceiptsTable>;

export function lastSweepReceipt(db: LedgerReader, claimId: ClaimId): Promise<SweepReceiptRow | undefined> {
  return db
    .selectFrom('sweep_receipts')
    .selectAll()
    .where('claim_id', '=', claimId)
    .orderBy('no', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Stores one; its hash stands on the batch's chain. */
export async function putSweepReceipt(
  trx: LedgerTransaction,
  row: Insertable<SweepReceiptsTable>,
  keyId: string,
): Promise<void> {
  await trx.insertInto('sweep_receipts').values(row).execute();
  const body = { no: row.no, receipt: row.sha256, key: keyId, state: row.state };
  await appendAudit(trx, { requestId: row.claim_id, kind: 'receipt-issued', body, at: row.made_at });
}

/**
 * Batches past `after` that have ended and of which no receipt tells, or of whose recipients somebody has said something since the last
 * one. One that ended before lines were written of it has none and can have no receipt.
 */
export async function dueSweepReceipts(
  db: LedgerReader,
  after: ClaimId | '',
  limit: number,
): Promise<readonly ClaimId[]> {
  const { rows } = await sql<{ id: ClaimId }>`
    select c.id from sweep_claims c
    left join lateral (
      select max(r.made_at) as made_at from sweep_receipts r where r.claim_id = c.id and r.state = c.state) last on true
    where c.ended_at is not null and c.id > ${after}
      and (last.made_at is null
        or exists (select from sweep_notices n where n.claim_id = c.id and n.told_at >= last.made_at))
      and exists (select from sweep_lines l where l.claim_id = c.id)
    order by c.id limit ${limit}
  `.execute(db);
  return rows.map(({ id }) => id);
}
