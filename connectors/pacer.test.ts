import { describe, expect, it } from '@jest/globals';
import { createPacer } from './pacer.ts';

const never = new AbortController().signal;

describe('the cap on read load', () => {
  it('asks for at most a second’s worth at once', () => {
    expect(createPacer(250).most).toBe(250);
    expect(createPacer(undefined).most).toBe(Number.POSITIVE_INFINITY);
  });

  it('lets the first page through and holds the next until it is paid for', async () => {
    let now = 0;
    const pacer = createPacer(1_000, () => now);
    await pacer.ready(never);
    pacer.charge(500);
    let through = false;
    const waiting = pacer.ready(never).then(() => {
      through = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(through).toBe(false);
    await waiting;
    now = 500;
    await pacer.ready(never);
  });

  it('adds up what several lanes read', async () => {
    const cancel = new AbortController();
    const pacer = createPacer(1, () => 0);
    pacer.charge(1);
    pacer.charge(3_600);
    const waiting = pacer.ready(cancel.signal);
    cancel.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
