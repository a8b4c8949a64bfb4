/**
 * What the connector really sends, recorded by the stand-in while it finds, reads, checks, erases, redacts and reads back: each of
 * these requests, as it was, must be one that Stripe's own description takes. No list that somebody keeps by hand.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cast, workspaces } from '../../src/local/sample/cast.ts';
import { sampleBilling } from '../../src/local/sample/stripe.ts';
import type { SeenRequest } from '../../src/local/stripe/control.ts';
import { MemoryJournal } from '../conformance/memory-plan.ts';
import { context } from '../conformance/suite.ts';
import { type Account, accessOf, asked, eraseAll, find, openAccount, planned, readBack } from '../stripe/account.ts';
import { describeWithGo } from './needs.ts';
import { buildStripeMock, type StripeMock, startStripeMock } from './stripe-mock.ts';

type Change = Parameters<typeof openAccount>[0];

const closing = { closing: new Set([workspaces.silversmith as string]) };

/** A request without whose and when it was. */
const shapeOf = ({ method, path, query, body }: SeenRequest): string => {
  const names = (text: string) => [...new Set([...new URLSearchParams(text).keys()])].sort().join(' ');
  return [
    method,
    path.replace(/(?<=\/)(cus|sub|pm|ch|pi|in|txi|prj|re)_[A-Za-z0-9_]+/g, '{id}'),
    names(query),
    names(body),
  ].join(' ');
};

async function everything(account: Account): Promise<void> {
  const { control } = account.standIn;
  control.enableRedaction(true);
  control.load(sampleBilling());
  const idOf = (email: string) =>
    control.ids('customers').find((one) => control.object('customers', one)?.email === email) ?? '';
  const sole = idOf(cast.soleTrader.email);
  for (const { id } of control.ofCustomer(sole).invoices ?? [])
    control.setFields('invoices', id, { status: 'paid', amount_remaining: 0 });
  await account.system.check(context());
  const wanted = [
    { identifiers: [asked('email', cast.companyContact.email)], successor: 'next@company.example', about: {} },
    { identifiers: [asked('stripe_customer_id', sole)], successor: undefined, about: closing },
    // Years later: documents too.
    {
      ...{ identifiers: [asked('stripe_customer_id', sole)], successor: undefined },
      about: { ...closing, asOf: '2040-01-01' as never },
    },
  ];
  for (const { identifiers, successor, about } of wanted) {
    const { keys } = await find(account, identifiers);
    await accessOf(account, keys);
    const { set } = await planned(account, keys, about, successor);
    await account.system.prepare?.(context(), { keys, planned: set });
    const journal = new MemoryJournal();
    for (let again = 0; again < 12; again += 1) {
      await eraseAll(account, keys, set, journal);
      if (journal.runs.size === 0) break;
      control.advanceClock(3_600);
    }
    await readBack(account, keys, set);
  }
  const intent = control.ids('payment_intents')[0] ?? '';
  await find(account, [asked('stripe_payment_intent_id', intent)]);
}

async function sentBy(change: Change, redaction = true): Promise<readonly SeenRequest[]> {
  const account = await openAccount(change, { redaction });
  try {
    await everything(account);
    return account.standIn.control.requests().filter(({ path }) => path.startsWith('/v1/'));
  } finally {
    await account.stop();
  }
}

await describeWithGo('what the connector sends', (go) => {
  let mocks: { ga: StripeMock; beta: StripeMock };
  let sent: ReadonlyMap<string, SeenRequest>;

  beforeAll(async () => {
    const all = [
      ...(await sentBy(() => undefined)),
      ...(await sentBy((map) => {
        map.customer.kind.deleted = 'sole-trader';
        map.collections.charges.erase.fields['metadata.order'] = 'empty';
      })),
      // Where Stripe does not redact, a customer is deleted.
      ...(await sentBy(() => undefined, false)),
    ];
    sent = new Map(all.map((one) => [shapeOf(one), one]));
    const program = await buildStripeMock(go);
    mocks = { ga: await startStripeMock(program, 'ga'), beta: await startStripeMock(program, 'beta') };
  });
  afterAll(async () => {
    await Promise.all([mocks?.ga.stop(), mocks?.beta.stop()]);
  });

  it('is a good part of all that it can send, changes and orders among it', () => {
    const shapes = [...sent.keys()];
    for (const wanted of [
      ...['POST /v1/customers/{id}', 'DELETE /v1/subscriptions/{id}', 'POST /v1/payment_methods/{id}/detach'],
      ...['GET /v1/payment_intents/{id}', 'POST /v1/privacy/redaction_jobs', 'DELETE /v1/customers/{id}'],
      ...['GET /v1/invoice_payments', 'GET /v1/disputes', 'GET /v1/customers/{id}/tax_ids'],
    ])
      expect([wanted, shapes.some((shape) => shape.startsWith(`${wanted} `))]).toEqual([wanted, true]);
  });

  it('Stripe’s description takes, every one of it', async () => {
    const refused: unknown[] = [];
    for (const [shape, { method, path, query, body, apiVersion }] of sent) {
      const isPreview = apiVersion?.endsWith('.preview') === true;
      const { origin } = isPreview ? mocks.beta : mocks.ga;
      const answer = await fetch(`${origin}${path}${query === '' ? '' : `?${query.replace(/^\?/, '')}`}`, {
        method,
        headers: { Authorization: 'Bearer sk_test_123', 'Content-Type': 'application/x-www-form-urlencoded' },
        ...(method === 'POST' ? { body } : {}),
      });
      if (answer.status !== 200) refused.push([shape, answer.status, await answer.text()]);
    }
    expect(refused).toEqual([]);
  });
});
