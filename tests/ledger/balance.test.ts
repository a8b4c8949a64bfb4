/** Completing a request on a real PostgreSQL: exactly the balanced books are accepted, and the end is the end. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type RequestId, randomName, type SystemId } from '../../src/ids.ts';
import type { Disposition, LaneState } from '../../src/ledger/states.ts';
import { taskTerms } from '../../src/ledger/task-kinds.ts';
import { closeTask, openTask } from '../../src/ledger/tasks.ts';
import { createRequest } from '../../src/requests/index.ts';
import { newWorld, type World } from './world.ts';

interface StreamBooks {
  readonly found: number | null;
  readonly chunks: readonly number[];
  readonly dispositions: readonly { readonly disposition: Disposition; readonly count: number }[];
  /** Proposed by a scan: what a person has said; `open` where nobody has, `unasked` where there is no question. */
  readonly candidate?: 'accept' | 'reject' | 'open' | 'unasked' | undefined;
}
interface LaneBooks {
  readonly state: LaneState;
  readonly finished: boolean;
  readonly streams: readonly StreamBooks[];
  /** Books of an earlier reading, which must not count. */
  readonly superseded: readonly StreamBooks[];
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);
const balanced = ({ found, chunks, dispositions, candidate }: StreamBooks) => {
  if (found === null) return false;
  // Whatever the books say of what is not the person's.
  if (candidate === 'reject') return true;
  // Of nothing nobody is asked.
  if (candidate === 'open' || candidate === 'unasked') return found === 0;
  return found === total(chunks) && found === total(dispositions.map((one) => one.count));
};

describe('the books', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld('balance');
  });
  afterAll(() => world.close());

  const newRequest = async (verified = true) => {
    const { requestId } = await createRequest(world.deps, {
      rights: ['access'],
      identifiers: { userId: '42' },
      channel: 'web',
      language: 'en',
      ...(verified ? { identity: { method: 'logged-in', contact: 'mari@example.ee' }, by: world.people.agent } : {}),
    });
    return requestId;
  };

  const writeTask = async (requestId: RequestId, systemId: SystemId, candidate: StreamBooks['candidate']) => {
    if (candidate === undefined || candidate === 'unasked') return null;
    const { db } = world.deps.ledger;
    const at = world.deps.now();
    return db.transaction().execute(async (trx) => {
      const taskId = await openTask(trx, {
        requestId,
        systemId,
        kind: 'candidate',
        ...taskTerms.candidate,
        dueOn: '2026-12-20',
        code: null,
        objectSealed: null,
        peopleNeeded: 1,
        at,
        dedupe: randomName(),
      });
      if (candidate !== 'open') await closeTask(trx, { taskId, answer: candidate, at });
      return taskId;
    });
  };

  const writeStreams = async (
    requestId: RequestId,
    systemId: SystemId,
    round: number,
    streams: readonly StreamBooks[],
  ) => {
    const { db } = world.deps.ledger;
    for (const [streamNo, stream] of streams.entries()) {
      const place = { request_id: requestId, system_id: systemId, round, stream_no: streamNo };
      const decided = { right: 'access', disposition: 'exported', reason: 'own' } as const;
      await db
        .insertInto('streams')
        .values({
          ...place,
          ...decided,
          collection: 'accounts',
          record_class: 'account',
          owner_kind: 'person',
          role: 'controller',
          fields: '[]',
          found: stream.found,
          as_of: null,
          is_candidate: stream.candidate !== undefined,
          task_id: await writeTask(requestId, systemId, stream.candidate),
        })
        .execute();
      for (const [chunkNo, count] of stream.chunks.entries())
        await db
          .insertInto('chunks')
          .values({
            ...place,
            stage: 'read',
            chunk_no: chunkNo,
            object_name: randomName(),
            count,
            plain_bytes: 1,
            bytes: 1,
            tag: '00',
            as_of: null,
            cursor_sealed: null,
          })
          .execute();
      for (const [chunkNo, { disposition, count }] of stream.dispositions.entries())
        await db
          .insertInto('dispositions')
          .values({ ...place, chunk_no: chunkNo, right: 'access', disposition, reason: 'own', evidence: 'none', count })
          .execute();
    }
  };

  const writeLane = async (requestId: RequestId, systemId: SystemId, books: LaneBooks) => {
    const { db } = world.deps.ledger;
    const round = { request_id: requestId, system_id: systemId, started_at: world.deps.now() };
    const done = books.finished ? world.deps.now() : null;
    await db
      .insertInto('rounds')
      .values([
        { ...round, round: 1, finished_at: null, superseded: true },
        { ...round, round: 2, finished_at: done, superseded: false },
      ])
      .execute();
    await writeStreams(requestId, systemId, 1, books.superseded);
    await writeStreams(requestId, systemId, 2, books.streams);
    await db
      .updateTable('lanes')
      .set({ state: books.state, code: 'system-timeout' })
      .where('request_id', '=', requestId)
      .where('system_id', '=', systemId)
      .execute();
  };

  const complete = (requestId: RequestId) =>
    world.deps.ledger.db
      .updateTable('requests')
      .set({ state: 'completed', completed_at: world.deps.now() })
      .where('id', '=', requestId)
      .execute();

  const oneStream = fc.array(fc.nat({ max: 3 }), { maxLength: 3 }).chain((chunks) =>
    fc.record({
      // Mostly right, sometimes wrong by one, sometimes never read to the end.
      found: fc.oneof(
        { weight: 8, arbitrary: fc.constant<number | null>(total(chunks)) },
        { weight: 1, arbitrary: fc.constant<number | null>(total(chunks) + 1) },
        { weight: 1, arbitrary: fc.constant<number | null>(null) },
      ),
      chunks: fc.constant(chunks),
      dispositions: fc.oneof(
        {
          weight: 8,
          arbitrary: fc
            .array(fc.constantFrom<Disposition>('exported', 'withheld', 'referred'), {
              minLength: chunks.length,
              maxLength: chunks.length,
            })
            .map((kinds) => kinds.map((disposition, index) => ({ disposition, count: chunks[index] ?? 0 }))),
        },
        { weight: 1, arbitrary: fc.constant([{ disposition: 'exported' as const, count: total(chunks) + 1 }]) },
        { weight: 1, arbitrary: fc.constant([]) },
      ),
      candidate: fc.oneof(
        { weight: 6, arbitrary: fc.constant(undefined) },
        { weight: 2, arbitrary: fc.constantFrom('accept' as const, 'reject' as const) },
        { weight: 1, arbitrary: fc.constantFrom('open' as const, 'unasked' as const) },
      ),
    }),
  );
  const lane = fc.record({
    state: fc.oneof(
      { weight: 9, arbitrary: fc.constant<LaneState>('done') },
      { weight: 1, arbitrary: fc.constantFrom<LaneState>('waiting', 'running', 'parked', 'unresolved') },
    ),
    finished: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    streams: fc.array(oneStream, { maxLength: 2 }),
    superseded: fc.array(oneStream, { maxLength: 1 }),
  });

  it('complete a request exactly when every lane is done, read to its end, and every stream balances', async () => {
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(lane, lane, async (one, two) => {
        const requestId = await newRequest();
        await writeLane(requestId, world.systemIds.accountDb, one);
        await writeLane(requestId, world.systemIds.billing, two);
        const right = [one, two].every(
          (books) => books.state === 'done' && books.finished && books.streams.every(balanced),
        );
        if (right) {
          seen.accepted += 1;
          await complete(requestId);
        } else {
          seen.refused += 1;
          await expect(complete(requestId)).rejects.toMatchObject({ code: 'books-unbalanced' });
        }
      }),
      { numRuns: 80 },
    );
    // A run that met only one of the two would prove nothing.
    expect(seen.accepted).toBeGreaterThan(5);
    expect(seen.refused).toBeGreaterThan(5);
  });

  const whole: LaneBooks = {
    state: 'done',
    finished: true,
    streams: [{ found: 2, chunks: [2], dispositions: [{ disposition: 'exported', count: 2 }] }],
    superseded: [],
  };
  const completed = async () => {
    const requestId = await newRequest();
    await writeLane(requestId, world.systemIds.accountDb, whole);
    await writeLane(requestId, world.systemIds.billing, whole);
    await complete(requestId);
    return requestId;
  };

  it('count candidates of a scan only where a person accepted them, and complete nothing while one waits', async () => {
    const whole = { found: 2, chunks: [2], dispositions: [{ disposition: 'exported', count: 2 }] } as const;
    const unwritten = { found: 3, chunks: [3], dispositions: [] } as const;
    const end = async (streams: readonly StreamBooks[]) => {
      const requestId = await newRequest();
      const books = { state: 'done', finished: true, superseded: [] } as const;
      await writeLane(requestId, world.systemIds.accountDb, { ...books, streams });
      await writeLane(requestId, world.systemIds.billing, { ...books, streams: [whole] });
      return complete(requestId);
    };
    const unbalanced = { code: 'books-unbalanced' };
    await expect(end([whole, { ...whole, candidate: 'open' }])).rejects.toMatchObject(unbalanced);
    await expect(end([whole, { ...whole, candidate: 'unasked' }])).rejects.toMatchObject(unbalanced);
    await expect(end([whole, { ...unwritten, candidate: 'accept' }])).rejects.toMatchObject(unbalanced);
    await expect(end([whole, { ...unwritten, found: null, candidate: 'reject' }])).rejects.toMatchObject(unbalanced);
    await end([whole, { ...whole, candidate: 'accept' }, { ...unwritten, candidate: 'reject' }]);
    await end([whole, { found: 0, chunks: [], dispositions: [], candidate: 'unasked' }]);
  });

  it('complete no request whose systems were never read, nor one whose identity is not verified', async () => {
    const unread = await newRequest();
    await world.deps.ledger.db.updateTable('lanes').set({ state: 'done' }).where('request_id', '=', unread).execute();
    await expect(complete(unread)).rejects.toMatchObject({ code: 'books-unbalanced' });
    const unverified = await newRequest(false);
    await writeLane(unverified, world.systemIds.accountDb, whole);
    await writeLane(unverified, world.systemIds.billing, whole);
    await expect(complete(unverified)).rejects.toMatchObject({ code: 'books-unbalanced' });
  });

  it('never change after the end, and the end never changes, also for the owner of the database', async () => {
    const requestId = await completed();
    const { db } = world.deps.ledger;
    const final = { code: 'state-final' };
    await expect(
      db.updateTable('requests').set({ state: 'reading' }).where('id', '=', requestId).execute(),
    ).rejects.toMatchObject(final);
    await expect(
      db.updateTable('requests').set({ identity: 'unverifiable' }).where('id', '=', requestId).execute(),
    ).rejects.toMatchObject(final);
    await expect(
      db.updateTable('dispositions').set({ count: 1 }).where('request_id', '=', requestId).execute(),
    ).rejects.toMatchObject(final);
    await expect(world.asOwner('delete from chunks where request_id = $1', [requestId])).rejects.toMatchObject({
      code: 'HB002',
    });
    await db.updateTable('requests').set({ woken_seq: 1 }).where('id', '=', requestId).execute();
  });

  it('ignore what an older step of the workflow says of a lane or a request', async () => {
    const requestId = await newRequest();
    const { db } = world.deps.ledger;
    await db.updateTable('requests').set({ state: 'reading', workflow_seq: 7 }).where('id', '=', requestId).execute();
    await db.updateTable('requests').set({ state: 'locating', workflow_seq: 6 }).where('id', '=', requestId).execute();
    await db
      .updateTable('lanes')
      .set({ state: 'running', workflow_seq: 7 })
      .where('request_id', '=', requestId)
      .execute();
    await db
      .updateTable('lanes')
      .set({ state: 'waiting', workflow_seq: 6 })
      .where('request_id', '=', requestId)
      .execute();
    const { state } = await db
      .selectFrom('requests')
      .select('state')
      .where('id', '=', requestId)
      .executeTakeFirstOrThrow();
    const lanes = await db.selectFrom('lanes').select('state').where('request_id', '=', requestId).execute();
    expect([state, ...lanes.map((one) => one.state)]).toEqual(['reading', 'running', 'running']);
  });

  it('store no word that the program has no sentence for', async () => {
    const requestId = await newRequest();
    await expect(world.asOwner("update requests set state = 'lost' where id = $1", [requestId])).rejects.toMatchObject({
      code: '23514',
    });
  });
});
