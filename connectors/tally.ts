/**
 * What became of the records of a chunk, counted per decision: what the journal is told when a vendor is asked for one record after
 * another. Pure.
 */
import type { EffectOutcome, PlannedRecord } from './contract.ts';

/** `missing`: it was not there. `changed-hands`: it is somebody else's by now. */
export type Became = 'done' | 'missing' | 'changed-hands';

export class Tally {
  readonly #isOpen: boolean;
  readonly #counts = new Map<string, EffectOutcome>();

  /** `isOpen`: of an intent that an earlier attempt wrote; whatever is missing under it may have gone by that attempt. */
  constructor(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  add({ decision }: PlannedRecord, became: Became): void {
    const one = this.#outcomeOf(decision.action === 'delete', became);
    const name = `${decision.no} ${one.disposition} ${one.evidence} ${became}`;
    const count = (this.#counts.get(name)?.count ?? 0) + 1;
    this.#counts.set(name, { decision: decision.no, ...one, count });
  }

  get outcomes(): readonly EffectOutcome[] {
    return [...this.#counts.values()];
  }

  #outcomeOf(isDelete: boolean, became: Became): Omit<EffectOutcome, 'decision' | 'count'> {
    if (became === 'done') return { disposition: isDelete ? 'erased' : 'anonymised', evidence: 'pending' };
    if (became === 'changed-hands') return { disposition: 'absent', evidence: 'pending', changedHands: true };
    if (isDelete && this.#isOpen) return { disposition: 'erased', evidence: 'inferred' };
    return { disposition: 'absent', evidence: 'pending' };
  }
}
