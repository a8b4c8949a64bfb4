/**
 * Our side of the erase bench, in a process of its own: the `postgres` connector's `erase` over the plan's chunks, with a
 * journal that commits an intent before and an outcome after each chunk to PostgreSQL, in rows of the ledger's shape and a
 * database of their own.
 */
import pg from 'pg';
import type { Journal, SystemConfig } from '../connectors/contract.ts';
import { postgres } from '../connectors/postgres/index.ts';
import type { SystemId } from '../src/ids.ts';
import { serveChild } from './child.ts';
import { erasableMap, readPlan, subjectId } from './erase-data.ts';

export interface EraseInput {
  readonly url: string;
  readonly journalUrl: string;
  readonly planFolder: string;
}
export interface EraseOutput {
  readonly seconds: number;
  readonly erased: number;
  readonly processorSeconds: number;
}

/** The edge: a slug written in this file. */
const systemId = 'playback' as SystemId;

export const journalTables = `
  CREATE TABLE effects (request_id text, system_id text, round integer, stream_no integer, chunk_no integer, idempotency_key text NOT NULL UNIQUE,
    intended_at timestamptz(3) NOT NULL, done_at timestamptz(3), PRIMARY KEY (request_id, system_id, round, stream_no, chunk_no));
  CREATE TABLE dispositions (request_id text, system_id text, round integer, stream_no integer, chunk_no integer, "right" text, disposition text,
    decision_no integer, evidence text, count bigint, PRIMARY KEY (request_id, system_id, round, stream_no, chunk_no, "right", disposition, decision_no));`;

async function openJournal(
  url: string,
): Promise<{ journal: Journal; erased: () => number; close: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let erased = 0;
  const at = (stream: number, chunk: number) => ['req_bench', systemId, 1, stream, chunk];
  const journal: Journal = {
    async begin({ stream, chunkNo, records }) {
      await client.query(`INSERT INTO effects VALUES ($1, $2, $3, $4, $5, $6, now(), NULL)`, [
        ...at(stream.no, chunkNo),
        `req_bench:${systemId}:erase:1:${stream.collection}:${chunkNo}`,
      ]);
      return { state: 'new', records };
    },
    running: () => undefined,
    async outcome({ stream, chunkNo }, outcomes) {
      await client.query('BEGIN');
      for (const { decision, disposition, evidence, count } of outcomes) {
        await client.query(`INSERT INTO dispositions VALUES ($1, $2, $3, $4, $5, 'erasure', $6, $7, $8, $9)`, [
          ...at(stream.no, chunkNo),
          ...[disposition, decision, evidence, count],
        ]);
        if (disposition === 'erased') erased += count;
      }
      await client.query(
        `UPDATE effects SET done_at = now() WHERE request_id = $1 AND system_id = $2 AND round = $3 AND stream_no = $4 AND chunk_no = $5`,
        at(stream.no, chunkNo),
      );
      await client.query('COMMIT');
    },
  };
  return { journal, erased: () => erased, close: () => client.end() };
}

serveChild<EraseInput, EraseOutput>(async ({ url, journalUrl, planFolder }) => {
  const config: SystemConfig = {
    id: systemId,
    name: 'Playback',
    settings: { url, eraseUrl: url },
    dataMap: erasableMap,
    rate: {},
    concurrency: 1,
  };
  const system = postgres.open(config);
  const { journal, erased, close } = await openJournal(journalUrl);
  const planned = await readPlan(planFolder);
  const before = process.cpuUsage();
  const started = performance.now();
  await system.erase?.(
    { systemId, signal: new AbortController().signal, progress: () => undefined },
    {
      keys: [{ collection: 'users', key: [['id', String(subjectId)]], provedBy: 'email' }],
      planned,
      part: 'dependants',
      journal,
    },
  );
  const seconds = (performance.now() - started) / 1000;
  const { user, system: kernel } = process.cpuUsage(before);
  await close();
  await system.close();
  return { seconds, erased: erased(), processorSeconds: (user + kernel) / 1e6 };
});
