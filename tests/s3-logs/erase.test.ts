/**
 * What erasure does to logs on a real S3 server: facts and no content are read, the plan is refused where the declared time
 * to live is not true, and nothing in the bucket changes, whoever asks.
 */
import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EraseInput, Identifier, PlannedSet, StreamDescription, SystemConfig } from '../../connectors/contract.ts';
import { overdueBefore } from '../../connectors/s3-logs/expiry.ts';
import { s3Logs } from '../../connectors/s3-logs/index.ts';
import { s3Client } from '../../src/local/s3.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { dataMap, type LogsWorld, start } from '../conformance/s3-logs.fixture.ts';
import { context } from '../conformance/suite.ts';
import { testServers } from '../support/servers.ts';

const day = '2026-10-02';
const me: Identifier = { kind: 'user_id', value: '1001', source: 'request' };
const line = (userId: number, more: object = {}): string =>
  `${JSON.stringify({ ts: `${day}T10:00:00Z`, user_id: userId, ip: '-', path: '/', body: `of ${userId}`, colour: 'red', ...more })}\n`;
const balancing = { en: 'Kept for ninety days to find attacks; read by two people, used for nothing else.' };
const nothing: PlannedSet = { streams: [], chunks: async function* () {} };

describe('erasure of lines of a log', () => {
  let world: LogsWorld;
  beforeAll(async () => {
    world = await start();
    await world.put(`access/${day}-1`, Buffer.from(line(1001) + line(2002) + line(1001, { path: '/a' })));
    await world.put('audit/1.gz', Buffer.alloc(0));
  });
  afterAll(() => world.stop());

  /** The same logs, with these words about erasing. */
  function logs(erasure: object | undefined): SystemConfig {
    const { audit, access } = dataMap.collections;
    const own = { ...world.config };
    return {
      ...own,
      dataMap: {
        version: 1,
        collections: { audit, access: { ...access, ...(erasure === undefined ? {} : { erasure }) } },
      },
    };
  }

  async function opened<T>(
    erasure: object | undefined,
    use: (system: ReturnType<typeof s3Logs.open>) => Promise<T>,
  ): Promise<T> {
    const config = logs(erasure);
    expect(s3Logs.validate(config)).toEqual([]);
    const system = s3Logs.open(config);
    try {
      return await use(system);
    } finally {
      await system.close();
    }
  }

  async function digest(): Promise<string> {
    const { settings } = world.config;
    const { s3 } = JSON.parse(JSON.stringify(settings));
    const { s3: access } = await testServers();
    const admin = s3Client({ ...access });
    const hash = createHash('sha256');
    const { Contents = [] } = await admin.send(new ListObjectsV2Command({ Bucket: s3.bucket }));
    for (const { Key } of Contents) {
      const { Body } = await admin.send(new GetObjectCommand({ Bucket: s3.bucket, Key }));
      hash.update(`${Key}\n`).update((await Body?.transformToByteArray()) ?? new Uint8Array());
    }
    admin.destroy();
    expect(Contents.length).toBeGreaterThan(1);
    return hash.digest('hex');
  }

  it('is described by what the data map declares, and by nothing where it declares nothing', async () => {
    const eraseOf = (erasure: object | undefined) =>
      opened(erasure, async ({ collections }) => collections.find((one) => one.collection === 'access')?.erase);
    expect(await eraseOf(undefined)).toBeUndefined();
    expect(await eraseOf({ mode: 'rewrite' })).toEqual({ mode: 'rewrite' });
    const erasure = { mode: 'keep-until-expiry', days: 90, balancing };
    expect(await eraseOf(erasure)).toEqual({ mode: 'expiry', days: 90, balancing });
  });

  it('reads facts: when the line was written and its object stored, and nothing that it says', async () => {
    await opened({ mode: 'keep-until-expiry', days: 90, balancing }, async (system) => {
      const { keys } = await system.locate(context(), { identifiers: [me], accepted: [], rejected: [] });
      const sink = new MemorySink(keys);
      await system.read(context(), { keys, want: 'facts', sink });
      const lines = sink.lines('access').map((one) => JSON.parse(one));
      expect(lines).toHaveLength(2);
      for (const { facts, ...rest } of lines) {
        expect(Object.keys(rest)).toEqual(['key', 'by']);
        expect(Object.keys(facts)).toEqual(['createdAt', 'storedAt']);
        expect(facts.createdAt).toBe(`${day}T10:00:00.000Z`);
        expect(Math.abs(Date.now() - Date.parse(facts.storedAt))).toBeLessThan(3_600_000);
      }
      expect(sink.lines().join('')).not.toContain('of 1001');
    });
  });

  it('is prepared where no object has outlived its declared time', async () => {
    await opened({ mode: 'keep-until-expiry', days: 90, balancing }, async (system) => {
      expect(await system.prepare?.(context(), { keys: [], planned: nothing })).toEqual({ refusals: [] });
    });
  });

  it('is refused where an object is still there after its time: what the map says of expiry is not true', async () => {
    const listing = `<Contents><Key>access/old</Key><Size>9</Size><LastModified>2020-01-01T00:00:00.000Z</LastModified></Contents>`;
    world.front.answers = `<ListBucketResult><IsTruncated>false</IsTruncated>${listing}</ListBucketResult>`;
    try {
      await opened({ mode: 'keep-until-expiry', days: 90, balancing }, async (system) => {
        const { bucket } = JSON.parse(JSON.stringify(world.config.settings)).s3;
        expect(await system.prepare?.(context(), { keys: [], planned: nothing })).toEqual({
          refusals: [{ code: 'expiry-not-enforced', where: `access (${bucket}/access/)` }],
        });
      });
    } finally {
      world.front.answers = undefined;
    }
  });

  it('gives the lifecycle until two days after the last day to act', () => {
    const now = new Date('2026-11-26T12:00:00Z');
    expect(new Date(overdueBefore(90, now)).toISOString()).toBe('2026-08-26T12:00:00.000Z');
  });

  it('is refused for a log whose lines would have to be cut out', async () => {
    await opened({ mode: 'rewrite' }, async (system) => {
      const report = await system.prepare?.(context(), { keys: [], planned: nothing });
      expect(report?.refusals.map(({ code }) => code)).toEqual(['rewrite-unsupported']);
    });
  });

  it('changes nothing in the bucket, and refuses a plan that would', async () => {
    const before = await digest();
    await opened({ mode: 'keep-until-expiry', days: 90, balancing }, async (system) => {
      const [described] = system.collections;
      if (described === undefined) throw new Error('no collection');
      const input = (planned: PlannedSet): EraseInput => ({
        keys: [],
        planned,
        part: 'dependants',
        journal: {
          begin: () => Promise.reject(new Error('an intent was written')),
          outcome: () => Promise.reject(new Error('an outcome was written')),
          running: () => undefined,
        },
      });
      await system.erase?.(context(), input(nothing));
      await system.verify?.(context(), {
        keys: [],
        planned: nothing,
        part: 'dependants',
        found: () => Promise.reject(),
      });
      const stream: StreamDescription = {
        no: 1,
        collection: 'access',
        provedIn: 'identifiers',
        recordClass: 'security-log',
        owner: 'person',
        role: 'controller',
        fields: [],
        ownFields: [],
      };
      await expect(system.erase?.(context(), input({ ...nothing, streams: [stream] }))).rejects.toMatchObject({
        code: 'erase-unsupported',
      });
    });
    expect(await digest()).toBe(before);
  });

  it('is read back as gone when the object of a line is not listed any more, and not before', async () => {
    await opened({ mode: 'keep-until-expiry', days: 90, balancing }, async (system) => {
      const records = [`access/${day}-1`, `access/${day}-1`, `access/${day}`, 'access/long-gone'].map((object, no) => ({
        key: [
          ['object', object],
          ['line', String(no)],
        ] as const,
        decision: { no: 1, action: 'delete', fields: [] } as const,
      }));
      const stream: StreamDescription = {
        ...{ no: 1, collection: 'access', provedIn: 'identifiers', recordClass: 'security-log', owner: 'person' },
        ...{ role: 'controller', fields: [], ownFields: [] },
      };
      const found: unknown[] = [];
      const planned: PlannedSet = {
        streams: [stream],
        chunks: async function* () {
          yield { stream, chunkNo: 0, records };
        },
      };
      for (const part of ['dependants', 'subject-row'] as const)
        await system.verify?.(context(), {
          ...{ keys: [], planned, part },
          found: async (_chunk, results) => void found.push(...results),
        });
      expect(found).toEqual([
        { decision: 1, found: 'residue', count: 2 },
        { decision: 1, found: 'gone', count: 2 },
      ]);
    });
  });

  it.each([
    [{ mode: 'keep-until-expiry', balancing }],
    [{ mode: 'keep-until-expiry', days: 0, balancing }],
    [{ mode: 'keep-until-expiry', days: 90 }],
    [{ mode: 'keep-until-expiry', days: 90, balancing: { en: 'because' } }],
    [{ mode: 'delete' }],
  ])('is not declared by %j', (erasure) => {
    expect(s3Logs.validate(logs(erasure)).map(({ pointer }) => pointer)).not.toEqual([]);
  });
});
