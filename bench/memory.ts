/**
 * Owns the peak memory of every process of a local stack while something is measured: of each server with all its children, the
 * most that was seen at once (proportional set size, so that what processes share is counted once), looked at twice a
 * second. Linux only; elsewhere nothing is told.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { localStatus } from '../src/local/stack.ts';

export interface MemoryWatch {
  /** Bytes by server name; ends the watch. */
  end(): ReadonlyMap<string, number>;
}

const lookEveryMs = 500;

/** `others`: processes that are not the stack's own, by name. */
export async function watchMemory(dir: string, others: Readonly<Record<string, number>>): Promise<MemoryWatch> {
  const { servers } = await localStatus({ dir });
  const roots = new Map(Object.entries(others));
  for (const { name, pid } of servers) if (pid !== null) roots.set(name, pid);
  const peaks = new Map<string, number>();
  const look = () => {
    const parents = parentsNow();
    for (const [name, root] of roots) {
      let sum = 0;
      for (const pid of parents.keys()) if (isBelow(pid, root, parents)) sum += proportionalBytes(pid);
      peaks.set(name, Math.max(peaks.get(name) ?? 0, sum));
    }
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  return {
    end: () => {
      clearInterval(timer);
      look();
      return peaks;
    },
  };
}

function parentsNow(): ReadonlyMap<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // proc(5): the parent is the fourth field; the second ends at the last `)`.
      const parent = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1];
      parents.set(Number(name), Number(parent));
    } catch {
      // It has ended in the meantime.
    }
  }
  return parents;
}

function isBelow(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at !== 0; at = parents.get(at))
    if (at === root) return true;
  return false;
}

function proportionalBytes(pid: number): number {
  try {
    const found = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return Number(found?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
