/** What answers in Stripe's place and is not Stripe: nothing is taken for gone, and nothing is left out. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createPacer } from '../../connectors/pacer.ts';
import { StripeClient } from '../../connectors/stripe/client.ts';
import { limitsOf } from '../../connectors/stripe/settings.ts';
import { context as call } from '../conformance/suite.ts';

describe('an answer that is not Stripe’s', () => {
  let close: () => void = () => undefined;
  afterEach(() => close());

  const answering = async (status: number, body: object): Promise<StripeClient> => {
    const server = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => void server.close();
    // The edge: a TCP server's address.
    const { port } = server.address() as AddressInfo;
    const key = 'rk_test_reader0000';
    const limits = limitsOf({ apiKey: key, attempts: 1 });
    return new StripeClient(key, `http://127.0.0.1:${port}`, limits, createPacer(10_000));
  };
  const error = { type: 'invalid_request_error', message: 'none' };

  it('no such address is no missing object', async () => {
    const client = await answering(404, { error });
    await expect(client.get(call(), '/v1/customers/cus_X', 'customers')).rejects.toMatchObject({
      code: 'system-failed',
    });
  });

  it('a missing object is one', async () => {
    const client = await answering(404, { error: { ...error, code: 'resource_missing' } });
    expect(await client.get(call(), '/v1/customers/cus_X', 'customers')).toBeUndefined();
  });

  it('a page of nothing with more behind it ends nothing', async () => {
    const client = await answering(200, { object: 'list', data: [], has_more: true });
    const read = async () => {
      for await (const page of client.list(call(), '/v1/customers', 'customers', {})) expect(page.objects).toEqual([]);
    };
    await expect(read()).rejects.toMatchObject({ code: 'system-schema-drift' });
  });
});
