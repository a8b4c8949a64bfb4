/**
 * A customer of the account as a whole workspace, by its customer's instruction: found by its number alone, given and ended as a whole,
 * with what a law keeps kept to the byte, and nothing of any other customer touched.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asWorkspace } from '../../connectors/workspace-view.ts';
import { cast } from '../../src/local/sample/cast.ts';
import { sampleBilling } from '../../src/local/sample/stripe.ts';
import { decideWorkspaceExport } from '../../src/policy/instructions/index.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context as call } from '../conformance/suite.ts';
import { type Account, asked, eraseAll, find, openAccount, planned, readBack, refusalsOf } from './account.ts';

describe('a company’s customer, as its workspace', () => {
  let account: Account;
  let id: string;
  let kind: string | undefined;
  beforeEach(async () => {
    const opened = await openAccount();
    account = { ...opened, system: asWorkspace(opened.system) };
    const { control } = account.standIn;
    control.load(sampleBilling());
    id =
      control.ids('customers').find((one) => control.object('customers', one)?.email === cast.sampleSubject.email) ??
      '';
    for (const invoice of control.ofCustomer(id).invoices ?? [])
      control.setFields('invoices', invoice.id, { status: 'paid', amount_remaining: 0 });
    [kind] = (await keysOf()).map(({ key }) => key[1]?.[1]);
  });
  afterEach(() => account.stop());

  const keysOf = async () => (await find(account, [asked('stripe_customer_id', id)])).keys;

  it('is found by its number, and by no address', async () => {
    expect(kind).toBe('company');
    expect(await keysOf()).toHaveLength(1);
    const byAddress = await find(account, [asked('email', cast.sampleSubject.email), asked('workspace', '501')]);
    expect(byAddress).toEqual({ keys: [], learnt: [], candidates: [] });
    // People who go with the workspace are known by address too: they lead to nothing more.
    const both = await find(account, [asked('stripe_customer_id', id), asked('email', cast.sampleSubject.email)]);
    expect(both.keys).toEqual(await keysOf());
  });

  it('is given with everything that hangs on it', async () => {
    const keys = await keysOf();
    const sink = new MemorySink(keys, { grant: (stream) => decideWorkspaceExport(stream).grant });
    await account.system.read(call(), { keys, want: 'content', sink });
    const given: Record<string, number> = {};
    for (const { description, lines } of sink.streams.values())
      given[description.collection] =
        (given[description.collection] ?? 0) + lines.filter((line) => JSON.parse(line).record !== undefined).length;
    const all = account.standIn.control.ofCustomer(id);
    for (const name of ['customers', 'subscriptions', 'invoices', 'charges'] as const)
      expect([name, given[name]]).toEqual([name, all[name]?.length ?? 0]);
    expect(given.invoices).toBeGreaterThan(0);
  });

  it('ends on instruction: subscription ended, customer empty, documents kept by law, and no other customer changes', async () => {
    const { control } = account.standIn;
    const keys = await keysOf();
    const isDocument = (name: string) => /^(invoices|charges|refunds|credit_notes)\//.test(name);
    const own = new Set(
      Object.entries(control.ofCustomer(id)).flatMap(([name, objects]) =>
        (objects ?? []).map((one) => `${name}/${one.id}`),
      ),
    );
    const before = control.digests();
    const { set, decided } = await planned(account, keys);
    expect(await refusalsOf(account, keys, set)).toEqual([]);
    const journal = await eraseAll(account, keys, set);
    expect(journal.totals.anonymised).toBeGreaterThan(0);
    expect(await readBack(account, keys, set)).not.toHaveProperty('residue');
    const { customers, subscriptions } = control.ofCustomer(id);
    expect(customers?.[0]).toMatchObject({ email: null, name: null, phone: null, address: null });
    expect(subscriptions?.map(({ status }) => status)).toEqual(['canceled']);
    const after = control.digests();
    const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
    expect(changed.filter((name) => isDocument(name))).toEqual([]);
    expect(changed.filter((name) => !own.has(name))).toEqual([]);
    expect(decided.get(`customers ${id}`)).toMatchObject({ disposition: 'anonymised', reason: 'instructed' });
    for (const [name, { disposition, keptBy }] of decided)
      if (name.startsWith('invoices ')) expect([disposition, keptBy?.includes('§12')]).toEqual(['retained', true]);
  });
});
