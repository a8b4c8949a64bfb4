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

const mari = { email: 'Mari.Tamm@kask.example', name: 'Mari Tamm', phone: '+372 000 0001' };

describe('customers', () => {
  it('are created and retrieved with what was sent and nothing else filled in', async () => {
    const made = await stripe.customers.create({ ...mari, metadata: { workspace: '508' } });
    expect(made).toMatchObject({ ...mari, object: 'customer', metadata: { workspace: '508' }, address: null });
    expect(await stripe.customers.retrieve(made.id)).toMatchObject({ id: made.id, ...mari });
  });

  it('are found by the exact spelling of an address only, and several by one', async () => {
    const first = await stripe.customers.create(mari);
    const second = await stripe.customers.create(mari);
    await stripe.customers.create({ email: 'mari.tamm@kask.example' });
    const found = await stripe.customers.list({ email: mari.email });
    expect(found.data.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect((await stripe.customers.list({ email: 'mari.tamm@kask.examp' })).data).toEqual([]);
  });

  it('lose a field by an empty value, a metadata key by an empty value and all keys by an empty hash', async () => {
    const made = await stripe.customers.create({
      ...mari,
      address: { line1: 'Näidise 1', city: 'Tartu' },
      metadata: { a: '1', b: '2' },
    });
    const emptied = await stripe.customers.update(made.id, { name: '', phone: '', address: '', metadata: { a: '' } });
    expect(emptied).toMatchObject({ name: null, phone: null, address: null, email: mari.email });
    expect(emptied.metadata).toEqual({ b: '2' });
    expect((await stripe.customers.update(made.id, { metadata: '' })).metadata).toEqual({});
  });

  it('keep the parts of an address that an update does not name', async () => {
    const made = await stripe.customers.create({ address: { line1: 'Näidise 1', city: 'Tartu' } });
    const moved = await stripe.customers.update(made.id, { address: { city: 'Elva' } });
    expect(moved.address).toMatchObject({ line1: 'Näidise 1', city: 'Elva' });
  });

  it('are still answered when deleted, as deleted, and are in no list', async () => {
    const { id } = await stripe.customers.create(mari);
    expect(await stripe.customers.del(id)).toEqual(expect.objectContaining({ id, object: 'customer', deleted: true }));
    expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true });
    expect((await stripe.customers.list({ email: mari.email })).data).toEqual([]);
    expect(await refusalOf(stripe.customers.del(id))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
    expect(await refusalOf(stripe.customers.update(id, { name: 'x' }))).toMatchObject({ statusCode: 404 });
  });

  it('end their subscriptions when deleted, and leave invoices and charges listed under their id', async () => {
    const { customer, subscription, invoice } = await billed();
    await stripe.customers.del(customer);
    expect(await stripe.subscriptions.retrieve(subscription)).toMatchObject({ status: 'canceled' });
    const invoices = await stripe.invoices.list({ customer, expand: ['data.customer'] });
    expect(invoices.data.map(({ id }) => id)).toEqual([invoice]);
    expect(invoices.data[0]?.customer).toEqual({ id: customer, object: 'customer', deleted: true });
    expect((await stripe.charges.list({ customer })).data).toHaveLength(1);
  });

  it('are paged newest first, and one that is added meanwhile moves nothing behind the cursor', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await stripe.customers.create({ name: `n${n}` })).id);
    const first = await stripe.customers.list({ limit: 2 });
    expect(first.has_more).toBe(true);
    await stripe.customers.create({ name: 'late' });
    const rest = await stripe.customers.list({ limit: 10, starting_after: String(ids[1]) });
    expect(rest.data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(rest.has_more).toBe(false);
    const before = await stripe.customers.list({ limit: 2, ending_before: String(ids[4]) });
    expect(before.data.map(({ id }) => id)).toEqual(ids.slice(2, 4));
  });

  it('are listed by the time they were made', async () => {
    standIn.control.setClock('2026-01-01T00:00:00Z');
    await stripe.customers.create({ name: 'old' });
    standIn.control.setClock('2026-02-01T00:00:00Z');
    await stripe.customers.create({ name: 'new' });
    standIn.control.setClock(null);
    const created = {
      gte: Date.parse('2026-01-15T00:00:00Z') / 1_000,
      lte: Date.parse('2026-02-15T00:00:00Z') / 1_000,
    };
    expect((await stripe.customers.list({ created })).data.map(({ name }) => name)).toEqual(['new']);
  });

  it('have a balance, moved by entries that name it and can be emptied and not deleted', async () => {
    const { id } = await stripe.customers.create(mari);
    const entry = { currency: 'eur', description: 'Hüvitis Marile' };
    await stripe.customers.createBalanceTransaction(id, { ...entry, amount: -500 });
    const second = await stripe.customers.createBalanceTransaction(id, { ...entry, amount: 200 });
    expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: -300, currency: 'eur' });
    const entries = await stripe.customers.listBalanceTransactions(id);
    expect(entries.data.map(({ ending_balance }) => ending_balance)).toEqual([-300, -500]);
    const emptied = await stripe.customers.updateBalanceTransaction(id, second.id, { description: '' });
    expect(emptied.description).toBeNull();
  });

  it('have tax ids that are added, listed and deleted', async () => {
    const { id } = await stripe.customers.create(mari);
    const taxId = await stripe.customers.createTaxId(id, { type: 'eu_vat', value: 'EE990000509X' });
    expect((await stripe.customers.listTaxIds(id)).data.map(({ value }) => value)).toEqual(['EE990000509X']);
    expect(await stripe.customers.deleteTaxId(id, taxId.id)).toMatchObject({ deleted: true });
    expect((await stripe.customers.listTaxIds(id)).data).toEqual([]);
  });
});

async function billed(): Promise<{ customer: string; subscription: string; invoice: string }> {
  const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
  const customer = await stripe.customers.create({
    ...mari,
    payment_method: method.id,
    invoice_settings: { default_payment_method: method.id },
  });
  const price = await stripe.prices.create({
    currency: 'eur',
    unit_amount: 1_900,
    recurring: { interval: 'month' },
    product_data: { name: 'Taustamuusika' },
  });
  const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
  const draft = await stripe.invoices.create({ customer: customer.id });
  await stripe.invoices.addLines(draft.id, { lines: [{ amount: 1_900, description: 'Taustamuusika, 1 kuu' }] });
  const invoice = await stripe.invoices.pay(draft.id);
  return { customer: customer.id, subscription: subscription.id, invoice: invoice.id };
}
