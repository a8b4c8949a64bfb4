/**
 * Which letters about tasks went to whom: the intent is a row, written before the letter is sent and in one worker's hand until
 * then, so that two workers never send the same one. A sending that failed or was cut off is tried again. The one writer of
 * `task_letters`.
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

/** So long a letter is in one worker's hand: longer than any mail server is waited for. */
export const heldForMs = 10 * 60_000;

/** Takes a letter to be sent; false where another worker has it in hand, or it has gone. Committed before it is sent. */
export async function takeLetter(
  trx: LedgerTransaction,
  letter: TaskLetter,
  { at, until }: { readonly at: Date; readonly until: Date },
): Promise<boolean> {
  const key = { task_id: letter.taskId, kind: letter.kind, person_id: letter.personId };
  const row = await trx
    .insertInto('task_letters')
    .values({ ...key, intended_at: at, sent_at: null, held_until: until })
    .onConflict((it) =>
      it
        .columns(['task_id', 'kind', 'person_id'])
        .doUpdateSet({ held_until: until })
        .where('task_letters.sent_at', 'is', null)
        .where((row) => row.or([row('task_letters.held_until', 'is', null), row('task_letters.held_until', '<=', at)])),
    )
    .returning('task_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** It was not sent: lets go of it, if it is still in this hand. */
export async function dropLetter(trx: LedgerTransaction, letter: TaskLetter, until: Date): Promise<void> {
  await ofLetter(trx, letter).set({ held_until: null }).where('held_until', '=', until).execute();
}

/** The mail server has it. The first time counts. */
export async function markLetterSent(
  trx: LedgerTransaction,
  letter: TaskLetter & { readonly requestId: RequestId },
  at: Date,
): Promise<void> {
  const row = await ofLetter(trx, letter)
    .set({ sent_at: at, held_until: null })
    .returning('task_id')
    .executeTakeFirst();
  if (row === undefined) return;
  const body = { task: letter.taskId, letter: letter.kind, person: letter.personId };
  await appendAudit(trx, { requestId: letter.requestId, kind: 'task-letter', body, at });
}

function ofLetter(trx: LedgerTransaction, letter: TaskLetter) {
  return trx
    .updateTable('task_letters')
    .where('task_id', '=', letter.taskId)
    .where('kind', '=', letter.kind)
    .where('person_id', '=', letter.personId)
    .where('sent_at', 'is', null);
}
