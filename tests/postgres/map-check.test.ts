/**
 * `mapCheck` against a real catalogue: what is not declared, not there, leads nowhere or would read a whole table is told
 * all at once, each with its place and what to write; and what is not declared refuses `locate` and `read`.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, databaseWith, fields, keyOf, register, type TestDatabase, to, users } from './database.ts';

const notes = {
  ...register,
  table: 'public.notes',
  key: ['id'],
  reach: [{ via: [to('users', 'user_id')] }],
  fields: fields('id', 'user_id', 'body'),
};
const map = { version: 1, subject: 'users', collections: { users, notes } };

const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
  CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint REFERENCES users, body text);
  CREATE INDEX notes_user ON notes (user_id);
  INSERT INTO users VALUES (1, 'mari@x.example'); INSERT INTO notes VALUES (1, 1, 'a'), (2, 1, 'b');`;

let db: TestDatabase;
beforeEach(async () => {
  db = await databaseWith('mapcheck', schema);
});
afterEach(() => db.stop());

async function report(dataMap: unknown = map) {
  const answer = await db.open(dataMap).mapCheck?.(context);
  if (answer === undefined) throw new Error('the connector compares no data map');
  expect(answer.ok).toBe(answer.findings.every(({ note }) => note));
  return answer;
}
const told = async (dataMap: unknown = map) =>
  (await report(dataMap)).findings.map(({ code, place, note }) => `${note ? 'note ' : ''}${code} ${place}`).sort();
const withNotes = (change: object) => ({ ...map, collections: { users, notes: { ...notes, ...change } } });
const locate = (dataMap: unknown = map) =>
  db.open(dataMap).locate(context, {
    identifiers: [{ kind: 'email', value: 'mari@x.example', source: 'request' }],
    accepted: [],
    rejected: [],
  });
const read = (dataMap: unknown = map) =>
  db.open(dataMap).read(context, { keys: keyOf('1'), want: 'content', sink: new MemorySink(keyOf('1')) });

describe('a data map that agrees with the schema', () => {
  it('has no findings, and the report says how much was compared', async () => {
    expect(await report()).toEqual({ ok: true, findings: [], compared: { tables: 2, columns: 5, lookups: 3 } });
  });
});

describe('what the data map does not declare', () => {
  it('is told by name: a column, a table, a view, a partitioned table once and its partitions never', async () => {
    await db.admin.query(`
      ALTER TABLE users ADD shoe_size int;
      CREATE TABLE leads (email text);
      CREATE VIEW people AS SELECT email FROM users;
      CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM users;
      CREATE TABLE plays (id bigint, at date) PARTITION BY RANGE (at);
      CREATE TABLE plays_2026 PARTITION OF plays FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');`);
    expect(await told()).toEqual([
      'system-schema-undeclared public.leads',
      'system-schema-undeclared public.people',
      'system-schema-undeclared public.plays',
      'system-schema-undeclared public.totals',
      'system-schema-undeclared public.users.shoe_size',
    ]);
    const shoes = (await report()).findings.find(({ place }) => place === 'public.users.shoe_size');
    expect(shoes?.remedy).toContain('`shoe_size` to `fields` of `users`');
  });

  it.each([
    ['locate', locate],
    ['read', read],
  ] as const)('refuses %s with the name of the column, and of the table', async (_, stage) => {
    await stage();
    await db.admin.query('ALTER TABLE notes ADD mood text');
    await expect(stage()).rejects.toMatchObject({ code: 'system-schema-undeclared', where: 'public.notes.mood' });
    const declared = withNotes({ fields: fields('id', 'user_id', 'body', 'mood') });
    await stage(declared);
    await db.admin.query('CREATE TABLE leads (email text)');
    await expect(stage(declared)).rejects.toMatchObject({ code: 'system-schema-undeclared', where: 'public.leads' });
    expect((await db.open(declared).check(context)).findings).toContainEqual({
      what: 'schema',
      ok: false,
      code: 'system-schema-undeclared',
      where: 'public.leads',
    });
  });

  it('is settled by a declaration that it holds no personal data; a column so declared is never read', async () => {
    await db.admin.query('ALTER TABLE notes ADD shard int DEFAULT 7; CREATE TABLE vat_rates (country text)');
    await db.admin.query(
      `REVOKE SELECT ON notes FROM ${db.role}; GRANT SELECT (id, user_id, body) ON notes TO ${db.role}`,
    );
    const declared = {
      ...withNotes({ noPersonalData: { shard: 'Where the row is stored' } }),
      noPersonalData: { 'public.vat_rates': 'Rates of countries' },
    };
    expect(await told(declared)).toEqual([]);
    const sink = new MemorySink(keyOf('1'));
    await db.open(declared).read(context, { keys: keyOf('1'), want: 'content', sink });
    expect(JSON.stringify(sink)).not.toContain('shard');
    await locate(declared);
  });

  it('is looked for in every schema that the login may use, unless the data map lists the schemas', async () => {
    await db.admin.query(`CREATE SCHEMA crm; CREATE TABLE crm.leads (email text);
      CREATE SCHEMA vault; CREATE TABLE vault.secrets (email text); GRANT USAGE ON SCHEMA crm TO ${db.role}`);
    expect(await told()).toEqual(['note map-schema-unseen vault', 'system-schema-undeclared crm.leads']);
    await expect(locate()).rejects.toMatchObject({ where: 'crm.leads' });
    expect(await told({ ...map, schemas: ['public'] })).toEqual([]);
    await locate({ ...map, schemas: ['public'] });
    expect(await told({ ...map, schemas: ['vault', 'publik'] })).toEqual([
      'system-schema-drift publik',
      'system-schema-undeclared vault.secrets',
    ]);
  });

  it('is not mixed up with what JavaScript objects have by themselves', async () => {
    await db.admin.query('ALTER TABLE users ADD "constructor" text');
    expect(await told()).toEqual(['system-schema-undeclared public.users.constructor']);
  });
});

describe('what the data map names', () => {
  it('is told where it is not there: a table, a column, a path over the column, a stale declaration as a note', async () => {
    await db.admin.query('ALTER TABLE notes RENAME user_id TO account_id');
    expect(await told({ ...map, noPersonalData: { 'public.gone': 'It held rates' } })).toEqual([
      'map-path-dangling notes.reach[0].via[0]',
      'note map-declaration-stale public.gone',
      'system-schema-drift public.notes.user_id',
      'system-schema-undeclared public.notes.account_id',
    ]);
    await db.admin.query('DROP TABLE notes');
    expect(await told()).toEqual(['system-schema-drift public.notes']);
  });

  it('is told where its types can never be equal, or are none that a person can be found by', async () => {
    await db.admin.query(`
      ALTER TABLE notes DROP CONSTRAINT notes_user_id_fkey, ALTER user_id TYPE uuid USING NULL;
      ALTER TABLE users ALTER email TYPE varchar, ADD born date; CREATE INDEX ON users (born)`);
    const born = {
      ...users,
      identifiers: [...users.identifiers, { column: 'born', kind: 'born', match: 'candidate' }],
      fields: fields('id', 'email', 'born'),
    };
    const findings = (await report({ ...map, collections: { users: born, notes } })).findings;
    expect(findings.map(({ code, place }) => `${code} ${place}`).sort()).toEqual([
      'map-index-missing public.notes.user_id',
      'map-path-dangling notes.reach[0].via[0]',
      'system-schema-drift public.users.born',
    ]);
    expect(findings.find(({ code }) => code === 'map-path-dangling')?.remedy).toContain('(uuid)');
  });

  it('is told where a path ends at what several people may share', async () => {
    await db.admin.query(`ALTER TABLE users DROP CONSTRAINT users_email_key; CREATE INDEX ON users (email);
      ALTER TABLE notes ADD email text; CREATE INDEX ON notes (email)`);
    const byEmail = withNotes({
      reach: [{ via: [{ columns: ['email'], to: 'users', toColumns: ['email'] }] }],
      fields: fields('id', 'user_id', 'body', 'email'),
    });
    expect(await told(byEmail)).toEqual(['map-path-dangling notes.reach[0].via[0]']);
    await db.admin.query('CREATE UNIQUE INDEX ON users (email)');
    expect(await told(byEmail)).toEqual([]);
  });

  it('is told where its key names no single row', async () => {
    await db.admin.query('ALTER TABLE notes DROP CONSTRAINT notes_pkey');
    expect(await told()).toEqual(['system-key-unproved public.notes.id']);
  });
});

describe('an index that is missing', () => {
  const bigger = `INSERT INTO notes SELECT n, 1, 'x' FROM generate_series(3, 10_100) n; ANALYZE`;

  it('fails with the statement that makes it; of a small table it is a note, of one never analysed it is not', async () => {
    await db.admin.query('DROP INDEX notes_user');
    expect(await told()).toEqual(['map-index-missing public.notes.user_id']);
    await db.admin.query('ANALYZE');
    expect(await told()).toEqual(['note map-index-missing public.notes.user_id']);
    await db.admin.query(bigger);
    const { findings } = await report();
    expect(findings).toMatchObject([{ code: 'map-index-missing', place: 'public.notes.user_id', note: false }]);
    const statement = /CREATE INDEX .*;$/.exec(findings[0]?.remedy ?? '')?.[0] ?? '';
    await db.admin.query(statement);
    expect(await told()).toEqual([]);
  });

  // What looks like an index and is not used, and what is. The planner itself is asked whether the check is right.
  const cases: readonly (readonly [index: string, serves: boolean])[] = [
    ['CREATE INDEX i ON notes (user_id)', true],
    ['CREATE INDEX i ON notes (user_id, id)', true],
    ['CREATE INDEX i ON notes USING hash (user_id)', true],
    ['CREATE INDEX i ON notes (user_id) WHERE user_id IS NOT NULL', true],
    ['CREATE INDEX i ON notes (body, user_id)', false],
    ['CREATE INDEX i ON notes (user_id) WHERE id > 0', false],
    ['CREATE INDEX i ON notes USING brin (user_id)', false],
    ['CREATE INDEX i ON notes ((user_id + 0))', false],
  ];
  it.each(cases)('is judged as the planner does: %s', async (index, serves) => {
    await db.admin.query(`DROP INDEX notes_user; ${index}; ${bigger}`);
    expect(await told()).toEqual(serves ? [] : ['map-index-missing public.notes.user_id']);
    if (/brin|body/.test(index)) return;
    await db.admin.query('SET enable_seqscan = off');
    const { rows } = await db.admin.query('EXPLAIN SELECT 1 FROM notes WHERE user_id = 5::bigint AND body IS NOT NULL');
    expect(
      rows.some((row) => String(row['QUERY PLAN']).includes('on i') || / i /.test(String(row['QUERY PLAN']))),
    ).toBe(serves);
  });

  it.each([
    ['text', 'CREATE INDEX ON users (lower(email))', true],
    ['varchar(200)', 'CREATE INDEX ON users (lower(email))', true],
    ['text', 'CREATE INDEX ON users (lower(email)) WHERE email IS NOT NULL', true],
    ['text', 'CREATE INDEX ON users (lower(email) COLLATE "C")', false],
    ['text', 'CREATE INDEX ON users (upper(email))', false],
    ['text', 'SELECT 1', false],
  ])('for other letter case fits the look-up that is made: %s, %s', async (type, index, serves) => {
    await db.admin.query(`ALTER TABLE users ALTER email TYPE ${type}; ${index}`);
    const anyCase = {
      ...users,
      identifiers: [{ column: 'email', kind: 'email', match: 'proof', caseInsensitive: true }],
    };
    const dataMap = { ...map, collections: { users: anyCase, notes } };
    // Making an index counts the rows, so that two of them are few enough for a note.
    const missing = (await told(dataMap)).map((line) => line.replace('note ', ''));
    expect(missing).toEqual(serves ? [] : ['map-index-missing public.users.lower(email)']);
    await locate(dataMap);
  });

  it('is needed on the side of a join that is compared as text only as text', async () => {
    await db.admin.query(`ALTER TABLE users ADD public_id uuid UNIQUE; ALTER TABLE notes ADD who text;
      CREATE INDEX ON notes (who); CREATE TABLE marks (id bigint PRIMARY KEY, who uuid, note text); CREATE INDEX ON marks (who);
      CREATE TABLE tags (id bigint PRIMARY KEY, note_id bigint, no text UNIQUE); CREATE INDEX ON tags (no);
      CREATE TABLE uses (id bigint PRIMARY KEY, tag bigint); CREATE INDEX ON uses (tag); GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${db.role}`);
    const subject = {
      ...users,
      identifiers: [...users.identifiers, { column: 'public_id', kind: 'public_id', match: 'proof' }],
      fields: fields('id', 'email', 'public_id'),
    };
    const collection = (table: string, reach: unknown, ...names: string[]) => ({
      ...register,
      table: `public.${table}`,
      key: ['id'],
      reach,
      fields: fields('id', ...names),
    });
    const collections = {
      users: subject,
      notes: collection(
        'notes',
        [{ via: [{ columns: ['who'], to: 'users', toColumns: ['public_id'] }] }],
        'user_id',
        'body',
        'who',
      ),
      marks: collection(
        'marks',
        [{ via: [{ columns: ['who'], to: 'users', toColumns: ['public_id'] }] }],
        'who',
        'note',
      ),
      tags: {
        ...collection(
          'tags',
          [
            {
              via: [
                { columns: ['note_id'], to: 'notes', toColumns: ['id'] },
                { columns: ['who'], to: 'users', toColumns: ['public_id'] },
              ],
            },
          ],
          'note_id',
          'no',
        ),
      },
      uses: {
        ...collection(
          'uses',
          [
            {
              via: [
                { columns: ['tag'], to: 'tags', toColumns: ['no'] },
                { columns: ['note_id'], to: 'notes', toColumns: ['id'] },
                { columns: ['who'], to: 'users', toColumns: ['public_id'] },
              ],
            },
          ],
          'tag',
        ),
      },
    };
    // `tags.note_id` has none at all; `uses.tag` is a number compared with text, so that its own index is of no use.
    expect(await told({ ...map, collections })).toEqual([
      'map-index-missing public.tags.note_id',
      'map-index-missing public.uses.tag',
    ]);
    const { findings } = await report({ ...map, collections });
    const statement = findings.find(({ place }) => place === 'public.uses.tag')?.remedy ?? '';
    expect(statement).toContain('((tag::text))');
    for (const { remedy } of findings) await db.admin.query(/CREATE INDEX .*;$/.exec(remedy)?.[0] ?? '');
    expect(await told({ ...map, collections })).toEqual([]);
  });

  it('cannot be seen behind a view, which is a note; a partitioned table is judged by all its partitions', async () => {
    await db.admin.query(`ALTER TABLE notes RENAME TO stored; CREATE VIEW notes AS SELECT * FROM stored;
      CREATE TABLE plays (id bigint, user_id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE plays_1 PARTITION OF plays FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${db.role}; ANALYZE`);
    const plays = {
      ...notes,
      table: 'public.plays',
      key: ['id', 'at'],
      fields: fields('id', 'user_id', 'at'),
    };
    const dataMap = {
      ...map,
      collections: { users, notes, plays },
      noPersonalData: { 'public.stored': 'Read by the view' },
    };
    expect(await told(dataMap)).toEqual([
      'note map-index-missing public.notes.user_id',
      'note map-index-missing public.plays.user_id',
      'system-key-unproved public.notes.id',
    ]);
    await db.admin.query(
      `INSERT INTO plays SELECT n, 1, '2026-05-05' FROM generate_series(1, 10_100) n; ANALYZE plays_1`,
    );
    expect(await told(dataMap)).toContain('map-index-missing public.plays.user_id');
    await db.admin.query('CREATE INDEX ON plays (user_id)');
    expect(await told(dataMap)).not.toContain('map-index-missing public.plays.user_id');
  });
});
