/**
 * People without an account: rows that bear their address and belong to nobody's account. All of these are found, and
 * none of anybody else's; where the address was or may be another's, a named person decides.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Identifier, LocateInput, RecordRef, SubjectKey, System } from '../../connectors/contract.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, databaseWith, fields, register, type TestDatabase, to, users } from './database.ts';

// Consent 5 and account 5 share their number on purpose.
const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, mailbox text NOT NULL DEFAULT 'own');
  CREATE TABLE old_emails (user_id bigint REFERENCES users, email text, until timestamptz, PRIMARY KEY (user_id, email));
  CREATE TABLE workspaces (id bigint PRIMARY KEY, kind text NOT NULL, owner_id bigint REFERENCES users);
  CREATE TABLE consents (id bigint PRIMARY KEY, email text NOT NULL, user_id bigint, wording text);
  CREATE TABLE invitations (id uuid PRIMARY KEY, workspace_id bigint NOT NULL REFERENCES workspaces, email text NOT NULL,
    user_id bigint REFERENCES users, invited_by bigint NOT NULL REFERENCES users, message text, plan text);
  CREATE TABLE rota (workspace_id bigint, staff_no text, shift_on date, email text, user_id bigint REFERENCES users,
    name text, remark text, PRIMARY KEY (workspace_id, staff_no, shift_on));
  INSERT INTO users VALUES (1, 'liis@x.example'), (2, 'manager@x.example'), (3, 'peeter@x.example'), (5, 'five@x.example'),
    (6, 'Two@x.example'), (7, 'two@x.example');
  INSERT INTO users VALUES (8, 'info@x.example', 'shared');
  INSERT INTO old_emails VALUES (3, 'manager@x.example', '2026-08-31T21:00:00Z');
  INSERT INTO workspaces VALUES (10, 'llc', 1);
  INSERT INTO consents VALUES
    (5, 'lead@x.example', NULL, 'of the lead'), (6, 'LEAD@x.example', NULL, 'in capitals'), (7, 'lead@x.example', 3, 'of Peeter'),
    (8, 'liis@x.example', NULL, 'before the account'), (9, 'liis@x.example', 1, 'with the account'),
    (10, 'manager@x.example', NULL, 'of one of two managers'), (11, 'gone@x.example', 99, 'of an account that is gone'),
    (12, 'two@x.example', NULL, 'of two'), (13, 'info@x.example', NULL, 'of the reception'), (14, 'lone@x.example', NULL, 'alone'),
    (15, 'to${'\u0303'}nu@x.example', NULL, 'decomposed'), (16, 'other@x.example', NULL, 'other');
  INSERT INTO invitations VALUES
    ('00000000-0000-4000-8000-000000000001', 10, 'guest@x.example', NULL, 1, 'Tere, Kalju', 'gold'),
    ('00000000-0000-4000-8000-000000000003', 10, 'liis@x.example', NULL, 1, 'Tere, mina ise', 'gold'),
    ('00000000-0000-4000-8000-000000000002', 10, 'private@x.example', 3, 1, 'Tere, Peeter', 'gold');
  INSERT INTO rota VALUES (10, 'K "4"', '2026-03-02', 'barista@x.example', NULL, 'Brita', 'ill'),
    (10, 'K "4"', '2026-03-03', 'barista@x.example', NULL, 'Brita', NULL), (10, 'K-1', '2026-03-02', 'liis@x.example', 1, 'Liis', NULL);`;

const address = { column: 'email', kind: 'email', match: 'proof', caseInsensitive: true };
const consents = {
  ...register,
  table: 'public.consents',
  key: ['id'],
  identifiers: [address],
  reach: [{ via: [to('users', 'user_id')] }],
  direct: { by: ['email'], unless: ['user_id'] },
  fields: { ...fields('id', 'user_id', 'wording'), email: { category: 'contact' } },
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
    users: {
      ...users,
      identifiers: [{ column: 'id', kind: 'user_id', match: 'proof' }, address],
      sharedMailbox: { column: 'mailbox', values: ['shared'] },
      fields: fields('id', 'email', 'mailbox'),
    },
    old_emails: {
      ...register,
      table: 'public.old_emails',
      key: ['user_id', 'email'],
      identifiers: [{ column: 'email', kind: 'email', match: 'candidate', to: 'until' }],
      reach: [{ via: [to('users', 'user_id')] }],
      fields: fields('user_id', 'email', 'until'),
    },
    workspaces: {
      ...register,
      table: 'public.workspaces',
      key: ['id'],
      owner: 'workspace',
      workspace: [],
      reach: [{ via: [to('users', 'owner_id')] }],
      fields: fields('id', 'kind', 'owner_id'),
    },
    consents,
    invitations: {
      ...register,
      table: 'public.invitations',
      key: ['id'],
      owner: 'workspace',
      workspace: [to('workspaces', 'workspace_id')],
      identifiers: [address],
      reach: [
        { via: [to('users', 'user_id')], own: ['id', 'email', 'message'] },
        { via: [to('users', 'invited_by')], own: ['id', 'message'] },
      ],
      direct: { by: ['email'], unless: ['user_id'], own: ['id', 'email', 'message'] },
      fields: fields('id', 'workspace_id', 'email', 'user_id', 'invited_by', 'message', 'plan'),
    },
    rota: {
      ...register,
      table: 'public.rota',
      key: ['workspace_id', 'staff_no', 'shift_on'],
      role: 'processor',
      identifiers: [address],
      reach: [{ via: [to('users', 'user_id')] }],
      direct: { by: ['email'], unless: ['user_id'] },
      fields: {
        ...fields('workspace_id', 'staff_no', 'shift_on', 'email', 'user_id', 'remark'),
        name: { category: 'identity' },
      },
    },
  },
};

const email = (value: string, more: Partial<Identifier> = {}): Identifier => ({
  kind: 'email',
  value,
  source: 'request',
  ...more,
});
const consent = (id: string): RecordRef => ({ collection: 'consents', key: [['id', id]] });
const account = (id: string): RecordRef => ({ collection: 'users', key: [['id', id]] });
const nameOf = ({ collection, key }: RecordRef): string => `${collection} ${key.map(([, value]) => value).join('/')}`;

describe('a person without an account', () => {
  let db: TestDatabase;
  let system: System;
  beforeAll(async () => {
    db = await databaseWith('direct', schema);
    system = db.open(map);
  });
  afterAll(() => db.stop());

  async function locate(identifiers: readonly Identifier[], decided: Partial<LocateInput> = {}) {
    const result = await system.locate(context, { identifiers, accepted: [], rejected: [], ...decided });
    return {
      ...result,
      keys: result.keys.map(nameOf).sort(),
      proved: result.keys,
      asked: result.candidates.map((one) => `${nameOf(one.ref)} ${one.reason}`).sort(),
    };
  }
  async function read(keys: readonly SubjectKey[], over: System = system) {
    const sink = new MemorySink(keys);
    await over.read(context, { keys, want: 'content', sink });
    return sink;
  }
  const filled = (sink: MemorySink) => [...sink.streams.values()].filter(({ count }) => count > 0);

  it('is found by the rows that bear the address and lead to no account, one by one, and gets them', async () => {
    const { keys, proved, learnt, asked } = await locate([email('lone@x.example')]);
    expect(keys).toEqual(['consents 14']);
    expect(proved[0]?.provedBy).toBe('email');
    expect([learnt, asked]).toEqual([[], []]);
    const sink = await read(proved);
    expect(sink.lines().map((line) => JSON.parse(line).record)).toEqual([
      { id: '14', email: 'lone@x.example', user_id: null, wording: 'alone' },
    ]);
    expect(new Set([...sink.streams.values()].map(({ description }) => description.collection))).toEqual(
      new Set(Object.keys(map.collections)),
    );
  });

  it('gets the own fields of a workspace’s record, although it leads to the account of another: who invited', async () => {
    const { keys, proved, asked } = await locate([email('guest@x.example')]);
    expect(keys).toEqual(['invitations 00000000-0000-4000-8000-000000000001']);
    expect(asked).toEqual([]);
    const streams = filled(await read(proved));
    expect(streams.map(({ description, count }) => ({ ...description, no: 0, count }))).toMatchObject([
      { customerKind: 'company', subjectOwnsWorkspace: false, ownFields: ['id', 'email', 'message'], count: 1 },
    ]);
  });

  it('is known by composite keys too, in what is held as a processor', async () => {
    const { keys, proved } = await locate([email('barista@x.example')]);
    expect(keys).toEqual(['rota 10/K "4"/2026-03-02', 'rota 10/K "4"/2026-03-03']);
    expect(filled(await read(proved))).toMatchObject([{ description: { role: 'processor' }, count: 2 }]);
  });

  it('never gets a row that leads to an account, whatever address it bears: the account may be the person’s', async () => {
    const { keys, asked } = await locate([email('lead@x.example')]);
    expect(keys).toEqual([]);
    // Peeter's account bore the address once; so whose the rows without an account are, a person decides.
    expect(asked).toEqual(['consents 5 no-account', 'consents 6 other-case', 'users 3 former-address']);
    expect(filled(await read([{ ...consent('7'), provedBy: 'accepted' }]))).toEqual([]);
    expect((await locate([email('private@x.example')])).asked).toEqual(['users 3 former-address']);
  });

  it('with an account also gets what bears the address without it, each once', async () => {
    const { keys, proved, asked } = await locate([email('liis@x.example')]);
    expect(keys).toEqual(['consents 8', 'invitations 00000000-0000-4000-8000-000000000003', 'users 1']);
    expect(asked).toEqual([]);
    const ids = (await read(proved)).lines('consents').map((line) => JSON.parse(line).record.id);
    expect(ids.sort()).toEqual(['8', '9']);
    // Once by the path, where the account was joined to the row after it was found.
    await db.admin.query('UPDATE consents SET user_id = 1 WHERE id = 8');
    expect((await read(proved)).lines('consents')).toHaveLength(2);
    await db.admin.query('UPDATE consents SET user_id = NULL WHERE id = 8');
  });

  it('who is also led to as somebody else gets what names them, and the record once', async () => {
    // Liis invited herself: as the one who invited she would not get the address it was sent to.
    const { proved } = await locate([email('liis@x.example')]);
    const streams = filled(await read(proved)).filter(({ description }) => description.collection === 'invitations');
    const found = streams.map(({ description, lines }) => [
      description.ownFields.length,
      lines.map((line) => JSON.parse(line).record.message),
    ]);
    expect(found).toEqual([
      [3, ['Tere, mina ise']],
      [2, ['Tere, Kalju', 'Tere, Peeter']],
    ]);
  });

  it('is not proved by an address that was another’s: it is asked about for both', async () => {
    const now = await locate([email('manager@x.example')]);
    expect(now.keys).toEqual(['users 2']);
    expect(now.asked).toEqual(['consents 10 no-account', 'users 3 former-address']);
    const rejected = await locate([email('manager@x.example')], { rejected: [account('3')] });
    expect([rejected.keys, rejected.asked]).toEqual([['users 2'], ['consents 10 no-account']]);
    const before = await locate([email('peeter@x.example'), email('manager@x.example', { to: '2026-08-31' })]);
    expect(before.keys).toEqual(['users 3']);
    expect(before.asked).toContain('consents 10 no-account');
    const both = await locate([email('manager@x.example'), email('manager@x.example', { to: '2026-08-31' })]);
    expect(both.keys).not.toContain('consents 10');
    // Given without a date and learnt elsewhere with one: it was given up.
    const left = await locate([email('lone@x.example'), email('lone@x.example', { to: '2026-08-31' })]);
    expect([left.keys, left.asked]).toEqual([[], ['consents 14 no-account']]);
  });

  it('is not proved where an account on the address is unclear: other case, shared, or gone', async () => {
    expect(await locate([email('two@x.example')])).toMatchObject({
      keys: ['users 7'],
      asked: ['consents 12 no-account', 'users 6 other-case'],
    });
    expect(await locate([email('two@x.example')], { accepted: [account('6')] })).toMatchObject({
      keys: ['consents 12', 'users 6', 'users 7'],
      asked: [],
    });
    expect((await locate([email('info@x.example')])).asked).toEqual([
      'consents 13 no-account',
      'users 8 shared-mailbox',
    ]);
    expect(await locate([email('info@x.example')], { accepted: [account('8')] })).toMatchObject({
      keys: ['users 8'],
      asked: ['consents 13 no-account'],
    });
    expect(await locate([email('gone@x.example')])).toMatchObject({ keys: [], asked: ['consents 11 no-account'] });
  });

  it('is only asked about where the address is composed otherwise or in other case', async () => {
    for (const value of ['t\u00f5nu@x.example', 'TO\u0303NU@x.example'])
      expect(await locate([email(value)])).toMatchObject({ keys: [], asked: ['consents 15 other-case'] });
    expect((await locate([email('to\u0303nu@x.example')])).keys).toEqual(['consents 15']);
  });

  it('is decided by a person: what is accepted is read, what is rejected is neither read nor asked about again', async () => {
    const ask = [email('gone@x.example'), email('lead@x.example')];
    const accepted = await locate(ask, {
      accepted: [consent('5'), consent('99')],
      rejected: [consent('6'), consent('11')],
    });
    expect([accepted.keys, accepted.asked]).toEqual([['consents 5'], ['users 3 former-address']]);
    expect(accepted.proved[0]?.provedBy).toBe('accepted');
    expect((await read(accepted.proved)).count).toBe(1);
    expect(await locate([email('lone@x.example')], { rejected: [consent('14')] })).toMatchObject({
      keys: [],
      asked: [],
    });
    // A table of which nobody may be proved by an address is not opened by an acceptance.
    const elsewhere = {
      collection: 'old_emails',
      key: [
        ['user_id', '3'],
        ['email', 'manager@x.example'],
      ],
    } as const;
    expect((await locate(ask, { accepted: [elsewhere] })).keys).toEqual([]);
  });

  it('is shown to who decides with the row’s own contact fields', async () => {
    const { candidates } = await locate([email('LONE@x.example')]);
    expect(candidates.map(({ display }) => display)).toEqual([{ email: 'lone@x.example' }]);
  });

  it('is not taken for the account of the same number, nor the account for the person', async () => {
    const lead = [{ ...consent('5'), provedBy: 'accepted' }];
    expect((await read(lead)).keys()).toEqual([expect.stringContaining('consents')]);
    expect((await read([{ ...account('5'), provedBy: 'email' }])).keys()).toEqual([expect.stringContaining('users')]);
    // A rejected account of the same number takes nothing from the record, and the reverse.
    expect(
      (await locate([email('lead@x.example')], { accepted: [consent('5')], rejected: [account('5')] })).keys,
    ).toEqual(['consents 5']);
    expect((await locate([email('five@x.example')], { rejected: [consent('5')] })).keys).toEqual(['users 5']);
  });

  it('stops the read where a record ends at the key of another collection', async () => {
    // The sink was given account 5, the system consent 5: equal bytes, other things.
    const sink = new MemorySink([{ ...account('5'), provedBy: 'email' }]);
    const keys = [{ ...consent('5'), provedBy: 'email' }];
    await expect(system.read(context, { keys, want: 'content', sink })).rejects.toMatchObject({
      code: 'record-mismatch',
    });
    expect(sink.count).toBe(0);
  });

  it('is not silently left out where the data map no longer knows the collection a key is of', async () => {
    const { direct, ...without } = consents;
    const changed = db.open({ ...map, collections: { ...map.collections, consents: without } });
    expect(direct).toBeDefined();
    const keys = [{ ...consent('14'), provedBy: 'email' }];
    await expect(read(keys, changed)).rejects.toMatchObject({ code: 'stream-changed' });
  });
});
