/**
 * Reads back every planned record by its key, with the login that only reads: what should be gone must not be there, what
 * should have changed must hold nothing of the subject as far as that can be told without the old value (anonymise.ts says
 * of each strategy how), what should be kept must be there. Counts only; changes nothing; one chunk and one snapshot at a time.
 */
import type { CallContext, PlannedChunk, PlannedRecord, VerifyInput } from '../contract.ts';
import type { Pacer } from '../pacer.ts';
import { isDone, Params } from './anonymise.ts';
import { loadCatalogue } from './catalogue.ts';
import type { PostgresClient, Transaction } from './client.ts';
import type { DataMap } from './data-map.ts';
import { loadEraseCatalogue } from './erase-catalogue.ts';
import { partOf, Targets } from './erase-target.ts';
import { keyMatch, keyParams } from './key-batch.ts';

export interface VerifyDependencies {
  /** Of the login that reads. */
  readonly client: PostgresClient;
  readonly map: DataMap;
  readonly pacer: Pacer;
}

type Found = Parameters<VerifyInput['found']>[1][number];

/** See the contract. */
export async function verify(deps: VerifyDependencies, context: CallContext, input: VerifyInput): Promise<void> {
  const { client, map, pacer } = deps;
  const targets = await client.transaction(context, async (tx) =>
    Targets.load(tx, map, await loadCatalogue(tx, map), await loadEraseCatalogue(tx, map), input.keys),
  );
  for (const stream of input.planned.streams) {
    if (partOf(map, stream) !== input.part) continue;
    for await (const chunk of input.planned.chunks(stream)) {
      await pacer.ready(context.signal);
      const found = await client.transaction(context, (tx) => readBack(tx, targets, chunk));
      pacer.charge(chunk.records.length);
      await input.found(chunk, found);
      context.progress();
    }
  }
}

async function readBack(tx: Transaction, targets: Targets, chunk: PlannedChunk): Promise<readonly Found[]> {
  const results: Found[] = [];
  const say = (decision: number, found: Found['found'], count: number): void => {
    if (count > 0) results.push({ decision, found, count });
  };
  for (const records of alike(chunk.records)) {
    const [first] = records;
    if (first === undefined) continue;
    const { action, no } = first.decision;
    const { there, done } = await look(tx, targets, chunk.stream.collection, records);
    const missing = records.length - there;
    if (action === 'keep') {
      say(no, 'kept', there);
      say(no, 'missing', missing);
    } else if (action === 'delete') {
      say(no, 'gone', missing);
      say(no, 'residue', there);
    } else {
      say(no, 'changed', done);
      say(no, 'residue', there - done);
      say(no, 'gone', missing);
    }
  }
  return results;
}

/** By decision: what is looked for is the same, whoever took a workspace over. */
function alike(records: readonly PlannedRecord[]): Iterable<readonly PlannedRecord[]> {
  const groups = new Map<number, PlannedRecord[]>();
  for (const record of records) {
    const group = groups.get(record.decision.no) ?? [];
    group.push(record);
    groups.set(record.decision.no, group);
  }
  return groups.values();
}

async function look(
  tx: Transaction,
  targets: Targets,
  collection: string,
  records: readonly PlannedRecord[],
): Promise<{ readonly there: number; readonly done: number }> {
  const to = targets.keyed(collection);
  const params = new Params(keyParams(to, records));
  const { join, where } = keyMatch(to);
  const [first] = records;
  const changes = first?.decision.action === 'anonymise' || first?.decision.action === 'detach';
  // A field that this login may not read (a password hash) cannot be read back by it.
  const conditions = changes
    ? targets
        .changing(collection, first.decision.fields, first.set)
        .filter(({ live }) => live.maySelect)
        .flatMap((changing) => isDone(changing, params) ?? [])
    : [];
  const done = conditions.length === 0 ? 'true' : conditions.join(' AND ');
  const [row] = await tx.query(
    `SELECT pg_catalog.count(*)::text, (pg_catalog.count(*) FILTER (WHERE ${done}))::text ` +
      `FROM ${to.quoted} AS r${join === '' ? '' : `, ${join}`} WHERE ${where}`,
    params.values,
    to.collection.table,
  );
  return { there: Number(row?.[0] ?? 0), done: Number(row?.[1] ?? 0) };
}
