/**
 * Whether the books of a receipt's systems balance: what was found is what became of it, and what is told line by line is
 * what is told in sum. The sums are those of the database's own check, made again by whoever reads. Pure.
 */
import type { Receipt, SystemFacts } from './receipt-schema.ts';

const kinds = ['retained', 'expiring', 'refused', 'referred'] as const;

/** Systems whose sums are wrong; where the request's work is over, also those that say they are done and are not. */
export function unbalanced(systems: readonly SystemFacts[], isOver: boolean): readonly string[] {
  return systems.filter((system) => !isBalanced(system, isOver && system.state === 'done')).map(({ id }) => id);
}

/** States in which everything that could be done is done. */
export function isWorkOver(state: string): boolean {
  return state === 'completed' || state === 'awaiting_expiry' || state === 'restricted';
}

const deeds = ['rectified', 'restricted', 'objected', 'suppressed', 'refused', 'referred', 'absent'] as const;

function isBalanced({ access, portability, export: exported, erasure, right }: SystemFacts, isDone: boolean): boolean {
  if (right !== undefined) {
    const became = deeds.reduce((sum, kind) => sum + right[kind], 0);
    if (right.found === null ? isDone : right.found !== became + right.pending) return false;
    if (isDone && right.pending > 0) return false;
    const sumOf = (kind: (typeof deeds)[number]) =>
      right.lines.reduce((sum, line) => sum + (line.disposition === kind ? line.count : 0), 0);
    if (deeds.some((kind) => sumOf(kind) !== right[kind])) return false;
  }
  for (const given of [access, portability ?? null, exported ?? null]) {
    if (given === null) continue;
    const { found, withheld, referred, pending } = given;
    if (found === null ? isDone : found !== given.exported + withheld + referred + pending) return false;
    if (isDone && pending > 0) return false;
  }
  for (const told of [portability, exported]) {
    if (told === undefined) continue;
    if (told.withheldOn.reduce((sum, { count }) => sum + count, 0) !== told.withheld) return false;
  }
  if (erasure !== null) {
    const { found, erased, anonymised, detached, absent, pending, unverified, kept } = erasure;
    const became = erased + anonymised + absent + kinds.reduce((sum, kind) => sum + erasure[kind], 0);
    if (found === null ? isDone : found !== became + pending) return false;
    if (isDone && pending + unverified > 0) return false;
    if (detached > anonymised || (erasure.historyRemains ?? 0) > anonymised) return false;
    const sumOf = (kind: (typeof kinds)[number]) =>
      kept.reduce((sum, line) => sum + (line.disposition === kind ? line.count : 0), 0);
    if (kinds.some((kind) => sumOf(kind) !== erasure[kind])) return false;
  }
  return true;
}

/** What ends on a day, from the lines of the systems. */
export function endsOf(systems: readonly SystemFacts[]): Receipt['ends'] {
  const ends = new Map<string, Receipt['ends'][number]>();
  for (const { id, erasure } of systems)
    for (const { recordClass, disposition, until, count } of erasure?.kept ?? []) {
      if (until === null || disposition === 'referred') continue;
      const name = [until, id, recordClass, disposition].join(' ');
      const before = ends.get(name)?.count ?? 0;
      ends.set(name, { system: id, recordClass, disposition, until, count: before + count });
    }
  return [...ends.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
