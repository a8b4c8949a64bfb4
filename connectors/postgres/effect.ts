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
import { identity, type Keyed, keyParams, returnedKeys, saysAll } from './key-batch.ts';

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
      const missing = await this.#run(to, deleted, (keys) => deleteStatement(to, keys), 'deleted');
      deleted.forEach((record, i) => {
        if (!missing.has(i)) outcomes.add(record, 'erased', 'pending');
        else if (open) outcomes.add(record, 'erased', 'inferred');
        else outcomes.add(record, 'absent', 'pending');
      });
    }
    for (const { records: alike, fields, set } of changed) {
      const changing = this.#targets.changing(collection, fields, set);
      let changes = true;
      const missing = await this.#run(
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
      for (const [i, record] of alike.entries())
        outcomes.add(record, missing.has(i) ? 'absent' : 'anonymised', 'pending');
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
      const statement = (keys: readonly string[]) => changeStatement(to, keys, changing, set);
      if (changing.length > 0) await this.#run(to, alike, statement, 'updated');
    }
  }

  /** Which of the records, by their place, the server did not find. */
  async #run(
    to: Keyed,
    records: readonly PlannedRecord[],
    statement: (keys: readonly string[]) => Statement,
    meant: 'deleted' | 'updated' | (() => 'updated' | undefined),
  ): Promise<ReadonlySet<number>> {
    const { table } = to.collection;
    const keys = keyParams(to, records);
    const { sql, params } = statement(keys);
    const [row] = await this.#tx.query(sql, params, table);
    const cell = row?.[0] ?? null;
    const missing = saysAll(cell, keys) ? none : missingIn(to, records, cell);
    const what = typeof meant === 'function' ? meant() : meant;
    if (what !== undefined) this.#guard.meant(table, what, records.length - missing.size);
    return missing;
  }
}

const none: ReadonlySet<number> = new Set();

/** Compares key by key. One that was not sent, or comes twice, is a row too many. */
function missingIn(to: Keyed, records: readonly PlannedRecord[], cell: string | null): ReadonlySet<number> {
  const left = new Set<string>();
  for (const { key } of records) left.add(identity(key));
  if (left.size !== records.length) throw new HabeasError('stream-changed', { where: to.name });
  for (const key of returnedKeys(to, cell))
    if (!left.delete(key)) throw new HabeasError('collateral-damage', { where: to.collection.table });
  const missing = new Set<number>();
  if (left.size > 0) for (const [i, { key }] of records.entries()) if (left.has(identity(key))) missing.add(i);
  return missing;
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

type Tally = Omit<EffectOutcome, 'count'> & { count: number };

/** Counts per decision and disposition. */
class Outcomes {
  readonly #list: Tally[] = [];
  /** Most records follow one of their kind. */
  #last: Tally | undefined;

  add(
    { decision }: PlannedRecord,
    disposition: EffectOutcome['disposition'],
    evidence: EffectOutcome['evidence'],
  ): void {
    const is = (one: Tally | undefined): boolean =>
      one?.decision === decision.no && one.disposition === disposition && one.evidence === evidence;
    if (!is(this.#last)) this.#last = this.#list.find(is);
    if (this.#last === undefined) {
      this.#last = { decision: decision.no, disposition, evidence, count: 0 };
      this.#list.push(this.#last);
    }
    this.#last.count += 1;
  }

  list(): readonly EffectOutcome[] {
    return this.#list.map((one) => ({ ...one }));
  }
}
