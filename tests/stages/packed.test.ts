/** Small chunks share an object, and each stays a sealed message of its own: what holds of one chunk an object holds of them. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { workingKeyOf } from '../../activities/located.ts';
import type { Sink } from '../../connectors/contract.ts';
import { chunkSealName } from '../../src/ledger/chunks.ts';
import { packageFacts } from '../../src/ledger/package-facts.ts';
import { finishRound } from '../../src/ledger/rounds.ts';
import { unseal } from '../../src/security/seal.ts';
import { stagedObjects } from '../../src/staging/objects.ts';
import type { Storage } from '../../src/storage/objects.ts';
import { type AttemptOptions, type Desk, dyingAfter, line, newDesk, notes, own } from './desk.ts';

const asOf = '2026-11-23T08:00:00.000Z';
const packed = { packedBytes: 256 * 1024 } as const;
const large = { records: 10_000, bytes: 1024 * 1024 };

describe('small chunks', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await newDesk('packed', large);
  });
  afterEach(() => desk.close());

  const chunks = () =>
    desk.world.deps.ledger.db.selectFrom('chunks').selectAll().orderBy('stream_no').orderBy('chunk_no').execute();
  /** Streams of one small chunk each. */
  const writeStreams = async (sink: Sink, from: number, to: number) => {
    for (let no = from; no < to; no++) {
      await sink.open({ ...notes, no });
      await sink.entry(line(no), [own, own], Buffer.from(String(no)));
      await sink.end(asOf);
    }
  };
  const attempt = async (no: number, options: AttemptOptions = {}) =>
    (await desk.attempt(no, { ...packed, ...options })).sink;
  const ids = async () => (await desk.staged()).map((text) => Number(/"id","(\d+)"/.exec(text)?.[1] ?? -1));
  const range = (to: number) => Array.from({ length: to }, (_, no) => no);

  it('of many streams are stored with one call and committed with one transaction', async () => {
    let puts = 0;
    const storage: Storage = {
      ...desk.storage,
      put: (...args) => {
        puts += 1;
        return desk.storage.put(...args);
      },
    };
    const sink = await attempt(1, { storage });
    await writeStreams(sink, 0, 24);
    await sink.settle();
    expect(puts).toBe(1);
    const rows = await chunks();
    expect(new Set(rows.map(({ object_name: name }) => name)).size).toBe(1);
    const ends = rows.map(({ object_offset: offset, bytes }) => offset + bytes);
    expect(rows.map(({ object_offset: offset }) => offset)).toEqual([0, ...ends.slice(0, -1)]);
    expect(await ids()).toEqual(range(24));
    const { rows: xids } = await desk.world.asOwner('select distinct xmin::text from chunks');
    expect(xids).toHaveLength(1);
  });

  it('more than may be on their way at once are stored and committed meanwhile', async () => {
    const sink = await attempt(1);
    await writeStreams(sink, 0, 100);
    expect((await chunks()).length).toBeGreaterThan(0);
    await sink.settle();
    expect(await ids()).toEqual(range(100));
    expect((await desk.objects()).length).toBeLessThan(10);
  });

  it('open only as what they are and where they are', async () => {
    const sink = await attempt(1);
    await writeStreams(sink, 0, 3);
    await sink.settle();
    const key = await workingKeyOf(desk.world.deps, desk.requestId);
    const [first, second, third] = await chunks();
    if (first === undefined || second === undefined || third === undefined) throw new Error('three chunks expected');
    const object = await desk.storage.get(desk.bucket, first.object_name);
    const part = ({ object_offset: at, bytes }: typeof first) => object.subarray(at, at + bytes);
    const nameOf = ({ object_name: name, object_offset: at }: typeof first) => chunkSealName(name, at);
    expect((await unseal(key, nameOf(second), part(second))).toString()).toContain('"n1"');
    const broken = { code: 'seal-broken' };
    await expect(unseal(key, nameOf(second), part(third))).rejects.toMatchObject(broken);
    await expect(unseal(key, nameOf(first), part(second))).rejects.toMatchObject(broken);
    await expect(unseal(key, first.object_name, part(second))).rejects.toMatchObject(broken);
    await expect(unseal(key, nameOf(third), part(third).subarray(0, -1))).rejects.toMatchObject(broken);
  });

  it('fill an object of about a mebibyte and then the next; a full one has its own', async () => {
    const sink = await attempt(1);
    const content = (no: number, bytes: number) => {
      const note = randomBytes(bytes / 2).toString('hex');
      return Buffer.from(`${JSON.stringify({ key: [['id', String(no)]], record: { id: String(no), note } })}\n`);
    };
    for (let no = 0; no < 20; no++) {
      await sink.open({ ...notes, no });
      await sink.entry(content(no, no === 7 ? 600_000 : 200_000), [own, own], Buffer.from('0'));
      await sink.end(asOf);
    }
    await sink.settle();
    const sizes: number[] = [];
    for (const name of await desk.objects()) sizes.push((await desk.storage.head(desk.bucket, name))?.sizeBytes ?? 0);
    expect(sizes.length).toBeLessThan(8);
    expect(Math.max(...sizes)).toBeLessThan(1.25 * 1024 * 1024);
    const alone = (await chunks()).find(({ stream_no: no }) => no === 7);
    expect(alone).toMatchObject({ object_offset: 0 });
    expect((await chunks()).filter(({ object_name: name }) => name === alone?.object_name)).toHaveLength(1);
    expect(await ids()).toEqual(range(20));
  });

  it('whose object was stored by an attempt that died before their rows are read again, and the object is erased', async () => {
    const first = await attempt(1, { storage: dyingAfter(desk.storage, 0) });
    await writeStreams(first, 0, 5);
    await expect(first.settle()).rejects.toMatchObject({ code: 'storage-unreachable' });
    const [stray] = await desk.objects();
    expect(stray).toBeDefined();
    expect(await chunks()).toEqual([]);
    const second = await attempt(2);
    expect(await desk.objects()).toEqual([]);
    await writeStreams(second, 0, 5);
    await second.settle();
    expect(await ids()).toEqual(range(5));
    expect(await desk.objects()).not.toContain(stray);
  });

  it('of which only some have their row keep their object, and the others are read again', async () => {
    const first = await attempt(1);
    await writeStreams(first, 0, 6);
    await first.settle();
    // As after a crash between two transactions of one object.
    await desk.world.asOwner('delete from chunks where stream_no >= 4');
    await desk.world.asOwner('update streams set found = null where stream_no >= 4');
    const [kept] = await desk.objects();
    const { sink, begun } = await desk.attempt(2, packed);
    expect(begun).toEqual([4, 5]);
    expect(await desk.objects()).toEqual([kept]);
    expect(await sink.open(notes)).toBeNull();
    await writeStreams(sink, 4, 6);
    await sink.settle();
    expect(await ids()).toEqual(range(6));
    expect(await desk.objects()).toHaveLength(2);
  });

  it('go on after their last one: a cursor of a packed chunk opens', async () => {
    const first = (await desk.attempt(1, packed)).sink;
    const beside = first.beside();
    await beside.open({ ...notes, no: 1 });
    for (let id = 0; id < 8; id++) await beside.entry(line(id), [own, own], Buffer.from(`after ${id}`));
    await writeStreams(first, 2, 60);
    const second = await attempt(2);
    expect(await second.beside().open({ ...notes, no: 1 })).toMatchObject({ cursor: 'after 5' });
  });

  it('are fetched once for the package, however many there are', async () => {
    const sink = await attempt(1);
    await writeStreams(sink, 0, 24);
    await sink.settle();
    const { db } = desk.world.deps.ledger;
    const { accountDb } = desk.world.systemIds;
    const round = { requestId: desk.requestId, systemId: accountDb, round: 1 };
    await db.transaction().execute((trx) => finishRound(trx, round, new Date()));
    await db.updateTable('lanes').set({ state: 'done' }).execute();
    const facts = await packageFacts(db, desk.requestId);
    expect(facts.chunks).toHaveLength(24);
    let gets = 0;
    const get = (name: string) => {
      gets += 1;
      return desk.storage.get(desk.bucket, name);
    };
    const sealedOf = stagedObjects(get, facts.chunks);
    const key = await workingKeyOf(desk.world.deps, desk.requestId);
    for (const chunk of facts.chunks) {
      const name = chunkSealName(chunk.object_name, chunk.object_offset);
      const plain = await unseal(key, name, await sealedOf(chunk));
      expect(plain.toString()).toContain(`"n${chunk.stream_no}"`);
    }
    expect(gets).toBe(1);
  });
});
