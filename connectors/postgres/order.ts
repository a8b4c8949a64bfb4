/**
 * The order in which tables are cleared: whoever refers to a row goes before it. Pure. Circles are broken where a referring
 * column may be null (it is cleared first), else by constraints that wait until the end of one transaction; a circle that
 * cannot be broken is told. The subject's own row comes after everything, in a call of its own, so what it refers to can
 * only be cleared.
 */
import type { ForeignKey } from './erase-catalogue.ts';

/** What a plan does to one collection. */
export interface Work {
  readonly collection: string;
  readonly table: string;
  /** The subject's own row, which is erased last. */
  readonly isSubjectRow: boolean;
  readonly deletes: boolean;
  /** Statements that it takes: rows of one statement may refer to each other. */
  readonly chunks: number;
  /** Columns that `anonymise` and `detach` change. */
  readonly clears: ReadonlySet<string>;
}

/** Collections that are cleared one after the other, or `together` in one transaction. */
export interface Step {
  readonly works: readonly Work[];
  readonly together: boolean;
}

export interface Order {
  /** References that are made null before anything is deleted: by whom. */
  readonly first: readonly { readonly work: Work; readonly foreignKey: ForeignKey }[];
  /** The dependants; children first. The subject's row comes after. */
  readonly steps: readonly Step[];
  /** Circles that nothing breaks; a table that refers to itself only where its rows take several statements. */
  readonly unbroken: readonly ForeignKey[];
}

interface Edge {
  readonly child: Work;
  readonly parent: Work;
  readonly foreignKey: ForeignKey;
}

export function orderOf(works: readonly Work[], foreignKeys: readonly ForeignKey[]): Order {
  const edges = foreignKeys.flatMap((foreignKey) => edgesOf(works, foreignKey));
  const first: Edge[] = [];
  const unbroken: ForeignKey[] = [];
  // The subject's row is later than all: what it refers to goes first, so it must let go.
  for (const edge of edges.filter(({ child, parent }) => child.isSubjectRow && !parent.isSubjectRow))
    if (canClear(edge)) first.push(edge);
    else unbroken.push(edge.foreignKey);

  const dependants = works.filter(({ isSubjectRow }) => !isSubjectRow);
  const own = edges.filter(({ child, parent }) => child === parent && child.deletes && child.chunks > 1);
  const selfTogether = new Set<Work>();
  for (const edge of own) {
    if (edge.foreignKey.clears.length > 0) first.push(edge);
    else if (edge.foreignKey.deferrable && !edge.child.isSubjectRow) selfTogether.add(edge.child);
    else unbroken.push(edge.foreignKey);
  }

  const between = edges.filter(({ child, parent }) => child !== parent && !child.isSubjectRow && !parent.isSubjectRow);
  const steps: Step[] = [];
  for (const circle of circles(dependants, between)) {
    const inside = between.filter(({ child, parent }) => circle.includes(child) && circle.includes(parent));
    first.push(...inside.filter(canClear));
    const rest = inside.filter((edge) => !canClear(edge));
    for (const part of circles(circle, rest)) {
      const held = rest.filter(({ child, parent }) => part.includes(child) && part.includes(parent));
      const firm = held.filter(({ foreignKey }) => !foreignKey.deferrable);
      for (const left of circles(part, firm))
        if (left.length > 1)
          unbroken.push(
            ...firm.flatMap(({ child, parent, foreignKey }) =>
              left.includes(child) && left.includes(parent) ? [foreignKey] : [],
            ),
          );
      steps.push({
        works: circles(part, firm).flat(),
        together: part.length > 1 || part.some((work) => selfTogether.has(work)),
      });
    }
  }
  return {
    first: first.map(({ child, foreignKey }) => ({ work: child, foreignKey })),
    steps,
    unbroken: [...new Set(unbroken)],
  };
}

/** A row that is deleted lets go where the column may be null; one that stays where the plan clears that column. */
function canClear({ child, foreignKey }: Edge): boolean {
  if (foreignKey.clears.length === 0) return false;
  return child.deletes || foreignKey.clears.some((column) => child.clears.has(column));
}

/** Who must be dealt with before whom: rows that go or let go, before rows that go. */
function edgesOf(works: readonly Work[], foreignKey: ForeignKey): readonly Edge[] {
  const parents = works.filter(({ table, deletes }) => table === foreignKey.parent && deletes);
  const children = works.filter(
    ({ table, deletes, clears }) =>
      table === foreignKey.child && (deletes || foreignKey.columns.some((column) => clears.has(column))),
  );
  return children.flatMap((child) => parents.map((parent) => ({ child, parent, foreignKey })));
}

/** Tarjan: the strongly connected parts, each before the parts it refers to. */
function circles(works: readonly Work[], edges: readonly Edge[]): readonly (readonly Work[])[] {
  const index = new Map<Work, number>();
  const low = new Map<Work, number>();
  const stack: Work[] = [];
  const found: Work[][] = [];
  const visit = (work: Work): void => {
    index.set(work, index.size);
    low.set(work, index.get(work) ?? 0);
    stack.push(work);
    for (const { child, parent } of edges) {
      if (child !== work || parent === work) continue;
      if (!index.has(parent)) {
        visit(parent);
        low.set(work, Math.min(low.get(work) ?? 0, low.get(parent) ?? 0));
      } else if (stack.includes(parent)) low.set(work, Math.min(low.get(work) ?? 0, index.get(parent) ?? 0));
    }
    if (low.get(work) !== index.get(work)) return;
    const part: Work[] = [];
    for (;;) {
      const last = stack.pop();
      if (last === undefined) break;
      part.unshift(last);
      if (last === work) break;
    }
    found.push(part);
  };
  for (const work of works) if (!index.has(work)) visit(work);
  // A part is found after everything it refers to.
  return found.reverse();
}
