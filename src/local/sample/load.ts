/**
 * Loads the sample company into a PostgreSQL database of one's own: schema, grants for `habeas_reader`, rows, and a mark
 * in a schema of its own that says which sample it is, all in one transaction. A second call finds the mark and does
 * nothing; a mark of another sample version replaces the tables. It never touches a `public` schema that has tables but
 * no mark: then it fails with `sample-database-in-use`. Fails as a whole or not at all.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { HabeasError } from '../../errors.ts';
import { fromRoot } from '../../root.ts';
import { companyDigest, generateCompany } from './company.ts';
import { sampleSeed } from './prng.ts';
import { type TableName, tables } from './tables.ts';

export interface LoadOptions {
  /** A database to fill, as an administrator (superuser) of the local server. */
  readonly databaseUrl: string;
  /** Given to `habeas_reader`, so that it can log in; left as it is where absent. One role serves the whole server. */
  readonly readerPassword?: string;
  readonly seed?: string;
}

export interface LoadReport {
  /** `already-loaded`: this very sample was there, nothing was changed. */
  readonly outcome: 'loaded' | 'already-loaded' | 'replaced';
  /** Names schema, grants and rows: SHA-256, hexadecimal. */
  readonly version: string;
  readonly rows: Readonly<Record<string, number>>;
}

/** The role that the grants script makes. */
export const readerRole = 'habeas_reader';

/** The same database as `databaseUrl`, seen by the least-privilege role. */
export function readerUrl(databaseUrl: string, readerPassword: string): string {
  const url = new URL(databaseUrl);
  url.username = readerRole;
  url.password = readerPassword;
  return url.href;
}

const folder = ['examples', 'sample-company'];
/** Rows in one statement: bounds the statement's text, not the result. */
const batch = 2_000;

/** Names the sample that is loaded today: one that was loaded under another name is replaced whole. */
export async function sampleVersion(): Promise<string> {
  return (await sampleOf(sampleSeed)).version;
}

async function sampleOf(seed: string) {
  const schema = await readFile(fromRoot(...folder, 'account-db.sql'), 'utf8');
  const grants = await readFile(fromRoot(...folder, 'account-db-grants.sql'), 'utf8');
  const company = generateCompany(seed);
  const version = createHash('sha256').update(schema).update(grants).update(companyDigest(company)).digest('hex');
  return { schema, grants, company, version };
}

export async function loadSampleCompany(options: LoadOptions): Promise<LoadReport> {
  const { schema, grants, company, version } = await sampleOf(options.seed ?? sampleSeed);
  const rows = Object.fromEntries(tables.map(({ name }) => [name, company[name].length]));

  const client = new pg.Client({ connectionString: options.databaseUrl, application_name: 'habeas sample company' });
  try {
    await client.connect();
  } catch (cause) {
    const refused = cause instanceof pg.DatabaseError && cause.code?.startsWith('28') === true;
    throw new HabeasError(refused ? 'system-credentials' : 'system-unreachable', {
      where: 'sample company database',
      cause,
    });
  }
  try {
    await client.query('BEGIN');
    // Two loaders of one database, and two databases of one server (roles belong to the server), take turns here.
    await client.query('LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE');
    const found = await markOf(client);
    if (found === version) {
      await setPassword(client, options.readerPassword);
      await client.query('COMMIT');
      return { outcome: 'already-loaded', version, rows };
    }
    if (found === undefined) await refuseForeignTables(client);
    else await client.query(`DROP TABLE IF EXISTS ${tables.map(({ name }) => `public.${name}`).join(', ')}`);

    await client.query('SET LOCAL search_path = public');
    await client.query(schema);
    await client.query(grants);
    await setPassword(client, options.readerPassword);
    for (const table of tables) await insert(client, table.name, company[table.name]);
    for (const table of tables) if (table.identity) await moveSequence(client, table.name);
    await client.query(
      `CREATE SCHEMA IF NOT EXISTS habeas_sample;
       CREATE TABLE IF NOT EXISTS habeas_sample.loaded (version text NOT NULL);
       DELETE FROM habeas_sample.loaded`,
    );
    await client.query('INSERT INTO habeas_sample.loaded (version) VALUES ($1)', [version]);
    await client.query('COMMIT');
    await client.query('ANALYZE');
    return { outcome: found === undefined ? 'loaded' : 'replaced', version, rows };
  } finally {
    // Ends an open transaction with the connection: nothing of a failed load stays.
    await client.end();
  }
}

async function markOf(client: pg.Client): Promise<string | undefined> {
  const exists = await client.query<{ there: boolean }>(
    "SELECT to_regclass('habeas_sample.loaded') IS NOT NULL AS there",
  );
  if (exists.rows[0]?.there !== true) return undefined;
  const mark = await client.query<{ version: string }>('SELECT version FROM habeas_sample.loaded');
  return mark.rows[0]?.version;
}

async function refuseForeignTables(client: pg.Client): Promise<void> {
  const foreign = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
     ORDER BY relname LIMIT 1`,
  );
  const first = foreign.rows[0];
  if (first !== undefined) throw new HabeasError('sample-database-in-use', { where: `public.${first.relname}` });
}

/** PostgreSQL reads every value by its column's own input function, so nothing passes through a JavaScript number. */
async function insert(client: pg.Client, table: TableName, rows: readonly object[]): Promise<void> {
  for (let from = 0; from < rows.length; from += batch) {
    await client.query(`INSERT INTO public.${table} SELECT * FROM json_populate_recordset(NULL::public.${table}, $1)`, [
      JSON.stringify(rows.slice(from, from + batch)),
    ]);
  }
}

async function moveSequence(client: pg.Client, table: TableName): Promise<void> {
  await client.query(
    `SELECT setval(pg_get_serial_sequence('public.${table}', 'id'), (SELECT max(id) FROM public.${table}))`,
  );
}

async function setPassword(client: pg.Client, password: string | undefined): Promise<void> {
  if (password === undefined) return;
  await client.query(`ALTER ROLE ${readerRole} PASSWORD ${client.escapeLiteral(password)}`);
}
