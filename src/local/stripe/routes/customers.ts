/**
 * Customers (https://docs.stripe.com/api/customers). Several may have one e-mail address, and `email` finds the exact
 * spelling only. A deleted customer is answered as `{deleted: true}` for ever; its subscriptions end, its cards go, and its
 * invoices and charges stay and stay listed under its id.
 */
import {
  inParam,
  inPath,
  newMetadata,
  refuseRedacted,
  setFields,
  setHash,
  setMetadata,
  toJson,
} from '../core/change.ts';
import { missing } from '../core/errors.ts';
import { answerList, textParam } from '../core/lists.ts';
import {
  address,
  clearable,
  email,
  expand,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  type Params,
  paging,
  required,
  shipping,
  text,
  times,
} from '../core/params.ts';
import type { Route, World } from '../core/routing.ts';
import type { JsonHash, StripeObject } from '../core/types.ts';
import { deletedCustomer } from '../core/view.ts';
import { customerFrom, emptyAddress } from '../objects/customers.ts';
import { endSubscription } from './subscriptions.ts';
import { addTaxId, taxIdType } from './tax-ids.ts';

const fields = {
  ...expand,
  address,
  balance: integer,
  business_name: clearable({ ...text, max: 150 }),
  description: clearable(text),
  email,
  individual_name: clearable({ ...text, max: 150 }),
  invoice_prefix: text,
  invoice_settings: hash({
    custom_fields: clearable(list(hash({ name: required(text), value: required(text) }))),
    default_payment_method: clearable(text),
    footer: clearable(text),
  }),
  metadata,
  name: clearable({ ...text, max: 256 }),
  phone: clearable({ ...text, max: 20 }),
  preferred_locales: list(text),
  shipping,
  tax_exempt: clearable(oneOf('none', 'exempt', 'reverse')),
};

const plain = ['balance', 'description', 'email', 'invoice_prefix', 'name', 'phone', 'preferred_locales'];
/** Names of the newer kind: not there unless set. */
const names = ['business_name', 'individual_name'];

function change(world: World, customer: StripeObject, params: Params): void {
  setFields(customer, params, [...plain, ...names]);
  for (const name of names) if (customer[name] === null) delete customer[name];
  if (params.tax_exempt !== undefined)
    customer.tax_exempt = params.tax_exempt === null ? 'none' : toJson(params.tax_exempt);
  setHash(customer, params, 'address', emptyAddress);
  setHash(customer, params, 'shipping', {});
  setMetadata(customer, params);
  const settings = toJson(params.invoice_settings) as JsonHash | null;
  if (settings !== null) customer.invoice_settings = { ...(customer.invoice_settings as JsonHash), ...settings };
  world.store.put('customers', customer, world.clock.nowMs());
}

function create(world: World, params: Params): StripeObject {
  const customer = customerFrom({
    id: world.store.newId('customers'),
    created: world.clock.now(),
    metadata: newMetadata(params),
  });
  const { metadata: _, ...rest } = params;
  change(world, customer, rest);
  for (const given of (params.tax_id_data as Params[] | undefined) ?? []) {
    addTaxId(world, customer.id, String(given.type), String(given.value));
  }
  const method = textParam(params, 'payment_method');
  if (method !== undefined) {
    const attached = inParam(world, 'payment_methods', method, 'payment_method');
    attached.customer = customer.id;
    world.store.put('payment_methods', attached, world.clock.nowMs());
  }
  return customer;
}

/** What deleting takes along: subscriptions end at once and cards are detached for good; documents stay. */
function remove(world: World, id: string): JsonHash {
  inPath(world, 'customers', id);
  const { store, clock } = world;
  for (const subscription of store.in('subscriptions').ofCustomer(id)) {
    if (subscription.status !== 'canceled') endSubscription(world, subscription, {});
  }
  for (const method of store.in('payment_methods').ofCustomer(id)) {
    method.customer = null;
    method._used = true;
    store.put('payment_methods', method, clock.nowMs());
  }
  for (const kind of ['sources', 'tax_ids', 'balance_transactions'] as const) {
    for (const { id: part } of store.in(kind).ofCustomer(id)) store.remove(kind, part, clock.nowMs());
  }
  store.remove('customers', id, clock.nowMs());
  store.deletedCustomers.add(id);
  return deletedCustomer(id);
}

function retrieve(world: World, id: string): JsonHash {
  if (world.store.deletedCustomers.has(id)) return deletedCustomer(id);
  return inPath(world, 'customers', id);
}

export const customerRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/customers',
    permission: 'customer',
    params: { ...paging, created: times, email: { ...text, max: 512 } },
    run: (world, _, params) =>
      answerList({
        collection: world.store.in('customers'),
        url: '/v1/customers',
        noun: 'customer',
        params,
        where: { email: textParam(params, 'email') },
      }),
  },
  {
    method: 'POST',
    path: '/v1/customers',
    permission: 'customer',
    params: {
      ...fields,
      payment_method: text,
      tax_id_data: list(hash({ type: required(taxIdType), value: required(text) })),
    },
    run: (world, _, params) => create(world, params),
  },
  {
    method: 'GET',
    path: '/v1/customers/{customer}',
    permission: 'customer',
    params: expand,
    run: (world, { customer = '' }) => retrieve(world, customer),
  },
  {
    method: 'POST',
    path: '/v1/customers/{customer}',
    permission: 'customer',
    params: { ...fields, default_source: text },
    run: (world, ids, params) => {
      const customer = inPath(world, 'customers', ids.customer);
      refuseRedacted(customer);
      setFields(customer, params, ['default_source']);
      change(world, customer, params);
      return customer;
    },
  },
  {
    method: 'DELETE',
    path: '/v1/customers/{customer}',
    permission: 'customer',
    params: {},
    run: (world, { customer = '' }) => remove(world, customer),
  },
  {
    method: 'GET',
    path: '/v1/customers/{customer}/sources',
    permission: 'customer',
    params: { ...paging, object: text },
    run: (world, { customer = '' }, params) => {
      inPath(world, 'customers', customer);
      return answerList({
        collection: world.store.in('sources'),
        url: `/v1/customers/${customer}/sources`,
        noun: 'source',
        params,
        where: { customer },
        matches: ({ object }) => params.object === undefined || object === params.object,
      });
    },
  },
  {
    method: 'DELETE',
    path: '/v1/customers/{customer}/sources/{id}',
    permission: 'customer',
    params: expand,
    run: (world, { customer = '', id = '' }) => {
      const source = inPath(world, 'sources', id);
      if (source.customer !== customer) throw missing('source', id, { param: 'id', inPath: true });
      world.store.remove('sources', id, world.clock.nowMs());
      return { id, object: 'card', deleted: true };
    },
  },
];
