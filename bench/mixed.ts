/**
 * Two hundred mixed requests over account database, billing and logs, twenty in flight: every other one is for access, the rest for
 * erasure, each of another invented person with something in all three systems. A request's time runs from the use-case behind
 * `habeas requests new` until nothing more can be done for it: completed, or waiting for the day on which its log lines expire.
 * Plans are approved, signed, as soon as they are seen. Beside it, as many and as many at once, workflows of ten empty activities.
 */
import { approvedUntil } from './approving.ts';
import type { Bench, BenchContext } from './bench.ts';
import { baselineSide } from './beside-empty.ts';
import { inFlight } from './burst.ts';
import { openBed } from './installation.ts';
import { watchMemory } from './memory.ts';
import { plantEverywhere } from './mixed-data.ts';
import { emailOf } from './people-data.ts';
import { type Figure, loadNow } from './report.ts';
import { watch } from './watch.ts';
import { startWorker } from './worker-process.ts';

const systems = ['account-db', 'billing', 'logs'];
const warmUp = 6;
const atOnce = 20;
const firstId = 910_000;

async function ours({ stack, profileDir, say }: BenchContext, count: number) {
  const bed = await openBed(stack, { systems });
  await plantEverywhere(stack, { firstId, count: count + warmUp });
  const worker = startWorker(bed.configPath, { profileDir });
  const watched = watch(
    (ids) => approvedUntil(bed, ids, ['completed', 'awaiting_expiry']),
    () => worker.assertAlive(),
  );
  let next = firstId;
  const one = async () => {
    const email = emailOf(next);
    const right = next % 2 === 0 ? 'access' : 'erasure';
    next += 1;
    await watched.until(await bed.open({ email: [email] }, email, [right]));
  };
  try {
    await inFlight(warmUp, warmUp, one);
    const memory = await watchMemory(stack.dir, { worker: worker.pid });
    const cpuBefore = worker.cpuSeconds();
    const measured = await inFlight(count, atOnce, one);
    const cpuMs = (1000 * (worker.cpuSeconds() - cpuBefore)) / count;
    say(`mixed: ${count} done, ${cpuMs.toFixed(0)} ms of the worker's processor each`);
    return { measured, memory: memory.end() };
  } finally {
    // Also where the watch has failed, which is what is told then.
    await watched.end().finally(() => worker.stop().finally(() => bed.close()));
  }
}

async function mixed(context: BenchContext): Promise<readonly Figure[]> {
  const count = context.small ? 20 : 200;
  const loadBefore = loadNow();
  const { measured, memory } = await ours(context, count);
  const baseline = await baselineSide(context.stack);
  const empty = await inFlight(warmUp, warmUp, baseline.one)
    .then(() => inFlight(count, atOnce, baseline.one))
    .finally(() => baseline.end());
  const common = { bench: 'mixed', loadBefore };
  const beside = (what: string, field: 'perSecond' | 'p95Ms', unit: string): Figure => ({
    ...{ ...common, what: `${count} mixed requests, ${atOnce} in flight, ${what}`, unit },
    ...{ ours: measured[field], baseline: empty[field], against: 'a workflow of 10 empty activities' },
    ...{ ratio: measured[field] / empty[field], target: null, pass: null },
    runs: { ours: [measured[field]], baseline: [empty[field]] },
  });
  const peaks = [...memory].map(
    ([name, bytes]): Figure => ({
      ...{ ...common, what: `peak memory, ${name}`, unit: 'MiB', ours: bytes / 2 ** 20 },
      ...{ baseline: null, against: null, ratio: null, target: null, pass: null },
      runs: { ours: [bytes / 2 ** 20], baseline: [] },
    }),
  );
  return [beside('requests per second', 'perSecond', '/s'), beside('p95', 'p95Ms', 'ms'), ...peaks];
}

export const mixedBench: Bench = { name: 'mixed', run: mixed };
