/**
 * Two logs in a real S3 server for the `s3-logs` connector: a small one, and the bulk one, in which a person stands by
 * account, by address in a query string and by an IP address that was theirs alone, packed and not, written as logs
 * are. Faults are a TCP proxy, and a door that takes rights away as S3 would. The reader may not write.
 */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { DeleteObjectsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Identifier, SubjectKey, SystemConfig } from '../../connectors/contract.ts';
import { s3Logs } from '../../connectors/s3-logs/index.ts';
import type { SystemId } from '../../src/ids.ts';
import { s3Client } from '../../src/local/s3.ts';
import { LogsFront } from '../s3-logs/front.ts';
import { FaultProxy } from '../support/proxy.ts';
import { freshBucket } from '../support/servers.ts';
import type { Faults, Fixture, Plan, Planted, World } from './fixture.ts';

const register = {
  format: 'ndjson',
  owner: 'person',
  role: 'controller',
  recordClass: 'security-log',
  category: 'Technical data',
  purpose: 'To find faults',
  legalBasis: 'legitimate-interests',
  provenance: 'Recorded when the service is used',
  recipients: [],
} as const;
const userId = { field: 'user_id', kind: 'user_id', in: 'value', strength: 'strong' } as const;
const fields = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { category: 'technical' }]));

export const dataMap = {
  version: 1,
  collections: {
    audit: {
      ...register,
      prefix: 'audit/',
      compression: 'gzip',
      time: 'ts',
      identifiers: [userId],
      fields: fields('ts', 'user_id', 'body'),
    },
    access: {
      ...register,
      prefix: 'access/',
      compression: 'auto',
      time: 'ts',
      date: '{yyyy}-{mm}-{dd}-*',
      identifiers: [
        userId,
        {
          ...{ field: 'path', kind: 'email', in: 'query', parameters: ['email', 'e-mail'] },
          ...{ strength: 'strong', caseInsensitive: true },
        },
        { field: 'ip', kind: 'ip', in: 'value', strength: 'weak' },
      ],
      display: ['path'],
      fields: fields('ts', 'user_id', 'ip', 'path', 'body', 'colour'),
    },
  },
};

/** Of one object, more than a socket's buffers hold; a long log has several. */
const linesPerObject = 25_000;
const padding = 'x'.repeat(250);

export const s3LogsFixture: Fixture = { kind: 's3-logs', locateCost: 'scan', erases: 'expiry', start };

/** The edge: a slug written in this file. */
const systemId = (slug: string): SystemId => slug as SystemId;

export interface LogsWorld extends World {
  readonly front: LogsFront;
  readonly config: SystemConfig;
  put(key: string, bytes: Buffer): Promise<void>;
}

export async function start(): Promise<LogsWorld> {
  const { bucket, ...access } = await freshBucket('s3-logs');
  const admin = s3Client(access);
  const front = await LogsFront.before(access.endpoint);
  const proxy = await FaultProxy.before(front.endpoint);
  const { region, accessKeyId, secretAccessKey } = access;
  const endpoint = `http://127.0.0.1:${proxy.port}`;
  const s3 = { endpoint, region, bucket, accessKeyId, secretAccessKey, forcePathStyle: true };
  const config: SystemConfig = {
    id: systemId('logs'),
    name: 'Logs',
    settings: { s3 },
    dataMap,
    rate: {},
    concurrency: undefined,
  };
  const short = { s3, connectTimeoutMs: 1_000, requestTimeoutMs: 1_000, idleTimeoutMs: 1_000, attempts: 2 };
  const system = s3Logs.open(config);
  const impatient = s3Logs.open({ ...config, settings: short });
  const put = async (key: string, bytes: Buffer) => {
    await admin.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
  };
  const objectsOf = new Map<string, readonly string[]>();
  let people = 0;
  return {
    system,
    impatient,
    front,
    config,
    put,
    bulk: 'access',
    bulkFields: { marked: 'body', plain: 'colour' },
    collections: Object.keys(dataMap.collections),
    async plant(plan) {
      people += 1;
      const { planted, objects } = plantedOf(plan, people);
      for (const [key, bytes] of objects) await put(key, bytes);
      objectsOf.set(planted.marker, [...objects.keys()]);
      return planted;
    },
    async unplant({ marker }) {
      const Objects = (objectsOf.get(marker) ?? []).map((Key) => ({ Key }));
      await admin.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    },
    async listen(work) {
      proxy.heard = [];
      proxy.listenIn = true;
      try {
        await work();
      } finally {
        proxy.listenIn = false;
      }
      return Buffer.concat(proxy.heard);
    },
    isAtRest: async () => front.busy === 0,
    faults: faultsOf(proxy, front),
    async stop() {
      await system.close();
      await impatient.close();
      await proxy.close();
      await front.close();
      admin.destroy();
    },
  };
}

function faultsOf(proxy: FaultProxy, front: LogsFront): Faults {
  return {
    refused: () => proxy.refuse(),
    halfOpen: () => proxy.halfOpen(),
    stallAfter: (bytes) => proxy.stallAfter(bytes),
    cutAfter: (bytes) => proxy.cutAfter(bytes),
    slow: () => proxy.slowly(4_000),
    async revokeCredentials() {
      front.refuses = () => 'InvalidAccessKeyId';
      await proxy.up();
    },
    async revokePermission() {
      front.refuses = ({ path, isListing }) => (!isListing && path.includes('/access/') ? 'AccessDenied' : undefined);
    },
    async ignoresFilter() {
      front.lists = ['another-log/2026-10-01.ndjson'];
    },
    async mend() {
      front.refuses = () => undefined;
      front.lists = undefined;
      await proxy.up();
    },
  };
}

const asked = (kind: string, value: string): Identifier => ({ kind, value, source: 'request' });

function plantedOf(plan: Plan, no: number): { planted: Planted; objects: ReadonlyMap<string, Buffer> } {
  const marker = `M${randomBytes(8).toString('hex')}`;
  const id = String(9_007_199_254_740_993n + BigInt(no) * 2n);
  const ip = `198.51.${no % 256}.`;
  const day = '2026-10-01';
  const sole = { ...asked('ip', `${ip}1`), from: `${day}T08:00:00.000Z`, to: `${day}T09:00:00.000Z` };
  const windows: readonly Identifier[] = [
    { ...sole, exclusivity: 'sole' },
    ...(plan.groups ?? []).map((_, i) => ({
      ...asked('ip', `${ip}${i + 2}`),
      from: `${day}T08:00:00.000Z`,
      to: `${day}T09:00:00.000Z`,
      exclusivity: i % 2 === 0 ? ('shared' as const) : ('unknown' as const),
    })),
  ];
  const line = (n: number, who: 'account' | 'address' | 'place' | 'group', place = `${ip}9`): string =>
    `${JSON.stringify({
      ts: `${day}T08:${String(n % 60).padStart(2, '0')}:00.000Z`,
      user_id: who === 'account' ? 'ID' : null,
      ip: who === 'place' ? `${ip}1` : place,
      path: who === 'address' ? `/login?email=${encodeURIComponent(plan.email)}&n=${n}` : '/status?email=&n=1#x',
      body: `${marker} õ "${n}" 🎵${padding}`,
      colour: 'blue',
    }).replace('"ID"', n % 2 === 0 ? id : `"${id}"`)}\n`;
  const ways = ['account', 'address', 'place'] as const;
  const lines = Array.from({ length: plan.records }, (_, n) => line(n, ways[n % 3] ?? 'account'));
  const candidates = (plan.groups ?? []).flatMap((count, i) =>
    Array.from({ length: count }, (_, n) => line(n, 'group', `${ip}${i + 2}`)),
  );
  // Among the proved ones, and some behind them.
  for (const [i, candidate] of candidates.entries()) lines.splice(Math.min(lines.length, i * 2 + 1), 0, candidate);
  const name = String(no).padStart(4, '0');
  const objects = new Map<string, Buffer>();
  const strangers = `{"user_id":77,"ts":"${day}T08:10:00Z","ip":"203.0.113.1","path":"/","body":"-","colour":"red"}\n`;
  for (let from = 0; from < Math.max(1, lines.length); from += linesPerObject) {
    const plain = Buffer.from(strangers + lines.slice(from, from + linesPerObject).join('') + strangers);
    const key = `access/${day}-${name}-${String(from).padStart(6, '0')}`;
    objects.set(key, lines.length < 100 ? gzipSync(plain) : plain);
  }
  const audit = [1, 2].map((n) => `{"ts":1790000000${n},"user_id":${id},"body":"${marker} ${n}"}\n`).join('');
  objects.set(`audit/${name}.gz`, gzipSync(Buffer.from(audit)));
  const key = (identifier: Identifier): SubjectKey => ({
    collection: 'identifiers',
    key: [
      ['kind', identifier.kind],
      ['value', identifier.value],
      ...(identifier.from === undefined ? [] : [['from', identifier.from] as const]),
      ...(identifier.to === undefined ? [] : [['to', identifier.to] as const]),
      ...(identifier.exclusivity === undefined ? [] : [['exclusivity', identifier.exclusivity] as const]),
    ],
    provedBy: identifier.kind,
  });
  const identifiers = [asked('user_id', id), asked('email', plan.email), ...windows];
  const ref = { collection: 'identifiers', key: key(asked('user_id', id)).key };
  const expected = new Map([
    ['audit', 2],
    ['access', plan.records],
  ]);
  return { planted: { ref, identifiers, keys: identifiers.map(key), marker, expected }, objects };
}
