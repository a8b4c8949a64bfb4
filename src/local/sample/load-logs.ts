/**
 * Puts the sample company's access logs into a bucket, one object a day: a bucket that has the last day has them all. Its data
 * map says that they expire 90 days after they were stored; a stack kept for longer gets them anew before that, so that what
 * the map says stays true of a sample whose dates stand still. Writes below its own prefix only.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type S3Access, s3Client } from '../s3.ts';
import { generateLogs, logFileName } from './logs.ts';
import { sampleUntil } from './time.ts';

/** Where the logs lie in the bucket. */
export const sampleLogsPrefix = 'access/';

/** Well before the 90 days of logs.map.yaml. */
const freshMs = 60 * 86_400_000;

const compress = promisify(gzip);
const keyOf = (date: string): string => `${sampleLogsPrefix}${logFileName(date)}`;

/** Whether anything was put. */
export async function putSampleLogs(access: S3Access, bucket: string): Promise<boolean> {
  const client = s3Client(access);
  try {
    const stored = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf(sampleUntil) })).then(
      ({ LastModified }) => LastModified?.getTime(),
      () => undefined,
    );
    if (stored !== undefined && Date.now() - stored < freshMs) return false;
    // The last day last, or an interrupted load would pass for a whole one.
    for (const { date, lines } of generateLogs())
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: keyOf(date), Body: await compress(lines.join('')) }),
      );
    return true;
  } finally {
    client.destroy();
  }
}
