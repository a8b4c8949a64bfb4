/**
 * Looks at nothing: names the person as the one whom the request is about, so that the system is asked about them at all. Nobody
 * is asked about a request that says nothing of whom it is about.
 */
import type { LocateInput, LocateResult } from '../contract.ts';
import type { Asked } from './read.ts';

/** See the contract. */
export async function locate(map: Asked, { identifiers }: LocateInput): Promise<LocateResult> {
  const [collection] = Object.keys(map.collections);
  const [first] = identifiers;
  if (collection === undefined || first === undefined) return { keys: [], learnt: [], candidates: [] };
  return { keys: [{ collection, key: [['person', 'asked']], provedBy: first.kind }], learnt: [], candidates: [] };
}
