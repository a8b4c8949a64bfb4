/**
 * Owns the local S3 server, SeaweedFS `weed mini`. Without credentials in its environment it is wide open, and without
 * its JWT keys the filer port reads and overwrites everything unsigned: it is not started unless all of them are set, and
 * after the start both doors are tried without a signature; one that opens stops the server ('local-open').
 * Known limits: a key segment over 255 bytes is refused; deleted bytes stay in the volume file until a vacuum.
 */
import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { HabeasError } from '../errors.ts';
import { type Launch, launch, type StackContext } from './launch.ts';
import { weedGrpcOffset } from './ports.ts';
import { serverEnvironment } from './server-process.ts';
import type { Secrets } from './state.ts';

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3Access extends S3Keys {
  readonly endpoint: string;
  readonly region: string;
  /** Of our own server: may list and read {@link logsBucket}, and nothing else. */
  readonly reader?: S3Keys;
}

/** The bucket of the sample company's own logs, which Habeas reads and must not be able to write. */
export const logsBucket = 'naidisheli-logs';

export const localRegion = 'us-east-1';
export const weedPorts = ['s3', 'master', 'volume', 'filer', 'admin'] as const;
export type WeedPort = (typeof weedPorts)[number];
const weedJwtVariables = [
  'WEED_JWT_SIGNING_KEY',
  'WEED_JWT_SIGNING_READ_KEY',
  'WEED_JWT_FILER_SIGNING_KEY',
  'WEED_JWT_FILER_SIGNING_READ_KEY',
] as const;

/** The environment that closes the server's doors; refuses ('local-open') to be made with one missing. */
export function weedEnvironment(secrets: Secrets): Record<string, string> {
  const own: Record<string, string> = {
    AWS_ACCESS_KEY_ID: secrets.s3AccessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.s3SecretAccessKey,
    GOMEMLIMIT: '384MiB',
    // One volume a bucket at first: the default of seven uses up all volumes of a small disk after some seventy buckets.
    WEED_MASTER_VOLUME_GROWTH_COPY_1: '1',
  };
  weedJwtVariables.forEach((variable, index) => {
    own[variable] = secrets.weedJwtKeys[index] ?? '';
  });
  for (const [variable, value] of Object.entries(own)) {
    if (value === '') throw new HabeasError('local-open', { where: `weed without ${variable}` });
  }
  return own;
}

/** The reader's keys; from the administrator's, so that a folder made before there was a reader has them too. */
function readerKeys({ s3SecretAccessKey }: Secrets): S3Keys {
  const of = (what: string) => createHmac('sha256', s3SecretAccessKey).update(what).digest('hex');
  return { accessKeyId: `HABEASLOGS${of('id').slice(0, 10).toUpperCase()}`, secretAccessKey: of('key').slice(0, 48) };
}

/** Who may do what: the administrator everything, the reader of the logs no more than a reader needs. */
function identities(secrets: Secrets): string {
  const { accessKeyId, secretAccessKey } = readerKeys(secrets);
  const identity = (name: string, accessKey: string, secretKey: string, actions: readonly string[]) => ({
    name,
    credentials: [{ accessKey, secretKey }],
    actions,
  });
  return JSON.stringify({
    identities: [
      identity('admin', secrets.s3AccessKeyId, secrets.s3SecretAccessKey, [
        'Admin',
        'Read',
        'Write',
        'List',
        'Tagging',
      ]),
      identity('logs-reader', accessKeyId, secretAccessKey, [`Read:${logsBucket}`, `List:${logsBucket}`]),
    ],
  });
}

/** A client for a path-style S3 server. The caller destroys it. */
export function s3Client(access: S3Access): S3Client {
  return new S3Client({
    endpoint: access.endpoint,
    region: access.region,
    credentials: { accessKeyId: access.accessKeyId, secretAccessKey: access.secretAccessKey },
    forcePathStyle: true,
  });
}

export async function s3Answers(access: S3Access): Promise<boolean> {
  const client = s3Client(access);
  try {
    await client.send(new ListBucketsCommand({}), { abortSignal: AbortSignal.timeout(2_000) });
    return true;
  } finally {
    client.destroy();
  }
}

export function localS3(port: number, secrets: Secrets): S3Access {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: localRegion,
    accessKeyId: secrets.s3AccessKeyId,
    secretAccessKey: secrets.s3SecretAccessKey,
    reader: readerKeys(secrets),
  };
}

export async function startS3(context: StackContext, program: string): Promise<void> {
  const { dir, state } = context;
  const home = join(dir, 's3');
  const data = join(home, 'data');
  await mkdir(data, { recursive: true, mode: 0o700 });
  // Options of an earlier run, ports included, would win over the arguments.
  await rm(join(data, 'mini.options'), { force: true });
  const identitiesFile = join(home, 'identities.json');
  await writeFile(identitiesFile, identities(state.secrets), { mode: 0o600 });
  // Paths of Unix sockets are limited to about 100 bytes, and a clone may lie deep.
  const sockets = await mkdtemp(join(tmpdir(), 'habeas-weed-'));
  state.weedSockets = [...(state.weedSockets ?? []), sockets];
  const env = weedEnvironment(state.secrets);
  const server: Launch<WeedPort> = {
    name: 's3',
    ports: weedPorts,
    command: (ports) => ({
      name: 'weed',
      program,
      args: [
        'mini',
        `-dir=${data}`,
        '-ip=127.0.0.1',
        '-ip.bind=127.0.0.1',
        ...weedPorts.map((name) => `-${name}.port=${ports[name]}`),
        '-admin.ui=false',
        '-webdav=false',
        '-master.telemetry=false',
        '-s3.port.iceberg=0',
        '-s3.port.lance=0',
        '-s3.iam=false',
        `-s3.config=${identitiesFile}`,
        '-s3.allowDeleteBucketNotEmpty=false',
        '-s3.autoCreateBucket=false',
        '-s3.readerCacheSizeMB=64',
        '-s3.concurrentUploadLimitMB=64',
        // How many volumes a disk may have follows from their size, and every bucket takes one: a test run has many buckets.
        `-master.volumeSizeLimitMB=${context.profile === 'test' ? 16 : 128}`,
        `-filer.localSocket=${join(sockets, 'f.sock')}`,
        `-s3.localSocket=${join(sockets, 's.sock')}`,
      ],
      env: serverEnvironment(home, { ...env, TMPDIR: sockets }),
      logFile: join(home, 'weed.log'),
    }),
    answers: (ports) => s3Answers(localS3(ports.s3, state.secrets)),
  };
  await launch(context, server);
  await mustBeClosed(state.servers.s3?.ports ?? {});
}

/** Removes the sockets that `weed` leaves in the temporary folder when it ends; not one at which somebody listens again. */
export async function removeWeedSockets(ports: Readonly<Record<string, number>>): Promise<void> {
  for (const name of weedPorts) {
    const path = `/tmp/seaweedfs-${name}-grpc-${(ports[name] ?? 0) + weedGrpcOffset}.sock`;
    if (!(await isListening(path))) await rm(path, { force: true });
  }
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(true));
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => resolve(false));
  });
}

/** Tries both doors without a signature. */
async function mustBeClosed(ports: Readonly<Record<string, number>>): Promise<void> {
  for (const door of ['s3', 'filer']) {
    const response = await fetch(`http://127.0.0.1:${ports[door]}/`, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    if (response.status !== 401 && response.status !== 403) {
      throw new HabeasError('local-open', { where: `weed's ${door} port answers ${response.status} unsigned` });
    }
  }
}

/** Creates a bucket unless it exists. Object Lock brings versioning with it. */
export async function createBucket(
  access: S3Access,
  name: string,
  options: { readonly objectLock?: boolean; readonly versioning?: boolean } = {},
): Promise<void> {
  const client = s3Client(access);
  try {
    const exists = await client.send(new HeadBucketCommand({ Bucket: name })).then(
      () => true,
      () => false,
    );
    if (!exists) {
      await client.send(
        new CreateBucketCommand({ Bucket: name, ...(options.objectLock ? { ObjectLockEnabledForBucket: true } : {}) }),
      );
    }
    if (options.versioning || options.objectLock) {
      await client.send(
        new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }),
      );
    }
  } finally {
    client.destroy();
  }
}
