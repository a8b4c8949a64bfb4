/**
 * Whether a bucket can do what it is needed for: reached, written, read back, erased with all versions; and that it does
 * not answer strangers. Leaves nothing behind but what the server refuses to erase, and says so. Never throws for what
 * it was asked to find out.
 */
import { randomBytes } from 'node:crypto';
import { GetBucketVersioningCommand, HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { codeOf, type ErrorCode, HabeasError } from '../errors.ts';
import { randomName } from '../ids.ts';
import { throwStorageFailure } from './failure.ts';
import type { Storage } from './objects.ts';

export interface BucketReport {
  readonly ok: boolean;
  readonly findings: readonly {
    readonly what: 'reachable' | 'write' | 'read' | 'private' | 'erase';
    readonly ok: boolean;
    readonly code?: ErrorCode;
  }[];
  /** Unknown where the credentials may not ask. Both are handled; versions make erasing two steps. */
  readonly versioning: 'on' | 'off' | 'unknown';
}

export async function checkBucket(storage: Storage, client: S3Client, bucket: string): Promise<BucketReport> {
  const findings: BucketReport['findings'][number][] = [];
  const look = async (what: BucketReport['findings'][number]['what'], does: () => Promise<void>): Promise<boolean> => {
    try {
      await does();
      findings.push({ what, ok: true });
      return true;
    } catch (error) {
      findings.push({ what, ok: false, code: codeOf(error) });
      return false;
    }
  };
  const name = `check/${randomName()}`;
  const bytes = randomBytes(32);
  const reachable = await look('reachable', async () => {
    await client
      .send(new HeadBucketCommand({ Bucket: bucket }))
      .catch((error: unknown) => throwStorageFailure(error, bucket, undefined, 'storage-refused'));
  });
  let versioning: BucketReport['versioning'] = 'unknown';
  if (reachable) {
    const answer = await client.send(new GetBucketVersioningCommand({ Bucket: bucket })).catch(() => undefined);
    if (answer !== undefined) versioning = answer.Status === 'Enabled' ? 'on' : 'off';
    const written = await look('write', () => storage.put(bucket, name, bytes));
    if (written) {
      await look('read', async () => {
        if (!bytes.equals(await storage.get(bucket, name))) throw new HabeasError('storage-refused', { where: bucket });
      });
      await look('private', async () => {
        const link = new URL(await storage.presignGet(bucket, name, { expiresSeconds: 60, downloadName: 'check' }));
        link.search = '';
        const answer = await fetch(link, { signal: AbortSignal.timeout(10_000) }).catch((cause: unknown) => {
          throw new HabeasError('storage-unreachable', { where: bucket, cause });
        });
        await answer.body?.cancel();
        if (answer.ok) throw new HabeasError('storage-public', { where: bucket });
      });
      await look('erase', async () => {
        await storage.eraseAll(bucket, name);
      });
    }
  }
  return { ok: findings.every((finding) => finding.ok), findings, versioning };
}
