/**
 * Nothing beyond the plan: what a foreign key, a trigger or a rule would reach is refused before anything is done, and where
 * it happens all the same (a trigger that was accepted wrongly, a connector that is broken) the transaction is rolled back.
 * Everybody else's rows are the same to the byte afterwards, and so are the sums of the books.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CallContext, PlannedSet } from '../../connectors/contract.ts';
import { createPacer } from '../../connectors/pacer.ts';
import { PostgresClient, type Transaction } from '../../connectors/postgres/client.ts';
import { erase as eraseWith } from '../../connectors/postgres/erase.ts';
import { limitsOf } from '../../connectors/postgres/settings.ts';
import { parseConfig } from '../../connectors/postgres/validate.ts';
import { MemoryJournal } from '../conformance/memory-plan.ts';
import { errorOf } from '../conformance/suite.ts';
import { eventually } from '../support/servers.ts';
import { context, fields, register, to, users as usersOf } from './database.ts';
import {
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

const erase = { whole: 'delete' };
const users = { ...usersOf, erase };
const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
  CREATE TABLE devices (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, name text NOT NULL);
  CREATE TABLE plays (id bigint PRIMARY KEY, device_id bigint, track text NOT NULL);
  CREATE TABLE invoices (id bigint PRIMARY KEY, user_id bigint REFERENCES users, period text NOT NULL, cents bigint NOT NULL, mail text NOT NULL);
  CREATE INDEX ON devices (user_id); CREATE INDEX ON plays (device_id); CREATE INDEX ON invoices (user_id);
  INSERT INTO users VALUES (1, 'mari@x.example'), (2, 'jaan@x.example');
  INSERT INTO devices SELECT n, 1 + n % 2, 'device ' || n FROM generate_series(1, 40) n;
  INSERT INTO plays SELECT n, 1 + n % 40, 'track ' || n FROM generate_series(1, 200) n;
  INSERT INTO invoices SELECT n, 1 + n % 2, '2025-0' || 1 + n % 4, 100 * n, 'person' || n || '@x.example' FROM generate_series(1, 40) n;`;

const collections = {
  users,
  devices: {
    ...register,
    erase,
    table: 'public.devices',
    key: ['id'],
    reach: [{ via: [to('users', 'user_id')] }],
    fields: fields('id', 'user_id', 'name'),
  },
  plays: {
    ...register,
    erase: { whole: 'delete', fields: { device_id: 'null' } },
    table: 'public.plays',
    key: ['id'],
    reach: [{ via: [to('devices', 'device_id'), to('users', 'user_id')] }],
    fields: fields('id', 'device_id', 'track'),
  },
  invoices: {
    ...register,
    erase: { whole: 'delete', fields: { user_id: 'null', mail: 'random' } },
    table: 'public.invoices',
    key: ['id'],
    reach: [{ via: [to('users', 'user_id')] }],
    fields: fields('id', 'user_id', 'period', 'cents', 'mail'),
  },
};
const map = { version: 1, subject: 'users', collections };
type Decide = Parameters<typeof planFor>[2];
const asPolicy: Decide = ({ collection }) => (collection === 'invoices' ? detach('user_id', 'mail') : gone);

/** The erasing login's connections, with every statement seen, and changed, on its way. */
class Meddling extends PostgresClient {
  meddle: (sql: string, tx: Transaction, params: readonly unknown[]) => Promise<string> = async (sql) => sql;

  override transaction<T>(call: CallContext, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return super.transaction(call, (tx) =>
      work({
        asOf: tx.asOf,
        copy: (select, where) => tx.copy(select, where),
        query: async (sql, params, where) => tx.query(await this.meddle(sql, tx, params), params, where),
      }),
    );
  }
}

describe('nothing beyond the plan', () => {
  let db: ErasingDatabase;
  afterEach(() => db.stop());

  async function world(label: string, sql = '', dataMap: unknown = map) {
    db = await erasingDatabase(label, schema + sql);
    return db.openErasing(dataMap);
  }
  /** Everything that is not person 1's, and the sums of the books. */
  const others = () =>
    db.values(`
      SELECT md5(string_agg(t, E'\\n' ORDER BY t)) FROM (
        SELECT u::text FROM users u WHERE id <> 1 UNION ALL SELECT d::text FROM devices d WHERE user_id <> 1
        UNION ALL SELECT p::text FROM plays p WHERE device_id IS NULL OR device_id % 2 = 1
        UNION ALL SELECT i::text FROM invoices i WHERE id % 2 = 1) AS all_rows(t)
       UNION ALL SELECT string_agg(s, ',' ORDER BY s) FROM (SELECT period || '=' || sum(cents) || '/' || count(*) FROM invoices GROUP BY period) AS sums(s)`);
  const state = () =>
    db.values(`SELECT t FROM (SELECT u::text FROM users u UNION ALL SELECT d::text FROM devices d UNION ALL SELECT p::text FROM plays p
      UNION ALL SELECT i::text FROM invoices i) AS all_rows(t) ORDER BY t`);

  it('leaves everybody else’s rows as they are, to the byte, and the sums of every period', async () => {
    const system = await world('guard_digest');
    const before = await others();
    const mine = await planFor(system, subject('1'), asPolicy, 15);
    expect(await prepare(system, subject('1'), mine)).toEqual([]);
    const journal = await run(system, subject('1'), mine);
    expect(journal.totals).toEqual({ erased: 1 + 20 + 100, anonymised: 20 });
    expect(await others()).toEqual(before);
    expect(
      await db.values(`SELECT 1 FROM invoices WHERE id % 2 = 0 AND (user_id IS NOT NULL OR mail LIKE 'person%')`),
    ).toEqual([]);
  });

  it('leaves alone what has become another’s since it was prepared, by its own column or by that of a row on the way', async () => {
    const system = await world('guard_hands');
    const planned = await planFor(system, subject('1'), asPolicy, 15);
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    // Device 2 goes to person 2 with its five plays; three invoices go too, one of them to nobody.
    await db.admin.query(`UPDATE devices SET user_id = 2 WHERE id = 2`);
    await db.admin.query(
      `UPDATE invoices SET user_id = 2 WHERE id IN (4, 6); UPDATE invoices SET user_id = NULL WHERE id = 8`,
    );
    await db.admin.query('DELETE FROM devices WHERE id = 4');
    const theirs = () =>
      db.values(`SELECT t FROM (SELECT d::text FROM devices d WHERE user_id = 2 UNION ALL SELECT p::text FROM plays p WHERE device_id IN (2, 3)
        UNION ALL SELECT i::text FROM invoices i WHERE user_id = 2) AS all_rows(t) ORDER BY t`);
    const before = await theirs();
    const journal = await run(system, subject('1'), planned);
    expect(await theirs()).toEqual(before);
    const changedHands = [...journal.outcomes.values()].flat().filter((one) => one.changedHands);
    expect(changedHands.reduce((sum, { count }) => sum + count, 0)).toBe(1 + 5 + 2);
    expect(journal.totals).toEqual({ erased: 18 + 95 + 1, anonymised: 18, absent: 1 + 1 + 5 + 2 });
    expect(await db.values('SELECT mail FROM invoices WHERE id = 8')).toEqual([expect.stringMatching(/^anon-/)]);
    expect(await db.values('SELECT 1 FROM devices WHERE user_id = 1')).toEqual([]);
  });

  it('waits for somebody who is handing a row over, and then leaves it alone', async () => {
    await world('guard_handing_over');
    const settings = { url: db.url, eraseUrl: db.eraseUrl, lockTimeoutMs: 30_000 };
    const system = db.openErasing(map, { settings });
    const planned = await planFor(system, subject('1'), ({ collection }) => (collection === 'devices' ? gone : kept));
    await db.admin.query('BEGIN');
    try {
      await db.admin.query('UPDATE devices SET user_id = 2 WHERE id = 2');
      const erasing = run(system, subject('1'), planned, new MemoryJournal(), ['dependants']);
      // Whoever waits for a row waits for a transaction, which belongs to no database; what they have locked does.
      const waiting = `SELECT 1 FROM pg_locks w JOIN pg_locks h USING (pid) JOIN pg_database d ON d.oid = h.database
        WHERE NOT w.granted AND d.datname = current_database()`;
      await eventually(async () => (await db.values(waiting)).length > 0);
      await db.admin.query('COMMIT');
      expect((await erasing).totals).toEqual({ erased: 19, absent: 1 });
    } finally {
      await db.admin.query('ROLLBACK');
    }
    expect(await db.values('SELECT user_id::int FROM devices WHERE id = 2')).toEqual([2]);
  });

  it.each([
    ['CASCADE', 'cascade-beyond-plan'],
    ['SET NULL', 'cascade-beyond-plan'],
    ['SET DEFAULT', 'cascade-beyond-plan'],
    ['NO ACTION', 'reference-uncovered'],
    ['RESTRICT', 'reference-uncovered'],
  ])(
    'refuses ON DELETE %s where a row would be reached that is not planned, and takes it where all are',
    async (action, code) => {
      const system = await world(
        'guard_cascade',
        `ALTER TABLE plays ADD FOREIGN KEY (device_id) REFERENCES devices ON DELETE ${action};`,
      );
      const before = await state();
      // One row is kept, as a hold would keep it.
      const [held] = await db.values(
        'SELECT p.id::text FROM plays p JOIN devices d ON d.id = device_id WHERE user_id = 1 LIMIT 1',
      );
      const one = await planFor(system, subject('1'), (stream, { key }) =>
        stream.collection === 'plays' && key[0]?.[1] === held ? kept : asPolicy(stream, { key, facts: {} }),
      );
      expect(await prepare(system, subject('1'), one)).toEqual([`${code} public.plays.device_id`]);
      expect(await state()).toEqual(before);
      const none = await planFor(system, subject('1'), (stream, record) =>
        stream.collection === 'plays' ? kept : asPolicy(stream, record),
      );
      expect(await prepare(system, subject('1'), none)).toEqual([`${code} public.plays.device_id`]);
      // A row that lets go is as good as one that goes.
      const letsGo = await planFor(system, subject('1'), (stream, record) =>
        stream.collection === 'plays' ? detach('device_id') : asPolicy(stream, record),
      );
      expect(await prepare(system, subject('1'), letsGo)).toEqual([]);
      expect((await run(system, subject('1'), letsGo)).totals).toEqual({ erased: 21, anonymised: 120 });
      expect(await db.values('SELECT count(*)::int FROM plays')).toEqual([200]);
    },
  );

  it('rolls back where a row that came after the plan would be taken along by a cascade, and where one is in the way', async () => {
    for (const [action, code] of [
      ['CASCADE', 'collateral-damage'],
      ['NO ACTION', 'erase-blocked'],
    ] as const) {
      const system = await world(
        'guard_late',
        `ALTER TABLE plays ADD FOREIGN KEY (device_id) REFERENCES devices ON DELETE ${action};`,
      );
      const planned = await planFor(system, subject('1'), asPolicy);
      expect(await prepare(system, subject('1'), planned)).toEqual([]);
      await db.admin.query(`INSERT INTO plays SELECT 999, min(id), 'since the plan' FROM devices WHERE user_id = 1`);
      const journal = new MemoryJournal();
      const error = await errorOf(run(system, subject('1'), planned, journal));
      expect(error).toMatchObject({ code, where: expect.stringMatching(/^public\.(plays|devices)$/) });
      expect(await db.values('SELECT track FROM plays WHERE id = 999')).toEqual(['since the plan']);
      expect(await db.values('SELECT count(*)::int FROM devices')).toEqual([40]);
      // Once it is gone the same plan is carried out to its end.
      await db.admin.query('DELETE FROM plays WHERE id = 999');
      await run(system, subject('1'), planned, journal);
      expect(journal.totals).toEqual({ erased: 121, anonymised: 20 });
      if (action === 'CASCADE') await db.stop();
    }
  });

  it('does not touch a row of live traffic that came after the plan', async () => {
    const system = await world('guard_live');
    const planned = await planFor(system, subject('1'), asPolicy);
    await db.admin.query(`INSERT INTO plays VALUES (999, 2, 'since the plan')`);
    await run(system, subject('1'), planned, undefined, ['dependants']);
    expect(await db.values('SELECT p::text FROM plays p WHERE id = 999')).toEqual(['(999,2,"since the plan")']);
    const second = await planFor(system, subject('1'), asPolicy);
    expect(second.streams.map(({ collection }) => collection)).not.toContain('devices');
  });

  it('refuses a table that nobody declared as one whose rows name people, and a reference that no index serves', async () => {
    const system = await world(
      'guard_undeclared',
      `CREATE TABLE stats (id bigint PRIMARY KEY, device_id bigint REFERENCES devices);
       INSERT INTO stats SELECT n, NULL FROM generate_series(1, 10001) n;`,
      { ...map, noPersonalData: { 'public.stats': 'Counts of devices' } },
    );
    const planned = await planFor(system, subject('1'), asPolicy);
    expect(await prepare(system, subject('1'), planned)).toEqual([
      'reference-uncovered public.stats.device_id',
      'map-index-missing public.stats.device_id',
    ]);
  });

  const triggers = `
    CREATE TABLE outbox (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
    CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN INSERT INTO outbox (what) VALUES (TG_TABLE_NAME); RETURN NULL; END';
    CREATE FUNCTION one_more() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      'BEGIN DELETE FROM plays WHERE id = (SELECT min(p.id) FROM plays p JOIN devices d ON d.id = p.device_id WHERE d.user_id = 2); RETURN NULL; END';`;
  const accepting = (...names: readonly string[]) => ({
    ...map,
    noPersonalData: { 'public.outbox': 'Names of tables only' },
    collections: { ...collections, devices: { ...collections.devices, erase: { ...erase, acceptTriggers: names } } },
  });

  it('refuses triggers and rules that would run and that nobody accepted; others are none of its business', async () => {
    const system = await world(
      'guard_triggers',
      `${triggers}
       CREATE TRIGGER tells AFTER DELETE ON devices FOR EACH ROW EXECUTE FUNCTION tell();
       CREATE TRIGGER tells_too AFTER UPDATE OF mail ON invoices FOR EACH STATEMENT EXECUTE FUNCTION tell();
       CREATE TRIGGER at_inserts AFTER INSERT ON devices FOR EACH ROW EXECUTE FUNCTION tell();
       CREATE TRIGGER of_another_column AFTER UPDATE OF cents ON invoices FOR EACH ROW EXECUTE FUNCTION tell();
       CREATE TRIGGER switched_off AFTER DELETE ON plays FOR EACH ROW EXECUTE FUNCTION tell();
       ALTER TABLE plays DISABLE TRIGGER switched_off;
       CREATE RULE instead AS ON DELETE TO plays DO INSTEAD NOTHING;`,
      accepting(),
    );
    const planned = await planFor(system, subject('1'), asPolicy);
    const refused = await prepare(system, subject('1'), planned);
    expect([...refused].sort()).toEqual([
      'trigger-unaccepted public.devices.tells',
      'trigger-unaccepted public.invoices.tells_too',
      'trigger-unaccepted public.plays.instead',
    ]);
    expect(await db.values('SELECT what FROM outbox')).toEqual([]);
  });

  it('lets an accepted trigger write where nobody’s data is', async () => {
    const system = await world(
      'guard_accepted',
      `${triggers} CREATE TRIGGER tells AFTER DELETE ON devices FOR EACH ROW EXECUTE FUNCTION tell();`,
      accepting('tells'),
    );
    const planned = await planFor(system, subject('1'), asPolicy);
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    await run(system, subject('1'), planned);
    expect(await db.values('SELECT count(*)::int FROM outbox')).toEqual([20]);
  });

  it('stops a trigger that was accepted and deletes one row too many, rolls back, and names the table', async () => {
    const system = await world(
      'guard_one_more',
      `${triggers} CREATE TRIGGER tells AFTER DELETE ON devices FOR EACH STATEMENT EXECUTE FUNCTION one_more();`,
      accepting('tells'),
    );
    const before = await others();
    const planned = await planFor(system, subject('1'), asPolicy);
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    await expect(run(system, subject('1'), planned)).rejects.toMatchObject({
      code: 'collateral-damage',
      where: 'public.plays',
      retryable: false,
    });
    expect(await others()).toEqual(before);
    expect(await db.values('SELECT count(*)::int FROM devices')).toEqual([40]);
  });

  async function meddled(planned: PlannedSet, meddle: Meddling['meddle'], journal = new MemoryJournal()) {
    const client = new Meddling(db.eraseUrl, limitsOf({ url: db.eraseUrl }, 1), 'erases');
    client.meddle = meddle;
    const { map: checked } = parseConfig(db.config(map));
    try {
      for (const part of ['dependants', 'subject-row'] as const)
        await eraseWith({ eraser: client, map: checked, pacer: createPacer(undefined) }, context, {
          keys: subject('1'),
          planned,
          part,
          journal,
        });
    } finally {
      await client.close();
    }
    return journal;
  }

  it.each([
    [
      'deletes another’s row too',
      'DELETE FROM "public"."devices"',
      (sql: string) => sql.replace('WHERE ', 'WHERE r.id = 3 OR '),
    ],
    [
      'changes another’s row too',
      'UPDATE "public"."invoices"',
      (sql: string) => sql.replace('WHERE ', 'WHERE r.id = 3 OR '),
    ],
    [
      'deletes another’s row beside',
      'DELETE FROM "public"."devices"',
      (sql: string) => sql.replace('WITH ', 'WITH other AS (DELETE FROM plays WHERE id = 4), '),
    ],
    [
      'changes another’s row beside',
      'DELETE FROM "public"."devices"',
      (sql: string) => sql.replace('WITH ', 'WITH other AS (UPDATE invoices SET cents = 0 WHERE id = 3), '),
    ],
    [
      'does nothing and says so of all',
      'DELETE FROM "public"."devices"',
      (sql: string) =>
        sql.replace(
          /DELETE FROM (.*?) WHERE (.*) RETURNING/,
          "SELECT k0 FROM (SELECT r.id::text AS k0 FROM $1 WHERE $2) s) SELECT string_agg(k0, ',') FROM done --",
        ),
    ],
  ])('stops a broken connector that %s', async (_what, at, mutate) => {
    const system = await world('guard_mutant');
    const planned = await planFor(system, subject('1'), asPolicy);
    const before = await others();
    let mutated = 0;
    const error = await errorOf(
      meddled(planned, async (sql) => {
        if (!sql.includes(at)) return sql;
        mutated += 1;
        return mutate(sql);
      }),
    );
    expect(mutated).toBeGreaterThan(0);
    expect(error).toMatchObject({ code: 'collateral-damage' });
    expect(await others()).toEqual(before);
    expect(await db.values('SELECT count(*)::int FROM devices')).toEqual([40]);
  });

  it('finds every row by the index of its key, also where most of a table goes: no sequential scan anywhere', async () => {
    const system = await world(
      'guard_explain',
      `INSERT INTO devices SELECT n, 1, 'device ' || n FROM generate_series(41, 12000) n;
       INSERT INTO plays SELECT n, 1 + n % 12000, 'track ' || n FROM generate_series(201, 25000) n;
       CREATE TABLE tags (device_id bigint NOT NULL REFERENCES devices, tag text NOT NULL, note text, PRIMARY KEY (device_id, tag));
       INSERT INTO tags SELECT n, 'tag', 'x' FROM generate_series(1, 12000) n;
       ALTER TABLE plays ADD FOREIGN KEY (device_id) REFERENCES devices;`,
    );
    const withTags = {
      ...collections,
      tags: {
        ...register,
        erase,
        table: 'public.tags',
        key: ['device_id', 'tag'],
        reach: [{ via: [to('devices', 'device_id'), to('users', 'user_id')] }],
        fields: fields('device_id', 'tag', 'note'),
      },
    };
    Object.assign(map, { collections: withTags });
    try {
      const all = db.openErasing(map);
      await db.admin.query('VACUUM ANALYZE');
      const planned = await planFor(all, subject('1'), asPolicy);
      expect(await prepare(all, subject('1'), planned)).toEqual([]);
      await system.close();
      await all.close();
      const scans = async () => {
        await db.admin.query('SELECT pg_stat_clear_snapshot()');
        const [scanned, deleted] = await db.values(
          'SELECT sum(seq_scan)::int FROM pg_stat_user_tables UNION ALL SELECT sum(n_tup_del)::int FROM pg_stat_user_tables',
        );
        return { scanned: Number(scanned), deleted: Number(deleted) };
      };
      await eventually(async () => {
        const idle = await db.values(`SELECT 1 FROM pg_stat_activity WHERE usename IN ('${db.role}', '${db.eraser}')`);
        return idle.length === 0;
      });
      const before = await scans();
      const plans: string[] = [];
      const journal = await meddled(planned, async (sql, tx, params) => {
        if (/^WITH done AS \((DELETE|UPDATE)/.test(sql)) {
          const lines = await tx.query(`EXPLAIN (COSTS OFF) ${sql}`, params, 'plan');
          plans.push(lines.map(([line]) => line).join('\n'));
        }
        return sql;
      });
      const { erased } = journal.totals;
      expect(erased).toBeGreaterThan(48_000);
      expect(plans.length).toBeGreaterThan(7);
      for (const plan of plans) {
        expect(plan).toMatch(/Index Scan using \w+_pkey/);
        expect(plan).not.toMatch(/Seq Scan/);
      }
      // The server's own look-ups behind the foreign keys are counted too.
      const after = await eventually(async () => {
        const now = await scans();
        return now.deleted - before.deleted === erased ? now : undefined;
      });
      expect(after.scanned).toBe(before.scanned);
    } finally {
      Object.assign(map, { collections });
    }
  });

  it('erases in a partitioned table, and counts its partitions as one', async () => {
    const system = await world(
      'guard_partitions',
      `DROP TABLE plays;
       CREATE TABLE plays (id bigint, device_id bigint REFERENCES devices, track text NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id);
       CREATE TABLE plays_1 PARTITION OF plays FOR VALUES FROM (0) TO (100);
       CREATE TABLE plays_2 PARTITION OF plays FOR VALUES FROM (100) TO (1000);
       CREATE INDEX ON plays (device_id);
       INSERT INTO plays SELECT n, 1 + n % 40, 'track ' || n FROM generate_series(1, 200) n;`,
    );
    const planned = await planFor(system, subject('1'), asPolicy, 30);
    expect(await prepare(system, subject('1'), planned)).toEqual([]);
    expect((await run(system, subject('1'), planned)).totals).toEqual({ erased: 121, anonymised: 20 });
    expect(await readBack(system, subject('1'), planned)).toEqual({
      'users gone': 1,
      'devices gone': 20,
      'plays gone': 100,
      'invoices changed': 20,
    });
  });

  it('refuses a login of another database, and one that lacks rights, each by its name', async () => {
    const system = await world('guard_login');
    const planned = await planFor(system, subject('1'), asPolicy);
    await db.admin.query(`REVOKE DELETE ON plays FROM ${db.eraser}; REVOKE UPDATE ON invoices FROM ${db.eraser};
      GRANT UPDATE (mail) ON invoices TO ${db.eraser}; REVOKE SELECT ON devices FROM ${db.eraser}; GRANT SELECT (user_id) ON devices TO ${db.eraser}`);
    expect([...(await prepare(system, subject('1'), planned))].sort()).toEqual([
      'erase-permission public.devices.id (SELECT)',
      'erase-permission public.invoices.user_id (UPDATE)',
      'erase-permission public.plays (DELETE)',
    ]);
    const elsewhere = await erasingDatabase('guard_elsewhere', schema);
    try {
      const wrong = db.openErasing(map, { settings: { url: db.url, eraseUrl: elsewhere.eraseUrl } });
      expect(await prepare(wrong, subject('1'), planned)).toEqual(['erase-login-elsewhere settings.eraseUrl']);
    } finally {
      await elsewhere.stop();
    }
  });

  it('gives way to a lock that somebody holds, and says nothing of a row when a constraint refuses', async () => {
    const system = await world('guard_locks', 'ALTER TABLE invoices ADD CHECK (user_id IS NOT NULL OR id <> 40);');
    const planned = await planFor(system, subject('2'), asPolicy);
    await db.admin.query('BEGIN; SELECT 1 FROM plays WHERE device_id % 2 = 1 FOR UPDATE');
    const locked = await errorOf(run(system, subject('2'), planned));
    expect(locked).toMatchObject({ code: 'system-timeout', where: 'public.plays', retryable: true });
    await db.admin.query('ROLLBACK');
    const mine = await planFor(system, subject('1'), asPolicy);
    expect(await prepare(system, subject('1'), mine)).toEqual(['erase-unfit public.invoices.user_id']);
    const refused = await errorOf(run(system, subject('1'), mine));
    expect(refused).toMatchObject({ code: 'erase-blocked', where: 'public.invoices' });
    expect(String(refused)).not.toContain('person40');
  });
});
