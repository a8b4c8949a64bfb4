/** Whatever a connector says it has done, the books of an erasure are true or the request stays open. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EffectOutcome } from '../../connectors/contract.ts';
import { ErasingSystem, rowsOf } from '../workflow/erasing-system.ts';
import { type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

const anna = { id: '7', proofs: { email: 'anna.marker@example.ee' } };

/** What is told instead of the truth of one chunk. */
type Tale = readonly Pick<EffectOutcome, 'disposition' | 'evidence' | 'count'>[];

class Telling extends ErasingSystem {
  tales: Tale[] = [];

  override async erase(...[context, input]: Parameters<ErasingSystem['erase']>) {
    const { journal } = input;
    await super.erase(context, {
      ...input,
      journal: {
        begin: (chunk) => journal.begin(chunk),
        running: (chunk) => journal.running(chunk),
        outcome: (chunk, outcomes) => {
          const tale = this.tales.shift();
          const no = outcomes[0]?.decision ?? 0;
          return journal.outcome(chunk, tale === undefined ? outcomes : tale.map((one) => ({ ...one, decision: no })));
        },
      },
    });
  }
}

const tale = fc.array(
  fc.record({
    disposition: fc.constantFrom('erased' as const, 'anonymised' as const, 'absent' as const),
    evidence: fc.constantFrom('pending' as const, 'inferred' as const),
    count: fc.integer({ min: -1, max: 4 }),
  }),
  { maxLength: 3 },
);

/** The only tales of three deleted records that may be believed. */
const isTrue = (told: Tale): boolean =>
  told.every((one) => one.disposition !== 'anonymised' && one.evidence === 'pending' && one.count >= 0) &&
  told.reduce((sum, { count }) => sum + count, 0) === 3;

describe('the books of an erasure', () => {
  let desks: ErasingDesk[] = [];
  beforeAll(() => {
    desks = [];
  });
  afterAll(() => Promise.all(desks.map((desk) => desk.end())));

  it('balance, or the request stays open', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(tale, { minLength: 1, maxLength: 2 }), async (tales) => {
        const collections = ['notes', 'posts'].map((collection) => ({ collection, rows: rowsOf(collection, '7', 3) }));
        const system = new Telling({ needs: ['email'], accounts: [anna], collections });
        const desk = await newErasingDesk('books-random', { 'account-db': system });
        desks.push(desk);
        await desk.toPlanned();
        await desk.toNoReturn();
        system.tales = [...tales];
        const isErased = await desk.erase().then(
          () => true,
          () => false,
        );
        expect(isErased).toBe(tales.every(isTrue));
        if (!isErased) await expect(desk.close('completed')).rejects.toMatchObject({ type: 'books-unbalanced' });
        // An attempt that tells the truth, of whatever is left to tell.
        system.tales = [];
        await desk.erase();
        await desk.verify();
        await desk.close('completed');
        const books = await desk.books();
        expect(Object.values(books).reduce((sum, count) => sum + count, 0)).toBe(6);
        expect(Object.keys(books).every((name) => name.endsWith('/read-back'))).toBe(true);
      }),
      { numRuns: 12, examples: [[[[{ disposition: 'absent', evidence: 'pending', count: 3 }]]], [[[]]]] },
    );
  });
});
