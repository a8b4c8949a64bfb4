/**
 * Finding people in 500 MB of log lines. Ours: the engine of the `s3-logs` connector, strict JSON for every byte, from gzip
 * in local files. Beside it, in turns, `zcat` into nothing, which looks at nothing, and `zcat | grep -F` for the same
 * values, which knows neither fields nor escapes nor where a value ends. The same from the stack's S3 server apart.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Upload } from '@aws-sdk/lib-storage';
import { createBucket, s3Client } from '../src/local/s3.ts';
import type { Bench, BenchContext } from './bench.ts';
import { runChild } from './child.ts';
import { type LogFiles, logFiles, needlesOf, subjects } from './logs-data.ts';
import type { ScanInput, ScanOutput } from './logs-scan.ts';
import { type Figure, loadNow, median } from './report.ts';

const fullFiles = 10;
const mib = 2 ** 20;
const bucket = 'bench-logs';

/** Seconds that a shell command takes over the files; `grep` finds nothing with exit code 1. */
async function shellSeconds(command: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn('sh', ['-c', command, 'sh', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [code] = await once(child, 'exit');
  if (code !== 0 && code !== 1) throw new Error(`${command} ended with ${code}`);
  return (performance.now() - started) / 1000;
}

async function putIntoS3({ stack }: BenchContext, files: readonly string[]): Promise<void> {
  await createBucket(stack.s3, bucket);
  const client = s3Client(stack.s3);
  try {
    for (const file of files)
      await new Upload({
        client,
        params: { Bucket: bucket, Key: basename(file), Body: createReadStream(file) },
      }).done();
  } finally {
    client.destroy();
  }
}

interface Side {
  readonly name: string;
  readonly run: () => Promise<number>;
  readonly seconds: number[];
}

function sides(context: BenchContext, data: LogFiles, peaks: number[]) {
  const { say, stack, profileDir } = context;
  const ours = (count: number, from: 'files' | 's3') => async (): Promise<number> => {
    const s3 = from === 's3' ? { files: data.files.map((file) => basename(file)), s3: { ...stack.s3, bucket } } : {};
    const input: ScanInput = { files: data.files, subjects: count, ...s3 };
    const { output, peakRssBytes } = await runChild<ScanInput, ScanOutput>('logs-scan', input, {
      profileDir,
      asWorker: true,
    });
    const wanted = count === 1 ? data.linesOfOne : data.linesOfAll;
    if (output.hits !== wanted || output.lines !== data.lines || output.broken !== 0)
      throw new Error(`found ${output.hits} of ${wanted} lines, read ${output.lines} of ${data.lines}`);
    if (from === 'files' && count > 1) peaks.push(peakRssBytes);
    say(`logs: processor time ${output.processorSeconds.toFixed(2)} s, peak ${(peakRssBytes / mib).toFixed(0)} MiB`);
    return output.seconds;
  };
  const grep = (count: number) => {
    const patterns = join(stack.dir, `needles-${count}`);
    writeFileSync(
      patterns,
      needlesOf(count)
        .map(({ value }) => `${value}\n`)
        .join(''),
    );
    return () =>
      shellSeconds('patterns=$1; shift; zcat "$@" | grep -F -f "$patterns" | cat > /dev/null', [
        patterns,
        ...data.files,
      ]);
  };
  const side = (name: string, run: () => Promise<number>): Side => ({ name, run, seconds: [] });
  return {
    zcat: side('zcat', () => shellSeconds('zcat "$@" > /dev/null', data.files)),
    one: side('one subject', ours(1, 'files')),
    grepOne: side('zcat | grep, one subject', grep(1)),
    many: side(`${subjects} subjects`, ours(subjects, 'files')),
    grepMany: side(`zcat | grep, ${subjects} subjects`, grep(subjects)),
    s3: side(`${subjects} subjects, from S3`, ours(subjects, 's3')),
  };
}

export const logsBench: Bench = {
  name: 'logs',
  run: async (context) => {
    const { say, small } = context;
    const data = await logFiles(small ? 1 : fullFiles, say);
    const tenth = await logFiles(1, say);
    await putIntoS3(context, data.files);
    const peaks: number[] = [];
    const all = sides(context, data, peaks);
    // Once unmeasured: the files are in the page cache for all of them.
    await all.zcat.run();
    const loadBefore = loadNow();
    for (let run = 0; run < (small ? 2 : 5); run++)
      for (const side of Object.values(all)) {
        const seconds = await side.run();
        side.seconds.push(seconds);
        say(`logs: ${side.name} ${seconds.toFixed(2)} s`);
      }
    const tenthPeaks: number[] = [];
    for (const _ of peaks) await sides(context, tenth, tenthPeaks).many.run();

    const size = `${(data.bytes / 1e6).toFixed(0)} MB (${(data.gzipBytes / 1e6).toFixed(0)} MB gzip)`;
    const figure = (
      what: string,
      ours: Side,
      baseline: Side,
      target: readonly [string, (ratio: number) => boolean] | null,
    ): Figure => {
      const ratio = median(baseline.seconds) / median(ours.seconds);
      return {
        bench: 'logs',
        what,
        unit: 's',
        ours: median(ours.seconds),
        baseline: median(baseline.seconds),
        against: baseline.name,
        ratio,
        target: target?.[0] ?? null,
        pass: target?.[1](ratio) ?? null,
        runs: { ours: ours.seconds, baseline: baseline.seconds },
        loadBefore,
      };
    };
    const zcatTarget = ['≥ 0.8', (ratio: number) => ratio >= 0.8] as const;
    const grepTarget = ['> 1', (ratio: number) => ratio > 1] as const;
    const cost = median(all.many.seconds) / median(all.one.seconds);
    const growth = median(peaks) / median(tenthPeaks);
    return [
      figure(`one subject in ${size}`, all.one, all.zcat, zcatTarget),
      figure(`one subject in ${size}`, all.one, all.grepOne, grepTarget),
      figure(`${subjects} subjects in ${size}`, all.many, all.zcat, zcatTarget),
      figure(`${subjects} subjects in ${size}`, all.many, all.grepMany, grepTarget),
      {
        ...figure(`${subjects} subjects in one pass`, all.many, all.one, null),
        ratio: cost,
        target: '≤ 1.3',
        pass: cost <= 1.3,
      },
      {
        bench: 'logs',
        what: `peak memory, ${subjects} subjects in ${size}`,
        unit: 'MiB',
        ours: median(peaks) / mib,
        baseline: median(tenthPeaks) / mib,
        against: 'the same in a tenth of the files',
        ratio: growth,
        target: '≤ 1.2',
        pass: growth <= 1.2,
        runs: { ours: peaks.map((value) => value / mib), baseline: tenthPeaks.map((value) => value / mib) },
        loadBefore,
      },
      figure(`${subjects} subjects in ${size} from S3`, all.s3, all.many, null),
    ];
  },
};
