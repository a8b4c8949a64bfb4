/**
 * The sample company's billing through the front door: a sole trader gets her invoices with their documents, and leaves with her
 * business; the contact of a company gets what is theirs, and passes the contact on before they go.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast, workspaces } from '../../src/local/sample/cast.ts';
import { approve, countsOf, erased } from '../support/erasing.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';

describe('billing', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('billing', { erasure: true, billing: true });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  const account = () => {
    if (habeas.stripe === undefined) throw new Error('there is no billing');
    return habeas.stripe.control;
  };
  const customerOf = (email: string) =>
    account()
      .ids('customers')
      .find((id) => account().object('customers', id)?.email === email) ?? '';
  /** Invoices of a workspace that the account database still has. */
  const copiesOf = async (workspace: string) => {
    const { rows } = await habeas.accounts.query(
      'select count(paid_on)::int as paid, (count(*) - count(paid_on))::int as owed from invoices where workspace_id = $1',
      [workspace],
    );
    return rows[0];
  };
  const documents = () =>
    Object.entries(account().digests()).filter(([name]) => /^(invoices|charges|refunds)\//.test(name));

  it('gives a sole trader everything, the documents as files', async () => {
    const { email } = cast.soleTrader;
    const id = await habeas.openVerified(email);
    await habeas.waitFor(id, ({ state }) => state === 'completed', 45_000);
    const got = await habeas.mailedPackage(email);
    const all = account().ofCustomer(customerOf(email));
    expect(got.records('billing', 'invoices')).toHaveLength(all.invoices?.length ?? 0);
    expect(got.records('billing', 'customers')).toEqual([expect.objectContaining({ email })]);
    for (const { invoice_pdf: path } of got.records('billing', 'invoices'))
      expect(got.member(`systems/billing/${String(path)}`).toString('latin1')).toMatch(/^%PDF-/);
  });

  it('of a sole trader who closes her business ends the subscription, and keeps the documents to the byte', async () => {
    const { email } = cast.soleTrader;
    const customer = customerOf(email);
    for (const { id } of account().ofCustomer(customer).invoices ?? [])
      account().setFields('invoices', id, { status: 'paid', amount_remaining: 0 });
    const before = documents();
    const id = await habeas.openErasure(email, '--close-workspace', workspaces.silversmith);
    await approve(habeas, id);
    const shown = await erased(habeas, id, 'completed');
    expect(countsOf(shown, 'billing')).toMatchObject({ refused: 0, absent: 0, pending: 0, unverified: 0 });
    const { customers, subscriptions } = account().ofCustomer(customer);
    expect(customers?.[0]).toMatchObject({ email: null, name: null, phone: null, address: null });
    expect(subscriptions?.map(({ status }) => status)).toEqual(['canceled']);
    expect(documents()).toEqual(before);
    const laws = pick(countsOf(shown, 'billing'), 'kept');
    expect(Array.isArray(laws) ? laws.map((one) => [one.collection, one.keptBy]) : []).toEqual(
      expect.arrayContaining(
        ['invoices', 'customer_numbers'].map((name) => [
          name,
          expect.stringMatching(/Accounting Act §12.*until \d{4}-\d\d-\d\d$/),
        ]),
      ),
    );
    // Stripe issues them: what the account database has of them are copies, which no law keeps; the contract is its own.
    const elsewhere = pick(countsOf(shown, 'account-db'), 'kept');
    const byLaw = Array.isArray(elsewhere) ? elsewhere.filter(({ disposition }) => disposition === 'retained') : [];
    expect(byLaw.map(({ collection }) => collection)).toEqual(['subscriptions']);
    expect(await copiesOf(workspaces.silversmith)).toEqual({ paid: 0, owed: expect.any(Number) });
  });

  it('of a company’s contact passes the contact to who was named, and the subscription goes on', async () => {
    const { email, name } = cast.companyContact;
    const customer = customerOf(email);
    const before = documents();
    const id = await habeas.openErasure(email);
    await habeas.waitFor(id, ({ tasks }) =>
      tasks.some(({ kind, systemId }) => kind === 'successor' && systemId === 'billing'),
    );
    const successor = cast.hotelOwner.email;
    const naming = (who: string) =>
      habeas.cli(
        ['requests', 'successor', id, '--workspace', customer, '--user-id', who, '--reason', 'Takes the bills over'],
        'officer',
      );
    expect((await naming(email)).stderr).toContain('successor-unknown');
    expect((await naming(successor)).code).toBe(0);
    await approve(habeas, id);
    await erased(habeas, id, 'completed');
    const after = account().object('customers', customer);
    expect(after).toMatchObject({ email: successor, phone: null });
    expect(JSON.stringify(after)).not.toContain(name);
    expect(account().ofCustomer(customer).subscriptions?.[0]?.status).toBe('active');
    expect(documents()).toEqual(before);
  });
});
