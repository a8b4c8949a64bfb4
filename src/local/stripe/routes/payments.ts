/**
 * Payment intents and charges (https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/charges). A guest's
 * charge has no customer: only billing details, a receipt address and the intent's id say whose it is, and no list finds
 * it by address.
 */
import {
  customerFilter,
  inParam,
  inPath,
  newMetadata,
  refuseRedacted,
  setFields,
  setHash,
  setMetadata,
  toJson,
} from '../core/change.ts';
import { invalid } from '../core/errors.ts';
import { answerList, textParam } from '../core/lists.ts';
import {
  email,
  expand,
  flag,
  integer,
  list,
  metadata,
  newMetadataField,
  newShipping,
  oneOf,
  type Params,
  paging,
  required,
  shipping,
  text,
  times,
} from '../core/params.ts';
import type { Route, World } from '../core/routing.ts';
import type { StripeObject } from '../core/types.ts';
import { paymentIntentFrom } from '../objects/payments.ts';
import { makeCharge } from './charge-steps.ts';

const reasons = oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer');

function createIntent(world: World, params: Params): StripeObject {
  const customer = textParam(params, 'customer');
  if (customer !== undefined) refuseRedacted(inParam(world, 'customers', customer, 'customer'));
  const method = textParam(params, 'payment_method');
  if (method !== undefined) inParam(world, 'payment_methods', method, 'payment_method');
  const intent = paymentIntentFrom({
    id: world.store.newId('payment_intents'),
    created: world.clock.now(),
    amount: toJson(params.amount),
    currency: textParam(params, 'currency') ?? 'eur',
    customer: customer ?? null,
    metadata: newMetadata(params),
    payment_method: method ?? null,
    shipping: toJson(params.shipping),
    status: method === undefined ? 'requires_payment_method' : 'requires_confirmation',
  });
  setFields(intent, params, ['description', 'receipt_email']);
  world.store.put('payment_intents', intent, world.clock.nowMs());
  return params.confirm === true ? confirm(world, intent) : intent;
}

function confirm(world: World, intent: StripeObject): StripeObject {
  if (intent.status !== 'requires_confirmation') {
    throw invalid(
      `This PaymentIntent's status is ${intent.status}; it cannot be confirmed.`,
      'payment_intent_unexpected_state',
    );
  }
  return makeCharge(world, {}, intent).intent;
}

function cancelIntent(world: World, intent: StripeObject, params: Params): StripeObject {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw invalid(
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`,
      'payment_intent_unexpected_state',
    );
  }
  intent.status = 'canceled';
  intent.canceled_at = world.clock.now();
  intent.cancellation_reason = textParam(params, 'cancellation_reason') ?? null;
  return world.store.put('payment_intents', intent, world.clock.nowMs());
}

function updateIntent(world: World, intent: StripeObject, params: Params): StripeObject {
  refuseRedacted(intent);
  if (intent.status === 'canceled') {
    throw invalid('This PaymentIntent could not be updated because it is canceled.', 'payment_intent_unexpected_state');
  }
  setFields(intent, params, ['description', 'receipt_email']);
  setHash(intent, params, 'shipping', {});
  setMetadata(intent, params);
  return world.store.put('payment_intents', intent, world.clock.nowMs());
}

function updateCharge(world: World, charge: StripeObject, params: Params): StripeObject {
  refuseRedacted(charge);
  // «If this field is updated, then a new email receipt will be sent to the updated address.»
  const receipt = textParam(params, 'receipt_email');
  if (receipt !== undefined && receipt !== charge.receipt_email) {
    charge._receipts_sent_to = [...((charge._receipts_sent_to as string[] | undefined) ?? []), receipt];
  }
  setFields(charge, params, ['description', 'receipt_email']);
  setHash(charge, params, 'shipping', {});
  setMetadata(charge, params);
  return world.store.put('charges', charge, world.clock.nowMs());
}

export const paymentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/payment_intents',
    permission: 'payment_intent',
    params: { ...paging, created: times, customer: text },
    run: (world, _, params) =>
      answerList({
        collection: world.store.in('payment_intents'),
        url: '/v1/payment_intents',
        noun: 'payment_intent',
        params,
        where: { customer: customerFilter(world, params) },
      }),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents',
    permission: 'payment_intent',
    params: {
      ...expand,
      amount: required(integer),
      confirm: flag,
      currency: required(text),
      customer: text,
      description: text,
      metadata: newMetadataField,
      payment_method: text,
      payment_method_types: list(text),
      receipt_email: { ...email, clearable: false },
      shipping: newShipping,
    },
    run: (world, _, params) => createIntent(world, params),
  },
  {
    method: 'GET',
    path: '/v1/payment_intents/{intent}',
    permission: 'payment_intent',
    params: expand,
    run: (world, ids) => inPath(world, 'payment_intents', ids.intent, 'intent'),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/{intent}',
    permission: 'payment_intent',
    params: { ...expand, description: text, metadata, receipt_email: email, shipping },
    run: (world, ids, params) => updateIntent(world, inPath(world, 'payment_intents', ids.intent, 'intent'), params),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/{intent}/confirm',
    permission: 'payment_intent',
    params: expand,
    run: (world, ids) => confirm(world, inPath(world, 'payment_intents', ids.intent, 'intent')),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/{intent}/cancel',
    permission: 'payment_intent',
    params: { ...expand, cancellation_reason: reasons },
    run: (world, ids, params) => cancelIntent(world, inPath(world, 'payment_intents', ids.intent, 'intent'), params),
  },
  {
    method: 'GET',
    path: '/v1/charges',
    permission: 'charge',
    params: { ...paging, created: times, customer: text, payment_intent: text },
    run: (world, _, params) => {
      const intent = textParam(params, 'payment_intent');
      if (intent !== undefined) inParam(world, 'payment_intents', intent, 'payment_intent');
      return answerList({
        collection: world.store.in('charges'),
        url: '/v1/charges',
        noun: 'charge',
        params,
        where: { customer: customerFilter(world, params), payment_intent: intent },
      });
    },
  },
  {
    method: 'GET',
    path: '/v1/charges/{charge}',
    permission: 'charge',
    params: expand,
    run: (world, ids) => inPath(world, 'charges', ids.charge, 'charge'),
  },
  {
    method: 'POST',
    path: '/v1/charges/{charge}',
    permission: 'charge',
    params: {
      ...expand,
      description: text,
      metadata,
      receipt_email: { ...email, clearable: false },
      shipping: { ...shipping, clearable: false },
    },
    run: (world, ids, params) => updateCharge(world, inPath(world, 'charges', ids.charge, 'charge'), params),
  },
];
