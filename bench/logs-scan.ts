/**
 * Our side of the logs bench, in a process of its own: the connector's engine over gzip from local files, or from an S3
 * server, all needles in one pass. Counts lines and hits, so that a run that found too little fails.
 */
import { createReadStream } from 'node:fs';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { createFinder } from '../connectors/s3-logs/finder.ts';
import { eachFound, uncompressed } from '../connectors/s3-logs/lines.ts';
import { type S3Access, s3Client } from '../src/local/s3.ts';
import { serveChild } from './child.ts';
import { logRules, needlesOf } from './logs-data.ts';

export interface ScanInput {
  /** Paths, or keys in the bucket. */
  readonly files: readonly string[];
  readonly subjects: number;
  readonly s3?: S3Access & { readonly bucket: string };
}
export interface ScanOutput {
  readonly seconds: number;
  /** Processor time, user and system, of all threads. */
  readonly processorSeconds: number;
  readonly lines: number;
  readonly hits: number;
  readonly broken: number;
}

serveChild<ScanInput, ScanOutput>(async ({ files, subjects, s3 }) => {
  const before = process.cpuUsage();
  const started = performance.now();
  const client = s3 === undefined ? undefined : s3Client(s3);
  const open = async (file: string): Promise<AsyncIterable<Buffer>> => {
    if (client === undefined || s3 === undefined) return createReadStream(file, { highWaterMark: 1 << 18 });
    const { Body } = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: file }));
    if (Body === undefined || !(Symbol.asyncIterator in Body)) throw new Error(`${file} has no body`);
    return Body;
  };
  const finder = createFinder(logRules, needlesOf(subjects));
  const total = { lines: 0, hits: 0, broken: 0 };
  for (const file of files) {
    for await (const { lines, hits, broken } of eachFound(uncompressed(await open(file)), finder)) {
      total.lines += lines;
      total.hits += hits.length;
      total.broken += broken.length;
    }
  }
  const { user, system } = process.cpuUsage(before);
  client?.destroy();
  return { seconds: (performance.now() - started) / 1000, processorSeconds: (user + system) / 1e6, ...total };
});
