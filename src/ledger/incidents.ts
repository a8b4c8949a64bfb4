/**
 * Incidents: a stopped system has one open incident, which every stage looks at before it starts and before each chunk.
 * A person opens it (src/requests/systems.ts) or the breaker does (breaker.ts); only a person closes it. Here is what is
 * asked of them: may a system be called, which lanes wait for it. Ids, codes and dates only; writes nothing.
 */
import type { Selectable } from 'kysely';
import type { ErrorCode } from '../errors.ts';
import { systemWideCodes } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import type { LedgerReader } from './open.ts';
import type { IncidentsTable } from './schema.ts';
import { type LaneState, restingStates } from './states.ts';

/** What a stage refuses with while its system is stopped; a lane parked with one goes on by itself when it is not. */
export const stopCodes = ['system-paused', 'system-tripped'] as const satisfies readonly ErrorCode[];

/** States of a lane that goes on only by somebody's decision. */
export const leftStates = ['parked', 'unresolved'] as const satisfies readonly LaneState[];

/** Codes of the lanes that resuming a system wakes: stopped by it, or failed by its fault before or while it stopped. */
export const wokenCodes: readonly ErrorCode[] = [...stopCodes, ...systemWideCodes];

/** Whether this code says that a person resumes the system rather than retries the lane. */
export function isStopCode(code: ErrorCode | null): boolean {
  return stopCodes.some((one) => one === code);
}

/** The code of the system's open incident, or undefined where it may be called. */
export async function incidentCode(db: LedgerReader, systemId: SystemId): Promise<ErrorCode | undefined> {
  const row = await db
    .selectFrom('incidents')
    .select('code')
    .where('system_id', '=', systemId)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return row?.code;
}

/** Of these systems, the ones that may be called. */
export async function callable(db: LedgerReader, systems: readonly SystemId[]): Promise<readonly SystemId[]> {
  if (systems.length === 0) return [];
  const rows = await db
    .selectFrom('incidents')
    .select('system_id')
    .where('closed_at', 'is', null)
    .where('system_id', 'in', systems)
    .execute();
  const stopped = new Set(rows.map((row) => row.system_id));
  return systems.filter((system) => !stopped.has(system));
}

/** Every open incident; at most one a system. */
export function openIncidents(db: LedgerReader): Promise<Selectable<IncidentsTable>[]> {
  return db.selectFrom('incidents').selectAll().where('closed_at', 'is', null).orderBy('since').execute();
}

/** A lane of an open request that resuming its system wakes. */
export interface WaitingLane {
  readonly requestId: RequestId;
  readonly systemId: SystemId;
  readonly code: ErrorCode | null;
  /** What the officer works to, as stored: a date that moves each day is the caller's to compute. */
  readonly workToOn: string;
  readonly since: Date;
}

/** All of them, of one system or of all, of one request or of all; the request that is due earliest first. */
export async function waitingLanes(
  db: LedgerReader,
  systemId?: SystemId,
  requestId?: RequestId,
): Promise<readonly WaitingLane[]> {
  const rows = await db
    .selectFrom('lanes')
    .innerJoin('requests', 'requests.id', 'lanes.request_id')
    .select(['lanes.request_id', 'lanes.system_id', 'lanes.code', 'lanes.updated_at', 'requests.work_to_on'])
    .where('lanes.state', 'in', [...leftStates])
    .where('lanes.code', 'in', [...wokenCodes])
    .where('requests.state', 'not in', [...restingStates])
    .$if(systemId !== undefined, (all) => all.where('lanes.system_id', '=', systemId ?? null))
    .$if(requestId !== undefined, (all) => all.where('lanes.request_id', '=', requestId ?? null))
    .orderBy('requests.work_to_on')
    .orderBy('requests.created_at')
    .orderBy('requests.id')
    .execute();
  return rows.map((row) => ({
    requestId: row.request_id,
    systemId: row.system_id,
    code: row.code,
    workToOn: row.work_to_on,
    since: row.updated_at,
  }));
}
