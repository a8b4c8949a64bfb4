/** The retention sweep in words and columns: what would be done, and the batches that wait. Rendering only. */
import { catalogue } from '../errors.ts';
import { claimStates } from '../ledger/states.ts';
import { sweepQuestions } from '../policy/sweep.ts';
import type { ListedClaim, ListedSweepNotice, ShownClaim, SweepLine } from '../requests/index.ts';
import { type Column, labels, listing, paint, printable, table } from './render.ts';

/** How wide, and in colour or not. */
export interface Look {
  readonly colour: boolean;
  readonly columns: number | undefined;
}

const lineColumns: readonly Column[] = [
  { title: 'Would be' },
  { title: 'System' },
  { title: 'Class' },
  { title: 'Records' },
  { title: 'Until' },
  { title: 'Laws', yields: { how: 'beneath', order: 1 } },
];

/** A dry run: what goes first, then what stays and why. */
export function dryRunText(lines: readonly SweepLine[], asOf: string, { colour, columns }: Look): string {
  if (lines.length === 0) return `Nothing in the register is due on ${asOf}.\n`;
  const goes = lines.filter(({ what }) => what === 'erase' || what === 'read-back' || what === 'by-hand');
  const stays = lines.filter((line) => !goes.includes(line));
  // What differs only in what is not shown is one line.
  const shown = new Map<string, SweepLine>();
  for (const line of [...goes, ...stays]) {
    const form = JSON.stringify([fateOf(line), line.systemId, line.recordClass, line.until, line.laws]);
    shown.set(form, { ...line, count: line.count + (shown.get(form)?.count ?? 0) });
  }
  const rows = [...shown.values()].map((line) => [
    { text: fateOf(line), tone: line.what === 'erase' ? ('warn' as const) : undefined },
    line.systemId,
    line.recordClass,
    line.count,
    line.until ?? 'no date',
    line.laws,
  ]);
  const sum = goes.filter(({ what }) => what === 'erase').reduce((total, { count }) => total + count, 0);
  const end = `${sum} records would be erased as of ${asOf}. Nothing was done. No system was asked whether it can.\n`;
  return `${listing(lineColumns, rows, colour, columns)}\n${end}`;
}

export const deeds: Readonly<Record<string, string>> = {
  delete: 'erased',
  anonymise: 'anonymised',
  detach: 'anonymised',
};

function fateOf(line: SweepLine): string {
  switch (line.what) {
    case 'erase':
      return [deeds[line.action ?? ''] ?? 'erased', ...line.asks.map((one) => `asked: ${one}`)].join(', ');
    case 'read-back':
      return 'read back';
    case 'by-hand':
      return 'asked of a person: kept by hand';
    case 'kept':
      return `kept until ${line.keptUntil ?? 'no date'}`;
    default:
      return `left: ${line.code ?? line.what}`;
  }
}

const claimColumns: readonly Column[] = [
  { title: 'Batch' },
  { title: 'State' },
  { title: 'System' },
  { title: 'Classes' },
  { title: 'Records' },
  { title: 'Because', yields: { how: 'beneath', order: 1 } },
];

/** Batches that have not ended; nothing where there are none. */
export function claimsText(claims: readonly ListedClaim[], { colour, columns }: Look): string {
  if (claims.length === 0) return '';
  const rows = claims.map((claim) => [
    claim.id,
    claim.state === 'asked' || claim.state === 'parked' ? { text: claim.state, tone: 'warn' as const } : claim.state,
    claim.systemId,
    claim.recordClasses.join(', '),
    claim.records,
    whyOf(claim),
  ]);
  const asked = claims.filter(({ state }) => state === 'asked');
  const next = asked.map(({ id }) => `Next: habeas retention show ${id}\n`).join('');
  return `${listing(claimColumns, rows, colour, columns)}${next}`;
}

function whyOf({ state, code, where, retryOn, asks }: ListedClaim): string {
  if (state === 'parked')
    return [code, where === null ? null : `(${where})`, retryOn === null ? null : `tried again on ${retryOn}`]
      .filter((part) => part !== null)
      .join(' ');
  return [claimStates[state], ...asks.map((one) => sweepQuestions[one])].join(' ');
}

function whatOf({ kind, since }: ShownClaim): string {
  if (kind === 'replay') return `erased again, and read back: a copy of ${since ?? ''} was restored`;
  return kind === 'erase' ? 'erased, and read back' : 'read back only';
}

export function claimText(claim: ShownClaim, { colour, columns }: Look): string {
  const head = labels(
    [
      ['Batch', { text: claim.id, tone: 'strong' }],
      ['State', `${claim.state}: ${claimStates[claim.state]}`],
      ['System', claim.systemId],
      ['Due on', claim.asOf],
      ['What', whatOf(claim)],
      ['Contents', claim.about],
      ['Approvals', claim.peopleNeeded === 0 ? 'none needed' : `${claim.approvedBy.length} of ${claim.peopleNeeded}`],
      ['Approved by', claim.approvedBy.length === 0 ? null : claim.approvedBy.join(', ')],
      ['Asked because', claim.asks.length === 0 ? null : claim.asks.map((one) => sweepQuestions[one]).join(' ')],
      ['Stopped by', claim.code === null ? null : `${claim.code}: ${catalogue[claim.code].what}`],
      ['At', claim.where],
      ['What to do', claim.code === null ? null : catalogue[claim.code].todo],
      ['Tried again', claim.retryOn],
    ],
    colour,
    columns,
  );
  const rows = claim.entries.map((one) => [
    one.id,
    `${one.collection} (${one.recordClass})`,
    one.count,
    one.endedAt === null ? (deeds[one.action ?? ''] ?? 'read back') : 'done',
    one.keptBy,
  ]);
  const entries = table(['Entry', 'Collection', 'Records', 'Would be', 'Kept by'], rows, colour);
  const next =
    claim.state === 'asked' && claim.about !== null
      ? `Next: habeas retention approve ${claim.id} --contents ${claim.about.slice(0, 12)}\n`
      : '';
  const recipients =
    claim.recipients.length === 0 ? '' : `\n${sweepNoticesText(claim.recipients, { colour, columns })}`;
  return `${head}\n${paint('Entries', 'strong', colour)}\n${entries}${next}${recipients}`;
}

const noticeColumns: readonly Column[] = [
  { title: 'Recipient' },
  { title: 'Batch', yields: { how: 'beneath', order: 1 } },
  { title: 'Role' },
  { title: 'Records' },
  { title: 'Outcome' },
  { title: 'By' },
];

/** Recipients of what batches erased (Art. 19): who was told, who is to be, and what to tell them. */
export function sweepNoticesText(notices: readonly ListedSweepNotice[], { colour, columns }: Look): string {
  const rows = notices.map((one) => [
    printable(one.name === one.recipient ? one.name : `${one.name} (${one.recipient})`),
    ...[one.claimId, one.role, one.records, one.outcome],
    one.settledAt === null ? { text: one.dueOn, tone: 'warn' as const } : (one.toldOn ?? ''),
  ]);
  const asked = notices.filter(({ tell }) => tell !== null);
  const tell = [...new Set(asked.map((one) => one.tell))].map((text) => `  ${text}\n`).join('');
  const next = asked.map(({ claimId, recipient, outcome }) => {
    const answer = outcome === 'open' ? 'sent' : 'acknowledged';
    return `Next: habeas retention told ${claimId} ${recipient} ${answer}\n`;
  });
  const title = paint('Recipients to be told of what was erased (Art. 19)', 'strong', colour);
  return `${title}\n${listing(noticeColumns, rows, colour, columns)}${tell}${next.join('')}`;
}
