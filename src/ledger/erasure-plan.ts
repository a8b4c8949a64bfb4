/**
 * How the plan of one round gets into the ledger: decision chunks beside the chunks of facts, one to one, the decisions they
 * name, and in the same transaction what becomes of records that nothing is done to. A plan goes on after its last row under
 * the policy it was begun with; under another it is begun anew. Erased, anonymised and absent are counted by effects only.
 */
import { sql } from 'kysely';
import { HabeasError } from '../errors.ts';
import { addDecisions, decisionsOf, type NumberedDecision } from './erasure-decisions.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';
import { isCounted } from './streams.ts';

/** One decision chunk that is stored. */
export interface DecidedChunk {
  readonly streamNo: number;
  readonly chunkNo: number;
  readonly objectName: string;
  readonly offset: number;
  readonly count: number;
  readonly plainBytes: number;
  readonly bytes: number;
  readonly tag: string;
  /** Records by the number of their decision. */
  readonly counts: ReadonlyMap<number, number>;
}

/** Begins a plan (true), or goes on with one of the same policy; what was begun under another is forgotten. */
export async function beginPlan(trx: LedgerTransaction, key: RoundKey, policySha256: string): Promise<boolean> {
  const { policy_sha256: before } = await roundOf(trx, key);
  if (before === policySha256) return false;
  if (before !== null)
    await sql`select habeas_forget_plan(${key.requestId}, ${key.systemId}, ${key.round})`.execute(trx);
  await trx
    .updateTable('rounds')
    .set({ policy_sha256: policySha256 })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .execute();
  return before === null;
}

/** Chunks with a row, as `stream/chunk`, and the names of their objects. */
export async function decidedChunks(
  db: LedgerReader,
  key: RoundKey,
): Promise<{ readonly places: ReadonlySet<string>; readonly objects: ReadonlySet<string> }> {
  const rows = await db
    .selectFrom('chunks')
    .select(['stream_no', 'chunk_no', 'object_name'])
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('stage', '=', 'plan')
    .where('round', '=', key.round)
    .execute();
  return {
    places: new Set(rows.map((row) => `${row.stream_no}/${row.chunk_no}`)),
    objects: new Set(rows.map((row) => row.object_name)),
  };
}

/** Adds decided chunks with decisions that are new; `decisions` has every decision they name. */
export async function addDecided(
  trx: LedgerTransaction,
  key: RoundKey,
  added: {
    readonly chunks: readonly DecidedChunk[];
    readonly fresh: readonly NumberedDecision[];
    readonly decisions: ReadonlyMap<number, NumberedDecision>;
  },
): Promise<void> {
  const { chunks, fresh, decisions } = added;
  await addDecisions(trx, key, fresh);
  const place = { request_id: key.requestId, system_id: key.systemId, round: key.round };
  await trx
    .insertInto('chunks')
    .values(
      chunks.map((chunk) => ({
        ...place,
        stream_no: chunk.streamNo,
        stage: 'plan' as const,
        chunk_no: chunk.chunkNo,
        object_name: chunk.objectName,
        object_offset: chunk.offset,
        count: chunk.count,
        plain_bytes: chunk.plainBytes,
        bytes: chunk.bytes,
        tag: chunk.tag,
        as_of: null,
        cursor_sealed: null,
      })),
    )
    .execute();
  const rows = chunks.flatMap(({ streamNo, chunkNo, counts }) =>
    [...counts].flatMap(([no, count]) => {
      const { decision } = decisions.get(no) ?? unknown();
      const { disposition, reason, until, detached } = decision;
      if (disposition === 'erased' || disposition === 'anonymised') return [];
      const evidence = disposition === 'expiring' ? ('pending' as const) : ('none' as const);
      const of = { stream_no: streamNo, chunk_no: chunkNo, right: 'erasure' as const, decision_no: no };
      return [{ ...place, ...of, disposition, reason, evidence, count, until, detached }];
    }),
  );
  for (let from = 0; from < rows.length; from += 1000)
    await trx
      .insertInto('dispositions')
      .values(rows.slice(from, from + 1000))
      .execute();
  await count(trx, key, chunks);
}

/** With the rows that are counted, so that nothing is counted twice. */
async function count(trx: LedgerTransaction, key: RoundKey, chunks: readonly DecidedChunk[]): Promise<void> {
  const sums = new Map<number, number>();
  for (const { counts } of chunks) for (const [no, one] of counts) sums.set(no, (sums.get(no) ?? 0) + one);
  await sql`
    update decisions d set count = d.count + e.count
    from unnest(${[...sums.keys()]}::int[], ${[...sums.values()]}::bigint[]) as e (no, count)
    where d.request_id = ${key.requestId} and d.system_id = ${key.systemId} and d.round = ${key.round} and d.no = e.no
  `.execute(trx);
}

/** Sums of a finished plan; `internal` where it does not cover every record that counts. */
export async function finishPlan(
  trx: LedgerTransaction,
  key: RoundKey,
  at: Date,
): Promise<readonly NumberedDecision[]> {
  const decisions = await decisionsOf(trx, key);
  const { rows } = await sql<{ found: number | null }>`
    select sum(s.found)::bigint as found from streams s left join tasks t on t.id = s.task_id
    where s.request_id = ${key.requestId} and s.system_id = ${key.systemId} and s.round = ${key.round}
      and ${isCounted}`.execute(trx);
  const decided = decisions.reduce((sum, one) => sum + one.count, 0);
  if (decided !== (rows[0]?.found ?? 0)) throw new HabeasError('internal', { where: 'plan' });
  await trx
    .updateTable('rounds')
    .set({ planned_at: at })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('planned_at', 'is', null)
    .execute();
  return decisions;
}

async function roundOf(trx: LedgerTransaction, key: RoundKey) {
  return trx
    .selectFrom('rounds')
    .select('policy_sha256')
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
}

function unknown(): never {
  throw new HabeasError('internal', { where: 'decision' });
}
