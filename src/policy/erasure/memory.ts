/**
 * Remembers what was decided of records with the same days and words, so that a million records are decided as often as
 * they differ. A tree of what a decision can depend on, fact by fact: facts are mostly days, which a JSON parser hands out as
 * one object each, so that a step costs no hashing of text. Bounded: it is forgotten when it has grown large. Holds no
 * values but days and words of the data map.
 */
import type { RecordFacts } from '../../../connectors/contract.ts';
import type { CivilDate } from '../clock/index.ts';
import type { RecordDecision } from './types.ts';
import { isClosed } from './whose.ts';

/** Where the decision about records with these facts stands, or is to be put. */
export interface Place {
  decision: RecordDecision | undefined;
}

interface Node extends Place {
  readonly next: Map<string | null, Node>;
}

const newNode = (): Node => ({ decision: undefined, next: new Map() });
const maxNodes = 200_000;

export function memory(closing: ReadonlySet<string>): (facts: RecordFacts, created: CivilDate | undefined) => Place {
  let root = newNode();
  let nodes = 0;
  const step = (from: Node, by: string | null): Node => {
    const known = from.next.get(by);
    if (known !== undefined) return known;
    const made = newNode();
    from.next.set(by, made);
    nodes++;
    return made;
  };
  return (facts, created) => {
    if (nodes > maxNodes) {
      root = newNode();
      nodes = 0;
    }
    const { events, supply, money, settledOn, workspace, workspaceClosed } = facts;
    let at = step(root, created ?? null);
    // Each step says which fact it is of, so that no two sets of facts share a path.
    if (workspace !== undefined) at = step(at, isClosed(facts, closing) ? 'closing' : 'open');
    if (workspaceClosed === true) at = step(at, 'closed');
    if (money !== undefined) at = step(step(at, money), settledOn ?? null);
    if (supply !== undefined) at = step(step(at, 'supply'), supply);
    if (events !== undefined)
      for (const name in events) {
        const on = events[name];
        if (on !== undefined) at = step(step(at, name), on);
      }
    return at;
  };
}
