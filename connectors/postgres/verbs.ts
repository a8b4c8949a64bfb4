/**
 * What the verbs share (restrict.ts, rectify.ts, suppress.ts): one update by key and chunk, in a transaction that is rolled back where the
 * server changed anything else (collateral.ts), then a fresh look with the login that reads. Idempotent: a second run makes the
 * same of the same rows. A row that is another person's by now is passed by and counted as absent. Memory: one chunk.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, DeedChunk, DeedInput, RecordRef } from '../contract.ts';
import type { Pacer } from '../pacer.ts';
import { Params } from './anonymise.ts';
import { type Catalogue, columnIn, loadCatalogue, tableOf } from './catalogue.ts';
import type { PostgresClient, Transaction } from './client.ts';
import { Guard, type Watched, watch } from './collateral.ts';
import type { Collection, DataMap } from './data-map.ts';
import { loadEraseCatalogue } from './erase-catalogue.ts';
import { type Hands, handsOf } from './hands.ts';
import { castOf, type Keyed, keyed, keyMatch, keyParams, keyReturned, returnedKeys } from './key-batch.ts';
import { collectionOf, ident } from './sql.ts';
import { streamsOf } from './streams.ts';
import type { Value } from './verb-map.ts';

export interface VerbDependencies {
  /** Of the login that reads: what was done is looked at with other eyes. */
  readonly client: PostgresClient;
  /** Of the login that may change. */
  readonly eraser: PostgresClient;
  readonly map: DataMap;
  readonly pacer: Pacer;
}

/** What each column of a collection is made; empty: the data map does not say. */
export type ValuesOf = (collection: Collection) => Readonly<Record<string, Value>>;

/** Does one deed with everything in the input. */
export async function doVerb(
  deps: VerbDependencies,
  context: CallContext,
  input: Omit<DeedInput, 'deed'>,
  valuesOf: ValuesOf,
): Promise<void> {
  const { map, eraser, client, pacer } = deps;
  const live = await eraser.transaction(context, async (tx) => {
    const catalogue = await loadCatalogue(tx, map);
    return { catalogue, watched: await watch(tx, await loadEraseCatalogue(tx, map)) };
  });
  const known = streamsOf(map);
  for await (const chunk of input.chunks) {
    await pacer.ready(context.signal);
    context.signal.throwIfAborted();
    const { stream } = chunk;
    const is = known.find(
      ({ description }) => description.no === stream.no && description.collection === stream.collection,
    );
    const hands = is === undefined ? undefined : handsOf(map, live.catalogue, input.keys, is);
    const work = workOf(map, live.catalogue, chunk, valuesOf, hands);
    const changed = await eraser.transaction(context, (tx) => change(tx, live.watched, work, chunk));
    const seen = await client.transaction(context, (tx) => look(tx, work, chunk));
    if (seen.done !== seen.there) throw new HabeasError('deed-not-kept', { where: work.to.collection.table });
    // Whoever deleted a row between the two has made it absent; one that came back under its key is there.
    pacer.charge(chunk.keys.length);
    await input.outcome(chunk, {
      done: Math.min(changed, seen.there),
      absent: chunk.keys.length - Math.min(changed, seen.there),
    });
    context.progress();
  }
}

interface Work {
  readonly to: Keyed;
  readonly assignments: readonly { readonly column: ReturnType<typeof columnIn>; readonly value: Value }[];
  readonly hands: Hands | undefined;
}

function workOf(
  map: DataMap,
  catalogue: Catalogue,
  { stream }: DeedChunk,
  valuesOf: ValuesOf,
  hands: Hands | undefined,
): Work {
  const collection = collectionOf(map, stream.collection);
  const table = tableOf(catalogue, collection);
  const assignments = Object.entries(valuesOf(collection)).map(([name, value]) => ({
    column: columnIn(table, name),
    value,
  }));
  if (assignments.length === 0) throw new HabeasError('deed-undeclared', { where: collection.table });
  return { to: keyed(catalogue, stream.collection, collection), assignments, hands };
}

/** How many rows the server says it changed; each of them was asked for. */
async function change(tx: Transaction, watched: Watched, work: Work, { keys }: DeedChunk): Promise<number> {
  const { to } = work;
  const guard = await Guard.begin(tx, watched);
  const params = new Params(keyParams(to, recordsOf(keys)));
  const { join, where } = rows(work, params);
  const set = work.assignments.map(
    ({ column, value }) => `${ident(column.name)} = ${newValueOf(params, column, value)}`,
  );
  const { returning, cell } = keyReturned(to);
  const source = join === '' ? '' : `FROM ${join} `;
  const [row] = await tx.query(
    `WITH done AS (UPDATE ${to.quoted} AS r SET ${set.join(', ')} ${source}WHERE ${where} RETURNING ${returning}) ` +
      `SELECT ${cell} FROM done`,
    params.values,
    to.collection.table,
  );
  const changed = returnedKeys(to, row?.[0] ?? null).length;
  if (changed > keys.length) throw new HabeasError('collateral-damage', { where: to.collection.table });
  guard.meant(to.collection.table, 'updated', changed);
  await guard.check();
  return changed;
}

/** A new snapshot, another login. */
async function look(
  tx: Transaction,
  work: Work,
  { keys }: DeedChunk,
): Promise<{ readonly there: number; readonly done: number }> {
  const { to } = work;
  const params = new Params(keyParams(to, recordsOf(keys)));
  const { join, where } = rows(work, params);
  const done = work.assignments.map(({ column, value }) => isSo(params, column, value));
  const [row] = await tx.query(
    `SELECT pg_catalog.count(*)::text, (pg_catalog.count(*) FILTER (WHERE ${done.join(' AND ')}))::text ` +
      `FROM ${to.quoted} AS r${join === '' ? '' : `, ${join}`} WHERE ${where}`,
    params.values,
    to.collection.table,
  );
  return { there: Number(row?.[0] ?? 0), done: Number(row?.[1] ?? 0) };
}

function rows({ to, hands }: Work, params: Params): { readonly join: string; readonly where: string } {
  const { join, where } = keyMatch(to);
  return { join, where: hands === undefined ? where : `${where} AND NOT ${hands(params, {})}` };
}

type Assigned = Work['assignments'][number]['column'];

function newValueOf(params: Params, column: Assigned, value: Value): string {
  if (value === null) return 'NULL';
  // Since when it was so stays what it was.
  if (typeof value === 'object') return `COALESCE(r.${ident(column.name)}, pg_catalog.now())`;
  return params.add(String(value), castOf(column));
}

function isSo(params: Params, column: Assigned, value: Value): string {
  const name = `r.${ident(column.name)}`;
  if (value !== null && typeof value === 'object') return `${name} IS NOT NULL`;
  return `${name} IS NOT DISTINCT FROM ${newValueOf(params, column, value)}`;
}

const recordsOf = (keys: readonly RecordRef['key'][]) => keys.map((key) => ({ key }));
