/** Refunds, disputes and credit notes (https://docs.stripe.com/api/refunds, …/disputes, …/credit_notes). */
import { customerFilter, inParam, inPath, newMetadata, refuseRedacted, setMetadata } from '../core/change.ts';
import { invalid } from '../core/errors.ts';
import { answerList, answerPart, numberParam, textParam } from '../core/lists.ts';
import {
  expand,
  integer,
  metadata,
  newMetadataField,
  oneOf,
  type Params,
  paging,
  required,
  text,
  times,
} from '../core/params.ts';
import type { Route, World } from '../core/routing.ts';
import { hashesOf, numberOf, type StripeObject } from '../core/types.ts';
import { creditNoteFrom } from '../objects/billing.ts';
import { refundFrom } from '../objects/payments.ts';

function chargeOf(world: World, params: Params): StripeObject {
  const charge = textParam(params, 'charge');
  if (charge !== undefined) return inParam(world, 'charges', charge, 'charge');
  const id = textParam(params, 'payment_intent');
  if (id === undefined)
    throw invalid('One of the following params should be provided for this request: payment_intent or charge.');
  const intent = inParam(world, 'payment_intents', id, 'payment_intent');
  if (typeof intent.latest_charge !== 'string')
    throw invalid('This PaymentIntent does not have a successful charge to refund.');
  return inParam(world, 'charges', intent.latest_charge, 'charge');
}

function createRefund(world: World, params: Params): StripeObject {
  const charge = chargeOf(world, params);
  if (charge._redacted === true) throw invalid('This charge has been redacted and cannot be refunded.');
  if (charge.refunded === true) {
    throw invalid(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded');
  }
  const left = numberOf(charge, 'amount') - numberOf(charge, 'amount_refunded');
  const amount = numberParam(params, 'amount') ?? left;
  if (amount > left) {
    throw invalid(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
      'amount_too_large',
      'amount',
    );
  }
  charge.amount_refunded = numberOf(charge, 'amount_refunded') + amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  world.store.put('charges', charge, world.clock.nowMs());
  const refund = refundFrom({
    id: world.store.newId('refunds'),
    created: world.clock.now(),
    amount,
    charge: charge.id,
    currency: charge.currency ?? 'eur',
    metadata: newMetadata(params),
    payment_intent: charge.payment_intent ?? null,
    reason: textParam(params, 'reason') ?? null,
  });
  return world.store.put('refunds', refund, world.clock.nowMs());
}

function createCreditNote(world: World, params: Params): StripeObject {
  const invoice = inParam(world, 'invoices', textParam(params, 'invoice') ?? '', 'invoice');
  if (invoice.status === 'draft' || invoice.status === 'void') {
    throw invalid('You can only create a credit note for a finalized invoice.', 'resource_missing', 'invoice');
  }
  refuseRedacted(invoice);
  const earlier = world.store.in('credit_notes').having('invoice', invoice.id).length;
  const amount = numberParam(params, 'amount') ?? numberOf(invoice, 'total');
  const note = creditNoteFrom({
    id: world.store.newId('credit_notes'),
    created: world.clock.now(),
    amount,
    currency: invoice.currency ?? 'eur',
    customer: invoice.customer ?? '',
    invoice: invoice.id,
    lines: [{ amount, description: 'Credit' }],
    memo: textParam(params, 'memo') ?? null,
    metadata: newMetadata(params),
    number: `${invoice.number}-CN-${String(earlier + 1).padStart(2, '0')}`,
    reason: textParam(params, 'reason') ?? null,
  });
  return world.store.put('credit_notes', note, world.clock.nowMs());
}

/** The charge and the intent that a list is about; 400 for one that is not there. */
function paymentFilter(world: World, params: Params) {
  const charge = textParam(params, 'charge');
  const intent = textParam(params, 'payment_intent');
  if (charge !== undefined) inParam(world, 'charges', charge, 'charge');
  if (intent !== undefined) inParam(world, 'payment_intents', intent, 'payment_intent');
  return { charge, payment_intent: intent };
}

function paymentList(kind: 'refunds' | 'disputes', noun: string): Route {
  const url = `/v1/${kind}`;
  return {
    method: 'GET',
    path: url,
    permission: kind === 'refunds' ? 'charge' : 'dispute',
    params: { ...paging, charge: text, created: times, payment_intent: text },
    run: (world, _, params) => {
      const where = paymentFilter(world, params);
      return answerList({ collection: world.store.in(kind), url, noun, params, where });
    },
  };
}

export const refundRoutes: readonly Route[] = [
  paymentList('refunds', 'refund'),
  {
    method: 'POST',
    path: '/v1/refunds',
    permission: 'charge',
    params: {
      ...expand,
      amount: integer,
      charge: text,
      metadata,
      payment_intent: text,
      reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    },
    run: (world, _, params) => createRefund(world, params),
  },
  {
    method: 'GET',
    path: '/v1/refunds/{refund}',
    permission: 'charge',
    params: expand,
    run: (world, ids) => inPath(world, 'refunds', ids.refund),
  },
  {
    method: 'POST',
    path: '/v1/refunds/{refund}',
    permission: 'charge',
    params: { ...expand, metadata },
    run: (world, ids, params) => {
      const refund = inPath(world, 'refunds', ids.refund);
      setMetadata(refund, params);
      return world.store.put('refunds', refund, world.clock.nowMs());
    },
  },
  paymentList('disputes', 'dispute'),
  {
    method: 'GET',
    path: '/v1/disputes/{dispute}',
    permission: 'dispute',
    params: expand,
    run: (world, ids) => inPath(world, 'disputes', ids.dispute),
  },
  {
    method: 'POST',
    path: '/v1/disputes/{dispute}/close',
    permission: 'dispute',
    params: expand,
    run: (world, ids) => {
      const dispute = inPath(world, 'disputes', ids.dispute);
      if (!['needs_response', 'warning_needs_response'].includes(String(dispute.status))) {
        throw invalid('This dispute is already closed.');
      }
      dispute.status = 'lost';
      return world.store.put('disputes', dispute, world.clock.nowMs());
    },
  },
  {
    method: 'GET',
    path: '/v1/credit_notes',
    permission: 'credit_note',
    params: { ...paging, created: times, customer: text, invoice: text },
    run: (world, _, params) =>
      answerList({
        collection: world.store.in('credit_notes'),
        url: '/v1/credit_notes',
        noun: 'credit note',
        params,
        where: { customer: customerFilter(world, params), invoice: textParam(params, 'invoice') },
      }),
  },
  {
    method: 'POST',
    path: '/v1/credit_notes',
    permission: 'credit_note',
    params: {
      ...expand,
      amount: integer,
      invoice: required(text),
      memo: text,
      metadata: newMetadataField,
      reason: oneOf('duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory'),
    },
    run: (world, _, params) => createCreditNote(world, params),
  },
  {
    method: 'GET',
    path: '/v1/credit_notes/{id}',
    permission: 'credit_note',
    params: expand,
    run: (world, ids) => inPath(world, 'credit_notes', ids.id),
  },
  {
    method: 'GET',
    path: '/v1/credit_notes/{credit_note}/lines',
    permission: 'credit_note',
    params: paging,
    run: (world, { credit_note: id = '' }, params) =>
      answerPart(`/v1/credit_notes/${id}/lines`, hashesOf(inPath(world, 'credit_notes', id), 'lines'), params),
  },
];
