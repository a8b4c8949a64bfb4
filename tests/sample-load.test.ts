import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { parse } from 'yaml';
import type { DataMap } from '../connectors/postgres/data-map.ts';
import { postgres } from '../connectors/postgres/index.ts';
import { codeOf } from '../src/errors.ts';
import { tombstone } from '../src/local/sample/cast.ts';
import { generateCompany } from '../src/local/sample/company.ts';
import {
  eraserRole,
  eraserUrl,
  type LoadReport,
  loadSampleCompany,
  readerRole,
  readerUrl,
} from '../src/local/sample/load.ts';
import { tables } from '../src/local/sample/tables.ts';
import { fromRoot } from '../src/root.ts';
import { context } from './postgres/database.ts';
import { eraserPassword, freshSampleCompany, readerPassword } from './support/sample-company.ts';
import { freshDatabase } from './support/servers.ts';

const company = generateCompany();
let databaseUrl: string;
let admin: pg.Client;
let first: LoadReport;

/** The rows of a statement, every value as the text PostgreSQL sends. */
async function texts(client: pg.Client, sql: string): Promise<(string | null)[][]> {
  const asText = { getTypeParser: () => (value: unknown) => String(value) };
  const result = await client.query({ text: sql, rowMode: 'array', types: asText });
  return result.rows;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

const tablesIn = (client: pg.Client) =>
  texts(client, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

beforeAll(async () => {
  ({ url: databaseUrl, report: first } = await freshSampleCompany('sample-load'));
  admin = await connect(databaseUrl);
});
afterAll(() => admin?.end());

describe('loading the sample company into a real PostgreSQL', () => {
  it('loads every row of every table', async () => {
    expect(first.outcome).toBe('loaded');
    for (const { name } of tables) {
      const counted = await texts(admin, `SELECT count(*) FROM public.${name}`);
      expect([name, counted]).toEqual([name, [[String(company[name].length)]]]);
    }
  });

  it('does nothing the second time, and says so', async () => {
    const before = await texts(admin, 'SELECT xmin, ctid FROM public.users ORDER BY id');
    const again = await loadSampleCompany({ databaseUrl, readerPassword });
    expect(again).toEqual({ ...first, outcome: 'already-loaded' });
    expect(await texts(admin, 'SELECT xmin, ctid FROM public.users ORDER BY id')).toEqual(before);
  });

  it('spoils no value on the way in: large numbers, decimals, bytes, emoji, control characters, lists', async () => {
    expect(await texts(admin, 'SELECT id, coalesce(volume::text, $$-$$) FROM playback_events ORDER BY id')).toEqual(
      company.playback_events.map((row) => [row.id, row.volume ?? '-']),
    );
    expect(await texts(admin, 'SELECT played_ms_total, gain FROM devices ORDER BY id')).toEqual(
      company.devices.map((row) => [row.played_ms_total, String(row.gain)]),
    );
    expect(await texts(admin, 'SELECT email, full_name, phone, avatar, to_json(tags) FROM users ORDER BY id')).toEqual(
      company.users.map((row) => [row.email, row.full_name, row.phone, row.avatar, JSON.stringify(row.tags)]),
    );
    expect(await texts(admin, 'SELECT body FROM support_notes ORDER BY id')).toEqual(
      company.support_notes.map((row) => [row.body]),
    );
    const settings = await texts(admin, 'SELECT settings FROM personal_settings ORDER BY user_id');
    expect(settings.map(([text]): unknown => JSON.parse(text ?? ''))).toEqual(
      company.personal_settings.map((row) => row.settings),
    );
  });

  it('has the keys and references that the rows were checked against', async () => {
    const constraints = await texts(
      admin,
      `SELECT conrelid::regclass, contype, to_json(ARRAY(SELECT attname FROM unnest(conkey) WITH ORDINALITY k(no, at)
         JOIN pg_attribute ON attrelid = conrelid AND attnum = k.no ORDER BY k.at)), confrelid::regclass
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f')`,
    );
    const expected = tables.flatMap(({ name, key, references }) => [
      [name, 'p', JSON.stringify(key), '-'],
      ...Object.entries(references).map(([column, to]) => [name, 'f', JSON.stringify([column]), to]),
    ]);
    expect(constraints.map(String).toSorted()).toEqual(expected.map(String).toSorted());
  });

  it('goes on with fresh ids after the loaded ones', async () => {
    for (const { name } of tables.filter((table) => table.identity)) {
      const [next] = await texts(
        admin,
        `SELECT nextval(pg_get_serial_sequence('${name}', 'id')) > max(id) FROM ${name}`,
      );
      expect([name, next]).toEqual([name, ['t']]);
    }
  });

  it('has an index for every step by which the data map looks a person up', async () => {
    const map = await dataMap();
    const leading = new Set(
      (
        await texts(
          admin,
          `SELECT indrelid::regclass || '.' || coalesce(attname, pg_get_indexdef(indexrelid, 1, true))
           FROM pg_index LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] AND attnum > 0
           WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)`,
        )
      ).map(([name]) => name),
    );
    const needed = Object.entries(map.collections).flatMap(([name, collection]) => [
      ...(collection.reach ?? []).flatMap(({ via }) =>
        via.flatMap((hop, n) => [
          `${n === 0 ? name : via[n - 1]?.to}.${hop.columns[0]}`,
          `${hop.to}.${hop.toColumns[0]}`,
        ]),
      ),
      ...(collection.identifiers ?? []).flatMap(({ column, caseInsensitive }) => [
        `${name}.${column}`,
        ...(caseInsensitive === true ? [`${name}.lower(${column})`] : []),
      ]),
    ]);
    expect(needed.length).toBeGreaterThan(40);
    expect(needed.filter((step) => !leading.has(step))).toEqual([]);
  });
});

describe('habeas_reader', () => {
  let reader: pg.Client;
  beforeAll(async () => {
    reader = await connect(readerUrl(databaseUrl, readerPassword));
  });
  afterAll(() => reader?.end());

  it('reads every table and column that the data map names', async () => {
    for (const collection of Object.values((await dataMap()).collections)) {
      const columns = Object.keys(collection.fields).join(', ');
      await expect(reader.query(`SELECT ${columns} FROM ${collection.table} LIMIT 1`)).resolves.toMatchObject({
        rowCount: 1,
      });
    }
  });

  it('has SELECT on the mapped tables and no other privilege on any table or sequence', async () => {
    const granted = await texts(
      admin,
      `SELECT relname, privilege_type FROM pg_class, aclexplode(relacl)
       WHERE grantee = '${readerRole}'::regrole ORDER BY relname`,
    );
    expect(granted).toEqual(
      tables
        .map(({ name }) => name)
        .toSorted()
        .map((name) => [name, 'SELECT']),
    );
    const attributes = await texts(
      admin,
      `SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = '${readerRole}'`,
    );
    expect(attributes).toEqual([['f', 'f', 'f', 'f', 'f']]);
  });

  it('is in a read-only transaction unless it says otherwise, and may write nothing when it does', async () => {
    const refused = async (sql: string): Promise<string | undefined> => {
      const error = await thrownBy(reader.query(sql));
      return error instanceof pg.DatabaseError ? error.code : undefined;
    };
    const writes = tables.flatMap(({ name, key }) => [
      `INSERT INTO public.${name} SELECT * FROM public.${name} LIMIT 1`,
      `UPDATE public.${name} SET ${key[0]} = ${key[0]}`,
      `DELETE FROM public.${name}`,
      `TRUNCATE public.${name}`,
    ]);
    // 25006: read-only transaction; TRUNCATE and friends are refused for lack of privilege first.
    for (const sql of writes) expect(['25006', '42501']).toContain(await refused(sql));
    await reader.query('SET default_transaction_read_only = off');
    for (const sql of [
      ...writes,
      'CREATE TABLE public.mine (x int)',
      'CREATE SCHEMA mine',
      'SELECT * FROM habeas_sample.loaded',
    ]) {
      expect([sql, await refused(sql)]).toEqual([sql, '42501']);
    }
  });
});

describe('habeas_eraser', () => {
  it('has what the data map erases, corrects and ends, and no other privilege: DELETE where rows go, UPDATE of the columns that are changed', async () => {
    const granted = await texts(
      admin,
      `SELECT c.relname::text, p.privilege_type
         FROM pg_class c, aclexplode(c.relacl) p
        WHERE p.grantee = '${eraserRole}'::regrole AND p.privilege_type <> 'SELECT'
        UNION ALL
       SELECT c.relname || '.' || a.attname, p.privilege_type
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) p
        WHERE p.grantee = '${eraserRole}'::regrole`,
    );
    const needed = Object.entries((await dataMap()).collections).flatMap(([name, collection]) => {
      const { erase, role, rectify, suppress, workspace } = collection;
      const columns = new Set([...Object.values(rectify ?? {}), ...Object.keys(suppress ?? {})]);
      // What the company processes for a customer goes with the customer's whole workspace, and for nobody else.
      if (erase !== undefined && role !== 'processor')
        for (const [column, strategy] of Object.entries(erase.fields ?? {}))
          if (strategy !== 'keep') columns.add(column);
      const goes = role === 'processor' ? workspace !== undefined : erase?.whole === 'delete';
      return [...(goes ? [[name, 'DELETE']] : []), ...[...columns].map((column) => [`${name}.${column}`, 'UPDATE'])];
    });
    expect(granted.map(String).toSorted()).toEqual(needed.map(String).toSorted());
    const attributes = await texts(
      admin,
      `SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = '${eraserRole}'`,
    );
    expect(attributes).toEqual([['f', 'f', 'f', 'f', 'f']]);
  });

  it('is all that the connector asks for, and the row that stands for the erased is there', async () => {
    const settings = {
      url: readerUrl(databaseUrl, readerPassword),
      eraseUrl: eraserUrl(databaseUrl, eraserPassword),
    };
    const config = { id: context.systemId, name: 'Accounts', settings, dataMap: await dataMap() };
    const system = postgres.open({ ...config, rate: {}, concurrency: undefined });
    try {
      const report = await system.check(context);
      expect(report.findings.filter(({ ok }) => !ok)).toEqual([]);
      expect((await system.mapCheck?.(context))?.findings.filter(({ note }) => !note)).toEqual([]);
    } finally {
      await system.close();
    }
  });

  it('has nothing of anybody in the tombstone row, and no other row is its', async () => {
    const map = await dataMap();
    expect(map.tombstone).toEqual({ id: tombstone.userId });
    const naming = tables.flatMap(({ name, references }) =>
      Object.entries(references).flatMap(([column, to]) => (to === 'users' ? [[name, column]] : [])),
    );
    for (const [table, column] of naming)
      expect(await texts(admin, `SELECT count(*) FROM ${table} WHERE ${column} = ${tombstone.userId}`)).toEqual([
        ['0'],
      ]);
  });
});

describe('a database that is not an empty one', () => {
  it('is left alone where it has tables of somebody else', async () => {
    const { url } = await freshDatabase('sample-foreign');
    const other = await connect(url);
    try {
      await other.query('CREATE TABLE precious (x int)');
      const error = await thrownBy(loadSampleCompany({ databaseUrl: url }));
      expect(codeOf(error)).toBe('sample-database-in-use');
      expect(await tablesIn(other)).toEqual([['precious']]);
    } finally {
      await other.end();
    }
  });

  it('gets the new rows in place of the old where it holds another version of the sample', async () => {
    const { url } = await freshDatabase('sample-replace');
    const old = await loadSampleCompany({ databaseUrl: url, seed: 'an older sample' });
    const now = await loadSampleCompany({ databaseUrl: url });
    expect([old.outcome, now.outcome]).toEqual(['loaded', 'replaced']);
    expect(now.version).toBe(first.version);
    const client = await connect(url);
    try {
      expect(await texts(client, 'SELECT public_id FROM users ORDER BY id')).toEqual(
        company.users.map((user) => [user.public_id]),
      );
    } finally {
      await client.end();
    }
  });

  it('holds nothing of a load that failed at its last step', async () => {
    const { url } = await freshDatabase('sample-fail');
    const client = await connect(url);
    try {
      await client.query('CREATE SCHEMA habeas_sample; CREATE TABLE habeas_sample.loaded (version int)');
      expect(await thrownBy(loadSampleCompany({ databaseUrl: url }))).toBeInstanceOf(Error);
      expect(await tablesIn(client)).toEqual([]);
    } finally {
      await client.end();
    }
  });

  it('is told apart by code from one that cannot be reached and one that refuses the password', async () => {
    const nobody = new URL(databaseUrl);
    nobody.port = '1';
    expect(codeOf(await thrownBy(loadSampleCompany({ databaseUrl: nobody.href })))).toBe('system-unreachable');
    const wrong = new URL(databaseUrl);
    wrong.password = 'wrong';
    expect(codeOf(await thrownBy(loadSampleCompany({ databaseUrl: wrong.href })))).toBe('system-credentials');
  });
});

async function dataMap(): Promise<DataMap> {
  return parse(await readFile(fromRoot('examples', 'sample-company', 'account-db.map.yaml'), 'utf8'));
}
