/** What staff may say of what they keep by hand: a law that keeps it, in the system that has the originals. */
import { describe, expect, it } from '@jest/globals';
import { estonia } from '../../tests/support/erasure-example.ts';
import { keptByHand } from './kept-by-hand.ts';

const policy = { ...estonia(), systemOfRecord: { invoice: 'archive' } };
const said = (system: string) =>
  keptByHand(
    {
      ...{ disposition: 'retained', recordClass: 'invoice', system, ground: 'ee-vat-act-36' },
      ...{ until: '2033-11-24', today: '2026-11-24' },
    },
    policy,
  );

describe('records of a class that a law keeps', () => {
  it('are kept by hand under that law in the system of record', () => {
    expect(said('archive')).toMatchObject({ disposition: 'retained', keptBy: 'VAT Act §36: until 2033-11-24' });
  });

  it('are copies elsewhere, of which nobody may say that a law keeps them', () => {
    expect(() => said('binder')).toThrow(
      expect.objectContaining({ code: 'kept-ground', where: expect.stringContaining('no rule keeps it') }),
    );
  });
});
