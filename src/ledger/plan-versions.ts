/**
 * Versions of a pass's plan: what is proposed, how long it can still be taken back, and that the last look is over. One version
 * of a pass is current; another hash ends it. Approving and rejecting is plan-approval.ts.
 */
import type { Selectable } from 'kysely';
import type { RequestId, TaskId } from '../ids.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';
import type { PlansTable } from './schema.ts';

export type PlanRow = Selectable<PlansTable>;

export interface PassKey {
  readonly requestId: RequestId;
  readonly pass: number;
}

export function currentPlan(db: LedgerReader, { requestId, pass }: PassKey): Promise<PlanRow | undefined> {
  return db
    .selectFrom('plans')
    .selectAll()
    .where('request_id', '=', requestId)
    .where('pass', '=', pass)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
}

export interface NewPlan extends PassKey {
  readonly sha256: string;
  readonly rounds: readonly (readonly [systemId: string, round: number])[];
  readonly policySha256: string;
  readonly taskId: TaskId;
  readonly at: Date;
}

/** Ends the current version, if there is one, and makes another; its number. */
export async function addPlan(trx: LedgerTransaction, plan: NewPlan): Promise<number> {
  await endPlan(trx, plan, plan.at);
  const { version } = await trx
    .selectFrom('plans')
    .select((it) => it.fn.coalesce(it.fn.max('version'), it.lit(0)).as('version'))
    .where('request_id', '=', plan.requestId)
    .where('pass', '=', plan.pass)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('plans')
    .values({
      ...{ request_id: plan.requestId, pass: plan.pass, version: version + 1, sha256: plan.sha256 },
      rounds: JSON.stringify(plan.rounds),
      ...{ policy_sha256: plan.policySha256, made_at: plan.at, task_id: plan.taskId },
      ...{ approved_at: null, cooling_until: null, ended_at: null },
    })
    .execute();
  return version + 1;
}

export async function endPlan(trx: LedgerTransaction, { requestId, pass }: PassKey, at: Date): Promise<void> {
  await trx
    .updateTable('plans')
    .set({ ended_at: at })
    .where('request_id', '=', requestId)
    .where('pass', '=', pass)
    .where('ended_at', 'is', null)
    .execute();
}

/** Once; returns what is set. */
export async function setCooling(trx: LedgerTransaction, plan: PlanRow, until: Date): Promise<Date> {
  if (plan.cooling_until !== null) return plan.cooling_until;
  await change(trx, plan, { cooling_until: until });
  return until;
}

export async function markNoReturn(trx: LedgerTransaction, plan: PlanRow, at: Date): Promise<void> {
  await change(trx, plan, { no_return_at: at });
}

/** Whether this round may be erased now: its plan is current, approved, and past the last look. */
export async function isInForce(db: LedgerReader, key: RoundKey, pass: number): Promise<boolean> {
  const plan = await currentPlan(db, { requestId: key.requestId, pass });
  if (plan === undefined || plan.approved_at === null || plan.no_return_at === null) return false;
  return plan.rounds.some(([systemId, round]) => systemId === key.systemId && round === key.round);
}

async function change(
  trx: LedgerTransaction,
  plan: PlanRow,
  set: { readonly cooling_until: Date } | { readonly no_return_at: Date },
): Promise<void> {
  await trx
    .updateTable('plans')
    .set(set)
    .where('request_id', '=', plan.request_id)
    .where('pass', '=', plan.pass)
    .where('version', '=', plan.version)
    .execute();
}
