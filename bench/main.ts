/**
 * `npm run bench [-- NAME…] [--small] [--json] [--profile DIR] [--keep]`: brings up a local stack of its own (durable
 * profile, as `npm start` has it) in `.habeas/bench-<pid>/`, runs the named benches (all of them unless named), prints the
 * figures and removes the stack. Exit code 0 when every target was met, 1 when one fell short or a bench failed, 64 on
 * wrong usage. `--small` is for trying a change out; its figures are not compared with targets.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startOf } from '../src/local/process-lock.mjs';
import { localReset, localUp } from '../src/local/stack.ts';
import { fromRoot } from '../src/root.ts';
import type { Bench } from './bench.ts';
import { eraseBench } from './erase.ts';
import { erasuresBench } from './erasures.ts';
import { logsBench } from './logs.ts';
import { mixedBench } from './mixed.ts';
import { packageBench } from './package.ts';
import { policyBench } from './policy.ts';
import { postgresRead } from './postgres-read.ts';
import { describeMachine, type Figure, figureLine } from './report.ts';
import { requestsBench } from './requests.ts';
import { sweepBench } from './sweep.ts';

const benches: readonly Bench[] = [
  postgresRead,
  packageBench,
  requestsBench,
  logsBench,
  policyBench,
  eraseBench,
  erasuresBench,
  mixedBench,
  sweepBench,
];
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        small: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        profile: { type: 'string' },
      },
    });
    const unknown = positionals.find((name) => !benches.some((bench) => bench.name === name));
    if (unknown !== undefined) throw new Error(`no bench is called ${unknown}`);
    return { ...values, chosen: benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name)) };
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    say(`usage: npm run bench -- [${benches.map(({ name }) => name).join('|')}]… [--small] [--json] [--profile DIR]`);
    return undefined;
  }
}

/** Stacks of benches that were killed. */
async function removeLeft(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = Number(/^bench-(\d+)$/.exec(name)?.[1]);
    if (Number.isInteger(pid) && startOf(pid) === undefined) await localReset({ dir: join(folder, name) });
  }
}

async function main(): Promise<number> {
  const args = readArguments();
  if (args === undefined) return 64;
  const folder = fromRoot('.habeas');
  await mkdir(folder, { recursive: true, mode: 0o711 });
  await removeLeft(folder);
  const dir = join(folder, `bench-${process.pid}`);
  let removed: Promise<unknown> | undefined;
  const remove = async () => {
    if (!args.keep) removed ??= localReset({ dir });
    await removed;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void remove().finally(() => process.exit(130)));
  const figures: Figure[] = [];
  let failed = false;
  try {
    const stack = await localUp({ dir, profile: 'start', log: say });
    const machine = await describeMachine(stack.postgres.url);
    say(
      `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}, PostgreSQL ${machine.postgres}`,
    );
    for (const bench of args.chosen) {
      try {
        for (const figure of await bench.run({ stack, small: args.small, say, profileDir: args.profile })) {
          figures.push(figure);
          if (!args.json) process.stdout.write(`${figureLine(figure)}\n`);
        }
      } catch (error) {
        failed = true;
        say(`${bench.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
    }
    if (args.json) process.stdout.write(`${JSON.stringify({ small: args.small, machine, figures })}\n`);
  } finally {
    await remove();
  }
  return failed || (!args.small && figures.some((figure) => figure.pass === false)) ? 1 : 0;
}

process.exitCode = await main();
