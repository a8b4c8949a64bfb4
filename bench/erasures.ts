/**
 * One small erasure and 50 at once, from the use-case behind `habeas requests new` until everything is erased, read back and
 * the request completed. Each is of another invented person, with rows in eight tables of the sample company's database; the plan
 * is approved, signed, as soon as it is seen. Beside it the workflow of ten empty activities (beside-empty.ts).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalStack } from '../src/local/stack.ts';
import { approvedUntil } from './approving.ts';
import type { Bench } from './bench.ts';
import { besideEmpty, type Side } from './beside-empty.ts';
import { openBed } from './installation.ts';
import { emailOf, plantPeople } from './people-data.ts';
import { patienceMs } from './stage-times.ts';
import { watch } from './watch.ts';
import { startWorker } from './worker-process.ts';

/** Warm-up, seven alone, twice fifty. */
const people = { firstId: 900_000, count: 120 };

async function ourSide(stack: LocalStack, profileDir: string | undefined): Promise<Side> {
  const bed = await openBed(stack);
  await plantPeople(stack.postgres.urlFor('account_db'), people);
  const worker = startWorker(bed.configPath, { profileDir });
  const watched = watch(
    (ids) => approvedUntil(bed, ids, ['completed']),
    () => worker.assertAlive(),
  );
  let next = people.firstId;
  return {
    one: async () => {
      const email = emailOf(next);
      next += 1;
      await watched.until(await bed.open({ email: [email] }, email, ['erasure']));
    },
    settle: async () => {
      const open = () =>
        bed.ledger.db.selectFrom('requests').select('state').where('state', '!=', 'completed').executeTakeFirst();
      const deadline = Date.now() + patienceMs;
      while ((await open()) !== undefined) {
        if (Date.now() > deadline) throw new Error(`not completed within ${patienceMs} ms; see ${worker.logFile}`);
        await delay(50);
      }
    },
    cpuSeconds: () => worker.cpuSeconds(),
    end: async () => {
      await watched.end().finally(() => worker.stop().finally(() => bed.close()));
    },
  };
}

export const erasuresBench: Bench = {
  name: 'erasures',
  run: (context) =>
    besideEmpty('erasures', context, {
      until: 'it is completed',
      ourSide: () => ourSide(context.stack, context.profileDir),
    }),
};
