/**
 * Payment methods (https://docs.stripe.com/api/payment_methods). One that was detached is still there, shows its billing
 * details, belongs to nobody and can never be attached again.
 */
import { inParam, inPath, newMetadata, refuseRedacted, setMetadata, toJson } from '../core/change.ts';
import { invalid } from '../core/errors.ts';
import { answerList, hashParam, textParam } from '../core/lists.ts';
import {
  address,
  clearable,
  email,
  expand,
  hash,
  integer,
  metadata,
  newMetadataField,
  oneOf,
  type Params,
  paging,
  required,
  text,
} from '../core/params.ts';
import type { Route, World } from '../core/routing.ts';
import { hashOf, type JsonHash, type StripeObject } from '../core/types.ts';
import { emptyAddress } from '../objects/customers.ts';
import { paymentMethodFrom } from '../objects/payments.ts';

const billingDetails = hash({ address, email, name: clearable(text), phone: clearable(text), tax_id: clearable(text) });
const methodType = oneOf('card', 'link', 'paypal', 'sepa_debit', 'us_bank_account');
const redisplay = oneOf('always', 'limited', 'unspecified');
const card = hash({ exp_month: integer, exp_year: integer, number: text, cvc: text, token: text });

/** Merges billing details; emptying the address leaves one whose parts are all null. */
function setBillingDetails(method: JsonHash, given: Params | undefined): void {
  if (given === undefined) return;
  const before = hashOf(method, 'billing_details') ?? {};
  const after: JsonHash = { ...before, ...(toJson(given) as JsonHash) };
  if (given.address === null) after.address = { ...emptyAddress };
  else if (given.address !== undefined)
    after.address = { ...hashOf(before, 'address'), ...(toJson(given.address) as JsonHash) };
  method.billing_details = after;
}

function createPaymentMethod(world: World, params: Params): StripeObject {
  const given = hashParam(params, 'card');
  const number = textParam(given ?? {}, 'number') ?? '4242424242424242';
  const method = paymentMethodFrom({
    id: world.store.newId('payment_methods'),
    created: world.clock.now(),
    metadata: newMetadata(params),
    card: {
      last4: number.slice(-4),
      exp_month: (given?.exp_month as number | undefined) ?? 12,
      exp_year: (given?.exp_year as number | undefined) ?? 2030,
    },
  });
  setBillingDetails(method, hashParam(params, 'billing_details'));
  return world.store.put('payment_methods', method, world.clock.nowMs());
}

function attach(world: World, id: string | undefined, params: Params): StripeObject {
  const method = inPath(world, 'payment_methods', id, 'payment_method');
  const customer = inParam(world, 'customers', textParam(params, 'customer') ?? '', 'customer');
  refuseRedacted(customer);
  if (method._used === true) {
    throw invalid(
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.',
    );
  }
  if (method.customer !== null && method.customer !== customer.id) {
    throw invalid(
      'The payment method you provided has already been attached to a customer.',
      'payment_method_unexpected_state',
      'payment_method',
    );
  }
  method.customer = customer.id;
  return world.store.put('payment_methods', method, world.clock.nowMs());
}

function detach(world: World, id: string | undefined): StripeObject {
  const method = inPath(world, 'payment_methods', id, 'payment_method');
  const customer = world.store.in('customers').get(String(method.customer));
  if (method.customer === null) {
    throw invalid('The payment method you provided is not attached to a customer so detachment is impossible.');
  }
  const settings = hashOf(customer, 'invoice_settings');
  if (customer !== undefined && settings?.default_payment_method === method.id) {
    customer.invoice_settings = { ...settings, default_payment_method: null };
    world.store.put('customers', customer, world.clock.nowMs());
  }
  method.customer = null;
  method._used = true;
  return world.store.put('payment_methods', method, world.clock.nowMs());
}

function listFor(world: World, customer: string | undefined, url: string, params: Params): JsonHash {
  return answerList({
    collection: world.store.in('payment_methods'),
    url,
    noun: 'PaymentMethod',
    params,
    where: { customer },
    // Without a customer, Stripe lists those that are not attached to one.
    matches: (method) =>
      (params.type === undefined || method.type === params.type) &&
      (customer !== undefined || method.customer === null) &&
      (params.allow_redisplay === undefined || method.allow_redisplay === params.allow_redisplay),
  });
}

export const paymentMethodRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/payment_methods',
    permission: 'payment_method',
    params: { ...paging, customer: text, type: methodType, allow_redisplay: redisplay },
    run: (world, _, params) => {
      const customer = textParam(params, 'customer');
      if (customer !== undefined) inParam(world, 'customers', customer, 'customer');
      return listFor(world, customer, '/v1/payment_methods', params);
    },
  },
  {
    method: 'POST',
    path: '/v1/payment_methods',
    permission: 'payment_method',
    params: {
      ...expand,
      type: required(oneOf('card')),
      card,
      billing_details: billingDetails,
      metadata: newMetadataField,
    },
    run: (world, _, params) => createPaymentMethod(world, params),
  },
  {
    method: 'GET',
    path: '/v1/payment_methods/{payment_method}',
    permission: 'payment_method',
    params: expand,
    run: (world, ids) => inPath(world, 'payment_methods', ids.payment_method, 'payment_method'),
  },
  {
    method: 'POST',
    path: '/v1/payment_methods/{payment_method}',
    permission: 'payment_method',
    params: {
      ...expand,
      allow_redisplay: redisplay,
      billing_details: billingDetails,
      card: hash({ exp_month: integer, exp_year: integer }),
      metadata,
    },
    run: (world, ids, params) => {
      const method = inPath(world, 'payment_methods', ids.payment_method, 'payment_method');
      refuseRedacted(method);
      if (method.customer === null) {
        throw invalid('You must save this PaymentMethod to a customer before you can update it.');
      }
      setBillingDetails(method, hashParam(params, 'billing_details'));
      if (params.card !== undefined) method.card = { ...hashOf(method, 'card'), ...(toJson(params.card) as JsonHash) };
      setMetadata(method, params);
      return world.store.put('payment_methods', method, world.clock.nowMs());
    },
  },
  {
    method: 'POST',
    path: '/v1/payment_methods/{payment_method}/attach',
    permission: 'payment_method',
    params: { ...expand, customer: required(text) },
    run: (world, ids, params) => attach(world, ids.payment_method, params),
  },
  {
    method: 'POST',
    path: '/v1/payment_methods/{payment_method}/detach',
    permission: 'payment_method',
    params: expand,
    run: (world, ids) => detach(world, ids.payment_method),
  },
  {
    method: 'GET',
    path: '/v1/customers/{customer}/payment_methods',
    permission: 'payment_method',
    params: { ...paging, type: methodType, allow_redisplay: redisplay },
    run: (world, { customer = '' }, params) => {
      inPath(world, 'customers', customer);
      return listFor(world, customer, `/v1/customers/${customer}/payment_methods`, params);
    },
  },
  {
    method: 'GET',
    path: '/v1/customers/{customer}/payment_methods/{payment_method}',
    permission: 'payment_method',
    params: expand,
    run: (world, { customer = '', payment_method: id = '' }) => {
      inPath(world, 'customers', customer);
      const method = inPath(world, 'payment_methods', id, 'payment_method');
      if (method.customer !== customer) {
        throw invalid(
          `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
        );
      }
      return method;
    },
  },
];
