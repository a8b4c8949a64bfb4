/**
 * Requests that our code sends to Stripe, each with what it is for. stripe-mock says whether Stripe would take them; the
 * stand-in's answers to them are checked against Stripe's description. Ids in braces are those of stripe-world.ts. The
 * request of a connector that is not here is a request nobody has checked: add it.
 */

export interface StripeRequest {
  readonly does: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const get = (does: string, path: string, params: StripeRequest['params'] = {}): StripeRequest => ({
  does,
  method: 'GET',
  path,
  params,
});
const post = (does: string, path: string, params: StripeRequest['params'] = {}): StripeRequest => ({
  does,
  method: 'POST',
  path,
  params,
});
const del = (does: string, path: string, params: StripeRequest['params'] = {}): StripeRequest => ({
  does,
  method: 'DELETE',
  path,
  params,
});

const noAddress = { city: '', country: '', line1: '', line2: '', postal_code: '', state: '' };

export const stripeRequests: readonly StripeRequest[] = [
  // Finding
  get('finds customers by the exact address', '/v1/customers', { email: 'helmi@hobe.example', limit: 100 }),
  get('reads the next page of customers', '/v1/customers', { limit: 100, starting_after: '{customer}' }),
  get('reads customers of a time', '/v1/customers', { created: { gte: 1_700_000_000, lte: 1_900_000_000 } }),
  get('reads a customer', '/v1/customers/{customer}'),
  get('reads a customer with what is only there when asked for', '/v1/customers/{customer}', {
    expand: ['tax_ids', 'sources', 'subscriptions'],
  }),
  // Reading
  get('reads payment methods', '/v1/customers/{customer}/payment_methods', { limit: 100 }),
  get('reads payment methods by type', '/v1/payment_methods', { customer: '{customer}', type: 'card' }),
  get('reads a payment method', '/v1/payment_methods/{payment_method}'),
  get('reads a payment method of a customer', '/v1/customers/{customer}/payment_methods/{payment_method}'),
  get('reads tax ids', '/v1/customers/{customer}/tax_ids', { limit: 100 }),
  get('reads a tax id', '/v1/customers/{customer}/tax_ids/{tax_id}'),
  get('reads sources', '/v1/customers/{customer}/sources', { limit: 100 }),
  get('reads balance transactions', '/v1/customers/{customer}/balance_transactions', { limit: 100 }),
  get('reads a balance transaction', '/v1/customers/{customer}/balance_transactions/{transaction}'),
  get('reads all subscriptions, the ended ones too', '/v1/subscriptions', {
    customer: '{customer}',
    status: 'all',
    limit: 100,
  }),
  get('reads a subscription', '/v1/subscriptions/{subscription_exposed_id}', { expand: ['latest_invoice'] }),
  get('reads invoices', '/v1/invoices', { customer: '{customer}', limit: 100 }),
  get('reads invoices of a subscription', '/v1/invoices', {
    subscription: '{subscription_exposed_id}',
    status: 'open',
  }),
  get('reads open invoices', '/v1/invoices', { customer: '{customer}', status: 'open', limit: 100 }),
  get('reads an invoice with its payments', '/v1/invoices/{invoice}', { expand: ['payments', 'customer'] }),
  get('reads a draft', '/v1/invoices/{draft}'),
  get('reads the lines of an invoice', '/v1/invoices/{invoice}/lines', { limit: 100 }),
  get('reads payments of an invoice', '/v1/invoice_payments', { invoice: '{invoice}' }),
  get('reads invoice payments of an intent', '/v1/invoice_payments', {
    payment: { type: 'payment_intent', payment_intent: '{intent}' },
  }),
  get('reads credit notes', '/v1/credit_notes', { customer: '{customer}', limit: 100 }),
  get('reads a credit note', '/v1/credit_notes/{credit_note}'),
  get('reads the lines of a credit note', '/v1/credit_notes/{credit_note}/lines', { limit: 100 }),
  get('reads charges', '/v1/charges', { customer: '{customer}', limit: 100 }),
  get('reads the charges of a guest by the intent', '/v1/charges', { payment_intent: '{intent}' }),
  get('reads a charge with its refunds', '/v1/charges/{charge}', { expand: ['refunds', 'payment_intent'] }),
  get('reads payment intents', '/v1/payment_intents', { customer: '{customer}', limit: 100 }),
  get('reads a payment intent with its charge', '/v1/payment_intents/{intent}', { expand: ['latest_charge'] }),
  get('reads refunds', '/v1/refunds', { charge: '{charge}', limit: 100 }),
  get('reads a refund', '/v1/refunds/{refund}'),
  get('reads disputes of a charge', '/v1/disputes', { charge: '{charge}' }),
  get('reads disputes of an intent', '/v1/disputes', { payment_intent: '{intent}' }),
  get('reads a dispute', '/v1/disputes/{dispute}'),
  get('reads a price', '/v1/prices/{price}', { expand: ['product'] }),
  get('reads a product', '/v1/products/{product}'),
  // Emptying
  post('empties a customer', '/v1/customers/{customer}', {
    name: '',
    email: '',
    phone: '',
    description: '',
    address: '',
    shipping: '',
    metadata: { workspace: '' },
    business_name: '',
    individual_name: '',
  }),
  post('passes a customer to a successor', '/v1/customers/{customer}', {
    name: 'Kaisa Lill',
    email: 'manager@kuukala.example',
    phone: '',
  }),
  post('removes all metadata', '/v1/customers/{customer}', { metadata: '' }),
  post('empties the billing details of a payment method', '/v1/payment_methods/{payment_method}', {
    billing_details: { email: '', name: '', phone: '', address: noAddress },
    metadata: '',
  }),
  post('empties the billing details of a payment method at once', '/v1/payment_methods/{payment_method}', {
    billing_details: { email: '', name: '', phone: '', address: '' },
  }),
  post('replaces the address that a receipt went to', '/v1/charges/{charge}', {
    receipt_email: 'kustutatud@naidisheli.example',
    description: '-',
    shipping: { name: '-', address: { line1: '-' } },
  }),
  post('empties a balance transaction', '/v1/customers/{customer}/balance_transactions/{transaction}', {
    description: '',
    metadata: '',
  }),
  post('empties a charge', '/v1/charges/{charge}', { metadata: '' }),
  post('empties an intent', '/v1/payment_intents/{intent}', { receipt_email: '', metadata: '', shipping: '' }),
  post('empties a subscription', '/v1/subscriptions/{subscription_exposed_id}', { description: '', metadata: '' }),
  del('deletes a tax id', '/v1/customers/{customer}/tax_ids/{tax_id}'),
  del('deletes a source', '/v1/customers/{customer}/sources/{source}'),
  // Ending
  del('ends a subscription', '/v1/subscriptions/{subscription_exposed_id}', {
    invoice_now: false,
    prorate: false,
    cancellation_details: { comment: '' },
  }),
  post('ends a subscription with its period', '/v1/subscriptions/{subscription_exposed_id}', {
    cancel_at_period_end: true,
  }),
  post('detaches a payment method', '/v1/payment_methods/{payment_method}/detach'),
  post('cancels an open intent', '/v1/payment_intents/{open_intent}/cancel'),
  post('voids an open invoice', '/v1/invoices/{invoice}/void'),
  del('deletes a draft', '/v1/invoices/{draft}'),
  del('deletes a customer', '/v1/customers/{customer}'),
  post('closes a dispute', '/v1/disputes/{dispute}/close'),
  // Redacting
  post('makes a redaction job', '/v1/privacy/redaction_jobs', {
    objects: {
      customers: ['{customer}'],
      charges: ['{charge}'],
      invoices: ['{invoice}'],
      payment_intents: ['{intent}'],
    },
    validation_behavior: 'error',
    expand: ['objects'],
  }),
  get('lists redaction jobs', '/v1/privacy/redaction_jobs', { limit: 10 }),
  get('reads a redaction job', '/v1/privacy/redaction_jobs/{failed_job}', { expand: ['objects', 'validation_errors'] }),
  get('reads why a redaction job failed', '/v1/privacy/redaction_jobs/{failed_job}/validation_errors', { limit: 100 }),
  post('tells a redaction job to fix', '/v1/privacy/redaction_jobs/{failed_job}', { validation_behavior: 'fix' }),
  post('validates a redaction job again', '/v1/privacy/redaction_jobs/{failed_job}/validate'),
  post('runs a redaction job', '/v1/privacy/redaction_jobs/{job}/run'),
  post('cancels a redaction job', '/v1/privacy/redaction_jobs/{failed_job}/cancel'),
  // Making, as tests and the sample do
  post('makes a customer', '/v1/customers', {
    email: 'helmi@hobe.example',
    name: 'Helmi Hõbe FIE',
    address: { line1: 'Näidise 4', city: 'Viljandi' },
    tax_id_data: [{ type: 'eu_vat', value: 'EE99000504X' }],
  }),
  post('gives a customer a tax id', '/v1/customers/{customer}/tax_ids', { type: 'eu_vat', value: 'EE99000504X' }),
  post('moves the balance of a customer', '/v1/customers/{customer}/balance_transactions', {
    amount: -500,
    currency: 'eur',
    description: 'Hüvitis',
  }),
  post('makes a payment method', '/v1/payment_methods', { type: 'card', card: { token: 'tok_visa' } }),
  post('attaches a payment method', '/v1/payment_methods/{loose_method}/attach', { customer: '{customer}' }),
  post('makes a price', '/v1/prices', {
    currency: 'eur',
    unit_amount: 1_900,
    recurring: { interval: 'month' },
    product_data: { name: 'Taustamuusika' },
  }),
  post('starts a subscription', '/v1/subscriptions', { customer: '{customer}', items: [{ price: '{price}' }] }),
  post('makes an invoice', '/v1/invoices', { customer: '{customer}', collection_method: 'send_invoice' }),
  post('changes an invoice', '/v1/invoices/{draft}', { description: 'Mustand', metadata: { a: '1' } }),
  post('adds lines to an invoice', '/v1/invoices/{draft}/add_lines', { lines: [{ amount: 100, description: 'Rida' }] }),
  post('finalises an invoice', '/v1/invoices/{draft}/finalize'),
  post('pays an invoice', '/v1/invoices/{invoice}/pay'),
  post('gives an invoice up', '/v1/invoices/{invoice}/mark_uncollectible'),
  post('credits an invoice', '/v1/credit_notes', { invoice: '{invoice}', amount: 50, reason: 'order_change' }),
  post('makes a payment intent', '/v1/payment_intents', { amount: 700, currency: 'eur', customer: '{customer}' }),
  post('confirms a payment intent', '/v1/payment_intents/{open_intent}/confirm'),
  post('refunds a charge', '/v1/refunds', { charge: '{charge}', amount: 100 }),
  post('marks a refund', '/v1/refunds/{refund}', { metadata: { a: '1' } }),
  // Search, which nothing of ours relies on
  get('searches customers', '/v1/customers/search', { query: 'email:"helmi@hobe.example"' }),
  get('searches charges', '/v1/charges/search', { query: 'amount>100' }),
  get('searches invoices', '/v1/invoices/search', { query: 'number:"HOBE-0001"' }),
  get('searches payment intents', '/v1/payment_intents/search', { query: 'status:"succeeded"' }),
  get('searches subscriptions', '/v1/subscriptions/search', { query: 'status:"active"' }),
];
