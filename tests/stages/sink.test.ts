/** What is staged is all of it, once, and only the person's; whatever dies in between. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { workingKeyOf } from '../../activities/located.ts';
import { HabeasError } from '../../src/errors.ts';
import { unseal } from '../../src/security/seal.ts';
import { type Attempt, type Desk, dyingAfter, line, newDesk, notes, own } from './desk.ts';

const asOf = '2026-11-23T08:00:00.000Z';

async function write(sink: Attempt['sink'], from: number, to: number): Promise<void> {
  for (let id = from; id < to; id++) {
    const written = sink.entry(line(id), [own, own], Buffer.from(String(id)));
    if (written !== undefined) await written;
  }
}

/** The stream’s end, and everything of the attempt in the ledger. */
async function finish(sink: Attempt['sink']): Promise<void> {
  await sink.end(asOf);
  await sink.settle();
}

const ids = (staged: readonly string[]): number[] => staged.map((text) => Number(/"id","(\d+)"/.exec(text)?.[1] ?? -1));
const range = (to: number): number[] => Array.from({ length: to }, (_one, index) => index);

describe('the sink', () => {
  let desk: Desk;
  afterEach(() => desk.close());

  it('cuts chunks at their limit, in order, and counts what it found only at the stream’s end', async () => {
    desk = await newDesk('sink-cuts');
    const { sink } = await desk.attempt(1);
    await sink.open(notes);
    await write(sink, 0, 35);
    const { db } = desk.world.deps.ledger;
    expect((await db.selectFrom('streams').select('found').executeTakeFirstOrThrow()).found).toBeNull();
    await finish(sink);
    const chunks = await db
      .selectFrom('chunks')
      .select(['chunk_no', 'count', 'plain_bytes'])
      .orderBy('chunk_no')
      .execute();
    expect(chunks.map((chunk) => [chunk.chunk_no, chunk.count])).toEqual([
      [0, 10],
      [1, 10],
      [2, 10],
      [3, 5],
    ]);
    expect((await db.selectFrom('streams').select('found').executeTakeFirstOrThrow()).found).toBe(35);
    expect(ids(await desk.staged())).toEqual(range(35));
  });

  it('stages nothing that the person has not seen without who takes part in it', async () => {
    desk = await newDesk('sink-people');
    const { sink } = await desk.attempt(1);
    await sink.open({ ...notes, unseen: true });
    const said = `{"key":[["id","1"]],"people":[{"who":"other","names":["Mari"]}],"record":{"note":"Mari"}}\n`;
    await sink.entry(Buffer.from(said), [own, own], Buffer.from('1'));
    expect(() => sink.entry(line(2), [own, own], Buffer.from('2'))).toThrow(
      expect.objectContaining({ code: 'people-missing' }),
    );
    await expect(sink.settle()).rejects.toThrow(expect.objectContaining({ code: 'people-missing' }));
    expect(await desk.staged()).toEqual([]);
  });

  it('never cuts a chunk larger than its bytes, and refuses a record that is', async () => {
    desk = await newDesk('sink-bytes', { records: 1000, bytes: 1024 });
    const { sink } = await desk.attempt(1);
    await sink.open(notes);
    await write(sink, 0, 60);
    await finish(sink);
    const chunks = await desk.world.deps.ledger.db.selectFrom('chunks').select('plain_bytes').execute();
    expect(chunks.length).toBeGreaterThan(2);
    for (const { plain_bytes: bytes } of chunks) expect(bytes).toBeLessThanOrEqual(1024);
    await sink.open({ ...notes, no: 1 });
    await expect(
      (async () => sink.entry(Buffer.alloc(2000, 32), [own, own], Buffer.from('0')))(),
    ).rejects.toMatchObject({
      code: 'record-too-large',
    });
  });

  it('refuses a record that is not the person’s, and stages nothing of it nor of its chunk', async () => {
    desk = await newDesk('sink-match');
    const { sink } = await desk.attempt(1);
    await sink.open(notes);
    await write(sink, 0, 12);
    const others = Buffer.from('8');
    expect(() => sink.entry(line(12), [others, others], Buffer.from('12'))).toThrow(
      expect.objectContaining({ code: 'record-mismatch', where: 'notes' }),
    );
    expect(() => sink.entry(line(13), [own, own], Buffer.from('13'))).toThrow(HabeasError);
    await expect(sink.settle()).rejects.toMatchObject({ code: 'record-mismatch' });
    expect(ids(await desk.staged()).every((id) => id < 10)).toBe(true);
  });

  it('goes on after the last committed chunk when an attempt died between storing and the row', async () => {
    desk = await newDesk('sink-resume');
    const first = await desk.attempt(1, { storage: dyingAfter(desk.storage, 2) });
    await first.sink.open(notes);
    await expect(
      (async () => {
        await write(first.sink, 0, 60);
        await finish(first.sink);
      })(),
    ).rejects.toThrow();
    await first.sink.settle().catch(() => undefined);
    const committed = (await desk.staged()).length;
    expect(committed).toBeLessThan(60);

    const second = await desk.attempt(2);
    const opened = await second.sink.open(notes);
    expect(opened?.cursor).toBe(committed === 0 ? undefined : String(committed - 1));
    await write(second.sink, committed, 60);
    await finish(second.sink);
    expect(ids(await desk.staged())).toEqual(range(60));
    expect(await second.sink.open(notes)).toBeNull();
  });

  it('lets an attempt that was given up for dead commit nothing more', async () => {
    desk = await newDesk('sink-fence');
    const first = await desk.attempt(1);
    await first.sink.open(notes);
    await write(first.sink, 0, 5);
    const second = await desk.attempt(2);
    await expect(finish(first.sink)).rejects.toMatchObject({ code: 'stage-superseded' });
    await second.sink.open(notes);
    await write(second.sink, 0, 5);
    await finish(second.sink);
    expect(ids(await desk.staged())).toEqual(range(5));
  });

  it('stops before the next chunk when a person stops the system', async () => {
    desk = await newDesk('sink-paused');
    const { sink } = await desk.attempt(1);
    await sink.open(notes);
    await write(sink, 0, 10);
    await desk.world.asOwner(
      `insert into incidents values ('inc_00000000000000000000000000', 'account-db', 'system-paused', now(), 'person', 'officer')`,
    );
    await expect(
      (async () => {
        await write(sink, 10, 60);
        await finish(sink);
      })(),
    ).rejects.toMatchObject({ code: 'system-paused' });
    expect(await desk.objects()).toEqual([]);
  });

  it('shows two objects swapped, and one cut short, before anything of them is released', async () => {
    desk = await newDesk('sink-swap');
    const { sink } = await desk.attempt(1);
    await sink.open(notes);
    await write(sink, 0, 20);
    await finish(sink);
    const [one, two] = await desk.objects();
    if (one === undefined || two === undefined) throw new Error('two objects expected');
    const key = await workingKeyOf(desk.world.deps, desk.requestId);
    const bytes = await desk.storage.get(desk.bucket, two);
    await expect(unseal(key, one, bytes)).rejects.toMatchObject({ code: 'seal-broken' });
    await expect(unseal(key, two, bytes.subarray(0, bytes.length - 1))).rejects.toMatchObject({ code: 'seal-broken' });
  });
});
