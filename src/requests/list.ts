/**
 * Lists: requests and tasks (the earliest due first, each with what it waits for and whether its system is stopped), a
 * request's package; and one task with what the deciding person must see. Systems: list-systems.ts. Everything but `showTask` with `open` is ids, states, codes, dates and counts; that
 * opens a sealed object and returns personal data for the eyes of the person who decides, never for a log.
 */
import { type Selectable, sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId, SystemId, TaskId } from '../ids.ts';
import { incidentCode, leftStates, openIncidents, wokenCodes } from '../ledger/incidents.ts';
import { nextPart } from '../ledger/package-parts.ts';
import type { TasksTable } from '../ledger/schema.ts';
import { finalStates, isFinal, type PersonRole, type TaskKind } from '../ledger/states.ts';
import { openTasks } from '../ledger/tasks.ts';
import { getSealed } from '../ledger/vault.ts';
import { findTask } from './answer.ts';
import { movingDates } from './dates.ts';
import { workHeld } from './held-work.ts';
import { findRequest } from './record.ts';
import { tellPart } from './send-part.ts';
import { civilToday } from './today.ts';
import { type Voice, voicesOf } from './voices.ts';

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
        .where('l.state', 'in', [...leftStates])
        .as('lanes_parked'),
      it
        .selectFrom('request_rights as g')
        .select(sql<readonly string[]>`array_agg(g."right" order by g."right")`.as('rights'))
        .whereRef('g.request_id', '=', 'r.id')
        .as('rights'),
      it
        .selectFrom('register_entries as e')
        .select((last) => last.fn.max('e.due_on').as('expires_on'))
        .whereRef('e.request_id', '=', 'r.id')
        .where('e.kind', '=', 'expiring')
        .where('e.active_at', 'is not', null)
        .as('expires_on'),
    ])
    .$if(options.open === true, (all) => all.where('r.state', 'not in', [...finalStates]))
    .orderBy((it) => it('r.state', 'in', [...finalStates]))
    .orderBy('r.work_to_on')
    .orderBy('r.id')
    .limit(options.limit ?? 1000)
    .execute();
  const ids = rows.map((row) => row.id);
  const [moved, tasks] = await Promise.all([movingDates(db, deps.config, ids, deps.now()), listTasks(deps)]);
  const tasksOf = new Map<RequestId, ListedTask[]>();
  for (const task of tasks) tasksOf.set(task.requestId, [...(tasksOf.get(task.requestId) ?? []), task]);
  const shown = rows.map((row) => ({
    id: row.id,
    state: row.state,
    rights: row.rights ?? [],
    identity: row.identity,
    channel: row.channel,
    receivedOn: row.received_on,
    dueOn: moved.get(row.id)?.due ?? row.due_on,
    workToOn: moved.get(row.id)?.workTo ?? row.work_to_on,
    internalTargetOn: moved.get(row.id)?.internalTarget ?? row.internal_target_on,
    completedAt: row.completed_at?.toISOString() ?? null,
    systems: row.lanes ?? 0,
    systemsDone: row.lanes_done ?? 0,
    /** Stopped and waiting for a person, those left unresolved too. */
    systemsParked: row.lanes_parked ?? 0,
    /** When the last of its records will have expired by itself; null where none waits for that. */
    expiresOn: row.state === 'awaiting_expiry' ? row.expires_on : null,
    openTasks: tasksOf.get(row.id)?.length ?? 0,
    /** The open task that is due first; null while nobody is waited for. */
    waitsFor: tasksOf.get(row.id)?.[0] ?? null,
  }));
  // A date that moved may belong elsewhere; the rest keeps its order.
  if (moved.size > 0)
    shown.sort((a, b) => Number(isFinal(a.state)) - Number(isFinal(b.state)) || order(a.workToOn, b.workToOn));
  return shown;
}

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

export function taskLine(task: Selectable<TasksTable>, voices: readonly Voice[] = []) {
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
    /** Of a question about a system: which right's work it stands in for; null where it is none's in particular. */
    right: task.right,
    peopleNeeded: task.people_needed,
    /** Hash of the plan that is asked about; null where the question is about no plan. */
    plan: task.kind === 'mask' ? null : task.about_sha256,
    openedAt: task.opened_at.toISOString(),
    closedAt: task.closed_at?.toISOString() ?? null,
    answer: task.answer,
    /** While it is open: what people have said, of whom more must agree. */
    voices,
  };
}

export interface TaskFilter {
  readonly requestId?: RequestId | undefined;
  readonly systemId?: SystemId | undefined;
  readonly kind?: TaskKind | undefined;
  /** Due before this day. */
  readonly dueBefore?: string | undefined;
  /** Theirs, or nobody's in particular and of a role they hold. */
  readonly person?: { readonly id: string; readonly roles: readonly PersonRole[] } | undefined;
}

/** Open tasks, the earliest due first. */
export async function listTasks(deps: ReadDeps & Pick<Deps, 'now'>, filter: TaskFilter = {}) {
  const { db } = deps.ledger;
  const { systemId, kind, dueBefore, person } = filter;
  const rows = (await openTasks(db, filter.requestId)).filter(
    (task) =>
      (systemId === undefined || task.system_id === systemId) &&
      (kind === undefined || task.kind === kind) &&
      (dueBefore === undefined || task.due_on < dueBefore) &&
      (person === undefined || (task.owner === null ? person.roles.includes(task.role) : task.owner === person.id)),
  );
  const ids = [...new Set(rows.map((task) => task.request_id))];
  const [incidents, requests, moved, voices] = await Promise.all([
    openIncidents(db),
    ids.length === 0 ? [] : db.selectFrom('requests').select(['id', 'work_to_on']).where('id', 'in', ids).execute(),
    movingDates(db, deps.config, ids, deps.now()),
    voicesOf(
      db,
      rows.map((task) => task.id),
      civilToday(deps.now(), deps.config.controller.timeZone),
    ),
  ]);
  const dueOf = new Map(requests.map((one) => [one.id, moved.get(one.id)?.workTo ?? one.work_to_on]));
  const incidentOf = new Map(incidents.map((one) => [one.system_id, one]));
  return rows.map((task) => {
    const isSystems = task.kind === 'unresolved' && task.code !== null && wokenCodes.includes(task.code);
    const incident = isSystems && task.system_id !== null ? incidentOf.get(task.system_id) : undefined;
    return {
      ...taskLine(task, voices.get(task.id)),
      /**
       * When the person who asked must have the answer; `dueOn` is the internal target. Of what was kept by hand nobody waits for an
       * answer: it may simply not stay.
       */
      requestDueOn: task.code === 'kept-due' ? task.due_on : (dueOf.get(task.request_id) ?? task.due_on),
      /** The failure is the system's and not this request's: resuming the system wakes it. */
      isSystems,
      /** The incident that it waits for the end of: nothing is to be decided about this request alone. */
      incident:
        incident === undefined
          ? null
          : { id: incident.id, code: incident.code, cause: incident.cause, since: incident.since.toISOString() },
    };
  });
}
export type ListedTask = Awaited<ReturnType<typeof listTasks>>[number];
export type ListedRequest = Awaited<ReturnType<typeof listRequests>>[number];

/** A task with the answers given so far; with `open`, also what it asks about: personal data, for the deciding person. */
export async function showTask(
  deps: ReadDeps & Pick<Deps, 'storage' | 'keys' | 'now'>,
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
  const isPaused = task.system_id !== null && (await incidentCode(db, task.system_id)) !== undefined;
  const isOffer = task.code === 'part-ready' && task.closed_at === null;
  const today = civilToday(deps.now(), deps.config.controller.timeZone);
  const voices = await voicesOf(db, task.closed_at === null ? [taskId] : [], today);
  return {
    ...taskLine(task, voices.get(taskId)),
    /** Its system is stopped. */
    isPaused,
    /** Why it is not to be done now: a hold that came since it was asked, or an open request for access. */
    held:
      task.closed_at === null
        ? await workHeld(deps, { ...task, requestId: task.request_id, systemId: task.system_id })
        : null,
    /** What a part sent now would hold and leave out, where that is the question. */
    nextPart: isOffer ? tellPart(await nextPart(db, task.request_id)) : null,
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
