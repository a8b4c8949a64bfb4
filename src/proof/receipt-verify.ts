/**
 * Verifies a receipt with nothing but the file and public keys: signature, form, sums. Findings are data, each with what it
 * means; nothing throws for what is malformed. Pure.
 */
import { canonicalJson, type JsonValue } from '../security/canonical.ts';
import type { Jwks } from '../security/receipt-keys.ts';
import { endsOf, unbalanced } from './balance.ts';
import { type Receipt, ReceiptSchema } from './receipt-schema.ts';
import { documentIn, isOf, openSigned } from './signed-form.ts';

export const receiptFindings = {
  'not-signed': 'It is not a signed receipt: not a JWS of three parts whose header names this kind of document.',
  'key-unknown': 'It was signed with a key that is not among the public keys given.',
  'signature-wrong': 'The signature does not fit: something was changed after it was signed.',
  'form-wrong': 'What was signed is not a receipt of a version that this program knows.',
  'books-unbalanced': 'A system’s sums are wrong: what was found is not what became of it.',
  'ends-differ': 'What is said to end on a day is not what is said to be kept.',
  'open-differs': 'The systems named as open are not those that have not answered.',
} as const;
export type ReceiptFinding = keyof typeof receiptFindings;

export interface CheckedReceipt {
  readonly findings: readonly { readonly kind: ReceiptFinding; readonly where: string | null }[];
  /** Key that it says it was signed with. */
  readonly kid: string | null;
  /** Null unless signature and form are right. */
  readonly receipt: Receipt | null;
}

/** The receipt of a payload; undefined where it is none. */
export const receiptIn = documentIn(isOf<Receipt>(ReceiptSchema));

export async function verifyReceipt(jws: string, keys: Jwks): Promise<CheckedReceipt> {
  const opened = await openSigned(jws, keys, { kind: 'habeas-receipt+jws', within: receiptIn });
  const { document: receipt, kid } = opened;
  if (receipt === null) return { findings: [{ kind: opened.finding, where: null }], kid, receipt };
  const open = receipt.systems.filter(({ state }) => state !== 'done').map(({ id }) => id);
  const findings = [
    ...unbalanced(receipt.systems, true).map((where) => ({ kind: 'books-unbalanced' as const, where })),
    ...(isSame(endsOf(receipt.systems), receipt.ends) ? [] : [{ kind: 'ends-differ' as const, where: null }]),
    ...(isSame(open, receipt.open) ? [] : [{ kind: 'open-differs' as const, where: null }]),
  ];
  return { findings, kid, receipt };
}

export const isSame = (a: JsonValue, b: JsonValue): boolean => canonicalJson(a) === canonicalJson(b);
