/**
 * Whether the books of a receipt's systems balance: what was found is what became of it, and what is told line by line is
 * what is told in sum. The sums are those of the database's own check, made again by whoever reads. Pure.
 */
import type { Receipt, SystemFacts } from './receipt-schema.ts';

const kinds = ['retained', 'expiring', 'refused', 'referred'] as const;

/** Systems whose sums are wrong, or (with `whole`) that have not been read to the end. */
export function unbalanced(systems: readonly SystemFacts[]): readonly string[] {
  return systems.filter((system) => !isBalanced(system)).map(({ id }) => id);
}

function isBalanced({ state, access, erasure }: SystemFacts): boolean {
  const isDone = state === 'done';
  if (access !== null) {
    const { found, exported, withheld, referred, pending } = access;
    if (found === null ? isDone : found !== exported + withheld + referred + pending) return false;
    if (isDone && pending > 0) return false;
  }
  if (erasure !== null) {
    const { found, erased, anonymised, detached, absent, pending, unverified, kept } = erasure;
    const became = erased + anonymised + absent + kinds.reduce((sum, kind) => sum + erasure[kind], 0);
    if (found === null ? isDone : found !== became + pending) return false;
    if (isDone && pending + unverified > 0) return false;
    if (detached > anonymised) return false;
    for (const kind of kinds)
      if (kept.reduce((sum, line) => sum + (line.disposition === kind ? line.count : 0), 0) !== erasure[kind])
        return false;
  }
  return true;
}

/** What ends on a day, from the lines of the systems. */
export function endsOf(systems: readonly SystemFacts[]): Receipt['ends'] {
  const ends = new Map<string, Receipt['ends'][number]>();
  for (const { id, erasure } of systems)
    for (const { recordClass, disposition, until, count } of erasure?.kept ?? []) {
      if (until === null || (disposition !== 'retained' && disposition !== 'expiring')) continue;
      const name = [until, id, recordClass, disposition].join(' ');
      const before = ends.get(name)?.count ?? 0;
      ends.set(name, { system: id, recordClass, disposition, until, count: before + count });
    }
  return [...ends.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
