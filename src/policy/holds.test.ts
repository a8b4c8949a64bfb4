/** Never erased early, always erasable on the day: random rules, dates and holds, and the holds people place. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId, type PersonId } from '../ids.ts';
import { addDays, type CivilDate, parseCivilDate } from './clock/index.ts';
import { type HoldKind, holdKinds, mayErase as mayEraseBy, type NamedRecord, type PlacedHold } from './holds.ts';
import {
  anchors,
  type ClockEvent,
  clockEvents,
  type Period,
  type RetentionFacts,
  type RetentionPolicy,
  type RetentionRule,
  retentionOf,
  retentionPolicy,
  yearlyFinancialYears,
} from './retention/index.ts';

const day = (text: string): CivilDate => parseCivilDate(text, 'test');
const person = (id: string): PersonId => id as PersonId;
const keys = <K extends string>(table: Readonly<Record<K, unknown>>): K[] => Object.keys(table) as K[];
const request = newId('request');
type HeldRecord = NamedRecord & RetentionFacts;
const mayErase = (record: HeldRecord, holds: readonly PlacedHold[], rules: RetentionPolicy, asOf: CivilDate) =>
  mayEraseBy(record, holds, { facts: record, rules, asOf });

const dates = fc.integer({ min: 0, max: 36_500 }).map((days) => addDays(day('1990-01-01'), days));
const periods: fc.Arbitrary<Period> = fc.oneof(
  fc.integer({ min: 1, max: 30 }).map((years) => ({ years })),
  fc.integer({ min: 1, max: 60 }).map((months) => ({ months })),
  fc.integer({ min: 0, max: 2000 }).map((days) => ({ days })),
);
const rules: fc.Arbitrary<RetentionRule> = fc.record({
  id: fc.uuid(),
  country: fc.constantFrom('EE', 'EU'),
  law: fc.constant('Act'),
  section: fc.constant('§1'),
  source: fc.constant('https://law.example/'),
  confidence: fc.constantFrom('V', 'S'),
  records: fc.constant('documents'),
  recordClasses: fc.constant(['invoice'] as const),
  period: periods,
  event: fc.constantFrom(...keys(clockEvents)),
  anchor: fc.constantFrom(...keys(anchors)),
  applies: fc.constant('always'),
  keeps: fc.constant(['document'] as const),
});
const monthDays = fc.constantFrom('12-31', '06-30', '02-28', '02-29', '01-01', '09-30');
const policies: fc.Arbitrary<RetentionPolicy> = fc
  .tuple(fc.array(rules, { minLength: 1, maxLength: 5 }), monthDays)
  .map(([some, end]) => ({
    ...retentionPolicy({ country: 'EE', financialYears: yearlyFinancialYears(end) }),
    // The seller's own country always has a rule; without one policy would refuse instead.
    rules: some.map((rule, index) => (index === 0 ? { ...rule, country: 'EE' as const } : rule)),
  }));
const events: fc.Arbitrary<Record<ClockEvent, CivilDate>> = fc.record({
  ...{ issue: dates, recording: dates, supply: dates, creation: dates },
  ...{ 'term-expiry': dates, 'last-entry': dates, 'tax-payable': dates, closure: dates },
});
const records: fc.Arbitrary<HeldRecord> = events.map((some) => ({
  ...{ record: 'record-1', request, recordClass: 'invoice', supply: 'domestic', events: some },
}));
const placedHolds: fc.Arbitrary<PlacedHold> = fc.record({
  id: fc.uuid(),
  kind: fc.constantFrom(...keys(holdKinds)),
  on: fc.constantFrom({ request }, { records: ['record-0', 'record-1'] }),
  ground: fc.constant('a reason'),
  owner: fc.constant(person('mart')),
  placedOn: dates,
  reviewOn: dates,
  released: fc.constant(null),
});

const heldUntil = (record: HeldRecord, policy: RetentionPolicy): CivilDate => {
  const retention = retentionOf(record, policy);
  if (retention.state !== 'held' || retention.until === null) throw new Error('every random record has an end');
  return retention.until;
};

describe('a record that only the law keeps', () => {
  it('is never erased early and always erasable on the day, whatever the rules, the dates and the financial years', () => {
    fc.assert(
      fc.property(records, policies, fc.integer({ min: 0, max: 40_000 }), (record, policy, distance) => {
        const until = heldUntil(record, policy);
        const erasableFrom = addDays(until, 1);
        const before = addDays(until, -distance);
        expect(mayErase(record, [], policy, before)).toMatchObject({ may: false, until });
        expect(mayErase(record, [], policy, until).may).toBe(false);
        expect(mayErase(record, [], policy, erasableFrom)).toEqual({ may: true });
        expect(mayErase(record, [], policy, addDays(erasableFrom, distance))).toEqual({ may: true });
      }),
      { numRuns: 300 },
    );
  });

  it('is kept at least its longest period after its event, by every single rule', () => {
    fc.assert(
      fc.property(records, policies, (record, policy) => {
        const until = heldUntil(record, policy);
        for (const { event, period } of policy.rules) {
          const from = record.events[event];
          if (from === undefined || from === 'not-yet') throw new Error('every random event has a day');
          // Counted here by the calendar's own years, apart from the engine: never a day less than the period says.
          const least =
            'days' in period
              ? addDays(from, period.days)
              : addDays(from, 'years' in period ? period.years * 365 : period.months * 28);
          expect(until >= addDays(least, -1)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is never erasable earlier because of a rule more', () => {
    fc.assert(
      fc.property(records, policies, rules, (record, policy, more) => {
        const before = heldUntil(record, policy);
        expect(heldUntil(record, { ...policy, rules: [...policy.rules, more] }) >= before).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('may not be erased while an answer is missing, however long ago it was made', () => {
    const policy = retentionPolicy({ country: 'EE', financialYears: [] });
    const record: HeldRecord = {
      ...{ record: 'record-1', request, recordClass: 'invoice', supply: 'domestic' },
      events: { issue: day('1990-01-01'), recording: day('1990-01-01') },
    };
    const verdict = mayErase(record, [], policy, day('2199-01-01'));
    expect(verdict).toMatchObject({ may: false, until: null, missing: [{ answer: 'financial-year' }] });
  });

  it('has no date while a clock has not started', () => {
    const policy = retentionPolicy({ country: 'EE', financialYears: yearlyFinancialYears('12-31') });
    const contract: HeldRecord = {
      ...{ record: 'record-1', request, recordClass: 'subscription-contract' },
      events: { issue: day('2001-01-01'), recording: day('2001-01-01'), 'term-expiry': 'not-yet' },
    };
    const verdict = mayErase(contract, [], policy, day('2100-01-01'));
    expect(verdict).toMatchObject({ may: false, until: null, retention: [{ rule: 'ee-accounting-act-12-long-term' }] });
  });
});

describe('a hold that a person placed', () => {
  it('stops erasure on every day, its review date ends nothing, and no hold ever makes the date earlier', () => {
    fc.assert(
      fc.property(
        records,
        policies,
        fc.array(placedHolds, { minLength: 1, maxLength: 3 }),
        dates,
        (record, policy, holds, asOf) => {
          const later = addDays(heldUntil(record, policy), 1);
          const afterReview = holds.reduce(
            (last, { reviewOn }) => (reviewOn !== null && last < reviewOn ? addDays(reviewOn, 1) : last),
            later,
          );
          for (const date of [asOf, later, afterReview])
            expect(mayErase(record, holds, policy, date)).toMatchObject({ may: false, placed: holds, until: null });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('no longer stops anything once it is released; the others go on', () => {
    fc.assert(
      fc.property(records, policies, placedHolds, placedHolds, (record, policy, one, other) => {
        const after = addDays(heldUntil(record, policy), 1);
        const released = { ...one, released: { by: person('liis'), on: after } };
        expect(mayErase(record, [released], policy, after)).toEqual({ may: true });
        expect(mayErase(record, [released, other], policy, after)).toMatchObject({ may: false, placed: [other] });
      }),
      { numRuns: 100 },
    );
  });

  it('reaches only the records or the request it names', () => {
    const policy = retentionPolicy({ country: 'EE', financialYears: yearlyFinancialYears('12-31') });
    const old = day('2001-01-01');
    const record = (name: string, of = request): HeldRecord => ({
      ...{
        record: name,
        request: of,
        recordClass: 'invoice',
        supply: 'domestic',
        events: { issue: old, recording: old },
      },
    });
    const hold = (on: PlacedHold['on'], kind: HoldKind = 'court'): PlacedHold => ({
      ...{ id: 'h1', kind, on, ground: 'a case', owner: person('mart'), placedOn: old, reviewOn: old, released: null },
    });
    const asOf = day('2026-11-24');
    expect(mayErase(record('a'), [hold({ records: ['a'] })], policy, asOf).may).toBe(false);
    expect(mayErase(record('b'), [hold({ records: ['a'] })], policy, asOf).may).toBe(true);
    expect(mayErase(record('b'), [hold({ request })], policy, asOf).may).toBe(false);
    expect(mayErase(record('b', newId('request')), [hold({ request })], policy, asOf).may).toBe(true);
  });
});
