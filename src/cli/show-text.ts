/**
 * `habeas requests show` as a compliance officer reads it: stage with its sentence, dates with the rule behind them, a
 * line per system, for a failed one what it means and what to do, what waits for whom with the next command, packages.
 * Pure. No personal data: it renders what the ledger shows without opening anything.
 */
import { catalogue } from '../errors.ts';
import { isPackageRight } from '../ledger/package-rights.ts';
import {
  type AnswerWay,
  answerWays,
  channels,
  identityStates,
  isFinal,
  laneStates,
  requestStates,
  rights,
  stages,
  taskKinds,
  unanswered,
} from '../ledger/states.ts';
import type { ShownRequest } from '../requests/index.ts';
import { erasureText } from './erasure-text.ts';
import { leaveCommand, nextForTask, personFor, voiceText, waitsForSystem } from './next.ts';
import { recipientsText } from './recipients-text.ts';
import { bytes, type Cellish, instant, labels, paint, printable, type Tone, table } from './render.ts';
import { rightText } from './right-text.ts';

type ShownSystem = ShownRequest['systems'][number];
export type ShownTask = ShownRequest['tasks'][number];

/** The whole page. */
export function showText(shown: ShownRequest, colour: boolean, terminal?: number): string {
  const heading = (text: string): string => `\n${paint(text, 'strong', colour)}\n`;
  const open = shown.tasks.filter((task) => task.closedAt === null);
  const failed = shown.systems.filter((system) => system.code !== null);
  const isPaused = ({ systemId }: ShownTask): boolean =>
    shown.systems.some((system) => system.id === systemId && system.paused);
  return [
    `${paint(shown.id, 'strong', colour)}  ${paint(shown.state, toneOf(shown.state), colour)}\n${requestStates[shown.state]}\n`,
    ...(shown.seq > shown.workflowReadUpTo && !isFinal(shown.state)
      ? [`${shown.seq - shown.workflowReadUpTo} decision(s) not picked up by a worker yet.\n`]
      : []),
    heading('Request'),
    labels(about(shown), colour, terminal),
    heading('Dates'),
    labels(dates(shown), colour, terminal),
    heading('Systems'),
    table(
      ['System', 'State', 'Stage', 'Tries', ...(isAccess(shown) ? ['Found', 'Exported', 'Withheld', 'Referred'] : [])],
      shown.systems.map((system) => systemRow(system, isAccess(shown))),
      colour,
    ),
    ...shown.systems.map((system) => unread(system, colour)),
    ...shown.systems.map((system) => byHand(system, colour)),
    erasureText(shown, colour, terminal),
    rightText(shown, colour, terminal),
    recipientsText(shown.recipients, colour),
    ...failed.map((system) => `\n${failure(shown, system, colour, terminal)}`),
    ...(open.length === 0
      ? []
      : [
          heading('Waits for a person'),
          ...open.map((task) => taskText(task, colour, { terminal, isPaused: isPaused(task) })),
        ]),
    ...(shown.packages.length === 0 ? [] : [heading('Packages'), packages(shown, colour)]),
  ].join('');
}

const isAccess = (shown: ShownRequest): boolean => shown.rights.some(({ right }) => isPackageRight(right));

function toneOf(state: ShownRequest['state']): Tone {
  if (state === 'completed' || state === 'awaiting_expiry') return 'good';
  return state === 'identity' || state === 'needs_decision'
    ? 'warn'
    : state === 'refused' || state === 'cancelled'
      ? 'bad'
      : 'strong';
}

function about(shown: ShownRequest): readonly (readonly [string, Cellish])[] {
  const { identity } = shown;
  const verified =
    identity.at === null ? '' : ` (${identity.method ?? ''}, by ${identity.by ?? ''}, ${day(identity.at)})`;
  return [
    [
      'Rights',
      shown.rights
        .map(
          ({ right, answeredAt, answeredBy, outcome }) =>
            `${rights[right]}: ${answerLine(answeredAt, answeredBy, outcome)}`,
        )
        .join('; '),
    ],
    ['Arrived by', channels[shown.channel]],
    ['Opened', `${instant(shown.createdAt)}${shown.createdBy === null ? '' : ` by ${shown.createdBy}`}`],
    ['Identity', `${identity.state}${verified}. ${identityStates[identity.state]}`],
    ...(shown.linkedRequests.length === 0 ? [] : ([['Same person', shown.linkedRequests.join(', ')]] as const)),
    ['Completed', shown.completedAt === null ? null : instant(shown.completedAt)],
    ...(shown.keys.workingKeyEndsOn === null
      ? []
      : [
          [
            'Keys end',
            shown.keys.workingKeyDestroyedAt === null
              ? shown.keys.workingKeyEndsOn
              : `destroyed ${day(shown.keys.workingKeyDestroyedAt)}`,
          ] as const,
        ]),
    ...caseFile(shown.keys.caseFile),
  ];
}

function caseFile(file: ShownRequest['keys']['caseFile']): readonly (readonly [string, Cellish])[] {
  if (file === null) return [];
  if (file.destroyedAt !== null) return [['Case file', `destroyed ${day(file.destroyedAt)}`]];
  return [
    ['Case file', file.isFrozen ? `kept while a hold stands; else until ${file.endsOn}` : `until ${file.endsOn}`],
  ];
}

function dates(shown: ShownRequest): readonly (readonly [string, Cellish])[] {
  const { clock, receivedOn } = shown;
  const left = (kind: 'internal-target' | 'statutory'): string => {
    const alarm = clock.alarms.find((one) => one.kind === kind);
    if (alarm === undefined) return '';
    if (alarm.state === 'past') return `  ${-alarm.daysLeft} days PAST`;
    return alarm.state === 'today' ? '  TODAY' : `  in ${alarm.daysLeft} days`;
  };
  const late = (kind: 'internal-target' | 'statutory'): Tone | undefined => {
    const state = clock.alarms.find((one) => one.kind === kind)?.state;
    return state === 'past' ? 'bad' : state === 'today' ? 'warn' : undefined;
  };
  const work: Cellish = { text: `${clock.workToOn}${left('statutory')}`, tone: late('statutory') };
  return [
    ['Received', receivedOn],
    ...(clock.from === null ? [] : ([['Runs from', `${clock.from}: the same person asked the same before`]] as const)),
    ['Internal target', { text: `${clock.internalTargetOn}${left('internal-target')}`, tone: late('internal-target') }],
    ...(clock.extension === null
      ? ([['Due', work]] as const)
      : ([
          ['Due at first', clock.dueOn],
          [
            'Extended',
            `for ${clock.extension.ground}${clock.extension.at === null ? '' : `, ${day(clock.extension.at)}`}; at the latest ${clock.extendedDueOn ?? ''}`,
          ],
          ['Work to', work],
        ] as const)),
    ...clock.pauses.map(
      (pause) =>
        [
          `Pause (${pause.kind})`,
          `${pause.from} to ${pause.to ?? 'now'}${'counted' in pause && pause.counted !== true ? ', not counted' : ''}`,
        ] as const,
    ),
    ...(clock.unpausedDueOn === clock.dueOn ? [] : ([['Due without pauses', clock.unpausedDueOn]] as const)),
    ['Statutory alarm', statutoryAlarm(shown)],
    ['Rule', `${clock.rule}: ${clock.source}`],
    ['Calendar', clock.calendar],
  ];
}

function answerLine(answeredAt: string | null, answeredBy: AnswerWay | null, outcome: string | null): string {
  if (answeredAt !== null)
    return `answered ${day(answeredAt)}${answeredBy === null ? '' : `, ${answerWays[answeredBy]}`}`;
  return outcome === 'not-reachable' ? 'not answered: nobody can be reached' : 'not answered';
}

/** A draft is no answer: the alarm of a completed request stays on until one reached the person. */
function statutoryAlarm({ clock, packages, rights: asked }: ShownRequest): Cellish {
  if (clock.alarms.length === 0)
    return asked.every(({ answeredAt }) => answeredAt !== null) ? 'off: answered' : 'off: the request has ended';
  const drafts = packages.some(({ draft }) => draft) ? '; a draft package is not an answer' : '';
  return { text: `on: no answer has reached the person yet${drafts}`, tone: 'warn' };
}

function systemRow(system: ShownSystem, withAccess: boolean): readonly Cellish[] {
  const tone = { done: 'good', parked: 'bad', unresolved: 'warn', running: 'strong', waiting: 'dim' } as const;
  // Read, and waiting for the package: not missing from the books.
  const exported = system.pending > 0 ? `${system.exported}, ${system.pending} pending` : system.exported;
  const counts = [system.found ?? 'not yet', exported, system.withheld, system.referred];
  const reached = system.state === 'done' && system.byHand !== null ? 'done by hand' : system.state;
  const state = system.paused ? `${reached}, stopped` : reached;
  return [
    system.id,
    { text: state, tone: tone[system.state] },
    system.stage === null ? null : stages[system.stage],
    system.attempts,
    ...(withAccess ? counts : []),
  ];
}

/** Never silent: what stands in these parts nobody knows. */
function unread({ id, unreadable: { records, objects } }: ShownSystem, colour: boolean): string {
  if (records === 0 && objects === 0) return '';
  const said = `could not be read: ${records} record(s), ${objects} object(s); the package says so`;
  return `\n${paint(printable(id), 'strong', colour)}\n  ${said}\n`;
}

/** Attested counts are never to be taken for read ones. */
function byHand({ id, attestations }: ShownSystem, colour: boolean): string {
  if (attestations.length === 0) return '';
  const lines = attestations.map((hand) => {
    const proof = hand.proofSha256 === null ? '' : `; proof SHA-256 ${hand.proofSha256}`;
    const what = hand.right === 'access' ? 'counts' : `counts of ${hand.right}`;
    return `  done by hand: ${printable(`${what} attested by ${hand.by} on ${day(hand.at)}${proof}`)}\n`;
  });
  return `\n${paint(printable(id), 'strong', colour)}\n${lines.join('')}`;
}

function failure(shown: ShownRequest, system: ShownSystem, colour: boolean, terminal: number | undefined): string {
  if (system.code === null) return '';
  const { what, todo, retryable } = catalogue[system.code];
  const task = shown.tasks.find((one) => one.id === system.task && one.kind === 'unresolved');
  const isLeft = system.state === 'parked' || system.state === 'unresolved';
  const isStopped = isLeft && waitsForSystem({ kind: 'unresolved', code: system.code }, system.paused);
  const next = isStopped
    ? `habeas systems resume ${system.id}`
    : isLeft
      ? `habeas requests retry ${shown.id} ${system.id}`
      : retryable
        ? 'nothing: it is tried again by itself'
        : `habeas requests show ${shown.id}`;
  const lines = labels(
    [
      ['Code', { text: system.code, tone: 'bad' }],
      ['What happened', what],
      ...(system.codeWhere === null ? [] : ([['Where', system.codeWhere]] as const)),
      ['What to do', todo],
      ['State', laneStates[system.state]],
      ...(task === undefined
        ? []
        : ([
            ['Due', task.dueOn],
            ['Person', personFor(task, isStopped)],
          ] as const)),
      ['Next', next],
    ],
    colour,
    indented(terminal),
  );
  return `${paint(system.id, 'strong', colour)}\n${indent(lines)}`;
}

/** One open task with what it asks, by when, what happens otherwise, and the command that answers it. */
export function taskText(
  task: ShownTask,
  colour: boolean,
  how: { readonly withNext?: boolean; readonly isPaused?: boolean; readonly terminal?: number | undefined } = {},
): string {
  const { withNext = true, isPaused = false, terminal } = how;
  const isStopped = waitsForSystem(task, isPaused);
  const about: readonly (readonly [string, Cellish])[] = [
    ['Question', taskKinds[task.kind]],
    ...(task.systemId === null ? [] : ([['System', task.systemId]] as const)),
    ...(task.code === null ? [] : ([['Because', catalogue[task.code].what]] as const)),
    ...(task.owner === null ? [] : ([['Owner', task.owner]] as const)),
    ['For', `${task.role}${task.peopleNeeded > 1 ? `; ${task.peopleNeeded} different people must agree` : ''}`],
    ['Due', task.dueOn],
    ['If nobody answers', unanswered[task.ifUnanswered]],
    ['Answers', task.allowedAnswers.join(' or ')],
    ...(seeAlso(task) === null ? [] : ([['Look at', seeAlso(task)]] as const)),
    ...task.voices.map((voice) => ['Said so far', voiceText(voice)] as const),
    ...(withNext || hasOwnCommands(task)
      ? ([['Next', nextForTask(task, isStopped)], ...otherCommands(task)] as const)
      : []),
  ];
  return `${paint(task.id, 'warn', colour)}\n${indent(labels(about, colour, indented(terminal)))}`;
}

/** Where the numbers stand that a question is about. */
function seeAlso(task: ShownTask): string | null {
  const isAboutPlan = task.kind === 'late-arrivals' || task.code === 'blast-radius-records';
  return isAboutPlan ? `habeas requests plan ${task.requestId}` : null;
}

/** Answered by commands of their own, which ask for what an answer alone does not say. */
export function hasOwnCommands(task: ShownTask): boolean {
  if (task.kind === 'identity' || task.kind === 'successor' || task.kind === 'mask') return true;
  return task.plan !== null || task.code === 'kept-due' || task.allowedAnswers.includes('leave-unresolved');
}

function otherCommands(task: ShownTask): readonly (readonly [string, Cellish])[] {
  const { requestId, systemId, allowedAnswers } = task;
  if (task.plan !== null)
    return [
      ['Then', `habeas requests approve ${requestId} --plan ${task.plan.slice(0, 12)}`],
      ['Or', `habeas requests reject ${requestId} --reason "…"`],
    ];
  if (systemId === null) return [];
  const byHand = `habeas requests done-by-hand ${requestId} ${systemId} --counts COUNTS --proof FILE --reason "…"`;
  return [
    ...(allowedAnswers.includes('done-by-hand') ? [['Or by hand', byHand] as const] : []),
    ...(allowedAnswers.includes('leave-unresolved') ? [['Or later', leaveCommand(task, systemId)] as const] : []),
  ];
}

function packages(shown: ShownRequest, colour: boolean): string {
  const rows = shown.packages.map((one) => [
    one.id,
    one.part,
    one.systems.join(', '),
    bytes(one.sizeBytes),
    one.members,
    `${one.draft ? 'draft, not an answer' : 'answer'}${one.moreFollows ? '; more follows' : ''}`,
    one.deletedAt !== null
      ? `deleted ${day(one.deletedAt)}`
      : one.deliveredAt === null
        ? 'not delivered'
        : `delivered ${day(one.deliveredAt)} by ${one.deliveredBy ?? ''}`,
    one.deleteOn,
  ]);
  const list = table(
    ['Package', 'No.', 'Systems', 'Size', 'Files', 'Contents', 'Delivery', 'Deleted on'],
    rows,
    colour,
  );
  const kept = shown.packages.some((one) => one.deletedAt === null);
  const part = shown.packages.length > 1 ? ' --part N' : '';
  return kept ? `${list}Next: habeas package download ${shown.id}${part}\n` : list;
}

const indented = (terminal: number | undefined) => (terminal === undefined ? undefined : terminal - 2);
const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');
const day = (at: string): string => at.slice(0, 10);
