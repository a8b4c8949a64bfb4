/**
 * What `check` looks at where the data map erases: that there is a login that may, that it is of the same database, that it
 * has each right that erasing needs, and that the tombstone row is there. Reads the catalogue and one key; changes nothing.
 */
import { codeOf, type ErrorCode, HabeasError } from '../../src/errors.ts';
import type { CallContext, CheckReport } from '../contract.ts';
import type { Catalogue } from './catalogue.ts';
import { isUnique, splitName } from './catalogue.ts';
import type { PostgresClient, Transaction } from './client.ts';
import type { DataMap } from './data-map.ts';
import { type EraseRights, eraseRights, erases } from './erase-rights.ts';
import { collectionOf, from, keyIn, sourceOf } from './sql.ts';

type Finding = CheckReport['findings'][number];

/** A database; `server` is the same of a server and of its replicas, and unknown where the login may not ask. */
export interface Database {
  readonly name: string;
  readonly server: string | undefined;
}

const databaseSql = `
  SELECT pg_catalog.current_database(), pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::text`;
const serverSql = 'SELECT system_identifier::text FROM pg_catalog.pg_control_system()';

/** Which database this is. */
export async function databaseOf(tx: Transaction): Promise<Database> {
  const [row] = await tx.query(databaseSql, [], 'pg_catalog');
  const [server] = row?.[1] === 'true' ? await tx.query(serverSql, [], 'pg_catalog') : [];
  return { name: row?.[0] ?? '', server: server?.[0] ?? undefined };
}

/** Reading may go to a replica of what is erased in. */
function isSame(a: Database, b: Database): boolean {
  return a.name === b.name && (a.server === undefined || b.server === undefined || a.server === b.server);
}

const rightsSql = `
  SELECT w.name, pg_catalog.has_table_privilege(c.oid, 'DELETE')::text,
         (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'UPDATE'))::text,
         (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'))::text,
         COALESCE(pg_catalog.row_security_active(c.oid), false)::text
    FROM unnest($1::text[], $2::text[], $3::text[]) AS w(name, nsp, rel)
    JOIN pg_catalog.pg_namespace n ON n.nspname = w.nsp
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.rel`;

/** Findings about the erasing login. `database`: the one that the reading login sees. */
export async function checkEraser(
  eraser: PostgresClient | undefined,
  map: DataMap,
  database: Database,
  context: CallContext,
): Promise<readonly Finding[]> {
  if (!erases(map)) return [];
  const where = 'settings.eraseUrl';
  if (eraser === undefined) return [failed('permission', 'erase-login-missing', where)];
  try {
    return await eraser.transaction(context, async (tx) => {
      if (!isSame(await databaseOf(tx), database)) return [failed('credentials', 'erase-login-elsewhere', where)];
      return [{ what: 'credentials', ok: true, where }, ...(await rights(tx, map))];
    });
  } catch (error) {
    context.signal.throwIfAborted();
    const code = codeOf(error);
    const isRefused = code === 'system-credentials' || code === 'system-permission';
    const place = error instanceof HabeasError && error.where !== undefined ? `${where}: ${error.where}` : where;
    return [failed(isRefused ? 'credentials' : 'reachable', code, place)];
  }
}

async function rights(tx: Transaction, map: DataMap): Promise<readonly Finding[]> {
  const needed = eraseRights(map);
  const tables = needed.map(({ table }) => table);
  const split = tables.map(splitName);
  const rows = await tx.query(
    rightsSql,
    [tables, split.map(({ schema }) => schema), split.map(({ table }) => table)],
    'pg_catalog',
  );
  return needed.flatMap((need) => {
    const row = rows.find(([name]) => name === need.table);
    // A table that is not there was told by the reading login.
    return row === undefined ? [] : lacking(need, row);
  });
}

/** Each right that the login lacks, by name; one line where it lacks none. */
function lacking(need: EraseRights, [, mayDelete, updatable, readable, hidden]: readonly (string | null)[]): Finding[] {
  const without = (columns: readonly string[], granted: string | null | undefined): readonly string[] => {
    const may: unknown = JSON.parse(granted ?? '[]');
    return columns.filter((column) => !(Array.isArray(may) && may.includes(column)));
  };
  const findings = [
    ...(need.deletes && mayDelete !== 'true' ? [`${need.table} (DELETE)`] : []),
    ...without(need.updates, updatable).map((column) => `${need.table}.${column} (UPDATE)`),
    ...without(need.selects, readable).map((column) => `${need.table}.${column} (SELECT)`),
  ].map((where) => failed('permission', 'erase-permission', where));
  if (hidden === 'true') findings.push(failed('permission', 'system-rows-hidden', `${need.table} (settings.eraseUrl)`));
  if (findings.length > 0 || (!need.deletes && need.updates.length === 0)) return findings;
  return [{ what: 'permission', ok: true, where: `${need.table} (settings.eraseUrl)` }];
}

/** Whether the row that stands for everybody who was erased is there. */
export async function checkTombstone(tx: Transaction, catalogue: Catalogue, map: DataMap): Promise<readonly Finding[]> {
  const { tombstone } = map;
  const { key, table: where } = collectionOf(map, map.subject);
  const table = catalogue.tables.get(where);
  const isReadable = table !== undefined && key.every((column) => table.columns.get(column)?.selectable === true);
  // What the table or its key lack was told already.
  if (tombstone === undefined || !isReadable || !isUnique(table, key)) return [];
  const source = sourceOf(catalogue, map, map.subject, 's');
  const values = key.map((column) => tombstone[column] ?? '');
  const rows = await tx.query(`SELECT 1 FROM ${from(source)} WHERE ${keyIn(source, key, [values])}`, [], where);
  return rows.length === 1 ? [{ what: 'schema', ok: true, where: `${where} (tombstone)` }] : [missing(where)];
}

const missing = (where: string): Finding => failed('schema', 'tombstone-missing', where);

function failed(what: Finding['what'], code: ErrorCode, where: string): Finding {
  return { what, ok: false, code, where };
}
