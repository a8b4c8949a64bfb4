/**
 * Which rights a person carries out in a system, because it has no way for a program to. A system that no program can reach:
 * all of them. A right whose verb is optional in the contract gets a line in `verbOf`, and then every system without the verb is
 * asked by a task. Pure.
 */
import type { System } from '../connectors/contract.ts';
import { type Right, rights } from '../src/ledger/states.ts';

/** What a system must be able to do for a right; missing: the right is refused at intake where it is not supported. */
const verbOf: Readonly<Partial<Record<Right, (system: System) => boolean>>> = {};

/** By the order of the rights. A system that is not configured any more parks by itself. */
export function manualRights(system: System | undefined): readonly Right[] {
  if (system === undefined) return [];
  const all: readonly Right[] = Object.keys(rights).filter(isRight);
  if (system.manifest.manual !== undefined) return all;
  return all.filter((right) => verbOf[right]?.(system) === false);
}

const isRight = (word: string): word is Right => Object.hasOwn(rights, word);
