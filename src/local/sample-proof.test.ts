import { describe, expect, it } from '@jest/globals';
import { sweepDay } from './sample-proof.ts';

describe('the day of the sample’s dry run', () => {
  const line = (recordClass: string, until: string | null) => ({ recordClass, laws: 'a law', until, count: 1 });

  it('is the first on which no invoice is kept any more, whatever else is kept for longer', () => {
    const register = [
      line('invoice', '2033-12-31'),
      line('subscription-contract', '2035-03-01'),
      line('invoice', null),
    ];
    expect(sweepDay(register)).toBe('2034-01-01');
    expect(sweepDay([...register, line('invoice', '2034-12-31')])).toBe('2035-01-01');
  });

  it('is none where no invoice is kept', () => {
    expect(sweepDay([line('subscription-contract', '2035-03-01'), line('invoice', null)])).toBeUndefined();
  });
});
