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
