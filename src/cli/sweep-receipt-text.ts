/** The receipt of a batch of the retention sweep as people read it: what it did, by class and law; what it did not, and why. Pure. */
import { catalogue, isErrorCode } from '../errors.ts';
import type { SweepReceipt } from '../proof/sweep-receipt-schema.ts';
import { recipientsText } from './recipients-text.ts';
import { type Cellish, instant, labels, paint, printable, table } from './render.ts';

const asked = {
  people: 'people, of this batch',
  class: 'nobody: its classes are swept without asking',
  plan: 'people, with the plans of its requests',
  none: 'nobody: nothing was to be erased',
} as const;

const deeds = {
  erase: 'erased what was due, and read it back',
  'read-back': 'looked whether it had gone by itself',
  replay: 'erased again what a restored copy brought back',
} as const;

export function sweepReceiptText(receipt: SweepReceipt, colour: boolean, terminal?: number): string {
  const heading = (text: string): string => `\n${paint(text, 'strong', colour)}\n`;
  const { done, extended, left, elsewhere, people, audit, claimed, controller } = receipt;
  const about: readonly (readonly [string, Cellish])[] = [
    ['Receipt', `no. ${receipt.no} of ${receipt.batch}, ${instant(receipt.issuedAt)}`],
    ['By', printable(`${controller.name}, ${controller.country}`)],
    ['System', `${receipt.system}: ${deeds[receipt.does]}; as of ${receipt.asOf}`],
    ['State', receipt.endedAt === null ? receipt.state : `${receipt.state}, ${instant(receipt.endedAt)}`],
    ['Made of', `${claimed.records} records in ${claimed.entries} entries of the register`],
    ['Approved by', asked[receipt.approvedBy]],
    ...people.map(
      ({ person, answer, at }) =>
        [answer === 'approve' ? 'Approved' : 'Rejected', `${person}, ${instant(at)}`] as const,
    ),
    ['Still open', receipt.open === 0 ? 'nothing' : { text: `${receipt.open} records`, tone: 'warn' as const }],
    ['Audit chain', `row ${audit.seq}, ${audit.hash}`],
  ];
  const section = (title: string, columns: readonly string[], rows: readonly (readonly Cellish[])[]): string =>
    rows.length === 0 ? '' : `${heading(title)}${table([...columns], [...rows], colour)}`;
  const law = (text: string | null): string => printable(text ?? '');
  return [
    labels(about, colour, terminal),
    section(
      'Read back as gone',
      ['Class', 'Records', 'Erased', 'Anonymised', 'History remains', 'Gone already', 'Until', 'Kept by'],
      done.map((one) => [
        ...[one.recordClass, one.records, one.erased, one.anonymised, one.historyRemains, one.absent],
        ...[one.until ?? 'no date', law(one.keptBy)],
      ]),
    ),
    section(
      'Kept for longer',
      ['Class', 'Records', 'Until', 'Was', 'Kept by'],
      extended.map((one) => [
        one.recordClass,
        one.records,
        one.until ?? 'no date',
        one.was ?? 'no date',
        law(one.keptBy),
      ]),
    ),
    section(
      'Not dealt with',
      ['Class', 'Records', 'Code', 'What it means'],
      left.map(({ recordClass, records, code }) => [recordClass, records, code ?? '', whyLeft(code)]),
    ),
    section(
      'Elsewhere',
      ['Class', 'Records', 'Where'],
      elsewhere.map(({ recordClass, records, to }) => [recordClass, records, to ?? 'lapsed with its backups']),
    ),
    recipientsText(receipt.recipients ?? [], colour),
  ].join('');
}

/** A receipt may come from a later version, with codes that this one has no sentence for. */
function whyLeft(code: string | null): string {
  if (code === null) return 'looked at again on a later day';
  return isErrorCode(code) ? catalogue[code].what : code;
}
