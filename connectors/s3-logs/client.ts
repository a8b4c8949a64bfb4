/**
 * The only file that talks to S3: lists, reads, and asks whether it could write, without ever writing. Every call has time
 * limits and bounded retries; silence in the middle of an object ends as an error, too. Object names may be about people
 * and stand in no error: `where` is always the collection's configured place.
 */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HabeasError } from '../../src/errors.ts';
import type { CallContext } from '../contract.ts';
import type { Pacer } from '../pacer.ts';
import { mapError } from './map-error.ts';
import type { Limits, Settings } from './settings.ts';

/** Where in the bucket a collection lies; `where` names it in errors. */
export interface Place {
  readonly prefix: string;
  readonly where: string;
}

export interface LogObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface Page {
  readonly objects: readonly LogObject[];
  /** The server's own clock. */
  readonly asOf: string;
}

export class LogsClient {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #limits: Limits;
  readonly #pacer: Pacer;

  constructor({ s3 }: Settings, limits: Limits, pacer: Pacer) {
    this.#bucket = s3.bucket;
    this.#limits = limits;
    this.#pacer = pacer;
    const { accessKeyId, secretAccessKey } = s3;
    const agent = { keepAlive: true, maxSockets: 16 };
    this.#client = new S3Client({
      region: s3.region,
      ...(s3.endpoint === undefined ? {} : { endpoint: s3.endpoint }),
      ...(accessKeyId === undefined || secretAccessKey === undefined
        ? {}
        : { credentials: { accessKeyId, secretAccessKey } }),
      forcePathStyle: s3.forcePathStyle ?? false,
      maxAttempts: limits.attempts,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: new NodeHttpHandler({
        connectionTimeout: limits.connectTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        throwOnRequestTimeout: true,
        httpAgent: new Agent(agent),
        httpsAgent: new HttpsAgent(agent),
      }),
    });
  }

  /** Objects below the place, page by page, in whatever order the server has them. */
  async *list({ signal }: CallContext, place: Place): AsyncGenerator<Page> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: place.prefix,
        ContinuationToken: token,
      });
      // The server's own time is what a page is as of; ours where it tells none.
      let date: string | undefined;
      command.middlewareStack.add(
        (next) => async (args) => {
          const answer = await next(args);
          date = dateOf(answer.response);
          return answer;
        },
        { step: 'deserialize', priority: 'low' },
      );
      const page = await this.#call(signal, place, () => this.#client.send(command, { abortSignal: signal }));
      const asOf = new Date(date ?? Number.NaN);
      yield {
        objects: (page.Contents ?? []).flatMap(({ Key, Size, LastModified }) => {
          if (Key === undefined) return [];
          // A server that ignores the prefix would show us another log as this one.
          if (!Key.startsWith(place.prefix)) throw new HabeasError('record-mismatch', { where: place.where });
          return [{ key: Key, sizeBytes: Size ?? 0, modifiedMs: LastModified?.getTime() ?? 0 }];
        }),
        asOf: (Number.isNaN(asOf.getTime()) ? new Date() : asOf).toISOString(),
      };
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /** The bytes of an object as stored; consumed or not, nothing stays open. Throws the client's own errors. */
  async *bytes({ signal }: CallContext, key: string, range?: string): AsyncGenerator<Buffer> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, ...(range && { Range: range }) });
    const answer = await this.#client.send(command, { abortSignal: signal });
    const body = readable(answer.Body);
    const abort = () => body.destroy(new HabeasError('system-unreachable'));
    signal.addEventListener('abort', abort, { once: true });
    let length = 0;
    try {
      const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await this.#beforeIdle(body, chunks);
        if (done === true) break;
        length += value.length;
        this.#pacer.charge(value.length);
        yield value;
        await this.#pacer.ready(signal);
      }
      // A connection that ends early is not always an error of the socket.
      if (answer.ContentLength !== undefined && length !== answer.ContentLength)
        throw new HabeasError('system-unreachable');
    } finally {
      signal.removeEventListener('abort', abort);
      body.destroy();
    }
  }

  /**
   * Whether the credentials may write below the place, found out without writing: a part for an upload that does not exist
   * is refused either way, for lack of permission or for lack of the upload.
   */
  async mayWrite({ signal }: CallContext, place: Place): Promise<boolean> {
    const command = new UploadPartCommand({
      Bucket: this.#bucket,
      Key: `${place.prefix}habeas-check-${randomUUID()}`,
      UploadId: randomUUID().replaceAll('-', ''),
      PartNumber: 1,
      Body: '',
    });
    try {
      await this.#client.send(command, { abortSignal: signal });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const { code } = mapError(error, place.where);
      if (code === 'system-unreachable' || code === 'system-tls') throw mapError(error, place.where);
      return code !== 'system-permission' && code !== 'system-credentials';
    }
  }

  close(): void {
    this.#client.destroy();
  }

  /** The next chunk, or an error where the server falls silent; the time we take ourselves does not count. */
  async #beforeIdle(body: Readable, chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
    const idle = setTimeout(() => body.destroy(new HabeasError('system-unreachable')), this.#limits.idleTimeoutMs);
    try {
      return await chunks.next();
    } finally {
      clearTimeout(idle);
    }
  }

  async #call<T>(signal: AbortSignal, { where }: Place, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      throw mapError(error, where);
    }
  }
}

function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined;
  return typeof headers.date === 'string' ? headers.date : undefined;
}

/** In Node the client hands out a Readable; its type also covers browsers. */
function readable(body: unknown): Readable {
  if (body instanceof Readable) return body;
  throw new HabeasError('internal');
}
