/**
 * Systems that teach one another identifiers, in any graph: whoever can be reached from what the request gives has been asked about
 * all of it before anything is erased anywhere, so that no erasure takes away the only pointer to another system.
 */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { nextErasing } from './erasing.ts';
import { facts, located, Request } from './erasing-for-tests.ts';
import { leave, park, unpark } from './lanes.ts';

const kinds = ['email', 'user_id', 'customer_id', 'device', 'ticket_id'] as const;

/** What a system can search by and what it knows besides. */
const systemOf = fc.record({
  needs: fc.uniqueArray(fc.constantFrom(...kinds), { minLength: 1, maxLength: 3 }),
  gives: fc.uniqueArray(fc.constantFrom(...kinds), { maxLength: 3 }),
});

describe('for any graph of identifiers, failures and people', () => {
  it('every system that can be reached is asked about everything before anything is erased', () => {
    let taught = 0;
    fc.assert(
      fc.property(
        fc.record({ systems: fc.array(systemOf, { minLength: 1, maxLength: 6 }), seed: fc.nat(), turns: fc.nat(60) }),
        ({ systems, seed, turns }) => {
          const known = new Set<string>(['email']);
          /** What each system has been asked about, when it answered last. */
          const asked = new Map<string, ReadonlySet<string>>();
          const of = (id: string) => systems[Number(id.split('-')[1])];
          const request = new Request(
            systems.map(({ needs, gives }, no) => facts(`system-${no}`, { needs, rank: gives.length > 0 ? 2 : 1 })),
            ({ systemId }) => {
              const it = of(systemId);
              const isFound = it?.needs.some((kind) => known.has(kind)) === true;
              const fresh = isFound ? (it?.gives.filter((kind) => !known.has(kind)) ?? []) : [];
              for (const kind of fresh) known.add(kind);
              // What it taught it has looked up in itself.
              asked.set(systemId, new Set(known));
              taught += fresh.length;
              return { ...located, kinds: fresh, learnt: fresh.length };
            },
          );
          const { lanes, pass } = request;
          let drawn = seed;
          const die = (sides: number) => {
            drawn = (Math.imul(drawn, 1_664_525) + 1_013_904_223) >>> 0;
            return Math.floor((drawn / 2 ** 32) * sides);
          };
          /** What the request leads to, whoever is asked in whatever order. */
          const reachable = new Set<string>(['email']);
          for (let before = 0; before !== reachable.size; ) {
            before = reachable.size;
            for (const { needs, gives } of systems)
              if (needs.some((kind) => reachable.has(kind))) for (const kind of gives) reachable.add(kind);
          }
          const expectAsked = (id: string, about: ReadonlySet<string>) => {
            for (const kind of of(id)?.needs ?? []) if (about.has(kind)) expect(asked.get(id)).toContain(kind);
          };
          let running: ReturnType<Request['start']> = [];
          for (let turn = 0; turn < 2_000 && nextErasing(lanes, pass).step !== 'close'; turn++) {
            const isCalm = turn > turns;
            const from = request.log.length;
            running.push(...request.start());
            if (request.log.slice(from).some((started) => started.includes(' erase')))
              for (const lane of lanes)
                if (lane.state !== 'unresolved' && lane.erasing?.length !== 0) expectAsked(lane.systemId, known);
            request.step();
            const ending = running[die(running.length)];
            running = running.filter((one) => one !== ending);
            if (!isCalm && die(4) === 0 && ending !== undefined) park(ending.lane, 'system-unreachable', 1);
            else ending?.end();
            for (const lane of lanes) {
              if (!isCalm && die(12) < 2) leave(lane);
              if (isCalm || die(8) === 0) unpark(lane);
            }
          }
          expect(nextErasing(lanes, pass).step).toBe('close');
          expect([...known].sort()).toEqual([...reachable].sort());
          for (const lane of lanes) expectAsked(lane.systemId, reachable);
        },
      ),
      { numRuns: 300 },
    );
    expect(taught).toBeGreaterThan(50);
  });
});
