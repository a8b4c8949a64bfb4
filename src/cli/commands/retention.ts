/**
 * `habeas retention list|show`: the register of what is kept or expires, why and until when, and the batches of the sweep that have
 * not ended. Shows no personal data but with `show --open`, which opens the sealed references of one entry for an officer and leaves an audit row.
 */
import type { Command } from 'commander';
import { catalogue } from '../../errors.ts';
import { dispositionReasons } from '../../ledger/states.ts';
import {
  type ListedEntry,
  listClaims,
  listClasses,
  listRegister,
  listSweepNotices,
  openEntry,
  showClaim,
  showEntry,
} from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { claimId, registerId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { type Column, labels, listing, paint, table } from '../render.ts';
import { claimsText, claimText, sweepNoticesText } from '../sweep-text.ts';

const columns: readonly Column[] = [
  { title: 'Due' },
  { title: 'Entry', yields: { how: 'beneath', order: 2 } },
  { title: 'System' },
  { title: 'Class' },
  { title: 'Records' },
  { title: 'Kind' },
  { title: 'Because', yields: { how: 'beneath', order: 1 } },
  { title: 'Request', yields: { how: 'beneath', order: 3 } },
];

export function retentionList(frame: Frame): Command {
  return frame.leaf<{ readonly dueBefore?: string }>({
    name: 'list',
    summary: 'List what is kept or expires, the earliest due first, and the batches of the sweep that wait.',
    examples: ['retention list', 'retention list --due-before 2027-01-01 --json'],
    options: (command) =>
      command.option('--due-before <date>', 'only what may be erased, or has expired, before this day'),
    run: (run, { dueBefore }) =>
      withDeps(run, async (deps) => {
        const entries = await listRegister(deps, { dueBefore });
        const claims = await listClaims(deps);
        const classes = await listClasses(deps);
        const notices = await listSweepNotices(deps);
        const look = { colour: run.io.colour.out, columns: run.io.columns };
        const text =
          entries.length === 0
            ? 'Nothing is in the register.\n'
            : `${listing(columns, entries.map(row), run.io.colour.out, run.io.columns)}\n${summary(entries)}\n`;
        const waiting = claims.length === 0 ? '' : `\n${claimsText(claims, look)}`;
        const untold = notices.length === 0 ? '' : `\n${sweepNoticesText(notices, look)}`;
        return { json: { entries, claims, classes, notices }, text: `${text}${waiting}${untold}` };
      }),
  });
}

function row(entry: ListedEntry) {
  return [
    entry.isDue ? { text: `${entry.dueOn ?? ''} due`, tone: 'warn' as const } : (entry.dueOn ?? 'no date'),
    entry.id,
    entry.systemId,
    entry.recordClass,
    entry.count,
    entry.kind,
    // The whole balancing text stands in `show`.
    entry.kind === 'expiring' ? dispositionReasons[entry.reason ?? 'expires'] : entry.keptBy,
    entry.requestId,
  ];
}

function summary(entries: readonly ListedEntry[]): string {
  const records = entries.reduce((sum, { count }) => sum + count, 0);
  return `${records} records in ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}.`;
}

export function retentionShow(frame: Frame): Command {
  return frame.leaf<{ readonly open?: boolean }>({
    name: 'show <reg-or-batch>',
    summary: 'Show an entry of the register, with --open also which records it names; or a batch of the sweep.',
    details:
      '--open shows personal data, needs your key and the role officer, and is put on the audit chain. Do not send its output to\na file or a log.',
    signs: true,
    examples: [
      'retention show reg_7w5h6k2m9x4c8v3b1n0q5r7t2y',
      'retention show clm_7w5h6k2m9x4c8v3b1n0q5r7t2y',
      'retention show reg_7w5h6k2m9x4c8v3b1n0q5r7t2y --open --as mart --key mart.key',
    ],
    options: (command) => command.option('--open', 'open the sealed references'),
    run: (run, { open }, [id]) =>
      withDeps(run, async (deps) => {
        if (id?.startsWith('clm_') === true) {
          const claim = await showClaim(deps, claimId(id));
          return { json: claim, text: claimText(claim, { colour: run.io.colour.out, columns: run.io.columns }) };
        }
        const entry = registerId(id);
        const shown = await showEntry(deps, entry);
        const colour = run.io.colour.out;
        const lines = labels(
          [
            ['Entry', { text: shown.id, tone: 'strong' }],
            ['Request', shown.requestId],
            ['System', shown.systemId],
            ['Records', `${shown.count} of ${shown.collection} (${shown.recordClass})`],
            ['Kind', shown.kind],
            ['Because', shown.keptBy ?? (shown.reason === null ? null : dispositionReasons[shown.reason])],
            ['Until', shown.until],
            ['Due', shown.dueOn ?? 'no date ends it'],
            ['Looked at', shown.lookOn],
            ['Left because', shown.code === null ? null : `${shown.code}: ${catalogue[shown.code].what}`],
            ['Batch', shown.claimId],
            ['Asked', shown.taskId === null ? null : `habeas tasks show ${shown.taskId}`],
            ['Counts since', shown.activeAt?.slice(0, 10) ?? 'not yet: the point of no return has not been passed'],
          ],
          colour,
          run.io.columns,
        );
        if (open !== true) return { json: shown, text: lines };
        const locators = await openEntry(deps, entry, signer(run.io, run.global, deps.config.file));
        const rows = locators.map(({ collection, key }) => [
          collection,
          key.map(([column, value]) => `${column} = ${value}`).join(', '),
        ]);
        return {
          json: { ...shown, locators },
          text: `${lines}\n${paint('Records', 'strong', colour)}\n${table(['Collection', 'Record'], rows, colour)}`,
        };
      }),
  });
}
