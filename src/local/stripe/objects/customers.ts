/** Customers, their tax ids, balance entries and cards of the older kind («sources»), with every field Stripe shows. */
import { type JsonHash, numberOf, type StripeObject, textOf } from '../core/types.ts';

type Fields = JsonHash & { id: string; created: number };

export const emptyAddress: JsonHash = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
};

export function addressFrom(fields: JsonHash | null | undefined): JsonHash | null {
  return fields === null || fields === undefined ? null : { ...emptyAddress, ...fields };
}

export function customerFrom(fields: Fields): StripeObject {
  return {
    object: 'customer',
    balance: 0,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: fields.id.slice(-8).toUpperCase(),
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
    ...fields,
    address: addressFrom(fields.address as JsonHash | null | undefined),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
      ...(fields.invoice_settings as JsonHash | undefined),
    },
  };
}

export function taxIdFrom(fields: Fields): StripeObject {
  const customer = textOf(fields, 'customer') ?? null;
  return {
    object: 'tax_id',
    country: String(fields.value).slice(0, 2),
    customer,
    customer_account: null,
    livemode: false,
    owner: { type: 'customer', customer },
    type: 'eu_vat',
    verification: { status: 'pending', verified_address: null, verified_name: null },
    ...fields,
  };
}

export function balanceTransactionFrom(fields: Fields): StripeObject {
  return {
    object: 'customer_balance_transaction',
    amount: 0,
    checkout_session: null,
    credit_note: null,
    currency: 'eur',
    customer: '',
    customer_account: null,
    description: null,
    ending_balance: numberOf(fields, 'amount'),
    invoice: null,
    livemode: false,
    metadata: {},
    type: 'adjustment',
    ...fields,
  };
}

/** A card attached as a source: it shows no time of its own, `created` is the stand-in's. */
export function cardFrom({ created, ...fields }: Fields): StripeObject {
  return {
    object: 'card',
    address_city: null,
    address_country: null,
    address_line1: null,
    address_line1_check: null,
    address_line2: null,
    address_state: null,
    address_zip: null,
    address_zip_check: null,
    allow_redisplay: 'unspecified',
    brand: 'Visa',
    country: 'EE',
    customer: null,
    cvc_check: 'pass',
    dynamic_last4: null,
    exp_month: 12,
    exp_year: 2030,
    fingerprint: 'StandInPrint0001',
    funding: 'credit',
    last4: '4242',
    metadata: {},
    name: null,
    regulated_status: 'unregulated',
    tokenization_method: null,
    created,
    ...fields,
  };
}
