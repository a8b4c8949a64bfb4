/**
 * Which letters about tasks went to whom: the intent is a row, and the row is held while the letter is sent, so that two workers
 * never send the same one. A sending that failed or was cut off is tried again. The one writer of `task_letters`.
 */
import type { PersonId, RequestId, TaskId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { TaskLetterKind } from './states.ts';

export interface TaskLetter {
  readonly taskId: TaskId;
  readonly kind: TaskLetterKind;
  readonly personId: PersonId;
}

/** Letters that have gone out, of these tasks. */
export async function sentLetters(db: LedgerReader, taskIds: readonly TaskId[]): Promise<readonly TaskLetter[]> {
  if (taskIds.length === 0) return [];
  const rows = await db
    .selectFrom('task_letters')
    .select(['task_id', 'kind', 'person_id'])
    .where('task_id', 'in', taskIds)
    .where('sent_at', 'is not', null)
    .execute();
  return rows.map((row) => ({ taskId: row.task_id, kind: row.kind, personId: row.person_id }));
}

/** Takes a letter to be sent; false where another worker has it in hand, or it has gone. */
export async function takeLetter(trx: LedgerTransaction, letter: TaskLetter, at: Date): Promise<boolean> {
  const key = { task_id: letter.taskId, kind: letter.kind, person_id: letter.personId };
  await trx
    .insertInto('task_letters')
    .values({ ...key, intended_at: at, sent_at: null })
    .onConflict((it) => it.columns(['task_id', 'kind', 'person_id']).doNothing())
    .execute();
  const row = await trx
    .selectFrom('task_letters')
    .select('task_id')
    .where('task_id', '=', letter.taskId)
    .where('kind', '=', letter.kind)
    .where('person_id', '=', letter.personId)
    .where('sent_at', 'is', null)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return row !== undefined;
}

/** The mail server has it. */
export async function markLetterSent(
  trx: LedgerTransaction,
  letter: TaskLetter & { readonly requestId: RequestId },
  at: Date,
): Promise<void> {
  await trx
    .updateTable('task_letters')
    .set({ sent_at: at })
    .where('task_id', '=', letter.taskId)
    .where('kind', '=', letter.kind)
    .where('person_id', '=', letter.personId)
    .execute();
  const body = { task: letter.taskId, letter: letter.kind, person: letter.personId };
  await appendAudit(trx, { requestId: letter.requestId, kind: 'task-letter', body, at });
}
