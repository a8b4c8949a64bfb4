/** Products, prices, subscriptions, invoices with their lines and payments, and credit notes, with every field Stripe shows. */
import { listOf } from '../core/lists.ts';
import { hashesOf, hashOf, type JsonHash, numberOf, type StripeObject, textOf } from '../core/types.ts';

type Fields = JsonHash & { id: string; created: number };

export function productFrom(fields: Fields): StripeObject {
  return {
    object: 'product',
    active: true,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name: '',
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    unit_label: null,
    updated: fields.created,
    url: null,
    ...fields,
  };
}

export function priceFrom(fields: Fields): StripeObject {
  const recurring = hashOf(fields, 'recurring');
  const amount = numberOf(fields, 'unit_amount');
  return {
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    currency: 'eur',
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: '',
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring === undefined ? 'one_time' : 'recurring',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
    ...fields,
    recurring:
      recurring === undefined
        ? null
        : {
            interval: 'month',
            interval_count: 1,
            meter: null,
            usage_type: 'licensed',
            ...recurring,
          },
  };
}

/** Length of a period in seconds, a month being thirty days: the stand-in does not run billing, it shows its results. */
const periodSeconds: Readonly<Record<string, number>> = {
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_536_000,
};

export function subscriptionFrom(fields: Fields): StripeObject {
  const items = hashesOf(fields, 'items').map((item, index) => itemFrom(fields, item, index));
  return {
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: fields.created,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'classic' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: 'charge_automatically',
    currency: textOf(hashOf(items[0], 'price'), 'currency') ?? 'eur',
    customer: '',
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, issuer: { type: 'self' } },
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: fields.created,
    status: 'active',
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' } },
    trial_start: null,
    ...fields,
    items: listOf(`/v1/subscription_items?subscription=${fields.id}`, items),
  };
}

function itemFrom(subscription: Fields, item: JsonHash, index: number): JsonHash {
  const price = hashOf(item, 'price') ?? {};
  const interval = textOf(hashOf(price, 'recurring'), 'interval') ?? 'month';
  return {
    id: `${subscription.id.replace('sub_', 'si_')}${index}`,
    object: 'subscription_item',
    billing_thresholds: null,
    created: subscription.created,
    current_period_end: subscription.created + (periodSeconds[interval] ?? 2_592_000),
    current_period_start: subscription.created,
    discounts: [],
    metadata: {},
    quantity: 1,
    subscription: subscription.id,
    tax_rates: [],
    ...item,
    price: priceFrom({ ...price, id: String(price.id), created: numberOf(price, 'created') }),
  };
}

export function invoiceFrom(fields: Fields): StripeObject {
  const given = hashesOf(fields, 'lines');
  const lines = given.map((line, index) => lineFrom(fields, line, index));
  const total = lines.reduce((sum, line) => sum + numberOf(line, 'amount'), 0);
  const status = textOf(fields, 'status') ?? 'draft';
  const paid = status === 'paid';
  return {
    object: 'invoice',
    account_country: 'EE',
    account_name: 'Näidisheli OÜ',
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: paid ? total : 0,
    amount_paid_off_stripe: 0,
    amount_remaining: paid ? 0 : total,
    amount_shipping: 0,
    application: null,
    attempt_count: paid ? 1 : 0,
    attempted: paid,
    auto_advance: false,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: 'manual',
    collection_method: 'charge_automatically',
    currency: 'eur',
    custom_fields: null,
    customer: '',
    customer_account: null,
    customer_address: null,
    customer_email: null,
    customer_name: null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: status === 'draft' ? null : fields.created,
    ending_balance: status === 'draft' ? null : 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: fields.created,
    period_start: fields.created,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status,
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: fields.created,
    ...fields,
    lines: listOf(`/v1/invoices/${fields.id}/lines`, lines),
    status_transitions: {
      finalized_at: status === 'draft' ? null : fields.created,
      marked_uncollectible_at: null,
      paid_at: paid ? fields.created : null,
      voided_at: null,
      ...hashOf(fields, 'status_transitions'),
    },
  };
}

export function lineFrom(invoice: JsonHash, line: JsonHash, index: number): JsonHash {
  const amount = numberOf(line, 'amount');
  return {
    id: `${String(invoice.id).replace('in_', 'il_')}${String(index).padStart(3, '0')}`,
    object: 'line_item',
    amount,
    currency: invoice.currency ?? 'eur',
    description: null,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: invoice.id ?? null,
    livemode: false,
    metadata: {},
    parent: null,
    period: { end: invoice.created ?? 0, start: invoice.created ?? 0 },
    pretax_credit_amounts: [],
    pricing: null,
    quantity: 1,
    quantity_decimal: '1',
    subscription: null,
    subtotal: amount,
    taxes: [],
    ...line,
  };
}

export function invoicePaymentFrom(fields: Fields): StripeObject {
  return {
    object: 'invoice_payment',
    amount_paid: 0,
    amount_requested: 0,
    currency: 'eur',
    invoice: '',
    is_default: true,
    livemode: false,
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: fields.created },
    ...fields,
  };
}

export function creditNoteFrom(fields: Fields): StripeObject {
  const amount = numberOf(fields, 'amount');
  const lines = hashesOf(fields, 'lines').map((line, index) => creditNoteLineFrom(fields, line, index));
  return {
    object: 'credit_note',
    amount,
    amount_shipping: 0,
    currency: 'eur',
    customer: '',
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: fields.created,
    invoice: '',
    livemode: false,
    memo: null,
    metadata: {},
    number: '',
    out_of_band_amount: null,
    pdf: `https://pay.stripe.com/credit_notes/acct_1StandIn/${fields.id}/pdf?s=ap`,
    post_payment_amount: amount,
    pre_payment_amount: 0,
    pretax_credit_amounts: [],
    reason: null,
    refunds: [],
    shipping_cost: null,
    status: 'issued',
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_excluding_tax: amount,
    total_taxes: [],
    type: 'post_payment',
    voided_at: null,
    ...fields,
    lines: listOf(`/v1/credit_notes/${fields.id}/lines`, lines),
  };
}

function creditNoteLineFrom(note: Fields, line: JsonHash, index: number): JsonHash {
  return {
    id: `${note.id.replace('cn_', 'cnli_')}${index}`,
    object: 'credit_note_line_item',
    amount: 0,
    description: null,
    discount_amount: 0,
    discount_amounts: [],
    livemode: false,
    metadata: {},
    pretax_credit_amounts: [],
    quantity: 1,
    tax_rates: [],
    taxes: [],
    type: 'custom_line_item',
    unit_amount: line.amount ?? 0,
    unit_amount_decimal: String(line.amount ?? 0),
    ...line,
  };
}
