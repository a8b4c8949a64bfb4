/**
 * The S3 client against a real S3 server, and against one that refuses, fails or hangs.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { s3Client } from '../../src/local/s3.ts';
import { openStorage, type Storage } from '../../src/storage/objects.ts';
import { freshBucket } from '../support/servers.ts';

type Bucket = Awaited<ReturnType<typeof freshBucket>>;
const mebibyte = 1024 * 1024;

function open(bucket: Bucket, more: Partial<Parameters<typeof openStorage>[0]> = {}): Storage {
  return openStorage({ ...bucket, forcePathStyle: true, ...more });
}

async function names(storage: Storage, bucket: string, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for await (const object of storage.list(bucket, prefix)) found.push(object.name);
  return found;
}

async function unfinished(client: S3Client, bucket: string): Promise<number> {
  const answer = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return answer.Uploads?.length ?? 0;
}

/** `count` pieces of a mebibyte, then what `last` does. */
function pieces(count: number, last?: () => void | Promise<void>): Readable {
  return Readable.from(
    (async function* () {
      for (let no = 0; no < count; no += 1) yield randomBytes(mebibyte);
      await last?.();
    })(),
    { objectMode: false, highWaterMark: mebibyte },
  );
}

let plain: Bucket;
let versioned: Bucket;
let storage: Storage;
let client: S3Client;

beforeAll(async () => {
  plain = await freshBucket('storage');
  versioned = await freshBucket('storage-v', { versioning: true });
  storage = open(plain);
  client = s3Client(plain);
});
afterAll(() => {
  storage?.close();
  client?.destroy();
});

describe('objects', () => {
  it('come back as they were put, are listed by prefix, and are gone after removal', async () => {
    const bytes = randomBytes(300_000);
    await storage.put(plain.bucket, 'a/one', bytes);
    await storage.put(plain.bucket, 'a/empty', Buffer.alloc(0));
    await storage.put(plain.bucket, 'b/two', Buffer.from('2'));
    expect((await storage.get(plain.bucket, 'a/one')).equals(bytes)).toBe(true);
    expect((await storage.get(plain.bucket, 'a/empty')).length).toBe(0);
    expect(await storage.head(plain.bucket, 'a/one')).toEqual({ sizeBytes: 300_000 });
    expect(await names(storage, plain.bucket, 'a/')).toEqual(['a/empty', 'a/one']);
    await storage.remove(plain.bucket, ['a/one', 'a/empty', 'b/two', 'never/there']);
    expect(await names(storage, plain.bucket)).toEqual([]);
    expect(await storage.head(plain.bucket, 'a/one')).toBeUndefined();
    await expect(storage.get(plain.bucket, 'a/one')).rejects.toMatchObject({ code: 'storage-not-found' });
  });

  it('of a missing bucket are a mistake of configuration, not an absence', async () => {
    await expect(storage.get('t-no-such-bucket', 'x')).rejects.toMatchObject({ code: 'storage-refused' });
    await expect(storage.put('t-no-such-bucket', 'x', Buffer.from('x'))).rejects.toMatchObject({
      code: 'storage-refused',
    });
  });

  it('are refused to wrong credentials, and the failure quotes nothing but the bucket', async () => {
    const stranger = open(plain, { secretAccessKey: 'wrong' });
    const failure = await stranger.put(plain.bucket, 'name-of-an-object', Buffer.from('x')).catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'storage-refused', where: plain.bucket });
    expect(String(failure)).not.toContain('name-of-an-object');
    stranger.close();
  });

  it('wait for a server that is not there: a code that is tried again', async () => {
    const nobody = open(plain, { endpoint: 'http://127.0.0.1:9', attempts: 1 });
    await expect(nobody.get(plain.bucket, 'x')).rejects.toMatchObject({ code: 'storage-unreachable', retryable: true });
    nobody.close();
  });
});

describe('an upload of unknown length', () => {
  it('arrives whole in several parts', async () => {
    const parts = Array.from({ length: 23 }, () => randomBytes(mebibyte));
    const { sizeBytes } = await storage.uploadStream(plain.bucket, 'up/big', Readable.from(parts));
    expect(sizeBytes).toBe(23 * mebibyte);
    expect((await storage.get(plain.bucket, 'up/big')).equals(Buffer.concat(parts))).toBe(true);
  });

  it('arrives whole where it fits into one part', async () => {
    const { sizeBytes } = await storage.uploadStream(plain.bucket, 'up/small', Readable.from([Buffer.from('abc')]));
    expect(sizeBytes).toBe(3);
    expect((await storage.get(plain.bucket, 'up/small')).toString()).toBe('abc');
  });

  it('leaves neither object nor parts when its source fails, and throws what the source threw', async () => {
    const source = pieces(20, () => {
      throw new Error('the source broke');
    });
    await expect(storage.uploadStream(plain.bucket, 'up/broken', source)).rejects.toMatchObject({
      cause: { message: 'the source broke' },
    });
    expect(await storage.head(plain.bucket, 'up/broken')).toBeUndefined();
    expect(await unfinished(client, plain.bucket)).toBe(0);
  });

  it("leaves neither object nor parts when it is aborted, and throws the signal's own reason", async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by the test');
    const source = pieces(20, async () => {
      controller.abort(reason);
      await new Promise(() => undefined);
    });
    const upload = storage.uploadStream(plain.bucket, 'up/aborted', source, { signal: controller.signal });
    await expect(upload).rejects.toBe(reason);
    expect(await storage.head(plain.bucket, 'up/aborted')).toBeUndefined();
    expect(await unfinished(client, plain.bucket)).toBe(0);
  });

  it('that the server refuses ends the source instead of draining it', async () => {
    let produced = 0;
    const endless = Readable.from(
      (async function* () {
        for (;;) {
          produced += 1;
          yield randomBytes(mebibyte);
        }
      })(),
      { objectMode: false, highWaterMark: mebibyte },
    );
    const stranger = open(plain, { secretAccessKey: 'wrong' });
    await expect(stranger.uploadStream(plain.bucket, 'up/refused', endless)).rejects.toMatchObject({
      code: 'storage-refused',
    });
    expect(produced).toBeLessThan(64);
    stranger.close();
  });
});

describe('a link', () => {
  it('opens the object for a stranger, as a download, and nothing once its signature is touched', async () => {
    await storage.put(plain.bucket, 'link/one', Buffer.from('for you'));
    const link = await storage.presignGet(plain.bucket, 'link/one', { expiresSeconds: 60, downloadName: 'data.zip' });
    const answer = await fetch(link);
    expect(await answer.text()).toBe('for you');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="data.zip"');
    expect(new URL(link).searchParams.get('X-Amz-Expires')).toBe('60');
    const other = await fetch(link.replace('link/one', 'link/two'));
    expect(other.status).toBe(403);
  });

  it('never lives longer than a week', async () => {
    const week = 7 * 24 * 3600;
    await expect(
      storage.presignGet(plain.bucket, 'x', { expiresSeconds: week + 1, downloadName: 'x.zip' }),
    ).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('erasing by prefix', () => {
  it('removes every version, every delete marker and every unfinished upload, and nothing beside the prefix', async () => {
    const v = open(versioned);
    const raw = s3Client(versioned);
    for (let no = 0; no < 3; no += 1) await v.put(versioned.bucket, 'p/one', Buffer.from(`version ${no}`));
    await v.put(versioned.bucket, 'p/two', Buffer.from('two'));
    await v.remove(versioned.bucket, ['p/two']);
    await v.put(versioned.bucket, 'p/kept', Buffer.from('kept'));
    await v.put(versioned.bucket, 'q/other', Buffer.from('other'));
    const { CreateMultipartUploadCommand } = await import('@aws-sdk/client-s3');
    await raw.send(new CreateMultipartUploadCommand({ Bucket: versioned.bucket, Key: 'p/half' }));
    await raw.send(new CreateMultipartUploadCommand({ Bucket: versioned.bucket, Key: 'q/half' }));

    const erased = await v.eraseAll(versioned.bucket, 'p/', { keep: new Set(['p/kept']) });
    expect(erased).toEqual({ versions: 5, uploads: 1 });
    expect(await names(v, versioned.bucket)).toEqual(['p/kept', 'q/other']);
    expect(await unfinished(raw, versioned.bucket)).toBe(1);
    expect(await v.eraseAll(versioned.bucket, 'p/')).toEqual({ versions: 1, uploads: 0 });
    expect(await v.eraseAll(versioned.bucket, 'p/')).toEqual({ versions: 0, uploads: 0 });
    v.close();
    raw.destroy();
  });

  it('works past the first page', async () => {
    const many = Array.from({ length: 1_050 }, (_, no) => `many/${no}`);
    for (let from = 0; from < many.length; from += 50)
      await Promise.all(many.slice(from, from + 50).map((name) => storage.put(plain.bucket, name, Buffer.from('x'))));
    expect((await names(storage, plain.bucket, 'many/')).length).toBe(1_050);
    expect(await storage.eraseAll(plain.bucket, 'many/')).toEqual({ versions: 1_050, uploads: 0 });
    expect(await names(storage, plain.bucket, 'many/')).toEqual([]);
  });

  it('refuses the empty prefix', async () => {
    await expect(storage.eraseAll(plain.bucket, '')).rejects.toMatchObject({ code: 'internal' });
  });

  it('says so when Object Lock keeps what was to be erased', async () => {
    const locked = await freshBucket('storage-lock', { objectLock: true });
    const l = open(locked);
    await l.putLocked(locked.bucket, 'anchor/1', Buffer.from('head'), {
      retainUntil: new Date(Date.now() + 24 * 3600 * 1000),
    });
    await expect(l.eraseAll(locked.bucket, 'anchor/')).rejects.toMatchObject({ code: 'storage-not-erased' });
    expect((await l.get(locked.bucket, 'anchor/1')).toString()).toBe('head');
    l.close();
  });
});

describe('the check of a bucket', () => {
  it('writes, reads and erases a probe, finds the bucket private, and leaves nothing', async () => {
    const v = open(versioned);
    const before = await names(v, versioned.bucket);
    expect(await v.checkBucket(versioned.bucket)).toEqual({
      ok: true,
      versioning: 'on',
      findings: ['reachable', 'write', 'read', 'private', 'erase'].map((what) => ({ what, ok: true })),
    });
    expect(await names(v, versioned.bucket)).toEqual(before);
    v.close();
  });

  it('names the code where credentials are wrong', async () => {
    const stranger = open(plain, { secretAccessKey: 'wrong' });
    expect(await stranger.checkBucket(plain.bucket)).toEqual({
      ok: false,
      versioning: 'unknown',
      findings: [{ what: 'reachable', ok: false, code: 'storage-refused' }],
    });
    stranger.close();
  });
});

describe('a server that misbehaves', () => {
  let server: Server;
  let answer: RequestListener;
  let calls: number;
  let endpoint: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      calls += 1;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('with 503 is tried a bounded number of times, then reported as unreachable', async () => {
    calls = 0;
    answer = (_, response) => response.writeHead(503).end();
    const s = open(plain, { endpoint, attempts: 2 });
    await expect(s.get('bucket', 'x')).rejects.toMatchObject({ code: 'storage-unreachable' });
    expect(calls).toBe(2);
    s.close();
  });

  it('that hangs is given up after the time limit', async () => {
    answer = () => undefined;
    const s = open(plain, { endpoint, attempts: 1, requestTimeoutMs: 200 });
    await expect(s.get('bucket', 'x')).rejects.toMatchObject({ code: 'storage-unreachable' });
    s.close();
  });

  it("that hangs does not hold up a cancelled call, which ends with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    answer = () => controller.abort(reason);
    const s = open(plain, { endpoint, attempts: 1 });
    await expect(s.get('bucket', 'x', controller.signal)).rejects.toBe(reason);
    s.close();
  });

  it('that cuts the answer short never passes for a whole object', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    const s = open(plain, { endpoint, attempts: 1 });
    await expect(s.get('bucket', 'x')).rejects.toMatchObject({ code: 'storage-unreachable' });
    s.close();
  });
});
