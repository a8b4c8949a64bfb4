/**
 * Ten years of the sweep over a real PostgreSQL, by injected dates: invoices, lines and payments that refer to each other, a
 * system that gets another name, a law that comes and one that goes on the way, and a hold the day before. Nothing goes early,
 * nothing is forgotten, and nobody else's rows change.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LoadedConfig } from '../../src/config/load.ts';
import { listClaims, listHolds, rejectClaim, releaseHold } from '../../src/requests/index.ts';
import { fields, register, to, users } from '../postgres/database.ts';
import { type ErasingDatabase, erasingDatabase } from '../postgres/erasing.ts';
import { newSweepingDesk, type SweepingDesk } from './sweeping-desk.ts';

const bill = {
  ...register,
  ...{ recordClass: 'invoice', legalBasis: 'legal-obligation', createdAt: 'issued_on' },
  erase: { whole: 'delete', fields: { user_id: 'null' } },
  reach: [{ via: [to('users', 'user_id')] }],
  retention: {
    events: { issue: { column: 'issued_on' }, recording: { column: 'issued_on' }, supply: { column: 'issued_on' } },
    supply: { column: 'scheme', values: { domestic: 'domestic', oss: 'oss' } },
    money: { column: 'paid_on' },
  },
};
const columns = ['id', 'user_id', 'issued_on', 'scheme', 'paid_on'];
const ofInvoice = { ...to('invoices', 'invoice_id') };
const viaInvoice = (column: string) => ({ via: [ofInvoice], column });
const part = {
  ...bill,
  erase: { whole: 'delete' },
  reach: [{ via: [ofInvoice, to('users', 'user_id')] }],
  retention: {
    events: {
      issue: viaInvoice('issued_on'),
      recording: viaInvoice('issued_on'),
      supply: viaInvoice('issued_on'),
    },
    supply: { via: [ofInvoice], column: 'scheme', values: { domestic: 'domestic', oss: 'oss' } },
    money: viaInvoice('paid_on'),
  },
};
const { createdAt: _, ...undated } = part;
const dataMap = {
  version: 1,
  subject: 'users',
  collections: {
    users: { ...users, erase: { whole: 'delete' } },
    // Parents first: the order of the data map is not that of erasing.
    invoices: { ...bill, table: 'public.invoices', key: ['id'], fields: fields(...columns) },
    lines: { ...undated, table: 'public.lines', key: ['id'], fields: fields('id', 'invoice_id') },
    payments: {
      ...{ ...undated, recordClass: 'payment', table: 'public.payments', key: ['id'] },
      fields: fields('id', 'invoice_id'),
    },
  },
};

/** Anna is 1, Berta 2. Of each three invoices of 2026: two of domestic supplies, one declared in the One Stop Shop. */
const tables = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);
  INSERT INTO users VALUES (1, 'anna.marker@example.ee'), (2, 'berta.marker@example.ee');
  CREATE TABLE invoices (id bigint PRIMARY KEY, user_id bigint REFERENCES users, issued_on date NOT NULL, scheme text NOT NULL, paid_on date);
  CREATE TABLE lines (id bigint PRIMARY KEY, invoice_id bigint NOT NULL REFERENCES invoices);
  CREATE TABLE payments (id bigint PRIMARY KEY, invoice_id bigint NOT NULL REFERENCES invoices);
  CREATE INDEX ON invoices (user_id); CREATE INDEX ON lines (invoice_id); CREATE INDEX ON payments (invoice_id);
  INSERT INTO invoices SELECT n, 1 + (n - 1) / 3, '2026-02-10', CASE WHEN n % 3 = 0 THEN 'oss' ELSE 'domestic' END, '2026-03-01'
    FROM generate_series(1, 6) n;
  INSERT INTO lines SELECT 10 * i.id + n, i.id FROM invoices i, generate_series(1, 2) n;
  INSERT INTO payments SELECT 100 + id, id FROM invoices;`;

describe('ten years on PostgreSQL', () => {
  let db: ErasingDatabase;
  let desk: SweepingDesk;
  beforeAll(async () => {
    db = await erasingDatabase('sweep_years', tables);
    desk = await newSweepingDesk('sweep-years', db.openErasing(dataMap));
    await desk.toRegistered('completed');
  });
  afterAll(async () => {
    await desk.end();
    await db.stop();
  });

  const change = (policy: Partial<LoadedConfig['policy']['retention']>, name = 'Accounts') => {
    const { config } = desk.deps;
    const retention = { ...config.policy.retention, ...policy };
    const systems = config.systems.map((one) => ({ ...one, name }));
    desk.as({ config: { ...config, systems, policy: { ...config.policy, retention } } });
  };
  const dayOf = (on: string) => {
    desk.world.setNow(`${on}T09:00:00Z`);
  };
  const round = async (on: string) => {
    dayOf(on);
    await desk.hour();
    await desk.approveAll();
    await desk.hour();
  };
  const left = async () => [
    await db.values('SELECT id::int FROM invoices ORDER BY id'),
    await db.values('SELECT id::int FROM lines ORDER BY id'),
    await db.values('SELECT id::int FROM payments ORDER BY id'),
  ];
  const everything = [
    [1, 2, 3, 4, 5, 6],
    [11, 12, 21, 22, 31, 32, 41, 42, 51, 52, 61, 62],
    [101, 102, 103, 104, 105, 106],
  ];

  it('nothing is due in the years in which the law keeps it, whatever the system is called', async () => {
    expect(await db.values('SELECT count(*)::int FROM users')).toEqual([1]);
    for (const on of ['2027-01-01', '2030-06-01', '2033-12-31']) {
      await round(on);
      expect(await left()).toEqual(everything);
    }
    change({}, 'Ledger of accounts');
  });

  it('a law that came on the way moves the day, and one that went again is asked about', async () => {
    change({ taxRegistrations: ['DE'] }, 'Ledger of accounts');
    // The day moves within the hour in which the law is known here, years before it is due.
    dayOf('2031-03-01');
    await desk.hour();
    expect(await listClaims(desk.deps)).toEqual([]);
    // Germany keeps an invoice and its payment for eight years; what is of the One Stop Shop is kept for ten.
    expect(await desk.register()).toEqual([
      'invoice 2 2035-01-01',
      'invoice 4 2035-01-01',
      'invoice 1 2037-01-01',
      'invoice 2 2037-01-01',
      'payment 2 2035-01-01',
      'payment 1 2037-01-01',
    ]);
    dayOf('2034-01-01');
    expect(await desk.hour()).toEqual([]);
    // A law that goes is noticed at once as well: from the day on that is left, people are asked, who keep to the promised one.
    change({ taxRegistrations: [] }, 'Ledger of accounts');
    dayOf('2034-02-01');
    await desk.hour();
    const [early] = await listClaims(desk.deps);
    expect(early).toMatchObject({ records: 8, asks: ['shortened'], state: 'asked' });
    if (early === undefined) throw new Error('nobody was asked');
    const signedBy = desk.world.people.officer;
    await rejectClaim(desk.deps, { claimId: early.id, reason: 'An audit in Germany is announced', signedBy });
    await round('2034-12-31');
    expect(await left()).toEqual(everything);
    dayOf('2035-01-01');
    await desk.hour();
    expect(await listClaims(desk.deps)).toMatchObject([{ records: 8, asks: ['shortened'], state: 'asked' }]);
  });

  it('a hold of the day before keeps that record and, as it leads to it, the claim until it is released', async () => {
    await desk.hold({ records: [{ collection: 'lines', key: [['id', '11']] }] });
    await desk.approveAll();
    await desk.hour();
    // The line that is held refers to invoice 1, which therefore cannot go yet: the claim says so and loses nothing.
    expect(await listClaims(desk.deps)).toMatchObject([{ state: 'parked', code: 'reference-uncovered' }]);
    expect(await left()).toEqual(everything);
    const [hold] = await listHolds(desk.deps);
    if (hold === undefined) throw new Error('no hold');
    const signedBy = desk.world.people.officer;
    await releaseHold(desk.deps, { holdId: hold.id, reason: 'Settled', signedBy });
    await round('2035-01-02');
    await round('2035-01-03');
    expect(await left()).toEqual([
      [3, 4, 5, 6],
      [31, 32, 41, 42, 51, 52, 61, 62],
      [103, 104, 105, 106],
    ]);
  });

  it('the last of it goes after ten years, and then nothing of the person is left to look at', async () => {
    await round('2036-12-31');
    expect((await left())[0]).toEqual([3, 4, 5, 6]);
    await round('2037-01-01');
    expect(await left()).toEqual([
      [4, 5, 6],
      [41, 42, 51, 52, 61, 62],
      [104, 105, 106],
    ]);
    expect(await desk.register()).toEqual([]);
    expect(await desk.objects('register/')).toEqual([]);
    expect(await desk.books()).toEqual({ 'erased/read-back': 13 });
    expect(await desk.state()).toBe('completed');
  });
});
