/**
 * Erasing by prefix so that nothing is left: every version, every delete marker, every unfinished upload; then a fresh
 * listing that must be empty (`storage-not-erased` otherwise, for instance under Object Lock). A plain delete in a
 * versioned bucket only hides. Idempotent: what is gone already is success.
 */
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';
import { HabeasError } from '../errors.ts';
import { isAbsent, isNotImplemented, throwStorageFailure } from './failure.ts';

export interface Erased {
  /** Versions and delete markers that were removed. */
  readonly versions: number;
  /** Unfinished uploads that were ended. */
  readonly uploads: number;
}

export interface EraseOptions {
  readonly signal?: AbortSignal | undefined;
  /** Names that stay, with all their versions. */
  readonly keep?: Pick<ReadonlySet<string>, 'has'>;
}

/** Removes everything whose name begins with `prefix`, except what is to be kept. */
export async function eraseAll(
  client: S3Client,
  bucket: string,
  prefix: string,
  { signal, keep = new Set<string>() }: EraseOptions = {},
): Promise<Erased> {
  const only = (name: string) => !keep.has(name);
  // An empty prefix would empty the bucket; nobody means that.
  if (prefix === '') throw new HabeasError('internal', { where: bucket });
  try {
    let uploads = 0;
    // Uploads first: one that completes in between becomes a version and is found by the pass after.
    for await (const { Key, UploadId } of unfinishedUploads(client, bucket, prefix, signal)) {
      if (!only(Key)) continue;
      await client
        .send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }), abort(signal))
        .catch((error: unknown) => {
          if (!isAbsent(error)) throw error;
        });
      uploads += 1;
    }
    let versions = 0;
    let batch: ObjectIdentifier[] = [];
    const flush = async () => {
      if (batch.length === 0) return;
      await removeVersions(client, bucket, batch, signal);
      versions += batch.length;
      batch = [];
    };
    for await (const version of allVersions(client, bucket, prefix, signal)) {
      if (!only(version.Key)) continue;
      batch.push(version);
      if (batch.length === 1000) await flush();
    }
    await flush();
    // Nothing was there: these listings were the reading back.
    if (uploads + versions === 0) return { versions, uploads };
    for await (const { Key } of allVersions(client, bucket, prefix, signal))
      if (only(Key)) throw new HabeasError('storage-not-erased', { where: bucket });
    for await (const { Key } of unfinishedUploads(client, bucket, prefix, signal))
      if (only(Key)) throw new HabeasError('storage-not-erased', { where: bucket });
    return { versions, uploads };
  } catch (error) {
    return throwStorageFailure(error, bucket, signal, 'storage-refused');
  }
}

async function removeVersions(
  client: S3Client,
  bucket: string,
  Objects: ObjectIdentifier[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
  const { Errors = [] } = await client.send(command, abort(signal));
  // The read-back decides about races; a refusal (Object Lock, policy) is told at once.
  if (Errors.some((error) => error.Code !== 'NoSuchKey' && error.Code !== 'NoSuchVersion'))
    throw new HabeasError('storage-not-erased', { where: bucket });
}

async function* allVersions(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectIdentifier & { Key: string }> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker !== undefined) {
    const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({
      Bucket: bucket,
      Prefix: prefix,
      ...marker,
    });
    const page = await client.send(command, abort(signal)).catch((error: unknown) => {
      if (isNotImplemented(error)) return undefined;
      throw error;
    });
    if (page === undefined) return yield* plainObjects(client, bucket, prefix, signal);
    for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
      if (Key !== undefined) yield VersionId === undefined ? { Key } : { Key, VersionId };
    }
    const next = page.IsTruncated === true ? page.NextKeyMarker : undefined;
    marker =
      next === undefined
        ? undefined
        : {
            KeyMarker: next,
            ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
          };
  }
}

/** For servers without versions. */
async function* plainObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ Key: string }> {
  let token: string | undefined;
  do {
    const command: ListObjectsV2Command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      ContinuationToken: token,
    });
    const page = await client.send(command, abort(signal));
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield { Key };
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

async function* unfinishedUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ Key: string; UploadId: string }> {
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (marker !== undefined) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      Bucket: bucket,
      Prefix: prefix,
      ...marker,
    });
    const page = await client.send(command, abort(signal));
    // Some servers list uploads of the whole bucket whatever the prefix.
    for (const { Key, UploadId } of page.Uploads ?? [])
      if (Key !== undefined && UploadId !== undefined && Key.startsWith(prefix)) yield { Key, UploadId };
    const next = page.IsTruncated === true ? page.NextKeyMarker : undefined;
    marker =
      next === undefined
        ? undefined
        : {
            KeyMarker: next,
            ...(page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
          };
  }
}

function abort(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
