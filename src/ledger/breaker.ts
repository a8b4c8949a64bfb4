/**
 * The breaker: stops a system by itself when its failures are its own. It counts requests whose stage failed for good with
 * a system-wide code since the system last answered anything; at the configured number it opens the system's one
 * incident, in the transaction that parks the lane. Closing it is a person's act. Counts requests, not tries: one request
 * that fails again and again stops nobody else's.
 */
import { sql } from 'kysely';
import { type ErrorCode, systemWideCodes } from '../errors.ts';
import { type IncidentId, newId, type RequestId, type SystemId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import { incidentCode } from './incidents.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';

export interface SystemFailure {
  readonly requestId: RequestId;
  readonly systemId: SystemId;
  readonly code: ErrorCode;
  /** Requests it takes; 0 switches the breaker off. */
  readonly threshold: number;
  readonly at: Date;
}

export interface Tripped {
  readonly incidentId: IncidentId;
  readonly cause: ErrorCode;
  /** Requests that had failed by then. */
  readonly requests: number;
}

/** First number of the advisory locks on breakers; the second is the system's. */
const breakerLockClass = 422_329;

/**
 * A stage failed for good, and its lane is parked in this transaction. Returns the incident where this failure opened it.
 * Take this last: it waits for other failures of the same system, holding what the caller has locked.
 */
export async function noteFailureForGood(trx: LedgerTransaction, failure: SystemFailure): Promise<Tripped | undefined> {
  const { requestId, systemId, code, threshold, at } = failure;
  if (threshold === 0 || !systemWideCodes.includes(code)) return undefined;
  // One at a time a system: two that cannot see each other would each count one too few.
  await sql`select pg_advisory_xact_lock(${breakerLockClass}, hashtext(${systemId}))`.execute(trx);
  if ((await incidentCode(trx, systemId)) !== undefined) return undefined;
  await trx
    .insertInto('system_failures')
    .values({ system_id: systemId, request_id: requestId, code, at })
    .onConflict((it) => it.columns(['system_id', 'request_id']).doUpdateSet({ code, at }))
    .execute();
  const { requests } = await trx
    .selectFrom('system_failures')
    .select((it) => it.fn.countAll<number>().as('requests'))
    .where('system_id', '=', systemId)
    .executeTakeFirstOrThrow();
  if (requests < threshold) return undefined;
  const incidentId = newId('incident');
  const opened = await trx
    .insertInto('incidents')
    .values({
      id: incidentId,
      system_id: systemId,
      code: 'system-tripped',
      cause: code,
      since: at,
      by_kind: 'breaker',
      opened_by: null,
      closed_at: null,
      closed_by: null,
    })
    // A person was quicker: the system has its incident.
    .onConflict((it) => it.column('system_id').where('closed_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (opened === undefined) return undefined;
  await appendAudit(trx, {
    requestId: 'system',
    kind: 'incident-opened',
    body: { incident: incidentId, system: systemId, code: 'system-tripped', cause: code, requests },
    at,
  });
  return { incidentId, cause: code, requests };
}

/** The system answered, or a person says that it is mended: counting begins anew. Costs nothing where nothing failed. */
export async function forgetFailures(db: LedgerReader, systemId: SystemId): Promise<void> {
  await db.deleteFrom('system_failures').where('system_id', '=', systemId).execute();
}
