/**
 * The cap on read load: at most so many records a second from one system, over all its lanes in this process. Callers ask
 * for at most a second's worth at once and wait before the next page; waiting ends at once when the attempt is cancelled.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface Pacer {
  /** Most records to ask for at once: what the cap allows in a second. */
  readonly most: number;
  /** Waits until what was charged so far is paid for. */
  ready(signal: AbortSignal): Promise<void>;
  /** Records that were read. */
  charge(count: number): void;
}

/** No cap where `rowsPerSecond` is undefined. */
export function createPacer(rowsPerSecond: number | undefined, now: () => number = () => performance.now()): Pacer {
  if (rowsPerSecond === undefined)
    return { most: Number.POSITIVE_INFINITY, ready: async () => undefined, charge: () => undefined };
  let paidUntil = 0;
  return {
    most: Math.max(1, rowsPerSecond),
    async ready(signal) {
      const waitMs = paidUntil - now();
      if (waitMs > 0) await delay(waitMs, undefined, { signal });
    },
    charge(count) {
      paidUntil = Math.max(paidUntil, now()) + (count / rowsPerSecond) * 1_000;
    },
  };
}
