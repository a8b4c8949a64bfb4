/**
 * Owns the comparison of one request and fifty at once with a workflow of ten empty activities on the same server
 * (requests.baseline.ts), in turns, and the figures of it. Each one's own time runs from the call that opens it until it is
 * seen finished. What is opened and when it is finished is the bench's own (requests.ts, erasures.ts).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { LocalStack } from '../src/local/stack.ts';
import type { BenchContext } from './bench.ts';
import { type Burst, burst } from './burst.ts';
import type { tenEmptyActivities } from './empty.workflow.ts';
import { type Figure, loadNow, median } from './report.ts';
import type { WorkerInput } from './requests.baseline.ts';

export interface Side {
  one(): Promise<void>;
  /** Until nothing of what was begun is still at work. */
  settle(): Promise<void>;
  /** Of its worker, where it is told. */
  cpuSeconds(): number;
  end(): Promise<void>;
}

/** Ten empty activities, one after another, as a workflow of its own. */
export async function baselineSide(stack: LocalStack): Promise<Side> {
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

async function rounds(bench: string, { stack, small, say }: BenchContext, ourSide: () => Promise<Side>) {
  const sides = { ours: await ourSide(), baseline: await baselineSide(stack) };
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
      `${bench}: ${name}, ${count} at once: ${result.perSecond.toFixed(2)}/s, first ${result.firstMs.toFixed(0)} ms, p95 ${result.p95Ms.toFixed(0)} ms${Number.isNaN(cpu) ? '' : `, worker ${cpu.toFixed(0)} ms of processor each`}, load ${loadNow().toFixed(1)}`,
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

/** Measures both sides; `until` says in words when one of ours is finished. */
export async function besideEmpty(
  bench: string,
  context: BenchContext,
  { until, ourSide }: { readonly until: string; readonly ourSide: () => Promise<Side> },
): Promise<readonly Figure[]> {
  const loadBefore = loadNow();
  const { ours, baseline } = await rounds(bench, context, ourSide);
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
      bench,
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
    figure(`one request, time until ${until}`, 'one', 'firstMs', 'ms', p95),
    figure(`${count} at once, requests per second`, 'many', 'perSecond', '/s', rate),
    figure(`${count} at once, time until the first ${until}`, 'many', 'firstMs', 'ms', { target: null, ratio: share }),
    figure(`${count} at once, p95`, 'many', 'p95Ms', 'ms', p95),
  ];
}
