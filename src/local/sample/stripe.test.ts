import { describe, expect, it } from '@jest/globals';
import { startStripeStandIn } from '../stripe/start.ts';
import { clientOf } from '../stripe/testing.ts';
import { cast, workspaces } from './cast.ts';
import { generateCompany } from './company.ts';
import { sampleBilling } from './stripe.ts';
import { billingCast } from './stripe-crowd.ts';

const company = generateCompany();
const billing = sampleBilling(company);
const customerOf = (workspaceId: string): string =>
  company.workspaces.find(({ id }) => id === workspaceId)?.billing_customer_id ?? '';

describe('the sample company’s billing', () => {
  it('is the same every time', () => {
    expect(sampleBilling(generateCompany())).toEqual(billing);
  });

  it('has a customer for every workspace that pays, under the id the account database knows', () => {
    const paying = company.workspaces.flatMap(({ billing_customer_id: id }) => (id === null ? [] : [id]));
    expect(billing.customers?.map(({ id }) => id)).toEqual(expect.arrayContaining(paying));
    expect(paying).toHaveLength(19);
  });

  it('has every invoice of the account database, under its number and to the cent', () => {
    const totals = new Map(billing.invoices?.map(({ number, total }) => [number, total]));
    for (const { number, total } of company.invoices) expect(totals.get(number)).toBe(Math.round(Number(total) * 100));
  });

  it('pays every invoice that the account database has as paid, and no other', () => {
    const paid = company.invoices.filter(({ paid_on }) => paid_on !== null).map(({ number }) => number);
    const shown = billing.invoices?.filter(({ status, id }) => status === 'paid' && id !== 'in_NaidisDeleted1');
    expect(shown?.map(({ number }) => number).sort()).toEqual(paid.sort());
  });

  it('loads into the stand-in and answers for its people', async () => {
    const standIn = await startStripeStandIn();
    try {
      standIn.control.load(billing);
      const stripe = clientOf(standIn);
      const triin = await stripe.customers.list({ email: cast.playlistAuthor.email });
      expect(triin.data.map(({ id }) => id)).toEqual([customerOf(workspaces.danceStudio)]);
      const helmi = customerOf(workspaces.silversmith);
      expect((await stripe.subscriptions.list({ customer: helmi })).data).toHaveLength(1);
      expect((await stripe.invoices.list({ customer: helmi })).data).toHaveLength(10);
      expect((await stripe.customers.list({ email: cast.twoWorkspaces.email })).data).toHaveLength(2);
      expect(await stripe.customers.retrieve(billingCast.deleted.customer)).toMatchObject({ deleted: true });
      expect((await stripe.charges.list({ customer: billingCast.deleted.customer })).data).toHaveLength(1);
      const guest = await stripe.charges.list({ payment_intent: billingCast.guest.paymentIntent });
      expect(guest.data[0]).toMatchObject({ customer: null, billing_details: { email: billingCast.guest.email } });
    } finally {
      await standIn.stop();
    }
  });
});
