/** How often a vendor's job is asked about, and how a week of it ends. */
import { describe, expect, it, jest } from '@jest/globals';

const slept: number[] = [];
jest.unstable_mockModule('@temporalio/workflow', () => ({
  sleep: async (ms: number) => void slept.push(ms),
}));
const { askUntilDone, nextWaitMs, patienceMs } = await import('./vendor-wait.ts');

describe('a vendor’s job', () => {
  it('is asked about after a minute, then at doubling times up to six hours', () => {
    expect([0, 1, 2, 8, 9, 1000].map((asked) => nextWaitMs(asked) / 60_000)).toEqual([1, 2, 4, 256, 360, 360]);
  });

  it('that ends is waited for no longer', async () => {
    slept.length = 0;
    const answers = [{ running: true }, { running: true }, { erased: 3 }];
    expect(await askUntilDone(async () => answers.shift() ?? {})).toEqual({ erased: 3 });
    expect(slept).toEqual([60_000, 120_000]);
  });

  it('that never ends is handed over after a week, and some dozen questions', async () => {
    slept.length = 0;
    const asked: boolean[] = [];
    await askUntilDone(async (isLast) => {
      asked.push(isLast);
      return { running: true };
    });
    expect([asked.at(-1), asked.filter(Boolean).length, asked.length < 50]).toEqual([true, 1, true]);
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(patienceMs);
  });
});
