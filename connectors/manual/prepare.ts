/** Nothing that a program could find out stands against a plan: the person is asked when everything else is prepared. */
import type { PrepareReport } from '../contract.ts';

/** See the contract. */
export async function prepare(): Promise<PrepareReport> {
  return { refusals: [] };
}
