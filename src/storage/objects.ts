/**
 * The one S3 client: staging, packages, anchors, links, expiry. Knows buckets and object names and nothing of what is in
 * an object; names are opaque and made by the callers. Every call has bounded retries and time limits, and fails as
 * `storage-unreachable`, `storage-refused` or `storage-not-found`; an aborted call throws its signal's reason.
 * `WHEN_REQUIRED` checksums: request bodies are covered by the signature already, and sealed objects by their tags.
 */
import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HabeasError } from '../errors.ts';
import { type BucketReport, checkBucket } from './check.ts';
import { type Erased, type EraseOptions, eraseAll } from './erase.ts';
import { isAbsent, throwStorageFailure } from './failure.ts';
import { type UploadOptions, uploadStream } from './upload.ts';

export interface StorageOptions {
  /** Absent: the provider's own endpoint for the region. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** Absent: the environment's own provider chain (instance roles). */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
  readonly serverSideEncryption?: 'AES256' | 'aws:kms' | undefined;
  /** Tries of one call, the first included. */
  readonly attempts?: number;
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

export interface StoredObject {
  readonly name: string;
  readonly sizeBytes: number;
}

export interface Storage {
  put(bucket: string, name: string, bytes: Buffer, signal?: AbortSignal): Promise<void>;
  /** The whole object; for sealed chunks, which are bounded. */
  get(bucket: string, name: string, signal?: AbortSignal): Promise<Buffer>;
  /** The object as a stream; for packages. The caller consumes or destroys it. */
  read(bucket: string, name: string, signal?: AbortSignal): Promise<{ body: Readable; sizeBytes: number }>;
  /** `undefined` where there is no such object. */
  head(bucket: string, name: string, signal?: AbortSignal): Promise<{ sizeBytes: number } | undefined>;
  list(bucket: string, prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
  /** Deletes the current version of each; a name that is not there is no error. */
  remove(bucket: string, names: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Multipart; a failed or aborted upload leaves nothing on the server. Consumes or destroys `body`. */
  uploadStream(bucket: string, name: string, body: Readable, options?: UploadOptions): Promise<{ sizeBytes: number }>;
  /** A link that opens the object without credentials until it expires (at most 7 days, a limit of the signature). */
  presignGet(
    bucket: string,
    name: string,
    options: { readonly expiresSeconds: number; readonly downloadName: string },
  ): Promise<string>;
  /** Every version, delete marker and unfinished upload under `prefix`, then reads back that none is left. */
  eraseAll(bucket: string, prefix: string, options?: EraseOptions): Promise<Erased>;
  /** Under Object Lock: nobody can remove this version before `retainUntil` (with `compliance`, the default). */
  putLocked(
    bucket: string,
    name: string,
    bytes: Buffer,
    options: { readonly retainUntil: Date; readonly mode?: 'compliance' | 'governance' },
  ): Promise<void>;
  /** Looks, writes, reads and erases a probe object. Never throws for what it was asked to find out. */
  checkBucket(bucket: string): Promise<BucketReport>;
  close(): void;
}

const weekSeconds = 7 * 24 * 3600;

/** Opens a client; connects lazily. One per process is enough. */
export function openStorage(options: StorageOptions): Storage {
  const client = openClient(options);
  const sse = options.serverSideEncryption === undefined ? {} : { ServerSideEncryption: options.serverSideEncryption };

  const put: Storage['put'] = async (bucket, name, bytes, signal) => {
    await client
      .send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: bytes, ...sse }), abort(signal))
      .catch((error: unknown) => throwStorageFailure(error, bucket, signal, 'storage-refused'));
  };

  const read: Storage['read'] = async (bucket, name, signal) => {
    try {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: name }), abort(signal));
      return { body: readable(answer.Body), sizeBytes: answer.ContentLength ?? 0 };
    } catch (error) {
      return throwStorageFailure(error, bucket, signal);
    }
  };

  const storage: Storage = {
    put,
    read,
    get: async (bucket, name, signal) => {
      const { body, sizeBytes } = await read(bucket, name, signal);
      const parts: Buffer[] = [];
      let length = 0;
      try {
        for await (const part of body) {
          parts.push(part);
          length += part.length;
        }
      } catch (error) {
        return throwStorageFailure(error, bucket, signal);
      }
      // A connection that ends early is not always an error of the socket.
      if (length !== sizeBytes) throw new HabeasError('storage-unreachable', { where: bucket });
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, length);
    },
    head: async (bucket, name, signal) => {
      try {
        const answer = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: name }), abort(signal));
        return { sizeBytes: answer.ContentLength ?? 0 };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        return throwStorageFailure(error, bucket, signal);
      }
    },
    list: (bucket, prefix, signal) => listObjects(client, bucket, prefix, signal),
    remove: async (bucket, names, signal) => {
      for (let from = 0; from < names.length; from += 1000) {
        const Objects = names.slice(from, from + 1000).map((Key) => ({ Key }));
        try {
          const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
          const answer = await client.send(command, abort(signal));
          if ((answer.Errors ?? []).length > 0) throw new HabeasError('storage-refused', { where: bucket });
        } catch (error) {
          throwStorageFailure(error, bucket, signal, 'storage-refused');
        }
      }
    },
    uploadStream: (bucket, name, body, upload = {}) =>
      uploadStream(client, { Bucket: bucket, Key: name, ...sse }, body, upload),
    presignGet: async (bucket, name, { expiresSeconds, downloadName }) => {
      if (!/^[A-Za-z0-9._-]{1,100}$/.test(downloadName) || expiresSeconds < 1 || expiresSeconds > weekSeconds)
        throw new HabeasError('internal', { where: bucket });
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: name,
        ResponseContentDisposition: `attachment; filename="${downloadName}"`,
        ResponseContentType: 'application/zip',
        ResponseCacheControl: 'private, no-store',
      });
      return await getSignedUrl(client, command, { expiresIn: expiresSeconds }).catch((error: unknown) =>
        throwStorageFailure(error, bucket),
      );
    },
    eraseAll: (bucket, prefix, erase) => eraseAll(client, bucket, prefix, erase),
    putLocked: async (bucket, name, bytes, { retainUntil, mode = 'compliance' }) => {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: name,
        Body: bytes,
        ...sse,
        ObjectLockMode: mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
        ObjectLockRetainUntilDate: retainUntil,
        // Object Lock asks for a checksum or a Content-MD5.
        ChecksumAlgorithm: 'SHA256',
      });
      await client
        .send(command)
        .catch((error: unknown) => throwStorageFailure(error, bucket, undefined, 'storage-refused'));
    },
    checkBucket: (bucket) => checkBucket(storage, client, bucket),
    close: () => client.destroy(),
  };
  return storage;
}

function openClient(options: StorageOptions): S3Client {
  const { accessKeyId, secretAccessKey } = options;
  const agent = { keepAlive: true, maxSockets: 64 };
  return new S3Client({
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
    forcePathStyle: options.forcePathStyle ?? false,
    maxAttempts: options.attempts ?? 4,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: options.connectTimeoutMs ?? 5_000,
      requestTimeout: options.requestTimeoutMs ?? 60_000,
      throwOnRequestTimeout: true,
      httpAgent: new Agent(agent),
      httpsAgent: new HttpsAgent(agent),
    }),
  });
}

async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredObject> {
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token });
    const page = await client
      .send(command, abort(signal))
      .catch((error: unknown) => throwStorageFailure(error, bucket, signal, 'storage-refused'));
    for (const object of page.Contents ?? []) {
      if (object.Key !== undefined) yield { name: object.Key, sizeBytes: object.Size ?? 0 };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

function abort(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** In Node the SDK hands out a Readable; its type also covers browsers. */
function readable(body: unknown): Readable {
  if (body !== null && typeof body === 'object' && 'pipe' in body) return body as Readable;
  throw new HabeasError('internal');
}
