/** The verbs of the PostgreSQL connector on a real server: by key, read back, again without effect, and nobody else's rows. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Deed, DeedChunk, System } from '../../connectors/contract.ts';
import { postgres } from '../../connectors/postgres/index.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { errorOf } from '../conformance/suite.ts';
import { context, fields, register, to, users as usersOf } from './database.ts';
import { type ErasingDatabase, erasingDatabase, subject } from './erasing.ts';

const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, name text, held boolean NOT NULL DEFAULT false);
  CREATE TABLE consents (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, ended_at timestamptz, mail text);
  CREATE INDEX ON consents (user_id);
  INSERT INTO users VALUES (1, 'mari@x.example', 'Mari'), (2, 'jaan@x.example', 'Jaan');
  INSERT INTO consents SELECT n, 1 + n % 2, CASE WHEN n = 2 THEN timestamptz '2025-01-01' END, 'yes' FROM generate_series(1, 40) n;`;

const map = {
  ...{ version: 1, subject: 'users' },
  collections: {
    users: {
      ...usersOf,
      fields: fields('id', 'email', 'name', 'held'),
      restrict: { column: 'held', set: true, clear: false },
      rectify: { name: 'name' },
    },
    consents: {
      ...register,
      ...{ table: 'public.consents', key: ['id'], reach: [{ via: [to('users', 'user_id')] }] },
      fields: fields('id', 'user_id', 'ended_at', 'mail'),
      suppress: { ended_at: { time: 'now' }, mail: 'no' },
    },
  },
};

describe('the verbs of PostgreSQL', () => {
  let db: ErasingDatabase;
  let system: System;
  beforeAll(async () => {
    db = await erasingDatabase('verbs', schema);
    system = db.openErasing(map);
  });
  afterAll(() => db.stop());

  /** Does a deed with everything of person 1 in a collection, and says what was told of it. */
  const act = async (deed: Deed, collection: string, more: readonly string[] = []) => {
    const keys = subject('1');
    const sink = new MemorySink(keys, { want: 'facts' });
    await system.read(context, { keys, want: 'facts', sink });
    const chunks: DeedChunk[] = [];
    for (const { description, lines } of sink.streams.values()) {
      if (description.collection !== collection || lines.length === 0) continue;
      const keys = [...lines.map((line) => JSON.parse(line).key), ...more.map((id) => [['id', id]])];
      chunks.push({ stream: description, chunkNo: 0, keys });
    }
    const told = { done: 0, absent: 0 };
    const input = {
      keys,
      chunks: (async function* () {
        yield* chunks;
      })(),
      outcome: async (_: DeedChunk, of: { readonly done: number; readonly absent: number }) => {
        told.done += of.done;
        told.absent += of.absent;
      },
    };
    if (deed.verb === 'restrict') await system.restrict?.(context, { ...input, deed });
    else if (deed.verb === 'rectify') await system.rectify?.(context, { ...input, deed });
    else await system.suppress?.(context, { ...input, deed });
    return told;
  };

  it('restrict and take it off again, the same twice, and nobody else', async () => {
    for (const _ of [1, 2]) expect(await act({ verb: 'restrict', on: true }, 'users')).toEqual({ done: 1, absent: 0 });
    expect(await db.values('SELECT held FROM users ORDER BY id')).toEqual([true, false]);
    expect(await act({ verb: 'restrict', on: false }, 'users')).toEqual({ done: 1, absent: 0 });
    expect(await db.values('SELECT held FROM users ORDER BY id')).toEqual([false, false]);
  });

  it('suppress: since when stays what it was, a row that is gone is absent', async () => {
    expect(await act({ verb: 'suppress' }, 'consents', ['999'])).toEqual({ done: 20, absent: 1 });
    expect(await db.values("SELECT count(*)::int FROM consents WHERE mail = 'no' AND ended_at IS NOT NULL")).toEqual([
      20,
    ]);
    expect(await db.values("SELECT count(*)::int FROM consents WHERE mail = 'yes' AND user_id = 2")).toEqual([20]);
    expect(await db.values("SELECT ended_at = timestamptz '2025-01-01' FROM consents WHERE id = 2")).toEqual([true]);
  });

  it('rectify what the person said, quotes and letters and all', async () => {
    const name = `Mari "Õ" O'Tamm`;
    expect(await act({ verb: 'rectify', to: { name } }, 'users')).toEqual({ done: 1, absent: 0 });
    expect(await db.values('SELECT name FROM users ORDER BY id')).toEqual([name, 'Jaan']);
  });

  it('pass by a row that is another person’s by now', async () => {
    await db.admin.query('UPDATE consents SET mail = NULL WHERE id = 2');
    expect(await act({ verb: 'suppress' }, 'consents', ['1'])).toEqual({ done: 20, absent: 1 });
    expect(await db.values('SELECT mail FROM consents WHERE id = 1')).toEqual(['yes']);
  });

  it('stop where something undoes what was done, or changes another row', async () => {
    await db.admin.query(`CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.held := false; RETURN NEW; END $$;
      CREATE TRIGGER undo BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION undo()`);
    expect(await errorOf(act({ verb: 'restrict', on: true }, 'users'))).toMatchObject({ code: 'deed-not-kept' });
    await db.admin.query(`DROP TRIGGER undo ON users;
      CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE consents SET mail = 'x' WHERE id = 3; RETURN NEW; END $$;
      CREATE TRIGGER more AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION more()`);
    expect(await errorOf(act({ verb: 'restrict', on: true }, 'users'))).toMatchObject({ code: 'collateral-damage' });
    expect(await db.values('SELECT held FROM users ORDER BY id')).toEqual([false, false]);
    await db.admin.query('DROP TRIGGER more ON users');
  });

  it('are declared per collection, refused on a key column, and are none without a login that may change', () => {
    expect(system.manifest.stages).toEqual(expect.arrayContaining(['restrict', 'rectify', 'suppress']));
    expect(system.collections.map(({ verbs }) => verbs)).toEqual([
      { restrict: ['held'], rectify: { name: 'name' } },
      { suppress: ['ended_at', 'mail'] },
    ]);
    const reader = postgres.open(db.config(map));
    expect([reader.restrict, reader.rectify, reader.suppress]).toEqual([undefined, undefined, undefined]);
    expect(reader.collections.every(({ verbs }) => verbs === undefined)).toBe(true);
    const wrong = structuredClone(map);
    wrong.collections.users.restrict = { column: 'id', set: true, clear: true };
    expect(postgres.validate(db.config(wrong)).map(({ pointer }) => pointer)).toEqual([
      ...['/collections/users/restrict/column', '/collections/users/restrict/clear'],
    ]);
  });
});
