/**
 * Owns the order of test files: those that take minutes begin first, so that none of them is left running alone at the end. Jest knows
 * how long a file took only where it ran before; in a fresh clone it goes by size, and a conformance suite is a file of few lines.
 */
import { sep } from 'node:path';
import TestSequencer from '@jest/test-sequencer';

/** Parts of paths, the longest-running first; what is named nowhere comes last. */
const order = ['conformance', 'e2e', 'workflow', 'stages', 'local'].map((name) => `${sep}tests${sep}${name}${sep}`);

const rankOf = ({ path }) => {
  const rank = order.findIndex((part) => path.includes(part));
  return rank < 0 ? order.length : rank;
};

export default class LongestFirst extends TestSequencer {
  async sort(tests) {
    return [...(await super.sort(tests))].sort((one, other) => rankOf(one) - rankOf(other));
  }
}
