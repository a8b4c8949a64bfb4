/**
 * What the tests of erasing share: a database with a second login that may erase, a plan over what is really found in it,
 * and digests of everything that must not change.
 */

import type {
  ErasePart,
  PlannedSet,
  PrepareReport,
  StreamDescription,
  SubjectKey,
  System,
  SystemConfig,
} from '../../connectors/contract.ts';
import { PostgresClient } from '../../connectors/postgres/client.ts';
import { postgres } from '../../connectors/postgres/index.ts';
import { limitsOf } from '../../connectors/postgres/settings.ts';
import { type Decided, type FoundRecord, MemoryJournal, planOf } from '../conformance/memory-plan.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context, databaseWith, type TestDatabase } from './database.ts';

export type Decide = (stream: StreamDescription, record: FoundRecord) => Decided;

export const gone: Decided = { action: 'delete', fields: [] };
export const kept: Decided = { action: 'keep', fields: [] };
export const detach = (...fields: readonly string[]): Decided => ({ action: 'detach', fields });
export const anonymise = (...fields: readonly string[]): Decided => ({ action: 'anonymise', fields });

export interface ErasingDatabase extends TestDatabase {
  readonly eraser: string;
  readonly eraseUrl: string;
  openErasing(dataMap: unknown, options?: Partial<SystemConfig>): System;
  /** The erasing login's own connections, for tests of what is below the connector's door. */
  client(): PostgresClient;
  /** What a query says, one value a row. */
  values(sql: string): Promise<readonly unknown[]>;
}

/** Both logins may do all that the connector could ever need, unless the test takes it away. */
export async function erasingDatabase(label: string, sql: string): Promise<ErasingDatabase> {
  const db = await databaseWith(label, sql);
  await db.admin.query('ANALYZE');
  const eraser = `${db.role}_e`;
  await db.admin.query(`CREATE ROLE ${eraser} LOGIN PASSWORD 'eraser'`);
  await db.admin.query(`GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${eraser}`);
  const url = new URL(db.url);
  url.username = eraser;
  url.password = 'eraser';
  const opened: System[] = [];
  const clients: PostgresClient[] = [];
  return {
    ...db,
    eraser,
    eraseUrl: url.href,
    openErasing(dataMap, options = {}) {
      const system = postgres.open(
        db.config(dataMap, { settings: { url: db.url, eraseUrl: url.href, lockTimeoutMs: 500 }, ...options }),
      );
      opened.push(system);
      return system;
    },
    client() {
      const client = new PostgresClient(url.href, limitsOf({ url: url.href }, 1), 'erases');
      clients.push(client);
      return client;
    },
    async values(query) {
      const found = await db.admin.query<unknown[]>({ text: query, rowMode: 'array' });
      return found.rows.map(([value]) => value);
    },
    async stop() {
      for (const one of [...opened, ...clients]) await one.close();
      await db.admin.query(`DROP OWNED BY ${eraser}; DROP ROLE ${eraser}`);
      await db.stop();
    },
  };
}

export const subject = (id: string): readonly SubjectKey[] => [
  { collection: 'users', key: [['id', id]], provedBy: 'email' },
];

/** Reads the facts and decides. */
export async function planFor(
  system: System,
  keys: readonly SubjectKey[],
  decide: Decide,
  chunkSize?: number,
): Promise<PlannedSet> {
  const sink = new MemorySink(keys);
  await system.read(context, { keys, want: 'facts', sink });
  return planOf(sink, decide, chunkSize);
}

export async function prepare(
  system: System,
  keys: readonly SubjectKey[],
  planned: PlannedSet,
): Promise<readonly string[]> {
  const report: PrepareReport | undefined = await system.prepare?.(context, { keys, planned });
  return (report?.refusals ?? []).map(({ code, where }) => `${code} ${where}`);
}

export const parts = ['dependants', 'subject-row'] as const;

export async function run(
  system: System,
  keys: readonly SubjectKey[],
  planned: PlannedSet,
  journal = new MemoryJournal(),
  some: readonly ErasePart[] = parts,
): Promise<MemoryJournal> {
  for (const part of some) await system.erase?.(context, { keys, planned, part, journal });
  return journal;
}

/** What reading back found, by collection and word. */
export async function readBack(
  system: System,
  keys: readonly SubjectKey[],
  planned: PlannedSet,
): Promise<Readonly<Record<string, number>>> {
  const sums: Record<string, number> = {};
  for (const part of parts)
    await system.verify?.(context, {
      keys,
      planned,
      part,
      async found({ stream }, results) {
        for (const { found, count } of results) {
          const at = `${stream.collection} ${found}`;
          sums[at] = (sums[at] ?? 0) + count;
        }
      },
    });
  return sums;
}
