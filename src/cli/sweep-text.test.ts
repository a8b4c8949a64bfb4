/** The sweep as officers read it: what would go comes first, what stays says why, and a batch names the command that answers it. */
import { describe, expect, it } from '@jest/globals';
import { catalogue } from '../errors.ts';
import type { SweepReceipt } from '../proof/sweep-receipt-schema.ts';
import type { ListedClaim, ListedSweepNotice, ShownClaim, SweepLine } from '../requests/index.ts';
import { sweepReceiptText } from './sweep-receipt-text.ts';
import { claimsText, claimText, dryRunText, sweepNoticesText } from './sweep-text.ts';

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
      ...{ entries: [], recipients: [] },
    };
    const text = claimText(shown, look);
    expect(text).toContain('1 of 2');
    expect(text).toContain(`Next: habeas retention approve ${batch.id} --contents abababababab\n`);
  });
});

describe('recipients of what a batch erased', () => {
  const notice: ListedSweepNotice = {
    ...{ claimId: batch.id, recipient: 'books', name: 'Books Ltd', role: 'processor', outcome: 'open', records: 4 },
    ...{ dueOn: '2034-01-31', toldOn: null, settledAt: null, contact: null, tell: 'Instruct them.' },
  };

  it('are told what to say and by which command, until each of them is settled', () => {
    const text = sweepNoticesText([notice], look);
    expect(text).toContain('Books Ltd (books)');
    expect(text).toContain('2034-01-31');
    expect(text).toContain(`  Instruct them.\nNext: habeas retention told ${batch.id} books sent\n`);
    const sent = { ...notice, outcome: 'sent', toldOn: '2034-01-02' } as const;
    expect(sweepNoticesText([sent], look)).toContain(`retention told ${batch.id} books acknowledged\n`);
    const settled = { ...sent, outcome: 'acknowledged', settledAt: '2034-01-05T09:00:00.000Z', tell: null } as const;
    expect(sweepNoticesText([settled], look)).not.toContain('Next:');
  });
});

describe('the receipt of a batch', () => {
  const receipt: SweepReceipt = {
    ...{ v: 1, kind: 'habeas-sweep-receipt', ledger: '0'.repeat(26), batch: batch.id, no: 1, previous: null },
    issuedAt: '2034-01-02T09:00:00.000Z',
    controller: { name: 'Firm OÜ', country: 'EE', authority: { name: 'AKI', url: 'https://www.aki.ee' } },
    ...{ system: 'account-db', does: 'erase', since: null, asOf: '2034-01-01', state: 'parked' },
    ...{ madeAt: '2034-01-01T09:00:00.000Z', endedAt: null, approvedBy: 'people', peopleNeeded: 2, about: null },
    people: [{ person: 'mart', answer: 'approve', about: null, at: '2034-01-01T10:00:00.000Z' }],
    claimed: { entries: 3, records: 9 },
    done: [
      {
        ...{ recordClass: 'invoice', entries: 1, records: 4, keptBy: 'Act §12', until: '2033-12-31', erased: 1 },
        ...{ anonymised: 3, historyRemains: 2, absent: 0, changedHands: 0, evidence: 'read-back' },
      },
    ],
    extended: [
      { recordClass: 'invoice', entries: 1, records: 2, was: '2033-12-31', keptBy: 'AO §147', until: '2034-12-31' },
    ],
    left: [
      { recordClass: 'books', entries: 1, records: 1, keptBy: null, until: null, code: 'hold-placed' },
      { recordClass: 'books', entries: 1, records: 1, keptBy: null, until: null, code: 'of-later' },
    ],
    elsewhere: [{ recordClass: 'payment', entries: 1, records: 1, to: null }],
    ...{ open: 1, audit: { seq: 4, hash: 'a'.repeat(64) } },
  };

  it('says in columns what went, what stays and why, what is open, and who approved', () => {
    const lines = sweepReceiptText(receipt, false, 200).split('\n');
    const line = (...words: readonly string[]) => lines.find((one) => words.every((word) => one.includes(word)));
    expect(line('invoice', '4', '1', '3', '2', '2033-12-31', 'Act §12')).toBeDefined();
    expect(line('invoice', '2034-12-31', '2033-12-31', 'AO §147')).toBeDefined();
    expect(line('hold-placed', catalogue['hold-placed'].what)).toBeDefined();
    expect(line('of-later')).toBeDefined();
    expect(line('payment', 'lapsed with its backups')).toBeDefined();
    expect(line('Still open', '1 records')).toBeDefined();
    expect(line('Approved', 'mart')).toBeDefined();
  });
});
