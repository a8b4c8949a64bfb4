/**
 * Loads objects into the stand-in as they are in an account that has been in use for years: only the fields that matter are
 * written, the rest is what Stripe shows for an object without them. Ids and times are the fixture's own.
 */
import type { Store } from './core/store.ts';
import { type JsonHash, type Kind, kindNames, type StripeObject, textOf } from './core/types.ts';
import {
  creditNoteFrom,
  invoiceFrom,
  invoicePaymentFrom,
  priceFrom,
  productFrom,
  subscriptionFrom,
} from './objects/billing.ts';
import { balanceTransactionFrom, cardFrom, customerFrom, taxIdFrom } from './objects/customers.ts';
import { chargeFrom, disputeFrom, paymentIntentFrom, paymentMethodFrom, refundFrom } from './objects/payments.ts';
import { pdfToken } from './routes/invoice-steps.ts';

/** `id` and `created` (seconds since 1970) must be there. An invoice's `subscription` names the one it bills. */
export type FixtureObject = JsonHash & { id: string; created: number };
export type Fixture = Readonly<Partial<Record<Kind, readonly FixtureObject[]>>> & {
  /** Ids of customers that were deleted. */
  readonly deletedCustomers?: readonly string[];
};

type Factory = (fields: FixtureObject) => StripeObject;

const factories: Readonly<Partial<Record<Kind, Factory>>> = {
  customers: customerFrom,
  payment_methods: paymentMethodFrom,
  sources: cardFrom,
  tax_ids: taxIdFrom,
  balance_transactions: balanceTransactionFrom,
  subscriptions: subscriptionFrom,
  invoices: loadedInvoice,
  invoice_payments: invoicePaymentFrom,
  charges: chargeFrom,
  payment_intents: paymentIntentFrom,
  refunds: refundFrom,
  disputes: disputeFrom,
  credit_notes: creditNoteFrom,
  prices: priceFrom,
  products: productFrom,
  redaction_jobs: jobFrom,
  redaction_errors: (fields) => ({ object: 'privacy.redaction_job_validation_error', ...fields }),
};

/** A job as it is after its creation, or later: `_objects` are its roots. */
function jobFrom(fields: FixtureObject): StripeObject {
  return {
    object: 'privacy.redaction_job',
    livemode: false,
    status: 'validating',
    validation_behavior: 'error',
    _since: fields.created,
    ...fields,
  };
}

/** A finalised one has its PDF; one of a subscription says so where the current API version does. */
function loadedInvoice({ subscription, ...fields }: FixtureObject): StripeObject {
  const of = typeof subscription === 'string' ? subscription : undefined;
  return invoiceFrom({
    ...fields,
    ...((textOf(fields, 'status') ?? 'draft') === 'draft' ? {} : { _pdf: pdfToken(fields.id) }),
    ...(of === undefined
      ? {}
      : {
          _subscription: of,
          billing_reason: 'subscription_cycle',
          parent: {
            quote_details: null,
            subscription_details: { metadata: {}, subscription: of },
            type: 'subscription_details',
          },
        }),
  });
}

/** Adds the fixture's objects; one with an id that is there already, or was deleted, is left alone. */
export function loadFixture(store: Store, fixture: Fixture): void {
  for (const id of fixture.deletedCustomers ?? []) store.deletedCustomers.add(id);
  for (const kind of kindNames) {
    const make = factories[kind];
    for (const fields of make === undefined ? [] : (fixture[kind] ?? [])) {
      if (store.in(kind).get(fields.id) !== undefined || store.deletedCustomers.has(fields.id)) continue;
      store.put(kind, (make as Factory)(structuredClone(fields)), Number.NEGATIVE_INFINITY);
    }
  }
}
