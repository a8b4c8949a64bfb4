/**
 * What holds of every decision, whatever the rules, dates, collections and requests: nothing is erased early, everything is
 * erasable on the day after, and every record gets one disposition that says why.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type {
  CollectionDescription,
  EraseTraits,
  RecordFacts,
  StreamDescription,
} from '../../../connectors/contract.ts';
import {
  collection,
  context,
  day,
  estonia,
  immediate,
  ofCompany,
  ofOwnBusiness,
  stream,
} from '../../../tests/support/erasure-example.ts';
import { HabeasError } from '../../errors.ts';
import { newId, type PersonId } from '../../ids.ts';
import { addDays, type CivilDate } from '../clock/index.ts';
import { erasureExceptions, erasureGrounds, refusalGrounds } from '../grounds.ts';
import { holdKinds, mayErase } from '../holds.ts';
import { legalBases } from '../legal-bases.ts';
import {
  anchors,
  type ClockEvent,
  fieldRoles,
  type Period,
  type PublishedPeriod,
  type RetentionPolicy,
  type RetentionRule,
  yearlyFinancialYears,
} from '../retention/index.ts';
import { type ErasureContext, heldDecision, planRecord, type RecordDecision, recordPlanner } from './index.ts';

const keys = <K extends string>(table: Readonly<Record<K, unknown>>): K[] => Object.keys(table) as K[];
const dates = fc.integer({ min: 0, max: 12_000 }).map((days) => addDays(day('2000-01-01'), days));
const lengths: fc.Arbitrary<Period> = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map((years) => ({ years })),
  fc.integer({ min: 1, max: 60 }).map((months) => ({ months })),
  fc.integer({ min: 0, max: 2000 }).map((days) => ({ days })),
);
/** Clocks whose day every random record has. */
const clocks = ['issue', 'recording', 'supply', 'creation', 'closure', 'term-expiry'] as const satisfies ClockEvent[];
const rules: fc.Arbitrary<RetentionRule> = fc.record({
  ...{ id: fc.uuid(), country: fc.constant('EE'), law: fc.constant('Act'), section: fc.constant('§1') },
  ...{
    source: fc.constant('https://law.example/'),
    confidence: fc.constantFrom('V', 'S'),
    records: fc.constant('all'),
  },
  ...{ recordClasses: fc.constant(['invoice'] as const), period: lengths, event: fc.constantFrom(...clocks) },
  ...{ anchor: fc.constantFrom(...keys(anchors)), applies: fc.constant('always') },
  keeps: fc.subarray(keys(fieldRoles), { minLength: 1 }),
});
const published = (recordClass: string): fc.Arbitrary<PublishedPeriod> =>
  fc.record({
    ...{ recordClass: fc.constant(recordClass), period: lengths, from: fc.constantFrom('closure', 'creation') },
    ...{ source: fc.constant('Policy'), onErasure: fc.constantFrom('ends', 'runs') },
  });
const policies: fc.Arbitrary<RetentionPolicy> = fc
  .tuple(fc.array(rules, { minLength: 1, maxLength: 4 }), published('account'), fc.option(published('invoice')))
  .map(([some, account, invoice]) => ({
    ...estonia(invoice === null ? [account] : [account, invoice]),
    ...{ rules: some, financialYears: yearlyFinancialYears('06-30') },
  }));

const fields = ['owner_id', 'name', 'email', 'card', 'text'] as const;
const traits: fc.Arbitrary<Extract<EraseTraits, { mode: 'immediate' }>> = fc
  .record({
    whole: fc.constantFrom('delete', 'anonymise'),
    detaches: fc.subarray([...fields]),
    references: fc.subarray(['owner_id', 'name']),
    roles: fc.dictionary(fc.constantFrom(...fields), fc.constantFrom(...keys(fieldRoles))),
  })
  .map((some) => immediate({ ...some, anonymises: [...fields], successor: ['owner_id'] }));
const collections: fc.Arbitrary<CollectionDescription> = fc
  .record({
    recordClass: fc.constantFrom('account', 'invoice'),
    legalBasis: fc.constantFrom(
      ...keys(legalBases).filter((one) => one !== 'vital-interests' && one !== 'public-task'),
    ),
    erase: fc.oneof(
      { weight: 6, arbitrary: traits },
      { weight: 1, arbitrary: fc.constant({ mode: 'expiry', days: 90, balancing: { en: 'A reason.' } } as const) },
    ),
  })
  .map(({ recordClass, legalBasis, erase }) => collection(recordClass, legalBasis, erase));
const streams: fc.Arbitrary<StreamDescription> = fc
  .record({
    base: fc.constantFrom(stream(), ofCompany(), ofOwnBusiness(), ofCompany({ subjectOwnsWorkspace: true })),
    role: fc.constantFrom('controller', 'joint', 'processor'),
    ownFields: fc.subarray([...fields]),
    mark: fc.constantFrom({}, { isWorkspace: true } as const, { isReference: true } as const),
  })
  .map(({ base, role, ownFields, mark }) => ({ ...base, role, ownFields, ...mark }));
const records: fc.Arbitrary<RecordFacts> = fc
  .record({
    createdAt: dates,
    events: fc.record({ issue: dates, recording: dates, supply: dates, closure: dates, 'term-expiry': dates }),
    money: fc.constantFrom('open', 'settled'),
    settledOn: dates,
    workspace: fc.constantFrom('7', '8'),
    workspaceClosed: fc.boolean(),
  })
  .map((facts) => ({ ...facts, supply: 'domestic' }));

const erasedRow = planRecord(stream(), collection('account', 'consent'), {}, context());
const keptRow = planRecord(stream(), collection('account', 'contract'), {}, context({ ownBusinessOpen: true }));
const contexts: fc.Arbitrary<ErasureContext> = fc
  .record({
    ...{ asOf: dates, retention: policies, chargebackDays: fc.constantFrom({}, { stripe: 120, adyen: 30 }) },
    trigger: fc.constantFrom('erasure', 'erasure', 'account-closure', 'objection', 'consent-withdrawal'),
    ownBusinessOpen: fc.boolean(),
    subjectRow: fc.constantFrom([], [erasedRow], [keptRow], [erasedRow, keptRow]),
  })
  .map((some) => context({ ...some, closing: new Set(['7']) }));
const situations = fc.tuple(streams, collections, records, contexts);
type Situation = readonly [StreamDescription, CollectionDescription, RecordFacts, ErasureContext];

/** A reference stream in which nothing names the person is a mistake of the data map, and refused as one. */
const decide = ([of, what, facts, about]: Situation): RecordDecision | undefined => {
  try {
    return planRecord(of, what, facts, about);
  } catch (error) {
    if (error instanceof HabeasError && error.code === 'erasure-undeclared' && of.isReference === true)
      return undefined;
    throw error;
  }
};
const named = { record: 'a', request: newId('request') };
const asDay = (text: string | null | undefined): CivilDate => day(text ?? 'no day');
/** What rules and published periods are asked about, made here and not by the code under test: every day is given. */
const question = (
  { createdAt, events = {} }: RecordFacts,
  recordClass: string,
  rules: RetentionPolicy,
  asOf: CivilDate,
) => ({
  ...{ rules, asOf },
  facts: {
    ...({ recordClass, supply: 'domestic' } as const),
    events: {
      ...{ creation: asDay(createdAt), issue: asDay(events.issue), recording: asDay(events.recording) },
      ...{
        supply: asDay(events.supply),
        closure: asDay(events.closure),
        'term-expiry': asDay(events['term-expiry']),
      },
    },
  } as const,
});
const runs = { numRuns: 800 };

describe('every decision', () => {
  it('is one of the list, with the ground, the exception or the refusal that goes with it', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const decision = decide(situation);
        if (decision === undefined) return;
        const { action, disposition, ground, exception, refusal, keptBy, until, fields: changed, detached } = decision;
        expect(ground === null || Object.keys(erasureGrounds).includes(ground)).toBe(true);
        expect(exception === null || Object.keys(erasureExceptions).includes(exception)).toBe(true);
        expect(refusal === null || Object.keys(refusalGrounds).includes(refusal)).toBe(true);
        expect(changed.length > 0).toBe(action === 'anonymise' || action === 'detach');
        expect(detached).toBe(action === 'detach' && disposition === 'anonymised');
        expect(decision.successor.every((field) => changed.includes(field))).toBe(true);
        switch (disposition) {
          case 'erased':
            return expect([action, ground === null, exception, refusal]).toEqual(['delete', false, null, null]);
          case 'anonymised':
            expect(['anonymise', 'detach']).toContain(action);
            return expect([ground === null, exception, refusal]).toEqual([false, null, null]);
          case 'retained':
            expect(['keep', 'detach']).toContain(action);
            return expect([exception, refusal, keptBy === null]).toEqual(['17(3)(b)', '17(3)(b)', false]);
          case 'expiring':
            return expect([action, until === null, keptBy]).toEqual(['keep', false, 'A reason.']);
          case 'refused':
            expect(['keep', 'detach']).toContain(action);
            return expect(refusal).not.toBeNull();
          case 'referred':
            return expect([action, refusal]).toEqual(['keep', null]);
          default:
            return disposition satisfies never;
        }
      }),
      runs,
    );
  });

  it('never erases early: no law that runs needs what goes, and no published period that a request does not end', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const [, what, facts, about] = situation;
        const decision = decide(situation);
        if (decision === undefined || (decision.action !== 'delete' && decision.action !== 'anonymise')) return;
        const asked = question(facts, what.recordClass, about.retention, about.asOf);
        const law = { ...asked, facts: { ...asked.facts, publishedPeriod: 'set-aside' } as const };
        expect(mayErase(named, [], law)).toEqual({ may: true });
        expect(facts.money).toBe('settled');
        const mayEndPeriods = decision.ground !== '17(1)(a)' || about.trigger === 'erasure';
        if (!mayEndPeriods) expect(mayErase(named, [], asked)).toEqual({ may: true });
        const lasting = about.retention.published.filter(({ onErasure }) => onErasure === 'runs');
        const promised = { ...asked, rules: { ...about.retention, published: lasting } };
        if (decision.ground === '17(1)(a)' && lasting.some(({ recordClass }) => recordClass === what.recordClass))
          expect(mayErase(named, [], promised)).toEqual({ may: true });
      }),
      runs,
    );
  });

  it('clears no field that a running law keeps, but for what points to a row that goes', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const [, what, facts, about] = situation;
        const decision = decide(situation);
        if (decision?.disposition !== 'retained' || what.erase?.mode !== 'immediate') return;
        const { roles, references = [] } = what.erase;
        const verdict = mayErase(named, [], question(facts, what.recordClass, about.retention, about.asOf));
        const kept = new Set<string>(verdict.may ? [] : verdict.retention.flatMap((hold) => hold.fields));
        const rowGoes = about.subjectRow.every(({ disposition }) => disposition === 'erased');
        for (const field of decision.fields)
          if (!(rowGoes && references.includes(field))) {
            expect(kept.has(roles[field] ?? 'document')).toBe(false);
            expect(facts.money).toBe('settled');
          }
      }),
      runs,
    );
  });

  it('leaves alone what is held as a processor, and deletes nothing of a workspace that goes on', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const [of, , facts] = situation;
        const decision = decide(situation);
        if (decision === undefined) return;
        if (of.role === 'processor') expect([decision.action, decision.disposition]).toEqual(['keep', 'referred']);
        const isOwn = of.customerKind === 'sole-trader' && of.subjectOwnsWorkspace === true;
        const ends = isOwn && (facts.workspaceClosed === true || facts.workspace === '7');
        if (of.owner === 'workspace' && !ends) expect(['keep', 'detach']).toContain(decision.action);
      }),
      runs,
    );
  });

  it('is the same for one record and for one among many', () => {
    fc.assert(
      fc.property(streams, collections, contexts, fc.array(records, { maxLength: 8 }), (of, what, about, some) => {
        const planner = recordPlanner(of, what, about);
        // Beside random ones, records that differ from the first in one fact alone.
        const [first = {}] = some;
        const parts: readonly (keyof RecordFacts)[] = [
          ...(['createdAt', 'events', 'money', 'settledOn', 'workspace', 'workspaceClosed'] as const),
        ];
        const near = some.flatMap((other) => parts.map((part) => ({ ...first, [part]: other[part] })));
        for (const facts of [...some, ...near, ...some]) {
          const alone = decide([of, what, facts, about]);
          if (alone !== undefined) expect(planner(facts)).toEqual(alone);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the day', () => {
  const whole = (recordClass: string) => collection(recordClass, 'contract', immediate());
  const settled = (facts: RecordFacts): RecordFacts => ({ ...facts, money: 'settled', settledOn: '1990-01-01' });

  it('on which the last law or period ends is the last one of keeping, and the next one is the first of erasing', () => {
    fc.assert(
      fc.property(fc.constantFrom('account', 'invoice'), records, policies, (recordClass, some, rules) => {
        const facts = settled(some);
        const retention = {
          ...rules,
          published: rules.published.map((one) => ({ ...one, onErasure: 'runs' as const })),
        };
        const verdict = mayErase(named, [], question(facts, recordClass, retention, day('1900-01-01')));
        if (verdict.may || verdict.until === null) throw new Error('every random record is kept, and to a day');
        const on = (asOf: CivilDate) => planRecord(stream(), whole(recordClass), facts, context({ asOf, retention }));
        expect(on(verdict.until).disposition).not.toBe('erased');
        expect(on(addDays(verdict.until, 1)).disposition).toBe('erased');
        expect(on(addDays(verdict.until, 400)).disposition).toBe('erased');
      }),
      { numRuns: 500 },
    );
  });

  it('only comes later with a rule more', () => {
    fc.assert(
      fc.property(records, policies, rules, dates, (some, retention, more, asOf) => {
        const facts = settled(some);
        const by = (policy: RetentionPolicy) =>
          planRecord(stream(), whole('invoice'), facts, context({ asOf, retention: policy }));
        const [before, after] = [by(retention), by({ ...retention, rules: [...retention.rules, more] })];
        if (before.disposition !== 'erased') expect(after.disposition).not.toBe('erased');
        if (before.disposition === 'retained' && before.until !== null)
          expect(after.until !== null && after.until >= before.until).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never comes while a person’s hold stands', () => {
    fc.assert(
      fc.property(situations, fc.constantFrom(...keys(holdKinds)), (situation, kind) => {
        const decision = decide(situation);
        if (decision === undefined) return;
        const owner: PersonId = 'mart' as PersonId;
        const about = {
          on: { request: named.request },
          owner,
          placedOn: day('2026-01-01'),
          reviewOn: day('2026-02-01'),
        };
        const held = heldDecision(decision, named, [{ ...about, id: 'h', kind, ground: 'a case', released: null }]);
        expect([held.action, held.fields, held.successor]).toEqual(['keep', [], []]);
        expect(['retained', 'expiring', 'refused', 'referred']).toContain(held.disposition);
      }),
      { numRuns: 500 },
    );
  });
});
