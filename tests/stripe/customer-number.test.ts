/**
 * A customer as such: what names it is told as a fact, it is nobody's but a person's or a sole trader's, and it goes last, empty and unused,
 * whatever is asked twice, was gone before or came in between.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PlannedSet, SubjectKey } from '../../connectors/contract.ts';
import type { FixtureObject } from '../../src/local/stripe/fixtures.ts';
import type { PublishedPeriod } from '../../src/policy/retention/index.ts';
import { MemoryJournal } from '../conformance/memory-plan.ts';
import { estonia, periods } from '../support/erasure-example.ts';
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

const seconds = (day: string): number => Date.parse(`${day}T10:00:00Z`) / 1_000;
const customer = 'cus_Anna';
/** Half a year from the day that the person leaves, whatever they ask. */
const ownPeriod: PublishedPeriod = {
  ...{ recordClass: 'billing-contact', period: { months: 6 }, from: 'closure', source: 'Privacy policy' },
  onErasure: 'runs',
};
const closing = { closing: new Set([customer]) };
/** No law keeps anything of 2026 any more. */
const later = { ...closing, asOf: '2040-01-01' as never };
const of = (day: string) => ({ customer, created: seconds(day) });
const invoice = (id: string, day: string, more: object = {}): FixtureObject => ({
  ...{ id, ...of(day), status: 'paid', amount_remaining: 0, customer_name: 'Anna' },
  status_transitions: { finalized_at: seconds(day), paid_at: seconds(day) },
  ...more,
});

describe('a customer as such', () => {
  let account: Account;
  const control = () => account.standIn.control;
  beforeEach(async () => {
    account = await openAccount((map) => {
      map.customer.kind = { is: 'person' };
    });
    control().load({
      customers: [{ id: customer, created: seconds('2026-01-05'), email: 'anna@x.example', name: 'Anna' }],
    });
  });
  afterEach(() => account.stop());

  const keysOf = async (): Promise<readonly SubjectKey[]> =>
    (await find(account, [asked('stripe_customer_id', customer)])).keys;
  const number = `customer_numbers ${customer}`;
  async function plannedAs(about: Parameters<typeof planned>[2]): Promise<[readonly SubjectKey[], PlannedSet]> {
    const keys = await keysOf();
    return [keys, (await planned(account, keys, about)).set];
  }

  it('tells of everything that names it, kind by kind and by how it was taxed, the latest day; a draft names nobody', async () => {
    control().load({
      invoices: [
        ...[invoice('in_1', '2026-02-10'), invoice('in_2', '2026-06-10'), invoice('in_3', '2026-04-10')],
        invoice('in_4', '2026-03-10', { customer_tax_exempt: 'reverse' }),
        invoice('in_5', '2026-11-01', { status: 'draft', status_transitions: {} }),
      ],
      charges: [{ id: 'ch_1', ...of('2026-02-11'), amount: 900 }],
      subscriptions: [{ id: 'sub_1', ...of('2026-01-06'), status: 'canceled', ended_at: seconds('2026-09-01') }],
    });
    const { facts } = await planned(account, await keysOf(), closing);
    const told = facts.get(number)?.neededBy ?? [];
    const day = (issue: string) => expect.objectContaining({ issue });
    expect(told.map(({ collection, supply, events }) => [collection, supply, events])).toEqual([
      ['customers', undefined, undefined],
      ['subscriptions', undefined, expect.objectContaining({ 'term-expiry': '2026-09-01' })],
      ...[
        ['invoices', 'domestic', day('2026-06-10')],
        ['invoices', 'reverse-charge', day('2026-03-10')],
      ],
      ['charges', 'domestic', day('2026-02-11')],
    ]);
    expect(JSON.stringify(told)).not.toMatch(/Anna|anna|cus_/);
  });

  it('is given to whom it is, with nothing in it that says who they are', async () => {
    const { given } = await accessOf(account, await keysOf());
    expect(given.customer_numbers).toEqual([
      { id: customer, object: 'customer', created: seconds('2026-01-05'), invoice_prefix: 'CUS_ANNA', livemode: false },
    ]);
  });

  it('waits for the day of what says who it is, where a period runs on', async () => {
    const keys = await keysOf();
    const runs = [...periods.filter(({ recordClass }) => recordClass !== 'billing-contact'), ownPeriod];
    const { decided } = await planned(account, keys, { ...closing, retention: estonia(runs) });
    const until = '2027-05-24';
    expect(decided.get(`customers ${customer}`)).toMatchObject({ disposition: 'refused', until });
    expect(decided.get(number)).toMatchObject({ disposition: 'refused', reason: 'period-runs', action: 'keep', until });
  });

  it('is kept to the day of what names it, and the customer is emptied at once', async () => {
    control().load({ invoices: [invoice('in_1', '2026-02-10')] });
    const keys = await keysOf();
    const { set, decided } = await planned(account, keys, closing);
    expect(decided.get(number)).toMatchObject({ disposition: 'retained', action: 'keep', until: '2033-12-31' });
    await eraseAll(account, keys, set);
    expect(control().object('customers', customer)).toMatchObject({ email: null, name: null });
    expect(control().isDeleted(customer)).toBe(false);
    expect(await readBack(account, keys, set)).toEqual({ changed: 1 });
  });

  it('goes when it is empty: in one go, once, and counted as one emptied and one gone', async () => {
    const [keys, set] = await plannedAs(later);
    expect(await refusalsOf(account, keys, set)).toEqual([]);
    const journal = await eraseAll(account, keys, set);
    expect([control().isDeleted(customer), journal.totals]).toEqual([true, { anonymised: 1, erased: 1 }]);
    expect(await readBack(account, keys, set)).toEqual({ changed: 1, gone: 1 });
    control().forgetRequests();
    const again = await eraseAll(account, keys, set, new MemoryJournal());
    expect(again.totals).toEqual({ anonymised: 1, absent: 1 });
    expect(
      control()
        .requests()
        .filter(({ method }) => method !== 'GET'),
    ).toEqual([]);
  });

  it('of which the answer to the deletion is lost is this erasure’s', async () => {
    const [keys, set] = await plannedAs(later);
    control().orderFault({ kind: 'close', effect: 'after', method: 'DELETE', path: '/v1/customers/*', times: 2 });
    const { totals } = await eraseAll(account, keys, set);
    expect([totals, control().isDeleted(customer)]).toEqual([{ anonymised: 1, erased: 1 }, true]);
  });

  it('waits while a hold keeps what it says, and is not deleted over it', async () => {
    const [keys, set] = await plannedAs(later);
    const journal = new MemoryJournal();
    journal.isHeld = ({ decision }) => decision.action === 'anonymise';
    const { waiting } = await eraseAll(account, keys, set, journal);
    expect(waiting.map(({ from, code }) => [from, code])).toEqual([[null, 'customer-in-use']]);
    expect(control().object('customers', customer)).toMatchObject({ name: 'Anna', email: 'anna@x.example' });
  });

  it.each([
    ['a subscription runs', { subscriptions: [{ id: 'sub_New', ...of('2039-01-01') }] }],
    ['a means of payment is attached', { payment_methods: [{ id: 'pm_New', ...of('2039-01-01') }] }],
    ['a tax number was entered', { tax_ids: [{ id: 'txi_New', ...of('2039-01-01'), value: 'EE1' }] }],
    ['a bill was issued and paid', { invoices: [invoice('in_New', '2039-01-01')] }],
    ['a charge was made', { charges: [{ id: 'ch_New', ...of('2039-01-01'), amount: 900 }] }],
  ])('waits where it is used again: %s', async (_, came) => {
    const [keys, set] = await plannedAs(later);
    control().load(came);
    const { waiting } = await eraseAll(account, keys, set);
    expect(waiting.map(({ code }) => code)).toEqual(['customer-in-use']);
    expect(control().isDeleted(customer)).toBe(false);
  });

  it('of a company is nobody’s, whoever its contact is: it is not even read', async () => {
    await account.stop();
    account = await openAccount((map) => {
      map.customer.kind = { is: 'company' };
    });
    control().load({ customers: [{ id: customer, created: seconds('2026-01-05'), email: 'anna@x.example' }] });
    for (const by of [asked('email', 'anna@x.example'), asked('stripe_customer_id', customer)]) {
      const { keys } = await find(account, [by]);
      const { decided, set } = await planned(account, keys, { asOf: '2040-01-01' as never }, 'mart@x.example');
      expect([...decided.keys()].some((name) => name.startsWith('customers '))).toBe(true);
      expect([...decided.keys()].filter((name) => name.startsWith('customer_numbers '))).toEqual([]);
      await eraseAll(account, keys, set);
      expect(control().isDeleted(customer)).toBe(false);
    }
  });
});

describe('where Stripe redacts', () => {
  let account: Account;
  const control = () => account.standIn.control;
  beforeEach(async () => {
    account = await openAccount(
      (map) => {
        map.customer.kind = { is: 'person' };
      },
      { redaction: true },
    );
    control().enableRedaction(true);
    control().setClock('2040-01-01T09:00:00Z');
    control().load({
      customers: [{ id: customer, created: seconds('2026-01-05'), email: 'anna@x.example', name: 'Anna' }],
      invoices: [invoice('in_1', '2026-02-10')],
    });
  });
  afterEach(() => account.stop());

  async function toEnd(keys: readonly SubjectKey[], set: PlannedSet): Promise<MemoryJournal> {
    const journal = new MemoryJournal();
    for (let no = 0; no < 12; no += 1) {
      await eraseAll(account, keys, set, journal);
      if (journal.runs.size === 0) return journal;
      control().advanceClock(3_600);
    }
    throw new Error('the jobs never end');
  }

  it('a customer is redacted after its documents instead of deleted, and counts only when Stripe says so', async () => {
    const { keys } = await find(account, [asked('stripe_customer_id', customer)]);
    const { set } = await planned(account, keys, later);
    expect(await readBack(account, keys, set)).toMatchObject({ residue: 3 });
    const journal = await toEnd(keys, set);
    expect([journal.waiting, journal.totals]).toEqual([[], { anonymised: 3 }]);
    expect(control().isDeleted(customer)).toBe(false);
    expect(control().object('customers', customer)?._redacted).toBe(true);
    expect(await readBack(account, keys, set)).toEqual({ changed: 3 });
  });

  it('a customer whose documents were redacted long before goes by itself', async () => {
    const { keys } = await find(account, [asked('stripe_customer_id', customer)]);
    const { set } = await planned(account, keys, later);
    const without = (name: string): PlannedSet => ({
      streams: set.streams.filter(({ collection }) => collection !== name),
      chunks: set.chunks,
    });
    await toEnd(keys, without('customer_numbers'));
    expect(control().object('customers', customer)?._redacted).toBeUndefined();
    expect((await toEnd([], without('invoices'))).waiting).toEqual([]);
    expect(control().object('customers', customer)?._redacted).toBe(true);
  });

  it('a customer with a document that nobody planned waits, and both are as they were', async () => {
    const { keys } = await find(account, [asked('stripe_customer_id', customer)]);
    const { set } = await planned(account, keys, later);
    control().load({ invoices: [invoice('in_New', '2039-05-01')] });
    const before = control().object('invoices', 'in_New');
    const { waiting } = await toEnd(keys, set);
    expect(waiting.map(({ code }) => code)).toEqual(['vendor-reaches-more']);
    expect(control().object('customers', customer)?._redacted).toBeUndefined();
    expect(control().object('invoices', 'in_New')).toEqual(before);
  });
});
