/**
 * Tasks: the open questions to people. Opening is idempotent, so that a workflow step that runs twice asks once; with a
 * `dedupe` (keyed hash of the record asked about) the same question is never asked again, not even after its answer.
 * Nothing shown to a person is stored here in the clear: `objectSealed` names a blob of the vault.
 */
import { createHmac } from 'node:crypto';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { ErrorCode } from '../errors.ts';
import { newId, type PersonId, type RequestId, type SystemId, type TaskId } from '../ids.ts';
import { canonicalJson, type JsonValue } from '../security/canonical.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { TasksTable } from './schema.ts';
import type { PersonRole, Right, TaskKind, Unanswered } from './states.ts';

export interface NewTask {
  readonly requestId: RequestId;
  readonly systemId: SystemId | null;
  readonly kind: TaskKind;
  readonly role: PersonRole;
  readonly dueOn: string;
  readonly allowedAnswers: readonly string[];
  readonly ifUnanswered: Unanswered;
  readonly code: ErrorCode | null;
  /** Name of a vault blob under the working key, or null. */
  readonly objectSealed: string | null;
  readonly peopleNeeded: number;
  readonly at: Date;
  /** The person who looks after it, where one was named. */
  readonly owner?: PersonId;
  /** From {@link dedupeOf}, where a request can have several tasks of a kind in one system. */
  readonly dedupe?: string;
  /** Of a question about a system: which right's work it stands in for; one open question of a kind a right. */
  readonly right?: Right | null | undefined;
  /** Hash of what is approved, such as a plan's; part of what people sign. */
  readonly aboutSha256?: string;
}

/**
 * Opens a task unless it is open already (or, with `dedupe`, was ever asked), and returns its id either way. A blob put
 * for a task that was there already is removed again.
 */
export async function openTask(trx: LedgerTransaction, task: NewTask): Promise<TaskId> {
  const dedupe = task.dedupe ?? '';
  // One opener per request at a time: two attempts of one step would otherwise meet in the unique index.
  await trx.selectFrom('requests').select('id').where('id', '=', task.requestId).forNoKeyUpdate().executeTakeFirst();
  const existing = await trx
    .selectFrom('tasks')
    .select(['id', 'object_sealed', 'answer'])
    .where('request_id', '=', task.requestId)
    .where('kind', '=', task.kind)
    .where(sql<string>`coalesce(system_id, '')`, '=', task.systemId ?? '')
    .where(sql<string>`coalesce("right", '')`, '=', task.right ?? '')
    .where('dedupe', '=', dedupe)
    .$if(dedupe === '', (open) => open.where('closed_at', 'is', null))
    .executeTakeFirst();
  if (existing !== undefined) {
    // Nobody answered it: it was closed because nobody had to, and now somebody has to again.
    if (existing.answer === unasked) {
      await trx.updateTable('tasks').set({ closed_at: null, answer: null }).where('id', '=', existing.id).execute();
      const body = { task: existing.id, kind: task.kind, system: task.systemId, again: true };
      await appendAudit(trx, { requestId: task.requestId, kind: 'task-opened', body, at: task.at });
    }
    if (task.objectSealed !== null && task.objectSealed !== existing.object_sealed)
      await trx.deleteFrom('sealed_objects').where('name', '=', task.objectSealed).execute();
    return existing.id;
  }
  const id = newId('task');
  await trx
    .insertInto('tasks')
    .values({
      id,
      request_id: task.requestId,
      system_id: task.systemId,
      kind: task.kind,
      dedupe,
      role: task.role,
      owner: task.owner ?? null,
      due_on: task.dueOn,
      allowed_answers: JSON.stringify(task.allowedAnswers),
      if_unanswered: task.ifUnanswered,
      code: task.code,
      object_sealed: task.objectSealed,
      about_sha256: task.aboutSha256 ?? null,
      right: task.right ?? null,
      people_needed: task.peopleNeeded,
      opened_at: task.at,
      closed_at: null,
      answer: null,
    })
    .execute();
  await appendAudit(trx, {
    requestId: task.requestId,
    kind: 'task-opened',
    body: {
      task: id,
      kind: task.kind,
      system: task.systemId,
      code: task.code,
      due: task.dueOn,
      ...(task.right == null ? {} : { right: task.right }),
      ...(task.owner === undefined ? {} : { owner: task.owner }),
      ...(task.aboutSha256 === undefined ? {} : { about: task.aboutSha256 }),
    },
    at: task.at,
  });
  return id;
}

/** Open tasks of a request, or of all; the earliest due first. */
export function openTasks(db: LedgerReader, requestId?: RequestId): Promise<Selectable<TasksTable>[]> {
  return db
    .selectFrom('tasks')
    .selectAll()
    .where('closed_at', 'is', null)
    .$if(requestId !== undefined, (all) => all.where('request_id', '=', requestId ?? null))
    .orderBy('due_on')
    .orderBy('opened_at')
    .orderBy('id')
    .execute();
}

/** Ids of the open tasks of one kind about one system. */
export async function openTaskIds(
  db: LedgerReader,
  about: { readonly requestId: RequestId; readonly systemId: SystemId; readonly kind: TaskKind },
): Promise<readonly TaskId[]> {
  const rows = await db
    .selectFrom('tasks')
    .select('id')
    .where('request_id', '=', about.requestId)
    .where('system_id', '=', about.systemId)
    .where('kind', '=', about.kind)
    .where('closed_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** The answer of a question that nobody has to answer any more. */
export const unasked = 'closed';

/** Closes the open questions about one system that are not among these: what they asked has answered itself. */
export async function closeUnasked(
  trx: LedgerTransaction,
  about: { readonly requestId: RequestId; readonly systemId: SystemId; readonly kind: TaskKind },
  still: ReadonlySet<TaskId>,
  at: Date,
): Promise<void> {
  for (const taskId of await openTaskIds(trx, about))
    if (!still.has(taskId)) await closeTask(trx, { taskId, answer: unasked, at });
}

/** Closes a task with its answer; false where it was closed already (its first answer stands). */
export async function closeTask(
  trx: LedgerTransaction,
  closing: { readonly taskId: TaskId; readonly answer: string; readonly at: Date },
): Promise<boolean> {
  const row = await trx
    .updateTable('tasks')
    .set({ closed_at: closing.at, answer: closing.answer })
    .where('id', '=', closing.taskId)
    .where('closed_at', 'is', null)
    .returning(['request_id', 'kind', 'system_id'])
    .executeTakeFirst();
  if (row === undefined) return false;
  await appendAudit(trx, {
    requestId: row.request_id,
    kind: 'task-closed',
    body: { task: closing.taskId, kind: row.kind, system: row.system_id, answer: closing.answer },
    at: closing.at,
  });
  return true;
}

/**
 * A stable name for what a task asks about (a candidate's record reference), keyed by the request's working key: the
 * same record asks once, and without the key the hash tells nothing.
 */
export function dedupeOf(workingKey: Buffer, about: JsonValue): string {
  return createHmac('sha256', workingKey)
    .update(`habeas task v1\n${canonicalJson(about)}`)
    .digest('hex');
}
