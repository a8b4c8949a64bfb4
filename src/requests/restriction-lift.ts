/**
 * Lifting a restriction: a signed decision of an officer that names the day on which the person was told (Art. 18(3)). Refused
 * before that day, and before what the restriction waits for is decided and done. It stops holding erasures at once; the
 * systems are unmarked by the workflow. Refuses with `restriction-none`, `restriction-not-told`, `restriction-undecided`,
 * `person-…`, `reason-needed`.
 */
import { HabeasError } from '../errors.ts';
import type { RequestId } from '../ids.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import { endRestriction, type RestrictionRow, restrictionOf } from '../ledger/restrictions.ts';
import { type CivilDate, parseCivilDate } from '../policy/clock/index.ts';
import { type Answered, answerAs } from './answer.ts';
import { refuseFinal } from './decide.ts';
import type { SignedBy } from './people.ts';
import { type DecisionDeps, findRequest, type Prepared } from './record.ts';
import { civilToday } from './today.ts';

export interface LiftedRestriction extends Answered {
  readonly toldOn: string;
}

export async function liftRestriction(
  deps: DecisionDeps,
  given: {
    readonly requestId: RequestId;
    readonly told: string | undefined;
    readonly reason?: string | undefined;
    readonly signedBy: SignedBy | undefined;
  },
): Promise<LiftedRestriction> {
  const { db } = deps.ledger;
  const { requestId, told, reason, signedBy } = given;
  await findRequest(db, requestId);
  const row = await standing(db, requestId);
  await refuseFinal(deps, requestId);
  const day = dayTold(deps, row, told, deps.now());
  const task = await db
    .selectFrom('tasks')
    .select('id')
    .where('request_id', '=', requestId)
    .where('kind', '=', 'right')
    .where('code', '=', 'restriction-stands')
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  if (task === undefined) throw new HabeasError('restriction-undecided', { where: requestId });
  const answered = await answerAs(deps, 'lift', { taskId: task.id, answer: 'lift', told, reason, signedBy });
  return { ...answered, toldOn: day };
}

/** The day on which the person was told, checked again for whoever answers the task by another door. */
export async function toldOn(
  deps: Pick<DecisionDeps, 'ledger' | 'config'>,
  requestId: RequestId,
  told: string | undefined,
  at: Date,
): Promise<CivilDate> {
  return dayTold(deps, await standing(deps.ledger.db, requestId), told, at);
}

export async function takeLift(
  deps: Pick<DecisionDeps, 'config'>,
  trx: LedgerTransaction,
  of: { readonly requestId: RequestId; readonly prepared: Prepared; readonly toldOn: CivilDate },
): Promise<void> {
  const { requestId, prepared } = of;
  const on = civilToday(prepared.at, deps.config.controller.timeZone);
  const end = { requestId, on, at: prepared.at, toldOn: of.toldOn, decisionId: prepared.id };
  if (!(await endRestriction(trx, { ...end, why: 'told' }))) throw new HabeasError('restriction-none');
}

async function standing(db: LedgerReader, requestId: RequestId): Promise<RestrictionRow> {
  const row = await restrictionOf(db, requestId);
  if (row === undefined || row.ended_on !== null) throw new HabeasError('restriction-none');
  return row;
}

function dayTold(
  { config }: Pick<DecisionDeps, 'config'>,
  row: RestrictionRow,
  told: string | undefined,
  at: Date,
): CivilDate {
  if (told === undefined) throw new HabeasError('restriction-not-told', { where: '--told' });
  const day = parseCivilDate(told, '--told');
  const isPossible = day >= (row.decided_on ?? row.set_on) && day <= civilToday(at, config.controller.timeZone);
  if (!isPossible) throw new HabeasError('restriction-not-told', { where: '--told' });
  return day;
}
