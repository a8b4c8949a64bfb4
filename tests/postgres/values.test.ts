/**
 * What comes out of the database is what is in it, byte for byte, whatever it holds.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { System } from '../../connectors/contract.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, databaseWith, fields, keyOf, register, type TestDatabase, to, users } from './database.ts';

const columns = ['id', 'user_id', 'words', 'doc', 'list', 'bytes', 'big', 'exact', 'float', 'bigs', 'at'] as const;
const map = {
  version: 1,
  subject: 'users',
  collections: {
    users,
    things: {
      ...register,
      table: 'public.things',
      key: ['id'],
      reach: [{ via: [to('users', 'user_id')] }],
      fields: fields(...columns),
    },
    oddities: {
      ...register,
      table: 'public.Od"d ',
      key: ["k'1", 'k"2'],
      createdAt: 'ümber',
      reach: [{ via: [to('users', 'user')] }],
      fields: fields("k'1", 'k"2', 'user', 'ümber', 'js', 'span', 'money', 'ip', 'shape', 'blobs', 'hours'),
    },
  },
};
const schema = `
  CREATE DOMAIN account_no AS bigint;
  CREATE TYPE point3 AS (x bigint, label text);
  CREATE TABLE users (id account_no PRIMARY KEY, email text NOT NULL UNIQUE);
  CREATE TABLE things (id text PRIMARY KEY, user_id account_no, words text, doc jsonb, list text[], bytes bytea, big bigint,
    exact numeric, float double precision, bigs bigint[], at timestamptz);
  CREATE TABLE "Od""d " ("k'1" text, "k""2" timestamptz, "user" account_no, "ümber" date, js json, span interval,
    money numeric[], ip inet, shape point3, blobs bytea[], hours tstzrange, PRIMARY KEY ("k'1", "k""2"));
  INSERT INTO users VALUES (1, 'mari@x.example'), (2, 'jüri@x.example');`;

describe('values', () => {
  let db: TestDatabase;
  let system: System;
  beforeAll(async () => {
    db = await databaseWith('values', schema);
    system = db.open(map);
  });
  afterAll(() => db.stop());

  async function read(): Promise<MemorySink> {
    const sink = new MemorySink(keyOf('1'));
    await system.read(context, { keys: keyOf('1'), want: 'content', sink });
    return sink;
  }

  it('survive as they are: any text, JSON, arrays, bytes, numbers beyond floating point', async () => {
    // PostgreSQL's text cannot hold NUL.
    const text = fc
      .string({ unit: 'binary' })
      .map((s) => s.replaceAll('\u0000', ''))
      .filter((s) => !/\p{Cs}/u.test(s));
    const nasty = fc.oneof(
      text,
      fc.constantFrom('\\N', '\\', '\\\\n', '\t\n\r\b\f\v', '"}\n{"', '🎵\u{10ffff}', '\u007f\u0080'),
    );
    const json = fc
      .jsonValue()
      .filter((value) => !/\\u0000|\\ud[89a-f]/.test(JSON.stringify(value)) && !/-0/.test(JSON.stringify(value)));
    const row = fc.record({
      id: nasty.filter((s) => s !== ''),
      words: fc.option(nasty),
      doc: json,
      list: fc.option(fc.array(fc.option(nasty), { maxLength: 4 })),
      bytes: fc.option(fc.uint8Array({ maxLength: 200 })),
      big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      exact: fc.tuple(fc.bigInt(), fc.nat(999_999)).map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`),
      float: fc.double(),
      bigs: fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 1, maxLength: 12 }), async (rows) => {
        await db.admin.query('TRUNCATE things');
        for (const r of rows)
          await db.admin.query('INSERT INTO things VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, now())', [
            r.id,
            r.words,
            JSON.stringify(r.doc),
            r.list,
            r.bytes === null ? null : Buffer.from(r.bytes),
            r.big.toString(),
            r.exact,
            String(r.float),
            `{${r.bigs.join(',')}}`,
          ]);
        const sink = await read();
        // The same by an ordinary query.
        const ordinary = await db.admin.query<{ doc: string; at: string }>(
          `SELECT doc::text, to_json(at AT TIME ZONE 'UTC')::text AS at FROM things ORDER BY id`,
        );
        const lines = sink.lines('things');
        expect(lines).toHaveLength(rows.length);
        const inOrder = [...rows].sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
        lines.forEach((line, i) => {
          const r = inOrder[i];
          const { key, record } = JSON.parse(line);
          expect(key).toEqual([['id', r?.id]]);
          expect(record.words).toBe(r?.words);
          expect(record.list).toEqual(r?.list);
          expect(record.bytes).toBe(
            r?.bytes === null || r === undefined ? null : Buffer.from(r.bytes).toString('base64'),
          );
          expect(record.big).toBe(r?.big.toString());
          expect(record.exact.replace(/^-?0+(?=\d)/, '')).toBe(r?.exact.replace(/^-?0+(?=\d)/, ''));
          expect(record.float).toEqual(
            Number.isFinite(r?.float) ? (r?.float === 0 ? expect.anything() : r?.float) : String(r?.float),
          );
          expect(record.bigs).toEqual(r?.bigs.map(String));
          // jsonb as the database writes it, to the byte.
          expect(line).toContain(`"doc":${ordinary.rows[i]?.doc}`);
          expect(record.at).toBe(`${JSON.parse(ordinary.rows[i]?.at ?? '')}+00:00`);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('of odd types and names keep one form: UTC, ISO 8601, base 64, one line', async () => {
    await db.admin.query(
      `INSERT INTO "Od""d " VALUES ($1, '2026-03-29 03:30:00+02', 1, '2026-02-28', $2, '1 year 2 mons 3 days 04:05:06.7',
        '{1.10,NaN,NULL}', '2001:db8::1', ROW(9007199254740993, 'õ"'), $3, '[2026-01-01 00:00+02,infinity)')`,
      ['a\t"b"\\', '{"a" :\n\t1.10,\r\n"b":"x\\ny"}', [Buffer.alloc(120, 255), null, Buffer.alloc(0)]],
    );
    const [line = ''] = (await read()).lines('oddities');
    const { key, record } = JSON.parse(line);
    expect(key).toEqual([
      ["k'1", 'a\t"b"\\'],
      ['k"2', '2026-03-29 01:30:00+00'],
    ]);
    expect(line).toContain('"js":{"a" :  1.10,  "b":"x\\ny"}');
    expect(line).toContain('"x":9007199254740993');
    expect(record).toMatchObject({
      'k"2': '2026-03-29T01:30:00+00:00',
      user: '1',
      ümber: '2026-02-28',
      span: 'P1Y2M3DT4H5M6.7S',
      money: ['1.10', 'NaN', null],
      ip: '2001:db8::1',
      blobs: [Buffer.alloc(120, 255).toString('base64'), null, ''],
      hours: '["2025-12-31 22:00:00+00",infinity)',
    });
    const facts = new MemorySink(keyOf('1'));
    await system.read(context, { keys: keyOf('1'), want: 'facts', sink: facts });
    expect(JSON.parse(facts.lines('oddities')[0] ?? '')).toEqual({ key, facts: { createdAt: '2026-02-28' } });
  });

  it('are resumed after any of them, whatever the key holds', async () => {
    await db.admin.query('TRUNCATE things');
    const keys = ['\\', '\t', "'", '"', '\\N', 'a', 'ä', 'A', ']]', '],"record":', '🎵', ' ', "'; --"];
    for (const key of keys) await db.admin.query('INSERT INTO things (id, user_id) VALUES ($1, 1)', [key]);
    const whole = (await read()).lines();
    for (let stop = 1; stop <= whole.length; stop++) {
      let interrupted = false;
      const sink = new MemorySink(keyOf('1'), {
        onEntry: (count) => {
          if (count === stop && !interrupted) {
            interrupted = true;
            throw new RangeError();
          }
        },
      });
      const input = { keys: keyOf('1'), want: 'content', sink } as const;
      await expect(system.read(context, input)).rejects.toMatchObject({ code: 'internal' });
      await system.read(context, { ...input, begun: sink.begun });
      expect(sink.lines()).toEqual(whole);
    }
  });
});
