/**
 * What a person approves, as one hash: every planned round of a pass, its decisions, the list of decision chunks with their tags,
 * the policy they were made under, and who was named for workspaces. Canonical JSON of ledger rows, so that anybody who has them
 * computes the same; the names themselves go in by the hash of their sealed bytes.
 */

import type { SystemId } from '../ids.ts';
import { canonicalJson, type JsonValue, sha256Hex } from '../security/canonical.ts';
import { erasureRounds } from './erasure-rounds.ts';
import type { LedgerReader } from './open.ts';
import type { PassKey } from './plan-versions.ts';

export interface PassPlan {
  readonly sha256: string;
  readonly policySha256: string;
  readonly rounds: readonly (readonly [systemId: SystemId, round: number])[];
}

/** The plan of a pass as it stands now; undefined where no round of it is planned. */
export async function passPlan(db: LedgerReader, { requestId, pass }: PassKey): Promise<PassPlan | undefined> {
  const all = await erasureRounds(db, { requestId, pass });
  const planned = all.filter((one) => one.planned_at !== null && !one.by_hand);
  if (planned.length === 0) return undefined;
  const rounds = planned.map((one) => [one.system_id, one.round] as const);
  const policySha256 = sha256Hex(canonicalJson(planned.map((one) => one.policy_sha256)));
  const parts: JsonValue[] = [];
  for (const [systemId, round] of rounds) {
    const of = { requestId, systemId, round };
    parts.push([systemId, round, await decisionRows(db, of), await chunkRows(db, of), await named(db, of)]);
  }
  return {
    sha256: sha256Hex(canonicalJson(['habeas plan v1', requestId, pass, policySha256, parts])),
    policySha256,
    rounds,
  };
}

interface OfRound {
  readonly requestId: PassKey['requestId'];
  readonly systemId: SystemId;
  readonly round: number;
}

/** Decisions that were added after the plan cover no record of it and are no part of it. */
async function decisionRows(db: LedgerReader, { requestId, systemId, round }: OfRound): Promise<JsonValue> {
  const rows = await db
    .selectFrom('decisions')
    .select(['no', 'collection', 'record_class', 'action', 'disposition', 'reason', 'ground', 'exception', 'refusal'])
    .select(['kept_by', 'until', 'fields', 'count'])
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('round', '=', round)
    .where('count', '>', 0)
    .orderBy('no')
    .execute();
  return rows.map((row) => ({ ...row }));
}

async function chunkRows(db: LedgerReader, { requestId, systemId, round }: OfRound): Promise<JsonValue> {
  const rows = await db
    .selectFrom('chunks')
    .select(['stream_no', 'chunk_no', 'object_name', 'object_offset', 'tag', 'count'])
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('round', '=', round)
    .where('stage', '=', 'plan')
    .orderBy('stream_no')
    .orderBy('chunk_no')
    .execute();
  return rows.map((row) => Object.values(row));
}

async function named(db: LedgerReader, { requestId, systemId }: OfRound): Promise<JsonValue> {
  const rows = await db
    .selectFrom('successors as s')
    .innerJoin('sealed_objects as o', 'o.name', 's.named_sealed')
    .select(['s.task_id', 'o.bytes'])
    .where('s.request_id', '=', requestId)
    .where('s.system_id', '=', systemId)
    .where('s.refused_at', 'is', null)
    .orderBy('s.task_id')
    .execute();
  return rows.map(({ task_id: taskId, bytes }) => [taskId, sha256Hex(bytes)]);
}
