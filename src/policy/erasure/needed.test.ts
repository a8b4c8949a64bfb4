/** What others hang on goes after them, whatever keeps them and for however long; and never before. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CollectionDescription, NeededBy, RecordFacts } from '../../../connectors/contract.ts';
import { collection, context, day, estonia, ofOwnBusiness, periods } from '../../../tests/support/erasure-example.ts';
import { addDays, type CivilDate } from '../clock/index.ts';
import { type ErasureContext, planRecord, recordPlanner } from './index.ts';

const customers: CollectionDescription = { ...collection('customer-number', 'contract'), collection: 'customers' };
const invoices = { ...collection('invoice', 'legal-obligation'), collection: 'invoices' };
const logs = { ...collection('security-log', 'legitimate-interests'), collection: 'logs' };
const system = { id: 'billing', collections: [customers, invoices, logs] };
const of = ofOwnBusiness({ collection: 'customers', recordClass: 'customer-number' });
/** Of a business that has ended; nothing is owed. */
const facts: RecordFacts = { workspace: '7', workspaceClosed: true, money: 'settled', settledOn: '2026-03-01' };
const issued = (on: string): NeededBy => ({
  ...{ collection: 'invoices', createdAt: on, supply: 'domestic' },
  events: { issue: on, recording: on, supply: on },
});
const logged = (on: string): NeededBy => ({ collection: 'logs', createdAt: on });
const decide = (neededBy: readonly NeededBy[], more: Partial<ErasureContext> = {}) =>
  planRecord(of, customers, { ...facts, neededBy }, context({ system, ...more }));

describe('a record that others hang on', () => {
  it('goes at once where nothing hangs on it', () => {
    expect(decide([])).toMatchObject({ disposition: 'erased', action: 'delete' });
  });

  it('is kept by the law that keeps what hangs on it, to the same day, and nothing is cut out of it', () => {
    expect(decide([issued('2026-02-10')])).toMatchObject({
      ...{ disposition: 'retained', action: 'keep', fields: [], exception: '17(3)(b)', until: '2033-12-31' },
      keptBy: expect.stringMatching(/^Accounting Act §12, .*: until 2033-12-31$/),
    });
  });

  it('goes on the day after', () => {
    const on = (asOf: CivilDate) => decide([issued('2026-02-10')], { asOf }).disposition;
    expect([on(day('2033-12-31')), on(day('2034-01-01'))]).toEqual(['retained', 'erased']);
  });

  it('is put off by what is only put off itself, with its day and why', () => {
    expect(decide([logged('2026-11-01')])).toMatchObject({
      ...{ disposition: 'refused', reason: 'period-runs', until: '2027-01-30' },
      keptBy: expect.stringContaining('Privacy policy'),
    });
  });

  it('waits for the longest of several, and without a date where one of them has none', () => {
    expect(decide([issued('2024-02-10'), issued('2026-02-10'), logged('2026-11-01')]).until).toBe('2033-12-31');
    const open = { ...issued('2026-02-10'), events: { issue: '2026-02-10', recording: null, supply: '2026-02-10' } };
    expect(decide([issued('2025-02-10'), open])).toMatchObject({ disposition: 'retained', until: null });
  });

  it('stays as it is while the business goes on, whatever hangs on it', () => {
    const goesOn = { ...facts, workspaceClosed: false, neededBy: [issued('2026-02-10')] };
    const decision = planRecord(of, customers, goesOn, context({ system }));
    expect(decision).toMatchObject({ disposition: 'refused', reason: 'contract-runs', until: null });
  });

  it('is never planned without a word on how what hangs on it is erased', () => {
    const undeclared = { ...system, collections: [customers, { ...invoices, erase: undefined }] };
    const failed = expect.objectContaining({ code: 'erasure-undeclared', where: 'invoices' });
    expect(() => decide([issued('2026-02-10')], { system: undeclared })).toThrow(failed);
    const { system: _, ...unknown } = context();
    expect(() => planRecord(of, customers, { ...facts, neededBy: [issued('2026-02-10')] }, unknown)).toThrow(failed);
  });

  it('of which different things hang on is not decided as another one', () => {
    const planner = recordPlanner(of, customers, context({ system }));
    const untilOf = (neededBy: readonly NeededBy[]) => planner({ ...facts, neededBy }).until;
    expect([untilOf([issued('2025-02-10')]), untilOf([issued('2026-02-10')]), untilOf([])]).toEqual([
      ...['2032-12-31', '2033-12-31', null],
    ]);
  });

  it('goes on the day after the last of them does, and not a day before: whatever they are', () => {
    const days = fc.integer({ min: 0, max: 3000 }).map((no) => addDays(day('2018-01-01'), no));
    const things = fc.oneof(days.map(issued), days.map(logged));
    const retention = estonia(periods);
    fc.assert(
      fc.property(fc.array(things, { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 4500 }), (all, later) => {
        const asOf = addDays(day('2018-01-01'), later);
        const about = context({ system, asOf, retention });
        const theirs = all.map((one) => {
          const what = one.collection === 'invoices' ? invoices : logs;
          return planRecord(ofOwnBusiness(), what, { ...facts, ...one }, about).disposition === 'erased';
        });
        expect(decide(all, { asOf, retention }).disposition === 'erased').toBe(theirs.every(Boolean));
      }),
      { numRuns: 400 },
    );
  });
});
