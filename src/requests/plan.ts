/**
 * The plan of an erasure as an officer reads it before approving: per pass and system what is to become of the records of
 * each class, on which ground, under which law and until when, with the plan's hash and what stands against it. Ids, counts,
 * dates, codes and configured words only; opens nothing sealed, so it works after keys are destroyed.
 */
import type { Selectable } from 'kysely';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { type PlanRow, plansOf } from '../ledger/plan-approval.ts';
import type { DecisionsTable, RoundsTable } from '../ledger/schema.ts';
import type { Disposition, TaskKind } from '../ledger/states.ts';
import { isCounted } from '../ledger/streams.ts';
import { taskLine } from './list.ts';
import { findRequest } from './record.ts';

/** What a version of a plan is, each with its sentence. */
export const planStates = {
  proposed: 'Waits for approval; nothing is erased before.',
  approved: 'Approved.',
  rejected: 'Rejected by a person; nothing of it is carried out.',
  replaced: 'Another version took its place.',
} as const;
export type PlanState = keyof typeof planStates;

/** What is to become of records, in the words of a plan. */
export const plannedActs = {
  erase: 'erase',
  anonymise: 'anonymise',
  detach: 'take the person out of it',
  keep: 'keep',
  expire: 'expires by itself',
  refer: 'refer to the customer',
  refuse: 'refuse',
} as const;
export type PlannedAct = keyof typeof plannedActs;

/** Questions that are answered before a plan is approved or carried out. */
const standsAgainst: readonly TaskKind[] = ['blast-radius', 'successor', 'approval', 'unresolved', 'late-arrivals'];

export async function showPlan(deps: Pick<Deps, 'ledger' | 'config'>, requestId: RequestId) {
  const { db } = deps.ledger;
  const request = await findRequest(db, requestId);
  const [rights, plans, rounds, decisions, tasks] = await Promise.all([
    db.selectFrom('request_rights').select('right').where('request_id', '=', requestId).execute(),
    plansOf(db, requestId),
    roundsOf(db, requestId),
    db.selectFrom('decisions').selectAll().where('request_id', '=', requestId).orderBy('no').execute(),
    db.selectFrom('tasks').selectAll().where('request_id', '=', requestId).orderBy('opened_at').orderBy('id').execute(),
  ]);
  if (!rights.some(({ right }) => right === 'erasure')) throw new HabeasError('not-found', { where: 'plan' });
  const nameOf = (id: SystemId) => deps.config.systems.find((one) => one.id === id)?.name ?? id;
  const isRejected = (plan: PlanRow): boolean =>
    tasks.some(({ id, answer }) => id === plan.task_id && answer === 'reject');
  const passes = [...new Set(rounds.map(({ pass }) => pass))].sort((a, b) => a - b);
  const open = tasks.filter(
    (task) =>
      task.closed_at === null &&
      standsAgainst.includes(task.kind) &&
      (task.kind !== 'approval' || task.about_sha256 !== null),
  );
  return {
    requestId,
    state: request.state,
    /** Workspaces of the person's own business are closed with it. */
    closesWorkspaces: request.closing_sealed !== null,
    noReturnAt: request.no_return_at?.toISOString() ?? null,
    /** The current plan of the last pass that has one; null while none was proposed. */
    plan: currentOf(plans, isRejected),
    passes: passes.map((pass) => ({
      pass,
      plans: plans.filter((plan) => plan.pass === pass).map((plan) => planLine(plan, isRejected(plan))),
      systems: rounds
        .filter((round) => round.pass === pass)
        .map((round) => {
          const own = decisions.filter((one) => one.system_id === round.system_id && one.round === round.round);
          return {
            id: round.system_id,
            name: nameOf(round.system_id),
            round: round.round,
            found: round.found,
            byHand: round.by_hand,
            isPlanned: round.planned_at !== null,
            isPrepared: round.prepared_at !== null,
            counts: actCounts(own),
            classes: classesOf(own),
          };
        }),
    })),
    /** Open questions that are answered first. */
    tasks: open.map((task) => taskLine(task)),
  };
}
export type ShownPlan = Awaited<ReturnType<typeof showPlan>>;
export type PlannedSystem = ShownPlan['passes'][number]['systems'][number];
export type PlannedClass = PlannedSystem['classes'][number];

/** The plan that stands last, as `requests show` tells it; null before the first. */
export function currentOf(plans: readonly PlanRow[], isRejected: (plan: PlanRow) => boolean) {
  const last = plans.at(-1);
  const current = plans.findLast((plan) => plan.ended_at === null) ?? last;
  return current === undefined ? null : planLine(current, isRejected(current));
}

export function planLine(plan: PlanRow, isRejected: boolean) {
  return {
    pass: plan.pass,
    version: plan.version,
    sha256: plan.sha256,
    state: stateOf(plan, isRejected),
    madeAt: plan.made_at.toISOString(),
    approvedAt: plan.approved_at?.toISOString() ?? null,
    coolingUntil: plan.cooling_until?.toISOString() ?? null,
    endedAt: plan.ended_at?.toISOString() ?? null,
    task: plan.task_id,
  };
}
export type PlanLine = ReturnType<typeof planLine>;

function stateOf(plan: PlanRow, isRejected: boolean): PlanState {
  if (plan.ended_at !== null) return isRejected ? 'rejected' : 'replaced';
  return plan.approved_at === null ? 'proposed' : 'approved';
}

type PlannedRound = Selectable<
  Pick<RoundsTable, 'system_id' | 'round' | 'pass' | 'by_hand' | 'planned_at' | 'prepared_at'>
> & {
  /** Null while the reading has not ended. */
  readonly found: number | null;
};

/** Readings of erasure that count, with what each found. */
async function roundsOf(db: LedgerReader, requestId: RequestId): Promise<readonly PlannedRound[]> {
  const rows = await db
    .selectFrom('rounds as o')
    .select(['o.system_id', 'o.round', 'o.pass', 'o.by_hand', 'o.planned_at', 'o.prepared_at', 'o.finished_at'])
    .select((it) =>
      it
        .selectFrom('streams as s')
        .leftJoin('tasks as t', 't.id', 's.task_id')
        .select((sum) => sum.fn.sum<number | null>('s.found').as('found'))
        .whereRef('s.request_id', '=', 'o.request_id')
        .whereRef('s.system_id', '=', 'o.system_id')
        .whereRef('s.round', '=', 'o.round')
        .where(isCounted)
        .as('found'),
    )
    .where('o.request_id', '=', requestId)
    .where('o.right', '=', 'erasure')
    .where('o.superseded', '=', false)
    .orderBy('o.pass')
    .orderBy('o.system_id')
    .execute();
  return rows.map(({ finished_at: finishedAt, found, ...row }) => ({
    ...row,
    found: finishedAt === null ? null : Number(found ?? 0),
  }));
}

type DecisionRow = Selectable<DecisionsTable>;

export function actOf({ action, disposition }: Pick<DecisionRow, 'action' | 'disposition'>): PlannedAct {
  const byDisposition: Partial<Record<Disposition, PlannedAct>> = {
    retained: 'keep',
    expiring: 'expire',
    referred: 'refer',
    refused: 'refuse',
  };
  const act = byDisposition[disposition];
  if (act !== undefined) return act;
  if (action === 'detach') return 'detach';
  return action === 'anonymise' ? 'anonymise' : 'erase';
}

function actCounts(decisions: readonly DecisionRow[]): Readonly<Record<PlannedAct, number>> {
  const counts = { erase: 0, anonymise: 0, detach: 0, keep: 0, expire: 0, refer: 0, refuse: 0 };
  for (const decision of decisions) counts[actOf(decision)] += decision.count;
  return counts;
}

/** One line per class and what becomes of it: decisions that an officer cannot tell apart are one. */
function classesOf(decisions: readonly DecisionRow[]) {
  const lines = new Map<string, ReturnType<typeof classLine>>();
  for (const decision of decisions) {
    const line = classLine(decision);
    const { count: _, ...name } = line;
    const key = JSON.stringify(name);
    const known = lines.get(key);
    lines.set(key, known === undefined ? line : { ...known, count: known.count + line.count });
  }
  return [...lines.values()];
}

function classLine(row: DecisionRow) {
  return {
    collection: row.collection,
    recordClass: row.record_class,
    act: actOf(row),
    /** What of a kept record is removed all the same. */
    trimmed: row.disposition === 'retained' && row.action === 'detach',
    disposition: row.disposition,
    reason: row.reason,
    ground: row.ground,
    exception: row.exception,
    refusal: row.refusal,
    keptBy: row.kept_by,
    until: row.until,
    count: row.count,
  };
}
