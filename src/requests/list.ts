/**
 * Lists: requests (the earliest due first), tasks, systems with their incidents, a request's package; and one task with
 * what the deciding person must see. Everything but `showTask` with `open` is ids, states, codes, dates and counts; that
 * opens a sealed object and returns personal data for the eyes of the person who decides, never for a log.
 */
import type { Selectable } from 'kysely';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId, TaskId } from '../ids.ts';
import type { TasksTable } from '../ledger/schema.ts';
import { finalStates } from '../ledger/states.ts';
import { openTasks } from '../ledger/tasks.ts';
import { getSealed } from '../ledger/vault.ts';
import { findTask } from './answer.ts';
import { movingDates } from './dates.ts';
import { findRequest, isFinal } from './record.ts';

type ReadDeps = Pick<Deps, 'ledger' | 'config'>;

/** Requests, open ones first, the earliest due first; at most `limit`. */
export async function listRequests(
  deps: ReadDeps & Pick<Deps, 'now'>,
  options: { readonly open?: boolean | undefined; readonly limit?: number | undefined } = {},
) {
  const { db } = deps.ledger;
  const rows = await db
    .selectFrom('requests as r')
    .select(['r.id', 'r.state', 'r.identity', 'r.channel', 'r.received_on', 'r.due_on', 'r.work_to_on', 'r.seq'])
    .select(['r.internal_target_on', 'r.completed_at', 'r.woken_seq'])
    .select((it) => [
      it
        .selectFrom('lanes as l')
        .select((count) => count.fn.countAll<number>().as('n'))
        .whereRef('l.request_id', '=', 'r.id')
        .as('lanes'),
      it
        .selectFrom('lanes as l')
        .select((count) => count.fn.countAll<number>().as('n'))
        .whereRef('l.request_id', '=', 'r.id')
        .where('l.state', '=', 'done')
        .as('lanes_done'),
      it
        .selectFrom('lanes as l')
        .select((count) => count.fn.countAll<number>().as('n'))
        .whereRef('l.request_id', '=', 'r.id')
        .where('l.state', '=', 'parked')
        .as('lanes_parked'),
      it
        .selectFrom('tasks as t')
        .select((count) => count.fn.countAll<number>().as('n'))
        .whereRef('t.request_id', '=', 'r.id')
        .where('t.closed_at', 'is', null)
        .as('open_tasks'),
    ])
    .$if(options.open === true, (all) => all.where('r.state', 'not in', [...finalStates]))
    .orderBy((it) => it('r.state', 'in', [...finalStates]))
    .orderBy('r.work_to_on')
    .orderBy('r.id')
    .limit(options.limit ?? 1000)
    .execute();
  const ids = rows.map((row) => row.id);
  const moved = await movingDates(db, deps.config, ids, deps.now());
  const shown = rows.map((row) => ({
    id: row.id,
    state: row.state,
    identity: row.identity,
    channel: row.channel,
    receivedOn: row.received_on,
    dueOn: moved.get(row.id)?.due ?? row.due_on,
    workToOn: moved.get(row.id)?.workTo ?? row.work_to_on,
    internalTargetOn: moved.get(row.id)?.internalTarget ?? row.internal_target_on,
    completedAt: row.completed_at?.toISOString() ?? null,
    systems: row.lanes ?? 0,
    systemsDone: row.lanes_done ?? 0,
    systemsParked: row.lanes_parked ?? 0,
    openTasks: row.open_tasks ?? 0,
  }));
  // A date that moved may belong elsewhere; the rest keeps its order.
  if (moved.size > 0)
    shown.sort((a, b) => Number(isFinal(a.state)) - Number(isFinal(b.state)) || order(a.workToOn, b.workToOn));
  return shown;
}

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

export function taskLine(task: Selectable<TasksTable>) {
  return {
    id: task.id,
    requestId: task.request_id,
    systemId: task.system_id,
    kind: task.kind,
    role: task.role,
    /** Who looks after it, where a person was named. */
    owner: task.owner,
    dueOn: task.due_on,
    allowedAnswers: task.allowed_answers,
    ifUnanswered: task.if_unanswered,
    code: task.code,
    peopleNeeded: task.people_needed,
    openedAt: task.opened_at.toISOString(),
    closedAt: task.closed_at?.toISOString() ?? null,
    answer: task.answer,
  };
}

/** Open tasks, the earliest due first; of one request where given. */
export async function listTasks(deps: ReadDeps, options: { readonly requestId?: RequestId | undefined } = {}) {
  return (await openTasks(deps.ledger.db, options.requestId)).map(taskLine);
}

/** A task with the answers given so far; with `open`, also what it asks about: personal data, for the deciding person. */
export async function showTask(
  deps: ReadDeps & Pick<Deps, 'keys'>,
  taskId: TaskId,
  options: { readonly open?: boolean | undefined } = {},
) {
  const { db } = deps.ledger;
  const task = await findTask(db, taskId);
  const answers = await db
    .selectFrom('people_decisions')
    .select(['id', 'answer', 'person_id', 'at', 'effect'])
    .where('task_id', '=', taskId)
    .orderBy('at')
    .execute();
  const object =
    options.open === true && task.object_sealed !== null
      ? await getSealed(db, deps.keys, task.object_sealed, (value): unknown => value)
      : null;
  return {
    ...taskLine(task),
    answers: answers.map((one) => ({
      decisionId: one.id,
      answer: one.answer,
      personId: one.person_id,
      at: one.at.toISOString(),
      effect: one.effect,
    })),
    object,
  };
}

/** Every configured system, with its open incident and the lanes that stand in it. */
export async function listSystems(deps: ReadDeps & Pick<Deps, 'systems'>) {
  const { db } = deps.ledger;
  const [incidents, lanes] = await Promise.all([
    db.selectFrom('incidents').selectAll().where('closed_at', 'is', null).execute(),
    db
      .selectFrom('lanes')
      .innerJoin('requests', 'requests.id', 'lanes.request_id')
      .select(['lanes.system_id', 'lanes.state', (it) => it.fn.countAll<number>().as('n')])
      .where('requests.state', 'not in', [...finalStates])
      .groupBy(['lanes.system_id', 'lanes.state'])
      .execute(),
  ]);
  return deps.config.systems.map((system) => {
    const incident = incidents.find((one) => one.system_id === system.id);
    const inState = (state: string) => lanes.find((one) => one.system_id === system.id && one.state === state)?.n ?? 0;
    const manifest = deps.systems.get(system.id)?.manifest;
    return {
      id: system.id,
      name: system.name,
      connector: system.connector,
      rights: manifest?.rights ?? [],
      stages: manifest?.stages ?? [],
      lanes: { waiting: inState('waiting'), running: inState('running'), parked: inState('parked') },
      incident:
        incident === undefined
          ? null
          : {
              id: incident.id,
              code: incident.code,
              since: incident.since.toISOString(),
              by: incident.by_kind,
              openedBy: incident.opened_by,
            },
    };
  });
}

/** The newest package of a request that still exists. The object's name is for fetching it, not for showing. */
export async function packageInfo(deps: ReadDeps, requestId: RequestId) {
  const { db } = deps.ledger;
  await findRequest(db, requestId);
  const row = await db
    .selectFrom('packages')
    .selectAll()
    .where('request_id', '=', requestId)
    .where('deleted_at', 'is', null)
    .orderBy('part', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('package-not-ready');
  return {
    id: row.id,
    requestId,
    part: row.part,
    bucket: deps.config.s3.packageBucket,
    objectName: row.object_name,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    members: row.members,
    draft: row.draft,
    createdAt: row.created_at.toISOString(),
    deliveredAt: row.delivered_at?.toISOString() ?? null,
    deleteOn: row.delete_on,
  };
}
