/**
 * What a log's declared time to live means: from the data map to the contract's words, and the instant before which every
 * object of it must be gone. Objects go as a whole, by the bucket's own lifecycle, which counts from when an object was stored
 * and acts at midnight, some hours late at times (Amazon S3 User Guide, "Setting an S3 Lifecycle configuration"). Pure.
 */
import type { EraseTraits } from '../contract.ts';
import type { Collection } from './data-map.ts';

const dayMs = 86_400_000;
/** Rounded up to the next midnight, and a day for the lifecycle to get to it. */
const graceDays = 2;

export function eraseTraitsOf({ erasure }: Collection): EraseTraits | undefined {
  if (erasure === undefined) return undefined;
  if (erasure.mode === 'rewrite') return { mode: 'rewrite' };
  return { mode: 'expiry', days: erasure.days, balancing: erasure.balancing };
}

/** Objects stored before this have outlived their declared time. */
export function overdueBefore(days: number, now: Date): number {
  return now.getTime() - (days + graceDays) * dayMs;
}
