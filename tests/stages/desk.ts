/**
 * A sink on a real ledger and a real bucket, without Temporal: what an attempt of `read` holds, for tests that interrupt
 * it where it hurts.
 */

import { workingKeyOf } from '../../activities/located.ts';
import { eraseUncommitted } from '../../activities/read.ts';
import { openSink } from '../../activities/sink.ts';
import { roundFolder } from '../../activities/sink-reading.ts';
import type { StageRun } from '../../activities/stage.ts';
import type { StreamDescription, SubjectKey } from '../../connectors/contract.ts';
import { HabeasError } from '../../src/errors.ts';
import type { RequestId } from '../../src/ids.ts';
import { chunkSealName } from '../../src/ledger/chunks.ts';
import { type Fence, takeLane } from '../../src/ledger/lanes.ts';
import { beginRound } from '../../src/ledger/rounds.ts';
import { begunStreams } from '../../src/ledger/streams.ts';
import { createRequest } from '../../src/requests/index.ts';
import { unseal } from '../../src/security/seal.ts';
import { openStorage, type Storage } from '../../src/storage/objects.ts';
import { newWorld, type World } from '../ledger/world.ts';
import { freshBucket } from '../support/servers.ts';

export const subject: SubjectKey = { collection: 'accounts', key: [['id', '7']], provedBy: 'email' };
export const own = Buffer.from('7');

export const notes: StreamDescription = {
  no: 0,
  collection: 'notes',
  provedIn: 'accounts',
  recordClass: 'account',
  owner: 'person',
  role: 'controller',
  fields: ['id', 'note'],
  ownFields: [],
};

export const line = (id: number): Buffer =>
  Buffer.from(`${JSON.stringify({ key: [['id', String(id)]], record: { id: String(id), note: `n${id}` } })}\n`);

export interface Desk {
  readonly world: World;
  readonly storage: Storage;
  readonly bucket: string;
  readonly requestId: RequestId;
  /** A new attempt takes the lane, as the stage wrapper does. */
  attempt(no: number, options?: AttemptOptions): Promise<Attempt>;
  /** Names of the round's objects in the bucket. */
  objects(): Promise<readonly string[]>;
  /** The entries of every chunk with a row, in order. */
  staged(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface AttemptOptions {
  readonly storage?: Storage;
  readonly round?: number;
  /** Proved keys; `subject` unless given. */
  readonly keys?: readonly SubjectKey[];
  /** Smaller chunks share an object; none unless given. */
  readonly packedBytes?: number;
}

export interface Attempt {
  /** Streams that an earlier attempt began and did not end. */
  readonly begun: readonly number[];
  readonly run: StageRun;
  readonly sink: ReturnType<typeof openSink>;
}

export async function newDesk(
  label: string,
  limits = { records: 10, bytes: 64 * 1024 },
  besideLimits = { records: 3, bytes: 16 * 1024, recordBytes: 64 * 1024 },
): Promise<Desk> {
  const [world, bucket] = await Promise.all([newWorld(label), freshBucket(label)]);
  const config = { ...world.deps.config, s3: { ...world.deps.config.s3, stagingBucket: bucket.bucket } };
  const storage = openStorage({ ...config.s3, ...bucket, forcePathStyle: true });
  const { requestId } = await createRequest(world.deps, {
    rights: ['access'],
    channel: 'email',
    language: 'en',
    identifiers: { email: ['anna@example.ee'] },
  });
  const systemId = world.systemIds.accountDb;
  const { db } = world.deps.ledger;
  const key = { requestId, systemId, round: 1 };
  return {
    world,
    storage,
    bucket: bucket.bucket,
    requestId,
    attempt: async (no, { storage: used = storage, round = 1, keys = [subject], packedBytes = 0 } = {}) => {
      const inRound = { ...key, round };
      const fence: Fence = { requestId, systemId, workflowSeq: 1, attempt: no };
      const { signal } = new AbortController();
      const run: StageRun = { fence, attempt: no, signal, progress: () => undefined, uncalled: () => undefined };
      const isNew = await db.transaction().execute(async (trx) => {
        await takeLane(trx, fence, 'read', new Date());
        return beginRound(trx, inRound, new Date());
      });
      const workingKey = await workingKeyOf(world.deps, requestId);
      const deps = { ...world.deps, config, storage: used };
      if (!isNew) await eraseUncommitted({ ...deps, storage }, run, inRound);
      const begun = await begunStreams(db, inRound);
      return {
        run,
        begun,
        sink: openSink(deps, run, { round, keys, workingKey, isNew, limits, besideLimits, packedBytes }),
      };
    },
    objects: async () => {
      const names: string[] = [];
      for await (const { name } of storage.list(bucket.bucket, roundFolder(key))) names.push(name);
      return names;
    },
    staged: async () => {
      const workingKey = await workingKeyOf(world.deps, requestId);
      const rows = await db.selectFrom('chunks').selectAll().orderBy('stream_no').orderBy('chunk_no').execute();
      const lines: string[] = [];
      for (const row of rows) {
        const object = await storage.get(bucket.bucket, row.object_name);
        const sealed = object.subarray(row.object_offset, row.object_offset + row.bytes);
        const plain = await unseal(workingKey, chunkSealName(row.object_name, row.object_offset), sealed);
        lines.push(...plain.toString('utf8').trimEnd().split('\n').slice(1));
      }
      return lines;
    },
    close: async () => {
      storage.close();
      await world.close();
    },
  };
}

/** Storage whose owner dies after `puts` objects: the object is there, nobody hears of it. */
export function dyingAfter(storage: Storage, puts: number): Storage {
  let left = puts;
  return {
    ...storage,
    put: async (...args: Parameters<Storage['put']>) => {
      await storage.put(...args);
      left -= 1;
      if (left < 0) throw new HabeasError('storage-unreachable');
    },
  };
}
