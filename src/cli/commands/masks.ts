/**
 * `habeas masks show|change|approve TASK`: the review of what is masked in records that the person had not seen. `show` opens sealed
 * personal data and prints what stood there beside what the person gets; it needs the acting person's key. The others are signed
 * decisions of an officer.
 */
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import type { Change } from '../../masking/changes.ts';
import { maskKinds, maskSentence } from '../../masking/kinds.ts';
import { approveMasks, changeMask, type ShownRecord, showMasks } from '../../requests/masks.ts';
import { signer } from '../acting.ts';
import { taskId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { diffLines } from '../masks-text.ts';
import { withDeps } from '../open.ts';
import { labels, paint } from '../render.ts';

interface ShowOptions {
  readonly record?: string;
  readonly from?: string;
  readonly limit?: string;
}

const pageOfRecords = 20;

export function masksShow(frame: Frame): Command {
  return frame.leaf<ShowOptions>({
    name: 'show <task>',
    summary: 'Show what is masked, as a diff. Opens sealed personal data; needs your key.',
    details: `Lines with - are what stands in the record, lines with + what the person gets. Every mask has a number and a reason.
Known people of the conversation and patterns are masked; whoever else is named in it only you can see. Do not send the output
to a file or a log.`,
    signs: true,
    examples: [
      'masks show tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y',
      'masks show tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --record 3',
      'masks show tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --from 21 --limit 50 --json',
    ],
    options: (command) =>
      command
        .option('--record <number>', 'only this record, in full')
        .option('--from <number>', 'the first record to show', '1')
        .option('--limit <number>', 'how many records', String(pageOfRecords)),
    run: (run, { record, from, limit }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const { summary, records } = await showMasks(deps, taskId(id), signedBy);
        const only = record === undefined ? undefined : numberIn(record, '--record');
        const first = only ?? numberIn(from ?? '1', '--from');
        const most = only === undefined ? numberIn(limit ?? String(pageOfRecords), '--limit') : 1;
        const shown: ShownRecord[] = [];
        for await (const one of records()) {
          if (one.no < first) continue;
          if (shown.length === most) break;
          shown.push(one);
        }
        if (only !== undefined && shown.length === 0) throw new HabeasError('mask-unknown', { where: '--record' });
        const colour = run.io.colour.out;
        const head = labels(
          [
            ['Task', summary.isOpen ? summary.taskId : `${summary.taskId} (closed)`],
            ['System', summary.systemId],
            ['Records', `${summary.records}, of which ${shown.length} are shown`],
            ['Masks', `${summary.masks} proposed, ${summary.changes} change(s)`],
            ['Change', `habeas masks change ${summary.taskId} --mask N --release --reason "…"`],
            ['Approve', `habeas masks approve ${summary.taskId} --masks ${summary.sha256.slice(0, 12)}`],
          ],
          colour,
        );
        const text = shown.map((one) => diffLines(one, { isWhole: only !== undefined, colour }));
        return { json: { ...summary, shown: shown.map(shownJson) }, text: [head, ...text].join('\n') };
      }),
  });
}

function shownJson({ no, collection, isWithheld, texts, masks }: ShownRecord) {
  return {
    no,
    collection,
    isWithheld,
    texts: texts.map(({ path, before, after }) => ({ path: path.join('.'), before, after })),
    masks: masks.map((mask) => ({
      no: mask.no,
      kind: mask.kind,
      who: mask.who,
      text: mask.text,
      isReleased: mask.isReleased,
      reason: maskSentence(mask),
    })),
  };
}

interface ChangeOptions {
  readonly mask?: string;
  readonly record?: string;
  readonly release?: boolean;
  readonly kind?: string;
  readonly staff?: boolean;
  readonly text?: string;
  readonly withhold?: boolean;
  readonly give?: boolean;
  readonly reason: string;
}

export function masksChange(frame: Frame): Command {
  return frame.leaf<ChangeOptions>({
    name: 'change <task>',
    summary: 'Change one mask: give its passage out, mask what no pattern found, withhold a record of legal advice.',
    details: `Kinds: ${maskKinds.join(', ')}. The last word about a mask or a record counts; each is signed and stored sealed.`,
    signs: true,
    examples: [
      'masks change tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --mask 4 --release --reason "The person cannot understand the decision without it"',
      'masks change tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --record 2 --text "Kati" --kind name --reason "A neighbour"',
      'masks change tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --record 7 --withhold --reason "Advice of our lawyer"',
    ],
    options: (command) =>
      command
        .option('--mask <number>', 'the mask')
        .option('--release', 'give the passage out as it is')
        .option('--kind <kind>', 'mask it, as this kind')
        .option('--staff', 'what is masked is of a member of staff')
        .option('--record <number>', 'the record')
        .option('--text <text>', 'mask this wherever it stands in the record')
        .option('--withhold', 'the record is legal advice and is not given')
        .option('--give', 'the record is no legal advice and is given')
        .requiredOption('--reason <text>', 'why; stored sealed'),
    run: (run, options, [id]) =>
      withDeps(run, async (deps) => {
        const { reason } = options;
        const task = taskId(id);
        const signedBy = signer(run.io, run.global, deps.config.file);
        const json = await changeMask(deps, { taskId: task, change: changeFrom(options), reason, signedBy });
        const next = `habeas masks show ${task}`;
        return { json, text: `Changed.\nNext: ${next}\n` };
      }),
  });
}

/** One thing at a time; anything else is a mistake of the hand. */
function changeFrom(options: ChangeOptions): Change {
  const { mask, record, release, text, withhold, give, staff } = options;
  const kind = maskKinds.find((one) => one === options.kind);
  if (options.kind !== undefined && kind === undefined) throw new HabeasError('usage', { where: '--kind' });
  const who = staff === true ? ('staff' as const) : ('other' as const);
  const said = [release === true, kind !== undefined, withhold === true, give === true].filter(Boolean).length;
  if (said !== 1 || (mask === undefined) === (record === undefined))
    throw new HabeasError('usage', { where: changeUsage });
  if (mask !== undefined) {
    const no = numberIn(mask, '--mask');
    if (release === true) return { op: 'release', mask: no };
    if (kind !== undefined) return { op: 'mask', mask: no, kind, who };
  } else if (record !== undefined) {
    const no = numberIn(record, '--record');
    if (withhold === true) return { op: 'withhold', record: no };
    if (give === true) return { op: 'give', record: no };
    const sought = text?.trim() ?? '';
    if (kind !== undefined && sought.length >= 2) return { op: 'add', record: no, text: sought, kind, who };
  }
  throw new HabeasError('usage', { where: changeUsage });
}

const changeUsage =
  '--mask N (--release or --kind KIND), or --record N (--text TEXT --kind KIND, --withhold or --give)';

export function masksApprove(frame: Frame): Command {
  return frame.leaf<{ readonly masks: string; readonly reason?: string }>({
    name: 'approve <task>',
    summary: 'Approve the masks you have seen; only then is what they are in packaged.',
    signs: true,
    examples: ['masks approve tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --masks 3f1c9a2b7d04'],
    options: (command) =>
      command
        .requiredOption('--masks <hash>', 'beginning of the hash that `masks show` printed')
        .option('--reason <text>', 'why; stored sealed'),
    run: (run, { masks, reason }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const json = await approveMasks(deps, { taskId: taskId(id), masks, reason, signedBy });
        const what = json.settled
          ? 'Approved: the records are packaged with these masks.'
          : 'Noted; another person must approve too.';
        return {
          json,
          text: `${paint(what, 'strong', run.io.colour.out)}\nNext: habeas requests show ${json.requestId}\n`,
        };
      }),
  });
}

function numberIn(text: string, where: string): number {
  const no = Number(text);
  if (!Number.isSafeInteger(no) || no < 1) throw new HabeasError('usage', { where });
  return no;
}
