/** What becomes of records when a customer instructs that its workspace is erased: the workspace's, and those of people in it. */
import { describe, expect, it } from '@jest/globals';
import type { CollectionDescription, RecordFacts, StreamDescription } from '../../../connectors/contract.ts';
import {
  collection,
  context,
  day,
  immediate,
  invoiceFacts,
  invoiceTraits,
  stream,
} from '../../../tests/support/erasure-example.ts';
import { decideWorkspaceExport } from '../instructions/index.ts';
import { type ErasureContext, planRecord } from './index.ts';

const instructed = (
  of: StreamDescription,
  what: CollectionDescription,
  facts: RecordFacts = {},
  more: Partial<ErasureContext> = {},
) => planRecord(of, what, facts, context(more));
const ofWorkspace = (more: Partial<StreamDescription> = {}) =>
  stream({ owner: 'workspace', provedIn: 'workspaces', ofWorkspace: true, ...more });

describe('a record of the workspace', () => {
  it('goes as a whole, whatever the company has published, because the customer says so', () => {
    const log = collection('security-log', 'legitimate-interests');
    const facts = { createdAt: '2026-11-20' };
    expect(instructed(ofWorkspace(), log, facts)).toMatchObject({
      ...{ action: 'delete', disposition: 'erased', reason: 'instructed', ground: '17(1)(a)' },
    });
    // The same record, where its person asked: the published period runs.
    expect(planRecord(stream(), log, facts, context())).toMatchObject({
      disposition: 'refused',
      reason: 'period-runs',
    });
  });

  it('is made nobody’s where it stays, and asks for nobody to take it over', () => {
    const traits = immediate({ whole: 'anonymise', anonymises: ['name', 'owner_id'], successor: ['owner_id'] });
    const decision = instructed(ofWorkspace({ isWorkspace: true }), collection('workspace', 'contract', traits));
    expect(decision).toMatchObject({ action: 'anonymise', fields: ['name', 'owner_id'], successor: [] });
  });

  it('goes too where it is held for the customer as a processor, and nothing of another workspace does', () => {
    const rota = collection('customer-content', 'contract');
    expect(instructed(ofWorkspace({ role: 'processor' }), rota)).toMatchObject({
      ...{ disposition: 'erased', reason: 'instructed' },
    });
    expect(instructed(stream({ role: 'processor' }), rota)).toMatchObject({ disposition: 'referred' });
  });

  it('is kept where a law keeps it, without whoever was its contact, and until the law’s last day', () => {
    const invoices = collection('invoice', 'legal-obligation', invoiceTraits());
    expect(instructed(ofWorkspace(), invoices, invoiceFacts)).toMatchObject({
      ...{ action: 'detach', disposition: 'retained', until: '2033-12-31', detached: false },
      fields: ['contact_user_id', 'contact_name', 'contact_email'],
    });
    // As the sweep asks years later.
    const due = { asOf: day('2034-01-01'), endedOn: day('2027-03-06') };
    expect(instructed(ofWorkspace(), invoices, invoiceFacts, due)).toMatchObject({
      ...{ disposition: 'erased', reason: 'instructed' },
    });
  });

  it('waits while money is open on it', () => {
    const cards = collection('payment-method', 'contract', immediate());
    expect(instructed(ofWorkspace(), cards, { money: 'open' })).toMatchObject({ reason: 'money-open' });
  });
});

describe('a record of a person who goes with the workspace', () => {
  it('is decided as if the person had asked', () => {
    const account = collection('account', 'contract');
    const log = collection('security-log', 'legitimate-interests');
    const facts = { createdAt: '2026-11-20' };
    for (const what of [account, log])
      expect(instructed(stream(), what, facts)).toEqual(planRecord(stream(), what, facts, context()));
    expect(instructed(stream(), account)).toMatchObject({ disposition: 'erased', reason: 'eligible' });
    expect(instructed(stream(), log, facts)).toMatchObject({ disposition: 'refused', reason: 'period-runs' });
  });
});

describe('what a customer is given of its workspace', () => {
  it('is every field of what is the workspace’s, also what is held for it, and only a count of what people have of their own', () => {
    const fields = ['id', 'note'];
    for (const role of ['controller', 'processor'] as const)
      expect(decideWorkspaceExport(ofWorkspace({ role, fields }))).toEqual({
        ...{ grant: { want: 'content', fields }, disposition: 'exported', reason: 'instructed-export' },
      });
    expect(decideWorkspaceExport(stream({ fields }))).toEqual({
      ...{ grant: { want: 'facts', fields: [] }, disposition: 'withheld', reason: 'members-own' },
    });
  });
});
