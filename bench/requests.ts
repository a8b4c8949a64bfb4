/**
 * One small access request and 50 at once, from the use-case behind `habeas requests new` until the package is stored in
 * S3 and in the ledger. The sample company's sample subject (rows in every collection), the program's own worker.
 * Beside it, in turns, on the same server: a workflow of ten empty activities (requests.baseline.ts). Each one's own time
 * runs from the call that opens it until it is seen finished; ours is looked for every 10 ms.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { RequestId } from '../src/ids.ts';
import { cast } from '../src/local/sample/cast.ts';
import type { LocalStack } from '../src/local/stack.ts';
import type { Bench, BenchContext } from './bench.ts';
import { type Burst, burst } from './burst.ts';
import type { tenEmptyActivities } from './empty.workflow.ts';
import { type Bed, openBed } from './installation.ts';
import { type Figure, loadNow, median } from './report.ts';
import type { WorkerInput } from './requests.baseline.ts';
import { patienceMs } from './stage-times.ts';
import { startWorker } from './worker-process.ts';

interface Side {
  one(): Promise<void>;
  /** Until nothing of what was begun is still at work. */
  settle(): Promise<void>;
  /** Of its worker, where it is told. */
  cpuSeconds(): number;
  end(): Promise<void>;
}

const lookEveryMs = 10;

async function ourSide(stack: LocalStack, profileDir: string | undefined): Promise<Side> {
  const bed = await openBed(stack);
  const worker = startWorker(bed.configPath, { profileDir });
  const waiting = new Map<RequestId, () => void>();
  const watched = watch(bed, waiting, () => worker.assertAlive());
  const { email } = cast.sampleSubject;
  return {
    one: async () => {
      const requestId = await bed.open({ email: [email] }, email);
      await Promise.race([new Promise<void>((resolve) => waiting.set(requestId, resolve)), watched.failed]);
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
      await watched.end();
      await worker.stop();
      await bed.close();
    },
  };
}

/** Tells who waits that a request's package is stored. One look for all of them. */
function watch(bed: Bed, waiting: Map<RequestId, () => void>, check: () => void) {
  let isEnding = false;
  let waitingSince = Date.now();
  const loop = async () => {
    while (!isEnding) {
      check();
      if (waiting.size === 0) waitingSince = Date.now();
      else {
        if (Date.now() - waitingSince > patienceMs) throw new Error(`no package within ${patienceMs} ms`);
        const found = await bed.ledger.db
          .selectFrom('packages')
          .select('request_id')
          .where('request_id', 'in', [...waiting.keys()])
          .execute();
        for (const { request_id } of found) {
          waiting.get(request_id)?.();
          waiting.delete(request_id);
        }
      }
      await delay(lookEveryMs);
    }
  };
  const failed = loop();
  failed.catch(() => undefined);
  return {
    failed,
    end: async () => {
      isEnding = true;
      await failed;
    },
  };
}

async function baselineSide(stack: LocalStack): Promise<Side> {
  const taskQueue = 'bench-empty';
  const worker = fork(fileURLToPath(new URL('./requests.baseline.js', import.meta.url)), []);
  const { address, namespace } = stack.temporal;
  worker.send({ address, namespace, taskQueue } satisfies WorkerInput);
  const ended = once(worker, 'exit');
  await Promise.race([once(worker, 'message'), ended.then(() => Promise.reject(new Error('the baseline ended')))]);
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  let no = 0;
  return {
    one: () => {
      no += 1;
      const options = { taskQueue, workflowId: `bench-empty-${no}`, args: [] as [] };
      return client.workflow.execute<typeof tenEmptyActivities>('tenEmptyActivities', options);
    },
    settle: async () => undefined,
    cpuSeconds: () => Number.NaN,
    end: async () => {
      await connection.close();
      worker.disconnect();
      await ended;
    },
  };
}

async function rounds({ stack, small, say, profileDir }: BenchContext) {
  const sides = { ours: await ourSide(stack, profileDir), baseline: await baselineSide(stack) };
  const measured = {
    ours: { one: [] as Burst[], many: [] as Burst[] },
    baseline: { one: [] as Burst[], many: [] as Burst[] },
  };
  const names = ['baseline', 'ours'] as const;
  const run = async (name: 'ours' | 'baseline', count: number) => {
    const cpuBefore = sides[name].cpuSeconds();
    const result = await burst(count, sides[name].one);
    await sides[name].settle();
    const cpu = (1000 * (sides[name].cpuSeconds() - cpuBefore)) / count;
    measured[name][count === 1 ? 'one' : 'many'].push(result);
    say(
      `requests: ${name}, ${count} at once: ${result.perSecond.toFixed(2)}/s, first ${result.firstMs.toFixed(0)} ms, p95 ${result.p95Ms.toFixed(0)} ms${Number.isNaN(cpu) ? '' : `, worker ${cpu.toFixed(0)} ms of processor each`}, load ${loadNow().toFixed(1)}`,
    );
  };
  try {
    // Both warm: compiled code, connections and caches are not what is compared.
    for (const name of names) {
      await burst(5, sides[name].one);
      await sides[name].settle();
    }
    for (let round = 0; round < (small ? 3 : 7); round++) for (const name of names) await run(name, 1);
    for (let round = 0; round < (small ? 1 : 2); round++) for (const name of names) await run(name, small ? 10 : 50);
  } finally {
    await Promise.all([sides.ours.end(), sides.baseline.end()]);
  }
  return measured;
}

export const requestsBench: Bench = {
  name: 'requests',
  run: async (context) => {
    const loadBefore = loadNow();
    const { ours, baseline } = await rounds(context);
    const figure = (
      what: string,
      of: 'one' | 'many',
      field: keyof Burst,
      unit: string,
      judge: {
        target: string | null;
        ratio: (ours: number, baseline: number) => number;
        passes?: (ratio: number) => boolean;
      },
    ): Figure => {
      const runs = { ours: ours[of].map((one) => one[field]), baseline: baseline[of].map((one) => one[field]) };
      const [mine, theirs] = [median(runs.ours), median(runs.baseline)];
      const ratio = judge.ratio(mine, theirs);
      return {
        bench: 'requests',
        what,
        unit,
        ours: mine,
        baseline: theirs,
        against: 'a workflow of 10 empty activities',
        ratio,
        target: judge.target,
        pass: judge.passes?.(ratio) ?? null,
        runs,
        loadBefore,
      };
    };
    const share = (mine: number, theirs: number) => mine / theirs;
    const rate = { target: '≥ 0.5', ratio: share, passes: (ratio: number) => ratio >= 0.5 };
    const p95 = { target: '≤ 2', ratio: share, passes: (ratio: number) => ratio <= 2 };
    const count = context.small ? 10 : 50;
    return [
      figure('one request, requests per second', 'one', 'perSecond', '/s', rate),
      figure('one request, time to the package', 'one', 'firstMs', 'ms', p95),
      figure(`${count} at once, requests per second`, 'many', 'perSecond', '/s', rate),
      figure(`${count} at once, time to the first package`, 'many', 'firstMs', 'ms', { target: null, ratio: share }),
      figure(`${count} at once, p95`, 'many', 'p95Ms', 'ms', p95),
    ];
  },
};
