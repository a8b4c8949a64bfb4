/** What a connector says that waits, checked against what it was handed: a record of nobody's plan never enters the register. Pure. */
import type { PlannedChunk, WaitingRecord } from '../connectors/contract.ts';

/** Whether each is a record of the chunk, under the decision it has there, and told once. */
export function areOf({ records }: PlannedChunk, waiting: readonly WaitingRecord[]): boolean {
  if (waiting.length === 0) return true;
  const handed = new Map(records.map(({ key, decision }) => [JSON.stringify(key), decision.no]));
  return waiting.every(({ key, decision }) => {
    const name = JSON.stringify(key);
    return handed.get(name) === decision && handed.delete(name);
  });
}
