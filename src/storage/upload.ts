/**
 * A stream of unknown length into one object: multipart, a bounded number of parts in memory. A failure anywhere ends
 * the source, and the upload is aborted on the server before the failure is thrown, so that no half object and no paid
 * parts stay. What cannot be aborted (the server is gone) is found later by `eraseAll` under the same prefix.
 */
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { PutObjectCommand, type PutObjectCommandInput, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { throwStorageFailure } from './failure.ts';

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of a part, at least 5 MiB; 10,000 parts at most: 8 MiB allow 80 GB. */
  readonly partSize?: number;
  /** Parts in flight. Memory is about (queueSize + 1) × partSize. */
  readonly queueSize?: number;
}

const defaultPartSize = 8 * 1024 * 1024;

export async function uploadStream(
  client: S3Client,
  target: Omit<PutObjectCommandInput, 'Body'> & { readonly Bucket: string },
  body: Readable,
  { signal, partSize = defaultPartSize, queueSize = 4 }: UploadOptions,
): Promise<{ sizeBytes: number }> {
  // Ends parts in flight as soon as anything fails; the aborting of the upload itself must still go through.
  const parts = new AbortController();
  // Of our own, because a source may be slow to end: a generator does not notice before its next piece.
  const through = new PassThrough({ highWaterMark: 1024 * 1024 });
  let failure: { readonly error: unknown } | undefined;
  pipeline(body, through, (error) => {
    if (error === null || error === undefined) return;
    // "Premature close" is the upload letting go of its source after a failure of its own.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') failure ??= { error };
    parts.abort();
  });
  const stop = () => through.destroy(new Error('aborted'));
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  let sizeBytes = 0;
  try {
    const upload = new Upload({
      client: abortable(client, parts.signal),
      params: { ...target, Body: through },
      partSize,
      queueSize,
    });
    upload.on('httpUploadProgress', ({ loaded }) => {
      sizeBytes = Math.max(sizeBytes, loaded ?? 0);
    });
    await upload.done();
    return { sizeBytes };
  } catch (error) {
    // Where the source failed, that is the reason, not what the upload made of it.
    return throwStorageFailure(failure?.error ?? error, target.Bucket, signal, 'storage-refused');
  } finally {
    signal?.removeEventListener('abort', stop);
    through.destroy();
  }
}

/**
 * The same client, with a signal on the calls that carry bytes. `Upload` has an abort of its own, but it returns before
 * the server was told, and gives its requests no signal.
 */
function abortable(client: S3Client, abortSignal: AbortSignal): S3Client {
  const send = (command: object) =>
    Reflect.apply(
      client.send,
      client,
      command instanceof UploadPartCommand || command instanceof PutObjectCommand
        ? [command, { abortSignal }]
        : [command],
    );
  return Object.create(client, { send: { value: send } });
}
