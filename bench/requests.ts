/**
 * One small access request and 50 at once, from the use-case behind `habeas requests new` until the package is stored in
 * S3 and in the ledger. The sample company's sample subject (rows in every collection), the program's own worker.
 * Beside it, in turns, on the same server: a workflow of ten empty activities (requests.baseline.ts). Each one's own time
 * runs from the call that opens it until it is seen finished; ours is looked for every 10 ms.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestId } from '../src/ids.ts';
import { cast } from '../src/local/sample/cast.ts';
import type { LocalStack } from '../src/local/stack.ts';
import type { Bench } from './bench.ts';
import { besideEmpty, type Side } from './beside-empty.ts';
import { type Bed, openBed } from './installation.ts';
import { patienceMs } from './stage-times.ts';
import { watch } from './watch.ts';
import { startWorker } from './worker-process.ts';

async function ourSide(stack: LocalStack, profileDir: string | undefined): Promise<Side> {
  const bed = await openBed(stack);
  const worker = startWorker(bed.configPath, { profileDir });
  const watched = watch(
    (ids) => packaged(bed, ids),
    () => worker.assertAlive(),
  );
  const { email } = cast.sampleSubject;
  return {
    one: async () => {
      await watched.until(await bed.open({ email: [email] }, email));
    },
    settle: async () => {
      const open = () =>
        bed.ledger.db.selectFrom('requests').select('state').where('state', '!=', 'completed').executeTakeFirst();
      const deadline = Date.now() + patienceMs;
      while ((await open()) !== undefined) {
        worker.assertAlive();
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

/** Which of these requests have their package. */
async function packaged({ ledger }: Bed, ids: readonly RequestId[]): Promise<readonly RequestId[]> {
  const found = await ledger.db.selectFrom('packages').select('request_id').where('request_id', 'in', ids).execute();
  return found.map((row) => row.request_id);
}

export const requestsBench: Bench = {
  name: 'requests',
  run: (context) =>
    besideEmpty('requests', context, {
      until: 'its package is stored',
      ourSide: () => ourSide(context.stack, context.profileDir),
    }),
};
