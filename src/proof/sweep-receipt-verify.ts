/**
 * Verifies the receipt of a batch of the retention sweep with nothing but the file and public keys: signature, form, sums, and whether
 * enough people approved what was erased. Findings are data, each with what it means; nothing throws for what is malformed. Pure.
 */
import type { Jwks } from '../security/receipt-keys.ts';
import { receiptFindings } from './receipt-verify.ts';
import { documentIn, isOf, openSigned } from './signed-form.ts';
import { type SweepReceipt, SweepReceiptSchema } from './sweep-receipt-schema.ts';

export const sweepReceiptFindings = {
  'not-signed': receiptFindings['not-signed'],
  'key-unknown': receiptFindings['key-unknown'],
  'signature-wrong': receiptFindings['signature-wrong'],
  'form-wrong': receiptFindings['form-wrong'],
  'sums-wrong': 'What the batch was made of is not what became of it.',
  'not-ended': 'It is said to have ended, and records of it are still to be dealt with.',
  'not-approved': 'Something was erased that people had to approve, and not enough of them have.',
} as const;
export type SweepReceiptFinding = keyof typeof sweepReceiptFindings;

export interface CheckedSweepReceipt {
  readonly findings: readonly { readonly kind: SweepReceiptFinding; readonly where: string | null }[];
  /** Key that it says it was signed with. */
  readonly kid: string | null;
  /** Null unless signature and form are right. */
  readonly receipt: SweepReceipt | null;
}

/** The receipt of a payload; undefined where it is none. */
export const sweepReceiptIn = documentIn(isOf<SweepReceipt>(SweepReceiptSchema));

export async function verifySweepReceipt(jws: string, keys: Jwks): Promise<CheckedSweepReceipt> {
  const opened = await openSigned(jws, keys, { kind: 'habeas-sweep-receipt+jws', within: sweepReceiptIn });
  const { document: receipt, kid } = opened;
  if (receipt === null) return { findings: [{ kind: opened.finding, where: null }], kid, receipt };
  return { findings: sweepReceiptWrong(receipt), kid, receipt };
}

/** What is wrong with what it states, whoever signed it. */
export function sweepReceiptWrong(receipt: SweepReceipt): CheckedSweepReceipt['findings'] {
  const { done, claimed, open, endedAt } = receipt;
  const became = sum([...done, ...receipt.extended, ...receipt.left, ...receipt.elsewhere], ({ records }) => records);
  const lines = done.filter(
    ({ records, erased, anonymised, absent, historyRemains, changedHands }) =>
      erased + anonymised + absent !== records || historyRemains > anonymised || changedHands > absent,
  );
  return [
    ...(became + open === claimed.records ? [] : [{ kind: 'sums-wrong' as const, where: 'claimed' }]),
    ...lines.map(({ recordClass }) => ({ kind: 'sums-wrong' as const, where: recordClass })),
    ...(endedAt === null || open === 0 ? [] : [{ kind: 'not-ended' as const, where: null }]),
    ...(isApproved(receipt) ? [] : [{ kind: 'not-approved' as const, where: null }]),
  ];
}

/** Of what it was before, nobody's word counts; and what only was gone already needed none. */
function isApproved({ done, approvedBy, peopleNeeded, people, about }: SweepReceipt): boolean {
  if (approvedBy !== 'people' || done.length === 0) return true;
  const agreed = people.filter(({ answer, about: of }) => answer === 'approve' && of === about);
  return about !== null && peopleNeeded >= 1 && new Set(agreed.map(({ person }) => person)).size >= peopleNeeded;
}

const sum = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((total, row) => total + of(row), 0);
