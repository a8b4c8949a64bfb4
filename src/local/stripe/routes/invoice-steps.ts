/** The steps in an invoice's life: finalised, paid, voided. */
import { createHash } from 'node:crypto';
import { invalid } from '../core/errors.ts';
import type { World } from '../core/routing.ts';
import { hashOf, type JsonHash, numberOf, type StripeObject, textOf } from '../core/types.ts';
import { customerSnapshot } from '../core/view.ts';
import { invoicePaymentFrom } from '../objects/billing.ts';
import { makeCharge } from './charge-steps.ts';

const transitions = (invoice: StripeObject, changed: JsonHash): JsonHash => ({
  ...hashOf(invoice, 'status_transitions'),
  ...changed,
});

/** Where the PDF of a finalised invoice is read: not to be guessed from the invoice's id, as Stripe's is not. */
export function pdfToken(id: string): string {
  return `live_${createHash('sha256').update(`stand-in pdf ${id}`).digest('base64url')}`;
}

function dueDate(invoice: StripeObject, now: number): number | null {
  const days = invoice._days_until_due;
  return typeof days === 'number' ? now + days * 86_400 : null;
}

/** Takes the number, the copy of the customer's data and the PDF's address. An invoice of nothing is paid at once. */
export function finalise(world: World, invoice: StripeObject): StripeObject {
  const { store, clock } = world;
  const customer = store.in('customers').get(String(invoice.customer));
  if (customer === undefined)
    throw invalid('The customer of this invoice has been deleted.', 'resource_missing', 'customer');
  const sequence = numberOf(customer, 'next_invoice_sequence');
  Object.assign(invoice, customerSnapshot(world, customer.id), {
    number: `${textOf(customer, 'invoice_prefix')}-${String(sequence).padStart(4, '0')}`,
    status: 'open',
    effective_at: clock.now(),
    ending_balance: 0,
    status_transitions: transitions(invoice, { finalized_at: clock.now() }),
    _pdf: pdfToken(invoice.id),
    due_date: dueDate(invoice, clock.now()),
  });
  customer.next_invoice_sequence = sequence + 1;
  store.put('customers', customer, clock.nowMs());
  if (numberOf(invoice, 'amount_due') === 0) return settle(world, invoice);
  return store.put('invoices', invoice, clock.nowMs());
}

/** Pays in full: outside Stripe, or by a payment method of the customer. */
export function payInvoice(world: World, invoice: StripeObject, by: string): StripeObject {
  const { store, clock } = world;
  if (by === 'elsewhere') {
    invoice.amount_paid_off_stripe = invoice.amount_remaining ?? 0;
    return settle(world, invoice);
  }
  const customer = store.in('customers').get(String(invoice.customer));
  const method = by === 'default' ? textOf(hashOf(customer, 'invoice_settings'), 'default_payment_method') : by;
  if (method === undefined) {
    throw invalid(
      'Cannot charge a customer that has no default payment method. Set a default or pay out of band.',
      'invoice_payment_intent_requires_action',
    );
  }
  const { intent } = makeCharge(world, {
    amount: numberOf(invoice, 'amount_remaining'),
    currency: String(invoice.currency),
    customer: String(invoice.customer),
    payment_method: method,
    description: invoice.description ?? null,
  });
  const amount = numberOf(invoice, 'amount_remaining');
  const payment = invoicePaymentFrom({
    id: store.newId('invoice_payments'),
    created: clock.now(),
    invoice: invoice.id,
    amount_paid: amount,
    amount_requested: amount,
    currency: invoice.currency ?? 'eur',
    payment: { type: 'payment_intent', payment_intent: intent.id },
  });
  store.put('invoice_payments', payment, clock.nowMs());
  return settle(world, invoice);
}

function settle(world: World, invoice: StripeObject): StripeObject {
  Object.assign(invoice, {
    status: 'paid',
    amount_paid: invoice.amount_due ?? 0,
    amount_remaining: 0,
    attempted: true,
    status_transitions: transitions(invoice, { paid_at: world.clock.now() }),
  });
  return world.store.put('invoices', invoice, world.clock.nowMs());
}

/** An open or uncollectible invoice keeps everything it says, and is void. */
export function voidInvoice(world: World, invoice: StripeObject): StripeObject {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw invalid(
      `You can only pass in open or uncollectible invoices. This invoice isn't one: it is ${invoice.status}.`,
    );
  }
  invoice.status = 'void';
  invoice.status_transitions = transitions(invoice, { voided_at: world.clock.now() });
  return world.store.put('invoices', invoice, world.clock.nowMs());
}
