/**
 * What people decide about a plan: approving fixes it (`approved_at`), rejecting ends it. Both in the transaction of the
 * answer, and only for the plan whose hash was signed: a plan that was replaced meanwhile, or decided already, fails with
 * `plan-changed` and changes nothing. Making plans is not its business (the workflow's steps propose them).
 */
import type { Selectable } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { RequestId, TaskId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { PlansTable } from './schema.ts';

export type PlanRow = Selectable<PlansTable>;

/** Every version of every pass, in order. */
export function plansOf(db: LedgerReader, requestId: RequestId): Promise<PlanRow[]> {
  return db
    .selectFrom('plans')
    .selectAll()
    .where('request_id', '=', requestId)
    .orderBy('pass')
    .orderBy('version')
    .execute();
}

/**
 * The open question whether a plan is to go ahead; the current plan's, where an older one's was not closed yet. An offer to
 * send a part is another question of the same kind.
 */
export async function openPlanTask(
  db: LedgerReader,
  requestId: RequestId,
): Promise<{ readonly id: TaskId; readonly sha256: string } | undefined> {
  const row = await db
    .selectFrom('tasks')
    .select(['id', 'about_sha256'])
    .where('request_id', '=', requestId)
    .where('kind', '=', 'approval')
    .where('about_sha256', 'is not', null)
    .where('closed_at', 'is', null)
    .orderBy(
      (it) =>
        it.exists(
          it
            .selectFrom('plans')
            .select('plans.version')
            .whereRef('plans.request_id', '=', 'tasks.request_id')
            .whereRef('plans.sha256', '=', 'tasks.about_sha256')
            .where('plans.ended_at', 'is', null),
        ),
      'desc',
    )
    .orderBy('opened_at', 'desc')
    .executeTakeFirst();
  if (row === undefined || row.about_sha256 === null) return undefined;
  return { id: row.id, sha256: row.about_sha256 };
}

interface SignedPlan {
  readonly requestId: RequestId;
  /** The hash that was signed. */
  readonly sha256: string;
  readonly at: Date;
}

/** Fails with `plan-changed` unless this is the current plan of its pass, and nobody has decided about it yet. */
export async function requireProposed(trx: LedgerTransaction, plan: Omit<SignedPlan, 'at'>): Promise<PlanRow> {
  const row = await trx
    .selectFrom('plans')
    .selectAll()
    .where('request_id', '=', plan.requestId)
    .where('sha256', '=', plan.sha256)
    .where('ended_at', 'is', null)
    .where('approved_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('plan-changed');
  return row;
}

export async function approvePlan(trx: LedgerTransaction, plan: SignedPlan): Promise<void> {
  const row = await requireProposed(trx, plan);
  await update(trx, row, { approved_at: plan.at });
  await tell(trx, row, 'plan-approved', plan.at);
}

export async function rejectPlan(trx: LedgerTransaction, plan: SignedPlan): Promise<void> {
  const row = await requireProposed(trx, plan);
  await update(trx, row, { ended_at: plan.at });
  await tell(trx, row, 'plan-rejected', plan.at);
}

async function update(
  trx: LedgerTransaction,
  row: PlanRow,
  set: { readonly approved_at: Date } | { readonly ended_at: Date },
): Promise<void> {
  await trx
    .updateTable('plans')
    .set(set)
    .where('request_id', '=', row.request_id)
    .where('pass', '=', row.pass)
    .where('version', '=', row.version)
    .execute();
}

async function tell(trx: LedgerTransaction, row: PlanRow, kind: string, at: Date): Promise<void> {
  const body = { pass: row.pass, version: row.version, plan: row.sha256 };
  await appendAudit(trx, { requestId: row.request_id, kind, body, at });
}
