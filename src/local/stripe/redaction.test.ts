import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import type { FixtureObject } from './fixtures.ts';
import { type StripeStandIn, startStripeStandIn } from './start.ts';
import { clientOf, refusalOf } from './testing.ts';

interface Job {
  readonly id: string;
  readonly status: string;
  readonly validation_errors?: { readonly data: readonly { code: string; erroring_object: { id: string } }[] };
}

let standIn: StripeStandIn;
let stripe: Stripe;
beforeAll(async () => {
  standIn = await startStripeStandIn();
  stripe = clientOf(standIn);
});
afterAll(() => standIn.stop());
beforeEach(() => {
  standIn.control.reset();
  standIn.control.enableRedaction(true);
  standIn.control.setClock('2026-11-01T00:00:00Z');
  standIn.control.load(account);
});

const path = '/v1/privacy/redaction_jobs';
const preview = { apiVersion: '2026-10-28.preview' };
const ask = (method: 'GET' | 'POST', at: string, params: Record<string, unknown> = {}): Promise<Job> =>
  stripe.rawRequest(method, at, method === 'POST' ? params : {}, preview) as unknown as Promise<Job>;
const create = (objects: object, more: object = {}) => ask('POST', path, { objects, ...more });
const errorsOf = async (id: string) =>
  (await ask('GET', `${path}/${id}/validation_errors`)) as unknown as {
    data: { code: string; erroring_object: { id: string }; message: string }[];
  };

const seconds = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1_000;
const owner = { customer: 'cus_old', created: seconds('2026-02-01') };
/** Everything finished and older than ninety days. */
const account = {
  customers: [
    { id: 'cus_old', created: owner.created, name: 'Helmi Hõbe', email: 'helmi@hobe.example', metadata: { a: 'b' } },
  ],
  payment_methods: [{ id: 'pm_old', created: owner.created, billing_details: { name: 'Helmi Hõbe' } }],
  invoices: [{ id: 'in_old', ...owner, status: 'paid', customer_name: 'Helmi Hõbe', number: 'HOBE-0001' }],
  payment_intents: [{ id: 'pi_old', ...owner, amount: 900, status: 'succeeded', latest_charge: 'ch_old' }],
  charges: [
    {
      id: 'ch_old',
      ...owner,
      amount: 900,
      payment_intent: 'pi_old',
      receipt_email: 'helmi@hobe.example',
      billing_details: { name: 'Helmi Hõbe', email: 'helmi@hobe.example' },
    },
  ],
} satisfies Record<string, FixtureObject[]>;

async function ready(objects: object = { customers: ['cus_old'] }, more: object = {}): Promise<string> {
  const { id, status } = await create(objects, more);
  expect(status).toBe('validating');
  standIn.control.advanceClock(60);
  return id;
}

describe('redaction jobs', () => {
  it('are there in a preview version of the API only, and for an account that takes part', async () => {
    const outside = stripe.rawRequest('GET', path, {});
    expect((await refusalOf(outside)).statusCode).toBe(404);
    standIn.control.enableRedaction(false);
    expect((await refusalOf(ask('GET', path))).statusCode).toBe(403);
  });

  it('take at most ten identifiers, all of them known', async () => {
    const many = { customers: Array.from({ length: 6 }, (_, n) => `cus_${n}`), charges: ['1', '2', '3', '4', '5'] };
    expect((await refusalOf(create(many))).message).toContain('at most 10');
    expect(await refusalOf(create({ customers: ['cus_none'] }))).toMatchObject({
      code: 'resource_missing',
      param: 'objects[customers][0]',
    });
  });

  it('are validated, run when ready and not before, and cannot be stopped once they run', async () => {
    const { id } = await create({ customers: ['cus_old'] });
    expect((await refusalOf(ask('POST', `${path}/${id}/run`))).statusCode).toBe(400);
    standIn.control.advanceClock(60);
    expect((await ask('GET', `${path}/${id}`)).status).toBe('ready');
    expect((await ask('POST', `${path}/${id}/run`)).status).toBe('redacting');
    expect((await refusalOf(ask('POST', `${path}/${id}/cancel`))).statusCode).toBe(400);
    expect(await stripe.customers.retrieve('cus_old')).toMatchObject({ name: 'Helmi Hõbe' });
    standIn.control.advanceClock(3_600);
    expect((await ask('GET', `${path}/${id}`)).status).toBe('succeeded');
  });

  it('leave placeholders in the object and all that is related to it, and keep amounts and numbers', async () => {
    const id = await ready();
    await ask('POST', `${path}/${id}/run`);
    standIn.control.advanceClock(3_600);
    expect(await stripe.customers.retrieve('cus_old')).toMatchObject({
      name: '[redacted]',
      email: '[redacted]',
      metadata: { a: '[redacted]' },
    });
    expect(await stripe.invoices.retrieve('in_old')).toMatchObject({
      customer_name: '[redacted]',
      number: 'HOBE-0001',
    });
    expect(await stripe.charges.retrieve('ch_old')).toMatchObject({
      amount: 900,
      receipt_email: '[redacted]',
      billing_details: { name: '[redacted]', email: '[redacted]' },
    });
    const shown = (await stripe.rawRequest('GET', '/v1/customers/cus_old', {}, preview)) as unknown;
    expect(shown).toMatchObject({ redaction: { status: 'redacted' } });
  });

  it('leave objects that can no longer be changed, refunded or used', async () => {
    const id = await ready();
    await ask('POST', `${path}/${id}/run`);
    standIn.control.advanceClock(3_600);
    expect((await refusalOf(stripe.customers.update('cus_old', { name: 'x' }))).statusCode).toBe(400);
    expect((await refusalOf(stripe.refunds.create({ charge: 'ch_old' }))).statusCode).toBe(400);
  });

  it('fail for a transaction that is not ninety days old, and are ready after that day when validated again', async () => {
    standIn.control.load({
      charges: [{ id: 'ch_new', customer: 'cus_old', created: seconds('2026-08-15'), amount: 5 }],
    });
    const id = await ready();
    expect(await ask('GET', `${path}/${id}?expand[]=validation_errors`)).toMatchObject({
      status: 'failed',
      validation_errors: { data: [{}, {}] },
    });
    const { data } = await errorsOf(id);
    expect(data.map(({ code, erroring_object }) => [code, erroring_object.id]).sort()).toEqual([
      ['invalid_cascading_source', 'cus_old'],
      ['invalid_state', 'ch_new'],
    ]);
    standIn.control.setClock('2026-11-13T00:00:00Z');
    await ask('POST', `${path}/${id}/validate`);
    standIn.control.advanceClock(60);
    expect((await ask('GET', `${path}/${id}`)).status).toBe('ready');
  });

  it('fail for what is not finished, or finish it themselves when told to fix', async () => {
    const { created } = owner;
    standIn.control.load({
      payment_intents: [{ id: 'pi_open', customer: 'cus_old', created, amount: 5, status: 'requires_payment_method' }],
      payment_methods: [{ id: 'pm_live', customer: 'cus_old', created }],
    });
    const failed = await ready();
    const { data } = await errorsOf(failed);
    expect(data.map(({ erroring_object }) => erroring_object.id).sort()).toEqual(['cus_old', 'pi_open', 'pm_live']);
    expect(data.find(({ erroring_object }) => erroring_object.id === 'pi_open')?.message).toBe(
      'PaymentIntent is not finalized. Confirm or cancel the payment intent.',
    );
    expect((await ask('POST', `${path}/${failed}/cancel`)).status).toBe('canceling');
    standIn.control.advanceClock(1);
    const fixing = await ready(undefined, { validation_behavior: 'fix' });
    await ask('POST', `${path}/${fixing}/run`);
    standIn.control.advanceClock(3_600);
    expect(standIn.control.object('payment_methods', 'pm_live')).toMatchObject({ customer: null, _redacted: true });
    expect(standIn.control.object('payment_intents', 'pi_open')).toMatchObject({ status: 'canceled', _redacted: true });
  });

  it('are locked out by another job on the same objects until that one is cancelled', async () => {
    const first = await ready();
    const second = await ready({ charges: ['ch_old'] });
    const { data } = await errorsOf(second);
    expect(data.map(({ code }) => code)).toContain('locked_by_other_job');
    await ask('POST', `${path}/${first}/cancel`);
    standIn.control.advanceClock(1);
    await ask('POST', `${path}/${second}/validate`);
    standIn.control.advanceClock(60);
    expect((await ask('GET', `${path}/${second}`)).status).toBe('ready');
  });

  it('of a deleted customer reach the documents it left', async () => {
    await stripe.customers.del('cus_old');
    const id = await ready();
    await ask('POST', `${path}/${id}/run`);
    standIn.control.advanceClock(3_600);
    expect(await stripe.invoices.retrieve('in_old')).toMatchObject({ customer_name: '[redacted]' });
  });
});
