/**
 * Subscriptions (https://docs.stripe.com/api/subscriptions). Lists leave ended ones out unless asked for all. One that is
 * cancelled is never changed again, and cancelling it once more answers that there is no such subscription.
 */
import {
  customerFilter,
  inParam,
  inPath,
  newMetadata,
  refuseRedacted,
  setFields,
  setMetadata,
  toJson,
} from '../core/change.ts';
import { invalid, missing } from '../core/errors.ts';
import { answerList, hashParam, textParam } from '../core/lists.ts';
import {
  clearable,
  expand,
  flag,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  type Params,
  paging,
  required,
  text,
  times,
} from '../core/params.ts';
import type { Route, World } from '../core/routing.ts';
import { hashesOf, hashOf, type JsonHash, numberOf, type StripeObject } from '../core/types.ts';
import { subscriptionFrom } from '../objects/billing.ts';

const feedback = oneOf(
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
);
const cancellationDetails = hash({ comment: clearable(text), feedback: clearable(feedback) });
const statuses = ['active', 'canceled', 'incomplete', 'incomplete_expired', 'past_due', 'paused', 'trialing', 'unpaid'];
const ended = ['canceled', 'incomplete_expired'];

/** Ends a subscription now. Drafts of its invoices are no longer carried on by Stripe. */
export function endSubscription(world: World, subscription: StripeObject, details: JsonHash): StripeObject {
  const now = world.clock.now();
  subscription.status = 'canceled';
  subscription.canceled_at = subscription.canceled_at ?? now;
  subscription.ended_at = now;
  subscription.cancel_at_period_end = false;
  subscription.cancellation_details = {
    comment: null,
    feedback: null,
    ...hashOf(subscription, 'cancellation_details'),
    ...details,
    reason: 'cancellation_requested',
  };
  for (const invoice of world.store.in('invoices').ofCustomer(String(subscription.customer))) {
    if (invoice.status !== 'draft' || invoice._subscription !== subscription.id) continue;
    invoice.auto_advance = false;
    world.store.put('invoices', invoice, world.clock.nowMs());
  }
  return world.store.put('subscriptions', subscription, world.clock.nowMs());
}

/** When the period that has begun ends. */
function periodEnd(subscription: StripeObject): number {
  return numberOf(hashesOf(subscription, 'items')[0], 'current_period_end');
}

/** Ends the subscriptions whose last period is over by the clock. */
export function endPeriods(world: World): void {
  for (const subscription of world.store.in('subscriptions').values()) {
    const end = subscription.cancel_at;
    if (subscription.status === 'canceled' || typeof end !== 'number' || end > world.clock.now()) continue;
    endSubscription(world, subscription, {});
    subscription.ended_at = end;
  }
}

function create(world: World, params: Params): StripeObject {
  const customer = inParam(world, 'customers', textParam(params, 'customer') ?? '', 'customer');
  refuseRedacted(customer);
  const items = ((params.items as Params[] | undefined) ?? []).map((item, index) => ({
    price: structuredClone(inParam(world, 'prices', String(item.price), `items[${index}][price]`)),
    quantity: (item.quantity as number | undefined) ?? 1,
  }));
  const subscription = subscriptionFrom({
    id: world.store.newId('subscriptions'),
    created: world.clock.now(),
    customer: customer.id,
    metadata: newMetadata(params),
    items,
  });
  const { metadata: _, ...rest } = params;
  return change(world, subscription, rest);
}

function change(world: World, subscription: StripeObject, params: Params): StripeObject {
  setFields(subscription, params, ['description', 'default_payment_method', 'collection_method', 'days_until_due']);
  setMetadata(subscription, params);
  const atEnd = params.cancel_at_period_end;
  if (typeof atEnd === 'boolean') {
    subscription.cancel_at_period_end = atEnd;
    subscription.cancel_at = atEnd ? periodEnd(subscription) : null;
    subscription.canceled_at = atEnd ? world.clock.now() : null;
  }
  const details = toJson(hashParam(params, 'cancellation_details')) as JsonHash | null;
  if (details !== null) {
    subscription.cancellation_details = { ...hashOf(subscription, 'cancellation_details'), ...details };
  }
  return world.store.put('subscriptions', subscription, world.clock.nowMs());
}

function update(world: World, id: string | undefined, params: Params): StripeObject {
  const subscription = inPath(world, 'subscriptions', id);
  refuseRedacted(subscription);
  const allowed = ['cancellation_details', 'metadata', 'expand'];
  if (subscription.status === 'canceled' && Object.keys(params).some((name) => !allowed.includes(name))) {
    throw invalid('A canceled subscription can only update its cancellation_details and metadata.');
  }
  return change(world, subscription, params);
}

function cancel(world: World, id: string | undefined, params: Params): StripeObject {
  const subscription = inPath(world, 'subscriptions', id);
  if (subscription.status === 'canceled') throw missing('subscription', subscription.id, { param: 'id', inPath: true });
  refuseRedacted(subscription);
  return endSubscription(
    world,
    subscription,
    (toJson(hashParam(params, 'cancellation_details')) as JsonHash | null) ?? {},
  );
}

function statusMatches(wanted: Params[string], status: unknown): boolean {
  if (wanted === 'all') return true;
  if (wanted === 'ended') return ended.includes(String(status));
  return wanted === undefined ? status !== 'canceled' : status === wanted;
}

const changeable = {
  ...expand,
  cancel_at_period_end: flag,
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  days_until_due: integer,
  default_payment_method: clearable(text),
  description: clearable(text),
  metadata,
};

export const subscriptionRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/subscriptions',
    permission: 'subscription',
    params: {
      ...paging,
      created: times,
      customer: text,
      price: text,
      collection_method: oneOf('charge_automatically', 'send_invoice'),
      status: oneOf('all', 'ended', ...statuses),
    },
    run: (world, _, params) =>
      answerList({
        collection: world.store.in('subscriptions'),
        url: '/v1/subscriptions',
        noun: 'subscription',
        params,
        where: { customer: customerFilter(world, params) },
        matches: (subscription) =>
          statusMatches(params.status, subscription.status) &&
          (params.collection_method === undefined || subscription.collection_method === params.collection_method) &&
          (params.price === undefined ||
            hashesOf(subscription, 'items').some((item) => hashOf(item, 'price')?.id === params.price)),
      }),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions',
    permission: 'subscription',
    params: {
      ...changeable,
      customer: required(text),
      items: required(list(hash({ price: required(text), quantity: integer }))),
    },
    run: (world, _, params) => create(world, params),
  },
  {
    method: 'GET',
    path: '/v1/subscriptions/{subscription_exposed_id}',
    permission: 'subscription',
    params: expand,
    run: (world, ids) => inPath(world, 'subscriptions', ids.subscription_exposed_id),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/{subscription_exposed_id}',
    permission: 'subscription',
    params: { ...changeable, cancellation_details: cancellationDetails },
    run: (world, ids, params) => update(world, ids.subscription_exposed_id, params),
  },
  {
    method: 'DELETE',
    path: '/v1/subscriptions/{subscription_exposed_id}',
    permission: 'subscription',
    params: { ...expand, cancellation_details: cancellationDetails, invoice_now: flag, prorate: flag },
    run: (world, ids, params) => cancel(world, ids.subscription_exposed_id, params),
  },
];
