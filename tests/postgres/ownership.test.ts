/**
 * Whose a record is: streams by path and by kind of customer, once each, and never by a guess.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { System } from '../../connectors/contract.ts';
import { PostgresClient } from '../../connectors/postgres/client.ts';
import { read } from '../../connectors/postgres/read.ts';
import { limitsOf } from '../../connectors/postgres/settings.ts';
import { parseConfig } from '../../connectors/postgres/validate.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, databaseWith, fields, keyOf, register, type TestDatabase, to, users } from './database.ts';

const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
  CREATE TABLE workspaces (id bigint PRIMARY KEY, kind text, owner_id bigint REFERENCES users, customer_no text UNIQUE);
  CREATE TABLE posts (id bigint PRIMARY KEY, workspace_id bigint REFERENCES workspaces, author_id bigint, editor_id bigint, body text, secret text);
  INSERT INTO users VALUES (1, 'mari@x.example'), (2, 'colleague@x.example');
  INSERT INTO workspaces VALUES (10, 'llc', 1, 'cus_company'), (11, 'sole', 1, 'cus_own'), (12, 'sole', 2, 'cus_other');
  INSERT INTO posts VALUES
    (100, 10, 1, 1, 'both author and editor', 's'), (101, 10, 2, 1, 'editor only', 's'), (102, 11, 1, NULL, 'own business', 's'),
    (103, 12, 1, NULL, 'in another’s business', 's'), (104, NULL, 1, NULL, 'in no workspace', 's'), (105, 10, 2, 2, 'colleague', 's'),
    (106, 11, 2, NULL, 'by a colleague in the own business', 's');`;

const posts = {
  ...register,
  table: 'public.posts',
  key: ['id'],
  owner: 'workspace',
  workspace: [to('workspaces', 'workspace_id')],
  reach: [
    { via: [to('users', 'author_id')], own: ['id', 'body'] },
    { via: [to('users', 'editor_id')], own: ['id'] },
    { via: [to('workspaces', 'workspace_id'), to('users', 'owner_id')] },
  ],
  fields: {
    ...fields('id', 'workspace_id', 'author_id', 'editor_id', 'body'),
    secret: { category: 'account', export: false, exportReason: 'a secret of the system' },
  },
};
const map = {
  version: 1,
  subject: 'users',
  customerKind: {
    collection: 'workspaces',
    column: 'kind',
    values: { llc: 'company', sole: 'sole-trader' },
    owner: { columns: ['owner_id'], toColumns: ['id'] },
  },
  collections: {
    users,
    workspaces: {
      ...register,
      table: 'public.workspaces',
      key: ['id'],
      owner: 'workspace',
      workspace: [],
      identifiers: [{ column: 'customer_no', kind: 'customer_no', match: 'proof' }],
      reach: [{ via: [to('users', 'owner_id')] }],
      fields: fields('id', 'kind', 'owner_id', 'customer_no'),
    },
    posts,
  },
};

describe('whose a record is', () => {
  let db: TestDatabase;
  let system: System;
  beforeAll(async () => {
    db = await databaseWith('ownership', schema);
    system = db.open(map);
  });
  afterAll(() => db.stop());

  async function streams(over: System = system) {
    const sink = new MemorySink(keyOf('1'));
    await over.read(context, { keys: keyOf('1'), want: 'content', sink });
    return { sink, posts: [...sink.streams.values()].filter(({ description }) => description.collection === 'posts') };
  }
  const ids = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).record.id);

  it('splits records by path and kind of customer; a record comes in the first path that reaches it', async () => {
    const found = (await streams()).posts.map(({ description, lines }) => ({
      kind: description.customerKind,
      owned: description.subjectOwnsWorkspace,
      own: description.ownFields,
      ids: ids(lines),
    }));
    expect(found).toEqual([
      { kind: 'company', owned: true, own: ['id', 'body'], ids: ['100'] },
      { kind: 'sole-trader', owned: true, own: ['id', 'body'], ids: ['102'] },
      { kind: 'sole-trader', owned: false, own: ['id', 'body'], ids: ['103'] },
      { kind: undefined, owned: false, own: ['id', 'body'], ids: ['104'] },
      { kind: 'company', owned: true, own: ['id'], ids: ['101'] },
      { kind: 'company', owned: true, own: [], ids: ['105'] },
      { kind: 'sole-trader', owned: true, own: [], ids: ['106'] },
    ]);
  });

  it('does not split what is held as a processor: it is referred as a whole', async () => {
    const { posts: found } = await streams(
      db.open({ ...map, collections: { ...map.collections, posts: { ...posts, role: 'processor' } } }),
    );
    expect(found.map(({ lines }) => ids(lines))).toEqual([['100', '102', '103', '104'], ['101'], ['105', '106']]);
    for (const { description } of found) expect(description).not.toHaveProperty('customerKind');
  });

  it('never selects what is not given out: the role needs no permission for it', async () => {
    await db.admin.query(`REVOKE SELECT ON posts FROM ${db.role}`);
    await db.admin.query(`GRANT SELECT (id, workspace_id, author_id, editor_id, body) ON posts TO ${db.role}`);
    const { sink } = await streams();
    expect(sink.lines('posts').join('')).not.toContain('secret');
    expect(await system.check(context)).toMatchObject({ ok: true });
    await db.admin.query(`GRANT SELECT ON posts TO ${db.role}`);
  });

  it('stops at a kind of customer that is not mapped, and names the column, not the value', async () => {
    for (const kind of ["'guild-of-mari'", 'NULL']) {
      await db.admin.query(`UPDATE workspaces SET kind = ${kind} WHERE id = 12`);
      await expect(streams()).rejects.toMatchObject({
        code: 'customer-kind-unmapped',
        where: 'public.workspaces.kind',
      });
      await expect(streams()).rejects.not.toThrow(/guild-of-mari/);
    }
    await db.admin.query("UPDATE workspaces SET kind = 'sole' WHERE id = 12");
  });

  it('learns the customer number of the own business, and not of the company that employs the person', async () => {
    const { learnt } = await system.locate(context, {
      identifiers: [{ kind: 'email', value: 'mari@x.example', source: 'request' }],
      accepted: [],
      rejected: [],
    });
    expect(learnt).toEqual([{ kind: 'customer_no', value: 'cus_own', source: 'account-db' }]);
  });

  it('goes on with a new snapshot where one lasts too long, and still reads each record once', async () => {
    const { settings, map: checked } = parseConfig(db.config(map));
    const limits = { ...limitsOf(settings, 1), snapshotMs: -1 };
    const client = new PostgresClient(settings.url, limits);
    const charged: number[] = [];
    const pacer = { most: 1, ready: async () => undefined, charge: (rows: number) => charged.push(rows) };
    const instants: string[] = [];
    class Watching extends MemorySink {
      snapshot(asOf: string): void {
        instants.push(asOf);
      }
    }
    const sink = new Watching(keyOf('1'));
    await read({ client, map: checked, limits, pacer }, context, { keys: keyOf('1'), want: 'content', sink });
    await client.close();
    expect([...sink.lines()].sort()).toEqual([...(await streams()).sink.lines()].sort());
    expect(new Set(instants).size).toBeGreaterThan(3);
    // The cap: never more than it allows at once, and all of it charged.
    expect(Math.max(...charged)).toBe(1);
    expect(charged.reduce((sum, rows) => sum + rows, 0)).toBe(sink.count);
  });
});
