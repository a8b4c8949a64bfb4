/**
 * Carries out what is planned for some records of one chunk, inside a transaction that the caller commits or rolls back, and
 * says what became of each. Whatever the server says it changed must be among the keys it was given: else `collateral-damage`.
 * A row that is another person's by now is passed by and told (hands.ts); only what still names the subject in it goes.
 */
import { HabeasError } from '../../src/errors.ts';
import type { EffectOutcome, PlannedRecord, StreamDescription } from '../contract.ts';
import type { Transaction } from './client.ts';
import type { Guard } from './collateral.ts';
import {
  changeStatement,
  deleteStatement,
  letGoStatement,
  type Statement,
  takeOutStatement,
} from './erase-statements.ts';
import type { Targets } from './erase-target.ts';
import type { Hands } from './hands.ts';
import { identity, type Keyed, keyParams, returnedKeys, saysAll } from './key-batch.ts';

/** Records that one statement treats alike. */
interface Group {
  readonly records: readonly PlannedRecord[];
  readonly fields: readonly string[];
  readonly set: Readonly<Record<string, string>>;
}

/** By their place among the records of one statement. */
interface Untouched {
  /** Not there. */
  readonly missing: ReadonlySet<number>;
  /** There, and another person's. */
  readonly anothers: ReadonlySet<number>;
}

export class Effect {
  readonly #tx: Transaction;
  readonly #guard: Guard;
  readonly #targets: Targets;
  readonly #hands: (stream: StreamDescription) => Hands | undefined;

  constructor(
    tx: Transaction,
    guard: Guard,
    targets: Targets,
    hands: (stream: StreamDescription) => Hands | undefined,
  ) {
    this.#tx = tx;
    this.#guard = guard;
    this.#targets = targets;
    this.#hands = hands;
  }

  /** `open`: an earlier attempt may have deleted what is missing now. */
  async apply(
    stream: StreamDescription,
    records: readonly PlannedRecord[],
    open: boolean,
  ): Promise<readonly EffectOutcome[]> {
    const { collection } = stream;
    const to = this.#targets.keyed(collection);
    const hands = this.#hands(stream);
    const { deleted, changed } = sorted(records);
    const outcomes = new Outcomes();
    if (deleted.length > 0) {
      const statement = (keys: readonly string[]) => deleteStatement(to, keys, hands);
      const { missing, anothers } = await this.#run(to, deleted, statement, 'deleted');
      for (const [i, record] of deleted.entries())
        if (anothers.has(i)) outcomes.add(record, 'absent', 'pending', true);
        else if (!missing.has(i)) outcomes.add(record, 'erased', 'pending');
        else if (open) outcomes.add(record, 'erased', 'inferred');
        else outcomes.add(record, 'absent', 'pending');
    }
    for (const { records: alike, fields, set } of changed) {
      const changing = this.#targets.changing(collection, fields, set);
      let changes = true;
      const { missing, anothers } = await this.#run(
        to,
        alike,
        (keys) => {
          const statement = changeStatement(to, keys, changing, set, hands);
          changes = statement.changes;
          return statement;
        },
        () => (changes ? 'updated' : undefined),
      );
      // Nobody deletes here: what is missing was so before, or is somebody else's doing.
      for (const [i, record] of alike.entries()) {
        const isLeft = missing.has(i) || anothers.has(i);
        outcomes.add(record, isLeft ? 'absent' : 'anonymised', 'pending', anothers.has(i));
      }
    }
    return outcomes.list();
  }

  /** Before a circle is deleted: rows that go let go of others, rows that stay do what is planned for these columns. */
  async letGo(stream: StreamDescription, records: readonly PlannedRecord[], columns: readonly string[]): Promise<void> {
    const { collection } = stream;
    const to = this.#targets.keyed(collection);
    const hands = this.#hands(stream);
    const { deleted, changed } = sorted(records);
    if (deleted.length > 0) await this.#run(to, deleted, (keys) => letGoStatement(to, keys, columns, hands), 'updated');
    for (const { records: alike, fields, set } of changed) {
      const some = fields.filter((field) => columns.includes(field));
      const changing = this.#targets.changing(collection, some);
      const statement = (keys: readonly string[]) => changeStatement(to, keys, changing, set, hands);
      if (changing.length > 0) await this.#run(to, alike, statement, 'updated');
    }
  }

  /** Which of the records the server did not touch. */
  async #run(
    to: Keyed,
    records: readonly PlannedRecord[],
    statement: (keys: readonly string[]) => Statement,
    meant: 'deleted' | 'updated' | (() => 'updated' | undefined),
  ): Promise<Untouched> {
    const { table } = to.collection;
    const keys = keyParams(to, records);
    const { sql, params } = statement(keys);
    const [row] = await this.#tx.query(sql, params, table);
    const cell = row?.[0] ?? null;
    const left = saysAll(cell, keys) ? none : missingIn(to, records, cell);
    const what = typeof meant === 'function' ? meant() : meant;
    if (what !== undefined) this.#guard.meant(table, what, records.length - left.size);
    if (left.size === 0) return { missing: none, anothers: none };
    const missing = await this.#notThere(to, records, left);
    const anothers = new Set([...left].filter((i) => !missing.has(i)));
    await this.#takeOut(
      to,
      records.filter((_, i) => anothers.has(i)),
    );
    return { missing, anothers };
  }

  /** The subject's own row could not go while another's still refers to it. */
  async #takeOut(to: Keyed, records: readonly PlannedRecord[]): Promise<void> {
    const references = this.#targets.references(to.name).filter(({ strategy }) => strategy !== 'successor');
    if (records.length === 0 || references.length === 0) return;
    const { sql, params } = takeOutStatement(to, keyParams(to, records), references);
    const [row] = await this.#tx.query(sql, params, to.collection.table);
    const untouched = missingIn(to, records, row?.[0] ?? null);
    this.#guard.meant(to.collection.table, 'updated', records.length - untouched.size);
  }

  /** Which of these are not there at all. */
  async #notThere(
    to: Keyed,
    records: readonly PlannedRecord[],
    some: ReadonlySet<number>,
  ): Promise<ReadonlySet<number>> {
    const places = [...some];
    const asked = records.filter((_, i) => some.has(i));
    const { sql, params } = changeStatement(to, keyParams(to, asked), [], {});
    const [row] = await this.#tx.query(sql, params, to.collection.table);
    return new Set([...missingIn(to, asked, row?.[0] ?? null)].map((i) => places[i] ?? -1));
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
    changedHands = false,
  ): void {
    const is = (one: Tally | undefined): boolean =>
      one?.decision === decision.no &&
      one.disposition === disposition &&
      one.evidence === evidence &&
      (one.changedHands === true) === changedHands;
    if (!is(this.#last)) this.#last = this.#list.find(is);
    if (this.#last === undefined) {
      const told = changedHands ? { changedHands: true as const } : {};
      this.#last = { decision: decision.no, disposition, evidence, count: 0, ...told };
      this.#list.push(this.#last);
    }
    this.#last.count += 1;
  }

  list(): readonly EffectOutcome[] {
    return this.#list.map((one) => ({ ...one }));
  }
}
