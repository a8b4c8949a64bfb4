/**
 * What Stripe can do to which field of which object (Stripe API reference, the update call of each): what a data map may ask
 * for, and how it is asked. Everything else of an object is fixed when it is made. Data only.
 */
import type { CollectionName, strategies } from './data-map.ts';

export type Strategy = (typeof strategies)[number];

interface Changeable {
  readonly is: RegExp;
  readonly strategies: readonly Strategy[];
}

const metadata: Changeable = { is: /^metadata\.[^.]+$/, strategies: ['empty'] };
const empty = (...names: readonly string[]): Changeable => ({
  is: new RegExp(`^(${names.join('|')})$`),
  strategies: ['empty'],
});

export const changeable: Readonly<Record<CollectionName, readonly Changeable[]>> = {
  customers: [
    { is: /^email$/, strategies: ['empty', 'successor'] },
    empty('name', 'business_name', 'individual_name', 'phone', 'description', 'address', 'shipping'),
    { is: /^shipping\.(name|phone)$/, strategies: ['empty'] },
    metadata,
  ],
  subscriptions: [{ is: /^status$/, strategies: ['cancel'] }, empty('default_payment_method')],
  // A finalised invoice is never touched, nor what hangs on it.
  invoices: [],
  // Neither the address of a receipt nor the description can be cleared, and another address would get the receipt.
  charges: [metadata],
  refunds: [],
  payment_methods: [{ is: /^customer$/, strategies: ['detach'] }, empty('billing_details'), metadata],
  tax_ids: [],
  customer_numbers: [],
};

/** Collections whose records Stripe deletes. */
export const deletable: ReadonlySet<CollectionName> = new Set<CollectionName>(['customer_numbers', 'tax_ids']);
