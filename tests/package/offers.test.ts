/**
 * The offer to send what is finished, as systems finish one after the other: asked once for each set of them, one question
 * at a time. On a real ledger, by an injected clock.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RequestId } from '../../src/ids.ts';
import { closeTask } from '../../src/ledger/tasks.ts';
import { offerParts } from '../../src/requests/offers.ts';
import { type Bench, collection, openBench, plantAnswer, plantRequest } from './plant.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(
    ['account-db', 'forum', 'logs'].map((id) => ({ id, name: id, collections: [collection('users')] })),
  );
  // 22:30 in London is the day of the internal target in Tallinn.
  bench.setNow(new Date('2026-11-29T22:30:00Z'));
});
afterAll(() => bench?.close());

const begun = () => plantRequest(bench, { parked: ['forum', 'logs'] });

async function offers(requestId: RequestId) {
  await offerParts(bench.deps);
  const query = bench.deps.ledger.db.selectFrom('tasks').select(['id', 'answer']).where('request_id', '=', requestId);
  return query.orderBy('opened_at').orderBy('id').execute();
}

async function wait(requestId: RequestId): Promise<void> {
  const open = (await offers(requestId)).find(({ answer }) => answer === null);
  if (open === undefined) throw new Error('nothing is offered');
  const { db } = bench.deps.ledger;
  await db.transaction().execute((trx) => closeTask(trx, { taskId: open.id, answer: 'wait', at: bench.deps.now() }));
}

const answersOf = async (requestId: RequestId) =>
  (await offers(requestId)).map(({ answer }) => answer ?? 'open').sort();

it('who said to wait is asked again when another system has finished, and only then', async () => {
  const requestId = await begun();
  await wait(requestId);
  expect(await answersOf(requestId)).toEqual(['wait']);
  await plantAnswer(bench, requestId, 'forum', 1);
  expect(await answersOf(requestId)).toEqual(['open', 'wait']);
});

it('an offer that is open is about what is finished now: no second one, and waiting holds for all of it', async () => {
  const requestId = await begun();
  expect(await answersOf(requestId)).toEqual(['open']);
  await plantAnswer(bench, requestId, 'forum', 1);
  expect(await answersOf(requestId)).toEqual(['open']);
  await wait(requestId);
  expect(await answersOf(requestId)).toEqual(['wait']);
});

it('is made for every request that is due, also where one of them fails', async () => {
  const [first, second] = [await begun(), await begun()];
  const { db } = bench.deps.ledger;
  // A ledger that will not write for one of them.
  const failing = new Proxy(bench.deps.ledger, {
    get: (ledger, name) => {
      if (name !== 'db') return Reflect.get(ledger, name);
      let isFirst = true;
      return new Proxy(db, {
        get: (target, property) => {
          if (property === 'transaction' && isFirst) {
            isFirst = false;
            throw new Error('no');
          }
          const value: unknown = Reflect.get(target, property, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  });
  await offerParts({ ...bench.deps, ledger: failing });
  const open = await db
    .selectFrom('tasks')
    .select('request_id')
    .where('request_id', 'in', [first, second])
    .where('closed_at', 'is', null)
    .execute();
  expect(open).toHaveLength(1);
  expect([...(await answersOf(first)), ...(await answersOf(second))]).toEqual(['open', 'open']);
});
