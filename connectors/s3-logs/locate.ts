/**
 * Says by what a scan will go: one key per usable identifier or window of the kinds that the data map declares. Looks at
 * nothing, sends nothing, proposes nothing. Throws `identifier-unusable` for a value that would match other people's lines.
 */
import type { LocateInput, LocateResult } from '../contract.ts';
import type { DataMap } from './data-map.ts';
import { keysOf } from './person.ts';

/** See the contract. */
export async function locate(map: DataMap, { identifiers }: LocateInput): Promise<LocateResult> {
  return { keys: keysOf(map, identifiers), learnt: [], candidates: [] };
}
