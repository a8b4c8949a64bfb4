/**
 * The sample company's billing as Stripe has it: one customer per workspace that pays (its id is the workspace's
 * `billing_customer_id`), with the person who is its contact in the contact fields, her card, the subscription, and every
 * invoice that the account database knows, under the same number and to the same cent, paid or open. Beside it the crowd
 * of stripe-crowd.ts. Pure: the same company gives the same account.
 */
import { createHash } from 'node:crypto';
import type { JsonHash, Kind } from '../stripe/core/types.ts';
import type { Fixture, FixtureObject } from '../stripe/fixtures.ts';
import { cast, workspaces as part } from './cast.ts';
import { generateCompany } from './company.ts';
import type { InvoiceLineRow, InvoiceRow, SampleCompany, SubscriptionRow, UserRow, WorkspaceRow } from './rows.ts';
import { deletedCustomers, makeCrowd } from './stripe-crowd.ts';
import { secondsOf } from './time.ts';

const cents = (decimal: string): number => Math.round(Number(decimal) * 100);

type Objects = Partial<Record<Kind, FixtureObject[]>>;

/** All of it, for `loadFixture`. */
export function sampleBilling(company: SampleCompany = generateCompany()): Fixture {
  const objects: Objects = {};
  const users = new Map(company.users.map((user) => [user.id, user]));
  for (const workspace of company.workspaces) {
    const contact = users.get(contactOf(workspace));
    if (workspace.billing_customer_id === null || contact === undefined) continue;
    addWorkspace(objects, company, workspace, workspace.billing_customer_id, contact);
  }
  const crowd = makeCrowd();
  for (const [kind, more] of Object.entries(crowd) as [Kind, FixtureObject[]][]) add(objects, kind, ...more);
  return { ...objects, deletedCustomers };
}

/** Names this billing: SHA-256 of it, hexadecimal. */
export function sampleBillingDigest(): string {
  return createHash('sha256').update(JSON.stringify(sampleBilling())).digest('hex');
}

/** Who is named in the contact fields: the owner, but at the hotel the person who does its billing. */
function contactOf(workspace: WorkspaceRow): string {
  return workspace.id === part.hotel ? cast.companyContact.userId : workspace.owner_user_id;
}

function add(objects: Objects, kind: Kind, ...more: readonly FixtureObject[]): void {
  objects[kind] = [...(objects[kind] ?? []), ...more];
}

function addWorkspace(
  objects: Objects,
  company: SampleCompany,
  workspace: WorkspaceRow,
  customer: string,
  contact: UserRow,
): void {
  const created = secondsOf(workspace.created_at);
  const address = addressOf(workspace);
  const card = `pm_Naidis${workspace.id}`;
  const { vat_number: vat } = workspace;
  add(objects, 'customers', {
    id: customer,
    created,
    name: workspace.name,
    email: contact.email,
    phone: contact.phone,
    address,
    shipping: { name: contact.full_name, phone: contact.phone, address },
    invoice_prefix: `NH${workspace.id}`,
    invoice_settings: { default_payment_method: card },
    preferred_locales: [contact.locale],
    metadata: {
      workspace_id: workspace.id,
      customer_kind: workspace.customer_kind,
      contact_user_id: contact.id,
    },
  });
  add(objects, 'payment_methods', {
    id: card,
    created,
    customer,
    billing_details: { name: contact.full_name, email: contact.email, phone: contact.phone, address },
    card: { last4: `4${workspace.id}` },
  });
  if (vat !== null) add(objects, 'tax_ids', { id: `txi_Naidis${workspace.id}`, created, customer, value: vat });
  const subscription = company.subscriptions.find((row) => row.workspace_id === workspace.id);
  if (subscription !== undefined) addSubscription(objects, subscription, customer, created);
  for (const invoice of company.invoices.filter((row) => row.workspace_id === workspace.id)) {
    const lines = company.invoice_lines.filter((line) => line.invoice_id === invoice.id);
    addInvoice(objects, { workspace, contact, customer, card, subscription }, invoice, lines);
  }
}

function addressOf(workspace: WorkspaceRow): JsonHash {
  return {
    line1: workspace.street,
    line2: null,
    postal_code: workspace.postal_code,
    city: workspace.city,
    state: null,
    country: workspace.country,
  };
}

function addSubscription(objects: Objects, row: SubscriptionRow, customer: string, created: number): void {
  const product = {
    id: `prod_Naidis${row.plan}`,
    created: secondsOf('2024-01-02'),
    name: `Taustamuusika: ${row.plan}`,
  };
  if (objects.products?.some(({ id }) => id === product.id) !== true) add(objects, 'products', product);
  const price = {
    id: `price_Naidis${row.id}`,
    created,
    object: 'price',
    product: product.id,
    unit_amount: cents(row.monthly_price),
    recurring: { interval: 'month' },
  };
  add(objects, 'prices', price);
  add(objects, 'subscriptions', {
    id: `sub_Naidis${row.id}`,
    created: secondsOf(row.started_on),
    customer,
    status: row.status === 'active' ? 'active' : 'trialing',
    items: [{ price, current_period_start: secondsOf('2026-10-15'), current_period_end: secondsOf('2026-11-15') }],
    metadata: { workspace_id: row.workspace_id },
  });
}

interface Payer {
  readonly workspace: WorkspaceRow;
  readonly contact: UserRow;
  readonly customer: string;
  readonly card: string;
  readonly subscription: SubscriptionRow | undefined;
}

function addInvoice(objects: Objects, payer: Payer, row: InvoiceRow, lines: readonly InvoiceLineRow[]): void {
  const { workspace, contact, customer } = payer;
  const issued = secondsOf(row.issued_on);
  const [net, vat, total] = [cents(row.net), cents(row.vat), cents(row.total)];
  const paid = row.paid_on === null ? undefined : secondsOf(row.paid_on);
  add(objects, 'invoices', {
    id: `in_Naidis${row.id}`,
    created: issued,
    customer,
    number: row.number,
    status: paid === undefined ? unpaidStatus(row) : 'paid',
    currency: row.currency.toLowerCase(),
    collection_method: 'charge_automatically',
    due_date: secondsOf(row.due_on),
    customer_name: row.bill_to_name,
    customer_email: row.contact_email,
    customer_phone: row.contact_user_id === null ? null : contact.phone,
    customer_address: addressOf(workspace),
    customer_tax_exempt: row.supply_scheme === 'reverse_charge' ? 'reverse' : 'none',
    customer_tax_ids: row.customer_vat_number === null ? [] : [{ type: 'eu_vat', value: row.customer_vat_number }],
    custom_fields: row.contact_name === null ? null : [{ name: 'Kontakt', value: row.contact_name.slice(0, 140) }],
    subtotal: net,
    subtotal_excluding_tax: net,
    total_excluding_tax: net,
    total,
    total_taxes: [taxOf(row, net, vat)],
    amount_due: total,
    amount_paid: paid === undefined ? 0 : total,
    amount_remaining: paid === undefined ? total : 0,
    ...(payer.subscription === undefined ? {} : { subscription: `sub_Naidis${payer.subscription.id}` }),
    status_transitions: { finalized_at: issued, paid_at: paid ?? null },
    // The company has written it off itself (https://docs.stripe.com/api/invoices/object, `status_details`).
    ...(paid === undefined && unpaidStatus(row) === 'uncollectible'
      ? { status_details: { uncollectible: { reason: 'user_forgiven' } } }
      : {}),
    lines: lines.map((line) => ({ amount: cents(line.amount), description: line.description })),
  });
  if (paid !== undefined && total > 0) addPayment(objects, payer, row, paid, total);
}

/** Given up when it has been due for a quarter of a year. */
const unpaidStatus = (row: InvoiceRow): string => (row.due_on < '2026-08-01' ? 'uncollectible' : 'open');

function taxOf(row: InvoiceRow, net: number, vat: number): JsonHash {
  return {
    amount: vat,
    tax_behavior: 'exclusive',
    tax_rate_details: { tax_rate: row.supply_scheme === 'reverse_charge' ? 'txr_Naidis0' : 'txr_Naidis24' },
    taxability_reason: row.supply_scheme === 'reverse_charge' ? 'reverse_charge' : 'standard_rated',
    taxable_amount: net,
    type: 'tax_rate_details',
  };
}

/** Paid by the card of whoever is the contact: her name is on the charge for as long as Stripe keeps it. */
function addPayment(objects: Objects, payer: Payer, row: InvoiceRow, created: number, amount: number): void {
  const { customer, card, contact, workspace } = payer;
  const [intent, charge] = [`pi_Naidis${row.id}`, `ch_Naidis${row.id}`];
  const common = { created, customer, amount, payment_method: card, description: `Arve ${row.number}` };
  add(objects, 'payment_intents', { id: intent, ...common, status: 'succeeded', latest_charge: charge });
  add(objects, 'charges', {
    id: charge,
    ...common,
    payment_intent: intent,
    receipt_email: contact.email,
    billing_details: {
      name: contact.full_name,
      email: contact.email,
      phone: contact.phone,
      address: addressOf(workspace),
    },
  });
  add(objects, 'invoice_payments', {
    id: `inpay_Naidis${row.id}`,
    created,
    invoice: `in_Naidis${row.id}`,
    amount_paid: amount,
    amount_requested: amount,
    payment: { type: 'payment_intent', payment_intent: intent },
  });
}
