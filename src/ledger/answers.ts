/**
 * The answers that letters give, in the ledger: since when one lies ready, and when and how it reached the person. Written twice,
 * before and after sending, so that a crash in between shows and the same letter goes once more, never none. Ids, dates and
 * codes only; a letter itself is never stored.
 */
import type { RequestId } from '../ids.ts';
import { answeredByLetter, type PersonsRight } from '../policy/answers.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { AnswerWay, Right } from './states.ts';

/** A right that a letter answers, and how far its answer is. */
export interface LetterRight {
  readonly right: PersonsRight;
  readonly readyAt: Date | null;
  readonly answeredAt: Date | null;
  /** Nobody can be reached: a person has said so. */
  readonly isUnreachable: boolean;
}

/** What came of a right's answer: `answered` and `refused` reached the person, `not-reachable` reached nobody. */
const outcomes = ['answered', 'refused', 'not-reachable'] as const;
type AnswerOutcome = (typeof outcomes)[number];

/** Of a refused request every right, else those that no package answers. */
export async function letterRights(
  db: LedgerReader,
  { requestId, isRefused }: { readonly requestId: RequestId; readonly isRefused: boolean },
): Promise<readonly LetterRight[]> {
  const rows = await db
    .selectFrom('request_rights')
    .select(['right', 'answer_ready_at', 'answered_at', 'outcome'])
    .where('request_id', '=', requestId)
    .orderBy('right')
    .execute();
  const byLetter = answeredByLetter(
    rows.map(({ right }) => right),
    isRefused,
  );
  return rows.flatMap((row) => {
    const right = byLetter.find((one) => one === row.right);
    if (right === undefined) return [];
    const { answer_ready_at: readyAt, answered_at: answeredAt, outcome } = row;
    return [{ right, readyAt, answeredAt, isUnreachable: outcome === 'not-reachable' }];
  });
}

/** Intent. Keeps the first instant where sending is tried again. */
export async function markAnswerReady(
  trx: LedgerTransaction,
  { requestId, rights, at }: { readonly requestId: RequestId; readonly rights: readonly Right[]; readonly at: Date },
): Promise<void> {
  const rows = await trx
    .updateTable('request_rights')
    .set({ answer_ready_at: at })
    .where('request_id', '=', requestId)
    .where('right', 'in', rights)
    .where('answer_ready_at', 'is', null)
    .where('answered_at', 'is', null)
    .returning('right')
    .execute();
  if (rows.length === 0) return;
  await appendAudit(trx, { requestId, kind: 'answer-ready', body: { rights: named(rows) }, at });
}

/** Rights whose answer lies ready and has not reached the person; since when the last of them does. */
export async function waitingAnswers(
  db: LedgerReader,
  requestId: RequestId,
): Promise<{ readonly rights: readonly Right[]; readonly readyAt: Date } | undefined> {
  const rows = await db
    .selectFrom('request_rights')
    .select(['right', 'answer_ready_at'])
    .where('request_id', '=', requestId)
    .where('answer_ready_at', 'is not', null)
    .where('answered_at', 'is', null)
    .where('outcome', 'is', null)
    .orderBy('answer_ready_at')
    .execute();
  const readyAt = rows.at(-1)?.answer_ready_at ?? null;
  return readyAt === null ? undefined : { rights: rows.map(({ right }) => right), readyAt };
}

/** Outcome. The first one counts; false where nothing waited. */
export async function markAnswerGiven(
  trx: LedgerTransaction,
  given: {
    readonly requestId: RequestId;
    readonly by: AnswerWay;
    readonly at: Date;
    /** When a person recorded it, where that was later. */
    readonly recordedAt?: Date;
  },
): Promise<boolean> {
  const { requestId, by, at, recordedAt } = given;
  const outcome: AnswerOutcome = (await isRefused(trx, requestId)) ? 'refused' : 'answered';
  const rights = await settle(trx, requestId, { outcome, answered_at: at, answered_by: by });
  if (rights.length === 0) return false;
  const body = { rights, by, given: at.toISOString(), outcome };
  await appendAudit(trx, { requestId, kind: 'answer-given', body, at: recordedAt ?? at });
  return true;
}

/** A person says that nobody can be reached; false where nothing waited. */
export async function markUnreachable(trx: LedgerTransaction, requestId: RequestId, at: Date): Promise<boolean> {
  const rights = await settle(trx, requestId, { outcome: 'not-reachable' });
  if (rights.length === 0) return false;
  await appendAudit(trx, { requestId, kind: 'answer-undeliverable', body: { rights }, at });
  return true;
}

async function settle(
  trx: LedgerTransaction,
  requestId: RequestId,
  set: { readonly outcome: AnswerOutcome; readonly answered_at?: Date; readonly answered_by?: AnswerWay },
): Promise<readonly Right[]> {
  const rows = await trx
    .updateTable('request_rights')
    .set(set)
    .where('request_id', '=', requestId)
    .where('answer_ready_at', 'is not', null)
    .where('answered_at', 'is', null)
    .where('outcome', 'is', null)
    .returning('right')
    .execute();
  return named(rows);
}

/** Nobody can say who asked: the whole request is refused (Art. 11(2)). */
export async function isRefused(db: LedgerReader, requestId: RequestId): Promise<boolean> {
  const row = await db.selectFrom('requests').select('identity').where('id', '=', requestId).executeTakeFirst();
  return row?.identity === 'unverifiable';
}

const named = (rows: readonly { readonly right: Right }[]): readonly Right[] => rows.map(({ right }) => right).sort();
