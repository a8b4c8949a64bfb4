/**
 * What the live database says that matters only to erasing: foreign keys that point at the mapped tables, triggers and
 * rules on them, every unique index whatever its form, what a column can take, and what the erasing login may do. Read by
 * the erasing login in the transaction that uses it. Names and settings only; knows no values of rows, decides nothing.
 */
import type { Transaction } from './client.ts';
import type { DataMap } from './data-map.ts';

/** What happens to a referring row when the row it refers to is deleted; anything but `nothing` reaches beyond the statement. */
export type OnDelete = 'nothing' | 'cascade' | 'set';

export interface ForeignKey {
  readonly name: string;
  readonly childOid: string;
  /** `schema.table`, also where the data map does not have it. */
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly toColumns: readonly string[];
  readonly onDelete: OnDelete;
  readonly deferrable: boolean;
  /** Columns to be made null so that the row refers to nothing; empty where none may be. */
  readonly clears: readonly string[];
  /** Whether an index begins with these columns; without one, each deletion reads the referring table. */
  readonly indexed: boolean;
  /** Rows of the referring table as last analysed; below zero where it never was. */
  readonly rows: number;
}

/** A trigger or rule that is enabled. */
export interface Hook {
  readonly table: string;
  readonly name: string;
  readonly kind: 'trigger' | 'rule';
  readonly on: readonly ('delete' | 'update')[];
  /** Of `UPDATE OF`: runs only where one of these changes. Empty: whatever changes. */
  readonly columns: readonly string[];
}

export interface EraseColumn {
  readonly name: string;
  readonly notNull: boolean;
  /** Computed, or an identity that takes no value. */
  readonly fixed: boolean;
  /** Most characters, where the type says so. */
  readonly length: number | undefined;
  readonly mayUpdate: boolean;
  readonly maySelect: boolean;
}

export interface EraseTable {
  readonly name: string;
  readonly oid: string;
  /** A table, plain or partitioned: what a view or foreign table does with a DELETE is not ours to know. */
  readonly isTable: boolean;
  readonly mayDelete: boolean;
  readonly rowsHidden: boolean;
  readonly columns: ReadonlyMap<string, EraseColumn>;
  /** Columns of every unique index, partial ones and expressions among them. */
  readonly uniques: readonly UniqueIndex[];
}

export interface UniqueIndex {
  readonly columns: ReadonlySet<string>;
  readonly nullsDistinct: boolean;
  /** Over plain columns of all rows: what is unique here stays unique whatever other columns do. */
  readonly total: boolean;
}

export interface EraseCatalogue {
  readonly tables: ReadonlyMap<string, EraseTable>;
  readonly foreignKeys: readonly ForeignKey[];
  readonly hooks: readonly Hook[];
  /** May make temporary tables; only `prepare` does. */
  readonly mayTemp: boolean;
  /** The server counts what a transaction changes; the guard needs it. */
  readonly counts: boolean;
}

const tablesSql = `
  SELECT w.name, c.oid::text, (c.relkind IN ('r', 'p'))::text, pg_catalog.has_table_privilege(c.oid, 'DELETE')::text,
         COALESCE(pg_catalog.row_security_active(c.oid), false)::text
    FROM unnest($1::text[]) AS w(name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = split_part(w.name, '.', 1)
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                              AND c.relname = substr(w.name, strpos(w.name, '.') + 1)`;

const columnsSql = `
  SELECT a.attrelid::text, a.attname, a.attnotnull::text,
         (a.attgenerated <> '' OR a.attidentity = 'a')::text,
         (information_schema._pg_char_max_length(
            information_schema._pg_truetypid(a, t), information_schema._pg_truetypmod(a, t)))::text,
         pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'UPDATE')::text,
         pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')::text
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped`;

// An expression's columns are known by what the index depends on; a constraint's by its key. Partial ones by both.
const uniquesSql = `
  SELECT i.indrelid::text, i.indexrelid::text, COALESCE((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)::text,
         (i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL)::text, a.attname
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND (a.attnum = ANY(i.indkey[0:i.indnkeyatts - 1])
         OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                      AND d.objid = i.indexrelid AND d.refclassid = 'pg_catalog.pg_class'::regclass
                      AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum
                      AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)))
   WHERE i.indrelid = ANY($1::oid[]) AND (i.indisunique OR i.indisexclusion) AND a.attnum > 0`;

// A constraint of a partitioned table stands once here, not once for each partition.
const foreignKeysSql = `
  SELECT k.conname, k.conrelid::text, n.nspname || '.' || c.relname,
         (SELECT pg_catalog.json_agg(a.attname ORDER BY x.n) FROM unnest(k.conkey) WITH ORDINALITY AS x(attnum, n)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum)::text,
         pn.nspname || '.' || p.relname,
         (SELECT pg_catalog.json_agg(a.attname ORDER BY x.n) FROM unnest(k.confkey) WITH ORDINALITY AS x(attnum, n)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.attnum)::text,
         k.confdeltype::text, k.condeferrable::text,
         (SELECT COALESCE(pg_catalog.json_agg(a.attname), '[]') FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey) AND NOT a.attnotnull)::text,
         (k.confmatchtype = 'f')::text,
         EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
                    AND (SELECT pg_catalog.bool_and(i.indkey[s] = ANY(k.conkey))
                           FROM pg_catalog.generate_series(0, pg_catalog.cardinality(k.conkey) - 1) s))::text,
         c.reltuples::bigint::text
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
   WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = ANY($1::oid[])
   ORDER BY 3, 1`;

// Bit 3 of tgtype is DELETE, bit 4 UPDATE. A partition's copy of its parent's trigger is the parent's.
const hooksSql = `
  SELECT w.name, t.tgname, 'trigger', ((t.tgtype & 8) <> 0)::text, ((t.tgtype & 16) <> 0)::text,
         (SELECT COALESCE(pg_catalog.json_agg(a.attname), '[]') FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = t.tgrelid AND a.attnum = ANY(t.tgattr::smallint[]))::text
    FROM unnest($1::text[], $2::oid[]) AS w(name, oid)
    JOIN pg_catalog.pg_trigger t ON t.tgrelid = w.oid OR t.tgrelid IN (SELECT relid FROM pg_catalog.pg_partition_tree(w.oid))
   WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgparentid = 0 AND (t.tgtype & 24) <> 0
   UNION ALL
  SELECT w.name, r.rulename, 'rule', (r.ev_type = '4')::text, (r.ev_type = '2')::text, '[]'
    FROM unnest($1::text[], $2::oid[]) AS w(name, oid)
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = w.oid OR r.ev_class IN (SELECT relid FROM pg_catalog.pg_partition_tree(w.oid))
   WHERE r.rulename <> '_RETURN' AND r.ev_enabled IN ('O', 'A') AND r.ev_type IN ('2', '4')
   ORDER BY 1, 2`;

const loginSql = `
  SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')::text,
         (pg_catalog.current_setting('track_counts') = 'on')::text`;

/** Reads all of it. Tables that are missing are simply not in the answer. */
export async function loadEraseCatalogue(tx: Transaction, map: DataMap): Promise<EraseCatalogue> {
  const where = 'pg_catalog';
  const names = [...new Set(Object.values(map.collections).map(({ table }) => table))];
  const found = await tx.query(tablesSql, [names], where);
  const oids = found.map(([, oid]) => oid ?? '');
  const columns = await tx.query(columnsSql, [oids], where);
  const uniques = await tx.query(uniquesSql, [oids], where);
  const foreignKeys = await tx.query(foreignKeysSql, [oids], where);
  const hooks = await tx.query(hooksSql, [found.map(([name]) => name), oids], where);
  const [login] = await tx.query(loginSql, [], where);
  return {
    tables: new Map(
      found.map(([name, oid, isTable, mayDelete, rowsHidden]) => [
        name ?? '',
        {
          name: name ?? '',
          oid: oid ?? '',
          isTable: isTable === 'true',
          mayDelete: mayDelete === 'true',
          rowsHidden: rowsHidden === 'true',
          columns: new Map(columns.filter(([table]) => table === oid).map((row) => [row[1] ?? '', columnOf(row)])),
          uniques: uniquesOf(uniques.filter(([table]) => table === oid)),
        },
      ]),
    ),
    foreignKeys: foreignKeys.map(foreignKeyOf),
    hooks: hooks.map(([table, name, kind, onDelete, onUpdate, of]) => ({
      table: table ?? '',
      name: name ?? '',
      kind: kind === 'rule' ? 'rule' : 'trigger',
      on: [
        ...(onDelete === 'true' ? (['delete'] as const) : []),
        ...(onUpdate === 'true' ? (['update'] as const) : []),
      ],
      columns: namesIn(of),
    })),
    mayTemp: login?.[0] === 'true',
    counts: login?.[1] === 'true',
  };
}

type Row = readonly (string | null)[];

function columnOf([, name, notNull, fixed, length, mayUpdate, maySelect]: Row): EraseColumn {
  return {
    name: name ?? '',
    notNull: notNull === 'true',
    fixed: fixed === 'true',
    length: length === null || length === undefined ? undefined : Number(length),
    mayUpdate: mayUpdate === 'true',
    maySelect: maySelect === 'true',
  };
}

function uniquesOf(rows: readonly Row[]): readonly UniqueIndex[] {
  const sets = new Map<string, { columns: Set<string>; nullsDistinct: boolean; total: boolean }>();
  for (const [, index, notDistinct, total, column] of rows) {
    const one = sets.get(index ?? '') ?? {
      columns: new Set<string>(),
      nullsDistinct: notDistinct !== 'true',
      total: total === 'true',
    };
    one.columns.add(column ?? '');
    sets.set(index ?? '', one);
  }
  return [...sets.values()];
}

function foreignKeyOf(row: Row): ForeignKey {
  const [name, oid, child, columns, parent, toColumns, onDelete, deferrable, nullable, full, indexed, rows] = row;
  const all = namesIn(columns);
  const clearable = namesIn(nullable);
  return {
    name: name ?? '',
    childOid: oid ?? '',
    child: child ?? '',
    columns: all,
    parent: parent ?? '',
    toColumns: namesIn(toColumns),
    onDelete: onDelete === 'c' ? 'cascade' : onDelete === 'n' || onDelete === 'd' ? 'set' : 'nothing',
    deferrable: deferrable === 'true',
    // MATCH FULL refuses a reference that is null in part.
    clears: full === 'true' ? (clearable.length === all.length ? all : []) : clearable,
    indexed: indexed === 'true',
    rows: Number(rows ?? -1),
  };
}

/** A JSON list of names from our own query. */
function namesIn(json: string | null | undefined): readonly string[] {
  const list: unknown = JSON.parse(json ?? '[]');
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}
