/**
 * The match that our own code makes again for every record a system returns: each hop's compared values are equal, and
 * the last one is a proved key, of the collection that the stream says. Used by the production sink and by the conformance
 * suite alike. Constant time and memory per record. Must never look at a record's content. Fails closed: a chain of a
 * shape it does not know is no match, and the same key of another collection proves nothing.
 */
import type { RecordRef, SubjectKey } from './contract.ts';

export interface Matcher {
  /**
   * Whether the chain ends at a proved key. Of one cell: the record is the subject's own row and the cell is its key.
   * Of an even number: child, parent, child, parent, …; every pair must be equal, and the last parent a proved key.
   */
  check(chain: readonly Buffer[]): boolean;
}

/** The proved keys of one person in one system, each in its collection. */
export interface Matchers {
  /** What ends at a proved key of this collection; nothing where it has none. */
  in(collection: string): Matcher;
}

/** A key as chains carry it: the bare value of a single column, else a JSON array of the values in the key's order. */
export function keyCell(key: RecordRef['key']): Buffer {
  const values = key.map(([, value]) => value);
  return Buffer.from(values.length === 1 && values[0] !== undefined ? values[0] : JSON.stringify(values), 'utf8');
}

/** Matchers for these proved keys, by collection. Without keys nothing matches. */
export function createMatcher(keys: readonly SubjectKey[]): Matchers {
  const made = new Map<string, Matcher>();
  return {
    in(collection) {
      const known = made.get(collection);
      if (known !== undefined) return known;
      const matcher = matcherOf(keys.filter((key) => key.collection === collection).map(({ key }) => keyCell(key)));
      made.set(collection, matcher);
      return matcher;
    },
  };
}

function matcherOf(cells: readonly Buffer[]): Matcher {
  const proved = new Set(cells.map((cell) => cell.toString('latin1')));
  // Nearly every record of a page ends at the same key: comparing bytes with the last one seen saves making a string.
  let last = cells[0];
  const isProved = (cell: Buffer): boolean => {
    if (last?.equals(cell)) return true;
    if (!proved.has(cell.toString('latin1'))) return false;
    last = Buffer.from(cell);
    return true;
  };
  return {
    check(chain) {
      const end = chain.at(-1);
      if (end === undefined || (chain.length > 1 && chain.length % 2 !== 0)) return false;
      for (let i = 0; i + 1 < chain.length; i += 2) {
        const parent = chain[i + 1];
        if (parent === undefined || chain[i]?.equals(parent) !== true) return false;
      }
      return isProved(end);
    },
  };
}
