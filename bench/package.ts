/**
 * Building the package of 2 GB staged records (NDJSON, before compression). Ours: the whole `package` stage of the
 * program's own worker (sealed chunks from S3, opened and checked, JSON and CSV written, hashed, zipped, uploaded to S3,
 * counted in the ledger), timed by Temporal's history. Staged by its own `read` stage just before. Beside it, in turns,
 * archiver alone over the same members (package.baseline.ts), taken out of the package that we built.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { createDatabase } from '../src/local/postgres.ts';
import type { LocalStack } from '../src/local/stack.ts';
import { defaultLevel } from '../src/package/zip.ts';
import { openStorage } from '../src/storage/objects.ts';
import type { Bench } from './bench.ts';
import { runChild } from './child.ts';
import { openBed } from './installation.ts';
import type { BaselineInput, BaselineOutput } from './package.baseline.ts';
import { fillPlayback, subjectEmail } from './postgres-data.ts';
import { type Figure, loadNow, median } from './report.ts';
import { activitySeconds, endWorkflow, untilDone } from './stage-times.ts';
import { startWorker } from './worker-process.ts';

const fullBytes = 2_000_000_000;
/** Staged bytes of one record of postgres-data.ts, measured. */
const bytesOfRecord = 250;
const mib = 2 ** 20;

interface Packed {
  readonly seconds: number;
  readonly peakRssBytes: number;
  readonly peakAfterReadBytes: number;
  readonly stagedBytes: number;
  readonly zipBytes: number;
  /** Processor time of the worker, for the package alone. */
  readonly cpuSeconds: number;
}

async function packOurs(
  stack: LocalStack,
  accountUrl: string,
  keepZip: string | undefined,
  profileDir: string | undefined,
): Promise<Packed> {
  const bed = await openBed(stack, { accountUrl });
  const worker = startWorker(bed.configPath, { profileDir });
  try {
    const requestId = await bed.open({ email: [subjectEmail] }, subjectEmail);
    await untilDone(bed, worker, requestId, 'read');
    const peakAfterReadBytes = worker.peakRssBytes();
    const cpuBefore = worker.cpuSeconds();
    await untilDone(bed, worker, requestId, 'package');
    const cpuSeconds = worker.cpuSeconds() - cpuBefore;
    const peakRssBytes = worker.peakRssBytes();
    const seconds = await activitySeconds(stack, requestId, 'package');
    await worker.stop(profileDir === undefined ? 'SIGKILL' : 'SIGTERM');
    await endWorkflow(stack, requestId);
    const { db } = bed.ledger;
    const staged = await db
      .selectFrom('chunks')
      .select((it) => it.fn.sum<string>('plain_bytes').as('bytes'))
      .where('request_id', '=', requestId)
      .executeTakeFirstOrThrow();
    const row = await db
      .selectFrom('packages')
      .select(['object_name', 'size_bytes'])
      .where('request_id', '=', requestId)
      .executeTakeFirstOrThrow();
    const { s3 } = bed.config;
    const storage = openStorage(s3);
    try {
      if (keepZip !== undefined) {
        const { body } = await storage.read(s3.packageBucket, row.object_name);
        await pipeline(body, createWriteStream(keepZip));
      }
      await storage.eraseAll(s3.packageBucket, row.object_name);
      await storage.eraseAll(s3.stagingBucket, `staging/${requestId}/`);
    } finally {
      storage.close();
    }
    const stagedBytes = Number(staged.bytes);
    return { seconds, peakRssBytes, peakAfterReadBytes, stagedBytes, zipBytes: row.size_bytes, cpuSeconds };
  } finally {
    await worker.stop('SIGKILL');
    await bed.close();
  }
}

/** Unpacks a zip into numbered files, in its own order. */
async function unpack(zip: string, folder: string): Promise<{ file: string; name: string; bytes: number }[]> {
  const members: { file: string; name: string; bytes: number }[] = [];
  const archive = await yauzl.openPromise(zip, { autoClose: false });
  const openMember = promisify(archive.openReadStream.bind(archive)) as (
    entry: yauzl.Entry,
  ) => Promise<NodeJS.ReadableStream>;
  for await (const entry of archive.eachEntry()) {
    const file = String(members.length);
    await pipeline(await openMember(entry), createWriteStream(join(folder, file)));
    members.push({ file, name: entry.fileName, bytes: entry.uncompressedSize });
  }
  archive.close();
  return members;
}

export const packageBench: Bench = {
  name: 'package',
  run: async ({ stack, small, say, profileDir }) => {
    const rows = Math.ceil((small ? fullBytes / 20 : fullBytes) / bytesOfRecord);
    const url = await createDatabase(stack.postgres.url, 'bench_package');
    await fillPlayback(url, rows);
    const folder = join(stack.dir, 'members');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const loadBefore = loadNow();
    const ours: Packed[] = [];
    const baseline: number[] = [];
    let members: { file: string; name: string; bytes: number }[] = [];
    for (let run = 0; run < 2; run++) {
      const zip = join(stack.dir, 'package.zip');
      const packed = await packOurs(stack, url, run === 0 ? zip : undefined, run === 0 ? profileDir : undefined);
      ours.push(packed);
      say(
        `package: ours ${packed.seconds.toFixed(2)} s for ${(packed.stagedBytes / 1e6).toFixed(0)} MB staged, zip ${(packed.zipBytes / 1e6).toFixed(0)} MB, ` +
          `peak ${(packed.peakRssBytes / mib).toFixed(0)} MiB (${(packed.peakAfterReadBytes / mib).toFixed(0)} MiB after the read), worker ${packed.cpuSeconds.toFixed(1)} s of processor`,
      );
      if (run === 0) {
        members = await unpack(zip, folder);
        await rm(zip);
      }
      const input = { folder, members, level: defaultLevel };
      const { output } = await runChild<BaselineInput, BaselineOutput>('package.baseline', input);
      baseline.push(output.seconds);
      say(
        `package: archiver alone ${output.seconds.toFixed(2)} s, zip ${(output.zipBytes / 1e6).toFixed(0)} MB, ${output.cpuSeconds.toFixed(1)} s of processor`,
      );
    }
    await rm(folder, { recursive: true });

    const memberBytes = members.reduce((sum, { bytes }) => sum + bytes, 0);
    const times = ours.map(({ seconds }) => seconds);
    const peaks = ours.map(({ peakRssBytes }) => peakRssBytes / mib);
    const ratio = median(baseline) / median(times);
    const peak = Math.max(...peaks);
    const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
    const speed: Figure = {
      bench: 'package',
      what: `package of ${gigabytes(ours[0]?.stagedBytes ?? 0)} staged (${gigabytes(memberBytes)} of members)`,
      unit: 's',
      ours: median(times),
      baseline: median(baseline),
      against: `archiver alone, level ${defaultLevel}, into nothing`,
      ratio,
      target: '≥ 0.7',
      pass: ratio >= 0.7,
      runs: { ours: times, baseline },
      loadBefore,
    };
    const memory: Figure = {
      bench: 'package',
      what: 'peak memory of the worker, read and package',
      unit: 'MiB',
      ours: peak,
      baseline: null,
      against: null,
      ratio: null,
      target: '< 300 MB (286 MiB)',
      pass: peak * mib < 300e6,
      runs: { ours: peaks, baseline: [] },
      loadBefore,
    };
    return [speed, memory];
  },
};
