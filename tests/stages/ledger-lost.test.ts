/** A ledger that goes away in the middle of something is a code to try again by, not the end of the worker. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { newWorld, type World } from '../ledger/world.ts';
import { eventually } from '../support/servers.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld('ledger-lost');
});
afterAll(() => world.close());

it('ends a transaction whose connection is cut between two statements with its code, and the next one works', async () => {
  const { db } = world.deps.ledger;
  const work = db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
    const pid = rows[0]?.pid;
    await world.asOwner('select pg_terminate_backend($1)', [pid]);
    await eventually(async () => {
      const left = await world.asOwner('select 1 from pg_stat_activity where pid = $1', [pid]);
      return left.rowCount === 0;
    });
    // The client hears of it in a later turn of the event loop, with nobody waiting for an answer.
    await new Promise((resolve) => setImmediate(resolve));
    await sql`select 1`.execute(trx);
  });
  await expect(work).rejects.toMatchObject({ code: 'ledger-unreachable' });
  await expect(db.transaction().execute((trx) => sql`select 1`.execute(trx))).resolves.toBeDefined();
});
