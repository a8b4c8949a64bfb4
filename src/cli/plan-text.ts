/**
 * A plan as the officer who approves it reads it: per system and class what becomes of how many records, on which ground, by
 * which law and until when; its hash, what stands against it, and the next command. Pure. No personal data.
 */
import { catalogue } from '../errors.ts';
import { dispositionReasons, requestStates } from '../ledger/states.ts';
import { erasureGrounds, refusalGrounds } from '../policy/grounds.ts';
import {
  type PlannedAct,
  type PlannedClass,
  type PlannedSystem,
  plannedActs,
  planStates,
  type ShownPlan,
} from '../requests/index.ts';
import { nextForTask } from './next.ts';
import { type Cellish, labels, listing, paint, type Tone } from './render.ts';

const tones: Readonly<Record<PlannedAct, Tone | undefined>> = {
  erase: 'bad',
  anonymise: 'bad',
  detach: 'bad',
  keep: 'good',
  expire: 'warn',
  refer: 'warn',
  refuse: 'warn',
};

export function planText(shown: ShownPlan, colour: boolean, terminal?: number): string {
  const { plan, passes } = shown;
  const heading = (text: string): string => `\n${paint(text, 'strong', colour)}\n`;
  if (passes.length === 0) return `${shown.requestId} has no plan yet: ${shown.state}. ${requestStates[shown.state]}\n`;
  return [
    `${paint(shown.requestId, 'strong', colour)}  ${shown.state}\n${requestStates[shown.state]}\n`,
    heading('Plan'),
    labels(aboutPlan(shown), colour, terminal),
    ...passes.flatMap(({ pass, systems }) => [
      ...(pass === 1 ? [] : [heading(`Records that came while erasing (round ${pass})`)]),
      ...systems.map((system) => systemText(system, colour, terminal)),
    ]),
    ...(shown.tasks.length === 0 ? [] : [heading('Stands against it'), labels(standing(shown), colour, terminal)]),
    ...(plan?.state === 'proposed'
      ? [`\nNext: habeas requests approve ${shown.requestId} --plan ${plan.sha256.slice(0, 12)}\n`]
      : []),
    ...(plan?.state === 'proposed' ? [`  or: habeas requests reject ${shown.requestId} --reason "…"\n`] : []),
  ].join('');
}

function aboutPlan({ plan, closesWorkspaces, noReturnAt }: ShownPlan): readonly (readonly [string, Cellish])[] {
  if (plan === null) return [['State', 'not proposed yet: something must be answered or read first']];
  return [
    ['State', `${plan.state}. ${planStates[plan.state]}`],
    ['Version', plan.pass === 1 ? plan.version : `${plan.version} of round ${plan.pass}`],
    ['Hash', plan.sha256],
    ['Made', instant(plan.madeAt)],
    ...(plan.approvedAt === null ? [] : [['Approved', instant(plan.approvedAt)] as const]),
    ...(plan.coolingUntil === null ? [] : [['Can be cancelled', `until ${instant(plan.coolingUntil)}`] as const]),
    ...(noReturnAt === null ? [] : [['Point of no return', `passed ${instant(noReturnAt)}`] as const]),
    ...(closesWorkspaces ? [['Closes', 'workspaces of the person’s own business, as the request says'] as const] : []),
  ];
}

function systemText(system: PlannedSystem, colour: boolean, terminal: number | undefined): string {
  const title = `\n${paint(system.id, 'strong', colour)}  ${system.name}: ${sum(system)}\n`;
  const classes = system.classes.filter(({ count }) => count > 0);
  if (classes.length === 0) return title;
  const rows = classes.map((line) => [
    { text: plannedActs[line.act], tone: tones[line.act] },
    line.count,
    line.recordClass,
    line.collection,
    because(line),
  ]);
  const columns = [
    { title: 'Becomes' },
    { title: 'Records' },
    { title: 'Class' },
    { title: 'Collection', yields: { how: 'drop', order: 2 } as const },
    { title: 'Because', yields: { how: 'beneath', order: 1 } as const },
  ];
  return title + listing(columns, rows, colour, terminal);
}

/** `found 12 = 8 erase + 4 keep`. */
function sum({ found, counts, byHand, isPlanned }: PlannedSystem): string {
  if (byHand) return `found ${found ?? '?'}, answered by hand`;
  if (!isPlanned) return found === null ? 'is being read' : `found ${found}, is being decided`;
  const parts = acts.flatMap((act) => (counts[act] === 0 ? [] : [`${counts[act]} ${short[act]}`]));
  return `found ${found ?? '?'}${parts.length === 0 ? '' : ` = ${parts.join(' + ')}`}`;
}

const acts: readonly PlannedAct[] = ['erase', 'anonymise', 'detach', 'keep', 'expire', 'refer', 'refuse'];
const short: Readonly<Record<PlannedAct, string>> = {
  erase: 'to erase',
  anonymise: 'to anonymise',
  detach: 'to go on without the person',
  keep: 'to keep',
  expire: 'to expire',
  refer: 'referred',
  refuse: 'refused',
};

/** Why, in the words of the law and of policy. */
export function because(
  line: Pick<PlannedClass, 'act' | 'reason' | 'ground' | 'refusal' | 'keptBy' | 'until'> & {
    readonly trimmed?: boolean;
  },
): string {
  const reason = dispositionReasons[line.reason];
  switch (line.act) {
    case 'keep': {
      const trimmed = line.trimmed === true ? '; what the law does not need is removed' : '';
      return `${line.keptBy ?? `${reason}${untilOf(line.until)}`}${trimmed}`;
    }
    case 'expire':
      return `${line.keptBy ?? reason}${untilOf(line.until)}`;
    case 'refuse':
      return line.refusal === null ? reason : `Art. ${line.refusal}: ${reason}. ${refusalGrounds[line.refusal]}`;
    case 'refer':
      return reason;
    default:
      return line.ground === null ? reason : `Art. ${line.ground}: ${erasureGrounds[line.ground]}`;
  }
}

const untilOf = (until: string | null): string => (until === null ? '' : `: until ${until}`);

function standing(shown: ShownPlan): readonly (readonly [string, Cellish])[] {
  return shown.tasks.flatMap((task) => [
    [task.kind, task.code === null ? task.kind : catalogue[task.code].what] as const,
    ...(task.plan === null ? [['', nextForTask(task, false)] as const] : []),
  ]);
}

const instant = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;
