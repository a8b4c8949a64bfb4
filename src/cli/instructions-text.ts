/** Customers' instructions as people read them: a line each, and one with where its request stands. No personal data but what is opened for a review. Pure. */
import { workspaceKind } from '../../connectors/workspace-kind.ts';
import { instructionActs } from '../ledger/states.ts';
import type { ListedInstruction, ShownInstruction } from '../requests/instructions.ts';
import type { MandateTerms } from '../requests/mandate.ts';
import { type Cellish, type Column, labels, listing } from './render.ts';
import { showText } from './show-text.ts';

const mandates = {
  'to-review': 'waits for a second person to review it; nothing is read before',
  accepted: 'accepted',
  refused: 'refused; nothing was read',
} as const satisfies Readonly<Record<ListedInstruction['mandate'], string>>;

const columns: readonly Column[] = [
  { title: 'Instruction' },
  { title: 'What' },
  { title: 'State' },
  { title: 'Mandate', yields: { how: 'beneath', order: 2, label: 'mandate' } },
  { title: 'Received', yields: { how: 'drop', order: 1 } },
  { title: 'Export due' },
  { title: 'Erasable from' },
];

export function instructionsText(
  list: readonly ListedInstruction[],
  colour: boolean,
  terminal: number | undefined,
): string {
  if (list.length === 0) return 'No instructions.\n';
  const rows = list.map((one): readonly Cellish[] => [
    ...[one.id, one.act, one.state, one.mandate, one.receivedOn, one.transitionEndsOn],
    one.act === 'export' ? '' : (one.erasableFrom ?? 'not yet known'),
  ]);
  return listing(columns, rows, colour, terminal);
}

export function instructionText(
  { instruction, request }: ShownInstruction,
  at: {
    readonly colour: boolean;
    readonly terminal?: number | undefined;
    readonly file: string | null;
    /** Opened for whoever reviews the mandate; personal data. */
    readonly terms: MandateTerms | null;
  },
): string {
  const { mandate } = instruction;
  const by = [
    mandate.openedBy === null ? [] : [`opened by ${mandate.openedBy}`],
    mandate.reviewedBy === null ? [] : [`reviewed by ${mandate.reviewedBy}`],
  ].flat();
  const hash = mandate.sha256.slice(0, 12);
  const about: readonly (readonly [string, Cellish])[] = [
    ['Instruction', { text: request.id, tone: 'strong' }],
    ['What', instructionActs[instruction.act]],
    ['Mandate', `${mandates[mandate.state]} (${by.join(', ')})`],
    ['SHA-256', mandate.sha256],
    ...(at.file === null ? [] : ([['Mandate file', at.file]] as const)),
    ...(at.terms === null ? [] : termsLines(at.terms)),
    ['Notice ends', instruction.noticeEndsOn],
    ['Export due', instruction.transitionEndsOn],
    ['Retrievable', `for ${instruction.retrievalDays} days after that, or after a later delivery`],
    ...(instruction.act === 'erase'
      ? ([['Erasable from', instruction.erasableFrom ?? 'known when the export was delivered']] as const)
      : []),
    ...(mandate.state === 'to-review'
      ? ([['Next', `habeas instructions approve-mandate ${request.id} --mandate ${hash} --workspace KEY`]] as const)
      : []),
  ];
  return `${labels(about, at.colour, at.terminal)}\n${showText(request, at.colour, at.terminal)}`;
}

/** For what the document must stand. */
function termsLines({ identifiers, contact }: MandateTerms): readonly (readonly [string, Cellish])[] {
  return [
    ...identifiers.map(({ kind, value }) => [kind === workspaceKind ? 'Workspace' : kind, value] as const),
    ['Export goes to', contact.value],
  ];
}
