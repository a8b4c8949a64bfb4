/**
 * What `locate` proves and `read` starts from: a customer that is the person's (or, of a company, is only named), the person as
 * the contact of a company's customer, or a payment that no customer made. The key of a root is what the objects themselves must
 * say again when they are read: a customer with its kind, a contact with the address. Pure.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CustomerKind, RecordRef, SubjectKey } from '../contract.ts';
import { isEmpty } from '../declared.ts';
import { keyCell } from '../rematch.ts';
import type { StripeObject } from './client.ts';
import { type DataMap, valueAt } from './data-map.ts';

/** Names of what keys are proved in. `customers` is a collection too; the others exist only as keys. */
export const provedNames = { customer: 'customers', contact: 'contacts', payment: 'payments' } as const;
export type Proved = (typeof provedNames)[keyof typeof provedNames];

export interface Root {
  readonly proved: Proved;
  readonly key: RecordRef['key'];
  /** The customer's id, or the payment intent's. */
  readonly id: string;
  /** Of a customer; a contact's customer is a company. */
  readonly kind: CustomerKind | undefined;
  /** The contact's address. */
  readonly email: string | undefined;
}

export const customerRef = (id: string, kind: CustomerKind): RecordRef => ({
  collection: provedNames.customer,
  key: [
    ['id', id],
    ['kind', kind],
  ],
});

export const contactRef = (customer: string, email: string): RecordRef => ({
  collection: provedNames.contact,
  key: [
    ['customer', customer],
    ['email', email],
  ],
});

export const paymentRef = (id: string): RecordRef => ({
  collection: provedNames.payment,
  key: [['payment_intent', id]],
});

/** The root of a key, or undefined where it is none of ours. */
export function rootOf({ collection, key }: RecordRef): Root | undefined {
  const [id, second] = key.map(([, value]) => value);
  if (id === undefined) return undefined;
  if (collection === provedNames.customer && isKind(second))
    return { proved: collection, key, id, kind: second, email: undefined };
  if (collection === provedNames.contact && second !== undefined)
    return { proved: collection, key, id, kind: 'company', email: second };
  if (collection === provedNames.payment) return { proved: collection, key, id, kind: undefined, email: undefined };
  return undefined;
}

/** The roots of these keys in an order that is the same in every attempt. */
export function rootsOf(keys: readonly SubjectKey[]): readonly Root[] {
  const roots = keys.flatMap((key) => rootOf(key) ?? []);
  return [...new Map(roots.map((root) => [nameOf(root), root])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, root]) => root);
}

/** Names a root within the person's. Personal data. */
export const nameOf = ({ proved, key }: Root): string => `${proved} ${keyCell(key).toString()}`;

const kinds = new Set<string>(['company', 'sole-trader', 'person'] satisfies CustomerKind[]);
function isKind(text: string | undefined): text is CustomerKind {
  return text !== undefined && kinds.has(text);
}

/** Stripe answers a deleted customer with its id and nothing else. */
export const isDeleted = (customer: StripeObject): boolean => customer.deleted === true;

/** Whose the customer is. Fails with `customer-kind-unmapped` where the map does not say. */
export function kindOf({ customer: { kind } }: DataMap, customer: StripeObject): CustomerKind {
  if ('is' in kind) return asKind(kind.is);
  if (isDeleted(customer)) return asKind(kind.deleted ?? '');
  const value = valueAt(customer, `metadata.${kind.metadata}`);
  const word = typeof value === 'string' && Object.hasOwn(kind.values, value) ? kind.values[value] : undefined;
  if (word === undefined)
    throw new HabeasError('customer-kind-unmapped', { where: `customers.metadata.${kind.metadata}` });
  return asKind(word);
}

function asKind(word: string): CustomerKind {
  if (isKind(word)) return word;
  throw new HabeasError('customer-kind-unmapped', { where: 'customer.kind.deleted' });
}

/** Whether several people read this address, as far as the data map says. */
export function isShared({ customer: { sharedMailboxes = [] } }: DataMap, email: string): boolean {
  const folded = email.toLowerCase();
  const local = folded.slice(0, folded.lastIndexOf('@'));
  return sharedMailboxes.some((one) => [folded, local].includes(one.toLowerCase()));
}

/** The id that a field holds, whether the object is expanded in it or not. */
export function idAt(object: StripeObject, path: string): string {
  const value = valueAt(object, path);
  if (typeof value === 'string') return value;
  if (isEmpty(value) || typeof value !== 'object' || value === null || !('id' in value)) return '';
  return String(value.id);
}
