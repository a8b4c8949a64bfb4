/**
 * What the live schema has against a plan: permissions, columns that cannot take what is put into them, foreign keys of
 * tables that nobody declared, circles, triggers and rules. Pure: compares the plan's works with the catalogue, and tells
 * everything at once. What only the rows can tell is prepare-rows.ts' and prepare-trial.ts'.
 */
import { isDistinct, readsOf } from './anonymise.ts';
import type { DataMap } from './data-map.ts';
import type { EraseCatalogue, EraseTable, ForeignKey } from './erase-catalogue.ts';
import type { Planned, Targets } from './erase-target.ts';
import { smallTableRows } from './indexes.ts';
import type { Order } from './order.ts';
import type { Refusals } from './refusals.ts';
import { collectionOf } from './sql.ts';

export interface SchemaQuestion {
  readonly map: DataMap;
  readonly live: EraseCatalogue;
  readonly targets: Targets;
  readonly works: readonly Planned[];
  readonly order: Order;
}

export function lookAtSchema(question: SchemaQuestion, refusals: Refusals): void {
  const { map, live, works, order } = question;
  if (!live.counts) refusals.add('erase-unfit', 'track_counts');
  if (!live.mayTemp) refusals.add('erase-permission', 'database (TEMPORARY)');
  for (const { child, name } of order.unbroken) refusals.add('foreign-key-cycle', `${child}.${name}`);
  for (const work of works) {
    const table = live.tables.get(work.table);
    if (table === undefined) continue;
    if (!table.isTable) refusals.add('erase-unfit', table.name);
    if (table.rowsHidden) refusals.add('system-rows-hidden', table.name);
    if (work.deletes && !table.mayDelete) refusals.add('erase-permission', `${table.name} (DELETE)`);
    const letsGo = order.first.filter((one) => one.work === work).flatMap(({ foreignKey }) => foreignKey.clears);
    permissions(question, table, work, letsGo, refusals);
    columns(question, table, work, refusals);
    hooks(map, live, work, letsGo, refusals);
    if (work.deletes) for (const key of live.foreignKeys) if (key.parent === work.table) foreignKey(map, key, refusals);
  }
}

/** The key is looked up by, references are compared, columns are written. */
function permissions(
  { map, targets }: SchemaQuestion,
  table: EraseTable,
  { collection, clears }: Planned,
  letsGo: readonly string[],
  refusals: Refusals,
): void {
  const changing = refusals.collect(() => targets.changing(collection, [...clears])) ?? [];
  for (const name of new Set([...collectionOf(map, collection).key, ...changing.flatMap(readsOf)]))
    if (table.columns.get(name)?.maySelect === false)
      refusals.add('erase-permission', `${table.name}.${name} (SELECT)`);
  for (const name of new Set([...clears, ...letsGo]))
    if (table.columns.get(name)?.mayUpdate === false)
      refusals.add('erase-permission', `${table.name}.${name} (UPDATE)`);
}

/** Columns that cannot take their new value. */
function columns({ live, targets }: SchemaQuestion, table: EraseTable, work: Planned, refusals: Refusals): void {
  const changing = refusals.collect(() => targets.changing(work.collection, [...work.clears])) ?? [];
  const changed = new Set(changing.map(({ column }) => column.name));
  for (const name of refusals.collect(() => targets.unfit(work.collection, [...work.clears])) ?? [])
    refusals.add('erase-unfit', `${table.name}.${name}`);
  // Who refers to the old value would be left behind, or be changed with it.
  for (const { parent, toColumns } of live.foreignKeys)
    for (const name of toColumns)
      if (parent === table.name && changed.has(name)) refusals.add('erase-unfit', `${table.name}.${name}`);
  for (const unique of table.uniques) {
    const inside = changing.filter(({ column }) => unique.columns.has(column.name));
    if (inside.length === 0 || inside.some(isDistinct)) continue;
    if (unique.nullsDistinct && inside.some(({ strategy }) => strategy === 'null')) continue;
    if (staysUnique(table, unique.columns, changed)) continue;
    for (const { column } of inside) refusals.add('erase-unfit', `${table.name}.${column.name}`);
  }
}

/** Another unique index within these columns does not change, so that they stay different together. */
function staysUnique(table: EraseTable, columns: ReadonlySet<string>, changed: ReadonlySet<string>): boolean {
  return table.uniques.some(
    (other) => other.total && [...other.columns].every((name) => columns.has(name) && !changed.has(name)),
  );
}

function hooks(map: DataMap, live: EraseCatalogue, work: Planned, letsGo: readonly string[], refusals: Refusals): void {
  const accepted = collectionOf(map, work.collection).erase?.acceptTriggers ?? [];
  const changed = new Set([...work.clears, ...letsGo]);
  for (const hook of live.hooks) {
    if (hook.table !== work.table || (hook.kind === 'trigger' && accepted.includes(hook.name))) continue;
    const updates = changed.size > 0 && (hook.columns.length === 0 || hook.columns.some((name) => changed.has(name)));
    if ((work.deletes && hook.on.includes('delete')) || (updates && hook.on.includes('update')))
      refusals.add('trigger-unaccepted', `${hook.table}.${hook.name}`);
  }
}

/** A table that refers to rows that are deleted is one whose rows can be found and planned, and by an index. */
function foreignKey(map: DataMap, key: ForeignKey, refusals: Refusals): void {
  const place = `${key.child}.${key.columns.join('+')}`;
  if (!Object.values(map.collections).some(({ table }) => table === key.child))
    refusals.add('reference-uncovered', place);
  if (!key.indexed && (key.rows < 0 || key.rows > smallTableRows)) refusals.add('map-index-missing', place);
}
