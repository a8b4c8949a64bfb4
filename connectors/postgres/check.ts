/**
 * Compares configuration with the live system, without side effects: reachable, credentials, a role that can only read,
 * and for every collection the table, its columns, its key and what the role may select; where the data map erases, the
 * login that may (check-erase.ts). Says everything it finds, as
 * codes with schema.table.column; never throws for what it was asked to find out.
 */
import { codeOf, type ErrorCode, HabeasError } from '../../src/errors.ts';
import type { CallContext, CheckReport } from '../contract.ts';
import { type Catalogue, isUnique, loadCatalogue, neededColumns } from './catalogue.ts';
import { checkEraser, checkTombstone, type Database, databaseOf } from './check-erase.ts';
import type { PostgresClient, Transaction } from './client.ts';
import type { DataMap } from './data-map.ts';
import { isDeclared } from './drift.ts';

type Finding = CheckReport['findings'][number];

const roleSql = `
  SELECT pg_catalog.current_setting('server_version'),
         (SELECT r.rolsuper::text FROM pg_catalog.pg_roles r WHERE r.rolname = current_user),
         (SELECT pg_catalog.to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD')
            FROM pg_catalog.pg_roles r
           WHERE r.rolname = current_user AND pg_catalog.isfinite(r.rolvaliduntil))`;

/** See the contract. */
export async function check(
  client: PostgresClient,
  eraser: PostgresClient | undefined,
  map: DataMap,
  context: CallContext,
): Promise<CheckReport> {
  try {
    const { database, ...seen } = await client.transaction(context, (tx) => look(tx, map));
    const findings = [...seen.findings, ...(await checkEraser(eraser, map, database, context))];
    return { ...seen, ok: findings.every(({ ok }) => ok), findings };
  } catch (error) {
    context.signal.throwIfAborted();
    const code = codeOf(error);
    const where = error instanceof HabeasError ? error.where : undefined;
    const reached = code === 'system-credentials' || code === 'system-permission';
    const findings: Finding[] = reached
      ? [{ what: 'reachable', ok: true }, failed('credentials', code, where)]
      : [failed('reachable', code, where)];
    return { ok: false, findings };
  }
}

async function look(tx: Transaction, map: DataMap): Promise<Omit<CheckReport, 'ok'> & { readonly database: Database }> {
  const [role] = await tx.query(roleSql, [], 'pg_catalog.pg_roles');
  const [version, superuser, validUntil] = role ?? [];
  const catalogue = await loadCatalogue(tx, map);
  const writable = [...catalogue.tables.values()].filter((table) => table.writable).map(({ name }) => name);
  const findings: Finding[] = [
    { what: 'reachable', ok: true },
    { what: 'credentials', ok: true },
    ...(superuser === 'true' ? [failed('read-only', 'system-not-read-only', 'superuser')] : []),
    ...(superuser === 'true' ? [] : writable.map((name) => failed('read-only', 'system-not-read-only', name))),
    ...(superuser !== 'true' && writable.length === 0 ? [{ what: 'read-only', ok: true } as const] : []),
    ...Object.keys(map.collections).flatMap((name) => lookAt(catalogue, map, name)),
    ...catalogue.undeclared.map((name) => failed('schema', 'system-schema-undeclared', name)),
    ...(await checkTombstone(tx, catalogue, map)),
  ];
  return {
    findings,
    database: await databaseOf(tx),
    ...(version === null || version === undefined ? {} : { server: `PostgreSQL ${version}` }),
    ...(validUntil === null || validUntil === undefined ? {} : { credentialsUntil: validUntil }),
  };
}

/** Findings about one collection: one line where all is well. */
function lookAt(catalogue: Catalogue, map: DataMap, name: string): readonly Finding[] {
  const collection = map.collections[name];
  if (collection === undefined) return [];
  const table = catalogue.tables.get(collection.table);
  if (table === undefined) return [failed('schema', 'system-schema-drift', collection.table)];
  const needed = neededColumns(map, name);
  const findings: Finding[] = [];
  for (const column of new Set([...Object.keys(collection.fields), ...needed]))
    if (!table.columns.has(column)) findings.push(failed('schema', 'system-schema-drift', `${table.name}.${column}`));
  for (const column of table.columns.keys())
    if (!isDeclared(collection, column))
      findings.push(failed('schema', 'system-schema-undeclared', `${table.name}.${column}`));
  const isKey =
    isUnique(table, collection.key) && collection.key.every((key) => table.columns.get(key)?.notNull === true);
  if (!isKey && collection.key.every((key) => table.columns.has(key)))
    findings.push(failed('schema', 'system-key-unproved', `${table.name}.${collection.key.join('+')}`));
  if (findings.length === 0) findings.push({ what: 'schema', ok: true, where: table.name });
  const hidden = [...needed].filter((column) => table.columns.get(column)?.selectable === false);
  findings.push(...hidden.map((column) => failed('permission', 'system-permission', `${table.name}.${column}`)));
  if (table.rowsHidden) findings.push(failed('permission', 'system-rows-hidden', table.name));
  if (hidden.length === 0 && !table.rowsHidden) findings.push({ what: 'permission', ok: true, where: table.name });
  return findings;
}

function failed(what: Finding['what'], code: ErrorCode, where: string | undefined): Finding {
  return { what, ok: false, code, ...(where === undefined ? {} : { where }) };
}
