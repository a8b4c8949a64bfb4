/**
 * Tries what `anonymise` and `detach` would do on some of the planned rows, inside a transaction that is rolled back: a check
 * constraint, a domain, an exclusion or a trigger that refuses shows itself here, and is told by the column it is about.
 */
import { HabeasError } from '../../src/errors.ts';
import type { PlannedRecord, StreamDescription } from '../contract.ts';
import type { Transaction } from './client.ts';
import { changeStatement, letGoStatement, type Statement } from './erase-statements.ts';
import type { Targets } from './erase-target.ts';
import { keyParams } from './key-batch.ts';
import type { Refusals } from './refusals.ts';

/** Rows tried of each decision. */
const most = 200;

/** Some records of each decision. */
export class Samples {
  readonly #samples = new Map<string, { readonly collection: string; readonly records: PlannedRecord[] }>();

  add({ collection }: StreamDescription, records: readonly PlannedRecord[]): void {
    for (const record of records) {
      const { no } = record.decision;
      const at = `${collection} ${no}`;
      const sample = this.#samples.get(at) ?? { collection, records: [] };
      if (sample.records.length < most) sample.records.push(record);
      this.#samples.set(at, sample);
    }
  }

  get list(): readonly { readonly collection: string; readonly records: readonly PlannedRecord[] }[] {
    return [...this.#samples.values()];
  }
}

/**
 * Refuses for each column whose new value the database does not take. `letsGo`: the columns of a collection that are made
 * null before its rows are deleted. Tables of which something is refused already are left out.
 */
export async function tryOut(
  tx: Transaction,
  targets: Targets,
  samples: Samples,
  letsGo: (collection: string) => readonly string[],
  refusals: Refusals,
): Promise<void> {
  const refused = refusals.list.map(({ where }) => where);
  for (const { collection, records } of samples.list) {
    const { decision } = records[0] ?? {};
    const to = targets.keyed(collection);
    const { table } = to.collection;
    if (decision === undefined || refused.some((where) => where === table || where.startsWith(`${table}.`))) continue;
    const keys = keyParams(to, records);
    const deletes = decision.action === 'delete';
    const fields = deletes ? letsGo(collection) : decision.fields;
    const takes = (some: readonly string[]): Promise<boolean> => {
      if (deletes) return some.length === 0 ? Promise.resolve(true) : runs(tx, letGoStatement(to, keys, some), table);
      const statement = changeStatement(to, keys, targets.changing(collection, some), {});
      return statement.changes ? runs(tx, statement, table) : Promise.resolve(true);
    };
    if (await takes(fields)) continue;
    let told = false;
    for (const field of fields)
      if (!(await takes([field]))) {
        told = true;
        refusals.add('erase-unfit', `${table}.${field}`);
      }
    if (!told) refusals.add('erase-unfit', table);
  }
}

async function runs(tx: Transaction, { sql, params }: Statement, table: string): Promise<boolean> {
  await tx.query('SAVEPOINT trial', [], table);
  try {
    await tx.query(sql, params, table);
    return true;
  } catch (error) {
    if (!(error instanceof HabeasError) || !refusing.has(error.code)) throw error;
    return false;
  } finally {
    await tx.query('ROLLBACK TO SAVEPOINT trial', [], table).catch(() => undefined);
  }
}

/** A constraint, a value that the type does not take, an exception that a trigger raised. */
const refusing: ReadonlySet<string> = new Set(['erase-blocked', 'system-schema-drift', 'system-failed']);
