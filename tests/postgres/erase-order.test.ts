/**
 * Tables that refer to each other are cleared so that no reference is ever broken: composite keys, circles that a column
 * opens, circles that wait for the end of the transaction, tables that refer to themselves; and what nothing opens is
 * refused before anything is done.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../conformance/memory-plan.ts';
import { fields, register, to, users as usersOf } from './database.ts';
import { type ErasingDatabase, erasingDatabase, gone, planFor, prepare, readBack, run, subject } from './erasing.ts';

const erase = { whole: 'delete' };
const users = { ...usersOf, erase };
const usersSql = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
  INSERT INTO users VALUES (1, 'mari@x.example'), (2, 'other@x.example');`;

/** A collection of the table of its name, whose column `user_id` leads to the subject unless told otherwise. */
const own = (name: string, columns: readonly string[], more: object = {}) => ({
  ...register,
  erase,
  table: `public.${name}`,
  key: ['id'],
  reach: [{ via: [to('users', 'user_id')] }],
  fields: fields(...columns),
  ...more,
});

describe('order of tables', () => {
  let db: ErasingDatabase;
  afterEach(() => db.stop());

  async function world(label: string, sql: string, collections: Record<string, unknown>) {
    db = await erasingDatabase(label, usersSql + sql);
    return db.openErasing({ version: 1, subject: 'users', collections: { users, ...collections } });
  }
  const count = async (table: string) => Number((await db.values(`SELECT count(*) FROM ${table}`))[0]);

  it('clears children before parents, whatever the order of the data map, by keys of several columns and odd texts', async () => {
    const system = await world(
      'order_composite',
      `CREATE TABLE orders (shop text, no int, user_id bigint REFERENCES users, PRIMARY KEY (shop, no));
       CREATE TABLE lines (shop text, no int, line varchar(40), PRIMARY KEY (shop, no, line), FOREIGN KEY (shop, no) REFERENCES orders);
       INSERT INTO orders SELECT s, n, 1 FROM unnest(ARRAY['a "b" \\c', 'õ,{}', 'NULL', '']) s, generate_series(1, 30) n;
       INSERT INTO orders SELECT 'hers', n, 2 FROM generate_series(1, 30) n;
       INSERT INTO lines SELECT shop, no, 'r, "' || l || '"' FROM orders, generate_series(1, 2) l;`,
      {
        orders: own('orders', ['shop', 'no', 'user_id'], { key: ['shop', 'no'] }),
        lines: own('lines', ['shop', 'no', 'line'], {
          key: ['shop', 'no', 'line'],
          reach: [
            { via: [{ columns: ['shop', 'no'], to: 'orders', toColumns: ['shop', 'no'] }, to('users', 'user_id')] },
          ],
        }),
      },
    );
    const planned = await planFor(system, subject('1'), () => gone, 50);
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    const journal = await run(system, subject('1'), planned);
    expect(journal.totals).toEqual({ erased: 120 + 240 + 1 });
    expect([await count('orders'), await count('lines'), await count('users')]).toEqual([30, 60, 1]);
    expect(await readBack(system, subject('1'), planned)).toEqual({
      'users gone': 1,
      'orders gone': 120,
      'lines gone': 240,
    });
  });

  const circleSql = (heads: string, tails: string) => `
    CREATE TABLE heads (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, tail_id bigint ${heads});
    CREATE TABLE tails (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, head_id bigint NOT NULL REFERENCES heads ${tails});
    CREATE INDEX ON heads (tail_id); CREATE INDEX ON tails (head_id);`;
  const fill = `
    INSERT INTO heads SELECT n, 1 + n % 2, n FROM generate_series(1, 60) n;
    INSERT INTO tails SELECT n, 1 + n % 2, n FROM generate_series(1, 60) n;`;
  const circle = {
    heads: own('heads', ['id', 'user_id', 'tail_id']),
    tails: own('tails', ['id', 'user_id', 'head_id']),
  };

  it('opens a circle at a column that may be null, and leaves other people’s circles alone', async () => {
    const system = await world(
      'order_nullable',
      `${circleSql('', '')} ${fill} ALTER TABLE heads ADD FOREIGN KEY (tail_id) REFERENCES tails;`,
      circle,
    );
    const planned = await planFor(system, subject('1'), () => gone, 7);
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    const before = await db.values('SELECT h::text FROM heads h WHERE user_id = 2 ORDER BY id');
    expect((await run(system, subject('1'), planned)).totals).toEqual({ erased: 61 });
    expect([await count('heads'), await count('tails'), await count('users')]).toEqual([30, 30, 1]);
    expect(await db.values('SELECT h::text FROM heads h ORDER BY id')).toEqual(before);
  });

  it('counts what was gone before as absent also where the circle was opened first, and as erased after an interruption', async () => {
    const system = await world(
      'order_absent',
      `${circleSql('', '')} ${fill} ALTER TABLE heads ADD FOREIGN KEY (tail_id) REFERENCES tails;`,
      circle,
    );
    const planned = await planFor(system, subject('1'), () => gone, 7);
    const [id] = await db.values('SELECT min(id) FROM heads WHERE user_id = 1');
    await db.admin.query(
      `UPDATE heads SET tail_id = NULL WHERE id = ${id}; DELETE FROM tails WHERE id = ${id}; DELETE FROM heads WHERE id = ${id}`,
    );
    const journal = new MemoryJournal();
    journal.onCall = (_call, what) => {
      if (what === 'outcome' && journal.outcomes.size === 3) throw new Error('killed');
    };
    await expect(run(system, subject('1'), planned, journal)).rejects.toThrow('killed');
    journal.onCall = () => undefined;
    await run(system, subject('1'), planned, journal);
    // Whichever of the two rows was not reached before the interruption counts as erased then: nobody can tell any more.
    expect(journal.totals.erased).toBeGreaterThanOrEqual(59);
    expect((journal.totals.erased ?? 0) + (journal.totals.absent ?? 0)).toBe(61);
    expect([await count('heads'), await count('tails')]).toEqual([30, 30]);
  });

  it('clears a circle whose constraint can wait in one transaction', async () => {
    const system = await world(
      'order_deferrable',
      `${circleSql('NOT NULL', 'DEFERRABLE')} BEGIN; SET CONSTRAINTS ALL DEFERRED; ${fill} COMMIT;
       ALTER TABLE heads ADD FOREIGN KEY (tail_id) REFERENCES tails;`,
      circle,
    );
    const planned = await planFor(system, subject('1'), () => gone, 7);
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    const journal = new MemoryJournal();
    journal.onCall = (call) => {
      if (call === 6) throw new Error('killed');
    };
    await expect(run(system, subject('1'), planned, journal)).rejects.toThrow('killed');
    // All of it or nothing.
    expect([await count('heads'), await count('tails')]).toEqual([60, 60]);
    journal.onCall = () => undefined;
    await run(system, subject('1'), planned, journal);
    expect(journal.totals).toEqual({ erased: 61 });
    expect([await count('heads'), await count('tails'), await count('users')]).toEqual([30, 30, 1]);
  });

  it('refuses a circle that nothing opens, naming the constraints, and erases nothing', async () => {
    const system = await world(
      'order_impossible',
      `${circleSql('NOT NULL', '')} ALTER TABLE heads DISABLE TRIGGER ALL; ALTER TABLE tails DISABLE TRIGGER ALL; ${fill}
       ALTER TABLE heads ENABLE TRIGGER ALL; ALTER TABLE tails ENABLE TRIGGER ALL;
       ALTER TABLE heads ADD CONSTRAINT round_it_goes FOREIGN KEY (tail_id) REFERENCES tails;`,
      circle,
    );
    const planned = await planFor(system, subject('1'), () => gone, 7);
    expect(await prepare(system, subject('1'), planned)).toEqual([
      'foreign-key-cycle public.heads.round_it_goes',
      'foreign-key-cycle public.tails.tails_head_id_fkey',
    ]);
    await expect(run(system, subject('1'), planned)).rejects.toMatchObject({ code: 'foreign-key-cycle' });
    expect([await count('heads'), await count('tails')]).toEqual([60, 60]);
  });

  const selfSql = (parent: string) => `
    CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, parent_id bigint ${parent});
    CREATE INDEX ON notes (parent_id);
    INSERT INTO notes SELECT n, 1, CASE WHEN n < 40 THEN n + 1 ELSE 40 END FROM generate_series(1, 40) n;
    INSERT INTO notes VALUES (100, 2, 100);
    ALTER TABLE notes ADD FOREIGN KEY (parent_id) REFERENCES notes `;
  const notes = { notes: own('notes', ['id', 'user_id', 'parent_id']) };

  it.each([
    ['may be null', '', ''],
    ['waits', 'NOT NULL', 'DEFERRABLE'],
  ])(
    'clears a table that refers to itself by a column that %s, over several chunks',
    async (_how, column, constraint) => {
      const system = await world('order_self', `${selfSql(column)}${constraint};`, notes);
      const planned = await planFor(system, subject('1'), () => gone, 7);
      expect(await prepare(system, subject('1'), planned)).toEqual([]);
      expect((await run(system, subject('1'), planned)).totals).toEqual({ erased: 41 });
      expect(await db.values('SELECT id::int FROM notes')).toEqual([100]);
    },
  );

  it('clears one that must refer to itself in one statement, and refuses it where it takes several', async () => {
    const system = await world('order_self_firm', `${selfSql('NOT NULL')};`, notes);
    const several = await planFor(system, subject('1'), () => gone, 7);
    expect(await prepare(system, subject('1'), several)).toEqual([
      'foreign-key-cycle public.notes.notes_parent_id_fkey',
    ]);
    const one = await planFor(system, subject('1'), () => gone);
    expect(await prepare(system, subject('1'), one)).toEqual([]);
    expect((await run(system, subject('1'), one)).totals).toEqual({ erased: 41 });
    expect(await db.values('SELECT id::int FROM notes')).toEqual([100]);
  });

  it('lets the subject’s row go of what it refers to before that is erased', async () => {
    const system = await world(
      'order_subject',
      `CREATE TABLE devices (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users);
       INSERT INTO devices VALUES (7, 1), (8, 2);
       ALTER TABLE users ADD COLUMN device_id bigint REFERENCES devices; UPDATE users SET device_id = 6 + id;`,
      { users: { ...users, fields: fields('id', 'email', 'device_id') }, devices: own('devices', ['id', 'user_id']) },
    );
    const planned = await planFor(system, subject('1'), () => gone);
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    expect((await run(system, subject('1'), planned)).totals).toEqual({ erased: 2 });
    expect(await db.values('SELECT id::int FROM devices')).toEqual([8]);
    expect(await db.values('SELECT device_id::int FROM users')).toEqual([8]);
    await db.admin.query('UPDATE users SET device_id = 8; ALTER TABLE users ALTER device_id SET NOT NULL');
    const other = await planFor(system, subject('2'), () => gone);
    expect(await prepare(system, subject('2'), other)).toEqual(['foreign-key-cycle public.users.users_device_id_fkey']);
  });
});
