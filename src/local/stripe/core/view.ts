/**
 * How objects are answered. References to other objects are ids unless `expand` names them; a deleted customer expands to
 * `{id, object, deleted}`. Lists inside objects show their first ten, and some (a customer's tax ids, a charge's refunds)
 * are there only when expanded. The stand-in's own notes are left out.
 */

import { jobParts } from '../redaction/parts.ts';
import { invalid } from './errors.ts';
import { listOf } from './lists.ts';
import type { World } from './routing.ts';
import { hashesOf, isHash, type Json, type JsonHash, type Kind, kinds } from './types.ts';

const shownInLists = 10;
const deepest = 4;

/** Lists that an object has only when asked for: name of the object, name of the field, and where they are. */
const onRequest: Readonly<Record<string, Readonly<Record<string, (world: World, object: JsonHash) => JsonHash>>>> = {
  customer: {
    // Loaded as `_cash` and `_credits`: amounts by currency (https://docs.stripe.com/api/cash_balance/object).
    cash_balance: (world, { id }) => ({
      ...{ object: 'cash_balance', customer: String(id), livemode: false },
      available: notedOf(world, id, '_cash'),
      settings: { reconciliation_mode: 'automatic', using_merchant_default: true },
    }),
    invoice_credit_balance: (world, { id }) => notedOf(world, id, '_credits') ?? {},
    sources: (world, { id }) => ofCustomer(world, 'sources', String(id), `/v1/customers/${id}/sources`),
    tax_ids: (world, { id }) => ofCustomer(world, 'tax_ids', String(id), `/v1/customers/${id}/tax_ids`),
    subscriptions: (world, { id }) => {
      const live = world.store
        .in('subscriptions')
        .ofCustomer(String(id))
        .filter(({ status }) => status !== 'canceled');
      return newestFirst(live, `/v1/customers/${id}/subscriptions`);
    },
  },
  charge: {
    refunds: (world, { id }) =>
      newestFirst(world.store.in('refunds').having('charge', String(id)), `/v1/charges/${id}/refunds`),
  },
  'privacy.redaction_job': jobParts,
  invoice: {
    payments: (world, { id }) =>
      newestFirst(
        world.store.in('invoice_payments').having('invoice', String(id)),
        `/v1/invoice_payments?invoice=${id}`,
      ),
  },
};

function notedOf(world: World, id: Json | undefined, note: string): JsonHash | null {
  const noted = world.store.in('customers').get(String(id))?.[note];
  return isHash(noted) ? noted : null;
}

function newestFirst(objects: readonly JsonHash[], url: string): JsonHash {
  return listOf(url, objects.toReversed().slice(0, shownInLists), objects.length > shownInLists);
}

function ofCustomer(world: World, kind: Kind, customer: string, url: string): JsonHash {
  return newestFirst(world.store.in(kind).ofCustomer(customer), url);
}

/** The answer for a handler's result, with what `expand` names put in. */
export function render(world: World, result: JsonHash, expand: readonly string[]): JsonHash {
  const shown = show(world, result);
  for (const path of expand) {
    const steps = path.split('.');
    if (steps.length > deepest) {
      throw invalid(`You cannot expand more than ${deepest} levels of a property`, undefined, 'expand');
    }
    expandAt(world, shown, steps, path);
  }
  return shown;
}

function show(world: World, value: JsonHash): JsonHash {
  const shown: JsonHash = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined || name.startsWith('_')) continue;
    shown[name] = showValue(world, inner);
  }
  if (value.object === 'invoice') showInvoice(world, value, shown);
  if (world.preview === true && isHash(value._redaction)) shown.redaction = { ...value._redaction };
  // These have no time of their own.
  if (value.object === 'card' || value.object === 'privacy.redaction_job_validation_error') delete shown.created;
  return shown;
}

function showValue(world: World, value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => showValue(world, item));
  return isHash(value) ? show(world, value) : value;
}

/**
 * Until an invoice is finalised it shows the customer as it is now; from then on what it said at that moment
 * (https://docs.stripe.com/api/invoices/object, `customer_address` and its neighbours).
 */
function showInvoice(world: World, invoice: JsonHash, shown: JsonHash): void {
  const lines = hashesOf(invoice, 'lines');
  if (isHash(shown.lines)) {
    shown.lines.data = lines.slice(0, shownInLists).map((line) => show(world, line));
    shown.lines.has_more = lines.length > shownInLists;
  }
  if (typeof invoice._pdf === 'string') {
    shown.invoice_pdf = `${world.origin()}/invoice/acct_1StandIn/${invoice._pdf}/pdf?s=ap`;
    shown.hosted_invoice_url = `${world.origin()}/invoice/acct_1StandIn/${invoice._pdf}?s=ap`;
  }
  if (invoice.status === 'draft') Object.assign(shown, customerSnapshot(world, String(invoice.customer)));
}

/** What an invoice says about its customer. */
export function customerSnapshot(world: World, id: string): JsonHash {
  const customer = world.store.in('customers').get(id);
  const taxIds = world.store.in('tax_ids').ofCustomer(id);
  return {
    customer_address: structuredClone(customer?.address ?? null),
    customer_email: customer?.email ?? null,
    customer_name: customer?.name ?? null,
    customer_phone: customer?.phone ?? null,
    customer_shipping: structuredClone(customer?.shipping ?? null),
    customer_tax_exempt: customer?.tax_exempt ?? null,
    customer_tax_ids: taxIds.map(({ type, value }) => ({ type: type ?? null, value: value ?? null })),
  };
}

function expandAt(world: World, at: JsonHash, steps: readonly string[], path: string): void {
  const [step, ...rest] = steps;
  if (step === undefined) return;
  if (step === 'data' && Array.isArray(at.data)) {
    for (const item of at.data) if (isHash(item)) expandAt(world, item, rest, path);
    return;
  }
  const list = onRequest[String(at.object)]?.[step];
  if (list !== undefined) {
    at[step] = show(world, list(world, at));
  } else if (typeof at[step] === 'string') {
    at[step] = expanded(world, at[step], path);
  } else if (at[step] === undefined) {
    throw cannot(path);
  } else if (Array.isArray(at[step])) {
    at[step] = at[step].map((item) => (typeof item === 'string' ? expanded(world, item, path) : item));
  }
  const next = at[step];
  if (rest.length === 0) return;
  for (const item of Array.isArray(next) ? next : [next]) if (isHash(item)) expandAt(world, item, rest, path);
}

function expanded(world: World, id: string, path: string): Json {
  if (world.store.deletedCustomers.has(id)) return deletedCustomer(id);
  const found = world.store.byId(id)?.object;
  if (found !== undefined) return show(world, found);
  if (Object.values(kinds).some((prefix) => id.startsWith(prefix))) return id;
  throw cannot(path);
}

export function deletedCustomer(id: string): JsonHash {
  return { id, object: 'customer', deleted: true };
}

const cannot = (path: string) => invalid(`This property cannot be expanded (${path}).`, undefined, 'expand');
