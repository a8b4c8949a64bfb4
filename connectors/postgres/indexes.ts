/**
 * The indexes of the mapped tables as the live catalogue has them, and whether one serves a look-up. Decided from the
 * catalogue alone (leading column or expression, operator class, collation, predicate), not by asking the planner, so that
 * the answer is the same on an empty table and on a full one. Reads no rows.
 */
import { splitName, tableKinds } from './catalogue.ts';
import type { Transaction } from './client.ts';
import type { IndexNeed } from './index-needs.ts';
import { ident } from './sql.ts';

/**
 * Up to so many rows a table may be read whole: about a millisecond. Above, a missing index fails the check. What was
 * never analysed counts as large.
 */
export const smallTableRows = 10_000;

export interface Indexed {
  readonly kind: 'table' | 'partitioned' | 'unseen';
  /** As last analysed; `undefined` where it never was. */
  readonly rows: number | undefined;
  readonly indexes: readonly Index[];
  /** By column; `0` where the type has none. */
  readonly collations: ReadonlyMap<string, string>;
}

interface Index {
  readonly column: string | null;
  readonly expression: string | null;
  readonly collation: string;
  readonly predicate: string | null;
}

// A partitioned table's own estimate is only as good as its last manual ANALYZE: its partitions' are added up.
const shapesSql = `
  SELECT w.name, c.relkind::text, c.oid::text,
         CASE WHEN c.relkind <> 'p' THEN c.reltuples::bigint ELSE
           (SELECT CASE WHEN pg_catalog.min(l.reltuples) < 0 THEN -1 ELSE COALESCE(pg_catalog.sum(l.reltuples), 0) END::bigint
              FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class l ON l.oid = t.relid WHERE t.isleaf)
         END::text
    FROM unnest($1::text[], $2::text[], $3::text[]) AS w(name, nsp, rel)
    JOIN pg_catalog.pg_namespace n ON n.nspname = w.nsp
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.rel AND c.relkind IN ${tableKinds}`;

const collationsSql = `
  SELECT a.attrelid::text, a.attname, a.attcollation::text
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped`;

// Usable for equality: valid, of a kind that finds single values, and with an operator class that has `=`.
const indexesSql = `
  SELECT i.indrelid::text, a.attname,
         CASE WHEN i.indkey[0] = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, 1, false) END,
         i.indcollation[0]::text, pg_catalog.pg_get_expr(i.indpred, i.indrelid)
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid = x.relam AND m.amname IN ('btree', 'hash', 'gist', 'spgist', 'gin')
    JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[0]
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND i.indkey[0] > 0
   WHERE i.indrelid = ANY($1::oid[]) AND i.indisvalid AND i.indisready AND i.indislive
     AND EXISTS (SELECT 1 FROM pg_catalog.pg_amop ao JOIN pg_catalog.pg_operator o ON o.oid = ao.amopopr
                  WHERE ao.amopfamily = oc.opcfamily AND o.oprname = '=')`;

/** What there is of these tables, by `schema.table`. */
export async function loadIndexes(tx: Transaction, tables: readonly string[]): Promise<ReadonlyMap<string, Indexed>> {
  const split = tables.map(splitName);
  const shapes = await tx.query(
    shapesSql,
    [tables, split.map(({ schema }) => schema), split.map(({ table }) => table)],
    'pg_catalog',
  );
  const oids = shapes.map(([, , oid]) => oid);
  const collations = await tx.query(collationsSql, [oids], 'pg_catalog');
  const indexes = await tx.query(indexesSql, [oids], 'pg_catalog');
  return new Map(
    shapes.map(([name, kind, oid, rows]) => [
      name ?? '',
      {
        kind: kind === 'p' ? 'partitioned' : kind === 'v' || kind === 'f' ? 'unseen' : 'table',
        rows: Number(rows ?? -1) < 0 ? undefined : Number(rows),
        indexes: indexes
          .filter(([table]) => table === oid)
          .map(([, column, expression, collation, predicate]) => ({
            column: column ?? null,
            expression: expression ?? null,
            collation: collation ?? '0',
            predicate: predicate ?? null,
          })),
        collations: new Map(
          collations.filter(([table]) => table === oid).map(([, column, id]) => [column ?? '', id ?? '0']),
        ),
      },
    ]),
  );
}

/** Whether an index begins with what the look-up compares. */
export function isServed({ parts }: IndexNeed, { indexes, collations }: Indexed): boolean {
  return parts.some(({ column, form }) =>
    indexes.some((index) => {
      if (form === 'column' ? index.column !== column : !expressions(column, form).includes(index.expression ?? ''))
        return false;
      const own = collations.get(column) ?? '0';
      if (index.collation !== (own === '0' && form !== 'column' ? defaultCollation : own)) return false;
      return index.predicate === null || names(column).some((name) => index.predicate === `(${name} IS NOT NULL)`);
    }),
  );
}

const defaultCollation = '100';

/** As pg_get_indexdef writes them: a cast stands where the column's type is not text itself. */
function expressions(column: string, form: 'lower' | 'text'): readonly string[] {
  return names(column).flatMap((name) =>
    form === 'lower' ? [`lower(${name})`, `lower((${name})::text)`] : [`((${name})::text)`, `(${name})::text`],
  );
}

/** PostgreSQL quotes a name only where it must. */
const names = (column: string): readonly string[] => [
  ident(column),
  ...(/^[a-z_][a-z0-9_]*$/.test(column) ? [column] : []),
];

/** The statement that makes the index. */
export function createIndex({ table, parts }: IndexNeed, { kind }: Indexed): string {
  const name = splitName(table);
  const list = parts.map(({ column, form }) =>
    form === 'column' ? shown(column) : form === 'lower' ? `lower(${shown(column)})` : `(${shown(column)}::text)`,
  );
  const how = kind === 'partitioned' ? 'CREATE INDEX ON' : 'CREATE INDEX CONCURRENTLY ON';
  return `${how} ${shown(name.schema)}.${shown(name.table)} (${list.join(', ')});`;
}

const shown = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : ident(name));
