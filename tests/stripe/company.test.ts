/**
 * A company's customer: the contact gets what is theirs and no more, leaves without a trace in what is alive, and changes nothing of
 * what was issued; two people on one address get nothing of each other; the subscription goes on.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { sampleBilling } from '../../src/local/sample/stripe.ts';
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

const { email } = cast.companyContact;
const chargeback = { chargebackDays: { stripe: 120 } };

describe('the contact of a company', () => {
  let account: Account;
  beforeAll(async () => {
    account = await openAccount((map) => {
      const { customers } = map.collections;
      customers.own.push('metadata.contact_user_id');
      customers.erase.fields['metadata.contact_user_id'] = 'empty';
      customers.erase.roles['metadata.contact_user_id'] = 'contact-person';
    });
    account.standIn.control.load(sampleBilling());
  });
  afterAll(() => account.stop());

  const customerId = (): string => {
    const { control } = account.standIn;
    return control.ids('customers').find((id) => control.object('customers', id)?.email === email) ?? '';
  };

  it('is found by the very address, as a contact and not as the customer', async () => {
    const { keys, candidates, learnt } = await find(account, [asked('email', email)]);
    expect(keys).toEqual([
      {
        collection: 'contacts',
        key: [
          ['customer', customerId()],
          ['email', email],
        ],
        provedBy: 'email',
      },
    ]);
    // The company's number is the company's.
    expect([candidates, learnt]).toEqual([[], []]);
  });

  it('gets the contact fields, that they were contact on invoice no. N of date D, and what was charged in their name', async () => {
    const { keys } = await find(account, [asked('email', email)]);
    const { given, withheld } = await accessOf(account, keys);
    expect(given.customers).toEqual([expect.objectContaining({ email, 'shipping.name': cast.companyContact.name })]);
    expect(Object.keys(Object(given.customers?.[0]))).not.toContain('name');
    const invoices = given.invoices ?? [];
    expect(invoices.length).toBeGreaterThan(0);
    for (const invoice of invoices)
      expect(Object.keys(Object(invoice)).sort()).toEqual(['created', 'customer_email', 'number', 'status']);
    expect(given.charges?.length).toBeGreaterThan(0);
    for (const charge of given.charges ?? []) expect(charge).toMatchObject({ billing_details: { email } });
    expect(given.subscriptions).toBeUndefined();
    expect(withheld.subscriptions).toBe(1);
    const all = account.standIn.control.ofCustomer(customerId());
    const counted = (name: 'invoices' | 'charges') => (given[name]?.length ?? 0) + (withheld[name] ?? 0);
    expect([counted('invoices'), counted('charges')]).toEqual([all.invoices?.length, all.charges?.length]);
  });

  it('may not be followed by themselves, by nobody’s address, nor by one that several people read', async () => {
    const { keys } = await find(account, [asked('email', email)]);
    for (const successor of [email, email.toUpperCase(), 'nobody', 'info@udusild.example']) {
      const { set } = await planned(account, keys, {}, successor);
      expect(await refusalsOf(account, keys, set)).toContainEqual({
        code: 'successor-unknown',
        where: 'customers.email',
      });
    }
  });

  it('leaves alone what has become another’s by the time its turn comes, and says so', async () => {
    const { control } = account.standIn;
    const { keys } = await find(account, [asked('email', email)]);
    const id = customerId();
    const { set } = await planned(account, keys, {}, 'ulle.oobik@udusild.example');
    control.setFields('customers', id, { email: 'somebody.else@udusild.example', phone: '+372 0 111' });
    const before = control.object('customers', id);
    const journal = await eraseAll(account, keys, set);
    expect(control.object('customers', id)).toEqual(before);
    expect([...journal.outcomes.values()].flat()).toContainEqual(
      expect.objectContaining({ disposition: 'absent', changedHands: true, count: 1 }),
    );
    control.setFields('customers', id, { email, phone: null });
  });

  it('leaves: fields pass to the successor or are emptied, documents stay to the byte, the subscription goes on', async () => {
    const { control } = account.standIn;
    const { keys } = await find(account, [asked('email', email)]);
    const id = customerId();
    const before = control.digests();
    const { set, decided } = await planned(account, keys, {}, 'ulle.oobik@udusild.example');
    const invoices = [...decided].filter(([name]) => name.startsWith('invoices '));
    for (const [, { disposition, action }] of invoices)
      expect(`${disposition} ${action}`).toMatch(/^(retained|refused) keep$/);
    expect(invoices.some(([, { disposition, until }]) => disposition === 'retained' && until !== null)).toBe(true);
    expect(await refusalsOf(account, keys, set)).toEqual([]);
    await eraseAll(account, keys, set);
    const found = await readBack(account, keys, set);
    expect([found.residue, found.changed]).toEqual([undefined, expect.any(Number)]);
    const after = control.object('customers', id);
    expect(after).toMatchObject({ email: 'ulle.oobik@udusild.example', phone: null });
    expect(JSON.stringify(after)).not.toContain(cast.companyContact.name);
    expect(after?.name).not.toBeNull();
    expect(after?.address).not.toBeNull();
    expect(control.ofCustomer(id).subscriptions?.[0]?.status).toBe('active');
    const changed = Object.entries(control.digests()).flatMap(([name, digest]) =>
      before[name] === digest ? [] : [name],
    );
    expect(changed.every((name) => /^(customers|payment_methods)\//.test(name))).toBe(true);
    expect(changed.length).toBeLessThanOrEqual(2);
  });

  it('is not found any more, and nothing of theirs is left to find by the key of before', async () => {
    expect((await find(account, [asked('email', email)])).keys).toEqual([]);
  });
});

describe('two bookkeepers on one shared address', () => {
  let account: Account;
  beforeAll(async () => {
    account = await openAccount();
    account.standIn.control.load({
      customers: ['A', 'B'].map((one) => ({
        ...{ id: `cus_Books${one}`, created: 1_770_000_000, email: 'kahekesi@x.example', name: `Firma ${one}` },
        metadata: { customer_kind: one === 'A' ? 'company' : 'sole_trader', contact_name: `Nimi ${one}` },
      })),
      invoices: ['A', 'B'].map((one) => ({
        ...{
          id: `in_Books${one}`,
          created: 1_770_000_100,
          customer: `cus_Books${one}`,
          status: 'paid',
          number: `N-${one}`,
        },
        ...{ customer_name: `Firma ${one}`, customer_email: 'kahekesi@x.example' },
      })),
    });
  });
  afterAll(() => account.stop());

  it('neither gets the other’s data: nothing is proved, and who is accepted gets their own alone', async () => {
    const undecided = await find(account, [asked('email', 'kahekesi@x.example')]);
    expect(undecided.keys).toEqual([]);
    expect(undecided.candidates.map(({ reason }) => reason)).toEqual(['several-accounts', 'several-accounts']);
    for (const [at, other] of [
      [0, 'B'],
      [1, 'A'],
    ] as const) {
      const ref = undecided.candidates[at]?.ref;
      if (ref === undefined) throw new Error('nobody is proposed');
      const mine = at === 0 ? 'A' : 'B';
      const { keys } = await find(account, [asked('email', 'kahekesi@x.example')], [{ ...ref, provedBy: 'accepted' }]);
      expect(keys).toHaveLength(1);
      const text = JSON.stringify((await accessOf(account, keys)).given);
      expect([text.includes(`N-${mine}`), text.includes(`N-${other}`), text.includes(`Nimi ${other}`)]).toEqual([
        true,
        false,
        false,
      ]);
    }
  });
});

describe('a bookkeeper whose address stands on a sole trader’s customer', () => {
  it('is proved nothing by it; the sole trader is, by the number that is hers', async () => {
    const account = await openAccount();
    const [created, address] = [1_770_000_000, 'raamat@x.example'];
    const metadata = { customer_kind: 'sole_trader' };
    account.standIn.control.load({ customers: [{ id: 'cus_Trader', created, email: address, metadata }] });
    const undecided = await find(account, [asked('email', address)]);
    expect([undecided.keys, undecided.learnt]).toEqual([[], []]);
    expect(undecided.candidates.map(({ reason, ref }) => [reason, ref.collection])).toEqual([
      ['unknown-account', 'customers'],
    ]);
    const own = await find(account, [asked('email', address), asked('stripe_customer_id', 'cus_Trader')]);
    expect(own.keys.map(({ provedBy }) => provedBy)).toEqual(['stripe_customer_id']);
    expect(own.candidates).toEqual([]);
    await account.stop();
  });
});

describe('a customer of whom nobody said what it is', () => {
  it('refuses, and says where to say it', async () => {
    const account = await openAccount();
    account.standIn.control.load({
      customers: [{ id: 'cus_Unsaid', created: 1_770_000_000, email: 'unsaid@x.example' }],
    });
    await expect(find(account, [asked('email', 'unsaid@x.example')])).rejects.toMatchObject({
      code: 'customer-kind-unmapped',
      where: 'customers.metadata.customer_kind',
    });
    await account.stop();
  });
});

describe('money', () => {
  it('is told to policy: what is open keeps what is needed for it, and charging back has its days', async () => {
    const account = await openAccount();
    const { control } = account.standIn;
    const created = Date.parse('2026-10-01T10:00:00Z') / 1_000;
    control.load({
      customers: [
        { id: 'cus_Money', created, email: 'raha@x.example', metadata: { customer_kind: 'person', workspace_id: '9' } },
      ],
      charges: [{ id: 'ch_Money', created, customer: 'cus_Money', amount: 500 }],
    });
    const { keys } = await find(account, [asked('email', 'raha@x.example')]);
    const closing = { closing: new Set(['9']), ...chargeback };
    const of = async () => (await planned(account, keys, closing)).decided.get('customers cus_Money');
    expect(await of()).toMatchObject({ action: 'keep', reason: 'money-open', until: '2027-01-29' });
    control.dispute('ch_Money', { status: 'needs_response' });
    expect(await of()).toMatchObject({ action: 'keep', reason: 'money-open', until: null });
    const late = await planned(account, keys, { ...closing, asOf: '2027-03-01' as never });
    expect(late.decided.get('customers cus_Money')).toMatchObject({ reason: 'money-open' });
    await account.stop();
  });

  it('of a company is no claim on its contact, who passes the contact on', async () => {
    const account = await openAccount();
    const { control } = account.standIn;
    const created = Date.parse('2026-11-01T10:00:00Z') / 1_000;
    const [customer, address] = ['cus_Firm', 'kontakt@x.example'];
    control.load({
      customers: [{ id: customer, created, email: address, balance: 500, metadata: { customer_kind: 'company' } }],
      charges: [{ id: 'ch_Firm', created, customer, amount: 500 }],
    });
    control.dispute('ch_Firm', { status: 'needs_response' });
    const { keys } = await find(account, [asked('email', address)]);
    const { set, decided } = await planned(account, keys, chargeback, 'jargmine@x.example');
    expect(decided.get(`customers ${customer}`)).toMatchObject({ action: 'detach', successor: ['email'] });
    expect(await refusalsOf(account, keys, set)).toEqual([]);
    await eraseAll(account, keys, set);
    expect(control.object('customers', customer)?.email).toBe('jargmine@x.example');
    await account.stop();
  });

  it('stands against the plan only of the customer it is open on', async () => {
    const account = await openAccount();
    const { control } = account.standIn;
    const created = 1_770_000_000;
    const metadata = { customer_kind: 'person' };
    control.load({
      customers: ['cus_Closing', 'cus_Staying'].map((id) => ({ id, created, email: `${id}@x.example`, metadata })),
      payment_methods: ['Closing', 'Staying'].map((one) => ({ id: `pm_${one}`, created, customer: `cus_${one}` })),
      charges: [{ id: 'ch_Staying', created, customer: 'cus_Staying', amount: 500 }],
    });
    const ids = ['cus_Closing', 'cus_Staying'].map((id) => asked('stripe_customer_id', id));
    const { keys } = await find(account, ids);
    const { set } = await planned(account, keys, { closing: new Set(['cus_Closing']) });
    control.dispute('ch_Staying', { status: 'needs_response' });
    expect(await refusalsOf(account, keys, set)).toEqual([]);
    control.setFields('customers', 'cus_Closing', { balance: 500 });
    expect(await refusalsOf(account, keys, set)).toContainEqual({ code: 'money-open', where: 'customers' });
    await account.stop();
  });
});
