/**
 * Invoices (https://docs.stripe.com/api/invoices). A draft shows the customer as it is; finalising takes the number and a
 * copy of name, addresses, telephone and tax ids that nothing changes any more: not an update of the customer, not its
 * deletion. Then only what the invoice was not issued with (metadata, how it is collected) can be set.
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
import { badParameter, invalid } from '../core/errors.ts';
import { answerList, answerPart, textParam, timeMatches } from '../core/lists.ts';
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
import { hashesOf, type JsonHash, numberOf, type StripeObject } from '../core/types.ts';
import { invoiceFrom, lineFrom } from '../objects/billing.ts';
import { finalise, payInvoice, voidInvoice } from './invoice-steps.ts';

const item = hash({ amount: required(integer), description: text, quantity: integer, metadata });
const statuses = oneOf('draft', 'open', 'paid', 'uncollectible', 'void');

function create(world: World, params: Params): StripeObject {
  const customer = inParam(world, 'customers', textParam(params, 'customer') ?? '', 'customer');
  refuseRedacted(customer);
  const invoice = invoiceFrom({
    id: world.store.newId('invoices'),
    created: world.clock.now(),
    customer: customer.id,
    metadata: newMetadata(params),
    ...(params.currency === undefined ? {} : { currency: String(params.currency) }),
  });
  setFields(invoice, params, ['auto_advance', 'collection_method', 'description', 'footer']);
  noteDue(invoice, params);
  return world.store.put('invoices', invoice, world.clock.nowMs());
}

/** An invoice that is sent is due so many days after it is finalised. */
function noteDue(invoice: StripeObject, params: Params): void {
  if (params.days_until_due !== undefined) invoice._days_until_due = toJson(params.days_until_due);
}

function addLines(world: World, id: string | undefined, params: Params): StripeObject {
  const invoice = inPath(world, 'invoices', id, 'invoice');
  mustBeDraft(invoice);
  const lines = hashesOf(invoice, 'lines');
  for (const given of (params.lines as Params[] | undefined) ?? []) {
    const { amount, description } = given;
    lines.push(lineFrom(invoice, { amount: Number(amount), description: String(description ?? '') }, lines.length));
  }
  const total = lines.reduce((sum, line) => sum + numberOf(line, 'amount'), 0);
  const totals = [
    'amount_due',
    'amount_remaining',
    'subtotal',
    'subtotal_excluding_tax',
    'total',
    'total_excluding_tax',
  ];
  for (const field of totals) invoice[field] = total;
  invoice.lines = { ...(invoice.lines as JsonHash), data: lines };
  return world.store.put('invoices', invoice, world.clock.nowMs());
}

function mustBeDraft(invoice: StripeObject): void {
  if (invoice.status !== 'draft') throw invalid('This invoice is no longer editable', 'invoice_not_editable');
}

const onlyInDraft = ['collection_method', 'description', 'footer', 'days_until_due'];

function update(world: World, id: string | undefined, params: Params): StripeObject {
  const invoice = inPath(world, 'invoices', id, 'invoice');
  refuseRedacted(invoice);
  if (onlyInDraft.some((name) => params[name] !== undefined)) mustBeDraft(invoice);
  setFields(invoice, params, ['auto_advance', 'default_payment_method', 'collection_method', 'description', 'footer']);
  noteDue(invoice, params);
  setMetadata(invoice, params);
  return world.store.put('invoices', invoice, world.clock.nowMs());
}

export const invoiceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/invoices',
    permission: 'invoice',
    params: {
      ...paging,
      collection_method: oneOf('charge_automatically', 'send_invoice'),
      created: times,
      customer: text,
      due_date: times,
      status: statuses,
      subscription: text,
    },
    run: (world, _, params) =>
      answerList({
        collection: world.store.in('invoices'),
        url: '/v1/invoices',
        noun: 'invoice',
        params,
        where: { customer: customerFilter(world, params), _subscription: textParam(params, 'subscription') },
        matches: (invoice) =>
          timeMatches(params.due_date, invoice.due_date) &&
          (params.status === undefined || invoice.status === params.status) &&
          (params.collection_method === undefined || invoice.collection_method === params.collection_method),
      }),
  },
  {
    method: 'POST',
    path: '/v1/invoices',
    permission: 'invoice',
    params: {
      ...expand,
      auto_advance: flag,
      collection_method: oneOf('charge_automatically', 'send_invoice'),
      currency: text,
      customer: required(text),
      days_until_due: integer,
      description: clearable(text),
      footer: clearable(text),
      metadata,
    },
    run: (world, _, params) => create(world, params),
  },
  {
    method: 'GET',
    path: '/v1/invoices/{invoice}',
    permission: 'invoice',
    params: expand,
    run: (world, ids) => inPath(world, 'invoices', ids.invoice, 'invoice'),
  },
  {
    method: 'POST',
    path: '/v1/invoices/{invoice}',
    permission: 'invoice',
    params: {
      ...expand,
      auto_advance: flag,
      collection_method: oneOf('charge_automatically', 'send_invoice'),
      days_until_due: integer,
      default_payment_method: clearable(text),
      description: clearable(text),
      footer: clearable(text),
      metadata,
    },
    run: (world, ids, params) => update(world, ids.invoice, params),
  },
  {
    method: 'DELETE',
    path: '/v1/invoices/{invoice}',
    permission: 'invoice',
    params: {},
    run: (world, ids) => {
      const { id, status, _subscription } = inPath(world, 'invoices', ids.invoice, 'invoice');
      if (status !== 'draft') throw invalid('You can only delete draft invoices');
      if (_subscription !== undefined) throw invalid('You can not delete an invoice that belongs to a subscription');
      world.store.remove('invoices', id, world.clock.nowMs());
      return { id, object: 'invoice', deleted: true };
    },
  },
  {
    method: 'GET',
    path: '/v1/invoices/{invoice}/lines',
    permission: 'invoice',
    params: paging,
    run: (world, { invoice: id = '' }, params) => {
      const invoice = inPath(world, 'invoices', id, 'invoice');
      return answerPart(`/v1/invoices/${id}/lines`, hashesOf(invoice, 'lines'), params);
    },
  },
  {
    method: 'POST',
    path: '/v1/invoices/{invoice}/add_lines',
    permission: 'invoice',
    params: { ...expand, lines: required(list(item)) },
    run: (world, ids, params) => addLines(world, ids.invoice, params),
  },
  {
    method: 'POST',
    path: '/v1/invoices/{invoice}/finalize',
    permission: 'invoice',
    params: { ...expand, auto_advance: flag },
    run: (world, ids) => {
      const invoice = inPath(world, 'invoices', ids.invoice, 'invoice');
      if (invoice.status !== 'draft') {
        throw invalid(
          "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
          'invoice_not_editable',
        );
      }
      return finalise(world, invoice);
    },
  },
  {
    method: 'POST',
    path: '/v1/invoices/{invoice}/pay',
    permission: 'invoice',
    params: { ...expand, paid_out_of_band: flag, payment_method: text },
    run: (world, ids, params) => {
      const invoice = inPath(world, 'invoices', ids.invoice, 'invoice');
      if (invoice.status === 'paid') throw invalid('Invoice is already paid');
      if (invoice.status === 'void') throw invalid('You can not pay a void invoice', 'invoice_not_editable');
      if (invoice.status === 'draft') finalise(world, invoice);
      const method = textParam(params, 'payment_method');
      if (method !== undefined) inParam(world, 'payment_methods', method, 'payment_method');
      return payInvoice(world, invoice, params.paid_out_of_band === true ? 'elsewhere' : (method ?? 'default'));
    },
  },
  {
    method: 'POST',
    path: '/v1/invoices/{invoice}/void',
    permission: 'invoice',
    params: expand,
    run: (world, ids) => voidInvoice(world, inPath(world, 'invoices', ids.invoice, 'invoice')),
  },
  {
    method: 'POST',
    path: '/v1/invoices/{invoice}/mark_uncollectible',
    permission: 'invoice',
    params: expand,
    run: (world, ids) => {
      const invoice = inPath(world, 'invoices', ids.invoice, 'invoice');
      if (invoice.status !== 'open') throw invalid('You can only mark an open invoice as uncollectible');
      invoice.status = 'uncollectible';
      invoice.status_details = { uncollectible: { reason: 'user_forgiven' } };
      invoice.status_transitions = {
        ...(invoice.status_transitions as JsonHash),
        marked_uncollectible_at: world.clock.now(),
      };
      return world.store.put('invoices', invoice, world.clock.nowMs());
    },
  },
  {
    method: 'GET',
    path: '/v1/invoice_payments',
    permission: 'invoice',
    params: {
      ...paging,
      invoice: text,
      status: oneOf('canceled', 'open', 'paid'),
      payment: hash({ payment_intent: text, type: required(oneOf('payment_intent', 'payment_record')) }),
    },
    run: (world, _, params) => {
      const invoice = textParam(params, 'invoice');
      if (invoice !== undefined && world.store.in('invoices').get(invoice) === undefined) {
        throw badParameter('resource_missing', 'invoice', `No such invoice: '${invoice}'`);
      }
      const intent = (params.payment as Params | undefined)?.payment_intent;
      return answerList({
        collection: world.store.in('invoice_payments'),
        url: '/v1/invoice_payments',
        noun: 'invoice payment',
        params,
        where: { invoice },
        matches: (payment) =>
          (params.status === undefined || payment.status === params.status) &&
          (intent === undefined || (payment.payment as JsonHash).payment_intent === intent),
      });
    },
  },
];
