/** However calls come, in no stretch of a window's length are there more than Zendesk takes; and no one waits longer than that needs. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Window, Windows } from './limits.ts';

describe('a window of calls', () => {
  it('never has more in it than it takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 }),
        async (calls, gaps) => {
          let now = 0;
          const window = new Window(calls, 100, () => now);
          const made: number[] = [];
          for (const gap of gaps) {
            now += gap;
            now += window.waitMs;
            expect(window.waitMs).toBe(0);
            await window.take(new AbortController().signal);
            made.push(now);
          }
          for (const at of made)
            expect(made.filter((one) => one >= at && one < at + 100).length).toBeLessThanOrEqual(calls);
        },
      ),
    );
  });

  it('ends the wait when the attempt is cancelled', async () => {
    const window = new Window(1, 3_600_000);
    await window.take(new AbortController().signal);
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const waiting = window.take(cancel.signal);
    cancel.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('the windows of an account', () => {
  it('have one for an endpoint that has a limit of its own, unless more is allowed than any plan has', async () => {
    const cancel = new AbortController();
    const [zendesk, standIn] = [new Windows(700), new Windows(10_000_000)];
    for (let call = 0; call < 10; call += 1) await zendesk.take('deleted-list', cancel.signal);
    for (let call = 0; call < 11; call += 1) await standIn.take('deleted-list', cancel.signal);
    const eleventh = zendesk.take('deleted-list', cancel.signal);
    await zendesk.take(undefined, cancel.signal);
    const reason = new Error('cancelled');
    cancel.abort(reason);
    await expect(eleventh).rejects.toBe(reason);
  });
});
