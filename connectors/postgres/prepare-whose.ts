/**
 * Whether every planned row is still the subject's: between the reading and the approval lie days, in which a device gets
 * another user, a workspace another contact or owner. Rows that are there and that their stream's way does not lead to any
 * more are refused (`plan-changed`): the plan is made anew. Asked with the login that reads; one chunk at a time.
 */
import type { CallContext, PrepareInput } from '../contract.ts';
import { loadCatalogue } from './catalogue.ts';
import type { PostgresClient } from './client.ts';
import type { DataMap } from './data-map.ts';
import { keyed, keyMatch, keyParams } from './key-batch.ts';
import type { Refusals } from './refusals.ts';
import { collectionOf } from './sql.ts';
import { StreamQueries } from './stream-queries.ts';
import type { Stream } from './streams.ts';

export async function lookWhose(
  client: PostgresClient,
  map: DataMap,
  streams: readonly Stream[],
  context: CallContext,
  { planned, keys }: PrepareInput,
  refusals: Refusals,
): Promise<void> {
  // Of the register's records nobody knows any more whose they were.
  if (keys.length === 0) return;
  const catalogue = await client.transaction(context, (tx) => loadCatalogue(tx, map));
  const queries = new StreamQueries(map, catalogue, keys);
  for (const found of planned.streams) {
    const { no, collection } = found;
    const { table } = collectionOf(map, collection);
    const stream = streams.find(({ description }) => description.no === no && description.collection === collection);
    if (stream === undefined) {
      refusals.add('stream-changed', table);
      continue;
    }
    const to = keyed(catalogue, collection, stream.collection);
    const sql = queries.reachedOf(stream, keyMatch(to));
    for await (const { records } of planned.chunks(found)) {
      const acted = records.filter(({ decision }) => decision.action !== 'keep');
      if (acted.length === 0) continue;
      const [row] = await client.transaction(context, (tx) => tx.query(sql, keyParams(to, acted), table));
      context.progress();
      if (row !== undefined && row[0] === row[1]) continue;
      refusals.add('plan-changed', table);
      break;
    }
  }
}
