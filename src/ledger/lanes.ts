/**
 * Lane rows: what one system is at inside one request. Every attempt of a stage takes the lane first; the pair (workflow
 * number, attempt) is its fence: an attempt that was given up for dead can commit nothing any more (`stage-superseded`).
 * Late and older reports change nothing. Each change of state has its audit row in the same transaction.
 */
import { type ErrorCode, HabeasError } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerTransaction } from './open.ts';
import type { LaneState, Stage } from './states.ts';

export interface LaneKey {
  readonly requestId: RequestId;
  readonly systemId: SystemId;
}

/** Who may write for a lane now. */
export interface Fence extends LaneKey {
  readonly workflowSeq: number;
  readonly attempt: number;
}

/** An attempt takes its lane: `running`. Fails with `stage-superseded` where a newer one has it. */
export async function takeLane(trx: LedgerTransaction, fence: Fence, stage: Stage, at: Date): Promise<void> {
  const before = await laneForUpdate(trx, fence);
  const isOld =
    before.workflow_seq > fence.workflowSeq ||
    (before.workflow_seq === fence.workflowSeq && before.attempts > fence.attempt);
  if (isOld) throw new HabeasError('stage-superseded');
  const isNew = before.workflow_seq < fence.workflowSeq;
  const row = await trx
    .updateTable('lanes')
    .set({
      state: 'running',
      stage,
      attempts: fence.attempt,
      workflow_seq: fence.workflowSeq,
      updated_at: at,
      // Why the last try failed stays readable while the next one runs.
      ...(isNew ? { code: null, code_where: null } : {}),
    })
    .where('request_id', '=', fence.requestId)
    .where('system_id', '=', fence.systemId)
    .returning('state')
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('stage-superseded');
  if (before.state === 'running' && before.stage === stage && !isNew) return;
  await auditLane(trx, fence, { state: 'running', stage, code: null }, at);
}

/**
 * Whoever writes for a request locks its row first, then lanes, then the audit chain: in that order nobody waits for
 * somebody who waits for them. `alone` where the caller will also open tasks.
 */
export async function lockRequest(
  trx: LedgerTransaction,
  requestId: RequestId,
  mode: 'shared' | 'alone',
): Promise<void> {
  const row = await trx
    .selectFrom('requests')
    .select('id')
    .where('id', '=', requestId)
    .$if(mode === 'shared', (query) => query.forShare())
    .$if(mode === 'alone', (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: 'request' });
}

/** Locks the lane for the rest of the transaction, and fails with `stage-superseded` unless the fence still has it. */
export async function holdLane(trx: LedgerTransaction, fence: Fence): Promise<void> {
  await lockRequest(trx, fence.requestId, 'shared');
  const row = await trx
    .selectFrom('lanes')
    .select('system_id')
    .where('request_id', '=', fence.requestId)
    .where('system_id', '=', fence.systemId)
    .where('workflow_seq', '=', fence.workflowSeq)
    .where('attempts', '=', fence.attempt)
    .where('state', '=', 'running')
    .forShare()
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('stage-superseded');
}

/** A stage has ended well: the lane waits after it, or is done. */
export async function restLane(
  trx: LedgerTransaction,
  fence: Fence,
  to: {
    readonly state: 'waiting' | 'done';
    readonly stage: Stage;
    readonly locatedSealed?: string;
    /** What the system says stands against going on; kept for whoever looks why the lane stops. */
    readonly refusal?: { readonly code: ErrorCode; readonly where: string } | undefined;
  },
  at: Date,
): Promise<void> {
  await lockRequest(trx, fence.requestId, 'shared');
  const row = await trx
    .updateTable('lanes')
    .set({
      state: to.state,
      stage: to.stage,
      code: to.refusal?.code ?? null,
      code_where: to.refusal?.where ?? null,
      updated_at: at,
      ...(to.locatedSealed === undefined ? {} : { located_sealed: to.locatedSealed }),
    })
    .where('request_id', '=', fence.requestId)
    .where('system_id', '=', fence.systemId)
    .where('workflow_seq', '=', fence.workflowSeq)
    .where('attempts', '=', fence.attempt)
    .returning('state')
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('stage-superseded');
  await auditLane(trx, fence, { state: to.state, stage: to.stage, code: to.refusal?.code ?? null }, at);
}

/** Why the attempt in hand failed; the lane stays as it is until the workflow parks it or the next attempt takes it. */
export async function noteFailure(
  trx: LedgerTransaction,
  fence: Fence,
  failure: { readonly code: ErrorCode; readonly where: string | undefined },
  at: Date,
): Promise<void> {
  await trx
    .updateTable('lanes')
    .set({ code: failure.code, code_where: failure.where ?? null, updated_at: at })
    .where('request_id', '=', fence.requestId)
    .where('system_id', '=', fence.systemId)
    .where('workflow_seq', '=', fence.workflowSeq)
    .where('attempts', '=', fence.attempt)
    .where('state', '=', 'running')
    .execute();
}

/** The workflow's word on a lane. Ignored where the ledger has heard a newer one. Returns the tries so far. */
export async function setLane(
  trx: LedgerTransaction,
  lane: LaneKey & {
    readonly state: LaneState;
    readonly stage: Stage | null;
    readonly code: ErrorCode | null;
    readonly workflowSeq: number;
  },
  at: Date,
): Promise<{ attempts: number }> {
  const before = await laneForUpdate(trx, lane);
  if (before.workflow_seq >= lane.workflowSeq) return { attempts: before.attempts };
  const row = await trx
    .updateTable('lanes')
    .set({
      state: lane.state,
      stage: lane.stage,
      code: lane.code,
      // The place belongs to the failure that parked it.
      code_where: lane.code !== null && lane.code === before.code ? before.code_where : null,
      attempts: lane.state === 'parked' ? before.attempts : 0,
      workflow_seq: lane.workflowSeq,
      updated_at: at,
    })
    .where('request_id', '=', lane.requestId)
    .where('system_id', '=', lane.systemId)
    .returning('state')
    .executeTakeFirst();
  if (row !== undefined) await auditLane(trx, lane, lane, at);
  return { attempts: before.attempts };
}

async function laneForUpdate(trx: LedgerTransaction, key: LaneKey) {
  await lockRequest(trx, key.requestId, 'shared');
  const row = await trx
    .selectFrom('lanes')
    .select(['state', 'stage', 'code', 'code_where', 'attempts', 'workflow_seq'])
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: key.systemId });
  return row;
}

async function auditLane(
  trx: LedgerTransaction,
  { requestId, systemId }: LaneKey,
  to: { readonly state: LaneState; readonly stage: Stage | null; readonly code: ErrorCode | null },
  at: Date,
): Promise<void> {
  const body = { system: systemId, state: to.state, stage: to.stage, code: to.code };
  await appendAudit(trx, { requestId, kind: 'lane', body, at });
}
