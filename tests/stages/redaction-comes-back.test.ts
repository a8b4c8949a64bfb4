/**
 * A redaction that Stripe refuses for ninety days comes back by itself, all the way: from the refusal to the sweep that reads the last of it
 * back and completes the request. The originals of the documents are in another system, so that no law keeps Stripe's copies.
 */
import { afterEach, expect, it } from '@jest/globals';
import { previewVersion } from '../../connectors/stripe/redaction.ts';
import { type BillingDesk, bill, customer, newBillingDesk } from './billing-desk.ts';

let billing: BillingDesk;
afterEach(() => billing.end());

/** Stripe's own word on a job for the payment, on that day. */
async function wordOfStripe(): Promise<string> {
  const { standIn } = billing.account;
  const ask = async (method: string, path: string, body?: string): Promise<Readonly<Record<string, unknown>>> => {
    const headers = {
      Authorization: `Bearer ${standIn.key}`,
      'Stripe-Version': previewVersion,
      'Content-Type': 'application/x-www-form-urlencoded',
    };
    const init = body === undefined ? { method, headers } : { method, headers, body };
    const answer: unknown = await (await fetch(`http://${standIn.host}:${standIn.port}${path}`, init)).json();
    return { ...Object(answer) };
  };
  const path = '/v1/privacy/redaction_jobs';
  const { id } = await ask('POST', path, 'objects[charges][]=ch_1&validation_behavior=error');
  standIn.control.advanceClock(60);
  const { status } = await ask('GET', `${path}/${String(id)}`);
  const errors = await ask('GET', `${path}/${String(id)}/validation_errors`);
  await ask('POST', `${path}/${String(id)}/cancel`);
  standIn.control.advanceClock(60);
  return `${String(status)} ${JSON.stringify(errors.data)}`;
}

it('a redaction refused for ninety days waits for its day, then runs, is read back, and completes the request', async () => {
  const systemOfRecord = { invoice: 'books', payment: 'books' };
  billing = await newBillingDesk('redaction-back', [bill(1, '2026-10-01')], {
    redaction: true,
    retention: { systemOfRecord },
  });
  const { desk } = billing;
  const { control } = billing.account.standIn;
  expect(await wordOfStripe()).toMatch(/^failed .*invalid_state.*ch_1|^failed .*ch_1.*invalid_state/);
  await desk.toPlanned();
  await desk.toNoReturn();
  await billing.eraseToEnd('dependants');
  await desk.verify();
  await billing.eraseToEnd('subject-row');
  await desk.verify('subject-row');
  // Everything that can go has gone; the payment, its invoice and the customer wait for the day after 90 days.
  expect(control.object('customers', customer)).toMatchObject({ email: null, name: null });
  expect(control.object('invoices', 'in_1')).toMatchObject({ customer_name: 'Anna Marker' });
  expect(await desk.books()).toEqual({ 'anonymised/read-back': 1, 'expiring/pending': 3 });
  expect(await desk.register()).toEqual([
    ...['customer-number 1 2026-12-31', 'invoice 1 2026-12-31', 'payment 1 2026-12-31'],
  ]);
  await desk.close('awaiting_expiry');
  await desk.destroyStaging();
  const issued = billing.documents();
  await billing.sweepDays('2026-12-28', 3);
  expect([billing.documents(), await desk.state()]).toEqual([issued, 'awaiting_expiry']);
  // Nobody is asked: it is what the plan's approval was about.
  for (let no = 31; no <= 38 && (await desk.state()) !== 'completed'; no += 1) {
    billing.setDay(new Date(Date.UTC(2026, 11, no)).toISOString().slice(0, 10));
    await desk.hour();
  }
  expect(await desk.state()).toBe('completed');
  expect(control.object('invoices', 'in_1')).toMatchObject({ customer_name: '[redacted]' });
  expect(control.object('charges', 'ch_1')).toMatchObject({ receipt_email: '[redacted]' });
  expect(control.object('customers', customer)?._redacted).toBe(true);
  expect(await desk.register()).toEqual([]);
  expect(await desk.books()).toEqual({ 'anonymised/read-back': 4 });
});
