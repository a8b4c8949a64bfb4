/**
 * The stand-in and our requests beside Stripe's own description: every request is one that Stripe would take, and every
 * answer of the stand-in is one that Stripe could give.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { resolveGoProgram } from '../../src/local/go-module.ts';
import { stripeMockPin } from '../../src/local/pins.ts';
import { sampleBilling } from '../../src/local/sample/stripe.ts';
import { routes } from '../../src/local/stripe/routes/index.ts';
import { type StripeStandIn, startStripeStandIn } from '../../src/local/stripe/start.ts';
import { describeWithGo } from './needs.ts';
import { AnswerChecks, type Description } from './stripe-description.ts';
import { buildStripeMock, descriptionOf, type StripeMock, startStripeMock } from './stripe-mock.ts';
import { type StripeRequest, stripeRequests } from './stripe-requests.ts';
import { described, encoded, filled, shapesOf } from './stripe-shapes.ts';
import { world } from './stripe-world.ts';

const isPreview = (path: string): boolean => path.startsWith('/v1/privacy/');

await describeWithGo('Stripe’s own description', (go) => {
  let standIn: StripeStandIn;
  let mocks: { ga: StripeMock; beta: StripeMock };
  let checks: { ga: AnswerChecks; beta: AnswerChecks };

  beforeAll(async () => {
    standIn = await startStripeStandIn();
    const program = await buildStripeMock(go);
    mocks = { ga: await startStripeMock(program, 'ga'), beta: await startStripeMock(program, 'beta') };
    checks = {
      ga: new AnswerChecks(descriptionOf(program, 'ga') as Description),
      beta: new AnswerChecks(descriptionOf(program, 'beta') as Description),
    };
  });
  afterAll(async () => {
    await Promise.all([standIn?.stop(), mocks?.ga.stop(), mocks?.beta.stop()]);
  });
  it('is not taken from a module that is not the pinned one', async () => {
    const other = { ...stripeMockPin, sum: 'h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' };
    await expect(resolveGoProgram(other, { go, log: () => undefined })).rejects.toMatchObject({ code: 'binary-hash' });
  });

  beforeEach(() => {
    standIn.control.reset();
    standIn.control.load(world);
    standIn.control.enableRedaction(true);
    standIn.control.addKey('sk_test_123');
  });

  async function ask(origin: string, request: StripeRequest): Promise<{ status: number; body: unknown }> {
    const { method } = request;
    const text = encoded(filled(request.params ?? {}));
    const path = filled(request.path) as string;
    const url = method === 'POST' || text === '' ? `${origin}${path}` : `${origin}${path}?${text}`;
    const response = await fetch(url, {
      method,
      headers: {
        Authorization: 'Bearer sk_test_123',
        'Content-Type': 'application/x-www-form-urlencoded',
        ...(isPreview(path) ? { 'Stripe-Version': '2026-08-26.preview' } : {}),
      },
      ...(method === 'POST' ? { body: text } : {}),
    });
    return { status: response.status, body: await response.json() };
  }
  const api = () => `http://${standIn.host}:${standIn.port}`;
  const mockFor = (path: string) => (isPreview(path) ? mocks.beta : mocks.ga).origin;

  it('refuses a parameter that Stripe does not know, so that its yes means something', async () => {
    const wrong: StripeRequest = { does: '', method: 'POST', path: '/v1/customers/{customer}', params: { nmae: '' } };
    expect((await ask(mocks.ga.origin, wrong)).status).toBe(400);
    const query: StripeRequest = { does: '', method: 'GET', path: '/v1/customers', params: { emial: 'a@b.example' } };
    expect((await ask(mocks.ga.origin, query)).status).toBe(400);
  });

  it.each(stripeRequests.map((request) => [request.does, request] as const))(
    'takes the request that %s',
    async (_, request) => {
      expect(await ask(mockFor(request.path), request)).toMatchObject({ status: 200 });
    },
  );

  it.each(stripeRequests.map((request) => [request.does, request] as const))(
    'describes what the stand-in answers when it %s',
    async (_, request) => {
      const { status, body } = await ask(api(), request);
      expect([status, body]).toEqual([200, expect.anything()]);
      const check = isPreview(request.path) ? checks.beta : checks.ga;
      expect(check.faults(request.method, described(request.path), status, body)).toEqual([]);
    },
  );

  it('does not describe an answer with a field that it does not know', async () => {
    const { body } = await ask(api(), { does: '', method: 'GET', path: '/v1/customers/{customer}' });
    const path = '/v1/charges/{charge}';
    expect(checks.ga.faults('GET', path, 200, body)).not.toEqual([]);
    const charge = await ask(api(), { does: '', method: 'GET', path });
    expect(checks.ga.faults('GET', path, 200, { ...(charge.body as object), recieptEmail: null })).not.toEqual([]);
  });

  it.each(['customers', 'invoices', 'subscriptions', 'charges', 'payment_intents', 'refunds', 'disputes'] as const)(
    'describes the sample company’s %s',
    async (kind) => {
      standIn.control.load(sampleBilling());
      const params = kind === 'subscriptions' ? { limit: 100, status: 'all' } : { limit: 100 };
      const { status, body } = await ask(api(), { does: '', method: 'GET', path: `/v1/${kind}`, params });
      expect(checks.ga.faults('GET', `/v1/${kind}`, status, body)).toEqual([]);
    },
  );

  it('leaves no endpoint of the stand-in unasked', () => {
    const asked = new Set(stripeRequests.map(({ method, path }) => `${method} ${described(path)}`));
    expect(routes.map(({ method, path }) => `${method} ${path}`).filter((endpoint) => !asked.has(endpoint))).toEqual(
      [],
    );
  });

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'takes every parameter that the stand-in takes: %s',
    async (_, route) => {
      for (const params of shapesOf(route.params)) {
        const { method, path } = route;
        const answer = await ask(mockFor(path), { does: '', method, path, params });
        expect([params, answer.status, answer.status === 200 ? '' : answer.body]).toEqual([params, 200, '']);
      }
    },
  );
});
