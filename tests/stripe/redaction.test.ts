/**
 * Redaction jobs: what Stripe lets nobody change is redacted when its law has ended, at most ten objects a job, run only when ready;
 * what would take more with it, is too young or is refused waits with a code and a day; and an interrupted order is found again.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PlannedSet, SubjectKey } from '../../connectors/contract.ts';
import { previewVersion } from '../../connectors/stripe/redaction.ts';
import type { FixtureObject } from '../../src/local/stripe/fixtures.ts';
import { MemoryJournal } from '../conformance/memory-plan.ts';
import { type Account, asked, eraseAll, find, openAccount, planned, readBack, refusalsOf } from './account.ts';

const seconds = (day: string): number => Date.parse(`${day}T10:00:00Z`) / 1_000;
const customer = 'cus_Old';
/** The law has ended for everything of 2017. */
const of2017 = { customer, created: seconds('2017-05-01') };

/** One paid bill: invoice, intent, charge and what binds them. */
function bill(no: number, of: { customer: string; created: number } = of2017): Record<string, FixtureObject[]> {
  const paid = { status: 'paid', status_transitions: { finalized_at: of.created, paid_at: of.created } };
  return {
    invoices: [{ id: `in_${no}`, ...of, ...paid, customer_name: 'Vana Klient', customer_email: 'vana@x.example' }],
    payment_intents: [{ id: `pi_${no}`, ...of, amount: 900, status: 'succeeded', latest_charge: `ch_${no}` }],
    charges: [{ id: `ch_${no}`, ...of, amount: 900, payment_intent: `pi_${no}`, receipt_email: 'vana@x.example' }],
    invoice_payments: [
      {
        ...{ id: `inpay_${no}`, created: of.created, invoice: `in_${no}` },
        payment: { type: 'payment_intent', payment_intent: `pi_${no}` },
      },
    ],
  };
}

describe('with redaction jobs', () => {
  let account: Account;
  let keys: readonly SubjectKey[];
  let set: PlannedSet;

  /** The customer with these bills, everything planned as of 24 November 2026. */
  async function open(bills: readonly Record<string, FixtureObject[]>[], more: Record<string, FixtureObject[]> = {}) {
    account = await openAccount(
      (map) => {
        map.customer.kind = { is: 'person' };
      },
      { redaction: true },
    );
    const { control } = account.standIn;
    control.enableRedaction(true);
    control.setClock('2026-11-24T09:00:00Z');
    control.load({ customers: [{ id: customer, created: of2017.created, email: 'vana@x.example' }] });
    for (const one of [...bills, more]) control.load(one);
    keys = (await find(account, [asked('stripe_customer_id', customer)])).keys;
    ({ set } = await planned(account, keys, { closing: new Set([customer]) }));
  }
  afterEach(() => account.stop());

  const object = (kind: 'invoices' | 'charges' | 'refunds', id: string) => account.standIn.control.object(kind, id);
  const jobs = () =>
    account.standIn.control.ids('redaction_jobs').map((id) => account.standIn.control.object('redaction_jobs', id));
  /** Called again and again, as the workflow does, while Stripe works. */
  async function toEnd(journal = new MemoryJournal(), stepSeconds = 3_600): Promise<MemoryJournal> {
    for (let asked = 0; asked < 10; asked += 1) {
      await eraseAll(account, keys, set, journal);
      if (journal.runs.size === 0) return journal;
      account.standIn.control.advanceClock(stepSeconds);
    }
    throw new Error('the jobs never end');
  }

  describe('documents whose law has ended', () => {
    beforeEach(() => open([bill(1), bill(2)]));

    it('are redacted and read back as that; nothing is asked for twice', async () => {
      expect(await refusalsOf(account, keys, set)).toEqual([]);
      const journal = await toEnd();
      expect(journal.waiting).toEqual([]);
      expect(object('invoices', 'in_1')).toMatchObject({ customer_name: '[redacted]', customer_email: '[redacted]' });
      expect(object('charges', 'ch_2')).toMatchObject({ receipt_email: '[redacted]', amount: 900 });
      expect(await readBack(account, keys, set)).not.toHaveProperty('residue');
      const made = jobs().length;
      await eraseAll(account, keys, set);
      expect(jobs()).toHaveLength(made);
    });

    it('are ordered in the preview version, validated with `error`, and run only once the job is ready', async () => {
      const { control } = account.standIn;
      const journal = new MemoryJournal();
      control.forgetRequests();
      await eraseAll(account, keys, set, journal);
      expect(journal.runs.size).toBeGreaterThan(0);
      await eraseAll(account, keys, set, journal);
      const orders = () =>
        control.requests().filter(({ method, path }) => method === 'POST' && path.includes('redaction'));
      expect(orders().some(({ path }) => path.endsWith('/run'))).toBe(false);
      for (const { apiVersion, body } of orders())
        expect([apiVersion, body]).toEqual([previewVersion, expect.stringContaining('validation_behavior=error')]);
      control.advanceClock(60);
      await eraseAll(account, keys, set, journal);
      expect(orders().some(({ path }) => path.endsWith('/run'))).toBe(true);
      // Accepted is not done: nothing counts before it is redacted.
      expect(journal.runs.size).toBeGreaterThan(0);
    });

    it('are in one job once, also where the answer to the order was lost and everything begins anew', async () => {
      const { control } = account.standIn;
      control.orderFault({
        method: 'POST',
        path: '/v1/privacy/redaction_jobs',
        kind: 'close',
        effect: 'after',
        times: 9,
      });
      const journal = new MemoryJournal();
      await expect(eraseAll(account, keys, set, journal)).rejects.toMatchObject({ code: 'system-unreachable' });
      control.clearFaults();
      await toEnd(journal);
      const ids = jobs().flatMap((job) => Object.values(Object(job?._objects)).flat().filter(Boolean));
      expect(ids.sort()).toEqual(['ch_1', 'ch_2', customer, 'in_1', 'in_2']);
      expect(journal.totals.anonymised).toBeGreaterThan(3);
    });

    it('wait as a job that runs, when the time to wait for it is over', async () => {
      const journal = new MemoryJournal();
      for (const part of ['dependants'] as const)
        await account.system.erase?.(
          { systemId: 'billing' as never, signal: new AbortController().signal, progress: () => undefined },
          { keys, planned: set, part, journal, handOver: true },
        );
      expect(journal.runs.size).toBe(0);
      expect(new Set(journal.waiting.map(({ code }) => code))).toEqual(new Set(['vendor-job-runs']));
    });

    it('are left where Stripe says that it is done and it is not', async () => {
      const { control } = account.standIn;
      const journal = new MemoryJournal();
      await eraseAll(account, keys, set, journal);
      for (const job of jobs()) control.setFields('redaction_jobs', job?.id ?? '', { status: 'succeeded' });
      await eraseAll(account, keys, set, journal);
      expect(journal.runs.size).toBeGreaterThan(0);
      expect(await readBack(account, keys, set)).toHaveProperty('residue');
    });
  });

  it('more than ten objects are more than one job', async () => {
    await open(Array.from({ length: 12 }, (_, no) => bill(no)));
    await toEnd();
    const sizes = jobs().map((job) => Object.values(Object(job?._objects)).flat().filter(Boolean).length);
    // Twelve invoices, twelve payments, and the customer after them.
    expect([Math.max(...sizes), sizes.reduce((sum, one) => sum + one, 0)]).toEqual([10, 25]);
    expect(object('invoices', 'in_11')).toMatchObject({ customer_name: '[redacted]' });
  });

  it('a document is left as long as a record bound to it must stay, and what Stripe would take along is as it was', async () => {
    // Money was given back this year: the law keeps the refund, and a redaction of its payment would take it along.
    await open([bill(1), bill(2)], {
      refunds: [{ id: 're_1', created: seconds('2026-03-01'), amount: 100, charge: 'ch_1', payment_intent: 'pi_1' }],
    });
    account.standIn.control.setFields('charges', 'ch_1', { amount_refunded: 100 });
    ({ set } = await planned(account, keys, { closing: new Set([customer]) }));
    const journal = await toEnd();
    expect(journal.waiting.map(({ key, code }) => [key[0]?.[1], code])).toEqual([
      ['ch_1', 'vendor-reaches-more'],
      ['in_1', 'vendor-reaches-more'],
    ]);
    expect(object('invoices', 'in_1')).toMatchObject({ customer_name: 'Vana Klient' });
    expect(object('charges', 'ch_2')).toMatchObject({ receipt_email: '[redacted]' });
  });

  it('a payment of the last ninety days waits for the day after, and the others are redacted without it', async () => {
    await open([bill(1), bill(2)]);
    // What no law keeps may be young; Stripe alone decides by the day of the payment.
    account.standIn.control.setFields('charges', 'ch_1', { created: seconds('2026-10-01') });
    const journal = await toEnd();
    const waits = journal.waiting.map(({ key, from, code }) => [key[0]?.[1], from, code]);
    // 1 October and ninety days is 30 December.
    expect(waits.sort()).toEqual([
      ['ch_1', '2026-12-31', 'vendor-not-yet'],
      [customer, '2026-12-31', 'vendor-not-yet'],
      ['in_1', '2026-12-31', 'vendor-not-yet'],
    ]);
    expect(object('charges', 'ch_2')).toMatchObject({ receipt_email: '[redacted]' });
    // On that day it goes, by itself.
    account.standIn.control.setClock('2026-12-31T01:00:00Z');
    expect((await toEnd()).waiting).toEqual([]);
    expect(object('invoices', 'in_1')).toMatchObject({ customer_name: '[redacted]' });
  });

  it('what Stripe refuses for its state, and what somebody else’s job holds, is for people to look at', async () => {
    await open([bill(1)]);
    // Planned as documents alone: the customer itself is not touched while money is open.
    account.standIn.control.dispute('ch_1', { status: 'needs_response' });
    const streams = set.streams.filter(({ collection }) => !collection.startsWith('customer'));
    set = { streams, chunks: set.chunks };
    const journal = await toEnd();
    expect(new Set(journal.waiting.map(({ code, from }) => `${code} ${from}`))).toEqual(
      new Set(['vendor-job-refused null']),
    );
    expect(object('charges', 'ch_1')).toMatchObject({ receipt_email: 'vana@x.example' });
  });

  it('an account that takes no part in it is told before anything is erased', async () => {
    await open([bill(1)]);
    account.standIn.control.enableRedaction(false);
    expect(await refusalsOf(account, keys, set)).toContainEqual({ code: 'system-permission', where: 'redaction_jobs' });
  });
});
