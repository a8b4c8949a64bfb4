/**
 * Erasing 1,000,000 rows of one person over five tables. Ours: the connector's `erase` with the journal on, from a plan in
 * chunk files. Beside it, in turns, `= ANY` deletes in 10,000s in the order of the foreign keys (erase.baseline.ts). Every run
 * has a fresh copy of the database. Memory: peak of our process, against the same at a tenth of the rows.
 */
import { join } from 'node:path';
import pg from 'pg';
import { createDatabase } from '../src/local/postgres.ts';
import type { Bench, BenchContext } from './bench.ts';
import { runChild } from './child.ts';
import type { BaselineInput, BaselineOutput } from './erase.baseline.ts';
import { fillErasable, writePlan } from './erase-data.ts';
import { type EraseInput, type EraseOutput, journalTables } from './erase-ours.ts';
import { type Figure, loadNow, median } from './report.ts';

const fullRows = 1_000_000;
const mib = 2 ** 20;
let copies = 0;

/** Runs `work` on a copy of the database, read once so that both sides meet a warm cache, and drops it. */
async function onCopy<T>({ stack }: BenchContext, template: string, work: (url: string) => Promise<T>): Promise<T> {
  copies += 1;
  const name = `bench_erase_copy_${copies}`;
  const url = await createDatabase(stack.postgres.url, name, { template });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const table of ['devices', 'playlists', 'playlist_items', 'playback_events', 'sessions'])
    await client.query(`SELECT count(*) FROM ${table}`);
  await client.query('CHECKPOINT');
  await client.end();
  try {
    return await work(url);
  } finally {
    const admin = new pg.Client({ connectionString: stack.postgres.url });
    await admin.connect();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
}

async function ours(context: BenchContext, template: string, rows: number, planFolder: string) {
  const { stack, say, profileDir } = context;
  return onCopy(context, template, async (url) => {
    const journalUrl = await createDatabase(stack.postgres.url, `bench_journal_${copies}`);
    const client = new pg.Client({ connectionString: journalUrl });
    await client.connect();
    await client.query(journalTables);
    await client.end();
    const { output, peakRssBytes } = await runChild<EraseInput, EraseOutput>(
      'erase-ours',
      { url, journalUrl, planFolder },
      { profileDir, asWorker: true },
    );
    if (output.erased !== rows) throw new Error(`erased ${output.erased} rows instead of ${rows}`);
    say(
      `erase: ours ${output.seconds.toFixed(2)} s (${output.processorSeconds.toFixed(2)} s of processor), peak ${(peakRssBytes / mib).toFixed(0)} MiB`,
    );
    return { seconds: output.seconds, peakRssBytes };
  });
}

export const eraseBench: Bench = {
  name: 'erase',
  run: async (context) => {
    const { stack, small, say } = context;
    const prepared = async (rows: number, name: string) => {
      const url = await createDatabase(stack.postgres.url, name);
      await fillErasable(url, rows);
      const planFolder = join(stack.dir, `${name}-plan`);
      return { name, planFolder, rows: await writePlan(url, planFolder) };
    };
    const full = await prepared(small ? fullRows / 10 : fullRows, 'bench_erase');
    const tenth = await prepared(small ? fullRows / 100 : fullRows / 10, 'bench_erase_tenth');
    const loadBefore = loadNow();
    const times: Record<'ours' | 'baseline', number[]> = { ours: [], baseline: [] };
    const peaks: number[] = [];
    for (let run = 0; run < (small ? 2 : 3); run++) {
      await onCopy(context, full.name, async (url) => {
        const { output } = await runChild<BaselineInput, BaselineOutput>('erase.baseline', { url });
        if (output.deleted !== full.rows) throw new Error(`deleted ${output.deleted} rows instead of ${full.rows}`);
        times.baseline.push(output.seconds);
        say(`erase: = ANY ${output.seconds.toFixed(2)} s`);
      });
      const { seconds, peakRssBytes } = await ours(context, full.name, full.rows, full.planFolder);
      times.ours.push(seconds);
      peaks.push(peakRssBytes);
    }
    const tenthPeaks: number[] = [];
    for (const _ of peaks)
      tenthPeaks.push((await ours(context, tenth.name, tenth.rows, tenth.planFolder)).peakRssBytes);

    const rows = full.rows.toLocaleString('en');
    const ratio = median(times.baseline) / median(times.ours);
    const growth = median(peaks) / median(tenthPeaks);
    const speed: Figure = {
      bench: 'erase',
      what: `${rows} rows of one person over 5 tables, with the journal`,
      unit: 's',
      ours: median(times.ours),
      baseline: median(times.baseline),
      against: '= ANY deletes in 10,000s',
      ratio,
      target: '≥ 0.5',
      pass: ratio >= 0.5,
      runs: times,
      loadBefore,
    };
    const memory: Figure = {
      bench: 'erase',
      what: `peak memory, ${rows} rows`,
      unit: 'MiB',
      ours: median(peaks) / mib,
      baseline: median(tenthPeaks) / mib,
      against: `the same at ${tenth.rows.toLocaleString('en')} rows`,
      ratio: growth,
      target: '≤ 1.2',
      pass: growth <= 1.2,
      runs: { ours: peaks.map((value) => value / mib), baseline: tenthPeaks.map((value) => value / mib) },
      loadBefore,
    };
    return [speed, memory];
  },
};
