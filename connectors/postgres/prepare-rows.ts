/**
 * What only the rows can tell before anything is deleted: whether any row refers to a planned one and is itself neither
 * deleted nor made to let go. The plan's keys are put into temporary tables of a transaction that is rolled back, and
 * every foreign key is asked about once, exactly. Also who is named to take a workspace over. Memory: one chunk.
 */
import type { PlannedRecord, StreamDescription, SubjectKey } from '../contract.ts';
import { splitName } from './catalogue.ts';
import type { Transaction } from './client.ts';
import type { DataMap } from './data-map.ts';
import type { EraseCatalogue, ForeignKey } from './erase-catalogue.ts';
import type { Planned, Targets } from './erase-target.ts';
import { arrayOf, castOf, keyParams, keyValues } from './key-batch.ts';
import type { Refusals } from './refusals.ts';
import { collectionOf, ident } from './sql.ts';

/** The planned keys of each collection, in temporary tables. */
export class PlanTables {
  readonly #tx: Transaction;
  readonly #targets: Targets;
  readonly #names = new Map<string, string>();
  /** By collection: what each decision is. */
  readonly #decisions = new Map<string, Map<number, PlannedRecord['decision']>>();

  constructor(tx: Transaction, targets: Targets) {
    this.#tx = tx;
    this.#targets = targets;
  }

  async add({ collection }: StreamDescription, records: readonly PlannedRecord[]): Promise<void> {
    const to = this.#targets.keyed(collection);
    const known = this.#decisions.get(collection) ?? new Map<number, PlannedRecord['decision']>();
    this.#decisions.set(collection, known);
    for (const { decision } of records) known.set(decision.no, decision);
    const name = this.#names.get(collection) ?? `habeas_plan_${this.#names.size}`;
    const casts = to.key.map(castOf);
    if (!this.#names.has(collection)) {
      this.#names.set(collection, name);
      const columns = casts.map((cast, i) => `k${i} ${cast}`).join(', ');
      await this.#tx.query(`CREATE TEMPORARY TABLE ${name} (${columns}, d integer) ON COMMIT DROP`, [], 'TEMPORARY');
    }
    const arrays = [...casts, 'integer'].map((cast, i) => `$${i + 1}::${cast}[]`).join(', ');
    const keys = keyParams(to, records);
    const numbers = `{${records.map(({ decision }) => decision.no).join(',')}}`;
    await this.#tx.query(`INSERT INTO ${name} SELECT * FROM unnest(${arrays})`, [...keys, numbers], 'TEMPORARY');
  }

  async analyse(): Promise<void> {
    for (const name of this.#names.values()) await this.#tx.query(`ANALYZE ${name}`, [], 'TEMPORARY');
  }

  /** A collection's plan table, and those decisions of it that fit. */
  of(
    collection: string,
    fits: (decision: PlannedRecord['decision']) => boolean,
  ): { readonly name: string; readonly decisions: readonly number[] } | undefined {
    const name = this.#names.get(collection);
    if (name === undefined) return undefined;
    const decisions = [...(this.#decisions.get(collection) ?? [])].flatMap(([no, one]) => (fits(one) ? [no] : []));
    return decisions.length === 0 ? undefined : { name, decisions };
  }
}

/** Refuses for every foreign key by which a row that stays as it is refers to one that is deleted. */
export async function lookAtRows(
  tx: Transaction,
  question: {
    readonly map: DataMap;
    readonly live: EraseCatalogue;
    readonly targets: Targets;
    readonly works: readonly Planned[];
    readonly plans: PlanTables;
  },
  refusals: Refusals,
): Promise<void> {
  const { map, live, works } = question;
  for (const foreignKey of live.foreignKeys) {
    const collections = Object.entries(map.collections).filter(([, { table }]) => table === foreignKey.child);
    const child = live.tables.get(foreignKey.child);
    // Of a table that nobody declared it is refused already, whatever its rows are.
    if (child === undefined || collections.length === 0) continue;
    const [, { key }] = collections[0] ?? ['', { key: [] }];
    const place = `${foreignKey.child}.${foreignKey.columns.join('+')}`;
    const needed = [...foreignKey.columns, ...key];
    for (const parent of new Set(
      works.filter((work) => work.table === foreignKey.parent && work.deletes).map((w) => w.collection),
    )) {
      const hidden = needed.filter((name) => child.columns.get(name)?.maySelect !== true);
      for (const name of hidden) refusals.add('erase-permission', `${foreignKey.child}.${name} (SELECT)`);
      if (hidden.length > 0 || child.rowsHidden) continue;
      const children = collections.map(([name]) => name);
      const statement = strayStatement(question, foreignKey, parent, children, key);
      if (statement === undefined) continue;
      const stray = await tx.query(statement, [], foreignKey.child);
      if (stray.length === 0) continue;
      refusals.add(foreignKey.onDelete === 'nothing' ? 'reference-uncovered' : 'cascade-beyond-plan', place);
    }
  }
}

function strayStatement(
  { map, targets, plans }: { readonly map: DataMap; readonly targets: Targets; readonly plans: PlanTables },
  foreignKey: ForeignKey,
  parent: string,
  children: readonly string[],
  childKey: readonly string[],
): string | undefined {
  const deleted = plans.of(parent, ({ action }) => action === 'delete');
  if (deleted === undefined) return undefined;
  const to = targets.keyed(parent);
  const own = to.key.map((column, i) => `p.${ident(column.name)} = d.k${i}`).join(' AND ');
  const refers = foreignKey.columns
    .map((name, i) => `c.${ident(name)} = p.${ident(foreignKey.toColumns[i] ?? '')}`)
    .join(' AND ');
  const covered = children.flatMap((collection) => {
    const strategies = collectionOf(map, collection).erase?.fields ?? {};
    const plan = plans.of(
      collection,
      ({ action, fields }) =>
        action === 'delete' ||
        (action !== 'keep' &&
          foreignKey.columns.some((name) => fields.includes(name) && (strategies[name] ?? 'keep') !== 'keep')),
    );
    if (plan === undefined) return [];
    const same = childKey.map((name, i) => `x.k${i} = c.${ident(name)}`).join(' AND ');
    return [`NOT EXISTS (SELECT 1 FROM ${plan.name} x WHERE ${same} AND x.d IN (${plan.decisions.join(', ')}))`];
  });
  const { schema, table } = splitName(foreignKey.child);
  return (
    `SELECT 1 FROM ${deleted.name} d JOIN ${to.quoted} p ON ${own} JOIN ${ident(schema)}.${ident(table)} c ON ${refers} ` +
    `WHERE ${[`d.d IN (${deleted.decisions.join(', ')})`, ...covered].join(' AND ')} LIMIT 1`
  );
}

/** Workspaces that somebody takes over, and who. Personal data. */
export type Handover = { readonly workspace: readonly string[]; readonly person: readonly string[] };

/** Of the planned records those with a successor; one that is named in a way that nobody declared is refused. */
export function handoversOf(
  map: DataMap,
  targets: Targets,
  { collection }: StreamDescription,
  records: readonly PlannedRecord[],
  refusals: Refusals,
): readonly Handover[] {
  const owner = map.customerKind?.owner;
  return records.flatMap(({ key, set }): readonly Handover[] => {
    if (set === undefined) return [];
    const subjectKey = collectionOf(map, map.subject).key;
    const person = subjectKey.map((name) => set[owner?.columns[owner.toColumns.indexOf(name)] ?? ''] ?? '');
    const strange = Object.keys(set).some((field) => owner?.columns.includes(field) !== true);
    if (map.customerKind?.collection !== collection || strange || person.includes('')) {
      refusals.add('successor-unknown', collectionOf(map, collection).table);
      return [];
    }
    return [{ workspace: keyValues(targets.keyed(collection), key), person }];
  });
}

/** Everybody named is a member who has not left, and not the subject. */
export async function lookAtSuccessors(
  tx: Transaction,
  map: DataMap,
  targets: Targets,
  keys: readonly SubjectKey[],
  handovers: readonly Handover[],
  refusals: Refusals,
): Promise<void> {
  if (handovers.length === 0) return;
  const config = map.customerKind?.successors;
  const workspaces = map.customerKind?.collection;
  if (config === undefined || workspaces === undefined) {
    refusals.add('successor-unknown', 'customerKind.successors');
    return;
  }
  const to = targets.keyed(config.collection);
  const where = to.collection.table;
  const own = new Set(
    keys.filter(({ collection }) => collection === map.subject).map(({ key }) => JSON.stringify(key.map(([, v]) => v))),
  );
  if (handovers.some(({ person }) => own.has(JSON.stringify(person)))) refusals.add('successor-unknown', where);
  const workspaceKey = targets.keyed(workspaces).key;
  const column = (of: (one: Handover) => readonly string[], i: number): string =>
    arrayOf(
      handovers.map((one) => of(one)[i] ?? ''),
      { base: 'text' },
    );
  const params = [
    ...workspaceKey.map((_, i) => column(({ workspace }) => workspace, i)),
    ...config.person.map((_, i) => column(({ person }) => person, i)),
  ];
  const names = params.map((_, i) => `h${i}`);
  const member = [
    ...config.workspace.map((name, i) => `m.${ident(name)} = h.h${i}::${castOf(workspaceKey[i] ?? { ...noColumn })}`),
    // As text: what a person typed may not even be of the column's type.
    ...config.person.map((name, i) => `m.${ident(name)}::text = h.h${workspaceKey.length + i}`),
    ...(config.leftAt === undefined ? [] : [`m.${ident(config.leftAt)} IS NULL`]),
  ].join(' AND ');
  const arrays = params.map((_, i) => `$${i + 1}::text[]`).join(', ');
  const unknown = await tx.query(
    `SELECT 1 FROM unnest(${arrays}) AS h(${names.join(', ')}) ` +
      `WHERE NOT EXISTS (SELECT 1 FROM ${to.quoted} m WHERE ${member}) LIMIT 1`,
    params,
    where,
  );
  if (unknown.length > 0) refusals.add('successor-unknown', where);
}

const noColumn = { name: '', cast: 'text', base: 'text', notNull: false, selectable: false };
