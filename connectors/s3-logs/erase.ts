/**
 * Nothing is erased from logs line by line: what a request found expires with its object, and the plan says so (`keep`). A plan
 * that says anything else was made under another data map and is refused (`erase-unsupported`) before an intent is written.
 */
import { HabeasError } from '../../src/errors.ts';
import type { EraseInput } from '../contract.ts';

/** See the contract. */
export async function erase({ planned }: EraseInput): Promise<void> {
  const [stream] = planned.streams;
  if (stream !== undefined) throw new HabeasError('erase-unsupported', { where: stream.collection });
}
