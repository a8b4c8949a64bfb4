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
import { type Cellish, instant, labels, listing, paint, type Tone } from './render.ts';

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
    ...(standing(shown).length === 0 ? [] : [heading('Stands against it'), labels(standing(shown), colour, terminal)]),
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
  const classes = merged(system.classes.filter(({ count }) => count > 0));
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

/** A line of the table: what expires day by day is one line, from the first day to the last. */
type Line = PlannedClass & { readonly first?: string | null };

function merged(classes: readonly PlannedClass[]): readonly Line[] {
  const lines: Line[] = [];
  for (const one of classes) {
    const at = lines.findIndex(
      (line) =>
        one.act === 'expire' &&
        line.act === 'expire' &&
        line.collection === one.collection &&
        line.recordClass === one.recordClass &&
        line.keptBy === one.keptBy,
    );
    const line = lines[at];
    if (line === undefined) lines.push({ ...one, first: one.until });
    else lines[at] = { ...line, ...days([line.first ?? null, line.until, one.until]), count: line.count + one.count };
  }
  return lines;
}

/** The first and the last of some days; null among them: no day ends it. */
export function days(all: readonly (string | null)[]): {
  readonly first: string | null;
  readonly until: string | null;
} {
  const known = all.flatMap((one) => (one === null ? [] : [one])).sort();
  return { first: known[0] ?? null, until: all.includes(null) ? null : (known.at(-1) ?? null) };
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
function because(line: Line): string {
  const reason = dispositionReasons[line.reason];
  switch (line.act) {
    case 'keep': {
      const trimmed = line.trimmed === true ? '; what the law does not need is removed' : '';
      return `${line.keptBy ?? `${reason}${untilOf(line.until)}`}${trimmed}`;
    }
    case 'expire':
      return expiry(line.until, line.first ?? line.until, line.keptBy ?? reason);
    case 'refuse':
      return line.refusal === null ? reason : `Art. ${line.refusal}: ${reason}. ${refusalGrounds[line.refusal]}`;
    case 'refer':
      return reason;
    default:
      return line.ground === null || line.reason !== 'eligible'
        ? reason
        : `Art. ${line.ground}: ${erasureGrounds[line.ground]}`;
  }
}

/** `gone by 2027-01-17, the first on 2026-12-20. Why …`. */
export function expiry(until: string | null, first: string | null, why: string): string {
  if (until === null) return why;
  return `gone by ${until}${first === null || first === until ? '' : `, the first by ${first}`}. ${why}`;
}

export const untilOf = (until: string | null): string => (until === null ? '' : `: until ${until}`);

function standing(shown: ShownPlan): readonly (readonly [string, Cellish])[] {
  // That it waits for approval is what the rest of the page is about.
  return shown.tasks
    .filter(({ plan }) => plan === null)
    .flatMap((task) => [
      [task.kind, task.code === null ? task.kind : catalogue[task.code].what] as const,
      ['', nextForTask(task, false)] as const,
    ]);
}
