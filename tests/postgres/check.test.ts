/**
 * `check` tells everything that stands between the configuration and a complete answer, before a request does.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, databaseWith, fields, keyOf, register, type TestDatabase, to, users } from './database.ts';

const map = {
  version: 1,
  subject: 'users',
  collections: {
    users,
    notes: {
      ...register,
      table: 'public.notes',
      key: ['id'],
      reach: [{ via: [to('users', 'user_id')] }],
      fields: fields('id', 'user_id', 'body'),
    },
  },
};
const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
  CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint REFERENCES users, body text);
  INSERT INTO users VALUES (1, 'mari@x.example'); INSERT INTO notes VALUES (1, 1, 'a'), (2, 1, 'b');`;

describe('check', () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await databaseWith('check', schema);
  });
  afterEach(() => db.stop());

  const failures = async () => {
    const report = await db.open(map).check(context);
    expect(report.ok).toBe(report.findings.every(({ ok }) => ok));
    return report.findings.filter(({ ok }) => !ok).map(({ what, code, where }) => `${what} ${code} ${where}`);
  };
  const read = () =>
    db.open(map).read(context, { keys: keyOf('1'), want: 'content', sink: new MemorySink(keyOf('1')) });

  it('finds nothing where all is well, and says what it spoke to and until when it may', async () => {
    await db.admin.query(`ALTER ROLE ${db.role} VALID UNTIL '2030-06-30 12:00:00+00'`);
    expect(await failures()).toEqual([]);
    const report = await db.open(map).check(context);
    expect(report.server).toMatch(/^PostgreSQL 1\d/);
    expect(report.credentialsUntil).toBe('2030-06-30');
  });

  it('finds a role that could write', async () => {
    await db.admin.query(`GRANT UPDATE (body) ON notes TO ${db.role}`);
    expect(await failures()).toEqual(['read-only system-not-read-only public.notes']);
  });

  it('finds a superuser', async () => {
    await db.admin.query(`ALTER ROLE ${db.role} SUPERUSER`);
    expect(await failures()).toEqual(['read-only system-not-read-only superuser']);
  });

  it('finds columns that are missing, not declared and not readable, all at once', async () => {
    await db.admin.query('ALTER TABLE notes RENAME body TO text; ALTER TABLE users ADD phone text');
    await db.admin.query(`REVOKE SELECT ON users FROM ${db.role}; GRANT SELECT (id) ON users TO ${db.role}`);
    expect((await failures()).sort()).toEqual([
      'permission system-permission public.users.email',
      'schema system-schema-drift public.notes.body',
      'schema system-schema-undeclared public.notes.text',
      'schema system-schema-undeclared public.users.phone',
    ]);
    await expect(read()).rejects.toMatchObject({ code: 'system-permission', where: 'public.users.email' });
    await db.admin.query(`GRANT SELECT ON users TO ${db.role}`);
    await expect(read()).rejects.toMatchObject({ code: 'system-schema-drift', where: 'public.notes.body' });
  });

  it('finds a table that is missing', async () => {
    await db.admin.query('DROP TABLE notes');
    expect(await failures()).toEqual(['schema system-schema-drift public.notes']);
    await expect(read()).rejects.toMatchObject({ code: 'system-schema-drift', where: 'public.notes' });
  });

  it('finds a key that names no single row, and a read refuses to lose the second one', async () => {
    await db.admin.query('ALTER TABLE notes DROP CONSTRAINT notes_pkey; INSERT INTO notes VALUES (2, 1, $$second$$)');
    expect(await failures()).toEqual(['schema system-key-unproved public.notes.id']);
    await expect(read()).rejects.toMatchObject({ code: 'system-key-unproved', where: 'public.notes' });
  });

  it('finds row-level security that would hide rows, and a read refuses the incomplete answer', async () => {
    await db.admin.query(
      'ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY first_only ON notes USING (id = 1)',
    );
    expect(await failures()).toEqual(['permission system-rows-hidden public.notes']);
    await expect(read()).rejects.toMatchObject({ code: 'system-rows-hidden', where: 'public.notes' });
  });

  it('leaves no transaction that could write: the session itself refuses', async () => {
    await db.admin.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${db.role}`);
    await db.admin.query(`
      CREATE FUNCTION tamper() RETURNS bigint LANGUAGE plpgsql AS
        $$ BEGIN DELETE FROM public.notes_table; RETURN 1; END $$;
      ALTER TABLE notes RENAME TO notes_table;
      CREATE VIEW notes AS SELECT tamper() AS id, user_id, body FROM notes_table;
      GRANT SELECT ON notes TO ${db.role}; GRANT ALL ON notes_table TO ${db.role}`);
    const declared = { ...map, noPersonalData: { 'public.notes_table': 'Read through the view' } };
    const tampered = db
      .open(declared)
      .read(context, { keys: keyOf('1'), want: 'content', sink: new MemorySink(keyOf('1')) });
    await expect(tampered).rejects.toMatchObject({ code: 'system-failed', where: 'SQLSTATE 25006' });
    expect((await db.admin.query('SELECT 1 FROM notes_table')).rowCount).toBe(2);
  });

  it('says "credentials" for a wrong password and "unreachable" for a database that is not there', async () => {
    const wrong = new URL(db.url);
    wrong.password = 'wrong';
    const nowhere = new URL(db.url);
    nowhere.pathname = '/nowhere';
    for (const [url, what, code] of [
      [wrong.href, 'credentials', 'system-credentials'],
      [nowhere.href, 'reachable', 'system-unreachable'],
      [`${db.url}?sslmode=require`, 'reachable', 'system-tls'],
    ] as const) {
      const report = await db.open(map, { settings: { url } }).check(context);
      expect(report.findings).toContainEqual({ what, ok: false, code });
      expect(report.ok).toBe(false);
    }
  });
});
