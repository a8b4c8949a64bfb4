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

const count = (): number => standIn.control.ids('customers').length;

describe('keys', () => {
  it('that are unknown or revoked are refused with 401', async () => {
    expect(await refusalOf(clientOf(standIn, 'sk_test_wrong').customers.list())).toMatchObject({ statusCode: 401 });
    standIn.control.addKey('sk_test_leaving');
    const leaving = clientOf(standIn, 'sk_test_leaving');
    await leaving.customers.list();
    standIn.control.revokeKey('sk_test_leaving');
    expect(await refusalOf(leaving.customers.list())).toMatchObject({ statusCode: 401, code: 'api_key_expired' });
  });

  it('that are restricted may do what they name, and are told with 403 what they lack', async () => {
    standIn.control.addKey('rk_test_reader', ['customer_read', 'invoice_write']);
    const reader = clientOf(standIn, 'rk_test_reader');
    await reader.customers.list();
    await reader.invoices.list();
    const refused = await refusalOf(reader.customers.create({}));
    expect(refused).toMatchObject({ statusCode: 403 });
    expect(refused.message).toContain('rak_customer_write');
    expect((await refusalOf(reader.charges.list())).message).toContain('rak_charge_read');
  });
});

describe('parameters', () => {
  it('that Stripe does not know are refused by name', async () => {
    const refused = await refusalOf(stripe.customers.create({ nmae: 'x' } as Stripe.CustomerCreateParams));
    expect(refused).toMatchObject({ statusCode: 400, code: 'parameter_unknown', param: 'nmae' });
  });

  it('that can not be emptied are refused when empty', async () => {
    expect(await refusalOf(stripe.customers.list({ email: '' }))).toMatchObject({ code: 'parameter_invalid_empty' });
  });

  it('that name something that is not there are refused with 400, a path with 404', async () => {
    expect(await refusalOf(stripe.invoices.list({ customer: 'cus_none' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'customer',
    });
    expect(await refusalOf(stripe.customers.retrieve('cus_none'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
  });

  it('are refused beyond a hundred objects a page and with two cursors', async () => {
    expect((await refusalOf(stripe.customers.list({ limit: 101 }))).statusCode).toBe(400);
    const both = stripe.customers.list({ starting_after: 'cus_a', ending_before: 'cus_b' });
    expect((await refusalOf(both)).statusCode).toBe(400);
  });
});

describe('every answer', () => {
  it('has a request id and the version that was asked for', async () => {
    const { lastResponse } = await stripe.customers.list();
    expect(lastResponse.requestId).toMatch(/^req_/);
    expect(lastResponse.apiVersion).toBe(stripe.getApiField('version'));
  });

  it('is dated by the stand-in’s clock', async () => {
    standIn.control.setClock('2026-11-01T00:00:00Z');
    const { lastResponse } = await stripe.customers.list();
    standIn.control.setClock(null);
    expect(lastResponse.headers.date).toBe('Sun, 01 Nov 2026 00:00:00 GMT');
  });

  it('is a refusal for a version that can be none', async () => {
    const refused = await refusalOf(stripe.customers.list({}, { apiVersion: 'newest' }));
    expect(refused).toMatchObject({ statusCode: 400 });
    expect(refused.message).toContain('newest');
  });
});

describe('idempotency keys', () => {
  const idempotencyKey = 'one';

  it('give the first answer again for the same parameters, and say so', async () => {
    const first = await stripe.customers.create({ name: 'a' }, { idempotencyKey });
    const again = await stripe.customers.create({ name: 'a' }, { idempotencyKey });
    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(count()).toBe(1);
  });

  it('are an error with other parameters', async () => {
    await stripe.customers.create({ name: 'a' }, { idempotencyKey });
    const refused = await refusalOf(stripe.customers.create({ name: 'b' }, { idempotencyKey }));
    expect(refused).toMatchObject({ statusCode: 400, rawType: 'idempotency_error' });
  });

  it('give a stored 500 again, although the effect is there', async () => {
    standIn.control.orderFault({ method: 'POST', path: '/v1/customers', kind: 'status', status: 500, effect: 'after' });
    expect(await refusalOf(stripe.customers.create({ name: 'a' }, { idempotencyKey }))).toMatchObject({
      statusCode: 500,
    });
    expect(await refusalOf(stripe.customers.create({ name: 'a' }, { idempotencyKey }))).toMatchObject({
      statusCode: 500,
    });
    expect(count()).toBe(1);
    await stripe.customers.create({ name: 'a' }, { idempotencyKey: 'two' });
    expect(count()).toBe(2);
  });

  it('keep nothing of a request that was refused before its endpoint began', async () => {
    standIn.control.orderFault({ kind: 'status', status: 429 });
    expect(await refusalOf(stripe.customers.create({ name: 'a' }, { idempotencyKey }))).toMatchObject({
      statusCode: 429,
    });
    await stripe.customers.create({ name: 'a' }, { idempotencyKey });
    expect(count()).toBe(1);
  });

  it('are forgotten after 24 hours', async () => {
    await stripe.customers.create({ name: 'a' }, { idempotencyKey });
    standIn.control.advanceClock(24 * 3_600 - 1);
    await stripe.customers.create({ name: 'a' }, { idempotencyKey });
    expect(count()).toBe(1);
    standIn.control.advanceClock(1);
    await stripe.customers.create({ name: 'a' }, { idempotencyKey });
    expect(count()).toBe(2);
  });

  it('mean nothing on DELETE: the second one finds nothing', async () => {
    const { id } = await stripe.customers.create({});
    await stripe.customers.del(id, {}, { idempotencyKey });
    expect(await refusalOf(stripe.customers.del(id, {}, { idempotencyKey }))).toMatchObject({ statusCode: 404 });
  });
});

describe('ordered faults', () => {
  it.each([
    [409, 'lock_timeout'],
    [429, 'rate_limit'],
    [500, undefined],
  ])('answer %i to the requests they match and to no others', async (status, code) => {
    standIn.control.orderFault({ method: 'GET', path: '/v1/customers/*', skip: 1, times: 2, kind: 'status', status });
    const { id } = await stripe.customers.create({});
    await stripe.customers.retrieve(id);
    const refused = [await refusalOf(stripe.customers.retrieve(id)), await refusalOf(stripe.customers.retrieve(id))];
    for (const refusal of refused) {
      expect(refusal.statusCode).toBe(status);
      expect(refusal.code).toBe(code);
    }
    await stripe.customers.retrieve(id);
  });

  // The official client sends a request once more by itself when a connection is closed, whatever its retries.
  it('say when to come again where that was ordered', async () => {
    standIn.control.orderFault({ kind: 'status', status: 429, retryAfterSeconds: 7 });
    expect((await refusalOf(stripe.customers.list())).headers?.['retry-after']).toBe('7');
  });

  it('close the connection before the effect, or after it', async () => {
    const create = (idempotencyKey: string) => stripe.customers.create({}, { idempotencyKey });
    standIn.control.orderFault({ method: 'POST', kind: 'close', times: 2 });
    expect(await refusalOf(create('first'))).toMatchObject({ type: 'StripeConnectionError' });
    expect(count()).toBe(0);
    standIn.control.orderFault({ method: 'POST', kind: 'close', effect: 'after', times: 2 });
    expect(await refusalOf(create('second'))).toMatchObject({ type: 'StripeConnectionError' });
    expect(count()).toBe(1);
  });

  it('leave a request without an answer', async () => {
    standIn.control.orderFault({ kind: 'silence' });
    const impatient = stripe.customers.list({}, { timeout: 200 });
    expect(await refusalOf(impatient)).toMatchObject({ type: 'StripeConnectionError' });
  });

  it('are seen among the requests that came in', async () => {
    standIn.control.orderFault({ kind: 'close', times: 2 });
    await refusalOf(stripe.customers.list({ email: 'a@b.example' }));
    await stripe.customers.list();
    expect(standIn.control.requests().map(({ status, query }) => [status, query])).toEqual([
      [null, 'email=a%40b.example'],
      [null, 'email=a%40b.example'],
      [200, ''],
    ]);
  });
});

describe('search', () => {
  const query = 'email:"Helmi@Hobe.example"';

  it('is a minute behind: it misses who was just added and finds who was just deleted', async () => {
    const { id } = await stripe.customers.create({ email: 'helmi@hobe.example' });
    expect((await stripe.customers.search({ query })).data).toEqual([]);
    standIn.control.advanceClock(60);
    expect((await stripe.customers.search({ query })).data.map((found) => found.id)).toEqual([id]);
    await stripe.customers.del(id);
    expect((await stripe.customers.search({ query })).data.map((found) => found.id)).toEqual([id]);
    standIn.control.advanceClock(60);
    expect((await stripe.customers.search({ query })).data).toEqual([]);
  });

  it('refuses what it can not read', async () => {
    expect((await refusalOf(stripe.customers.search({ query: 'helmi' }))).statusCode).toBe(400);
  });
});
