/**
 * Where the records of each collection are: which list has them, and how a record itself says whose it is. Walks them one page at
 * a time, newest first, and goes on behind any record. What a record says is compared, never what was asked for.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext } from '../contract.ts';
import { keyCell } from '../rematch.ts';
import { idIn, type StripeClient, type StripeObject } from './client.ts';
import { type CollectionName, type DataMap, valueAt } from './data-map.ts';
import { Missing } from './map-error.ts';
import { contactRef, customerRef, idAt, isDeleted, kindOf, provedNames, type Root } from './roots.ts';

/** A record with what leads from it to the root, child and parent in turn, but for the root's own key at the end. */
export interface Reached {
  readonly record: StripeObject;
  readonly chain: readonly Buffer[];
  /** The charge that a refund was listed by. */
  readonly parent?: string;
  readonly asOf: string;
}

/** Behind which record to go on. */
export interface Spot {
  readonly after: string;
  readonly parent?: string | undefined;
}

/** By the customer; of a payment without one, by the payment. */
const lists: Readonly<
  Record<
    Exclude<CollectionName, 'customers' | 'customer_numbers' | 'refunds'>,
    (customer: string) => readonly [path: string, query: Readonly<Record<string, string>>]
  >
> = {
  subscriptions: (customer) => ['/v1/subscriptions', { customer, status: 'all' }],
  invoices: (customer) => ['/v1/invoices', { customer }],
  charges: (customer) => ['/v1/charges', { customer }],
  payment_methods: (customer) => [`/v1/customers/${idIn(customer)}/payment_methods`, {}],
  tax_ids: (customer) => [`/v1/customers/${idIn(customer)}/tax_ids`, {}],
};

/** What of a company's record names its contact, where anything does. */
export const contactFields: Readonly<Partial<Record<CollectionName, string>>> = {
  customers: 'email',
  invoices: 'customer_email',
  charges: 'billing_details.email',
  payment_methods: 'billing_details.email',
};

/** Collections that know a payment without a customer. */
export const paymentCollections: readonly CollectionName[] = ['charges', 'refunds'];

/** What a customer is without what says who it is. */
const numberFields = ['id', 'object', 'created', 'invoice_prefix', 'livemode'] as const;

/** The part of an object that is this collection's record. */
export function partOf(collection: CollectionName, object: StripeObject): StripeObject {
  if (collection !== 'customer_numbers') return object;
  return { ...Object.fromEntries(numberFields.map((field) => [field, object[field]])), id: object.id };
}

const cell = (text: string): Buffer => Buffer.from(text, 'utf8');

/** Every record of a collection below a root. Empty where the customer itself is gone. */
export async function* recordsOf(
  client: StripeClient,
  context: CallContext,
  collection: CollectionName,
  root: Root,
  from?: Spot,
): AsyncGenerator<Reached> {
  if (collection === 'customers' || collection === 'customer_numbers') yield* customerOf(client, context, root, from);
  else if (collection === 'refunds') yield* refundsOf(client, context, root, from);
  else
    for await (const { record, asOf } of listed(client, context, collection, root, from?.after)) {
      yield { record, asOf, chain: [cell(ownerIn(record, root)), cell(root.id)] };
    }
}

/** What the record says it belongs to: its customer, or its payment. */
function ownerIn(record: StripeObject, { proved }: Root): string {
  return idAt(record, proved === provedNames.payment ? 'payment_intent' : 'customer');
}

async function* customerOf(
  client: StripeClient,
  context: CallContext,
  root: Root,
  from: Spot | undefined,
): AsyncGenerator<Reached> {
  if (from !== undefined || root.proved === provedNames.payment) return;
  const found = await client.get(context, `/v1/customers/${idIn(root.id)}`, 'customers');
  if (found === undefined || isDeleted(found.body)) return;
  yield { record: found.body, asOf: found.asOf, chain: [cell(found.body.id), cell(root.id)] };
}

async function* refundsOf(
  client: StripeClient,
  context: CallContext,
  root: Root,
  from: Spot | undefined,
): AsyncGenerator<Reached> {
  const below = async function* (charge: StripeObject, after: string | undefined): AsyncGenerator<Reached> {
    try {
      for await (const { objects, asOf } of client.list(
        context,
        '/v1/refunds',
        'refunds',
        { charge: charge.id },
        after,
      ))
        for (const record of objects)
          yield {
            record,
            asOf,
            parent: charge.id,
            chain: [cell(idAt(record, 'charge')), cell(charge.id), cell(ownerIn(charge, root)), cell(root.id)],
          };
    } catch (error) {
      // The charge is gone, and its refunds with it; or the one to go on behind is, and its place with it.
      if (!(error instanceof Missing)) throw error;
      if (after !== undefined) throw new HabeasError('stream-changed', { where: 'refunds' });
    }
  };
  if (from?.parent !== undefined) {
    const charge = await client.get(context, `/v1/charges/${idIn(from.parent)}`, 'charges');
    if (charge === undefined) throw new HabeasError('stream-changed', { where: 'refunds' });
    yield* below(charge.body, from.after);
  }
  for await (const { record } of listed(client, context, 'charges', root, from?.parent))
    if (record.refunded === true || Number(record.amount_refunded ?? 0) > 0) yield* below(record, undefined);
}

async function* listed(
  client: StripeClient,
  context: CallContext,
  collection: keyof typeof lists,
  root: Root,
  after: string | undefined,
): AsyncGenerator<{ record: StripeObject; asOf: string }> {
  const [path, query] =
    root.proved === provedNames.payment
      ? (['/v1/charges', { payment_intent: root.id }] as const)
      : lists[collection](root.id);
  try {
    for await (const { objects, asOf } of client.list(context, path, collection, query, after))
      for (const record of objects) yield { record, asOf };
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    // Either the customer is gone, and all of this with it, or only the record to go on behind: then the place is lost.
    if (after !== undefined && (await client.get(context, pathOf(root), collection)) !== undefined)
      throw new HabeasError('stream-changed', { where: collection });
  }
}

const pathOf = ({ proved, id }: Root): string =>
  `/v1/${proved === provedNames.payment ? 'payment_intents' : 'customers'}/${idIn(id)}`;

/** Whether a company's record names the contact of the root, by the very address. */
export function namesContact(collection: CollectionName, record: StripeObject, root: Root): boolean {
  const field = contactFields[collection];
  return field !== undefined && root.email !== undefined && valueAt(record, field) === root.email;
}

/**
 * The whole chain: from the record to its root's customer, and from there to the key. Of a customer, and of a record that names the
 * contact, the key is made from what the record says.
 */
export function chainOf(
  map: DataMap,
  collection: CollectionName,
  { record, chain }: Reached,
  root: Root,
  isNamed: boolean,
): readonly Buffer[] {
  const key = keyCell(root.key);
  if (isNamed) {
    const said = String(valueAt(record, contactFields[collection] ?? ''));
    return [...chain, keyCell(contactRef(root.id, said).key), key];
  }
  if ((collection === 'customers' || collection === 'customer_numbers') && root.proved === provedNames.customer)
    return [keyCell(customerRef(record.id, kindOf(map, record)).key)];
  return [...chain, key, key];
}
