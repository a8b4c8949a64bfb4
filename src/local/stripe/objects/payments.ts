/** Payment methods, payment intents, charges, refunds and disputes, with every field Stripe shows. */
import { hashOf, type JsonHash, numberOf, type StripeObject, textOf } from '../core/types.ts';
import { addressFrom, emptyAddress } from './customers.ts';

type Fields = JsonHash & { id: string; created: number };

function billingDetailsFrom(fields: JsonHash | undefined): JsonHash {
  const { address, ...rest } = fields ?? {};
  return {
    email: null,
    name: null,
    phone: null,
    tax_id: null,
    ...rest,
    address: addressFrom(address as JsonHash | null | undefined) ?? { ...emptyAddress },
  };
}

const card: JsonHash = {
  brand: 'visa',
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
  country: 'EE',
  display_brand: 'visa',
  exp_month: 12,
  exp_year: 2030,
  fingerprint: 'StandInPrint0001',
  funding: 'credit',
  generated_from: null,
  last4: '4242',
  networks: { available: ['visa'], preferred: null },
  regulated_status: 'unregulated',
  three_d_secure_usage: { supported: true },
  wallet: null,
};

export function paymentMethodFrom(fields: Fields): StripeObject {
  return {
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
    ...fields,
    billing_details: billingDetailsFrom(hashOf(fields, 'billing_details')),
    card: { ...card, ...hashOf(fields, 'card') },
  };
}

export function paymentIntentFrom(fields: Fields): StripeObject {
  const amount = numberOf(fields, 'amount');
  const succeeded = (textOf(fields, 'status') ?? 'requires_payment_method') === 'succeeded';
  return {
    object: 'payment_intent',
    amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: succeeded ? amount : 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${fields.id}_secret_standin`,
    confirmation_method: 'automatic',
    currency: 'eur',
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
    ...fields,
  };
}

function cardDetails(): JsonHash {
  const { display_brand: _, generated_from: __, networks: ___, three_d_secure_usage: ____, ...shown } = card;
  return {
    ...shown,
    amount_authorized: null,
    authorization_code: null,
    installments: null,
    mandate: null,
    network: 'visa',
    network_token: { used: false },
    network_transaction_id: '104102978678771',
    three_d_secure: null,
  };
}

export function chargeFrom(fields: Fields): StripeObject {
  const amount = numberOf(fields, 'amount');
  const paid = (textOf(fields, 'status') ?? 'succeeded') === 'succeeded';
  return {
    object: 'charge',
    amount,
    amount_captured: paid ? amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: paid ? fields.id.replace('ch_', 'txn_') : null,
    calculated_statement_descriptor: 'NAIDISHELI',
    captured: paid,
    currency: 'eur',
    customer: null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      risk_score: 22,
      seller_message: 'Payment complete.',
      type: 'authorized',
    },
    paid,
    payment_intent: null,
    payment_method: null,
    payment_method_details: { card: cardDetails(), type: 'card' },
    radar_options: {},
    receipt_email: null,
    receipt_number: null,
    receipt_url: `https://pay.stripe.com/receipts/standin/${fields.id}`,
    refunded: false,
    review: null,
    shipping: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'succeeded',
    transfer_data: null,
    transfer_group: null,
    ...fields,
    billing_details: billingDetailsFrom(hashOf(fields, 'billing_details')),
  };
}

export function refundFrom(fields: Fields): StripeObject {
  return {
    object: 'refund',
    amount: 0,
    balance_transaction: fields.id.replace('re_', 'txn_'),
    charge: null,
    currency: 'eur',
    customer: null,
    customer_account: null,
    destination_details: {
      card: { type: 'refund', reference_status: 'pending', reference_type: 'acquirer_reference_number' },
      type: 'card',
    },
    metadata: {},
    payment_intent: null,
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
    ...fields,
  };
}

const evidence: JsonHash = Object.fromEntries(
  [
    'access_activity_log',
    'billing_address',
    'cancellation_policy',
    'cancellation_policy_disclosure',
    'cancellation_rebuttal',
    'customer_communication',
    'customer_email_address',
    'customer_name',
    'customer_purchase_ip',
    'customer_signature',
    'duplicate_charge_documentation',
    'duplicate_charge_explanation',
    'duplicate_charge_id',
    'product_description',
    'receipt',
    'refund_policy',
    'refund_policy_disclosure',
    'refund_refusal_explanation',
    'service_date',
    'service_documentation',
    'shipping_address',
    'shipping_carrier',
    'shipping_date',
    'shipping_documentation',
    'shipping_tracking_number',
    'uncategorized_file',
    'uncategorized_text',
  ].map((name) => [name, null]),
);

export function disputeFrom(fields: Fields): StripeObject {
  return {
    object: 'dispute',
    amount: 0,
    balance_transactions: [],
    charge: '',
    currency: 'eur',
    enhanced_eligibility_types: [],
    evidence_details: {
      due_by: fields.created + 14 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: null,
    payment_method_details: {
      card: { brand: 'visa', case_type: 'chargeback', network: 'visa', network_reason_code: '10.4' },
      type: 'card',
    },
    reason: 'fraudulent',
    status: 'needs_response',
    ...fields,
    evidence: { ...evidence, enhanced_evidence: {}, ...hashOf(fields, 'evidence') },
  };
}
