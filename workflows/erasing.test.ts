/** Which lane may go on with which stage of an erasure: by example, and for random systems, failures and people. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decide, type Situation } from './decide.ts';
import {
  erasingFrom,
  erasingState,
  nextErasing,
  type Pass,
  planAnew,
  prepareAgain,
  roundOf,
  turnToErasing,
} from './erasing.ts';
import { facts, located, nothingLate, Request, system } from './erasing-for-tests.ts';
import { endLocate, finishByHand, type Lane, laneOf, leave, nextSteps, park, startStage, unpark } from './lanes.ts';
import type { DecisionFacts, ErasureRound, Verified } from './stages.ts';

const pair = () => [facts('accounts', { rank: 2, hasSubjectRow: true }), facts('billing')];

describe('an erasure', () => {
  it('reads, plans and prepares everywhere before anything is erased; then rank by rank, the subject’s own row last', () => {
    const request = new Request(pair());
    request.go();
    expect(request.log).toEqual([
      ...['accounts locate', 'billing locate', 'accounts read', 'billing read', 'accounts plan', 'billing plan'],
      ...['propose 1', 'accounts prepare', 'billing prepare', 'cool-off 1', 'no-return 1'],
      ...['billing erase', 'accounts erase', 'accounts verify', 'billing verify'],
      ...['accounts erase row', 'accounts verify row'],
    ]);
    expect(request.next().step).toBe('close');
    expect(request.lanes.map((lane) => [lane.state, lane.stage])).toEqual([
      ['done', 'verify'],
      ['done', 'verify'],
    ]);
  });

  it('asks every system again whether it can, where the cooling-off took its time', () => {
    const request = new Request(pair());
    while (request.next().step !== 'cool-off') {
      for (const { end } of request.start()) end();
      if (request.next().step === 'propose') request.step();
    }
    request.step();
    expect(request.next().step).toBe('no-return');
    prepareAgain(request.lanes, request.pass);
    expect(ids(request.next().prepare)).toEqual(['accounts', 'billing']);
    for (const { end } of request.start()) end();
    expect(request.next().step).toBe('no-return');
  });

  it('waits for a lane that is parked, whatever it was at', () => {
    for (const stage of ['locate', 'read', 'plan', 'prepare', 'erase']) {
      const request = new Request(pair());
      request.go((started) => started === `billing ${stage}`);
      expect(request.log).not.toContain('accounts erase');
      expect(request.log).not.toContain('accounts erase row');
    }
  });

  it('goes on without a lane that two people left open; it comes back as a pass of its own, and the row waits for it', () => {
    const request = new Request(pair());
    request.go((started) => started === 'billing prepare');
    expect(request.log).not.toContain('cool-off 1');
    expect(leave(request.lane('billing'))).toBe(true);
    request.go();
    expect(request.log.slice(-4)).toEqual(['cool-off 1', 'no-return 1', 'accounts erase', 'accounts verify']);
    const before = request.log.length;
    expect(unpark(request.lane('billing'))).toBe(true);
    request.go();
    expect(request.log.slice(before)).toEqual([
      ...['next-pass 2', 'billing read', 'billing plan', 'propose 2', 'billing prepare', 'cool-off 2', 'no-return 2'],
      ...['billing erase', 'billing verify', 'accounts erase row', 'accounts verify row'],
    ]);
    expect(request.lane('billing').erasing).toMatchObject([{ pass: 2, round: 2, verified: true }]);
  });

  it('does not go on without a lane that gives identifiers and was not asked', () => {
    const request = new Request(pair());
    request.go((started) => started === 'accounts locate');
    leave(request.lane('accounts'));
    request.go();
    expect(request.log.filter((one) => one.includes('plan'))).toEqual([]);
  });

  it('reads a lane anew whose system refused what was planned, and asks for approval again', () => {
    const request = new Request(pair());
    request.go((started) => started === 'billing prepare');
    const billing = request.lane('billing');
    billing.anew = true;
    unpark(billing);
    const before = request.log.length;
    request.go((started) => started.includes('erase'));
    expect(request.log.slice(before, before + 4)).toEqual([
      ...['billing read', 'billing plan', 'propose 1', 'billing prepare'],
    ]);
    expect(billing.round).toBe(2);
  });

  it('makes the whole plan anew when it is no longer the approved one', () => {
    const request = new Request(pair());
    request.go((started) => started.includes('prepare'));
    for (const lane of request.lanes) unpark(lane);
    planAnew(request.lanes, request.pass);
    const before = request.log.length;
    request.go((started) => started.includes('erase'));
    expect(request.log.slice(before, before + 5)).toEqual([
      ...['accounts read', 'billing read', 'accounts plan', 'billing plan', 'propose 1'],
    ]);
  });

  it('plans what came late as a further pass, after people have said what they must', () => {
    const request = new Request([facts('billing')]);
    request.go((started) => started === 'billing verify');
    const billing = request.lane('billing');
    unpark(billing);
    const [verify] = request.start();
    verify?.end({ ...nothingLate, late: 2, lateRound: 2, undated: 1 });
    request.go();
    expect(request.log.slice(-2)).toEqual(['billing verify', 'next-pass 2']);
    expect(billing.state).toBe('idle');
    const one: Situation = {
      ...{ identity: 'verified', lanes: request.lanes, phase: 'erasing', isHeld: false, isOverrun: false, rounds: 5 },
      ...{
        isStuck: false,
        isCancelled: false,
        pass: request.pass,
        noReturn: true,
        answers: 0,
        rejections: 0,
        anew: false,
      },
      ...{ undelivered: 0, handovers: 0, wantsPart: false },
    };
    expect(decide(one, answered('late-arrivals', 'erase', 'billing'))).toBe('applied');
    const before = request.log.length;
    request.go();
    expect(request.log.slice(before)).toEqual([
      ...[
        'billing plan',
        'propose 2',
        'billing prepare',
        'cool-off 2',
        'no-return 2',
        'billing erase',
        'billing verify',
      ],
    ]);
    expect(billing.state).toBe('done');
  });

  it('is shown at the state of what runs, or of whom it waits for', () => {
    const request = new Request(pair());
    const state = () => erasingState(request.lanes, request.pass, null);
    const seen = new Set<string>();
    for (let turn = 0; turn < 40; turn++) {
      const started = request.start();
      seen.add(state());
      for (const { end } of started) end();
      request.step();
    }
    for (const one of ['locating', 'reading', 'planned', 'preparing', 'erasing', 'verifying'])
      expect(seen.has(one)).toBe(true);
    const waiting: Pass = { pass: 1, state: 'asked' };
    expect(erasingState([], waiting, null)).toBe('planned');
    expect(erasingState([], { pass: 1, state: 'waits' }, null)).toBe('needs_decision');
    expect(erasingState([], waiting, 'cool-off')).toBe('cooling_off');
  });
});

function answered(taskKind: DecisionFacts['taskKind'], answer: string, systemId?: string): DecisionFacts {
  return {
    ...{ seq: 2, kind: 'answer', answer, taskId: null, taskKind, code: null, settled: true },
    systemId: systemId === undefined ? null : system(systemId),
  };
}

describe('people decide of an erasure', () => {
  const situation = (pass: Pass | null, more: Partial<Situation> = {}): Situation => ({
    ...{ identity: 'verified', lanes: [], phase: 'erasing', isHeld: false, isOverrun: false, rounds: 5 },
    ...{ isStuck: false, isCancelled: false, pass, noReturn: false, answers: 0, rejections: 0, anew: false },
    ...{ undelivered: 0, handovers: 0, wantsPart: false, ...more },
  });
  const cancelled: DecisionFacts = { ...answered(null, 'cancel'), kind: 'cancel' };

  it('to cancel it until the point of no return, and not after it', () => {
    const before = situation({ pass: 1, state: 'cooled' });
    expect(decide(before, cancelled)).toBe('applied');
    expect(before.isCancelled).toBe(true);
    const after = situation({ pass: 2, state: 'open' }, { noReturn: true });
    expect(decide(after, cancelled)).toBe('moot');
    expect(after.isCancelled).toBe(false);
  });

  it('on its plan, while there is one to decide on', () => {
    const one = situation({ pass: 1, state: 'asked' });
    expect(decide(one, answered('approval', 'approve'))).toBe('applied');
    expect(decide(one, answered('approval', 'reject'))).toBe('applied');
    expect(decide(one, answered('successor', 'named'))).toBe('applied');
    expect(one).toMatchObject({ answers: 3, rejections: 1 });
    expect(decide(situation(null), answered('approval', 'approve'))).toBe('moot');
    expect(decide(situation({ pass: 1, state: 'passed' }), answered('approval', 'reject'))).toBe('moot');
  });

  it('apart on many identifiers and on many records', () => {
    const one = situation({ pass: 1, state: 'waits' }, { isOverrun: true });
    const records = { ...answered('blast-radius', 'proceed'), code: 'blast-radius-records' };
    expect(decide(one, records)).toBe('applied');
    expect(one).toMatchObject({ isOverrun: true, answers: 1 });
    expect(decide(one, { ...records, code: 'blast-radius' })).toBe('applied');
    expect(one).toMatchObject({ isOverrun: false, rounds: 10, answers: 1 });
  });

  it('nothing by hand: what may be there still is erased, or stays open', () => {
    const request = new Request(pair());
    request.go((started) => started === 'billing read');
    expect(finishByHand(request.lane('billing'))).toBe(false);
  });
});

describe('a lane of erasure answered by hand', () => {
  it('lets whatever waited for it go on, past the point of no return, and is never asked again', () => {
    const request = new Request(pair());
    request.go((started) => started === 'billing erase');
    const billing = request.lane('billing');
    expect(billing).toMatchObject({ state: 'parked', stage: 'erase' });
    expect(request.log).not.toContain('accounts erase');
    expect(finishByHand(billing, true)).toBe(true);
    expect(billing).toMatchObject({ state: 'done', byHand: true });
    request.go();
    expect(request.log).toContain('accounts erase');
    expect(request.next().step).toBe('close');
    expect(request.log.filter((started) => started.startsWith('billing verify'))).toEqual([]);
  });

  it('that two people left open before comes to its end without a reading of its own', () => {
    const request = new Request(pair());
    request.go((started) => started === 'billing prepare');
    const billing = request.lane('billing');
    leave(billing);
    request.go();
    expect(request.pass.state).toBe('passed');
    expect(finishByHand(billing, true)).toBe(true);
    request.go();
    expect(request.next().step).toBe('close');
  });

  it('stays so where the workflow begins anew', () => {
    const done = { isRead: true, planned: true, prepared: true, erased: true, verified: true, undated: false };
    const { lanes } = erasingFrom(
      [
        facts('billing', {
          state: 'parked',
          stage: 'erase',
          attested: ['erasure'],
          erasures: [{ round: 2, pass: 1, ...done }],
        }),
      ],
      true,
    );
    expect(lanes).toMatchObject([{ state: 'done', byHand: true, ask: false }]);
  });
});

describe('after the access half', () => {
  it('every system is asked and read anew, also one that was answered by hand', () => {
    const lane = laneOf(facts('billing', { round: 3, byHand: true, state: 'done', stage: 'read' }));
    turnToErasing(lane);
    expect(ids(nextSteps([lane], 5).locate)).toEqual(['billing']);
    startStage(lane, 'locate');
    endLocate([lane], lane, { ...located, changed: false });
    expect(ids(nextSteps([lane], 5).read)).toEqual(['billing']);
    startStage(lane, 'read', 1);
    expect(lane).toMatchObject({ round: 4, erasing: [{ round: 4, pass: 1 }] });
  });
});
const ids = (lanes: readonly Lane[]) => lanes.map((lane) => lane.systemId);

describe('a workflow that begins anew', () => {
  const round = (more: Partial<ErasureRound> = {}): ErasureRound => ({
    ...{ round: 1, pass: 1, isRead: true, planned: false, prepared: false, erased: false, verified: false },
    ...{ undated: false, ...more },
  });
  const planned = round({ planned: true });
  const prepared = round({ planned: true, prepared: true });
  const begun = (accounts: readonly ErasureRound[], billing: readonly ErasureRound[], noReturn: boolean) => {
    const [first, second] = pair();
    if (first === undefined || second === undefined) throw new Error('no pair');
    const state = erasingFrom(
      [
        { ...first, round: 1, erasures: accounts },
        { ...second, round: 1, erasures: billing },
      ],
      noReturn,
    );
    return { ...state, next: nextErasing(state.lanes, state.pass) };
  };

  it('asks everything again where not every plan was made', () => {
    const { lanes, pass, next } = begun([planned], [round()], false);
    expect(pass).toEqual({ pass: 1, state: 'open' });
    expect(next.gather).toBe(true);
    expect(ids(nextSteps(lanes, 5).locate)).toEqual(['accounts', 'billing']);
  });

  it('goes on with the plan that was made, and with what was prepared', () => {
    const { lanes, pass, next } = begun([prepared], [planned], false);
    expect(next.step).toBe('propose');
    pass.state = 'approved';
    expect(ids(nextErasing(lanes, pass).prepare)).toEqual(['billing']);
  });

  it('goes on erasing, by rank, where the ledger knows of nothing that was', () => {
    const { next } = begun([prepared], [prepared], true);
    expect(next.erase.map(({ lane }) => lane.systemId)).toEqual(['billing']);
  });

  it('does not erase again what was erased, and reads it back', () => {
    const erased = { ...prepared, erased: true };
    const { next } = begun([prepared], [erased], true);
    expect(next.erase.map(({ lane, rank }) => [lane.systemId, rank])).toEqual([['accounts', 'dependants']]);
    const { next: later } = begun([{ ...erased, verified: true }], [erased], true);
    expect(later.verify.map(({ lane }) => lane.systemId)).toEqual(['billing']);
  });

  it('begins the pass of what came late when the one before is through', () => {
    const done = { ...prepared, erased: true, verified: true };
    const late = round({ round: 2, pass: 2 });
    const early = begun([prepared], [done, late], true);
    expect(early.pass).toEqual({ pass: 1, state: 'passed' });
    expect(early.next.erase.map(({ lane }) => lane.systemId)).toEqual(['accounts']);
    const through = begun([done], [done, late], true);
    expect(through.next.step).toBe('next-pass');
    const planning = begun([done], [done, { ...late, planned: true }], true);
    expect(planning.pass).toEqual({ pass: 2, state: 'open' });
    expect(planning.next.step).toBe('propose');
  });

  it('takes a system that was left open before the point of no return as a pass of its own', () => {
    const [first, second] = pair();
    if (first === undefined || second === undefined) throw new Error('no pair');
    const done = { ...prepared, erased: true, verified: true };
    const left = { ...second, round: 1, state: 'unresolved', stage: 'prepare', erasures: [planned] } as const;
    const { lanes, pass } = erasingFrom([{ ...first, round: 1, erasures: [done] }, left], true);
    expect(nextErasing(lanes, pass)).toMatchObject({ erase: [], verify: [], step: null });
    const billing = lanes.find((lane) => lane.systemId === 'billing');
    if (billing === undefined) throw new Error('no lane');
    unpark(billing);
    expect(nextErasing(lanes, pass).step).toBe('next-pass');
  });
});

describe('for any systems, failures and people', () => {
  interface Plan {
    readonly ranks: readonly (1 | 2)[];
    readonly rows: number;
    /** What happens next is drawn from it, for so many turns; then nothing fails any more. */
    readonly seed: number;
    readonly turns: number;
  }
  const plans: fc.Arbitrary<Plan> = fc.record({
    ranks: fc.array(fc.constantFrom(1 as const, 2 as const), { minLength: 1, maxLength: 5 }),
    rows: fc.nat(4),
    seed: fc.nat(),
    turns: fc.nat(200),
  });

  it('nothing is erased too early, and everything is in the end', () => {
    let reached = 0;
    fc.assert(
      fc.property(plans, ({ ranks, rows, seed, turns }) => {
        const request = new Request(
          ranks.map((rank, no) => facts(`system-${no}`, { rank, hasSubjectRow: no === rows % ranks.length })),
        );
        const { lanes, pass } = request;
        let running: { readonly lane: Lane; readonly end: (verified?: Verified) => void }[] = [];
        let drawn = seed;
        /** A linear congruential generator, of which only the high bits are used. */
        const die = (sides: number) => {
          drawn = (Math.imul(drawn, 1_664_525) + 1_013_904_223) >>> 0;
          return Math.floor((drawn / 2 ** 32) * sides);
        };
        let lateRounds = 0;

        const check = (from: number) => {
          const started = request.log.slice(from);
          for (const one of started) {
            const [id = '', stage, part] = one.split(' ');
            if (stage !== 'erase') continue;
            const lane = request.lane(id);
            const round = (lane.erasing ?? []).find((its) => (part === 'row' ? !its.rowErased : !its.erased));
            if (round === undefined) throw new Error('erases a round that nobody knows');
            // Nothing before the ledger let its pass through, and it only does with everybody prepared or left open.
            expect(round.prepared).toBe(true);
            expect(round.pass < pass.pass || pass.state === 'passed').toBe(true);
            const others = lanes.filter((other) => other !== lane);
            if (part === 'row') {
              for (const other of lanes) {
                expect((other.erasing ?? []).every((its) => its.verified)).toBe(true);
                expect(other.ask || other.stale || !other.isRead).toBe(false);
              }
            } else {
              for (const other of others.filter((its) => its.rank < lane.rank)) {
                const its = roundOf(other, round.pass);
                expect(its === undefined || its.erased || other.state === 'unresolved').toBe(true);
              }
            }
          }
        };

        for (let turn = 0; turn < 2_000; turn++) {
          const isCalm = turn > turns;
          if (nextErasing(lanes, pass).step === 'close') break;
          const from = request.log.length;
          running.push(...request.start());
          check(from);
          const { step } = request.next();
          if (step === 'no-return') {
            for (const lane of lanes) {
              const round = roundOf(lane, pass.pass);
              expect(lane.state === 'unresolved' || round === undefined || round.prepared).toBe(true);
            }
          }
          if (!isCalm && step === 'no-return' && die(4) === 0) planAnew(lanes, pass);
          else request.step();
          // Somebody ends, or fails.
          const at = running[die(running.length)];
          if (at !== undefined) {
            running = running.filter((one) => one !== at);
            if (!isCalm && die(4) === 0) {
              at.lane.anew = at.lane.stage === 'prepare' && die(2) === 0;
              park(at.lane, 'system-unreachable', 1);
            } else if (at.lane.stage === 'verify' && die(5) === 0 && lateRounds < 3) {
              lateRounds += 1;
              at.end({ ...nothingLate, late: 1, lateRound: at.lane.round + 1 });
            } else at.end();
          }
          // People answer some day.
          for (const lane of lanes) {
            const word = die(12);
            if (word < 3 && !isCalm) leave(lane);
            if (word === 3 || isCalm) unpark(lane);
          }
        }
        expect(lanes.map((lane) => lane.state)).toEqual(lanes.map(() => 'done'));
        expect(nextErasing(lanes, pass).step).toBe('close');
        for (const lane of lanes) {
          expect((lane.erasing ?? []).length).toBeGreaterThan(0);
          expect(lane.erasing?.every((round) => round.verified && (round.rowVerified || !lane.hasSubjectRow))).toBe(
            true,
          );
        }
        if (pass.pass > 1) reached += 1;
      }),
      { numRuns: 300, examples: [[{ ranks: [1, 2, 1, 1, 1], rows: 0, seed: 753_603_765, turns: 50 }]] },
    );
    expect(reached).toBeGreaterThan(20);
  });
});
