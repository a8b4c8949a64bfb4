/** A payment that succeeds: its intent and its charge, with the payer's details as they are at that moment. */
import type { World } from '../core/routing.ts';
import { hashOf, type JsonHash, type StripeObject, textOf } from '../core/types.ts';
import { chargeFrom, paymentIntentFrom } from '../objects/payments.ts';

/** Completes an intent, or a new one made of these fields. The charge copies the method's billing details. */
export function makeCharge(
  world: World,
  fields: JsonHash,
  open?: StripeObject,
): { intent: StripeObject; charge: StripeObject } {
  const { store, clock } = world;
  const created = clock.now();
  const intent = open ?? paymentIntentFrom({ id: store.newId('payment_intents'), created, ...fields });
  const method = store.in('payment_methods').get(String(intent.payment_method));
  const card = hashOf(method, 'card');
  const charge = chargeFrom({
    id: store.newId('charges'),
    created,
    amount: intent.amount ?? 0,
    currency: intent.currency ?? 'eur',
    customer: intent.customer ?? null,
    description: intent.description ?? null,
    metadata: structuredClone(intent.metadata ?? {}),
    payment_intent: intent.id,
    payment_method: intent.payment_method ?? null,
    receipt_email: intent.receipt_email ?? null,
    shipping: structuredClone(intent.shipping ?? null),
    billing_details: structuredClone(hashOf(method, 'billing_details') ?? {}),
  });
  const last4 = textOf(card, 'last4');
  const details = hashOf(charge, 'payment_method_details');
  if (last4 !== undefined) charge.payment_method_details = { ...details, card: { ...hashOf(details, 'card'), last4 } };
  intent.status = 'succeeded';
  intent.amount_received = intent.amount ?? 0;
  intent.latest_charge = charge.id;
  store.put('payment_intents', intent, clock.nowMs());
  store.put('charges', charge, clock.nowMs());
  // A method that paid without belonging to a customer is used up.
  if (method !== undefined && method.customer === null) method._used = true;
  return { intent, charge };
}
