/** One system has the originals of what a law keeps; what others have of it are copies, which follow their own basis. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordFacts } from '../../../connectors/contract.ts';
import {
  collection,
  context,
  day,
  estonia,
  invoiceFacts,
  invoiceTraits,
  ofCompany,
  periods,
  stream,
} from '../../../tests/support/erasure-example.ts';
import { addDays } from '../clock/index.ts';
import { legalBases } from '../legal-bases.ts';
import type { PublishedPeriod } from '../retention/index.ts';
import { planRecord } from './index.ts';

const invoices = (legalBasis = 'legal-obligation') => collection('invoice', legalBasis, invoiceTraits());
const policy = (published: readonly PublishedPeriod[] = periods, systemOfRecord = { invoice: 'billing' }) => ({
  ...estonia(published),
  systemOfRecord,
});
const inSystem = (id: string, more: Parameters<typeof context>[0] = {}) =>
  context({ retention: policy(), system: { id, collections: [] }, ...more });
const copies: PublishedPeriod = {
  ...{ recordClass: 'invoice-copy', period: { years: 2 }, from: 'creation', source: 'Privacy policy' },
  onErasure: 'runs',
};

describe('records of a class that a law keeps', () => {
  it('are kept by it in the system of record, and everywhere where none is named', () => {
    const kept = { disposition: 'retained', until: '2033-12-31' };
    expect(planRecord(stream(), invoices(), invoiceFacts, inSystem('billing'))).toMatchObject(kept);
    const unnamed = inSystem('account-db', { retention: estonia() });
    expect(planRecord(stream(), invoices(), invoiceFacts, unnamed)).toMatchObject(kept);
    // Who decides without a word on the system keeps too much, never too little.
    expect(planRecord(stream(), invoices(), invoiceFacts, context({ retention: policy() }))).toMatchObject(kept);
  });

  it('are erased elsewhere, once what they are held for has ended', () => {
    for (const basis of ['legal-obligation', 'contract'])
      expect(planRecord(stream(), invoices(basis), invoiceFacts, inSystem('account-db'))).toMatchObject({
        ...{ disposition: 'erased', action: 'delete', ground: '17(1)(a)', keptBy: null, until: null },
      });
  });

  it('are kept elsewhere for the period that is published for copies, by name, and no longer', () => {
    const retention = policy([...periods, copies]);
    const about = inSystem('account-db', { retention });
    expect(planRecord(stream(), invoices('contract'), invoiceFacts, about)).toMatchObject({
      ...{ disposition: 'refused', reason: 'period-runs', until: '2028-02-10' },
      keptBy: expect.stringContaining('Privacy policy'),
    });
    const after = inSystem('account-db', { retention, asOf: day('2028-02-11') });
    expect(planRecord(stream(), invoices('contract'), invoiceFacts, after).disposition).toBe('erased');
    // Of the original such a period says nothing.
    const original = planRecord(stream(), invoices(), invoiceFacts, inSystem('billing', { retention }));
    expect(original).toMatchObject({ disposition: 'retained', until: '2033-12-31' });
  });

  it('ask of a period for copies whether a request ends it, as of any other', () => {
    const { onErasure: _, ...silent } = copies;
    const about = inSystem('account-db', { retention: policy([...periods, silent]) });
    expect(() => planRecord(stream(), invoices('contract'), invoiceFacts, about)).toThrow(
      expect.objectContaining({ where: 'policy.retention.periods.invoice-copy.onErasure' }),
    );
  });

  it('stay as copies while money is open on them', () => {
    const owed: RecordFacts = { ...invoiceFacts, money: 'open' };
    expect(planRecord(stream(), invoices(), owed, inSystem('account-db'))).toMatchObject({
      ...{ disposition: 'refused', reason: 'money-open' },
    });
  });

  it('of a company lose the person where they are copies, and are not kept for them', () => {
    const named = ofCompany({
      subjectOwnsWorkspace: false,
      ownFields: ['contact_user_id', 'contact_name', 'contact_email'],
    });
    expect(planRecord(named, invoices(), invoiceFacts, inSystem('account-db'))).toMatchObject({
      ...{ disposition: 'anonymised', action: 'detach', detached: true },
      fields: ['contact_user_id', 'contact_name', 'contact_email'],
    });
    expect(planRecord(named, invoices(), invoiceFacts, inSystem('billing'))).toMatchObject({ disposition: 'retained' });
  });

  it('are held under the law in the system of record alone: whatever their days and their basis', () => {
    const dates = fc.integer({ min: 0, max: 4000 }).map((no) => addDays(day('2016-01-01'), no));
    const bases = (Object.keys(legalBases) as (keyof typeof legalBases)[]).filter(
      (one) => one !== 'vital-interests' && one !== 'public-task',
    );
    fc.assert(
      fc.property(dates, dates, fc.constantFrom(...bases), fc.boolean(), (on, asOf, basis, isOssSupply) => {
        const supply = isOssSupply ? 'oss' : 'domestic';
        const facts = { ...invoiceFacts, supply, createdAt: on, events: { issue: on, recording: on, supply: on } };
        const at = (id: string) => planRecord(stream(), invoices(basis), facts, inSystem(id, { asOf }));
        expect(at('account-db').disposition).not.toBe('retained');
        expect(at('account-db').exception).toBeNull();
        // And of what the law does not keep any more, original and copy are decided alike.
        if (at('billing').disposition !== 'retained') expect(at('billing')).toEqual(at('account-db'));
      }),
      { numRuns: 400 },
    );
  });
});
