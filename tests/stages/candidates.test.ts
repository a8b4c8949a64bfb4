/** What a scan only proposes is staged apart, asked about once, and neither lost nor doubled, whatever dies in between. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StreamDescription, SubjectKey } from '../../connectors/contract.ts';
import { codeOf } from '../../src/errors.ts';
import { packageFacts } from '../../src/ledger/package-facts.ts';
import { finishRound } from '../../src/ledger/rounds.ts';
import { countRound } from '../../src/ledger/streams.ts';
import { closeTask } from '../../src/ledger/tasks.ts';
import { systemCounts } from '../../src/requests/counts.ts';
import { type LogLine, ScanningSystem } from '../support/scanning-system.ts';
import { type AttemptOptions, type Desk, dyingAfter, line, newDesk, notes, own } from './desk.ts';

const cafe = '198.51.100.7';
const hotel = '203.0.113.9';
const keys: readonly SubjectKey[] = [
  { collection: 'user_id', key: [['user_id', '7']], provedBy: 'user_id' },
  { collection: 'ip', key: [['ip', cafe]], provedBy: 'ip' },
  { collection: 'ip', key: [['ip', hotel]], provedBy: 'ip' },
];
const asOf = '2026-11-23T08:00:00.000Z';

/** Every third line is the person's, the others come from one of two places; the hotel's begin late and are few. */
const lines: readonly LogLine[] = Array.from({ length: 60 }, (_, no): LogLine => {
  const text = `line ${no}`;
  if (no % 3 === 0) return { kind: 'user_id', value: '7', text };
  return { kind: 'ip', value: no > 30 && no % 7 === 0 ? hotel : cafe, text };
});
const numbersOf = (value: string) => lines.flatMap((one, no) => (one.value === value ? [no] : []));
const places: readonly (readonly [no: number, value: string])[] = [
  [0, '7'],
  [1, cafe],
  [2, hotel],
];

/** As Temporal tries again: an object that a dead attempt had on its way may land while the next one tidies up. */
async function tried(attempt: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    const end = await attempt().catch((error: unknown) => ({ error }));
    if (typeof end !== 'object' || end === null || !('error' in end)) return end;
    if (codeOf(end.error) !== 'storage-not-erased') throw end.error;
  }
}

describe.each([
  ['each chunk in an object of its own', 0],
  ['small chunks in one object', 256 * 1024],
])('candidates of a scan, %s', (_, packedBytes) => {
  let desk: Desk;
  let log: ScanningSystem;
  beforeEach(async () => {
    desk = await newDesk('candidates');
    log = new ScanningSystem(lines);
  });
  afterEach(() => desk.close());

  const context = () => ({
    systemId: desk.world.systemIds.accountDb,
    signal: new AbortController().signal,
    progress: () => undefined,
  });
  /** One attempt, to its end or its death; it settles nothing when it dies. */
  const scan = async (no: number, options: AttemptOptions = {}) => {
    const { sink, begun } = await desk.attempt(no, { keys, packedBytes, ...options });
    await log.read(context(), { keys, want: 'content', begun, sink });
    await sink.settle();
    return sink;
  };
  const keyOf = (round: number) => ({
    requestId: desk.requestId,
    systemId: desk.world.systemIds.accountDb,
    round,
  });
  const streams = (round = 1) =>
    desk.world.deps.ledger.db
      .selectFrom('streams')
      .select(['stream_no', 'found', 'is_candidate', 'task_id', 'reached_by'])
      .where('round', '=', round)
      .orderBy('stream_no')
      .execute();
  const tasks = () =>
    desk.world.deps.ledger.db.selectFrom('tasks').selectAll().where('kind', '=', 'candidate').execute();
  const stagedOf = async () => {
    const staged = await desk.staged();
    return staged.map((text) => Number(/"no","(\d+)"/.exec(text)?.[1] ?? -1));
  };
  const answer = async (streamNo: number, word: 'accept' | 'reject') => {
    const taskId = (await streams()).find((one) => one.stream_no === streamNo)?.task_id;
    if (taskId == null) throw new Error('no task');
    const { db } = desk.world.deps.ledger;
    await db.transaction().execute((trx) => closeTask(trx, { taskId, answer: word, at: new Date() }));
  };
  const finish = async (round = 1) => {
    const { db } = desk.world.deps.ledger;
    await db.transaction().execute((trx) => finishRound(trx, keyOf(round), new Date()));
    await db.updateTable('lanes').set({ state: 'done' }).execute();
  };
  const whole = [...numbersOf('7'), ...numbersOf(cafe), ...numbersOf(hotel)];

  it('are staged in streams of their own, each with its question, and what could not be read is told', async () => {
    const sink = await scan(1);
    expect(sink.unread).toEqual({ records: 2, objects: 1 });
    expect(await streams()).toEqual(
      places.map(([no, value]) => ({
        stream_no: no,
        found: numbersOf(value).length,
        is_candidate: no > 0,
        task_id: no > 0 ? expect.stringMatching(/^tsk_/) : null,
        reached_by: no > 0 ? 'lines.ip' : 'lines.user_id',
      })),
    );
    expect(await stagedOf()).toEqual(whole);
    expect(await tasks()).toHaveLength(2);
    const chunks = await desk.world.deps.ledger.db.selectFrom('chunks').select(['stream_no', 'count']).execute();
    for (const chunk of chunks) expect(chunk.count).toBeLessThanOrEqual(chunk.stream_no === 0 ? 10 : 3);
  });

  it('are known to the ledger before their first line is anywhere else', async () => {
    const { sink } = await desk.attempt(1, { keys, packedBytes });
    await sink.open({ ...notes, provedIn: 'user_id' });
    await sink.beside().open(candidateStream(5));
    expect((await streams()).map(({ stream_no }) => stream_no)).toEqual([5]);
  });

  it('are neither lost nor doubled when an attempt dies after any line', async () => {
    let attempt = 0;
    const next = (): Promise<unknown> => {
      attempt += 1;
      return scan(attempt);
    };
    for (const stopAt of [33, 1, 36, 45, 59, 58, undefined]) {
      log.onLine = (no) => {
        if (no === stopAt) throw new Error('killed');
      };
      const end = tried(next);
      if (stopAt === undefined) await end;
      else await end.catch((error: unknown) => expect(String(error)).toContain('killed'));
    }
    expect(await stagedOf()).toEqual(whole);
    expect((await streams()).map(({ found }) => found)).toEqual(places.map(([, value]) => numbersOf(value).length));
    expect(await tasks()).toHaveLength(2);
  });

  it('that were buffered while another stream’s chunk was committed are read again', async () => {
    log.onLine = (no) => {
      // The person's first chunk of ten is on its way; the café's current one and the hotel's are not.
      if (no === 37) throw new Error('killed');
    };
    const first = await desk.attempt(1, { keys, packedBytes });
    await log.read(context(), { keys, want: 'content', begun: [], sink: first.sink }).catch(() => undefined);
    await first.sink.settle().catch(() => undefined);
    const committed = await stagedOf();
    expect(committed).toContain(27);
    expect(committed).not.toContain(35);
    log.onLine = undefined;
    await scan(2);
    expect(await stagedOf()).toEqual(whole);
  });

  it('are all there, once, when an attempt dies between storing a chunk and its row, wherever', async () => {
    let attempt = 0;
    for (const puts of packedBytes > 0 ? [0, 0, 1] : [0, 1, 2, 3, 4, 6])
      await tried(() => {
        attempt += 1;
        return scan(attempt, { storage: dyingAfter(desk.storage, puts) });
      }).catch((error: unknown) => expect(error).toMatchObject({ code: 'storage-unreachable' }));
    await tried(() => {
      attempt += 1;
      return scan(attempt);
    });
    expect(await stagedOf()).toEqual(whole);
  });

  it('count and are packaged only where a person accepted them', async () => {
    const { db } = desk.world.deps.ledger;
    await scan(1);
    await finish();
    const mine = numbersOf('7').length;
    const seen = async () => {
      const facts = await packageFacts(db, desk.requestId);
      const counts = (await systemCounts(db, desk.requestId)).get(keyOf(1).systemId);
      return {
        streams: facts.streams.map(({ stream_no }) => stream_no),
        records: facts.chunks.reduce((sum, { count }) => sum + count, 0),
        round: (await db.transaction().execute((trx) => countRound(trx, keyOf(1)))).found,
        shown: counts?.found,
        waiting: counts?.candidates,
      };
    };
    const [few, many] = [numbersOf(hotel).length, numbersOf(cafe).length];
    const nothing = { streams: [0], records: mine, round: mine, shown: mine };
    expect(await seen()).toEqual({ ...nothing, waiting: few + many });
    await answer(1, 'reject');
    expect(await seen()).toEqual({ ...nothing, waiting: few });
    await answer(2, 'accept');
    const all = mine + few;
    expect(await seen()).toEqual({ streams: [0, 2], records: all, round: all, shown: all, waiting: 0 });
  });

  it('are in no package while their lane is not done', async () => {
    const { db } = desk.world.deps.ledger;
    await scan(1);
    expect((await packageFacts(db, desk.requestId)).streams).toEqual([]);
    await finish();
    expect((await packageFacts(db, desk.requestId)).streams).toHaveLength(1);
    await db.updateTable('lanes').set({ state: 'running' }).execute();
    expect(await packageFacts(db, desk.requestId)).toMatchObject({ streams: [], chunks: [] });
  });

  it('keep their answer in a new reading, which supersedes the old one', async () => {
    await scan(1);
    await finish();
    await answer(1, 'reject');
    await answer(2, 'accept');
    const before = await streams(1);
    await desk.world.deps.ledger.db.updateTable('lanes').set({ workflow_seq: 0, attempts: 0 }).execute();
    await scan(1, { round: 2 });
    await finish(2);
    expect((await streams(2)).map(({ task_id }) => task_id)).toEqual(before.map(({ task_id }) => task_id));
    expect(await tasks()).toHaveLength(2);
    const { streams: held } = await packageFacts(desk.world.deps.ledger.db, desk.requestId);
    expect(held.map(({ round, stream_no }) => [round, stream_no])).toEqual([
      [2, 0],
      [2, 2],
    ]);
  });

  it('end with their question, and no other stream does', async () => {
    const candidate = {
      ref: { collection: 'ip', key: [['ip', cafe]] },
      reason: 'unknown-window',
      matchedBy: 'ip',
      display: {},
    } as const;
    const { sink } = await desk.attempt(1, { packedBytes });
    const beside = sink.beside();
    await beside.open({ ...candidateStream(1), provedIn: 'accounts' });
    await expect(beside.end(asOf, candidate)).rejects.toMatchObject({ code: 'internal' });
    await beside.entry(line(1), [own, own], Buffer.from('1'));
    await expect(beside.end(asOf)).rejects.toMatchObject({ code: 'internal' });
    await sink.open(notes);
    await sink.entry(line(2), [own, own], Buffer.from('2'));
    await expect(sink.end(asOf, candidate)).rejects.toMatchObject({ code: 'internal' });
    await sink.end(asOf);
    await expect(sink.settle()).rejects.toMatchObject({ code: 'internal' });
    await beside.end(asOf, candidate);
    await sink.settle();
  });

  it('whose records have gone between two attempts end without a question', async () => {
    const first = await desk.attempt(1, { packedBytes });
    await first.sink.beside().open(candidateStream(1));
    const { sink, begun } = await desk.attempt(2, { packedBytes });
    expect(begun).toEqual([1]);
    const beside = sink.beside();
    await beside.open(candidateStream(1));
    await beside.end(asOf);
    await sink.settle();
    expect(await streams()).toMatchObject([{ stream_no: 1, found: 0, task_id: null }]);
    expect(await tasks()).toEqual([]);
  });

  it('are at most a hundred groups; more is not one person', async () => {
    const { sink } = await desk.attempt(1, { packedBytes });
    for (let no = 1; no <= 100; no++) await sink.beside().open(candidateStream(no));
    const tooMany = sink.beside().open(candidateStream(101));
    await expect(tooMany).rejects.toMatchObject({ code: 'too-many-candidates', where: 'account-db' });
    expect(await streams()).toHaveLength(100);
  });

  it('of one very large record get a chunk for it alone', async () => {
    const { sink } = await desk.attempt(1, { packedBytes });
    const beside = sink.beside();
    await beside.open({ ...notes, no: 3 });
    const large = (id: number, size: number) => {
      const entry = { key: [['no', String(id)]], record: { id: String(id), note: 'x'.repeat(size) } };
      return Buffer.from(`${JSON.stringify(entry)}\n`);
    };
    for (const [id, size] of [
      [1, 10],
      [2, 40_000],
      [3, 10],
    ] as const)
      await beside.entry(large(id, size), [own, own], Buffer.from(String(id)));
    const tooLarge = (async () => beside.entry(large(4, 70_000), [own, own], Buffer.from('4')))();
    await expect(tooLarge).rejects.toMatchObject({ code: 'record-too-large', where: 'notes' });
    await beside.end(asOf);
    await sink.settle();
    const chunks = await desk.world.deps.ledger.db.selectFrom('chunks').select('count').orderBy('chunk_no').execute();
    expect(chunks.map(({ count }) => count)).toEqual([1, 1, 1]);
  });
});

function candidateStream(no: number): StreamDescription {
  return { ...notes, no, isCandidate: true };
}
