/**
 * The ledger's side of masking: where the proposals of each chunk lie, which task reviews a reading, what reviewers changed, and the hash
 * of all of it, which is what is approved. Names of sealed objects, numbers and hashes only.
 */
import type { Selectable } from 'kysely';
import type { DecisionId, RequestId, SystemId, TaskId } from '../ids.ts';
import { canonicalJson, sha256Hex } from '../security/canonical.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { StagedChunk } from './package-facts.ts';
import type { RoundKey } from './rounds.ts';
import type { MaskedChunksTable } from './schema.ts';

/** A stream with this reason is what the person had not seen: nothing of it is given out but through its masks. */
export const maskedReason = 'others-masked';

export type MaskedChunk = Pick<
  Selectable<MaskedChunksTable>,
  'system_id' | 'round' | 'stream_no' | 'chunk_no' | 'object_name' | 'tag' | 'first_record' | 'first_mask' | 'masks'
>;

/** A staged chunk of what is to be masked, in the order of numbering. */
export type ChunkToMask = StagedChunk & { readonly collection: string; readonly fields: readonly string[] };

/** Chunks of a reading that hold what the person had not seen. */
export async function chunksToMask(db: LedgerReader, { requestId, systemId, round }: RoundKey): Promise<ChunkToMask[]> {
  return db
    .selectFrom('chunks as c')
    .innerJoin('streams as s', (join) =>
      join
        .onRef('s.request_id', '=', 'c.request_id')
        .onRef('s.system_id', '=', 'c.system_id')
        .onRef('s.round', '=', 'c.round')
        .onRef('s.stream_no', '=', 'c.stream_no'),
    )
    .select(['c.system_id', 'c.round', 'c.stream_no', 'c.chunk_no', 'c.object_name', 'c.object_offset'])
    .select(['c.count', 'c.plain_bytes', 'c.bytes', 'c.tag', 's.collection', 's.fields'])
    .where('c.request_id', '=', requestId)
    .where('c.system_id', '=', systemId)
    .where('c.round', '=', round)
    .where('c.stage', '=', 'read')
    .where('s.reason', '=', maskedReason)
    .orderBy('c.stream_no')
    .orderBy('c.chunk_no')
    .execute();
}

/** What was proposed in a reading so far, in order. */
export function maskedChunks(db: LedgerReader, { requestId, systemId, round }: RoundKey): Promise<MaskedChunk[]> {
  return db
    .selectFrom('masked_chunks')
    .select([
      'system_id',
      'round',
      'stream_no',
      'chunk_no',
      'object_name',
      'tag',
      'first_record',
      'first_mask',
      'masks',
    ])
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('round', '=', round)
    .orderBy('stream_no')
    .orderBy('chunk_no')
    .execute();
}

export async function addMaskedChunk(trx: LedgerTransaction, requestId: RequestId, chunk: MaskedChunk): Promise<void> {
  await trx
    .insertInto('masked_chunks')
    .values({ request_id: requestId, ...chunk })
    .execute();
}

/** Which task reviews a reading. */
export async function setReview(trx: LedgerTransaction, key: RoundKey, taskId: TaskId): Promise<void> {
  await trx
    .insertInto('mask_reviews')
    .values({ request_id: key.requestId, system_id: key.systemId, round: key.round, task_id: taskId })
    .onConflict((conflict) =>
      conflict
        .columns(['request_id', 'system_id', 'round'])
        .doUpdateSet((it) => ({ task_id: it.ref('excluded.task_id') })),
    )
    .execute();
}

/** The reading that a task reviews. */
export async function reviewedBy(db: LedgerReader, taskId: TaskId): Promise<RoundKey | undefined> {
  const row = await db
    .selectFrom('mask_reviews')
    .select(['request_id', 'system_id', 'round'])
    .where('task_id', '=', taskId)
    .executeTakeFirst();
  return row === undefined ? undefined : { requestId: row.request_id, systemId: row.system_id, round: row.round };
}

/** Readings of a request whose masks a person has approved, with the hash of what that was. */
export async function approvedReviews(
  db: LedgerReader,
  requestId: RequestId,
): Promise<ReadonlyMap<string, string | null>> {
  const rows = await db
    .selectFrom('mask_reviews as m')
    .innerJoin('tasks as t', 't.id', 'm.task_id')
    .select(['m.system_id', 'm.round', 't.about_sha256'])
    .where('m.request_id', '=', requestId)
    .where('t.answer', '=', 'approve')
    .execute();
  return new Map(rows.map((row) => [readingName(row.system_id, row.round), row.about_sha256]));
}

export const readingName = (systemId: SystemId, round: number): string => `${systemId}/${round}`;

export interface StoredChange {
  readonly no: number;
  readonly decisionId: DecisionId;
  readonly sealed: string;
}

export async function storedChanges(db: LedgerReader, key: RoundKey): Promise<readonly StoredChange[]> {
  const rows = await db
    .selectFrom('mask_changes')
    .select(['no', 'decision_id', 'change_sealed'])
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .orderBy('no')
    .execute();
  return rows.map((row) => ({ no: row.no, decisionId: row.decision_id, sealed: row.change_sealed }));
}

export async function addChange(trx: LedgerTransaction, key: RoundKey, change: StoredChange): Promise<void> {
  await trx
    .insertInto('mask_changes')
    .values({
      request_id: key.requestId,
      system_id: key.systemId,
      round: key.round,
      no: change.no,
      decision_id: change.decisionId,
      change_sealed: change.sealed,
    })
    .execute();
}

/** Names proposals and changes together: what a person approves is this and nothing that comes later. */
export async function masksHash(db: LedgerReader, key: RoundKey): Promise<string> {
  const chunks = await maskedChunks(db, key);
  const changes = await storedChanges(db, key);
  return sha256Hex(
    canonicalJson({
      chunks: chunks.map(({ object_name: name, tag }) => [name, tag]),
      changes: changes.map(({ no, decisionId, sealed }) => [no, decisionId, sealed]),
    }),
  );
}
