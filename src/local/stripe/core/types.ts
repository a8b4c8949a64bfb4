/**
 * What the Stripe stand-in is made of: Stripe's objects as plain JSON and the kinds they are kept under. A field whose
 * name begins with `_` is the stand-in's own note about an object and is never answered.
 */

export type Json = null | boolean | number | string | Json[] | JsonHash;
export interface JsonHash {
  [field: string]: Json | undefined;
}

export interface StripeObject extends JsonHash {
  id: string;
  object: string;
  /** Seconds since 1970. */
  created: number;
}

/** Collections of the stand-in and the prefix by which an id says which one it is in. */
export const kinds = {
  customers: 'cus_',
  payment_methods: 'pm_',
  sources: 'card_',
  tax_ids: 'txi_',
  balance_transactions: 'cbtxn_',
  subscriptions: 'sub_',
  invoices: 'in_',
  invoice_payments: 'inpay_',
  charges: 'ch_',
  payment_intents: 'pi_',
  refunds: 're_',
  disputes: 'du_',
  credit_notes: 'cn_',
  prices: 'price_',
  products: 'prod_',
  redaction_jobs: 'prj_',
  redaction_errors: 'prjve_',
} as const;

export type Kind = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as Kind[];

export function isHash(value: unknown): value is JsonHash {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that holds text, or undefined. */
export function textOf(hash: JsonHash | undefined, field: string): string | undefined {
  const value = hash?.[field];
  return typeof value === 'string' ? value : undefined;
}

/** A field that holds a number, or 0. */
export function numberOf(hash: JsonHash | undefined, field: string): number {
  const value = hash?.[field];
  return typeof value === 'number' ? value : 0;
}

export function hashOf(hash: JsonHash | undefined, field: string): JsonHash | undefined {
  const value = hash?.[field];
  return isHash(value) ? value : undefined;
}

/** The hashes in a list field, or in the `data` of a Stripe list. */
export function hashesOf(hash: JsonHash | undefined, field: string): JsonHash[] {
  const value = hash?.[field];
  const list = isHash(value) ? value.data : value;
  return Array.isArray(list) ? list.filter(isHash) : [];
}
