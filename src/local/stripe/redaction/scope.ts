/**
 * What a redaction job reaches: its root objects and everything related to them
 * (https://docs.stripe.com/privacy/redaction: «Redacting an object also redacts all of its related objects»).
 */
import type { Indexed } from '../core/collection.ts';
import type { Store } from '../core/store.ts';
import { hashOf, type JsonHash, type Kind, kinds, type StripeObject } from '../core/types.ts';

export interface Reached {
  readonly kind: Kind;
  readonly object: StripeObject;
}

/** Kinds that can be the root of a job; the others that Stripe names are not in the stand-in. */
export const rootKinds = ['customers', 'charges', 'invoices', 'payment_intents'] as const satisfies readonly Kind[];
type RootKind = (typeof rootKinds)[number];

const personal: readonly Kind[] = [
  'payment_methods',
  'sources',
  'tax_ids',
  'balance_transactions',
  'subscriptions',
  'invoices',
  'charges',
  'payment_intents',
  'credit_notes',
];

/** Roots of a job as ids by kind. */
export function rootsOf(job: JsonHash): { readonly kind: RootKind; readonly id: string }[] {
  const objects = hashOf(job, '_objects') ?? {};
  return rootKinds.flatMap((kind) => {
    const ids = objects[kind];
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string').map((id) => ({ kind, id })) : [];
  });
}

/** Everything that the roots reach, each once. A deleted customer is reached through what it left. */
export function reachOf(store: Store, roots: readonly { readonly kind: Kind; readonly id: string }[]): Reached[] {
  const reached = new Map<string, Reached>();
  const open = [...roots];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { kind, id } = next;
    const object = store.in(kind).get(id);
    if (reached.has(id) || (object === undefined && !store.deletedCustomers.has(id))) continue;
    if (object !== undefined) reached.set(id, { kind, object });
    open.push(...relatedTo(store, kind, id, object));
  }
  return [...reached.values()];
}

function relatedTo(store: Store, kind: Kind, id: string, object: StripeObject | undefined) {
  const having = (of: Kind, field: Indexed) =>
    store
      .in(of)
      .having(field, id)
      .map((other) => ({ kind: of, id: other.id }));
  switch (kind) {
    case 'customers':
      return personal.flatMap((of) =>
        store
          .in(of)
          .ofCustomer(id)
          .map((other) => ({ kind: of, id: other.id })),
      );
    case 'payment_intents':
      return having('charges', 'payment_intent');
    case 'charges':
      return [...having('refunds', 'charge'), ...having('disputes', 'charge'), ...named(object, ['payment_intent'])];
    case 'invoices':
      return [...having('credit_notes', 'invoice'), ...paidBy(store, id)];
    default:
      return [];
  }
}

function named(object: JsonHash | undefined, fields: readonly string[]): { kind: Kind; id: string }[] {
  return fields.flatMap((field) => {
    const id = object?.[field];
    if (typeof id !== 'string') return [];
    const kind = (Object.keys(kinds) as Kind[]).find((of) => id.startsWith(kinds[of]));
    return kind === undefined ? [] : [{ kind, id }];
  });
}

function paidBy(store: Store, invoice: string): { kind: Kind; id: string }[] {
  const payments = store.in('invoice_payments').having('invoice', invoice);
  return payments.flatMap((payment) => named(hashOf(payment, 'payment'), ['payment_intent']));
}
