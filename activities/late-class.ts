/**
 * When a record that was not in the plan was made, compared with the instant at which its system began to be erased: `late` ones
 * belong to the request, `newer` ones to a new relationship, and of `undated` ones nobody can tell but a person. Pure.
 */
import type { RecordFacts } from '../connectors/contract.ts';
import { madeBy } from '../src/requests/made.ts';

export type LateClass = 'late' | 'newer' | 'undated';

const classes = { before: 'late', after: 'newer', unknown: 'undated' } as const;

export function lateClass({ createdAt }: RecordFacts, erasingSince: Date, timeZone: string): LateClass {
  return classes[madeBy(createdAt, erasingSince, timeZone)];
}
