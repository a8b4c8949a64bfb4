/**
 * Reading back: before its date an expiring line is where it was, and nobody promised otherwise, so nothing is scanned for it a
 * second time; on its date whoever looks after the register reads again. A plan with anything to read back now is none of
 * this connector's (`erase-unsupported`).
 */
import { HabeasError } from '../../src/errors.ts';
import type { VerifyInput } from '../contract.ts';

/** See the contract. */
export async function verify({ planned }: VerifyInput): Promise<void> {
  const [stream] = planned.streams;
  if (stream !== undefined) throw new HabeasError('erase-unsupported', { where: stream.collection });
}
