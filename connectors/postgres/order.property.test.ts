/** Whatever refers to whatever: every table comes once, and nobody is left referring to a row that is deleted. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ForeignKey } from './erase-catalogue.ts';
import { orderOf, type Work } from './order.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'subject'] as const;

const works = fc.array(
  fc.record({ deletes: fc.boolean(), clears: fc.boolean(), chunks: fc.integer({ min: 1, max: 3 }) }),
  {
    minLength: names.length,
    maxLength: names.length,
  },
);
const keys = fc.array(
  fc.record({
    child: fc.constantFrom(...names),
    parent: fc.constantFrom(...names),
    nullable: fc.boolean(),
    deferrable: fc.boolean(),
  }),
  { maxLength: 12 },
);

describe('order of any tables', () => {
  it('names each dependant once, children before parents, but for what was cleared first or waits in one transaction', () => {
    let circles = 0;
    let refused = 0;
    fc.assert(
      fc.property(works, keys, (flags, references) => {
        const all = names.map((name, i): Work => {
          const { deletes = false, clears = false, chunks = 1 } = flags[i] ?? {};
          const isSubjectRow = name === 'subject';
          return {
            collection: name,
            table: name,
            isSubjectRow,
            deletes,
            chunks,
            clears: new Set(clears ? ['to'] : []),
          };
        });
        const foreignKeys = references.map(
          ({ child, parent, nullable, deferrable }, i): ForeignKey => ({
            ...{
              name: `fk${i}`,
              childOid: '1',
              child,
              columns: ['to'],
              parent,
              toColumns: ['id'],
              onDelete: 'nothing',
            },
            ...{ deferrable, clears: nullable ? ['to'] : [], indexed: true, rows: 0 },
          }),
        );
        const order = orderOf(all, foreignKeys);
        const dependants = all.filter(({ isSubjectRow }) => !isSubjectRow);
        const listed = order.steps.flatMap((step) => step.works);
        expect([...listed].sort((a, b) => (a.table < b.table ? -1 : 1))).toEqual(dependants);
        const stepOf = (table: string): number =>
          order.steps.findIndex((step) => step.works.some((w) => w.table === table));
        for (const key of foreignKeys) {
          const child = all.find(({ table }) => table === key.child);
          const parent = all.find(({ table }) => table === key.parent);
          if (child === undefined || parent?.deletes !== true || !(child.deletes || child.clears.size > 0)) continue;
          const isFirst = order.first.some(({ foreignKey }) => foreignKey === key);
          if (isFirst) {
            circles += 1;
            expect(key.clears).toEqual(['to']);
            continue;
          }
          if (order.unbroken.includes(key)) {
            refused += 1;
            expect(key.clears.length === 0 || !(child.deletes || child.clears.has('to'))).toBe(true);
            continue;
          }
          if (child === parent) {
            const alone = child.chunks === 1 || !child.deletes;
            expect(alone || (key.deferrable && order.steps[stepOf(key.child)]?.together)).toBe(true);
          } else if (!parent.isSubjectRow) {
            expect(child.isSubjectRow).toBe(false);
            const [before, after] = [stepOf(key.child), stepOf(key.parent)];
            if (before !== after) expect(before).toBeLessThan(after);
            else {
              expect(order.steps[before]?.together).toBe(true);
              const inside = order.steps[before]?.works ?? [];
              expect(
                key.deferrable || inside.indexOf(child) < inside.indexOf(parent) || order.unbroken.length > 0,
              ).toBe(true);
            }
          }
        }
      }),
      { numRuns: 2_000 },
    );
    expect(circles).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });
});
