/** Money that is open keeps what is needed for it, whatever form it has and whenever it came; what is not there is missing, no crash. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FixtureObject } from '../../src/local/stripe/fixtures.ts';
import { MemoryJournal } from '../conformance/memory-plan.ts';
import { type Account, asked, eraseAll, find, openAccount, planned, refusalsOf } from './account.ts';

const created = Date.parse('2026-02-01T10:00:00Z') / 1_000;
const customer = 'cus_Payer';
const closing = { closing: new Set([customer]) };
const charge = (more: object = {}): FixtureObject => ({ id: 'ch_1', customer, created, amount: 900, ...more });
const invoice = (more: object): FixtureObject => ({ id: 'in_1', customer, created, amount_remaining: 900, ...more });

describe('money on a customer', () => {
  let account: Account;
  beforeEach(async () => {
    account = await openAccount((map) => {
      map.customer.kind = { is: 'person' };
    });
  });
  afterEach(() => account.stop());

  async function load(objects: Record<string, FixtureObject[]>, of: object = {}) {
    account.standIn.control.load({
      customers: [{ id: customer, created, email: 'payer@x.example', ...of }],
      ...objects,
    });
    return (await find(account, [asked('stripe_customer_id', customer)])).keys;
  }
  async function moneyOf(objects: Record<string, FixtureObject[]>, of: object = {}) {
    const { facts } = await planned(account, await load(objects, of), closing);
    return facts.get(`customers ${customer}`)?.money;
  }
  const forgiven = { status_details: { uncollectible: { reason: 'user_forgiven' } } };

  it.each([
    ['nothing at all', {}, {}, 'settled'],
    ['a balance', {}, { balance: -100 }, 'open'],
    ['a credit in another currency', {}, { currency: 'eur', _credits: { eur: 0, usd: 500 } }, 'open'],
    ['cash that came by transfer', {}, { _cash: { sek: 1200 } }, 'open'],
    ['credits that are used up', {}, { _credits: { eur: 0 }, _cash: { eur: 0 } }, 'settled'],
    ['an uncollectible invoice', { invoices: [invoice({ status: 'uncollectible' })] }, {}, 'open'],
    ['one that was forgiven', { invoices: [invoice({ status: 'uncollectible', ...forgiven })] }, {}, 'settled'],
    ['a draft', { invoices: [invoice({ status: 'draft' })] }, {}, 'open'],
    ['a charge on its way', { charges: [charge({ status: 'pending' })] }, {}, 'open'],
    ['one that was only authorised', { charges: [charge({ status: 'succeeded', captured: false })] }, {}, 'open'],
    ['a charge', { charges: [charge()] }, {}, 'settled'],
    [
      'a refund on its way',
      {
        charges: [charge({ amount_refunded: 100 })],
        refunds: [{ id: 're_1', created, amount: 100, charge: 'ch_1', status: 'pending' }],
      },
      {},
      'open',
    ],
  ] as const)('is, with %s, told as it is', async (_, objects, of, money) => {
    expect(await moneyOf(objects as unknown as Record<string, FixtureObject[]>, of)).toBe(money);
  });

  it('that became open after the plan stands against it at the no-return look, and right before the effect', async () => {
    const keys = await load({ charges: [charge()] });
    const { set } = await planned(account, keys, closing);
    expect(await refusalsOf(account, keys, set)).toEqual([]);
    account.standIn.control.dispute('ch_1', { status: 'needs_response' });
    expect(await refusalsOf(account, keys, set)).toContainEqual({ code: 'money-open', where: 'customers' });
    const before = account.standIn.control.object('customers', customer);
    await expect(eraseAll(account, keys, set, new MemoryJournal())).rejects.toMatchObject({ code: 'money-open' });
    expect(account.standIn.control.object('customers', customer)).toEqual(before);
  });

  it('of one customer of the person holds up nothing of another one', async () => {
    await load({ charges: [charge()] });
    account.standIn.control.load({
      customers: [{ id: 'cus_Other', created, email: 'payer@x.example', balance: 500 }],
    });
    const { keys } = await find(account, [
      ...[asked('stripe_customer_id', customer), asked('stripe_customer_id', 'cus_Other')],
    ]);
    const { set, decided } = await planned(account, keys, { closing: new Set([customer, 'cus_Other']) });
    expect(decided.get('customers cus_Other')).toMatchObject({ action: 'keep', reason: 'money-open' });
    await eraseAll(account, keys, set);
    expect(account.standIn.control.object('customers', customer)).toMatchObject({ email: null });
    expect(account.standIn.control.object('customers', 'cus_Other')).toMatchObject({ email: 'payer@x.example' });
  });

  it('is looked at before a customer is deleted, whoever it was planned for', async () => {
    const { control } = account.standIn;
    const keys = await load({ charges: [charge()] });
    // Years later: no law keeps what names the customer any more.
    const { set } = await planned(account, keys, { ...closing, asOf: '2040-01-01' as never });
    control.setFields('charges', 'ch_1', { status: 'pending' });
    // Without the keys, as in a sweep: it waits, and nothing else does.
    const { waiting } = await eraseAll(account, [], set);
    expect(waiting.map(({ key, from, code }) => [key[0]?.[1], from, code])).toEqual([[customer, null, 'money-open']]);
    expect(control.isDeleted(customer)).toBe(false);
    control.setFields('charges', 'ch_1', { status: 'succeeded' });
    await eraseAll(account, [], set);
    expect(control.isDeleted(customer)).toBe(true);
  });
});

describe('a contract', () => {
  const subscription = (status: string): FixtureObject => ({ id: 'sub_1', customer, created, status });
  const reasonOf = async (closed: boolean, status: string) => {
    const account = await openAccount((map) => {
      map.customer.kind = { is: 'person' };
      if (closed) map.customer.closed = 'without-subscription';
    });
    account.standIn.control.load({ customers: [{ id: customer, created }], subscriptions: [subscription(status)] });
    const { keys } = await find(account, [asked('stripe_customer_id', customer)]);
    const { facts } = await planned(account, keys);
    await account.stop();
    return facts.get(`customers ${customer}`)?.workspaceClosed;
  };

  it('is closed without a running subscription only where the map says that this is what ends it', async () => {
    expect(await reasonOf(true, 'canceled')).toBe(true);
    expect(await reasonOf(true, 'active')).toBe(false);
    expect(await reasonOf(false, 'canceled')).toBeUndefined();
  });
});
