/**
 * Puts the sample company's access logs into a bucket, one object a day, once: a bucket that has the last day has them all.
 * Writes below its own prefix only.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type S3Access, s3Client } from '../s3.ts';
import { generateLogs, logFileName } from './logs.ts';
import { sampleUntil } from './time.ts';

/** Where the logs lie in the bucket. */
export const sampleLogsPrefix = 'access/';

const compress = promisify(gzip);
const keyOf = (date: string): string => `${sampleLogsPrefix}${logFileName(date)}`;

/** Whether anything was put. */
export async function putSampleLogs(access: S3Access, bucket: string): Promise<boolean> {
  const client = s3Client(access);
  try {
    const isThere = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf(sampleUntil) })).then(
      () => true,
      () => false,
    );
    if (isThere) return false;
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
