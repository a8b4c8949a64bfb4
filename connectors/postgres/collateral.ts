/**
 * The guard of one transaction: what the server counts as deleted, updated and inserted in every mapped table, and in every
 * table that refers to one, must be exactly what was meant, whoever did it (a trigger, a rule, a cascade, ourselves). Anything
 * else is `collateral-damage` naming the table; the caller rolls back. The counters go on from the connection's transactions
 * before until the server has taken them (at most once a second), so what counts is the difference since `begin`.
 */
import { HabeasError } from '../../src/errors.ts';
import type { Row, Transaction } from './client.ts';
import type { EraseCatalogue } from './erase-catalogue.ts';

/** Tables whose rows are counted, by oid, a partition under the name of its whole table. */
export interface Watched {
  readonly oids: readonly string[];
  readonly names: readonly string[];
}

const partitionsSql = `
  SELECT DISTINCT ON (t.relid) t.relid::oid::text, w.name
    FROM unnest($1::oid[], $2::text[]) AS w(oid, name)
    JOIN pg_catalog.pg_class c ON c.oid = w.oid AND c.relkind IN ('r', 'p')
    CROSS JOIN LATERAL (SELECT c.oid::regclass AS relid WHERE c.relkind = 'r' UNION
                        SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p WHERE p.isleaf) AS t`;

/** Every table that an effect may reach. */
export async function watch(tx: Transaction, { tables, foreignKeys }: EraseCatalogue): Promise<Watched> {
  const names = new Map([...tables.values()].map(({ oid, name }) => [oid, name]));
  for (const { childOid, child } of foreignKeys) if (!names.has(childOid)) names.set(childOid, child);
  const rows = await tx.query(partitionsSql, [[...names.keys()], [...names.values()]], 'pg_catalog');
  return { oids: rows.map(([oid]) => oid ?? ''), names: rows.map(([, name]) => name ?? '') };
}

// A chunk is looked up by its keys, however large a part of the table it is; the settings end with the transaction.
const planner = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']
  .map((name) => `pg_catalog.set_config('${name}', 'off', true)`)
  .join(', ');
const counters = (before: string): string => `
  SELECT w.name, pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_deleted(w.oid))::text,
         pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_updated(w.oid))::text,
         pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(w.oid))::text${before}
    FROM unnest($1::oid[], $2::text[]) AS w(oid, name) GROUP BY w.name`;

type Counts = readonly [deleted: number, updated: number, inserted: number];
const none: Counts = [0, 0, 0];

export class Guard {
  readonly #tx: Transaction;
  readonly #watched: Watched;
  readonly #before: ReadonlyMap<string, Counts>;
  readonly #meant = new Map<string, { deleted: number; updated: number }>();

  private constructor(tx: Transaction, watched: Watched, before: ReadonlyMap<string, Counts>) {
    this.#tx = tx;
    this.#watched = watched;
    this.#before = before;
  }

  /** Before the first effect of the transaction. */
  static async begin(tx: Transaction, watched: Watched): Promise<Guard> {
    return new Guard(tx, watched, countsIn(await tx.query(counters(`, ${planner}`), params(watched), 'pg_stat')));
  }

  /** What one statement did as far as it told. */
  meant(table: string, what: 'deleted' | 'updated', count: number): void {
    const sum = this.#meant.get(table) ?? { deleted: 0, updated: 0 };
    sum[what] += count;
    this.#meant.set(table, sum);
  }

  /** After the last effect, before the commit. */
  async check(): Promise<void> {
    const after = countsIn(await this.#tx.query(counters(''), params(this.#watched), 'pg_stat'));
    for (const name of this.#meant.keys())
      if (!after.has(name)) throw new HabeasError('collateral-damage', { where: name });
    for (const [name, now] of after) {
      const before = this.#before.get(name) ?? none;
      const meant = this.#meant.get(name) ?? { deleted: 0, updated: 0 };
      const [deleted, updated, inserted] = now.map((count, i) => count - (before[i] ?? 0));
      if (deleted !== meant.deleted || updated !== meant.updated || inserted !== 0)
        throw new HabeasError('collateral-damage', { where: name });
    }
  }
}

const params = ({ oids, names }: Watched): readonly unknown[] => [oids, names];

function countsIn(rows: readonly Row[]): ReadonlyMap<string, Counts> {
  return new Map(rows.map(([name, d, u, i]) => [name ?? '', [Number(d), Number(u), Number(i)] as const]));
}
