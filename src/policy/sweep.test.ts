/** The sweep's decision about one record, and its promises over years in which rules, holds and requests change as they like. */
import { describe, expect, it } from '@jest/globals';
import type { RecordFacts } from '../../connectors/contract.ts';
import {
  collection,
  context,
  day,
  estonia,
  immediate,
  invoiceFacts,
  stream,
} from '../../tests/support/erasure-example.ts';
import { HabeasError } from '../errors.ts';
import type { PersonId, RequestId } from '../ids.ts';
import { addDays, type CivilDate, later } from './clock/civil-date.ts';
import { recordPlanner } from './erasure/index.ts';
import type { PlacedHold } from './holds.ts';
import { type RetentionPolicy, retentionOf } from './retention/index.ts';
import { effectOf, looksAgainOn, looksFirstOn, type Registered, type SweepRules, sweepVerdict } from './sweep.ts';

const invoices = collection('invoice', 'legal-obligation', immediate());
const invoice = stream({ recordClass: 'invoice' });
const request = 'req_00000000000000000000000000' as RequestId;
const enteredOn = day('2026-11-24');
const record = { record: 'r', request };

const planner =
  (retention: RetentionPolicy): SweepRules['plan'] =>
  (facts, asOf) =>
    recordPlanner(invoice, invoices, context({ asOf, endedOn: enteredOn, retention }))(facts);

const rules = (asOf: string, more: Partial<SweepRules> = {}): SweepRules => ({
  ...{ plan: planner(estonia()), holds: [], isSought: () => false, asOf: day(asOf), enteredOn },
  ...more,
});
const registered = (more: Partial<Registered> = {}): Registered => ({
  ...{ record, facts: invoiceFacts, until: day('2033-12-31'), wasHeld: false, isOwnRow: false },
  ...more,
});
const hold = (on: PlacedHold['on']): PlacedHold => ({
  ...{ id: 'h', kind: 'court', on, ground: '', owner: 'o' as PersonId, placedOn: enteredOn, reviewOn: enteredOn },
  released: null,
});

describe('one record', () => {
  it('stays to the end of its last day, and goes on the next', () => {
    expect(sweepVerdict(registered(), rules('2033-12-31'))).toMatchObject({ is: 'kept', until: '2033-12-31' });
    expect(sweepVerdict(registered(), rules('2034-01-01'))).toMatchObject({
      ...{ is: 'erase', asks: [], decision: { action: 'delete', disposition: 'erased' } },
    });
  });

  it('of which a vendor lets go later goes under its approval, and is asked about where something else would be done', () => {
    const on = rules('2034-01-01');
    const waits = (action: 'delete' | 'anonymise', fields: readonly string[] = []) =>
      registered({ approved: new Set([effectOf({ action, fields })]) });
    expect(sweepVerdict(waits('delete'), on)).toMatchObject({ is: 'erase', asks: [], decision: { action: 'delete' } });
    expect(sweepVerdict(waits('anonymise', ['name']), on)).toMatchObject({ is: 'erase', asks: ['another-effect'] });
    expect(sweepVerdict(waits('delete'), rules('2033-12-31'))).toMatchObject({ is: 'kept' });
  });

  it('stays for as long as a longer rule says, and is asked about where the rule is shorter now', () => {
    const longer = { ...estonia(), taxRegistrations: ['DE'] as const };
    expect(sweepVerdict(registered(), rules('2034-01-01', { plan: planner(longer) }))).toMatchObject({
      ...{ is: 'kept', until: '2034-12-31' },
    });
    expect(sweepVerdict(registered({ until: day('2034-12-31') }), rules('2035-01-01'))).toMatchObject({
      ...{ is: 'erase', asks: ['shortened'] },
    });
    // Not only on the registered day: from the first on which today's rules would let it go.
    const promised = registered({ until: day('2034-12-31') });
    expect(sweepVerdict(promised, rules('2034-01-01'))).toMatchObject({ is: 'erase', asks: ['shortened'] });
    const before = sweepVerdict(promised, rules('2030-06-01'));
    expect(before).toEqual({ is: 'kept', until: '2034-12-31', keptBy: null, opensOn: '2034-01-01' });
    if (before.is === 'kept') expect(looksAgainOn(before, day('2030-06-01'))).toBe('2034-01-01');
  });

  it('that is not due yet stays as long as longer rules say, and as before where they cannot tell', () => {
    const longer = { ...estonia(), taxRegistrations: ['DE'] as const };
    expect(sweepVerdict(registered(), rules('2030-06-01', { plan: planner(longer) }))).toMatchObject({
      ...{ is: 'kept', until: '2034-12-31' },
    });
    const { events: _, ...undated } = invoiceFacts;
    for (const facts of [undefined, undated])
      expect(sweepVerdict(registered({ facts }), rules('2030-06-01'))).toEqual({
        ...{ is: 'kept', until: '2033-12-31', keptBy: null },
      });
  });

  it('stays while a hold reaches it or a request seeks it, and no other does', () => {
    const held = sweepVerdict(registered(), rules('2034-01-01', { holds: [hold({ records: ['r'] })] }));
    expect(held).toEqual({ is: 'held', kinds: ['court'] });
    const others = sweepVerdict(registered(), rules('2034-01-01', { holds: [hold({ records: ['s'] })] }));
    expect(others.is).toBe('erase');
    expect(sweepVerdict(registered(), rules('2034-01-01', { holds: [hold({ request })] })).is).toBe('held');
    expect(sweepVerdict(registered(), rules('2034-01-01', { isSought: (name) => name === 'r' })).is).toBe('sought');
  });

  it('of which the facts cannot tell is asked about, or left with the answer that is missing', () => {
    const money = { ...invoiceFacts, money: 'open' as const };
    expect(sweepVerdict(registered({ facts: money }), rules('2034-01-01'))).toMatchObject({ asks: ['money-open'] });
    expect(sweepVerdict(registered({ until: null, wasHeld: true }), rules('2034-01-01'))).toMatchObject({
      ...{ is: 'erase', asks: ['was-held'] },
    });
    const none = sweepVerdict(registered({ facts: undefined }), rules('2034-01-01'));
    expect(none).toMatchObject({ is: 'unanswered', code: 'sweep-facts-missing' });
    const { events: _, ...undated } = invoiceFacts;
    expect(sweepVerdict(registered({ facts: undated }), rules('2034-01-01'))).toMatchObject({
      ...{ is: 'unanswered', code: 'policy-answer-missing' },
    });
  });

  it('that today’s rules refuse to erase, without a date, is named and not kept in silence', () => {
    const plan: SweepRules['plan'] = (facts, asOf) => ({
      ...planner(estonia())(facts, asOf),
      ...{ action: 'keep', disposition: 'refused', reason: 'contract-runs', until: null },
    });
    const verdict = sweepVerdict(registered(), rules('2034-01-01', { plan }));
    expect(verdict).toEqual({ is: 'unanswered', code: 'sweep-refused', where: null });
  });

  it('without a day in the register is asked about, whatever had kept it', () => {
    expect(sweepVerdict(registered({ until: null }), rules('2034-01-01'))).toMatchObject({ asks: ['no-day'] });
  });

  it('that goes on without the person is asked about: its fields may be about somebody else by now', () => {
    const traits = immediate({ detaches: ['contact_name'] });
    const bill = collection('invoice', 'legal-obligation', traits);
    const of = stream({
      ...{ recordClass: 'invoice', owner: 'workspace', customerKind: 'company' },
      ownFields: ['contact_name'],
    });
    const plan: SweepRules['plan'] = (facts, asOf) =>
      recordPlanner(of, bill, context({ asOf, endedOn: enteredOn }))(facts);
    expect(sweepVerdict(registered(), rules('2034-01-01', { plan }))).toMatchObject({
      ...{ is: 'erase', asks: ['goes-on'], decision: { action: 'detach', fields: ['contact_name'] } },
    });
  });

  it('that a law keeps again after a hold was released stays', () => {
    expect(sweepVerdict(registered({ until: null, wasHeld: true }), rules('2030-01-01'))).toMatchObject({
      ...{ is: 'kept', until: '2033-12-31' },
    });
  });
});

/** A small generator of its own, so that a failure can be told by its number. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (sides) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return state % sides;
  };
}

describe('over years in which rules, holds and requests change', () => {
  const lives = 300;
  it.each(Array.from({ length: 10 }, (_one, no) => no))('nothing goes early and nothing is forgotten (%i)', (batch) => {
    for (let no = 0; no < lives / 10; no += 1) {
      const seed = batch * 100 + no;
      const roll = dice(seed);
      const issued = addDays(day('2026-01-01'), roll(320));
      const facts: RecordFacts = {
        ...{ createdAt: issued, supply: 'domestic', money: roll(4) === 0 ? 'open' : 'settled', settledOn: issued },
        events: { issue: issued, recording: issued, supply: issued },
      };
      // From each of these days on the law keeps so many years.
      const eras = [...Array(1 + roll(4))].map((_one, i) => ({
        from: i === 0 ? enteredOn : addDays(enteredOn, roll(4000)),
        years: 1 + roll(10),
      }));
      eras.sort((a, b) => (a.from < b.from ? -1 : 1));
      const policyOn = (on: CivilDate): RetentionPolicy => {
        const { years } = eras.filter(({ from }) => from <= on).at(-1) ?? { years: 7 };
        const base = estonia();
        return { ...base, rules: base.rules.map((rule) => ({ ...rule, period: { years } })) };
      };
      const holdFrom = addDays(enteredOn, roll(4500));
      const holdTo = addDays(holdFrom, roll(900));
      const soughtOn = addDays(enteredOn, roll(4500));
      const isHeld = (on: CivilDate) => on >= holdFrom && on < holdTo;
      const isSought = (on: CivilDate) => on >= soughtOn && on < addDays(soughtOn, 40);
      const endUnder = (on: CivilDate) => {
        const kept = retentionOf(
          { recordClass: 'invoice', events: { ...facts.events, creation: issued }, supply: 'domestic' },
          policyOn(on),
        );
        if (kept.state !== 'held' || kept.until === null) throw new HabeasError('internal');
        return kept.until;
      };
      const first = endUnder(enteredOn);
      const changes = eras.map(({ from }) => from);
      const end = live({ facts, until: first, policyOn, isHeld, isSought, changes });
      if (end === undefined) throw new Error(`life ${seed}: forgotten`);
      const { erasedOn, asks } = end;
      const why = `life ${seed}, erased on ${erasedOn}`;
      // Not early: neither under that day's rules, nor unasked before the day that was promised, nor while somebody needs it.
      expect([why, erasedOn > endUnder(erasedOn)]).toEqual([why, true]);
      expect([why, erasedOn > first || asks.includes('shortened')]).toEqual([why, true]);
      expect([why, isHeld(erasedOn) || isSought(erasedOn)]).toEqual([why, false]);
      // Not forgotten: once no rule, hold or request of its life can want it any more, somebody looks within a month.
      const ends = [first, holdTo, addDays(soughtOn, 40), ...eras.map(({ from }) => endUnder(from))];
      const last = ends.reduce(later);
      expect([why, erasedOn <= addDays(last, 31)]).toEqual([why, true]);
    }
  });

  function live(about: {
    readonly facts: RecordFacts;
    readonly until: CivilDate;
    readonly policyOn: (on: CivilDate) => RetentionPolicy;
    readonly isHeld: (on: CivilDate) => boolean;
    readonly isSought: (on: CivilDate) => boolean;
    /** Days on which the rules change, and days are computed anew. */
    readonly changes: readonly CivilDate[];
  }): { readonly erasedOn: CivilDate; readonly asks: readonly string[] } | undefined {
    let until: CivilDate | null = about.until;
    let look = looksFirstOn(addDays(about.until, 1), enteredOn);
    for (let steps = 0; steps < 2000; steps += 1) {
      const asOf = look;
      const verdict = sweepVerdict(registered({ facts: about.facts, until }), {
        ...{ plan: planner(about.policyOn(asOf)), asOf, enteredOn },
        holds: about.isHeld(asOf) ? [hold({ records: ['r'] })] : [],
        isSought: () => about.isSought(asOf),
      });
      if (verdict.is === 'erase') return { erasedOn: asOf, asks: verdict.asks };
      if (verdict.is === 'kept') until = verdict.until;
      look = looksAgainOn(verdict, asOf);
      expect(look > asOf).toBe(true);
      const change = about.changes.find((on) => on > asOf);
      if (change !== undefined && change < look) look = change;
    }
    return undefined;
  }
});
