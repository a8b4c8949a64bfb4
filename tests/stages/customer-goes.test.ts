/**
 * A customer at the payment provider goes itself, after the last document that names it: emptied with the request, kept as a bare number
 * by whatever keeps its documents, and gone on the day after them, unless it is used again or money is open on it by then.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { parseCivilDate } from '../../src/policy/clock/index.ts';
import { dryRun } from '../../src/requests/index.ts';
import { type BillingDesk, bill, customer, newBillingDesk } from './billing-desk.ts';

let billing: BillingDesk;
afterEach(() => billing.end());

const day = (text: string) => parseCivilDate(text, 'test');
const now = () => billing.account.standIn.control.object('customers', customer);
const isDeleted = () => billing.account.standIn.control.isDeleted(customer);
const laws = /Accounting Act §12, .*until 2033-12-31/;

describe('a customer of whom documents are kept', () => {
  const open = async (label: string) => {
    billing = await newBillingDesk(label, [bill(1, '2026-02-10'), bill(2, '2026-03-10')], { redaction: false });
    await billing.desk.toRegistered('completed');
  };

  it('is emptied at once, and its number is in the register with the law and the day of its documents', async () => {
    const before = () => billing.documents();
    billing = await newBillingDesk('customer-kept', [bill(1, '2026-02-10')], { redaction: false });
    const issued = before();
    await billing.desk.toRegistered('completed');
    expect(now()).toMatchObject({ id: customer, email: null, name: null, phone: null });
    expect(billing.documents()).toEqual(issued);
    expect(await billing.desk.register()).toEqual([
      ...['customer-number 1 2034-01-01', 'invoice 1 2034-01-01', 'payment 1 2034-01-01'],
    ]);
    const rows = await billing.desk.deps.ledger.db
      .selectFrom('register_entries')
      .select('kept_by')
      .where('record_class', '=', 'customer-number')
      .execute();
    expect(rows).toEqual([{ kept_by: expect.stringMatching(laws) }]);
    expect(await billing.desk.books()).toEqual({ 'anonymised/read-back': 1, 'retained/none': 3 });
  });

  it('stays to the last day of the last of them, and is gone on the day after; what was issued is as it was', async () => {
    await open('customer-day');
    const issued = billing.documents();
    expect(await dryRun(billing.desk.deps, day('2033-12-31'))).toEqual([]);
    await billing.sweepDays('2033-12-30', 2);
    expect([isDeleted(), billing.documents()]).toEqual([false, issued]);
    await billing.sweepDays('2034-01-01', 1);
    expect(isDeleted()).toBe(true);
    // What Stripe lets nobody change waits on; the law that kept it has ended.
    expect(billing.documents()).toEqual(issued);
    expect(await billing.desk.register()).toEqual([
      ...['invoice 2 2034-01-31 document-fixed', 'payment 2 2034-01-31 document-fixed'],
    ]);
    expect(await billing.desk.books()).toMatchObject({ 'erased/read-back': 1, 'anonymised/read-back': 1 });
  });

  it('is put off by a dispute that runs on that day, and goes when it is over', async () => {
    await open('customer-dispute');
    const { control } = billing.account.standIn;
    billing.setDay('2033-12-31');
    const { id } = control.dispute('ch_2', { status: 'needs_response' });
    await billing.sweepDays('2034-01-01', 1);
    expect(isDeleted()).toBe(false);
    expect(await billing.desk.register()).toContain('customer-number 1 2034-01-31 money-open');
    await billing.sweepDays('2034-01-02', 3);
    expect(isDeleted()).toBe(false);
    control.setFields('disputes', id, { status: 'won' });
    await billing.sweepDays('2034-01-31', 1);
    expect(isDeleted()).toBe(true);
    expect(await billing.desk.register()).not.toContainEqual(expect.stringContaining('customer-number'));
  });

  it('stays while a document that was issued since the plan names it, though nothing else says that it is used', async () => {
    await open('customer-billed');
    const { control } = billing.account.standIn;
    billing.setDay('2029-05-02');
    control.load(bill(3, '2029-05-02'));
    await billing.sweepDays('2034-01-01', 2);
    expect([isDeleted(), await billing.desk.register()]).toEqual([
      false,
      expect.arrayContaining(['customer-number 1 2034-01-31 customer-in-use']),
    ]);
  });

  it('is left alone where somebody has filled it again, whoever it is by then', async () => {
    await open('customer-again');
    const { control } = billing.account.standIn;
    control.setFields('customers', customer, { email: 'somebody@new.example', name: 'Somebody New' });
    const before = now();
    await billing.sweepDays('2034-01-01', 2);
    expect(now()).toEqual(before);
    expect(await billing.desk.register()).toContain('customer-number 1 2034-01-31 customer-in-use');
  });
});

it('where the account redacts, its documents are redacted on their day and the customer after them, read back as that', async () => {
  billing = await newBillingDesk('customer-redacted', [bill(1, '2026-02-10')], { redaction: true });
  const { control } = billing.account.standIn;
  await billing.desk.toRegistered('completed');
  const issued = billing.documents();
  await billing.sweepDays('2033-12-30', 2);
  expect([billing.documents(), now()?._redacted]).toEqual([issued, undefined]);
  await billing.sweepDays('2034-01-01', 8);
  expect(control.object('invoices', 'in_1')).toMatchObject({ customer_name: '[redacted]' });
  expect(control.object('charges', 'ch_1')).toMatchObject({ receipt_email: '[redacted]' });
  expect([isDeleted(), now()?._redacted]).toEqual([false, true]);
  expect(await billing.desk.register()).toEqual([]);
  expect(await billing.desk.books()).toEqual({ 'anonymised/read-back': 4 });
});

it('with nothing kept it goes with the request', async () => {
  billing = await newBillingDesk('customer-at-once', [], { redaction: false });
  await billing.desk.toRegistered('completed');
  expect(isDeleted()).toBe(true);
  expect(await billing.desk.books()).toEqual({ 'anonymised/read-back': 1, 'erased/read-back': 1 });
});
