/** Rules around an erasure: what may be read for which right, when it may begin, which readings count. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { mainActivities } from '../../activities/index.ts';
import { lateClass } from '../../activities/late-class.ts';
import type { StreamDescription } from '../../connectors/contract.ts';
import { beginRound } from '../../src/ledger/rounds.ts';
import { FactLines } from '../../src/staging/lines.ts';
import { type Desk, newDesk, notes } from './desk.ts';
import { accountDb, type ErasingDesk, newErasingDesk } from './erasing-desk.ts';

const reference: StreamDescription = { ...notes, isReference: true };

describe('a record of others that only names the person', () => {
  let desk: Desk;
  afterEach(() => desk.close());

  it('is never read for access', async () => {
    desk = await newDesk('rules-reference');
    const { sink } = await desk.attempt(1);
    await expect(sink.open(reference)).rejects.toMatchObject({ code: 'internal', where: 'notes' });
    expect(await desk.world.deps.ledger.db.selectFrom('streams').selectAll().execute()).toEqual([]);
  });
});

describe('the time to keep what was sent', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  const sent = async (at: string) =>
    desk.world.asOwner(
      `insert into packages (id, request_id, part, object_name, size_bytes, sha256, members, draft, created_at, delivered_at, delivered_by)
       values ('pkg_00000000000000000000000000', $1, 1, 'p', 1, repeat('0', 64), 1, true, now(), $2, 'email')`,
      [desk.requestId, at],
    );

  it('is so many whole days after the day of delivery, in the controller’s own time zone', async () => {
    desk = await newErasingDesk('rules-window', { 'account-db': accountDb() }, { downloadDays: 14 });
    // Half past midnight of the 24th in Tallinn.
    await sent('2026-11-23T22:30:00Z');
    desk.world.setNow('2026-11-23T23:00:00Z');
    const { leftMs } = await desk.steps.downloadWindow({ requestId: desk.requestId });
    expect(new Date(Date.parse('2026-11-23T23:00:00Z') + leftMs).toISOString()).toBe('2026-12-08T22:00:00.000Z');
    desk.world.setNow('2026-12-08T22:00:00Z');
    expect(await desk.steps.downloadWindow({ requestId: desk.requestId })).toEqual({ leftMs: 0 });
  });

  it('is not guessed', async () => {
    desk = await newErasingDesk('rules-no-window', { 'account-db': accountDb() });
    await sent('2026-11-23T09:00:00Z');
    await expect(mainActivities(desk.deps).downloadWindow({ requestId: desk.requestId })).rejects.toMatchObject({
      type: 'policy-answer-missing',
    });
  });

  it('is none where nothing was sent', async () => {
    desk = await newErasingDesk('rules-nothing-sent', { 'account-db': accountDb() });
    expect(await desk.steps.downloadWindow({ requestId: desk.requestId })).toEqual({ leftMs: 0 });
  });
});

describe('a reading', () => {
  let desk: ErasingDesk;
  afterEach(() => desk.end());

  it('of a later pass takes the place of one that nobody prepared, and adds to one that was', async () => {
    desk = await newErasingDesk('rules-passes', { 'account-db': accountDb() });
    const { db } = desk.deps.ledger;
    const begin = (round: number, pass: number) =>
      db.transaction().execute((trx) => {
        const key = { requestId: desk.requestId, systemId: desk.id(), round };
        return beginRound(trx, key, new Date(), { right: 'erasure', pass });
      });
    const counting = async () => {
      const rows = await db
        .selectFrom('rounds')
        .select('round')
        .where('superseded', '=', false)
        .orderBy('round')
        .execute();
      return rows.map(({ round }) => round);
    };
    await begin(1, 1);
    await begin(2, 2);
    expect(await counting()).toEqual([2]);
    await db.updateTable('rounds').set({ prepared_at: new Date() }).where('round', '=', 2).execute();
    await begin(3, 3);
    expect(await counting()).toEqual([2, 3]);
  });
});

describe('a record that came while erasing', () => {
  const since = new Date('2026-11-23T22:30:00Z');
  const when = (createdAt?: string) => lateClass(createdAt === undefined ? {} : { createdAt }, since, 'Europe/Tallinn');

  it('is late or new by its instant, and by its day only where that is another day', () => {
    expect(when('2026-11-23T22:29:59.999Z')).toBe('late');
    expect(when('2026-11-23T22:30:00Z')).toBe('newer');
    expect(when('2026-11-23T22:29:59')).toBe('late');
    expect(when('2026-11-23 22:30:01')).toBe('newer');
    expect(when('2026-11-24T00:29:59+02:00')).toBe('late');
    expect(when('2026-11-23')).toBe('late');
    expect(when('2026-11-24')).toBe('undated');
    expect(when('2026-11-25')).toBe('newer');
    expect(when()).toBe('undated');
    expect(when('some day')).toBe('undated');
  });
});

describe('lines of facts', () => {
  const read = (text: string, count: number) => {
    const bytes = Buffer.from(text);
    const lines = new FactLines(bytes, 0, count);
    const found: [string, string][] = [];
    while (lines.next())
      found.push([
        bytes.toString('utf8', lines.keyFrom, lines.keyTo),
        bytes.toString('utf8', lines.factsFrom, lines.factsTo),
      ]);
    return found;
  };

  it('are found whatever stands in the key', () => {
    const key = JSON.stringify([['id', 'a],"facts":{"x":1}},"by":[õ']]);
    const facts = '{"createdAt":"2026-01-05"}';
    expect(read(`{"key":${key},"facts":${facts}}\n{"key":[["id","2"]],"by":[["7"]],"facts":{}}\n`, 2)).toEqual([
      [key, facts],
      ['[["id","2"]]', '{}'],
    ]);
  });

  it('of another form, or another number of them, are refused', () => {
    const line = '{"key":[["id","1"]],"facts":{}}\n';
    expect(() => read(line, 2)).toThrow(expect.objectContaining({ code: 'package-chunk-broken' }));
    expect(() => read(line + line, 1)).toThrow(expect.objectContaining({ code: 'package-chunk-broken' }));
    expect(() => read('{"key":[["id","1"]],"record":{}}\n', 1)).toThrow();
    expect(() => read(line.slice(0, -1), 1)).toThrow();
  });
});
