/** What handlers share: finding the object that is meant, and changing it as parameters say. */
import { invalid, missing } from './errors.ts';
import type { Param, Params } from './params.ts';
import type { World } from './routing.ts';
import { isHash, type Json, type JsonHash, type Kind, type StripeObject } from './types.ts';

/** Stripe's word for a kind in messages. */
const nouns: Readonly<Record<Kind, string>> = {
  customers: 'customer',
  payment_methods: 'PaymentMethod',
  sources: 'source',
  tax_ids: 'tax ID',
  balance_transactions: 'customer balance transaction',
  subscriptions: 'subscription',
  invoices: 'invoice',
  invoice_payments: 'invoice payment',
  charges: 'charge',
  payment_intents: 'payment_intent',
  refunds: 'refund',
  disputes: 'dispute',
  credit_notes: 'credit note',
  prices: 'price',
  products: 'product',
  redaction_jobs: 'redaction job',
  redaction_errors: 'redaction job validation error',
};

/** The object a path names; 404 if there is none. */
export function inPath(world: World, kind: Kind, id: string | undefined, param = 'id'): StripeObject {
  const object = id === undefined ? undefined : world.store.in(kind).get(id);
  if (object === undefined) throw missing(nouns[kind], id ?? '', { param, inPath: true });
  return object;
}

/** The object a parameter names; 400 if there is none. */
export function inParam(world: World, kind: Kind, id: string, param: string): StripeObject {
  const object = world.store.in(kind).get(id);
  if (object === undefined) throw missing(nouns[kind], id, { param, inPath: false });
  return object;
}

/** The id of a customer that a list is filtered by: one that was deleted still shows its history. */
export function customerFilter(world: World, params: Params): string | undefined {
  const id = params.customer;
  if (typeof id !== 'string') return undefined;
  if (!world.store.deletedCustomers.has(id)) inParam(world, 'customers', id, 'customer');
  return id;
}

/** Redacted objects are inoperable (https://docs.stripe.com/privacy/redaction). */
export function refuseRedacted(object: StripeObject): void {
  if (object._redacted === true) throw invalid('This object has been redacted and can no longer be updated or used.');
}

/** Sets the named fields to what the parameters say; an emptied one becomes null. */
export function setFields(object: JsonHash, params: Params, names: readonly string[]): void {
  for (const name of names) if (params[name] !== undefined) object[name] = toJson(params[name]);
}

/** Metadata keys are merged; an empty value removes its key, an empty hash all of them. */
export function setMetadata(object: JsonHash, params: Params): void {
  const given = params.metadata;
  if (given === undefined) return;
  if (given === null) object.metadata = {};
  if (!isHash(given)) return;
  const merged: JsonHash = { ...(isHash(object.metadata) ? object.metadata : {}) };
  for (const [key, value] of Object.entries(given)) {
    if (value === null) delete merged[key];
    else merged[key] = value as Json;
  }
  object.metadata = merged;
}

/** Metadata of a new object. */
export function newMetadata(params: Params): JsonHash {
  const holder: JsonHash = {};
  setMetadata(holder, params);
  return isHash(holder.metadata) ? holder.metadata : {};
}

/**
 * A hash is merged into the one that is there, so that a field which is not sent stays: whoever sends a new city keeps the
 * old street. An empty value removes all of it.
 */
export function setHash(object: JsonHash, params: Params, name: string, empty: JsonHash): void {
  const given = params[name];
  if (given === undefined) return;
  const before = object[name];
  object[name] = isHash(given) ? { ...empty, ...(isHash(before) ? before : {}), ...(toJson(given) as JsonHash) } : null;
}

export function toJson(param: Param | undefined): Json {
  if (param === undefined) return null;
  if (Array.isArray(param)) return param.map(toJson);
  if (isHash(param))
    return Object.fromEntries(Object.entries(param).map(([name, inner]) => [name, toJson(inner as Param)]));
  return param as Json;
}
