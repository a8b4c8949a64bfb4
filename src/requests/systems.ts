/**
 * Stopping and resuming a system. A stopped system has one open incident; the stage wrapper reads it before each stage
 * and chunk, so nothing is called from the next chunk on. Resuming closes it and writes, for every lane that parked for
 * it, a decision of the same person with the request's next number, the earliest due first, so that each workflow wakes.
 * Refuses with `system-not-configured`, `system-paused-already`, `system-not-paused`, `person-…`, `reason-needed`.
 */
import { HabeasError } from '../errors.ts';
import { type DecisionId, type IncidentId, type KeyId, newId, type RequestId, type SystemId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { sqlState } from '../ledger/failures.ts';
import { ledgerId } from '../ledger/migrate.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { finalStates } from '../ledger/states.ts';
import { closeTask, openTaskIds } from '../ledger/tasks.ts';
import { authorise, type SignedBy } from './people.ts';
import {
  type DecisionDeps,
  insertDecision,
  lockRequest,
  type Prepared,
  prepareDecision,
  reasonGiven,
  storeDecision,
} from './record.ts';

export interface SystemDecision {
  readonly systemId: SystemId;
  readonly reason?: string | undefined;
  readonly signedBy: SignedBy | undefined;
}

/** Stops a system. Its lanes park with `system-paused` when they next look. */
export async function pauseSystem(
  deps: DecisionDeps,
  given: SystemDecision,
): Promise<{ systemId: SystemId; incidentId: IncidentId; decisionId: DecisionId }> {
  const prepared = await prepareForSystem(deps, given, 'stop', reasonGiven(given.reason));
  const incidentId = newId('incident');
  try {
    await deps.ledger.db.transaction().execute(async (trx) => {
      await trx
        .insertInto('incidents')
        .values({
          id: incidentId,
          system_id: given.systemId,
          code: 'system-paused',
          since: prepared.at,
          by_kind: 'person',
          opened_by: prepared.person.id,
          closed_at: null,
          closed_by: null,
        })
        .execute();
      await insertDecision(trx, prepared, null);
      await appendAudit(trx, {
        requestId: 'system',
        kind: 'incident-opened',
        body: { incident: incidentId, system: given.systemId, code: 'system-paused', person: prepared.person.id },
        at: prepared.at,
      });
    });
  } catch (error) {
    // The unique index allows one open incident a system.
    if (sqlState(error) !== '23505') throw error;
    await discard(deps, prepared);
    throw new HabeasError('system-paused-already', { where: given.systemId });
  }
  return { systemId: given.systemId, incidentId, decisionId: prepared.id };
}

/**
 * Resumes a stopped system, whoever stopped it, and wakes what waits for it. May be repeated after a crash in between:
 * while lanes wait that nobody has told yet there is something to resume, also without an open incident; a request that
 * was told, and whose workflow has not read it, is not told again.
 */
export async function resumeSystem(
  deps: DecisionDeps,
  given: SystemDecision,
): Promise<{ systemId: SystemId; incidentId: IncidentId | null; decisionId: DecisionId; requests: number }> {
  const { db } = deps.ledger;
  const prepared = await prepareForSystem(deps, given, 'resume', given.reason?.trim() || undefined);
  const incidentId = await db.transaction().execute(async (trx) => {
    const closed = await trx
      .updateTable('incidents')
      .set({ closed_at: prepared.at, closed_by: prepared.person.id })
      .where('system_id', '=', given.systemId)
      .where('closed_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (closed === undefined && (await waitingFor(trx, given.systemId)).length === 0) return undefined;
    await insertDecision(trx, prepared, null);
    if (closed === undefined) return null;
    await appendAudit(trx, {
      requestId: 'system',
      kind: 'incident-closed',
      body: { incident: closed.id, system: given.systemId, person: prepared.person.id },
      at: prepared.at,
    });
    return closed.id;
  });
  if (incidentId === undefined) {
    await discard(deps, prepared);
    throw new HabeasError('system-not-paused', { where: given.systemId });
  }
  // Each request in a transaction of its own: none waits for another's lock.
  let requests = 0;
  for (const requestId of await waitingFor(db, given.systemId)) {
    if (await resumeLane(deps, given, requestId)) requests += 1;
  }
  return { systemId: given.systemId, incidentId, decisionId: prepared.id, requests };
}

/** A reason that was sealed for a decision nobody stored: its key opens nothing, and goes. */
async function discard(deps: DecisionDeps, { blob }: Prepared): Promise<void> {
  if (blob !== null) await deps.keys.destroy(blob.key_id).catch(() => undefined);
}

/**
 * Requests with a lane that parked because the system was stopped, and that have no resumption still to be read; the
 * earliest due first.
 */
async function waitingFor(db: LedgerReader, systemId: SystemId, only?: RequestId): Promise<readonly RequestId[]> {
  const rows = await db
    .selectFrom('lanes')
    .innerJoin('requests', 'requests.id', 'lanes.request_id')
    .select('lanes.request_id')
    .where('lanes.system_id', '=', systemId)
    .where('lanes.state', '=', 'parked')
    .where('lanes.code', '=', 'system-paused')
    .where('requests.state', 'not in', [...finalStates])
    .where((it) =>
      it.not(
        it.exists(
          it
            .selectFrom('people_decisions')
            .select('people_decisions.id')
            .whereRef('people_decisions.request_id', '=', 'lanes.request_id')
            .whereRef('people_decisions.system_id', '=', 'lanes.system_id')
            .where('people_decisions.kind', '=', 'resume')
            .where('people_decisions.effect', 'is', null),
        ),
      ),
    )
    .$if(only !== undefined, (all) => all.where('lanes.request_id', '=', only ?? null))
    .orderBy('requests.work_to_on')
    .orderBy('requests.id')
    .execute();
  return rows.map((row) => row.request_id);
}

async function resumeLane(deps: DecisionDeps, given: SystemDecision, requestId: RequestId): Promise<boolean> {
  const { db } = deps.ledger;
  const person = authorise(deps.config.people, given.signedBy, 'resume');
  if (given.signedBy === undefined) return false;
  const { systemId, signedBy } = given;
  const seen = await db
    .selectFrom('requests')
    .select('case_key_id')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const [taskId] = await openTaskIds(db, { requestId, systemId, kind: 'unresolved' });
  const prepared = await prepareDecision(deps, {
    kind: 'resume',
    requestId,
    taskId: taskId ?? null,
    systemId,
    answer: 'resume',
    sealable: {},
    keyId: seen.case_key_id,
    person,
    signedBy,
    at: deps.now(),
  });
  try {
    return await db.transaction().execute(async (trx) => {
      const request = await lockRequest(trx, requestId);
      // Looked at again under the lock: another resumption may have been quicker.
      if ((await waitingFor(trx, systemId, requestId)).length === 0) return false;
      await storeDecision(trx, request, prepared);
      if (taskId !== undefined) await closeTask(trx, { taskId, answer: 'retry', at: prepared.at });
      return true;
    });
  } catch (error) {
    // It ended meanwhile: nothing is left to wake.
    if (error instanceof HabeasError && error.code === 'state-final') return false;
    throw error;
  }
}

/** A decision on a system has no case file; what is sealed with it has a key of its own. */
async function prepareForSystem(
  deps: DecisionDeps,
  given: SystemDecision,
  kind: 'stop' | 'resume',
  reason: string | undefined,
) {
  const person = authorise(deps.config.people, given.signedBy, kind);
  if (given.signedBy === undefined) throw new HabeasError('person-needed');
  if (!deps.config.systems.some((system) => system.id === given.systemId))
    throw new HabeasError('system-not-configured', { where: '--system' });
  const keyId: KeyId | null = reason === undefined ? null : await deps.keys.create('register');
  return prepareDecision(deps, {
    kind,
    requestId: null,
    taskId: null,
    systemId: given.systemId,
    answer: kind,
    sealable: { reason },
    keyId,
    person,
    signedBy: given.signedBy,
    at: deps.now(),
    ledger: await ledgerId(deps.ledger.db),
  });
}
