/**
 * What the starter asks the ledger: which requests have news that no workflow has read. A front door's transaction ends
 * with `notifyWake`, so that the starter hears of it at once; a poll finds what a lost connection missed. Carries nothing:
 * the notification has no payload.
 */
import { sql } from 'kysely';
import type { RequestId } from '../ids.ts';
import { leftStates, stopCodes } from './incidents.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { activeStates, type RequestState, restingStates } from './states.ts';

/** The channel on which front doors say that there is something to read. */
export const wakeChannel = 'habeas_wake';

/** Sent when the caller's transaction commits. */
export async function notifyWake(trx: LedgerTransaction): Promise<void> {
  await sql`select pg_notify(${wakeChannel}, '')`.execute(trx);
}

export interface Sleeper {
  readonly id: RequestId;
  readonly seq: number;
  /** The workflow's number of its last change of state. */
  readonly workflowSeq: number;
  /** Signalling it takes up the worker: it does not use it yet, and nobody has cancelled it. */
  readonly needsRoom: boolean;
}

/**
 * Open requests with unread news, first those that need no room, then the earliest due first: decisions above the number
 * read, or a lane that a stopped system parked and that may run again.
 */
export async function sleepers(db: LedgerReader, limit: number): Promise<readonly Sleeper[]> {
  const rows = await db
    .selectFrom('requests')
    .select((it) => [
      'id',
      'seq',
      'workflow_seq',
      'state',
      it
        .exists(
          it
            .selectFrom('people_decisions')
            .select('people_decisions.id')
            .whereRef('people_decisions.request_id', '=', 'requests.id')
            .whereRef('people_decisions.seq', '>', 'requests.woken_seq')
            .where('people_decisions.kind', '=', 'cancel'),
        )
        .as('is_cancelled'),
    ])
    .where('state', 'not in', [...restingStates])
    .where((where) =>
      where.or([
        where('seq', '>', where.ref('woken_seq')),
        where.exists(
          where
            .selectFrom('lanes')
            .select('lanes.system_id')
            .whereRef('lanes.request_id', '=', 'requests.id')
            .where('lanes.state', 'in', [...leftStates])
            .where('lanes.code', 'in', [...stopCodes])
            .where((inner) =>
              inner.not(
                inner.exists(
                  inner
                    .selectFrom('incidents')
                    .select('incidents.id')
                    .whereRef('incidents.system_id', '=', 'lanes.system_id')
                    .where('incidents.closed_at', 'is', null),
                ),
              ),
            ),
        ),
      ]),
    )
    // What needs no room first: it must not wait behind more requests than one look reads.
    .orderBy('is_cancelled', 'desc')
    .orderBy((it) => it('state', 'in', [...activeStates]), 'desc')
    .orderBy('work_to_on')
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  const active: readonly RequestState[] = activeStates;
  return rows.map(({ id, seq, workflow_seq: workflowSeq, state, is_cancelled: isCancelled }) => ({
    id,
    seq,
    workflowSeq,
    needsRoom: !active.includes(state) && isCancelled !== true,
  }));
}

/** Requests that use the worker now: parked ones and those that wait for a person do not count. */
export async function countActive(db: LedgerReader): Promise<number> {
  const row = await db
    .selectFrom('requests')
    .select(sql<number>`count(*)`.as('count'))
    .where('state', 'in', [...activeStates])
    // Who waits for a vendor's job, for days maybe, uses no worker.
    .where(
      sql<boolean>`not (state = 'erasing'
        and exists (select from lanes l where l.request_id = requests.id and l.state = 'waiting' and l.code = 'vendor-job-runs')
        and not exists (select from lanes l where l.request_id = requests.id and l.state = 'running'))`,
    )
    .executeTakeFirstOrThrow();
  return row.count;
}

/** The workflow's number of the last change of state, of those of these requests that are open. */
export async function workflowSeqs(
  db: LedgerReader,
  ids: readonly RequestId[],
): Promise<ReadonlyMap<RequestId, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('requests')
    .select(['id', 'workflow_seq'])
    .where('id', 'in', ids)
    .where('state', 'not in', [...restingStates])
    .execute();
  return new Map(rows.map((row) => [row.id, row.workflow_seq]));
}

/** Decisions that came after the end: nobody will read them, and they say so. */
export async function settleClosed(trx: LedgerTransaction): Promise<number> {
  const result = await trx
    .updateTable('people_decisions')
    .set({ effect: 'no-longer-applies' })
    .where('effect', 'is', null)
    .where('request_id', 'in', (query) =>
      query
        .selectFrom('requests')
        .select('requests.id')
        .where('requests.state', 'in', [...restingStates]),
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}
