/**
 * `habeas tasks list` and `habeas requests list` as a compliance officer reads them on a Monday: dates first, what is late
 * said in words, everything with the person it waits for and the next command. Pure. No personal data: ids, slugs, codes
 * and dates only.
 */
import { isFinal } from '../ledger/states.ts';
import type { ListedRequest, ListedTask } from '../requests/index.ts';
import { nextForTask, otherwise, personFor } from './next.ts';
import { type Cell, type Cellish, type Column, listing } from './render.ts';

export interface HowToList {
  readonly colour: boolean;
  /** Width; undefined where the output is no terminal. */
  readonly terminal: number | undefined;
  /** The controller's day. */
  readonly today: string;
  /** One line per task, also of a stopped system. */
  readonly each?: boolean;
}

type Incident = NonNullable<ListedTask['incident']>;

const taskColumns: readonly Column[] = [
  { title: 'Act by' },
  { title: 'Due', yields: { how: 'beneath', order: 5, label: 'due' } },
  { title: 'Request', yields: { how: 'beneath', order: 2 } },
  { title: 'System' },
  { title: 'Question', yields: { how: 'drop', order: 3 } },
  { title: 'Because' },
  { title: 'Person' },
  { title: 'Otherwise', yields: { how: 'beneath', order: 4, label: 'otherwise' } },
  { title: 'Next', yields: { how: 'beneath', order: 1 } },
];

export function tasksText(tasks: readonly ListedTask[], how: HowToList): string {
  if (tasks.length === 0) return 'Nothing waits for a person.\n';
  const together = how.each === true ? new Map<string, ListedTask[]>() : byIncident(tasks);
  const rows = tasks.flatMap((task) => {
    const group = task.incident === null ? undefined : together.get(task.incident.id);
    if (group === undefined || task.incident === null) return [taskRow(task, how.today)];
    return group[0] === task ? [groupRow(group, task.incident, how.today)] : [];
  });
  const late = tasks.filter((task) => task.requestDueOn < how.today).length;
  const summary = [
    `${tasks.length} open ${tasks.length === 1 ? 'task' : 'tasks'}`,
    ...(late === 0 ? [] : [`${late} of them of requests past their due date`]),
  ].join(', ');
  return `${listing(taskColumns, rows, how.colour, how.terminal)}\n${summary}.\n${hints(tasks)}`;
}

/** Tasks that the end of one incident answers, where there are several. */
function byIncident(tasks: readonly ListedTask[]): ReadonlyMap<string, readonly ListedTask[]> {
  const groups = new Map<string, ListedTask[]>();
  for (const task of tasks)
    if (task.incident !== null) groups.set(task.incident.id, [...(groups.get(task.incident.id) ?? []), task]);
  return new Map([...groups].filter(([, group]) => group.length > 1));
}

function taskRow(task: ListedTask, today: string): readonly Cellish[] {
  const isStopped = task.incident !== null;
  return [
    date(task.dueOn, today),
    date(task.requestDueOn, today),
    task.requestId,
    task.systemId,
    task.kind,
    task.code ?? task.kind,
    personFor(task, isStopped),
    otherwise[task.ifUnanswered],
    nextForTask(task, isStopped),
  ];
}

/** Everything that waits for one stopped system, by the dates of whatever is due first. */
function groupRow(group: readonly ListedTask[], incident: Incident, today: string): readonly Cellish[] {
  const [first] = group;
  const requests = new Set(group.map((task) => task.requestId)).size;
  return [
    date(earliest(group.map((task) => task.dueOn)), today),
    date(earliest(group.map((task) => task.requestDueOn)), today),
    { text: `${requests} requests`, tone: 'strong' },
    first?.systemId,
    'unresolved',
    { text: `${incident.cause ?? incident.code}, stopped`, tone: 'bad' },
    'engineer',
    first === undefined ? null : otherwise[first.ifUnanswered],
    first === undefined ? null : nextForTask(first, true),
  ];
}

/** A system that failed several requests and is not stopped: one command wakes them all. */
function hints(tasks: readonly ListedTask[]): string {
  const failing = new Map<string, number>();
  for (const { systemId, isSystems, incident } of tasks)
    if (systemId !== null && isSystems && incident === null) failing.set(systemId, (failing.get(systemId) ?? 0) + 1);
  return [...failing]
    .filter(([, count]) => count > 1)
    .map(
      ([id, count]) =>
        `${count} requests failed by the fault of ${id}. All at once, when it is mended:\n  habeas systems resume ${id}\n`,
    )
    .join('');
}

const requestColumns: readonly Column[] = [
  { title: 'Due' },
  { title: 'Request', yields: { how: 'beneath', order: 2 } },
  { title: 'State' },
  { title: 'Rights', yields: { how: 'drop', order: 3 } },
  { title: 'Received', yields: { how: 'drop', order: 4 } },
  { title: 'Done' },
  { title: 'Waits for' },
  { title: 'Person' },
  { title: 'Next', yields: { how: 'beneath', order: 1 } },
];

export function requestsText(requests: readonly ListedRequest[], how: HowToList): string {
  if (requests.length === 0) return 'No requests. `habeas requests new --help`\n';
  return listing(
    requestColumns,
    requests.map((one) => requestRow(one, how.today)),
    how.colour,
    how.terminal,
  );
}

const isGood = (state: string): boolean => state === 'completed' || state === 'awaiting_expiry';

function requestRow(one: ListedRequest, today: string): readonly Cellish[] {
  const isOver = isFinal(one.state);
  // Everything that can be done is done: its due date is not missed by waiting for a day.
  const isEnded = isOver || one.state === 'awaiting_expiry';
  const task = isOver ? null : one.waitsFor;
  const isStopped = task !== null && task.incident !== null;
  const more = one.openTasks > 1 ? ` +${one.openTasks - 1}` : '';
  return [
    isEnded ? one.workToOn : date(one.workToOn, today),
    one.id,
    { text: one.state, tone: isGood(one.state) ? 'good' : task === null ? undefined : 'warn' },
    one.rights.join(', '),
    one.receivedOn,
    `${one.systemsDone}/${one.systems}`,
    task === null ? (one.expiresOn === null ? null : `expiry ${one.expiresOn}`) : `${task.code ?? task.kind}${more}`,
    task === null ? null : personFor(task, isStopped),
    task === null ? `habeas requests show ${one.id}` : nextForTask(task, isStopped),
  ];
}

/** What is past says so in words: colour is not everybody's. */
function date(day: string, today: string): Cell {
  if (day < today) return { text: `${day} PAST`, tone: 'bad' };
  return day === today ? { text: `${day} today`, tone: 'warn' } : { text: day };
}

const earliest = (days: readonly string[]): string => [...days].sort()[0] ?? '';
