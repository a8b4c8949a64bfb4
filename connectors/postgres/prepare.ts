/**
 * Whether a plan can be carried out, before anything is: asks the live schema, the rows and the erasing login, and tells
 * everything that stands against it at once. All of it in a transaction that is rolled back; what is tried leaves nothing.
 */
import type { CallContext, PrepareInput, PrepareReport } from '../contract.ts';
import { type Catalogue, loadCatalogue, tableOf } from './catalogue.ts';
import type { PostgresClient, Transaction } from './client.ts';
import type { DataMap } from './data-map.ts';
import { type EraseCatalogue, loadEraseCatalogue } from './erase-catalogue.ts';
import { Targets, worksOf } from './erase-target.ts';
import { orderOf } from './order.ts';
import { type Handover, handoversOf, lookAtRows, lookAtSuccessors, PlanTables } from './prepare-rows.ts';
import { lookAtSchema } from './prepare-schema.ts';
import { Samples, tryOut } from './prepare-trial.ts';
import { lookWhose } from './prepare-whose.ts';
import { Refusals } from './refusals.ts';
import { collectionOf } from './sql.ts';
import { type Stream, streamsOf } from './streams.ts';

export interface PrepareDependencies {
  readonly client: PostgresClient;
  readonly eraser: PostgresClient;
  readonly map: DataMap;
  /** The data map's own (streams.ts) unless given. */
  readonly streams?: readonly Stream[];
}

/** See the contract. */
export async function prepare(
  { client, eraser, map, streams = streamsOf(map) }: PrepareDependencies,
  context: CallContext,
  input: PrepareInput,
): Promise<PrepareReport> {
  const refusals = new Refusals();
  const reading = await client.transaction(context, (tx) => loadEraseCatalogue(tx, map));
  await eraser.rehearse(context, async (tx) => {
    const catalogue = await loadCatalogue(tx, map);
    const live = await loadEraseCatalogue(tx, map);
    if (!isSameDatabase(reading, live)) refusals.add('erase-login-elsewhere', 'settings.eraseUrl');
    declared(map, catalogue, input, refusals);
    // Without these nothing more can be asked.
    if (refusals.list.length > 0) return;
    await look(tx, map, catalogue, live, context, input, refusals);
  });
  // Where the schema stands against it already, whose rows they are would be asked of tables that may not even be there.
  if (refusals.list.length === 0) await lookWhose(client, map, streams, context, input, refusals);
  return { refusals: refusals.list };
}

/** The oids of tables are a database's own. A replica has its primary's. */
function isSameDatabase(reading: EraseCatalogue, erasing: EraseCatalogue): boolean {
  return [...reading.tables.values()].every(({ name, oid }) => erasing.tables.get(name)?.oid === oid);
}

function declared(map: DataMap, catalogue: Catalogue, { planned }: PrepareInput, refusals: Refusals): void {
  for (const name of new Set(planned.streams.map(({ collection }) => collection))) {
    const collection = map.collections[name];
    if (collection === undefined) refusals.add('stream-changed', name);
    else if (collection.erase === undefined) refusals.add('erasure-undeclared', collection.table);
    else refusals.collect(() => tableOf(catalogue, collection));
  }
}

async function look(
  tx: Transaction,
  map: DataMap,
  catalogue: Catalogue,
  live: EraseCatalogue,
  context: CallContext,
  input: PrepareInput,
  refusals: Refusals,
): Promise<void> {
  const targets = await Targets.load(tx, map, catalogue, live, input.keys);
  const plans = new PlanTables(tx, targets);
  const samples = new Samples();
  const handovers: Handover[] = [];
  const works = await worksOf(map, input.planned, async (stream, records) => {
    if (live.mayTemp) await plans.add(stream, records);
    samples.add(stream, records);
    for (const decision of new Set(records.map((one) => one.decision)))
      refusals.collect(() => targets.changing(stream.collection, decision.fields));
    handovers.push(...handoversOf(map, targets, stream, records, refusals));
    context.progress();
  });
  const order = orderOf(works, live.foreignKeys);
  lookAtSchema({ map, live, targets, works, order }, refusals);
  await lookAtTombstone(tx, map, targets, input, works, refusals);
  await lookAtSuccessors(tx, map, targets, input.keys, handovers, refusals);
  if (live.mayTemp) {
    await plans.analyse();
    await lookAtRows(tx, { map, live, targets, works, plans }, refusals);
    context.progress();
  }
  const letsGo = (collection: string): readonly string[] => [
    ...new Set(
      order.first.filter(({ work }) => work.collection === collection).flatMap(({ foreignKey }) => foreignKey.clears),
    ),
  ];
  // Without the row that references fall to, every trial would fail for that.
  if (!refusals.has('tombstone-missing')) await tryOut(tx, targets, samples, letsGo, refusals);
}

/** Somebody must be there to whom references fall, and it must not be the subject. */
async function lookAtTombstone(
  tx: Transaction,
  map: DataMap,
  targets: Targets,
  { keys }: PrepareInput,
  works: Awaited<ReturnType<typeof worksOf>>,
  refusals: Refusals,
): Promise<void> {
  const falls = works.some(({ collection, clears }) =>
    [...clears].some((field) => ['tombstone', 'successor'].includes(wordOf(map, collection, field))),
  );
  const row = targets.tombstone();
  const { table } = collectionOf(map, map.subject);
  const isSubject = keys.some(
    ({ collection, key }) =>
      collection === map.subject && key.every(([name, value]) => map.tombstone?.[name] === value),
  );
  if (isSubject) refusals.add('tombstone-missing', table);
  if (!falls) return;
  if (row === undefined || (await tx.query(row.sql, row.params, row.where)).length === 0)
    refusals.add('tombstone-missing', table);
}

function wordOf(map: DataMap, collection: string, field: string): string {
  const strategy = collectionOf(map, collection).erase?.fields?.[field];
  return typeof strategy === 'string' ? strategy : '';
}
