/**
 * What is read for an erasure: facts of every kind and no content, and the records of others that only name the person.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordFacts, StreamDescription, System } from '../../connectors/contract.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, databaseWith, fields, keyOf, register, type TestDatabase, to, users } from './database.ts';

const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, sponsor_id bigint REFERENCES users);
  CREATE TABLE workspaces (id bigint PRIMARY KEY, kind text NOT NULL, owner_id bigint REFERENCES users, closed_at timestamptz);
  CREATE TABLE bills (id bigint PRIMARY KEY, workspace_id bigint REFERENCES workspaces, contact_id bigint REFERENCES users,
    scheme text, issued date, booked timestamp, ends timestamptz, paid date, note text);
  CREATE TABLE lines (bill_id bigint NOT NULL REFERENCES bills, no int NOT NULL, what text, made timestamptz, PRIMARY KEY (bill_id, no));
  CREATE TABLE members (workspace_id bigint NOT NULL REFERENCES workspaces, user_id bigint NOT NULL REFERENCES users,
    invited_by bigint REFERENCES users, approved_by bigint REFERENCES users, PRIMARY KEY (workspace_id, user_id));
  CREATE TABLE leads (id bigint PRIMARY KEY, email text NOT NULL, user_id bigint REFERENCES users, added_by bigint REFERENCES users);
  INSERT INTO users VALUES (1, 'mari@x.example', NULL), (2, 'colleague@x.example', 1), (3, 'third@x.example', NULL);
  INSERT INTO workspaces VALUES (10, 'sole', 1, NULL), (11, 'sole', 1, '2026-03-31T21:30:00Z'), (12, 'llc', 2, NULL);
  INSERT INTO bills VALUES
    (100, 10, NULL, 'at_home', '2026-02-03', '2026-02-04 23:59:59', NULL, NULL, 'secret of 100'),
    (101, 11, NULL, 'abroad', '2025-12-31', '2026-01-02', '2026-06-30T21:30:00Z', '2026-01-15', 'secret of 101'),
    (102, 12, 1, NULL, NULL, NULL, NULL, '2026-01-15', 'secret of 102');
  INSERT INTO lines VALUES (100, 1, 'secret line', '2026-02-03T10:11:12.345678Z'), (101, 1, 'secret line', NULL);
  INSERT INTO members VALUES (10, 1, NULL, NULL), (12, 1, 2, 1), (12, 2, 1, 1), (12, 3, 1, NULL), (10, 3, 2, 1), (11, 2, 2, 3);
  INSERT INTO leads VALUES (1, 'mari@x.example', NULL, 1), (2, 'other@x.example', NULL, 1), (3, 'third@x.example', 3, 2);`;

const bill = [to('bills', 'bill_id')];
const owned = [to('workspaces', 'workspace_id'), to('users', 'owner_id')];
const schemes = { at_home: 'domestic', abroad: 'reverse-charge', shop: 'oss' };
const map = {
  version: 1,
  subject: 'users',
  timeZone: 'Europe/Tallinn',
  customerKind: {
    collection: 'workspaces',
    column: 'kind',
    values: { llc: 'company', sole: 'sole-trader' },
    owner: { columns: ['owner_id'], toColumns: ['id'] },
    closedAt: 'closed_at',
  },
  collections: {
    users: {
      ...users,
      erase: { whole: 'delete', fields: { sponsor_id: 'null' } },
      references: [{ columns: ['sponsor_id'], toColumns: ['id'] }],
      fields: fields('id', 'email', 'sponsor_id'),
    },
    workspaces: {
      ...register,
      table: 'public.workspaces',
      key: ['id'],
      owner: 'workspace',
      workspace: [],
      reach: [{ via: [to('users', 'owner_id')] }],
      retention: { events: { closure: { column: 'closed_at' } } },
      fields: fields('id', 'kind', 'owner_id', 'closed_at'),
    },
    bills: {
      ...register,
      table: 'public.bills',
      key: ['id'],
      owner: 'workspace',
      workspace: [to('workspaces', 'workspace_id')],
      createdAt: 'issued',
      reach: [{ via: [to('users', 'contact_id')], own: ['contact_id'] }, { via: owned }],
      retention: {
        events: { issue: { column: 'issued' }, recording: { column: 'booked' }, 'term-expiry': { column: 'ends' } },
        supply: { column: 'scheme', values: schemes },
        money: { column: 'paid' },
      },
      fields: fields(...['id', 'workspace_id', 'contact_id', 'scheme', 'issued', 'booked', 'ends', 'paid', 'note']),
    },
    lines: {
      ...register,
      table: 'public.lines',
      key: ['bill_id', 'no'],
      owner: 'workspace',
      workspace: [to('bills', 'bill_id'), to('workspaces', 'workspace_id')],
      createdAt: 'made',
      reach: [{ via: [to('bills', 'bill_id'), ...owned] }],
      retention: {
        events: {
          issue: { via: bill, column: 'issued' },
          closure: { via: [...bill, to('workspaces', 'workspace_id')], column: 'closed_at' },
        },
        supply: { via: bill, column: 'scheme', values: schemes },
        money: { via: bill, column: 'paid' },
      },
      fields: fields('bill_id', 'no', 'what', 'made'),
    },
    members: {
      ...register,
      table: 'public.members',
      key: ['workspace_id', 'user_id'],
      reach: [{ via: [to('users', 'user_id')] }],
      erase: { whole: 'delete', fields: { invited_by: 'null', approved_by: 'null' } },
      references: [
        { columns: ['invited_by'], toColumns: ['id'] },
        { columns: ['approved_by'], toColumns: ['id'] },
      ],
      fields: {
        ...fields('workspace_id', 'user_id'),
        invited_by: { category: 'reference', export: false, exportReason: 'another person' },
        approved_by: { category: 'reference', export: false, exportReason: 'another person' },
      },
    },
    leads: {
      ...register,
      table: 'public.leads',
      key: ['id'],
      identifiers: [{ column: 'email', kind: 'email', match: 'proof' }],
      reach: [{ via: [to('users', 'user_id')] }],
      direct: { by: ['email'], unless: ['user_id'] },
      erase: { whole: 'delete', fields: { added_by: 'null' } },
      references: [{ columns: ['added_by'], toColumns: ['id'] }],
      fields: fields('id', 'email', 'user_id', 'added_by'),
    },
  },
};

describe('what is read for an erasure', () => {
  let db: TestDatabase;
  let system: System;
  beforeAll(async () => {
    db = await databaseWith('facts', schema);
    system = db.open(map);
  });
  afterAll(() => db.stop());

  const keys = [...keyOf('1'), { collection: 'leads', key: [['id', '1']], provedBy: 'email' }] as const;

  async function streams(want: 'facts' | 'content' = 'facts', over: System = system) {
    const sink = new MemorySink(keys);
    await over.read(context, { keys, want, sink });
    return [...sink.streams.values()];
  }

  /** By collection: each record's key in short, and its facts. */
  async function facts(collection: string): Promise<Readonly<Record<string, RecordFacts>>> {
    const found = (await streams()).filter(({ description }) => description.collection === collection);
    const lines = found.filter(({ description }) => description.isReference !== true).flatMap((one) => one.lines);
    return Object.fromEntries(
      lines.map((line) => {
        const { key, facts: told } = JSON.parse(line);
        return [key.map(([, value]: [string, string]) => value).join('/'), told];
      }),
    );
  }

  it('is when a record was made, what happened to it and when, its tax, its money and its workspace', async () => {
    expect(await facts('bills')).toEqual({
      100: {
        createdAt: '2026-02-03',
        events: { issue: '2026-02-03', recording: '2026-02-04', 'term-expiry': null },
        supply: 'domestic',
        money: 'open',
        workspace: '10',
        workspaceClosed: false,
      },
      // The instant is half past midnight in Tallinn.
      101: {
        createdAt: '2025-12-31',
        events: { issue: '2025-12-31', recording: '2026-01-02', 'term-expiry': '2026-07-01' },
        supply: 'reverse-charge',
        money: 'settled',
        workspace: '11',
        workspaceClosed: true,
      },
      // What the row does not say is missing, and policy asks.
      102: {
        events: { issue: null, recording: null, 'term-expiry': null },
        money: 'settled',
        workspace: '12',
        workspaceClosed: false,
      },
    });
  });

  it('is found through joins, as far as they lead', async () => {
    expect(await facts('lines')).toEqual({
      '100/1': {
        createdAt: '2026-02-03T10:11:12.345Z',
        events: { issue: '2026-02-03', closure: null },
        supply: 'domestic',
        money: 'open',
        workspace: '10',
        workspaceClosed: false,
      },
      '101/1': {
        events: { issue: '2025-12-31', closure: '2026-04-01' },
        supply: 'reverse-charge',
        money: 'settled',
        workspace: '11',
        workspaceClosed: true,
      },
    });
  });

  it('is nothing of a person’s record but what is declared, and of a workspace itself which it is', async () => {
    expect(await facts('users')).toEqual({ 1: {} });
    expect(await facts('workspaces')).toEqual({
      10: { events: { closure: null }, workspace: '10', workspaceClosed: false },
      11: { events: { closure: '2026-04-01' }, workspace: '11', workspaceClosed: true },
    });
    const found = (await streams()).map(({ description }) => description);
    for (const description of found)
      expect([description.collection, description.isWorkspace]).toEqual([
        description.collection,
        description.collection === 'workspaces' ? true : undefined,
      ]);
  });

  it('never has content, of whatever stream', async () => {
    for (const { lines } of await streams())
      for (const line of lines) {
        expect(Object.keys(JSON.parse(line))).toEqual(['key', 'facts']);
        expect(line).not.toMatch(/secret|@x\.example/);
      }
  });

  it('ends where a supply is taxed in a way that is not mapped, and names the column, not the value', async () => {
    await db.admin.query(`UPDATE bills SET scheme = 'deal-of-mari' WHERE id = 101`);
    await expect(streams()).rejects.toMatchObject({ code: 'supply-unmapped', where: 'public.bills.scheme' });
    await expect(streams('content')).resolves.toBeDefined();
    await db.admin.query(`UPDATE bills SET scheme = 'abroad' WHERE id = 101`);
  });

  it('has the records of others that only name the person, each once, and none of the person’s own', async () => {
    const named = (await streams())
      .filter(({ description }) => description.isReference === true)
      .map(({ description, lines }) => [
        `${description.collection}.${description.ownFields.join()}`,
        lines.map((line) =>
          JSON.parse(line)
            .key.map(([, value]: [string, string]) => value)
            .join('/'),
        ),
      ]);
    // Her own rows name her too, and so does a lead that is proved hers: they are in the other streams.
    expect(named).toEqual([
      ['users.sponsor_id', ['2']],
      ['members.invited_by', ['12/2', '12/3']],
      ['members.approved_by', ['10/3']],
      ['leads.added_by', ['2']],
    ]);
  });

  it('numbers them after all others, so that what is read for access keeps its numbers and never has them', async () => {
    const [erasure, access] = [await streams('facts'), await streams('content')];
    const numbers = (of: { description: StreamDescription }[]) => of.map(({ description }) => description.no);
    const references = erasure.filter(({ description }) => description.isReference === true);
    expect(Math.min(...numbers(references))).toBeGreaterThan(Math.max(...numbers(access)));
    expect(access.some(({ description }) => description.isReference === true)).toBe(false);
    expect(numbers(access)).toEqual(numbers(erasure).slice(0, access.length));
    const keysIn = access.flatMap(({ lines }) => lines.map((line) => JSON.stringify(JSON.parse(line).key)));
    expect(keysIn).not.toContain(JSON.stringify([['id', '2']]));
  });
});

describe('the check of the data map', () => {
  it('demands an index for columns that only name the person: they are looked up too', async () => {
    const db = await databaseWith('refindex', schema);
    const report = await db.open(map).mapCheck?.(context);
    const places = report?.findings.filter(({ code }) => code === 'map-index-missing').map(({ place }) => place);
    expect(places).toEqual(expect.arrayContaining(['public.members.invited_by', 'public.users.sponsor_id']));
    await db.admin.query('CREATE INDEX ON members (invited_by); CREATE INDEX ON users (sponsor_id)');
    const again = await db.open(map).mapCheck?.(context);
    expect(again?.findings.map(({ place }) => place)).not.toContain('public.members.invited_by');
    await db.stop();
  });
});

describe('foreign keys to the person’s row', () => {
  it('are each declared, and none is of a row that never goes: else no person could be erased', async () => {
    const db = await databaseWith('foreignkeys', schema);
    const found = async (over: unknown) =>
      (await db.open(over).mapCheck?.(context))?.findings
        .filter(({ code }) => code === 'map-reference-undeclared')
        .map(({ place, remedy }) => [place, remedy]);
    expect(await found(map)).toEqual([]);
    const { references: _, ...members } = map.collections.members;
    const leads = { ...map.collections.leads, role: 'processor' };
    expect(await found({ ...map, collections: { ...map.collections, members, leads } })).toEqual([
      ['public.leads.added_by', expect.stringContaining('drop the foreign key')],
      ['public.leads.user_id', expect.stringContaining('drop the foreign key')],
      ['public.members.approved_by', expect.stringContaining('`references` where it only names them')],
      ['public.members.invited_by', expect.stringContaining('`references` where it only names them')],
    ]);
    // A table of which the map says nothing, or that it holds nothing of anybody, holds the row back all the same.
    await db.admin.query('CREATE TABLE medals (id bigint PRIMARY KEY, winner_id bigint REFERENCES users)');
    const silent = { ...map, noPersonalData: { 'public.medals': 'said to hold nothing' } };
    expect(await found(silent)).toEqual([['public.medals.winner_id', expect.stringContaining('as a collection')]]);
    await db.stop();
  });
});

describe('what is read of a map that says less', () => {
  it('is the time a record was made, and nothing else', async () => {
    const db = await databaseWith('fewfacts', schema);
    const { erase: _, references: __, ...plain } = map.collections.users;
    const { retention: ___, ...bills } = map.collections.bills;
    const { closedAt: ____, ...customerKind } = map.customerKind;
    const { workspaces } = map.collections;
    const system = db.open({
      ...map,
      customerKind,
      schemas: ['public'],
      collections: { users: plain, workspaces, bills },
      noPersonalData: {
        'public.lines': 'not looked at in this test',
        'public.members': 'not looked at in this test',
        'public.leads': 'not looked at in this test',
      },
    });
    const sink = new MemorySink(keyOf('1'));
    await system.read(context, { keys: keyOf('1'), want: 'facts', sink });
    expect(sink.lines('bills').map((line) => JSON.parse(line).facts)).toEqual([
      { workspace: '12' },
      { createdAt: '2026-02-03', workspace: '10' },
      { createdAt: '2025-12-31', workspace: '11' },
    ]);
    await db.stop();
  });

  it('is nothing where an event’s column tells no day: the check says so too', async () => {
    const db = await databaseWith('nodays', schema);
    const bills = { ...map.collections.bills, retention: { events: { issue: { column: 'note' } } } };
    const system = db.open({ ...map, collections: { ...map.collections, bills } });
    const reading = system.read(context, { keys: keyOf('1'), want: 'facts', sink: new MemorySink(keyOf('1')) });
    await expect(reading).rejects.toMatchObject({ code: 'system-schema-drift', where: 'public.bills.note' });
    const report = await system.mapCheck?.(context);
    expect(report?.findings).toContainEqual(
      expect.objectContaining({ code: 'system-schema-drift', place: 'public.bills.note' }),
    );
    await db.stop();
  });
});
