/**
 * Remembers what was decided of records with the same days and words, so that a million records are decided as often as
 * they differ. A tree of what a decision can depend on, fact by fact, the words first: days are what a JSON parser hands out
 * as one object each, so that a step costs no hashing of text. Bounded: it is forgotten when it has grown large. Holds no
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

/** Most nodes have one child: the first needs no table of its own. */
interface Node extends Place {
  readonly by: string | null;
  child: Node | undefined;
  others: Map<string | null, Node> | undefined;
}

const newNode = (by: string | null): Node => ({ decision: undefined, by, child: undefined, others: undefined });
const maxNodes = 400_000;

export function memory(closing: ReadonlySet<string>): (facts: RecordFacts, created: CivilDate | undefined) => Place {
  let root = newNode(null);
  let nodes = 0;
  const step = (from: Node, by: string | null): Node => {
    if (from.child !== undefined && from.child.by === by) return from.child;
    const known = from.others?.get(by);
    if (known !== undefined) return known;
    const made = newNode(by);
    nodes++;
    if (from.child === undefined) from.child = made;
    else {
      from.others ??= new Map();
      from.others.set(by, made);
    }
    return made;
  };
  const clocks = clockNames();
  return (facts, created) => {
    if (nodes > maxNodes) {
      root = newNode(null);
      nodes = 0;
    }
    // Every path has the same steps in the same order, so that no two sets of facts share one.
    const { events, supply, money, settledOn, workspace, workspaceClosed, neededBy } = facts;
    let at = step(root, clocks(events));
    at = step(at, workspace === undefined ? null : isClosed(facts, closing) ? 'closing' : 'open');
    at = step(at, workspaceClosed === true ? 'closed' : null);
    at = step(at, supply ?? null);
    at = step(at, money ?? null);
    at = step(at, created ?? null);
    at = step(at, neededBy === undefined ? null : JSON.stringify(neededBy));
    if (events !== undefined) for (const name in events) at = step(at, events[name] ?? null);
    return step(at, settledOn ?? null);
  };
}

/** The names of a record's events in their order: nearly always those of the record before. */
function clockNames(): (events: RecordFacts['events']) => string {
  let known: readonly string[] = [];
  let joined = '';
  return (events) => {
    if (events === undefined) return '';
    let count = 0;
    let isKnown = true;
    for (const name in events) if (known[count++] !== name) isKnown = false;
    if (!isKnown || count !== known.length) {
      known = Object.keys(events);
      joined = known.join(',');
    }
    return joined;
  };
}
