import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { type StripeStandIn, startStripeStandIn } from './start.ts';
import { clientOf, refusalOf } from './testing.ts';

let standIn: StripeStandIn;
let stripe: Stripe;
beforeAll(async () => {
  standIn = await startStripeStandIn();
  stripe = clientOf(standIn);
});
afterAll(() => standIn.stop());
beforeEach(() => standIn.control.reset());

const helmi = {
  name: 'Helmi Hõbe FIE',
  email: 'helmi@hobe.example',
  phone: '+372 000 0003',
  address: { line1: 'Näidise 4', city: 'Viljandi', country: 'EE' },
};

async function subscribed(): Promise<{ customer: string; subscription: Stripe.Subscription }> {
  const { id: customer } = await stripe.customers.create(helmi);
  const price = await stripe.prices.create({
    currency: 'eur',
    unit_amount: 1_900,
    recurring: { interval: 'month' },
    product_data: { name: 'Taustamuusika' },
  });
  const subscription = await stripe.subscriptions.create({ customer, items: [{ price: price.id }] });
  return { customer, subscription };
}

async function issued(lines = 1): Promise<{ customer: string; invoice: Stripe.Invoice }> {
  const { id: customer } = await stripe.customers.create(helmi);
  await stripe.customers.createTaxId(customer, { type: 'eu_vat', value: 'EE99000504X' });
  const draft = await stripe.invoices.create({ customer, collection_method: 'send_invoice', days_until_due: 14 });
  await stripe.invoices.addLines(draft.id, {
    lines: Array.from({ length: lines }, (_, n) => ({ amount: 100 + n, description: `Rida ${n + 1}` })),
  });
  return { customer, invoice: await stripe.invoices.finalizeInvoice(draft.id) };
}

describe('subscriptions', () => {
  it('are listed while they run, and once ended only when all are asked for', async () => {
    const { customer, subscription } = await subscribed();
    expect((await stripe.subscriptions.list({ customer })).data).toHaveLength(1);
    const ended = await stripe.subscriptions.cancel(subscription.id, { cancellation_details: { comment: 'Lõpp' } });
    expect(ended).toMatchObject({ status: 'canceled', cancellation_details: { comment: 'Lõpp' } });
    expect((await stripe.subscriptions.list({ customer })).data).toEqual([]);
    expect((await stripe.subscriptions.list({ customer, status: 'all' })).data).toHaveLength(1);
  });

  it('that have ended answer a second cancelling as if they were not there, and take metadata only', async () => {
    const { subscription } = await subscribed();
    await stripe.subscriptions.cancel(subscription.id);
    expect(await refusalOf(stripe.subscriptions.cancel(subscription.id))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
    expect((await stripe.subscriptions.update(subscription.id, { metadata: { a: '1' } })).metadata).toEqual({ a: '1' });
    expect((await refusalOf(stripe.subscriptions.update(subscription.id, { description: 'x' }))).statusCode).toBe(400);
  });

  it('that are to end with their period run until the clock is there', async () => {
    const { subscription } = await subscribed();
    const asked = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(asked).toMatchObject({ status: 'active', cancel_at_period_end: true });
    standIn.control.advanceClock(29 * 86_400);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    standIn.control.advanceClock(2 * 86_400);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
  });
});

describe('invoices', () => {
  it('keep the customer of the moment they were finalised, through every change and deletion of it', async () => {
    const { customer, invoice } = await issued();
    expect(invoice).toMatchObject({
      status: 'open',
      customer_name: helmi.name,
      customer_email: helmi.email,
      customer_phone: helmi.phone,
      customer_address: helmi.address,
      customer_tax_ids: [{ type: 'eu_vat', value: 'EE99000504X' }],
    });
    const before = standIn.control.digests()[`invoices/${invoice.id}`];
    await stripe.customers.update(customer, { name: '', email: '', phone: '', address: '' });
    await stripe.customers.del(customer);
    expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({ customer_name: helmi.name, customer });
    expect(standIn.control.digests()[`invoices/${invoice.id}`]).toBe(before);
  });

  it('show the customer as it is while they are drafts', async () => {
    const { id: customer } = await stripe.customers.create(helmi);
    const draft = await stripe.invoices.create({ customer });
    await stripe.customers.update(customer, { name: 'Hõbeda pärijad' });
    expect((await stripe.invoices.retrieve(draft.id)).customer_name).toBe('Hõbeda pärijad');
  });

  it('can not be changed or deleted once finalised, only voided, and drafts the other way round', async () => {
    const { invoice } = await issued();
    expect(await refusalOf(stripe.invoices.update(invoice.id, { description: '' }))).toMatchObject({
      code: 'invoice_not_editable',
    });
    expect((await refusalOf(stripe.invoices.del(invoice.id))).statusCode).toBe(400);
    expect((await stripe.invoices.voidInvoice(invoice.id)).status).toBe('void');
    const draft = await stripe.invoices.create({ customer: String(invoice.customer) });
    expect((await refusalOf(stripe.invoices.voidInvoice(draft.id))).statusCode).toBe(400);
    expect(await stripe.invoices.del(draft.id)).toMatchObject({ deleted: true });
    expect((await refusalOf(stripe.invoices.retrieve(draft.id))).statusCode).toBe(404);
  });

  it('show ten of their lines, and all of them page by page', async () => {
    const { invoice } = await issued(25);
    expect(invoice.lines.data).toHaveLength(10);
    expect(invoice.lines.has_more).toBe(true);
    const lines = await stripe.invoices.listLineItems(invoice.id, { limit: 10 }).autoPagingToArray({ limit: 100 });
    expect(lines.map(({ description }) => description)).toEqual(Array.from({ length: 25 }, (_, n) => `Rida ${n + 1}`));
  });

  it('have a PDF of their own, read without a key', async () => {
    const { invoice } = await issued();
    const response = await fetch(String(invoice.invoice_pdf));
    expect(response.headers.get('content-type')).toBe('application/pdf');
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
    expect(text.startsWith('%PDF-')).toBe(true);
    expect(text).toContain(String(invoice.number));
  });

  it('are due so many days after they were finalised', async () => {
    standIn.control.setClock('2026-11-01T00:00:00Z');
    const { invoice } = await issued();
    standIn.control.setClock(null);
    expect(invoice.due_date).toBe(Date.parse('2026-11-15T00:00:00Z') / 1_000);
  });

  it('are numbered per customer and listed with their payments and credit notes', async () => {
    const { customer, invoice } = await issued();
    expect(invoice.number).toMatch(/-0001$/);
    await stripe.invoices.pay(invoice.id, { paid_out_of_band: true });
    const note = await stripe.creditNotes.create({ invoice: invoice.id, amount: 50, reason: 'order_change' });
    expect((await stripe.creditNotes.list({ customer })).data.map(({ id }) => id)).toEqual([note.id]);
    expect((await stripe.invoices.list({ customer, status: 'paid' })).data.map(({ id }) => id)).toEqual([invoice.id]);
  });
});
