/**
 * The baseline of the erase bench: `DELETE … WHERE id = ANY ($1)` in 10,000s in the order of the foreign keys, each a
 * transaction of its own, over keys that lie ready in memory: no plan to read, no intent, no outcome, nothing returned, no guard.
 */
import pg from 'pg';
import { serveChild } from './child.ts';
import { chunkRecords, keysOf, tables } from './erase-data.ts';

export interface BaselineInput {
  readonly url: string;
}
export interface BaselineOutput {
  readonly seconds: number;
  readonly deleted: number;
}

serveChild<BaselineInput, BaselineOutput>(async ({ url }) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const statements: (readonly [sql: string, keys: string])[] = [];
  for (const table of tables) {
    const keys = await keysOf(client, table);
    const type = table === 'sessions' ? 'uuid' : 'bigint';
    for (let at = 0; at < keys.length; at += chunkRecords)
      statements.push([
        `DELETE FROM ${table} WHERE id = ANY($1::${type}[])`,
        `{${keys.slice(at, at + chunkRecords).join(',')}}`,
      ]);
  }
  let deleted = 0;
  const started = performance.now();
  for (const [sql, keys] of statements) {
    const { rowCount } = await client.query(sql, [keys]);
    deleted += rowCount ?? 0;
  }
  const seconds = (performance.now() - started) / 1000;
  await client.end();
  return { seconds, deleted };
});
