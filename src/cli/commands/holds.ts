/**
 * `habeas holds place|release|list`: what stops an erasure until a person releases it. Signed decisions of an officer; the
 * ground and the records named are stored sealed. `list` shows ids, kinds and dates only.
 */
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { holdKinds } from '../../policy/holds.ts';
import { type HoldOn, type ListedHold, listHolds, placeHold, releaseHold } from '../../requests/index.ts';
import { signer } from '../acting.ts';
import { collect, holdId, oneOf, recordRef, requestId, systemId } from '../arguments.ts';
import type { Frame, Run } from '../frame.ts';
import { withDeps } from '../open.ts';
import { type Column, labels, listing } from '../render.ts';

interface PlaceOptions {
  readonly request?: string;
  readonly system?: string;
  readonly record?: readonly string[];
  readonly kind: string;
  readonly ground: string;
  readonly owner: string;
  readonly review: string;
}

export function holdsPlace(frame: Frame): Command {
  return frame.leaf<PlaceOptions>({
    name: 'place',
    summary: 'Place a hold on a request or on named records: nothing it reaches is erased until it is released.',
    details: `Kinds: ${Object.entries(holdKinds)
      .map(([kind, means]) => `${kind} (${means})`)
      .join(' ')}
It is looked at when a plan is made, at the point of no return and before every step of erasing. The review date reminds
the owner, and ends nothing.`,
    signs: true,
    examples: [
      'holds place --request req_7w5h6k2m9x4c8v3b1n0q5r7t2y --kind complaint --ground "Complaint to the authority of 20 November" --owner mart --review 2027-03-01',
      'holds place --system account-db --record \'invoices:id=7012\' --kind court --ground "Claim for unpaid fees" --owner mart --review 2027-06-01',
    ],
    options: (command) =>
      command
        .option('--request <id>', 'the whole request')
        .option('--system <id>', 'the system that holds the records')
        .option('--record <record>', 'COLLECTION:KEY=VALUE[,KEY=VALUE]; may be given more than once', collect)
        .requiredOption('--kind <kind>', Object.keys(holdKinds).join(', '))
        .requiredOption('--ground <text>', 'why; stored sealed')
        .requiredOption('--owner <id>', 'the person who looks after it')
        .requiredOption('--review <date>', 'when they look whether it is still needed, YYYY-MM-DD'),
    run: (run, options) =>
      withDeps(run, async (deps) => {
        const { ground, owner, review } = options;
        const json = await placeHold(deps, {
          on: targetOf(deps.config, options),
          kind: oneOf(holdKinds, options.kind, '--kind'),
          ground,
          owner,
          reviewOn: review,
          signedBy: signer(run.io, run.global, deps.config.file),
        });
        const lines = labels(
          [
            ['Hold', { text: json.holdId, tone: 'strong' }],
            ['Kind', `${json.kind}. ${holdKinds[json.kind]}`],
            ['On', json.requestId ?? `${json.records} record(s) of ${json.systemId ?? ''}`],
            ['Owner', json.owner],
            ['Review', json.reviewOn],
            ['Release', `habeas holds release ${json.holdId} --reason "…"`],
          ],
          run.io.colour.out,
        );
        return { json, text: `The hold stands: nothing it reaches is erased.\n${lines}` };
      }),
  });
}

/** Either a request, or records of a system; never both and never neither. */
function targetOf(config: ReturnType<Run['config']>, options: PlaceOptions): HoldOn {
  const { request, system, record } = options;
  const isRequest = request !== undefined && system === undefined && record === undefined;
  if (isRequest) return { requestId: requestId(request) };
  if (request !== undefined || system === undefined || record === undefined)
    throw new HabeasError('usage', { where: '--request ID, or --system SYSTEM and --record …' });
  return { systemId: systemId(config, system), records: record.map(recordRef) };
}

export function holdsRelease(frame: Frame): Command {
  return frame.leaf<{ readonly reason: string }>({
    name: 'release <hold>',
    summary: 'Release a hold: what it reached may be erased again, where nothing else keeps it.',
    details: 'A request that was stopped by it goes on with `requests retry`.',
    signs: true,
    examples: ['holds release hld_7w5h6k2m9x4c8v3b1n0q5r7t2y --reason "The authority closed the complaint"'],
    options: (command) => command.requiredOption('--reason <text>', 'why; stored sealed'),
    run: (run, { reason }, [id]) =>
      withDeps(run, async (deps) => {
        const signedBy = signer(run.io, run.global, deps.config.file);
        const json = await releaseHold(deps, { holdId: holdId(id), reason, signedBy });
        const next = json.requestId === null ? 'habeas holds list' : `habeas requests show ${json.requestId}`;
        return { json, text: `${json.holdId} is released.\nNext: ${next}\n` };
      }),
  });
}

const columns: readonly Column[] = [
  { title: 'Review' },
  { title: 'Hold', yields: { how: 'beneath', order: 2 } },
  { title: 'Kind' },
  { title: 'On' },
  { title: 'Owner' },
  { title: 'Placed', yields: { how: 'drop', order: 1 } },
  { title: 'Released' },
];

export function holdsList(frame: Frame): Command {
  return frame.leaf<{ readonly all?: boolean }>({
    name: 'list',
    summary: 'List the holds that stand, the earliest review first; what is due for review says so.',
    examples: ['holds list', 'holds list --all --json'],
    options: (command) => command.option('--all', 'released ones too'),
    run: (run, { all }) =>
      withDeps(run, async (deps) => {
        const holds = await listHolds(deps, { all });
        const text =
          holds.length === 0
            ? 'No hold stands.\n'
            : listing(columns, holds.map(row), run.io.colour.out, run.io.columns);
        return { json: { holds }, text };
      }),
  });
}

function row(hold: ListedHold) {
  return [
    hold.reviewDue ? { text: `${hold.reviewOn} DUE`, tone: 'bad' as const } : hold.reviewOn,
    hold.id,
    hold.kind,
    hold.requestId ?? `records of ${hold.systemId ?? ''}`,
    hold.owner,
    `${hold.placedOn} by ${hold.placedBy}`,
    hold.releasedOn === null ? null : `${hold.releasedOn} by ${hold.releasedBy ?? ''}`,
  ];
}
