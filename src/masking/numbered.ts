/** Proposals of one chunk by record, with their numbers in the reading, which begin at 1. Pure. */
import { HabeasError } from '../errors.ts';
import type { NumberedMask, RecordToMask } from './apply.ts';
import type { Proposal } from './propose.ts';

export interface ChunkOfRecords {
  readonly bytes: Buffer;
  /** The nth record's JSON is from `offsets[2n]` to `offsets[2n + 1]`. */
  readonly offsets: Int32Array;
}

export interface ChunkReview {
  /** Numbers of the chunk's first record and mask, from 0. */
  readonly firstRecord: number;
  readonly firstMask: number;
  readonly masks: readonly Proposal[];
  readonly privileged: readonly number[];
}

/** The records of a chunk with what is proposed in each. */
export function* recordsToMask({ bytes, offsets }: ChunkOfRecords, review: ChunkReview): Generator<RecordToMask> {
  const privileged = new Set(review.privileged);
  let next = 0;
  for (let no = 0; no < offsets.length / 2; no += 1) {
    const masks: NumberedMask[] = [];
    for (let mask = review.masks[next]; mask?.record === no; mask = review.masks[next]) {
      masks.push({ ...mask, no: review.firstMask + next + 1 });
      next += 1;
    }
    const [from, to] = [offsets[2 * no] ?? 0, offsets[2 * no + 1] ?? 0];
    yield { no: review.firstRecord + no + 1, bytes, from, to, masks, isPrivileged: privileged.has(no) };
  }
  if (next < review.masks.length) throw new HabeasError('package-chunk-broken');
}
