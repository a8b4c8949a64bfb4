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

const details = {
  email: 'guest@kulastaja.test',
  name: 'Kadri Klikk',
  phone: '+372 000 0002',
  address: { line1: 'Näidise 9', city: 'Tartu' },
};

async function paid(customer?: string): Promise<{ intent: Stripe.PaymentIntent; charge: Stripe.Charge }> {
  const method = await stripe.paymentMethods.create({ type: 'card', billing_details: details });
  if (customer !== undefined) await stripe.paymentMethods.attach(method.id, { customer });
  const intent = await stripe.paymentIntents.create({
    amount: 2_500,
    currency: 'eur',
    payment_method: method.id,
    receipt_email: details.email,
    confirm: true,
    expand: ['latest_charge'],
    ...(customer === undefined ? {} : { customer }),
  });
  return { intent, charge: intent.latest_charge as Stripe.Charge };
}

describe('payment methods', () => {
  it('are listed for their customer, emptied, and gone from the list when detached', async () => {
    const { id: customer } = await stripe.customers.create({});
    const method = await stripe.paymentMethods.create({ type: 'card', billing_details: details });
    await stripe.paymentMethods.attach(method.id, { customer });
    const emptied = await stripe.paymentMethods.update(method.id, {
      billing_details: { email: '', name: '', phone: '', address: '' },
    });
    expect(emptied.billing_details).toMatchObject({ email: null, name: null, phone: null, address: { line1: null } });
    expect((await stripe.customers.listPaymentMethods(customer)).data.map(({ id }) => id)).toEqual([method.id]);
    expect((await stripe.paymentMethods.detach(method.id)).customer).toBeNull();
    expect((await stripe.paymentMethods.list({ customer, type: 'card' })).data).toEqual([]);
  });

  it('can be detached once, and a detached one is there and can never be attached again', async () => {
    const { id: customer } = await stripe.customers.create({});
    const { id } = await stripe.paymentMethods.create({ type: 'card', billing_details: details });
    await stripe.paymentMethods.attach(id, { customer });
    await stripe.paymentMethods.detach(id);
    expect((await stripe.paymentMethods.retrieve(id)).billing_details.email).toBe(details.email);
    const again = await refusalOf(stripe.paymentMethods.detach(id));
    expect(again.statusCode).toBe(400);
    expect(again.message).toMatch(/not attached to a customer so detachment is impossible/);
    expect((await refusalOf(stripe.paymentMethods.attach(id, { customer }))).message).toMatch(/may not be used again/);
  });

  it('can not be changed while they belong to nobody: whoever detaches first can not empty any more', async () => {
    const { id } = await stripe.paymentMethods.create({ type: 'card', billing_details: details });
    const refused = await refusalOf(stripe.paymentMethods.update(id, { billing_details: { email: '' } }));
    expect(refused.statusCode).toBe(400);
  });
});

describe('a payment method that paid for a guest', () => {
  it('is used up: it can not be attached to a customer afterwards', async () => {
    const { charge } = await paid();
    const { id: customer } = await stripe.customers.create({});
    const refused = await refusalOf(stripe.paymentMethods.attach(String(charge.payment_method), { customer }));
    expect(refused.message).toMatch(/may not be used again/);
  });
});

describe('charges', () => {
  it('of a guest name nobody but in billing details and receipt address, and are found by their intent', async () => {
    const { intent, charge } = await paid();
    expect(charge).toMatchObject({
      customer: null,
      receipt_email: details.email,
      billing_details: { name: details.name },
    });
    const found = await stripe.charges.list({ payment_intent: intent.id });
    expect(found.data.map(({ id }) => id)).toEqual([charge.id]);
    expect((await stripe.customers.list({ email: details.email })).data).toEqual([]);
  });

  it('keep what was said when they were made: emptying the card afterwards changes no charge', async () => {
    const { id: customer } = await stripe.customers.create({});
    const { charge } = await paid(customer);
    await stripe.paymentMethods.update(String(charge.payment_method), { billing_details: { name: '', email: '' } });
    expect((await stripe.charges.retrieve(charge.id)).billing_details.name).toBe(details.name);
  });

  it('send a new receipt to whatever address replaces the old one', async () => {
    const { charge } = await paid();
    await stripe.charges.update(charge.id, { receipt_email: 'nobody@naidisheli.example' });
    expect(standIn.control.object('charges', charge.id)).toMatchObject({
      _receipts_sent_to: ['nobody@naidisheli.example'],
    });
  });

  it('answer ids where nothing is expanded, and objects where it is', async () => {
    const { id: customer } = await stripe.customers.create({ name: 'Helmi' });
    const { charge } = await paid(customer);
    expect((await stripe.charges.retrieve(charge.id)).customer).toBe(customer);
    const expanded = await stripe.charges.list({ customer, expand: ['data.customer', 'data.refunds'] });
    expect(expanded.data[0]).toMatchObject({ customer: { name: 'Helmi' }, refunds: { data: [] } });
    const refused = await refusalOf(stripe.charges.retrieve(charge.id, { expand: ['nothing'] }));
    expect(refused.message).toMatch(/cannot be expanded \(nothing\)/);
  });

  it('are refunded in parts up to their amount and not beyond', async () => {
    const { charge } = await paid();
    await stripe.refunds.create({ charge: charge.id, amount: 500 });
    await stripe.refunds.create({ charge: charge.id, reason: 'requested_by_customer' });
    const refunds = await stripe.refunds.list({ charge: charge.id });
    expect(refunds.data.map(({ amount }) => amount)).toEqual([2_000, 500]);
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ refunded: true, amount_refunded: 2_500 });
    expect(await refusalOf(stripe.refunds.create({ charge: charge.id }))).toMatchObject({
      code: 'charge_already_refunded',
    });
  });

  it('may be disputed for a long time, and the dispute is listed with its state', async () => {
    const { charge, intent } = await paid();
    standIn.control.dispute(charge.id, { status: 'under_review' });
    const disputes = await stripe.disputes.list({ payment_intent: intent.id });
    expect(disputes.data.map(({ status }) => status)).toEqual(['under_review']);
    expect((await stripe.charges.retrieve(charge.id)).disputed).toBe(true);
  });
});
