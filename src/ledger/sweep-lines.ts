/**
 * What a batch of the sweep came to: a line for every entry, or part of one, that left it in some way, written in the transaction in
 * which it did. Lines never change, and add up to what the batch was made of. Ids, classes, laws, counts, days and codes only.
 */
import { type Selectable, sql } from 'kysely';
import type { ErrorCode } from '../errors.ts';
import type { ClaimId } from '../ids.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RegisterRow } from './register.ts';
import type { SweepLinesTable } from './schema.ts';
import type { SweepLineKind } from './states.ts';

export type SweepLineRow = Selectable<SweepLinesTable>;

/** What was done to records and read back. */
export interface ReadBack {
  readonly erased: number;
  readonly anonymised: number;
  readonly absent: number;
  /** Of the absent: another person's when their turn came, and left alone. */
  readonly changedHands: number;
  /** Of the anonymised: a history of the system still tells what was there. */
  readonly historyRemains: number;
}

export interface Line {
  readonly what: SweepLineKind;
  readonly records: number;
  readonly became?: ReadBack;
  /** Why it was left. */
  readonly code?: ErrorCode | null;
  /** What keeps it from now on, and the first day on which it may go. */
  readonly next?: { readonly by: string | null; readonly on: string | null };
  readonly to?: ClaimId;
}

/** Writes a line for an entry as it is in its claim; nothing where it is in none. */
export async function addLine(trx: LedgerTransaction, entry: RegisterRow, line: Line, at: Date): Promise<void> {
  if (entry.claim_id === null || line.records === 0) return;
  const { erased = 0, anonymised = 0, absent = 0, changedHands = 0, historyRemains = 0 } = line.became ?? {};
  await trx
    .insertInto('sweep_lines')
    .values({
      ...{ claim_id: entry.claim_id, entry_id: entry.id, what: line.what, record_class: entry.record_class },
      ...{ kept_by: entry.kept_by, due_on: entry.due_on, records: line.records },
      ...{ erased, anonymised, absent, history_remains: historyRemains, changed_hands: changedHands },
      ...{ code: line.code ?? null, next_by: line.next?.by ?? null, next_on: line.next?.on ?? null },
      ...{ to_claim: line.to ?? null, at },
    })
    .execute();
}

/** Lines that say the same, as one: how many entries and records. In a fixed order. */
export async function linesOf(db: LedgerReader, claimId: ClaimId) {
  const alike = ['what', 'record_class', 'kept_by', 'due_on', 'code', 'next_by', 'next_on', 'to_claim'] as const;
  const rows = await db
    .selectFrom('sweep_lines')
    .select(alike)
    .select((it) => [
      sql<number>`count(distinct entry_id)`.as('entries'),
      it.fn.sum<number>('records').as('records'),
      it.fn.sum<number>('erased').as('erased'),
      it.fn.sum<number>('anonymised').as('anonymised'),
      it.fn.sum<number>('absent').as('absent'),
      it.fn.sum<number>('history_remains').as('historyRemains'),
      it.fn.sum<number>('changed_hands').as('changedHands'),
    ])
    .where('claim_id', '=', claimId)
    .groupBy([...alike])
    .orderBy('what')
    .orderBy('record_class')
    .orderBy('due_on')
    .orderBy('next_on')
    .orderBy('code')
    .orderBy('kept_by')
    .orderBy('next_by')
    .orderBy('to_claim')
    .execute();
  const counts = ['entries', 'records', 'erased', 'anonymised', 'absent', 'historyRemains', 'changedHands'] as const;
  return rows.map((row) => ({ ...row, ...numbers(row, counts) }));
}
export type BatchLine = Awaited<ReturnType<typeof linesOf>>[number];

function numbers<K extends string>(row: Readonly<Record<K, number>>, names: readonly K[]): Record<K, number> {
  const found = {} as Record<K, number>;
  for (const name of names) found[name] = Number(row[name]);
  return found;
}
