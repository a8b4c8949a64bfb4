/** The books of a receipt balance line by line and in sum, or the system is named; what ends on a day is summed from the lines. */
import { describe, expect, it } from '@jest/globals';
import { endsOf, unbalanced } from './balance.ts';
import type { SystemFacts } from './receipt-schema.ts';

type Erasure = NonNullable<SystemFacts['erasure']>;
const line: Erasure['kept'][number] = {
  ...{ collection: 'invoices', recordClass: 'invoice', disposition: 'retained', reason: 'law-keeps', refusal: null },
  ...{ keptBy: 'Accounting Act §12', until: '2033-12-31', count: 2 },
};
const erasure: Erasure = {
  ...{
    found: 9,
    erased: 4,
    anonymised: 3,
    detached: 1,
    retained: 2,
    expiring: 0,
    absent: 0,
    changedHands: 0,
    refused: 0,
    referred: 0,
  },
  ...{ pending: 0, unverified: 0, newRelationship: 5, kept: [line] },
};
const access: NonNullable<SystemFacts['access']> = { found: 5, exported: 3, withheld: 1, referred: 1, pending: 0 };
const system = (given: Partial<SystemFacts> = {}): SystemFacts => ({
  ...{ id: 'billing', state: 'done', code: null, access, erasure, attested: null },
  unreadable: { records: 0, objects: 0 },
  ...given,
});
const wrong = (given: Partial<SystemFacts>, isOver = true) => unbalanced([system(given)], isOver).length > 0;

describe('the books of a system', () => {
  it('balance where what was found is what became of it', () => {
    expect(unbalanced([system(), system({ access: null }), system({ erasure: null })], true)).toEqual([]);
  });

  it('do not where a number of one side is another, or the lines say another than the sum', () => {
    for (const name of ['found', 'exported', 'withheld', 'referred'] as const)
      expect(wrong({ access: { ...access, [name]: 7 } })).toBe(true);
    for (const name of [
      'found',
      'erased',
      'anonymised',
      'retained',
      'expiring',
      'absent',
      'refused',
      'referred',
    ] as const)
      expect(wrong({ erasure: { ...erasure, [name]: 8 } })).toBe(true);
    expect(wrong({ erasure: { ...erasure, kept: [{ ...line, count: 1 }] } })).toBe(true);
    expect(wrong({ erasure: { ...erasure, kept: [{ ...line, disposition: 'refused' }] } })).toBe(true);
    expect(wrong({ erasure: { ...erasure, detached: 4 } })).toBe(true);
  });

  it('may wait while the request is worked on or the system is left open, and not when it says that it is done', () => {
    const waiting = [
      { access: { ...access, exported: 2, pending: 1 } },
      { access: { ...access, found: null } },
      { erasure: { ...erasure, erased: 3, pending: 1 } },
      { erasure: { ...erasure, unverified: 1 } },
    ];
    for (const given of waiting) {
      expect(wrong(given)).toBe(true);
      expect(wrong(given, false)).toBe(false);
      expect(wrong({ ...given, state: 'unresolved' })).toBe(false);
    }
  });

  it('tell what ends when, summed by day, system and class, the earliest first', () => {
    const expiring = { ...line, disposition: 'expiring' as const, recordClass: 'server-log', until: '2027-02-01' };
    const putOff = { ...line, disposition: 'refused' as const, recordClass: 'security-log', until: '2028-01-01' };
    const kept = [line, { ...line, collection: 'lines' }, expiring, putOff, { ...line, until: null }];
    expect(endsOf([system({ erasure: { ...erasure, kept } })])).toEqual([
      { system: 'billing', recordClass: 'server-log', disposition: 'expiring', until: '2027-02-01', count: 2 },
      { system: 'billing', recordClass: 'security-log', disposition: 'refused', until: '2028-01-01', count: 2 },
      { system: 'billing', recordClass: 'invoice', disposition: 'retained', until: '2033-12-31', count: 4 },
    ]);
  });
});
