/**
 * What becomes of a field: every strategy on the types it fits, references only where they name the subject, two people one
 * after the other into one unique column, a workspace handed over; and every column that cannot take it is refused by name.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../conformance/memory-plan.ts';
import { fields, register, to, users as usersOf } from './database.ts';
import {
  anonymise,
  detach,
  type ErasingDatabase,
  erasingDatabase,
  gone,
  kept,
  planFor,
  prepare,
  readBack,
  run,
  subject,
} from './erasing.ts';

const users = { ...usersOf, erase: { whole: 'delete' } };
const usersSql = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
  INSERT INTO users VALUES (0, 'nobody@x.example'), (1, 'mari@x.example'), (2, 'jaan@x.example'), (3, 'kai@x.example');`;

describe('what becomes of a field', () => {
  let db: ErasingDatabase;
  afterEach(() => db.stop());

  async function world(label: string, sql: string, collections: Record<string, unknown>, more: object = {}) {
    db = await erasingDatabase(label, usersSql + sql);
    return db.openErasing({
      version: 1,
      subject: 'users',
      tombstone: { id: '0' },
      collections: { users, ...collections },
      ...more,
    });
  }
  const rowOf = async (sql: string) =>
    JSON.parse(String((await db.values(`SELECT row_to_json(r)::text FROM (${sql}) r`))[0]));

  const all = [
    'id',
    'user_id',
    'mail',
    'phone',
    'tag',
    'code',
    'no',
    'small',
    'tags',
    'extra',
    'list',
    'bytes',
    'name',
    'stays',
  ];
  const profiles = {
    ...register,
    table: 'public.profiles',
    key: ['id'],
    reach: [{ via: [to('users', 'user_id')] }],
    identifiers: [{ column: 'mail', kind: 'email', match: 'proof' }],
    erase: {
      whole: 'anonymise',
      fields: {
        ...{ user_id: 'tombstone', mail: 'random', phone: 'null', tag: 'random', code: 'random', no: 'random' },
        ...{
          small: 'random',
          tags: 'empty',
          extra: 'empty',
          list: 'empty',
          bytes: 'random',
          name: { constant: 'Nobody' },
        },
        stays: 'keep',
      },
    },
    fields: fields(...all),
  };
  const profilesSql = `
    CREATE DOMAIN short AS varchar(20) CHECK (VALUE <> '');
    CREATE TABLE profiles (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, mail text NOT NULL UNIQUE CHECK (mail LIKE '%@%'),
      phone text UNIQUE, tag short NOT NULL UNIQUE, code uuid NOT NULL UNIQUE, no bigint NOT NULL UNIQUE, small int, tags text[] NOT NULL,
      extra jsonb NOT NULL, list json, bytes bytea NOT NULL, name text NOT NULL, stays text NOT NULL);
    CREATE UNIQUE INDEX ON profiles (lower(mail)); CREATE INDEX ON profiles (user_id);
    INSERT INTO profiles SELECT n, n, 'Person' || n || '@x.example', '+372' || n, 'tag' || n, gen_random_uuid(), 1000 + n, n, ARRAY['a', 'b'],
      '{"a": 1}', '[1]', '\\x01', 'Mari Mets', 'stays' FROM generate_series(1, 3) n;`;

  it('anonymises each type for good, two people one after the other, into unique columns', async () => {
    const system = await world('fields_types', profilesSql, { profiles });
    const changed = all.filter((name) => name !== 'id' && name !== 'stays');
    const decide = ({ collection }: { readonly collection: string }) =>
      collection === 'profiles' ? anonymise(...changed) : gone;
    for (const id of ['1', '2']) {
      const planned = await planFor(system, subject(id), decide);
      expect(await prepare(system, subject(id), planned)).toEqual([]);
      expect(await readBack(system, subject(id), planned)).toEqual({ 'users residue': 1, 'profiles residue': 1 });
      expect((await run(system, subject(id), planned)).totals).toEqual({ anonymised: 1, erased: 1 });
      expect(await readBack(system, subject(id), planned)).toEqual({ 'users gone': 1, 'profiles changed': 1 });
    }
    const one = await rowOf('SELECT * FROM profiles WHERE id = 1');
    const two = await rowOf('SELECT * FROM profiles WHERE id = 2');
    for (const row of [one, two])
      expect(row).toMatchObject({
        user_id: 0,
        mail: expect.stringMatching(/^anon-[0-9a-f]{32}@anonymous\.invalid$/),
        phone: null,
        tag: expect.stringMatching(/^[0-9a-f]{20}$/),
        tags: [],
        extra: {},
        list: [],
        name: 'Nobody',
        stays: 'stays',
      });
    for (const field of ['mail', 'tag', 'code', 'no', 'small', 'bytes']) expect(one[field]).not.toEqual(two[field]);
    expect(await rowOf('SELECT mail, phone, tag, no, name FROM profiles WHERE id = 3')).toEqual({
      ...{ mail: 'Person3@x.example', phone: '+3723', tag: 'tag3', no: 1003, name: 'Mari Mets' },
    });
    // Nothing is left of either, in any column.
    expect(await db.values(`SELECT 1 FROM profiles p WHERE id < 3 AND p::text ~* 'person|mets|372|tag[12]'`)).toEqual(
      [],
    );
  });

  const posts = {
    ...register,
    owner: 'workspace',
    table: 'public.posts',
    key: ['id'],
    workspace: [to('workspaces', 'workspace_id')],
    reach: [{ via: [to('users', 'author_id')], own: ['signature'] }],
    references: [
      { columns: ['editor_id'], toColumns: ['id'] },
      { columns: ['approver_id'], toColumns: ['id'] },
    ],
    erase: {
      whole: 'delete',
      fields: { author_id: 'tombstone', editor_id: 'null', approver_id: 'tombstone', signature: 'empty' },
    },
    fields: fields('id', 'workspace_id', 'author_id', 'editor_id', 'approver_id', 'signature', 'body'),
  };
  const workspaces = {
    ...register,
    owner: 'workspace',
    table: 'public.workspaces',
    key: ['id'],
    workspace: [],
    reach: [{ via: [to('users', 'owner_id')] }],
    erase: { whole: 'delete', fields: { owner_id: 'successor' } },
    fields: fields('id', 'kind', 'owner_id'),
  };
  const members = {
    ...register,
    table: 'public.members',
    key: ['workspace_id', 'user_id'],
    reach: [{ via: [to('users', 'user_id')] }],
    erase: { whole: 'delete' },
    fields: fields('workspace_id', 'user_id', 'left_at'),
  };
  const customerKind = {
    collection: 'workspaces',
    column: 'kind',
    values: { llc: 'company' },
    owner: { columns: ['owner_id'], toColumns: ['id'] },
    successors: { collection: 'members', workspace: ['workspace_id'], person: ['user_id'], leftAt: 'left_at' },
  };
  const teamSql = `
    CREATE TABLE workspaces (id bigint PRIMARY KEY, kind text NOT NULL, owner_id bigint NOT NULL REFERENCES users);
    CREATE TABLE members (workspace_id bigint REFERENCES workspaces, user_id bigint REFERENCES users, left_at date, PRIMARY KEY (workspace_id, user_id));
    CREATE TABLE posts (id bigint PRIMARY KEY, workspace_id bigint NOT NULL REFERENCES workspaces, author_id bigint NOT NULL REFERENCES users,
      editor_id bigint REFERENCES users, approver_id bigint NOT NULL REFERENCES users, signature text NOT NULL, body text NOT NULL);
    INSERT INTO workspaces VALUES (10, 'llc', 1), (11, 'llc', 2);
    INSERT INTO members VALUES (10, 1, NULL), (10, 2, NULL), (10, 3, '2026-01-31'), (11, 2, NULL);
    INSERT INTO posts VALUES (100, 10, 1, 1, 2, 'Mari', 'by her, edited by her'), (101, 10, 1, 2, 1, 'Mari', 'by her, approved by her'),
      (102, 10, 2, 1, 1, 'Jaan', 'by him, edited and approved by her'), (103, 11, 2, 2, 2, 'Jaan', 'by him');`;
  const team = { workspaces, members, posts };
  const decideTeam =
    (successor: string) =>
    ({ collection, isReference }: { readonly collection: string; readonly isReference?: true }) => {
      if (collection === 'posts')
        return isReference === true
          ? detach('editor_id', 'approver_id')
          : detach('author_id', 'editor_id', 'approver_id', 'signature');
      if (collection === 'workspaces') return { ...detach('owner_id'), set: { owner_id: successor } };
      return gone;
    };

  it.each([
    ['a workspace', 'UPDATE workspaces SET owner_id = 2 WHERE id = 10', ['workspaces', 'posts']],
    ['a field', 'UPDATE posts SET author_id = 3, editor_id = 3, signature = $$Kai$$ WHERE id = 100', ['posts']],
    ['a name in a record of others', 'UPDATE posts SET editor_id = 3, approver_id = 3 WHERE id = 102', ['posts']],
  ])('refuses a plan of which %s is another’s by now', async (_, change, tables) => {
    const system = await world('fields_whose', teamSql, team, { customerKind });
    const planned = await planFor(system, subject('1'), decideTeam('2'));
    await db.admin.query('DELETE FROM posts WHERE id = 101');
    await db.admin.query('DELETE FROM members WHERE workspace_id = 10 AND user_id = 3');
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    await db.admin.query(change);
    expect(await prepare(system, subject('1'), planned)).toEqual(tables.map((name) => `plan-changed public.${name}`));
  });

  it('leaves a field alone that is another’s by the time its row’s turn comes, but what still names her in it', async () => {
    const system = await world('fields_hands', teamSql, team, { customerKind });
    const planned = await planFor(system, subject('1'), decideTeam('2'));
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    await db.admin.query(`UPDATE posts SET author_id = 3, signature = 'Kai' WHERE id = 100`);
    await db.admin.query('UPDATE workspaces SET owner_id = 3 WHERE id = 10');
    const journal = await run(system, subject('1'), planned);
    const told = [...journal.outcomes.values()].flat().filter(({ changedHands }) => changedHands);
    expect(told.map(({ disposition, count }) => [disposition, count])).toEqual([
      ['absent', 1],
      ['absent', 1],
    ]);
    expect(await db.values('SELECT p::text FROM posts p WHERE id < 102 ORDER BY id')).toEqual([
      '(100,10,3,,2,Kai,"by her, edited by her")',
      '(101,10,0,2,0,"","by her, approved by her")',
    ]);
    expect(await db.values('SELECT owner_id::int FROM workspaces WHERE id = 10')).toEqual([3]);
    expect(await db.values('SELECT 1 FROM users WHERE id = 1')).toEqual([]);
  });

  it('takes a successor whom an interrupted attempt has put in for its own doing', async () => {
    const system = await world('fields_resumed', teamSql, team, { customerKind });
    const planned = await planFor(system, subject('1'), decideTeam('2'));
    const journal = new MemoryJournal();
    journal.onCall = (_, what) => {
      if (what === 'outcome') throw new Error('killed');
    };
    for (let attempt = 0; attempt < 4; attempt += 1)
      await expect(run(system, subject('1'), planned, journal, ['dependants'])).rejects.toThrow('killed');
    journal.onCall = () => undefined;
    await run(system, subject('1'), planned, journal);
    expect([...journal.outcomes.values()].flat().filter(({ changedHands }) => changedHands)).toEqual([]);
    expect(journal.totals).toMatchObject({ anonymised: 4 });
    expect(await db.values('SELECT owner_id::int FROM workspaces WHERE id = 10')).toEqual([2]);
  });

  it('detaches: only what names the subject changes, in her rows and in others’; a successor takes the workspace over', async () => {
    const system = await world('fields_detach', teamSql, team, { customerKind });
    const planned = await planFor(system, subject('1'), decideTeam('2'));
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    await run(system, subject('1'), planned);
    expect(await db.values('SELECT p::text FROM posts p ORDER BY id')).toEqual([
      '(100,10,0,,2,"","by her, edited by her")',
      '(101,10,0,2,0,"","by her, approved by her")',
      '(102,10,2,,0,Jaan,"by him, edited and approved by her")',
      '(103,11,2,2,2,Jaan,"by him")',
    ]);
    expect(await db.values('SELECT w::text FROM workspaces w ORDER BY id')).toEqual(['(10,llc,2)', '(11,llc,2)']);
    expect(await db.values('SELECT m::text FROM members m ORDER BY 1')).toEqual([
      '(10,2,)',
      '(10,3,2026-01-31)',
      '(11,2,)',
    ]);
    const found = await readBack(system, subject('1'), planned);
    expect(Object.keys(found).filter((word) => /residue|missing/.test(word))).toEqual([]);
  });

  it('refuses a successor who has left, is no member, is the person, or is nobody; and the tombstone where it is missing', async () => {
    const system = await world('fields_successor', teamSql, team, { customerKind });
    for (const successor of ['3', '0', '1', 'x; DROP'])
      expect(await prepare(system, subject('1'), await planFor(system, subject('1'), decideTeam(successor)))).toEqual([
        'successor-unknown public.members',
      ]);
    await db.admin.query('DELETE FROM users WHERE id = 0');
    expect(await prepare(system, subject('1'), await planFor(system, subject('1'), decideTeam('2')))).toEqual([
      'tombstone-missing public.users',
    ]);
  });

  it('reads back what only claims to have changed: a reference that names her again, a field that is filled again', async () => {
    const system = await world('fields_residue', teamSql, team, { customerKind });
    const planned = await planFor(system, subject('1'), decideTeam('2'));
    await run(system, subject('1'), planned, undefined, ['dependants']);
    expect(await readBack(system, subject('1'), planned)).toMatchObject({ 'posts changed': 3, 'users residue': 1 });
    await db.admin.query(
      `UPDATE posts SET author_id = 1 WHERE id = 100; UPDATE posts SET signature = 'Mari' WHERE id = 101`,
    );
    await db.admin.query('DELETE FROM posts WHERE id = 102');
    expect(await readBack(system, subject('1'), planned)).toMatchObject({ 'posts residue': 2, 'posts gone': 1 });
  });

  it('refuses each column that cannot take what is to be put into it, all at once, by its name', async () => {
    const odd = [
      'id',
      'user_id',
      'needed',
      'computed',
      'one',
      'amount',
      'level',
      'checked',
      'small',
      'pair',
      'handle',
      'fine',
    ];
    const system = await world(
      'fields_unfit',
      `CREATE TABLE odd (id bigint PRIMARY KEY, user_id bigint REFERENCES users, needed text NOT NULL, computed text GENERATED ALWAYS AS (needed || 'x') STORED,
         one text NOT NULL UNIQUE, amount numeric, level text CHECK (level IN ('a', 'b')), checked text CHECK (checked <> 'Nobody'), small varchar(8) UNIQUE,
         pair text, handle text UNIQUE, fine text, UNIQUE (user_id, pair));
       CREATE INDEX ON odd (user_id);
       CREATE TABLE fans (id bigint PRIMARY KEY, handle text REFERENCES odd (handle) ON UPDATE CASCADE);
       INSERT INTO odd VALUES (5, 1, 'n', DEFAULT, 'o', 1, 'a', 'c', 's', 'b', 'h', 'f');`,
      {
        odd: {
          ...register,
          table: 'public.odd',
          key: ['id'],
          reach: [{ via: [to('users', 'user_id')] }],
          erase: {
            whole: 'delete',
            fields: {
              ...{ user_id: 'tombstone', needed: 'null', computed: 'empty', one: { constant: 'x' }, amount: 'random' },
              ...{
                level: 'random',
                checked: { constant: 'Nobody' },
                small: 'random',
                pair: 'empty',
                handle: 'random',
                fine: 'random',
              },
            },
          },
          fields: fields(...odd),
        },
      },
      { noPersonalData: { 'public.fans': 'Only handles of things' } },
    );
    const planned = await planFor(system, subject('1'), ({ collection }) =>
      collection === 'odd' ? detach(...odd.slice(1)) : gone,
    );
    const refused = await prepare(system, subject('1'), planned);
    const unfit = ['amount', 'computed', 'handle', 'needed', 'one', 'pair', 'small', 'user_id'];
    expect([...refused].sort()).toEqual(unfit.map((name) => `erase-unfit public.odd.${name}`));
    // What only a row can tell is tried where nothing else is wrong with the table.
    const some = await planFor(system, subject('1'), ({ collection }) =>
      collection === 'odd' ? detach('level', 'checked', 'fine') : kept,
    );
    const before = await db.values('SELECT o::text FROM odd o');
    expect(await prepare(system, subject('1'), some)).toEqual([
      'erase-unfit public.odd.level',
      'erase-unfit public.odd.checked',
    ]);
    expect(await db.values('SELECT o::text FROM odd o')).toEqual(before);
  });

  it('refuses what nobody has declared: a collection, a field', async () => {
    const undeclared = { ...posts, references: undefined, erase: undefined };
    const { references: _r, erase: _e, ...bare } = undeclared;
    const system = await world('fields_undeclared', teamSql, { workspaces, members, posts: bare }, { customerKind });
    const planned = await planFor(system, subject('1'), decideTeam('2'));
    expect(await prepare(system, subject('1'), planned)).toEqual(['erasure-undeclared public.posts']);
    const some = await planFor(system, subject('1'), ({ collection }) =>
      collection === 'workspaces' ? detach('kind') : kept,
    );
    expect(await prepare(system, subject('1'), some)).toEqual(['erasure-undeclared public.workspaces.kind']);
    await expect(run(system, subject('1'), some)).rejects.toMatchObject({
      code: 'erasure-undeclared',
      where: 'public.workspaces.kind',
    });
  });
});
