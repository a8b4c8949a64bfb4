/**
 * A sole trader's customer: all of it is hers. While the business goes on nothing is taken from it; with the business closed the
 * subscription ends, cards are detached and the live fields emptied, once, however often and wherever it is interrupted, and what was
 * issued stays to the byte.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cast, workspaces } from '../../src/local/sample/cast.ts';
import { sampleBilling } from '../../src/local/sample/stripe.ts';
import { MemoryJournal } from '../conformance/memory-plan.ts';
import {
  type Account,
  accessOf,
  asked,
  eraseAll,
  find,
  openAccount,
  planned,
  readBack,
  refusalsOf,
} from './account.ts';

const { email } = cast.soleTrader;
const closing = { closing: new Set([workspaces.silversmith as string]) };

describe('a sole trader', () => {
  let account: Account;
  let id: string;
  beforeEach(async () => {
    account = await openAccount();
    const { control } = account.standIn;
    control.load(sampleBilling());
    id = control.ids('customers').find((one) => control.object('customers', one)?.email === email) ?? '';
    for (const invoice of control.ofCustomer(id).invoices ?? [])
      control.setFields('invoices', invoice.id, { status: 'paid', amount_remaining: 0 });
  });
  afterEach(() => account.stop());

  const keysOf = async () => (await find(account, [asked('stripe_customer_id', id)])).keys;
  const documents = () =>
    Object.entries(account.standIn.control.digests()).filter(([name]) =>
      /^(invoices|charges|refunds|credit_notes)\//.test(name),
    );

  it('gets everything: customer, subscription, invoices with every line, charges, cards, tax numbers', async () => {
    const { given, withheld } = await accessOf(account, await keysOf());
    const all = account.standIn.control.ofCustomer(id);
    expect(Object.values(withheld).every((count) => count === 0)).toBe(true);
    expect(given.customers).toEqual([expect.objectContaining({ email, name: all.customers?.[0]?.name })]);
    expect(given.subscriptions).toHaveLength(1);
    expect(given.invoices).toHaveLength(all.invoices?.length ?? 0);
    expect(given.charges).toHaveLength(all.charges?.length ?? 0);
    expect(given.payment_methods).toHaveLength(1);
    expect(JSON.stringify(given.invoices)).toContain('Taustamuusika');
    // The document itself, as a file.
    for (const invoice of given.invoices ?? []) {
      const { name, type, base64 } = Object(invoice).invoice_pdf;
      expect([name, type]).toEqual([expect.stringMatching(/^NH-.*\.pdf$/), 'application/pdf']);
      expect(Buffer.from(base64, 'base64').toString('latin1')).toMatch(/^%PDF-/);
    }
  });

  it('keeps everything while the business goes on', async () => {
    const { decided } = await planned(account, await keysOf());
    for (const { action } of decided.values()) expect(action).toBe('keep');
    expect(decided.get(`customers ${id}`)).toMatchObject({ disposition: 'refused', reason: 'contract-runs' });
  });

  it('with the business closed: subscription ended, card detached and empty, customer empty, documents kept by name of the law', async () => {
    const { control } = account.standIn;
    const keys = await keysOf();
    const before = documents();
    const { set, decided } = await planned(account, keys, closing);
    expect(await refusalsOf(account, keys, set)).toEqual([]);
    const journal = await eraseAll(account, keys, set);
    expect(await readBack(account, keys, set)).toMatchObject({ changed: journal.totals.anonymised });
    const { customers, subscriptions } = control.ofCustomer(id);
    expect(customers?.[0]).toMatchObject({ email: null, name: null, phone: null, address: null, shipping: null });
    expect(subscriptions?.map(({ status }) => status)).toEqual(['canceled']);
    const cards = control.ids('payment_methods').map((one) => control.object('payment_methods', one));
    expect(cards.some((card) => card?.customer === id)).toBe(false);
    expect(JSON.stringify(cards)).not.toContain(email);
    expect(documents()).toEqual(before);
    for (const [name, { disposition, keptBy, until }] of decided)
      if (name.startsWith('invoices '))
        expect([disposition, keptBy?.includes('§12'), until === null]).toEqual(['retained', true, false]);
  });

  it('erased again nothing is asked of Stripe a second time', async () => {
    const { control } = account.standIn;
    const keys = await keysOf();
    const { set } = await planned(account, keys, closing);
    await eraseAll(account, keys, set);
    control.forgetRequests();
    await eraseAll(account, keys, set, new MemoryJournal());
    expect(control.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('what somebody else has cancelled and detached in the meantime is what was wanted', async () => {
    const { standIn } = account;
    const keys = await keysOf();
    const { set } = await planned(account, keys, closing);
    const { subscriptions = [] } = standIn.control.ofCustomer(id);
    const authorised = { headers: { Authorization: `Bearer ${standIn.key}` } };
    for (const { id: one } of subscriptions)
      await fetch(`http://${standIn.host}:${standIn.port}/v1/subscriptions/${one}`, {
        method: 'DELETE',
        ...authorised,
      });
    await eraseAll(account, keys, set);
    expect(await readBack(account, keys, set)).not.toHaveProperty('residue');
  });

  // The client asks once more by itself where a connection is closed. Killed between effect and answer, told to wait, out of order: the same end, and the same counts.
  it.each([
    ['the answer to every first change is lost', { kind: 'close', effect: 'after', method: 'POST', times: 2 }],
    ['the answer to the cancellation is lost', { kind: 'close', effect: 'after', method: 'DELETE', times: 2 }],
    ['Stripe fails after the effect', { kind: 'status', status: 500, effect: 'after', method: 'DELETE', times: 1 }],
    [
      'Stripe fails before the effect, and remembers that it did',
      { kind: 'status', status: 500, method: 'POST', times: 1 },
    ],
    ['Stripe says that it is called too often', { kind: 'status', status: 429, times: 2 }],
    ['another call holds the object', { kind: 'status', status: 409, method: 'POST', times: 1 }],
  ] as const)('%s: it comes to the same end', async (_, fault) => {
    const keys = await keysOf();
    const { set } = await planned(account, keys, closing);
    account.standIn.control.orderFault(fault);
    const journal = await eraseAll(account, keys, set);
    expect(await readBack(account, keys, set)).not.toHaveProperty('residue');
    expect(journal.totals.absent).toBeUndefined();
    expect(account.standIn.control.ofCustomer(id).subscriptions?.[0]?.status).toBe('canceled');
  });

  it('a deletion of which the answer is lost counts as this erasure’s, not as gone before', async () => {
    const { control } = account.standIn;
    control.load({ tax_ids: [{ id: 'txi_Lost', created: 1_770_000_000, customer: id, value: 'EE100200300' }] });
    const count = control.ofCustomer(id).tax_ids?.length ?? 0;
    const keys = await keysOf();
    const { set } = await planned(account, keys, closing);
    const path = '/v1/customers/*/tax_ids/*';
    control.orderFault({ kind: 'close', effect: 'after', method: 'DELETE', path, times: 2 });
    const { totals } = await eraseAll(account, keys, set);
    expect([totals.erased, totals.absent]).toEqual([count, undefined]);
    expect(await readBack(account, keys, set)).toMatchObject({ gone: count });
  });

  it('what Stripe lets nobody clear of a holder’s details is not left over', async () => {
    const { control } = account.standIn;
    const [card] = control.ofCustomer(id).payment_methods ?? [];
    const details = { name: 'Helmi', email, phone: null, address: null, tax_id: '48001010000' };
    control.setFields('payment_methods', card?.id ?? '', { billing_details: details });
    const keys = await keysOf();
    const { set } = await planned(account, keys, closing);
    await eraseAll(account, keys, set);
    expect(await readBack(account, keys, set)).not.toHaveProperty('residue');
    expect(control.object('payment_methods', card?.id ?? '')).toMatchObject({
      customer: null,
      billing_details: { name: null, email: null },
    });
  });

  it('a customer that bears no key of a workspace is closed by its own number', async () => {
    const { control } = account.standIn;
    control.setFields('customers', id, { metadata: { customer_kind: 'sole_trader' } });
    const keys = await keysOf();
    const { decided } = await planned(account, keys, { closing: new Set([id]) });
    expect(decided.get(`customers ${id}`)).toMatchObject({ action: 'anonymise' });
  });

  it('money that is open by now stands against the plan', async () => {
    const { control } = account.standIn;
    const keys = await keysOf();
    const { set } = await planned(account, keys, closing);
    const [charge] = control.ofCustomer(id).charges ?? [];
    control.dispute(charge?.id ?? '', { status: 'needs_response' });
    expect(await refusalsOf(account, keys, set)).toEqual(
      expect.arrayContaining([{ code: 'money-open', where: 'customers' }]),
    );
  });

  it('a document whose law has ended is not pretended to be erased: it waits, everything else goes, and it counts once somebody had it redacted', async () => {
    const { control } = account.standIn;
    const keys = await keysOf();
    const { set } = await planned(account, keys, { ...closing, asOf: '2040-01-01' as never });
    expect(await refusalsOf(account, keys, set)).toEqual([]);
    const before = documents();
    const { waiting, totals } = await eraseAll(account, keys, set);
    expect(waiting.length).toBeGreaterThan(0);
    for (const { from, code } of waiting) expect([from, code]).toEqual([null, 'document-fixed']);
    expect(documents()).toEqual(before);
    expect(totals.anonymised).toBeGreaterThan(0);
    // Her contract ended on that day only: it keeps the customer as such, empty.
    expect(control.object('customers', id)).toMatchObject({ email: null, name: null });
    const all = control.ofCustomer(id);
    for (const kind of ['invoices', 'charges', 'refunds'] as const)
      for (const one of all[kind] ?? []) control.setFields(kind, one.id, { redaction: { status: 'redacted' } });
    expect((await eraseAll(account, keys, set)).waiting).toEqual([]);
    expect(await readBack(account, keys, set)).not.toHaveProperty('residue');
  });
});

describe('a guest', () => {
  it('is found by the payment, and gets the charge and what was given back', async () => {
    const account = await openAccount();
    const { control } = account.standIn;
    control.load({
      payment_intents: [{ id: 'pi_Guest', created: 1_770_000_000, amount: 500, status: 'succeeded' }],
      charges: [
        {
          ...{ id: 'ch_Guest', created: 1_770_000_000, amount: 500, amount_refunded: 100, payment_intent: 'pi_Guest' },
          billing_details: { name: 'Külaline', email: 'guest@x.example' },
        },
        { id: 'ch_Other', created: 1_770_000_000, amount: 700, payment_intent: 'pi_Other' },
      ],
      refunds: [
        { id: 're_Guest', created: 1_770_000_900, amount: 100, charge: 'ch_Guest', payment_intent: 'pi_Guest' },
      ],
    });
    const { keys } = await find(account, [asked('stripe_payment_intent_id', 'pi_Guest')]);
    expect(keys.map(({ provedBy }) => provedBy)).toEqual(['stripe_payment_intent_id']);
    const { given } = await accessOf(account, keys);
    expect(given.charges).toEqual([expect.objectContaining({ id: 'ch_Guest' })]);
    expect(given.refunds).toEqual([expect.objectContaining({ id: 're_Guest' })]);
    // How it was taxed says the map where no customer does: the law keeps the charge, and names the day.
    const { decided } = await planned(account, keys, { closing: new Set(['9']) });
    for (const name of ['charges ch_Guest', 'refunds re_Guest'])
      expect(decided.get(name)).toMatchObject({ action: 'keep', disposition: 'retained', until: '2033-12-31' });
    await account.stop();
  });
});

describe('a customer that was deleted in Stripe', () => {
  it('is planned as what the map says, from what is left', async () => {
    const account = await openAccount((map) => {
      map.customer.kind.deleted = 'person';
    });
    const { standIn } = account;
    const [created, customer] = [1_770_000_000, 'cus_Deleted'];
    standIn.control.load({
      customers: [{ id: customer, created, metadata: { customer_kind: 'person' } }],
      charges: [{ id: 'ch_Deleted', created, customer, amount: 500 }],
    });
    await fetch(`http://${standIn.host}:${standIn.port}/v1/customers/${customer}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${standIn.key}` },
    });
    const { keys } = await find(account, [asked('stripe_customer_id', customer)]);
    const { decided } = await planned(account, keys, { closing: new Set([customer]) });
    expect(decided.get('charges ch_Deleted')).toMatchObject({ action: 'keep', disposition: 'retained' });
    await account.stop();
  });
});
