/**
 * Where the data map erases, `check` tells everything that stands between a plan and its being carried out: the login, each
 * right of it by name, and the row that references fall to. That row itself is nobody's.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, databaseWith, fields, keyOf, register, type TestDatabase, to, users } from './database.ts';

const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
  CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, added_by bigint NOT NULL REFERENCES users, body text);
  CREATE TABLE shifts (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
  INSERT INTO users VALUES (1, 'nobody@x.example'), (2, 'mari@x.example');
  INSERT INTO notes VALUES (1, 1, 1, 'of somebody erased'), (2, 2, 1, 'hers');`;

const map = {
  version: 1,
  subject: 'users',
  tombstone: { id: '1' },
  collections: {
    users: { ...users, erase: { whole: 'delete' } },
    notes: {
      ...register,
      table: 'public.notes',
      key: ['id'],
      identifiers: [{ column: 'body', kind: 'phrase', match: 'proof' }],
      reach: [{ via: [to('users', 'user_id')] }],
      references: [{ columns: ['added_by'], toColumns: ['id'] }],
      erase: { whole: 'delete', fields: { added_by: 'tombstone', body: 'keep' } },
      fields: fields('id', 'user_id', 'added_by', 'body'),
    },
    shifts: {
      ...register,
      table: 'public.shifts',
      key: ['id'],
      role: 'processor',
      reach: [{ via: [to('users', 'user_id')] }],
      erase: { whole: 'delete' },
      fields: fields('id', 'user_id'),
    },
  },
};

describe('check of a system that erases', () => {
  let db: TestDatabase;
  let eraser: string;
  let eraseUrl: string;
  beforeEach(async () => {
    db = await databaseWith('checkerase', schema);
    eraser = `e_${randomBytes(6).toString('hex')}`;
    await db.admin.query(`
      CREATE ROLE ${eraser} LOGIN PASSWORD 'eraser'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${eraser};
      GRANT DELETE ON users, notes TO ${eraser}; GRANT UPDATE (added_by) ON notes TO ${eraser};`);
    const url = new URL(db.url);
    url.username = eraser;
    url.password = 'eraser';
    eraseUrl = url.href;
  });
  afterEach(async () => {
    await db.admin.query(`DROP OWNED BY ${eraser}; DROP ROLE ${eraser}`);
    await db.stop();
  });

  const open = (eraseWith: string | undefined = eraseUrl) =>
    db.open(map, { settings: { url: db.url, ...(eraseWith === undefined ? {} : { eraseUrl: eraseWith }) } });
  async function failures(eraseWith?: string) {
    const report = await open(eraseWith).check(context);
    expect(report.ok).toBe(report.findings.every(({ ok }) => ok));
    return report.findings.filter(({ ok }) => !ok).map(({ what, code, where }) => `${what} ${code} ${where}`);
  }

  it('finds nothing where all is well, and says which tables the login may erase in', async () => {
    expect(await failures()).toEqual([]);
    const { findings } = await open().check(context);
    expect(findings).toContainEqual({ what: 'schema', ok: true, where: 'public.users (tombstone)' });
    const erasable = findings.filter(({ what, where }) => what === 'permission' && where?.includes('eraseUrl'));
    // What is held as a processor is referred: nothing of it is erased, and no right is needed.
    expect(erasable.map(({ where }) => where)).toEqual([
      'public.users (settings.eraseUrl)',
      'public.notes (settings.eraseUrl)',
    ]);
  });

  it('finds that no login is given, and still only the reader of a map that erases nothing', async () => {
    const report = await db.open(map, { settings: { url: db.url } }).check(context);
    expect(report.findings.filter(({ ok }) => !ok)).toEqual([
      { what: 'permission', ok: false, code: 'erase-login-missing', where: 'settings.eraseUrl' },
    ]);
    const { notes, shifts } = map.collections;
    const { erase: _, references: __, ...plain } = notes;
    const { erase: ___, ...account } = map.collections.users;
    const silent = { ...map, collections: { users: account, notes: plain, shifts } };
    expect(await db.open(silent, { settings: { url: db.url } }).check(context)).toMatchObject({ ok: true });
  });

  it('names each right that is missing', async () => {
    await db.admin.query(`
      REVOKE DELETE ON notes FROM ${eraser}; REVOKE UPDATE (added_by) ON notes FROM ${eraser};
      REVOKE SELECT ON users FROM ${eraser}; GRANT SELECT (id) ON users TO ${eraser}`);
    expect(await failures()).toEqual([
      'permission erase-permission public.users.email (SELECT)',
      'permission erase-permission public.notes (DELETE)',
      'permission erase-permission public.notes.added_by (UPDATE)',
    ]);
  });

  it('finds rows that the login would not see', async () => {
    await db.admin.query(`
      ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY first_only ON notes TO ${eraser} USING (id = 1);
      ALTER ROLE ${db.role} BYPASSRLS`);
    expect(await failures()).toEqual(['permission system-rows-hidden public.notes (settings.eraseUrl)']);
  });

  it('still demands that the reading login cannot write', async () => {
    await db.admin.query(`GRANT DELETE ON notes TO ${db.role}`);
    expect(await failures()).toEqual(['read-only system-not-read-only public.notes']);
  });

  it('finds a login that is refused, one of a server that is not there, and one of another database', async () => {
    const changed = (change: (url: URL) => void) => {
      const url = new URL(eraseUrl);
      change(url);
      return url.href;
    };
    const wrong = changed((url) => {
      url.password = 'wrong';
    });
    expect(await failures(wrong)).toEqual(['credentials system-credentials settings.eraseUrl']);
    const nowhere = changed((url) => {
      url.pathname = '/nowhere';
    });
    expect(await failures(nowhere)).toEqual(['reachable system-unreachable settings.eraseUrl']);
    const other = changed((url) => {
      url.pathname = '/postgres';
    });
    expect(await failures(other)).toEqual(['credentials erase-login-elsewhere settings.eraseUrl']);
  });

  it('finds that the tombstone row is missing', async () => {
    await db.admin.query('DELETE FROM notes; DELETE FROM users WHERE id = 1');
    expect(await failures()).toEqual(['schema tombstone-missing public.users']);
  });
});

describe('the tombstone row', () => {
  it('is nobody: it answers to no identifier, is no candidate, and cannot be accepted', async () => {
    const db = await databaseWith('tombstone', schema);
    const system = db.open(map);
    const row = { collection: 'users', key: [['id', '1']] } as const;
    const asked = (kind: string, value: string, accepted: readonly (typeof row)[] = []) =>
      system.locate(context, { identifiers: [{ kind, value, source: 'request' }], accepted, rejected: [] });
    const nothing = { keys: [], candidates: [], learnt: [] };
    expect(await asked('email', 'nobody@x.example')).toEqual(nothing);
    // A record that fell to it proves nothing either.
    expect(await asked('phrase', 'of somebody erased')).toEqual(nothing);
    expect(await asked('email', 'nobody@x.example', [row])).toEqual(nothing);
    expect((await asked('phrase', 'hers')).keys).toEqual([
      { collection: 'users', key: [['id', '2']], provedBy: 'phrase' },
    ]);
    // Whoever says all the same that it is somebody is not given what it reaches.
    const reading = system.read(context, { keys: keyOf('1'), want: 'facts', sink: new MemorySink(keyOf('1')) });
    await expect(reading).rejects.toMatchObject({ code: 'record-mismatch', where: 'users' });
    await db.stop();
  });
});
