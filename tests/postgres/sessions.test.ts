/**
 * What the account database tells log systems: when an address was whose. Windows come from people's own sessions, and
 * only those in which nobody else was behind the same address may prove anything.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Identifier, System } from '../../connectors/contract.ts';
import { context, databaseWith, fields, keyOf, register, type TestDatabase, to, users } from './database.ts';

const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
  CREATE TABLE user_emails (user_id bigint REFERENCES users, email text, valid_from timestamptz, valid_to timestamptz,
    PRIMARY KEY (user_id, email, valid_from));
  CREATE TABLE sessions (id bigint PRIMARY KEY, user_id bigint REFERENCES users, ip inet, started_at timestamptz, ended_at timestamptz);
  INSERT INTO users VALUES (1, 'liis@x.example'), (2, 'manager@x.example'), (3, 'peeter@x.example');
  INSERT INTO user_emails VALUES
    (2, 'manager@x.example', '2026-08-31T21:00:00Z', NULL), (2, 'kaisa@x.example', '2025-01-01T00:00:00Z', '2026-08-31T21:00:00Z'),
    (3, 'manager@x.example', '2024-01-01T00:00:00Z', '2026-08-31T21:00:00Z'), (3, 'not-unique@x.example', '2024-01-01T00:00:00Z', NULL);
  INSERT INTO sessions VALUES
    (1, 1, '203.0.113.44', '2026-09-01T08:00:00Z', '2026-09-01T09:00:00Z'),
    (2, 2, '203.0.113.44', '2026-09-01T08:59:59.999Z', '2026-09-01T09:30:00Z'),
    (3, 1, '203.0.113.44', '2026-09-02T08:00:00Z', '2026-09-02T09:00:00Z'),
    (4, 1, '2001:db8::7', '2026-09-03T08:00:00.250Z', NULL),
    (5, NULL, '198.51.100.9', '2026-09-04T08:00:00Z', NULL),
    (6, 1, '198.51.100.9', '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z'),
    (7, 1, '198.51.100.9', '2026-09-01T08:00:00Z', '2026-09-01T08:10:00Z'),
    (8, 1, '203.0.113.44', '2026-09-02T08:30:00Z', '2026-09-02T09:30:00Z');`;

const map = {
  version: 1,
  subject: 'users',
  collections: {
    users,
    user_emails: {
      ...register,
      table: 'public.user_emails',
      key: ['user_id', 'email', 'valid_from'],
      identifiers: [{ column: 'email', kind: 'email', match: 'candidate', from: 'valid_from', to: 'valid_to' }],
      reach: [{ via: [to('users', 'user_id')] }],
      fields: fields('user_id', 'email', 'valid_from', 'valid_to'),
    },
    sessions: {
      ...register,
      table: 'public.sessions',
      key: ['id'],
      reach: [{ via: [to('users', 'user_id')] }],
      session: { from: 'started_at', to: 'ended_at', places: [{ column: 'ip', kind: 'ip' }] },
      fields: fields('id', 'user_id', 'ip', 'started_at', 'ended_at'),
    },
  },
};

describe('the account database tells log systems', () => {
  let database: TestDatabase;
  let system: System;
  beforeAll(async () => {
    database = await databaseWith('sessions', schema);
    system = database.open(map);
  });
  afterAll(() => database.stop());

  const learntOf = async (email: string, kind: string): Promise<readonly Identifier[]> => {
    const identifiers = [{ kind: 'email', value: email, source: 'request' }];
    const { learnt } = await system.locate(context, { identifiers, accepted: [], rejected: [] });
    return learnt.filter((one) => one.kind === kind);
  };
  const exclusivityOf = (windows: readonly Identifier[], user = '1') =>
    system.exclusivity?.(context, { keys: keyOf(user), windows });

  it('every window of the person’s own sessions, as instants, and of nobody else’s', async () => {
    const windows = await learntOf('liis@x.example', 'ip');
    expect(windows.map(({ value, from, to: until }) => [value, from, until])).toEqual([
      ['198.51.100.9', '2026-09-01T08:00:00.000Z', '2026-09-01T08:10:00.000Z'],
      ['203.0.113.44', '2026-09-01T08:00:00.000Z', '2026-09-01T09:00:00.000Z'],
      ['203.0.113.44', '2026-09-02T08:00:00.000Z', '2026-09-02T09:00:00.000Z'],
      ['203.0.113.44', '2026-09-02T08:30:00.000Z', '2026-09-02T09:30:00.000Z'],
      ['2001:db8::7', '2026-09-03T08:00:00.250Z', undefined],
      ['198.51.100.9', '2026-09-05T08:00:00.000Z', '2026-09-05T09:00:00.000Z'],
    ]);
  });

  it('whether a window was the person’s alone: shared when another session touched it, unknown without an end', async () => {
    const windows = await learntOf('liis@x.example', 'ip');
    const answers = await exclusivityOf(windows);
    expect(windows.map(({ value, from }, i) => [value, from?.slice(0, 10), answers?.[i]])).toEqual([
      ['198.51.100.9', '2026-09-01', 'sole'],
      // The hotel's other employee was logged in for the last millisecond of it.
      ['203.0.113.44', '2026-09-01', 'shared'],
      // Two sessions of the same person share nothing with anybody.
      ['203.0.113.44', '2026-09-02', 'sole'],
      ['203.0.113.44', '2026-09-02', 'sole'],
      ['2001:db8::7', '2026-09-03', 'unknown'],
      // A session that nobody owns and that never ended may be somebody's.
      ['198.51.100.9', '2026-09-05', 'shared'],
    ]);
  });

  it('nothing about a kind that it does not know, or for a person it does not know', async () => {
    const window = { source: 'account-db', from: '2026-09-02T08:00:00.000Z', to: '2026-09-02T09:00:00.000Z' };
    expect(await exclusivityOf([{ ...window, kind: 'device', value: 'd-1' }])).toEqual(['unknown']);
    const known = { ...window, kind: 'ip', value: '203.0.113.44' };
    expect(await system.exclusivity?.(context, { keys: [], windows: [known] })).toEqual(['unknown']);
    expect(await exclusivityOf([known], '2')).toEqual(['shared']);
  });

  it('from when to when an address was whose: the next holder of manager@ begins where the last one ended', async () => {
    const handedOn = '2026-08-31T21:00:00.000Z';
    const dates = (some: readonly Identifier[]) => some.map(({ value, from, to: until }) => [value, from, until]);
    expect(dates(await learntOf('manager@x.example', 'email'))).toEqual([
      ['kaisa@x.example', '2025-01-01T00:00:00.000Z', handedOn],
      ['manager@x.example', handedOn, undefined],
    ]);
    expect(dates(await learntOf('peeter@x.example', 'email'))).toEqual([
      ['manager@x.example', '2024-01-01T00:00:00.000Z', handedOn],
    ]);
  });

  it('an address it has taught with its window searches as before', async () => {
    const asked = [
      { kind: 'email', value: 'manager@x.example', source: 'request' },
      { kind: 'email', value: 'manager@x.example', source: 'account-db', from: '2026-08-31T21:00:00.000Z' },
      { kind: 'email', value: 'kaisa@x.example', source: 'account-db', to: '2026-08-31T21:00:00.000Z' },
    ];
    const { keys, learnt } = await system.locate(context, { identifiers: asked, accepted: [], rejected: [] });
    expect(keys.map(({ key }) => key)).toEqual([[['id', '2']]]);
    expect(learnt.filter(({ kind, to: until }) => kind === 'email' && until === undefined)).toEqual([]);
  });

  it('every window of an address, however many there are', async () => {
    await database.admin.query(
      `INSERT INTO users VALUES (4, 'often@x.example');
       INSERT INTO user_emails
         SELECT 4, 'often.before@x.example', t, t + interval '1 hour'
           FROM generate_series('2025-01-01T00:00:00Z'::timestamptz, '2025-09-07T00:00:00Z', '1 day') AS t`,
    );
    const often: Identifier = { kind: 'email', value: 'often@x.example', source: 'request' };
    const { learnt } = await system.locate(context, { identifiers: [often], accepted: [], rejected: [] });
    expect(learnt.filter(({ value }) => value === 'often.before@x.example')).toHaveLength(250);
  });
});
