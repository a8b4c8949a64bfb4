/**
 * Streams of a read round: the records of one collection that share class, owner, role and path, with what policy decided
 * of them. `found` stays null until the stream was read to its end; an unanswered stream never balances.
 */
import { sql } from 'kysely';
import type { Grant, StreamDescription } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import type { TaskId } from '../ids.ts';
import { canonicalJson } from '../security/canonical.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';
import type { Disposition, DispositionReason, Right } from './states.ts';

/** Of a stream `s` left-joined with its question `t`: whether its records count. A scan's candidates do once a person accepted them. */
export const isCounted = sql<boolean>`(not s.is_candidate or t.answer = 'accept')`;

export interface StreamKey extends RoundKey {
  readonly streamNo: number;
}

/** What may be read of a stream for a right. Of access policy has decided the whole stream; of the others nothing yet. */
export interface StreamDecision {
  readonly right: Right;
  readonly grant: Grant;
  readonly disposition: Extract<Disposition, 'exported' | 'withheld' | 'referred'> | null;
  readonly reason: DispositionReason | null;
}

/** A stream with what policy decided of it. */
export interface DecidedStream {
  readonly description: StreamDescription;
  readonly decision: StreamDecision;
}

/**
 * Announces streams, or finds them again; returns the numbers of those that were known, and whether they were read to
 * their end. Fails with `stream-changed` where the same number now is another stream.
 */
export async function announceStreams(
  trx: LedgerTransaction,
  key: RoundKey,
  streams: readonly DecidedStream[],
): Promise<ReadonlyMap<number, 'begun' | 'read'>> {
  const none = new Map<number, 'begun' | 'read'>();
  if (streams.length === 0) return none;
  const rows = streams.map(({ description, decision }) => ({
    request_id: key.requestId,
    system_id: key.systemId,
    round: key.round,
    stream_no: description.no,
    right: decision.right,
    collection: description.collection,
    record_class: description.recordClass,
    owner_kind: description.owner,
    role: description.role,
    disposition: decision.disposition,
    reason: decision.reason,
    fields: JSON.stringify(decision.grant.fields),
    found: null,
    as_of: null,
    is_candidate: description.isCandidate === true,
    reached_by: description.reachedBy ?? null,
    // What later stages hand the connector.
    description: decision.disposition === null ? canonicalJson({ ...description }) : null,
  }));
  const added = await trx
    .insertInto('streams')
    .values(rows)
    .onConflict((target) => target.columns(['request_id', 'system_id', 'round', 'stream_no']).doNothing())
    .returning('stream_no')
    .execute();
  if (added.length === rows.length) return none;
  const known = await trx
    .selectFrom('streams')
    .selectAll()
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where(
      'stream_no',
      'in',
      rows.map((row) => row.stream_no),
    )
    .execute();
  for (const row of rows) {
    const found = known.find((one) => one.stream_no === row.stream_no);
    const isSame =
      found !== undefined &&
      found.collection === row.collection &&
      found.record_class === row.record_class &&
      found.owner_kind === row.owner_kind &&
      found.role === row.role &&
      found.disposition === row.disposition &&
      found.reason === row.reason &&
      found.is_candidate === row.is_candidate &&
      found.reached_by === row.reached_by &&
      found.right === row.right &&
      found.description === row.description &&
      JSON.stringify(found.fields) === row.fields;
    // A chunk holds records of one decision only: a data map changed between two attempts must not mix them.
    if (!isSame) throw new HabeasError('stream-changed', { where: row.collection });
  }
  const fresh = new Set(added.map((row) => row.stream_no));
  const old = known.filter((row) => !fresh.has(row.stream_no));
  return new Map(old.map((row) => [row.stream_no, row.found === null ? 'begun' : 'read']));
}

export interface StreamEnd {
  readonly streamNo: number;
  readonly asOf: Date;
  /** Of a stream of candidates: the task that asks whether they are the subject's. */
  readonly taskId: TaskId | null;
}

/** Streams were read to their end: what the ledger counts of their chunks is what was found. */
export async function endStreams(trx: LedgerTransaction, key: RoundKey, ends: readonly StreamEnd[]): Promise<void> {
  if (ends.length === 0) return;
  const numbers = ends.map(({ streamNo }) => streamNo);
  const instants = ends.map(({ asOf }) => asOf.toISOString());
  const tasks = ends.map(({ taskId }) => taskId);
  await sql`
    update streams s
    set as_of = e.as_of,
      task_id = e.task_id,
      found = (
        select coalesce(sum(c.count), 0)::bigint from chunks c
        where c.request_id = s.request_id and c.system_id = s.system_id and c.stage = 'read'
          and c.round = s.round and c.stream_no = s.stream_no
      )
    from unnest(${numbers}::int[], ${instants}::timestamptz[], ${tasks}::text[]) as e (stream_no, as_of, task_id)
    where s.request_id = ${key.requestId} and s.system_id = ${key.systemId} and s.round = ${key.round}
      and s.stream_no = e.stream_no`.execute(trx);
}

/** Streams that were announced and not read to their end. */
export async function begunStreams(db: LedgerReader, key: RoundKey): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('streams')
    .select('stream_no')
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('found', 'is', null)
    .orderBy('stream_no')
    .execute();
  return rows.map((row) => row.stream_no);
}

/** How many streams of candidates a round has. */
export async function countCandidateStreams(trx: LedgerTransaction, key: RoundKey): Promise<number> {
  const row = await trx
    .selectFrom('streams')
    .select(sql<number>`count(*)`.as('count'))
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('is_candidate', '=', true)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** What a round holds so far; `found` counts candidates only where a person accepted them. */
export async function countRound(
  trx: LedgerTransaction,
  key: RoundKey,
): Promise<{ streams: number; chunks: number; found: number }> {
  const { rows } = await sql<{ streams: number; chunks: number; found: number }>`
    select count(*) as streams,
      coalesce(sum(c.chunks), 0)::bigint as chunks,
      coalesce(sum(c.found) filter (where ${isCounted}), 0)::bigint as found
    from streams s
    left join tasks t on t.id = s.task_id
    left join lateral (
      select count(*) as chunks, sum(c.count) as found from chunks c
      where c.request_id = s.request_id and c.system_id = s.system_id and c.stage = 'read'
        and c.round = s.round and c.stream_no = s.stream_no
    ) c on true
    where s.request_id = ${key.requestId} and s.system_id = ${key.systemId} and s.round = ${key.round}`.execute(trx);
  return rows[0] ?? { streams: 0, chunks: 0, found: 0 };
}

/** The questions that a round's streams of candidates ask. */
export async function candidateTasks(db: LedgerReader, key: RoundKey): Promise<ReadonlySet<TaskId>> {
  const rows = await db
    .selectFrom('streams')
    .select('task_id')
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .where('task_id', 'is not', null)
    .execute();
  return new Set(rows.flatMap(({ task_id: taskId }) => (taskId === null ? [] : [taskId])));
}
