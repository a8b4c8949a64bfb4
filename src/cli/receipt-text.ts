/** A receipt as people read it: a line per system, what is kept and why, what ends when, what is left open. Pure. */
import { answerWays, dispositionReasons } from '../ledger/states.ts';
import { refusalGrounds } from '../policy/grounds.ts';
import type { Receipt } from '../proof/receipt-schema.ts';
import { recipientsText } from './recipients-text.ts';
import { type Cellish, instant, labels, paint, printable, table } from './render.ts';
import { rightText } from './right-text.ts';

type System = Receipt['systems'][number];

export function receiptText(receipt: Receipt, colour: boolean, terminal?: number): string {
  const heading = (text: string): string => `\n${paint(text, 'strong', colour)}\n`;
  const { systems, plans, ends, copies, open, audit } = receipt;
  const asked = receipt.rights.map(({ right }) => right).join(', ');
  const told = receipt.rights.map(answered);
  const about: readonly (readonly [string, Cellish])[] = [
    ['Receipt', `no. ${receipt.no} of ${receipt.request}, ${instant(receipt.issuedAt)}`],
    ['By', `${receipt.controller.name}, ${receipt.controller.country}`],
    ['Request', `${asked}; received ${receipt.receivedOn}; ${receipt.state}`],
    ...instructionLines(receipt),
    ['Person told', told.join('; ')],
    ...plans.map(({ sha256, pass }) => [pass === 1 ? 'Plan' : `Plan of round ${pass}`, sha256] as const),
    ['Left open', open.length === 0 ? 'nothing' : { text: open.join(', '), tone: 'warn' as const }],
    ['Audit chain', `row ${audit.seq}, ${audit.hash}`],
    ['Authority', `${receipt.controller.authority.name}, ${receipt.controller.authority.url}`],
  ];
  const givenRow = (id: string, of: NonNullable<System['access']>): readonly Cellish[] => [
    ...[id, of.found ?? 'not yet', of.exported, of.withheld, of.referred],
  ];
  const accessRows = systems.flatMap(({ id, access: of }) => (of === null ? [] : [givenRow(id, of)]));
  const portabilityRows = systems.flatMap(({ id, portability: of }) => (of === undefined ? [] : [givenRow(id, of)]));
  const exportRows = systems.flatMap(({ id, export: of }) => (of === undefined ? [] : [givenRow(id, of)]));
  const erasureRows = systems.flatMap(({ id, erasure: of }) =>
    of === null
      ? []
      : [
          [
            id,
            of.found ?? 'not yet',
            of.erased,
            of.anonymised,
            of.retained,
            of.expiring,
            of.absent,
            of.refused,
            of.referred,
          ],
        ],
  );
  const erasureColumns = [
    'System',
    'Found',
    'Erased',
    'Anonymised',
    'Kept',
    'Expiring',
    'Absent',
    'Refused',
    'Referred',
  ];
  return [
    labels(about, colour, terminal),
    ...(accessRows.length === 0
      ? []
      : [heading('Access'), table(['System', 'Found', 'Given', 'Withheld', 'Referred'], accessRows, colour)]),
    ...(portabilityRows.length === 0
      ? []
      : [heading('Portability'), table(['System', 'Found', 'Given', 'Withheld', 'Referred'], portabilityRows, colour)]),
    ...(exportRows.length === 0
      ? []
      : [
          heading('Export of the workspace'),
          table(['System', 'Found', 'Given', 'Withheld', 'Referred'], exportRows, colour),
        ]),
    ...systems.map((system) => withheldText(system, colour)),
    ...(erasureRows.length === 0 ? [] : [heading('Erasure'), table(erasureColumns, erasureRows, colour)]),
    rightText(receipt, colour, terminal),
    ...systems.map((system) => keptText(system, colour)),
    ...systems.map(({ id, attested, attestations }) =>
      (attestations ?? (attested === null ? [] : [{ ...attested, right: null }]))
        .map(({ by, at, right, proofSha256 }) => {
          const what = right === null ? '' : ` for ${right}`;
          const proof = proofSha256 === null ? '' : `; proof SHA-256 ${proofSha256}`;
          return `\n${printable(`${id}: attested${what} by staff (${by}), ${at.slice(0, 10)}${proof}`)}\n`;
        })
        .join(''),
    ),
    recipientsText(receipt.recipients ?? [], colour),
    ...(ends.length === 0
      ? []
      : [
          heading('Ends'),
          table(
            ['After', 'System', 'Class', 'What', 'Records'],
            ends.map((one) => [one.until, one.system, one.recordClass, one.disposition, one.count]),
            colour,
          ),
        ]),
    ...(copies.length === 0
      ? []
      : [
          heading('In backups'),
          table(
            ['Gone by', 'System', 'Backups', 'Records'],
            copies.map((one) => [one.goneOn ?? 'not yet known', one.system, printable(one.heldBy), one.records]),
            colour,
          ),
        ]),
  ].join('');
}

function instructionLines({ instruction }: Receipt): readonly (readonly [string, Cellish])[] {
  if (instruction === undefined) return [];
  const { mandate, erasableFrom } = instruction;
  const who = `opened by ${mandate.openedBy ?? '–'}, reviewed by ${mandate.reviewedBy ?? '–'}`;
  const window = `${instruction.retrievalDays} days after ${instruction.transitionEndsOn} or a later delivery`;
  return [
    ['Instruction', `${instruction.act} the workspace; notice to ${instruction.noticeEndsOn}`],
    ['Mandate', `SHA-256 ${mandate.sha256}; ${mandate.state} (${who})`],
    ['Retrievable', erasableFrom === null ? window : `${window}; nothing erased before ${erasableFrom}`],
  ];
}

function answered({ right, answeredAt, answeredBy }: Receipt['rights'][number]): string {
  if (answeredAt === null) return `${right}: not answered`;
  return `${right}: ${answeredAt.slice(0, 10)}${answeredBy === undefined ? '' : `, ${answerWays[answeredBy]}`}`;
}

function withheldText({ id, portability, export: exported }: System, colour: boolean): string {
  const { withheldOn } = portability ?? exported ?? { withheldOn: [] };
  if (withheldOn.length === 0) return '';
  const rows = withheldOn.map(({ reason, refusal, count }) => [
    ...[count, wordIn(dispositionReasons, reason), refusal === null ? '' : wordIn(refusalGrounds, refusal)],
  ]);
  return `\n${printable(id)}: withheld\n${table(['Records', 'Why', 'Ground'], rows, colour)}`;
}

function keptText({ id, erasure }: System, colour: boolean): string {
  if (erasure === null || erasure.kept.length === 0) return '';
  const lines = erasure.kept.map((line) => {
    const reason = wordIn(dispositionReasons, line.reason);
    const ground = line.refusal === null ? reason : `${reason}: ${wordIn(refusalGrounds, line.refusal)}`;
    // Of what is kept the law is told, of what is refused the ground.
    const why = line.disposition === 'refused' ? ground : (line.keptBy ?? ground);
    const until = line.until === null || why.includes(line.until) ? '' : `; until ${line.until}`;
    return `  ${printable(`${line.count} ${line.recordClass} ${line.disposition}: ${why}${until}`)}\n`;
  });
  return `\n${paint(printable(id), 'strong', colour)}\n${lines.join('')}`;
}

/** A receipt may come from a later version, with words that this one has no sentence for. */
function wordIn(sentences: Readonly<Record<string, string>>, word: string): string {
  return sentences[word] ?? word;
}
