/**
 * Reading 2,000,000 rows of one person from PostgreSQL. Ours: the whole `read` stage of the program's own worker (keyset
 * COPY, match checked again for each row, sealed chunks into S3, ledger rows), timed by Temporal's history. Beside it, in
 * turns, `COPY | gzip` in both forms (postgres-read.baseline.ts). Memory: peak of a fresh worker when the read has ended.
 */
import { createDatabase } from '../src/local/postgres.ts';
import type { LocalStack } from '../src/local/stack.ts';
import type { Bench } from './bench.ts';
import { runChild } from './child.ts';
import { openBed } from './installation.ts';
import { fillPlayback, subjectEmail } from './postgres-data.ts';
import type { BaselineInput, BaselineOutput } from './postgres-read.baseline.ts';
import { type Figure, loadNow, median } from './report.ts';
import { activitySeconds, endWorkflow, untilDone } from './stage-times.ts';
import { startWorker } from './worker-process.ts';

const fullRows = 2_000_000;
const mib = 2 ** 20;

async function readOurs(stack: LocalStack, accountUrl: string, rows: number, profileDir: string | undefined) {
  const bed = await openBed(stack, { accountUrl });
  const worker = startWorker(bed.configPath, { profileDir });
  try {
    const requestId = await bed.open({ email: [subjectEmail] }, subjectEmail);
    await untilDone(bed, worker, requestId, 'read');
    const peakRssBytes = worker.peakRssBytes();
    const seconds = await activitySeconds(stack, requestId, 'read');
    const { db } = bed.ledger;
    const read = await db
      .selectFrom('chunks')
      .select((it) => [it.fn.sum<number>('count').as('count'), it.fn.countAll<number>().as('chunks')])
      .where('request_id', '=', requestId)
      .executeTakeFirstOrThrow();
    // The subject's own row is one more.
    if (Number(read.count) !== rows + 1) throw new Error(`read ${read.count} records instead of ${rows + 1}`);
    await worker.stop(profileDir === undefined ? 'SIGKILL' : 'SIGTERM');
    await endWorkflow(stack, requestId);
    return { seconds, peakRssBytes, chunks: Number(read.chunks) };
  } finally {
    await worker.stop('SIGKILL');
    await bed.close();
  }
}

export const postgresRead: Bench = {
  name: 'postgres-read',
  run: async ({ stack, small, say, profileDir }) => {
    const rows = small ? fullRows / 10 : fullRows;
    const url = await createDatabase(stack.postgres.url, 'bench_account');
    const tenthUrl = await createDatabase(stack.postgres.url, 'bench_account_tenth');
    await fillPlayback(url, rows);
    await fillPlayback(tenthUrl, rows / 10);
    const loadBefore = loadNow();
    const times: Record<'ours' | 'text' | 'json', number[]> = { ours: [], text: [], json: [] };
    const bytes = { text: 0, json: 0 };
    const peaks: number[] = [];
    const baseline = async (form: 'text' | 'json') => {
      const { output } = await runChild<BaselineInput, BaselineOutput>('postgres-read.baseline', { url, form });
      times[form].push(output.seconds);
      bytes[form] = output.bytes;
      say(`postgres-read: COPY (${form}) | gzip ${output.seconds.toFixed(2)} s, ${(output.bytes / 1e6).toFixed(0)} MB`);
    };
    for (let run = 0; run < (small ? 2 : 3); run++) {
      await baseline('text');
      const ours = await readOurs(stack, url, rows, run === 0 ? profileDir : undefined);
      times.ours.push(ours.seconds);
      peaks.push(ours.peakRssBytes);
      say(
        `postgres-read: ours ${ours.seconds.toFixed(2)} s, ${ours.chunks} chunks, peak ${(ours.peakRssBytes / mib).toFixed(0)} MiB`,
      );
      await baseline('json');
    }
    // As often as the large one: a worker's peak differs by a tenth from run to run, and like is compared with like.
    const tenthPeaks: number[] = [];
    for (const _ of peaks) {
      const tenth = await readOurs(stack, tenthUrl, rows / 10, undefined);
      tenthPeaks.push(tenth.peakRssBytes);
      say(`postgres-read: a tenth of the rows: peak ${(tenth.peakRssBytes / mib).toFixed(0)} MiB`);
    }

    const seconds = median(times.ours);
    const speed = (form: 'text' | 'json'): Figure => {
      const ratio = median(times[form]) / seconds;
      return {
        bench: 'postgres-read',
        what: `${rows.toLocaleString('en')} rows of one person, read and sealed into S3`,
        unit: 's',
        ours: seconds,
        baseline: median(times[form]),
        against: `COPY as ${form} (${(bytes[form] / 1e6).toFixed(0)} MB) | gzip`,
        ratio,
        target: '≥ 0.7',
        pass: ratio >= 0.7,
        runs: { ours: times.ours, baseline: times[form] },
        loadBefore,
      };
    };
    const peak = median(peaks);
    const growth = peak / median(tenthPeaks);
    const memory: Figure = {
      bench: 'postgres-read',
      what: `peak memory of the worker, ${rows.toLocaleString('en')} rows`,
      unit: 'MiB',
      ours: peak / mib,
      baseline: median(tenthPeaks) / mib,
      against: `the same at ${(rows / 10).toLocaleString('en')} rows`,
      ratio: growth,
      target: '≤ 1.2',
      pass: growth <= 1.2,
      runs: { ours: peaks.map((value) => value / mib), baseline: tenthPeaks.map((value) => value / mib) },
      loadBefore,
    };
    return [speed('text'), speed('json'), memory];
  },
};
