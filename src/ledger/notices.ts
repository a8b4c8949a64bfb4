/**
 * Notices to recipients (Art. 19) in the ledger: one row a recipient and right of a request, what came of it and when. Rows are
 * made once; what is said of them only goes forward. Configured words, counts and days: what must be told of whom is in the
 * task's sealed object. While one is not settled the database refuses to complete the request.
 */
import { type Selectable, sql } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { RequestId, SystemId, TaskId } from '../ids.ts';
import {
  type Changed,
  isSettled,
  type Notice,
  type NoticeAnswer,
  type NoticeRight,
  toldOf,
} from '../policy/notices.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { NoticesTable } from './schema.ts';

export type NoticeRow = Selectable<NoticesTable>;

/** Of the rounds that count: collections of which something was changed, and how many records. */
export async function changedIn(
  db: LedgerReader,
  requestId: RequestId,
): Promise<readonly (Omit<Changed, 'recipients' | 'systemId'> & { readonly systemId: SystemId })[]> {
  const rights = Object.entries(toldOf).flatMap(([right, words]) => words.map((word) => `${right} ${word}`));
  const rows = await db
    .selectFrom('dispositions as d')
    .innerJoin('rounds as o', (join) =>
      join
        .onRef('o.request_id', '=', 'd.request_id')
        .onRef('o.system_id', '=', 'd.system_id')
        .onRef('o.round', '=', 'd.round'),
    )
    .innerJoin('streams as s', (join) =>
      join
        .onRef('s.request_id', '=', 'd.request_id')
        .onRef('s.system_id', '=', 'd.system_id')
        .onRef('s.round', '=', 'd.round')
        .onRef('s.stream_no', '=', 'd.stream_no'),
    )
    .select(['d.right', 'd.system_id', 's.collection'])
    .select(sql<number>`sum(d.count)::bigint`.as('count'))
    .where('d.request_id', '=', requestId)
    .where('o.superseded', '=', false)
    .where(sql<string>`d."right" || ' ' || d.disposition`, 'in', rights)
    .groupBy(['d.right', 'd.system_id', 's.collection'])
    .orderBy('d.system_id')
    .orderBy('s.collection')
    .execute();
  return rows.flatMap(({ right, system_id: systemId, collection, count }) =>
    isNoticeRight(right) ? [{ right, systemId, collection, count }] : [],
  );
}

/** A notice row, in the caller's transaction; false where there is one already. */
export async function addNotice(
  trx: LedgerTransaction,
  added: { readonly requestId: RequestId; readonly notice: Notice; readonly taskId: TaskId | null; readonly at: Date },
): Promise<boolean> {
  const { requestId, notice, taskId, at } = added;
  const row = await trx
    .insertInto('notices')
    .values({
      ...{ request_id: requestId, recipient: notice.recipient, right: notice.right, name: notice.name },
      ...{ kind: notice.kind, state: notice.isCovered ? 'covered' : 'open', records: notice.records },
      ...{ task_id: taskId, opened_at: at, told_on: null, settled_at: notice.isCovered ? at : null },
    })
    .onConflict((conflict) => conflict.columns(['request_id', 'recipient', 'right']).doNothing())
    .returning('recipient')
    .executeTakeFirst();
  if (row === undefined) return false;
  const body = { recipient: notice.recipient, right: notice.right, role: notice.kind, records: notice.records };
  await appendAudit(trx, {
    requestId,
    kind: 'notice',
    body: { ...body, state: notice.isCovered ? 'covered' : 'open' },
    at,
  });
  return true;
}

/** The notice that a task asks about. */
export async function noticeOfTask(db: LedgerReader, taskId: TaskId): Promise<NoticeRow> {
  const row = await db.selectFrom('notices').selectAll().where('task_id', '=', taskId).executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: 'notice' });
  return row;
}

/** What a person said of it; `taskId` is the question that follows, where one does. Returns whether it is settled. */
export async function noteTold(
  trx: LedgerTransaction,
  row: NoticeRow,
  said: { readonly state: NoticeAnswer; readonly on: string | null; readonly taskId: TaskId | null; readonly at: Date },
): Promise<boolean> {
  const settled = isSettled(row.kind, said.state);
  await trx
    .updateTable('notices')
    .set({
      state: said.state,
      // When it was first told stays when it confirms.
      ...(said.on === null ? {} : { told_on: row.told_on ?? said.on }),
      ...(said.taskId === null ? {} : { task_id: said.taskId }),
      settled_at: settled ? said.at : null,
    })
    .where('request_id', '=', row.request_id)
    .where('recipient', '=', row.recipient)
    .where('right', '=', row.right)
    .execute();
  const body = { recipient: row.recipient, right: row.right, role: row.kind, state: said.state, on: said.on };
  await appendAudit(trx, { requestId: row.request_id, kind: 'notice', body, at: said.at });
  return settled;
}

export function noticesOf(db: LedgerReader, requestId: RequestId): Promise<NoticeRow[]> {
  return db
    .selectFrom('notices')
    .selectAll()
    .where('request_id', '=', requestId)
    .orderBy('right')
    .orderBy('recipient')
    .execute();
}

const isNoticeRight = (right: string): right is NoticeRight => Object.hasOwn(toldOf, right);
