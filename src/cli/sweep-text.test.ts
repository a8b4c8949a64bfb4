/** The sweep as officers read it: what would go comes first, what stays says why, and a batch names the command that answers it. */
import { describe, expect, it } from '@jest/globals';
import type { ListedClaim, ShownClaim, SweepLine } from '../requests/index.ts';
import { claimsText, claimText, dryRunText } from './sweep-text.ts';

const look = { colour: false, columns: undefined };
const invoices = {
  ...{
    systemId: 'account-db' as SweepLine['systemId'],
    recordClass: 'invoice',
    what: 'erase',
    action: 'delete',
    count: 4,
  },
  ...{ laws: 'Accounting Act §12: until 2033-12-31', until: '2033-12-31', keptBy: null, keptUntil: null },
  ...{ asks: [], code: null },
} as const satisfies SweepLine;
const batch: ListedClaim = {
  ...{ id: 'clm_00000000000000000000000000' as ListedClaim['id'], systemId: invoices.systemId, kind: 'erase' },
  ...{
    asOf: '2034-01-01',
    since: null,
    state: 'asked',
    code: null,
    where: null,
    automatic: false,
    peopleNeeded: 2,
    retryOn: null,
  },
  ...{ madeAt: '2034-01-01T09:00:00.000Z', about: 'ab'.repeat(32), recordClasses: ['invoice'], records: 4, asks: [] },
};

describe('a dry run', () => {
  it('tells what goes before what stays, and counts what would be erased', () => {
    const held = { ...invoices, what: 'held', action: null, count: 1, code: 'hold-placed' } as const;
    const longer = { ...invoices, what: 'kept', action: null, count: 2, keptUntil: '2034-12-31' } as const;
    const logs = { ...invoices, recordClass: 'server-log', what: 'read-back', action: null, count: 9 } as const;
    const binder = { ...invoices, recordClass: 'paper', what: 'by-hand', action: null, count: 3 } as const;
    const lines = dryRunText([held, longer, logs, binder, invoices], '2034-01-01', look).split('\n');
    const fates = lines.map((line) => line.trim().split(/ {2,}/)[0]).filter((word) => word !== '');
    expect(fates.slice(1, 6)).toEqual([
      ...['read back', 'asked of a person: kept by hand', 'erased', 'left: hold-placed', 'kept until 2034-12-31'],
    ]);
    expect(lines.at(-2)).toBe(
      '4 records would be erased as of 2034-01-01. Nothing was done. No system was asked whether it can.',
    );
  });

  it('says so where people would be asked whatever the class, and where nothing is due', () => {
    expect(dryRunText([{ ...invoices, asks: ['shortened'] }], '2034-01-01', look)).toContain('asked: shortened');
    expect(dryRunText([], '2034-01-01', look)).toBe('Nothing in the register is due on 2034-01-01.\n');
  });
});

describe('a batch', () => {
  it('that waits names the command that shows it; one that is parked says by what and until when', () => {
    expect(claimsText([batch], look)).toContain(`Next: habeas retention show ${batch.id}\n`);
    const parked = { ...batch, state: 'parked', code: 'reference-uncovered', where: 'lines.invoice_id' } as const;
    const text = claimsText([{ ...parked, retryOn: '2034-01-02' }], look);
    expect(text).toContain('reference-uncovered (lines.invoice_id) tried again on 2034-01-02');
    expect(text).not.toContain('Next:');
    expect(claimsText([], look)).toBe('');
  });

  it('shows how many have approved what, and the command that approves exactly that', () => {
    const shown: ShownClaim = {
      ...{ ...batch, approvedBy: ['mart' as ShownClaim['approvedBy'][number]], approvedAt: null, endedAt: null },
      entries: [],
    };
    const text = claimText(shown, look);
    expect(text).toContain('1 of 2');
    expect(text).toContain(`Next: habeas retention approve ${batch.id} --contents abababababab\n`);
  });
});
