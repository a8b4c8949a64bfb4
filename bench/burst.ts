/**
 * Owns how the requests bench counts time, the same way for both sides: n things begun at the same moment, each one's
 * own time from its beginning to its end, and the throughput from the first beginning to the last end.
 */
import { percentile } from './report.ts';

export interface Burst {
  readonly perSecond: number;
  readonly firstMs: number;
  readonly p95Ms: number;
}

/** `begin(no)` resolves when number `no` is finished. */
export async function burst(count: number, begin: (no: number) => Promise<void>): Promise<Burst> {
  const started = performance.now();
  const times = await Promise.all(
    Array.from({ length: count }, async (_, no) => {
      await begin(no);
      return performance.now() - started;
    }),
  );
  const lastMs = Math.max(...times);
  return { perSecond: (count * 1000) / lastMs, firstMs: Math.min(...times), p95Ms: percentile(times, 95) };
}

/** `count` things, never more than `atOnce` begun and not finished; each one's own time from its own beginning. */
export async function inFlight(count: number, atOnce: number, begin: () => Promise<void>): Promise<Burst> {
  const started = performance.now();
  const times: number[] = [];
  let left = count;
  const line = async () => {
    while (left > 0) {
      left -= 1;
      const from = performance.now();
      await begin();
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, line));
  return {
    perSecond: (count * 1000) / (performance.now() - started),
    firstMs: Math.min(...times),
    p95Ms: percentile(times, 95),
  };
}
