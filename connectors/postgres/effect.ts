/**
 * Carries out what is planned for some records of one chunk, inside a transaction that the caller commits or rolls back, and
 * says what became of each. Whatever the server says it changed must be among the keys it was given: else `collateral-damage`.
 */
import { HabeasError } from '../../src/errors.ts';
import type { EffectOutcome, PlannedRecord } from '../contract.ts';
import type { Transaction } from './client.ts';
import type { Guard } from './collateral.ts';
import { changeStatement, deleteStatement, letGoStatement, type Statement } from './erase-statements.ts';
import type { Targets } from './erase-target.ts';
import { identity, type Keyed, keyValues, returnedKeys } from './key-batch.ts';

/** Records that one statement treats alike. */
interface Group {
  readonly records: readonly PlannedRecord[];
  readonly fields: readonly string[];
  readonly set: Readonly<Record<string, string>>;
}

export class Effect {
  readonly #tx: Transaction;
  readonly #guard: Guard;
  readonly #targets: Targets;

  constructor(tx: Transaction, guard: Guard, targets: Targets) {
    this.#tx = tx;
    this.#guard = guard;
    this.#targets = targets;
  }

  /** `open`: an earlier attempt may have deleted what is missing now. */
  async apply(collection: string, records: readonly PlannedRecord[], open: boolean): Promise<readonly EffectOutcome[]> {
    const to = this.#targets.keyed(collection);
    const { deleted, changed } = sorted(records);
    const outcomes = new Outcomes();
    if (deleted.length > 0) {
      const gone = await this.#run(to, deleted, (keys) => deleteStatement(to, keys), 'deleted');
      for (const { record, found } of gone)
        if (found) outcomes.add(record, 'erased', 'pending');
        else if (open) outcomes.add(record, 'erased', 'inferred');
        else outcomes.add(record, 'absent', 'pending');
    }
    for (const { records: alike, fields, set } of changed) {
      const changing = this.#targets.changing(collection, fields, set);
      let changes = true;
      const made = await this.#run(
        to,
        alike,
        (keys) => {
          const statement = changeStatement(to, keys, changing, set);
          changes = statement.changes;
          return statement;
        },
        () => (changes ? 'updated' : undefined),
      );
      // Nobody deletes here: what is missing was so before, or is somebody else's doing.
      for (const { record, found } of made) outcomes.add(record, found ? 'anonymised' : 'absent', 'pending');
    }
    return outcomes.list();
  }

  /** Before a circle is deleted: rows that go let go of others, rows that stay do what is planned for these columns. */
  async letGo(collection: string, records: readonly PlannedRecord[], columns: readonly string[]): Promise<void> {
    const to = this.#targets.keyed(collection);
    const { deleted, changed } = sorted(records);
    if (deleted.length > 0) await this.#run(to, deleted, (keys) => letGoStatement(to, keys, columns), 'updated');
    for (const { records: alike, fields, set } of changed) {
      const some = fields.filter((field) => columns.includes(field));
      const changing = this.#targets.changing(collection, some);
      const statement = (keys: readonly (readonly string[])[]) => changeStatement(to, keys, changing, set);
      if (changing.length > 0) await this.#run(to, alike, statement, 'updated');
    }
  }

  async #run(
    to: Keyed,
    records: readonly PlannedRecord[],
    statement: (keys: readonly (readonly string[])[]) => Statement,
    meant: 'deleted' | 'updated' | (() => 'updated' | undefined),
  ): Promise<readonly { readonly record: PlannedRecord; readonly found: boolean }[]> {
    const keys = records.map(({ key }) => keyValues(to, key));
    const { table } = to.collection;
    const { sql, params } = statement(keys);
    const [row] = await this.#tx.query(sql, params, table);
    const given = keys.map(identity);
    const answered = returnedKeys(to, row?.[0] ?? null);
    const found = new Set(answered);
    const known = new Set(given);
    if (found.size !== answered.length || known.size !== given.length || !answered.every((key) => known.has(key)))
      throw new HabeasError('collateral-damage', { where: table });
    const what = typeof meant === 'function' ? meant() : meant;
    if (what !== undefined) this.#guard.meant(table, what, answered.length);
    return records.map((record, i) => ({ record, found: found.has(given[i] ?? '') }));
  }
}

function sorted(records: readonly PlannedRecord[]): {
  readonly deleted: readonly PlannedRecord[];
  readonly changed: readonly Group[];
} {
  const deleted: PlannedRecord[] = [];
  const groups = new Map<string, { records: PlannedRecord[]; fields: readonly string[]; set: Group['set'] }>();
  for (const record of records) {
    const { action, no, fields } = record.decision;
    if (action === 'delete') deleted.push(record);
    if (action !== 'anonymise' && action !== 'detach') continue;
    const set = record.set ?? {};
    const alike = `${no} ${record.set === undefined ? '' : JSON.stringify(set)}`;
    const group = groups.get(alike) ?? { records: [], fields, set };
    group.records.push(record);
    groups.set(alike, group);
  }
  return { deleted, changed: [...groups.values()] };
}

/** Counts per decision and disposition. */
class Outcomes {
  readonly #counts = new Map<string, { outcome: Omit<EffectOutcome, 'count'>; count: number }>();

  add(
    { decision }: PlannedRecord,
    disposition: EffectOutcome['disposition'],
    evidence: EffectOutcome['evidence'],
  ): void {
    const at = `${decision.no} ${disposition} ${evidence}`;
    const sum = this.#counts.get(at) ?? { outcome: { decision: decision.no, disposition, evidence }, count: 0 };
    sum.count += 1;
    this.#counts.set(at, sum);
  }

  list(): readonly EffectOutcome[] {
    return [...this.#counts.values()].map(({ outcome, count }) => ({ ...outcome, count }));
  }
}
