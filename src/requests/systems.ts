/**
 * Stopping and resuming a system, or all. A stopped system has one open incident; the stage wrapper reads it before each
 * stage and chunk, so nothing is called from the next chunk on. Resuming closes it and writes, for every lane that it
 * parked or that failed by the system's fault, a decision of the same person with the request's next number, the earliest
 * due first; the starter lets them go on in that order, no more at once than there is room for. Refuses with `system-not-configured`, `system-paused-already`, `system-not-paused`, `person-…`, `reason-needed`.
 */
import { codeOf, type ErrorCode, HabeasError } from '../errors.ts';
import { type DecisionId, type IncidentId, type KeyId, newId, type RequestId, type SystemId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { forgetFailures } from '../ledger/breaker.ts';
import { sqlState } from '../ledger/failures.ts';
import { waitingLanes } from '../ledger/incidents.ts';
import { ledgerId } from '../ledger/migrate.ts';
import type { LedgerReader } from '../ledger/open.ts';
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

/** A decision on every configured system; each gets its own, signed. */
export interface SystemsDecision {
  readonly reason?: string | undefined;
  readonly signedBy: SignedBy | undefined;
}
export interface SystemDecision extends SystemsDecision {
  readonly systemId: SystemId;
}

export interface PausedSystem {
  readonly systemId: SystemId;
  readonly incidentId: IncidentId;
  readonly decisionId: DecisionId;
}

export interface ResumedSystem {
  readonly systemId: SystemId;
  /** Null where nothing was stopped any more, and requests still waited. */
  readonly incidentId: IncidentId | null;
  readonly decisionId: DecisionId;
  /** Requests that waited for it and go on. */
  readonly requests: number;
}

/** What became of one of several systems: done, or why not. */
export type SystemOutcome<T> =
  | { readonly systemId: SystemId; readonly code: null; readonly done: T }
  | { readonly systemId: SystemId; readonly code: ErrorCode; readonly done: null };

/** Stops every system that is not stopped; one that is, or that fails, holds up no other. */
export async function pauseAll(
  deps: DecisionDeps,
  given: SystemsDecision,
): Promise<readonly SystemOutcome<PausedSystem>[]> {
  authorise(deps.config.people, given.signedBy, 'stop');
  reasonGiven(given.reason);
  return eachSystem(deps, (systemId) => pauseSystem(deps, { ...given, systemId }));
}

/** Resumes every stopped system, one after another in the order of the configuration. */
export async function resumeAll(
  deps: DecisionDeps,
  given: SystemsDecision,
): Promise<readonly SystemOutcome<ResumedSystem>[]> {
  authorise(deps.config.people, given.signedBy, 'resume');
  return eachSystem(deps, (systemId) => resumeSystem(deps, { ...given, systemId }));
}

async function eachSystem<T>(
  deps: DecisionDeps,
  act: (systemId: SystemId) => Promise<T>,
): Promise<readonly SystemOutcome<T>[]> {
  const outcomes: SystemOutcome<T>[] = [];
  for (const { id: systemId } of deps.config.systems) {
    outcomes.push(
      await act(systemId).then(
        (done) => ({ systemId, code: null, done }),
        (error: unknown) => ({ systemId, done: null, code: codeOf(error) }),
      ),
    );
  }
  return outcomes;
}

/** Stops a system. Its lanes park with `system-paused` when they next look. */
export async function pauseSystem(deps: DecisionDeps, given: SystemDecision): Promise<PausedSystem> {
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
export async function resumeSystem(deps: DecisionDeps, given: SystemDecision): Promise<ResumedSystem> {
  const { db } = deps.ledger;
  const prepared = await prepareForSystem(deps, given, 'resume', given.reason?.trim() || undefined);
  const resumed = await db.transaction().execute(async (trx) => {
    const closed = await trx
      .updateTable('incidents')
      .set({ closed_at: prepared.at, closed_by: prepared.person.id })
      .where('system_id', '=', given.systemId)
      .where('closed_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    const waiting = await waitingFor(trx, given.systemId);
    if (closed === undefined && waiting.length === 0) return undefined;
    await forgetFailures(trx, given.systemId);
    await insertDecision(trx, prepared, null);
    if (closed === undefined) return { incidentId: null, waiting };
    await appendAudit(trx, {
      requestId: 'system',
      kind: 'incident-closed',
      body: { incident: closed.id, system: given.systemId, person: prepared.person.id },
      at: prepared.at,
    });
    return { incidentId: closed.id, waiting };
  });
  if (resumed === undefined) {
    await discard(deps, prepared);
    throw new HabeasError('system-not-paused', { where: given.systemId });
  }
  // Each request in a transaction of its own: none waits for another's lock. Some go on by themselves meanwhile, and some
  // parked while the incident was being closed.
  for (const requestId of await waitingFor(db, given.systemId)) await resumeLane(deps, given, requestId);
  const { incidentId, waiting } = resumed;
  return { systemId: given.systemId, incidentId, decisionId: prepared.id, requests: waiting.length };
}

/** A reason that was sealed for a decision nobody stored: its key opens nothing, and goes. */
async function discard(deps: DecisionDeps, { blob }: Prepared): Promise<void> {
  if (blob !== null) await deps.keys.destroy(blob.key_id).catch(() => undefined);
}

/** Requests that the system's resumption wakes and that have none still to be read; the earliest due first. */
async function waitingFor(db: LedgerReader, systemId: SystemId, only?: RequestId): Promise<readonly RequestId[]> {
  const lanes = await waitingLanes(db, systemId, only);
  if (lanes.length === 0) return [];
  const told = await db
    .selectFrom('people_decisions')
    .select('request_id')
    .where('system_id', '=', systemId)
    .where('kind', '=', 'resume')
    .where('effect', 'is', null)
    .where('request_id', 'is not', null)
    .execute();
  const known = new Set(told.map((row) => row.request_id));
  return lanes.map(({ requestId }) => requestId).filter((requestId) => !known.has(requestId));
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
