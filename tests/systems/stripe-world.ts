/** The account that the requests of stripe-requests.ts are sent to: one of each object, under ids that the requests name. */
import type { Fixture } from '../../src/local/stripe/fixtures.ts';

const created = Date.parse('2026-01-05T10:00:00Z') / 1_000;
const owner = { customer: 'cus_world' };

export const worldIds = {
  customer: 'cus_world',
  payment_method: 'pm_world',
  source: 'card_world',
  tax_id: 'txi_world',
  transaction: 'cbtxn_world',
  subscription_exposed_id: 'sub_world',
  invoice: 'in_world',
  draft: 'in_draft',
  charge: 'ch_world',
  intent: 'pi_world',
  open_intent: 'pi_open',
  refund: 're_world',
  dispute: 'du_world',
  credit_note: 'cn_world',
  price: 'price_world',
  product: 'prod_world',
  loose_method: 'pm_loose',
  job: 'prj_ready',
  failed_job: 'prj_failed',
} as const;

const price = {
  id: 'price_world',
  created,
  object: 'price',
  product: 'prod_world',
  unit_amount: 1_900,
  recurring: { interval: 'month' },
};

const roots = {
  charges: null,
  checkout_sessions: null,
  customers: ['cus_world'],
  identity_verification_sessions: null,
  invoices: null,
  issuing_cardholders: null,
  payment_intents: null,
  radar_value_list_items: null,
  setup_intents: null,
};

export const world: Fixture = {
  customers: [
    {
      id: 'cus_world',
      created,
      email: 'helmi@hobe.example',
      name: 'Helmi Hõbe FIE',
      phone: '+372 000 0001',
      address: { line1: 'Näidise 4', city: 'Viljandi', postal_code: '00504', country: 'EE' },
      shipping: { name: 'Helmi Hõbe', phone: null, address: { line1: 'Näidise 4', city: 'Viljandi' } },
      invoice_settings: { default_payment_method: 'pm_world' },
      metadata: { workspace: '504' },
    },
  ],
  payment_methods: [
    { id: 'pm_world', created, ...owner, billing_details: { email: 'helmi@hobe.example', name: 'Helmi Hõbe' } },
    { id: 'pm_loose', created },
  ],
  sources: [{ id: 'card_world', created, ...owner, name: 'Helmi Hõbe' }],
  tax_ids: [{ id: 'txi_world', created, ...owner, value: 'EE99000504X' }],
  balance_transactions: [{ id: 'cbtxn_world', created, ...owner, amount: -500 }],
  products: [{ id: 'prod_world', created, name: 'Taustamuusika' }],
  prices: [price],
  subscriptions: [{ id: 'sub_world', created, ...owner, items: [{ price }], latest_invoice: 'in_world' }],
  invoices: [
    {
      id: 'in_world',
      created,
      ...owner,
      subscription: 'sub_world',
      status: 'open',
      number: 'HOBE-0001',
      customer_name: 'Helmi Hõbe FIE',
      customer_email: 'helmi@hobe.example',
      customer_tax_ids: [{ type: 'eu_vat', value: 'EE99000504X' }],
      lines: Array.from({ length: 12 }, (_, n) => ({ amount: 100 + n, description: `Rida ${n + 1}` })),
    },
    { id: 'in_draft', created, ...owner, lines: [{ amount: 100, description: 'Mustand' }] },
  ],
  invoice_payments: [
    {
      id: 'inpay_world',
      created,
      invoice: 'in_world',
      amount_paid: 1_900,
      payment: { type: 'payment_intent', payment_intent: 'pi_world' },
    },
  ],
  payment_intents: [
    { id: 'pi_world', created, ...owner, amount: 1_900, status: 'succeeded', latest_charge: 'ch_world' },
    { id: 'pi_open', created, ...owner, amount: 700, status: 'requires_confirmation', payment_method: 'pm_world' },
  ],
  charges: [
    {
      id: 'ch_world',
      created,
      ...owner,
      amount: 1_900,
      payment_intent: 'pi_world',
      payment_method: 'pm_world',
      billing_details: { email: 'helmi@hobe.example', name: 'Helmi Hõbe' },
      receipt_email: 'helmi@hobe.example',
    },
  ],
  refunds: [{ id: 're_world', created, amount: 100, charge: 'ch_world', payment_intent: 'pi_world' }],
  disputes: [{ id: 'du_world', created, amount: 1_900, charge: 'ch_world', payment_intent: 'pi_world' }],
  credit_notes: [
    {
      id: 'cn_world',
      created,
      ...owner,
      invoice: 'in_world',
      amount: 100,
      number: 'HOBE-0001-CN-01',
      lines: [{ amount: 100, description: 'Hinnaalandus' }],
    },
  ],
  redaction_jobs: [
    { id: 'prj_ready', created, status: 'ready', _objects: roots },
    { id: 'prj_failed', created, status: 'failed', _objects: roots },
  ],
  redaction_errors: [
    {
      id: 'prjve_world',
      created,
      _job: 'prj_failed',
      code: 'invalid_state',
      erroring_object: { id: 'pi_open', object_type: 'payment_intent' },
      message: 'PaymentIntent is not finalized. Confirm or cancel the payment intent.',
    },
  ],
};
