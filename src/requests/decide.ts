/**
 * Decisions of people that answer no usual task, or reach one by the request they concern: identity, retry, delivered
 * (doors to the open task), extend, pause of the clock, cancel. Each is checked again under the request's lock. Law dates
 * come from src/policy/clock with the injected clock. Refuses with `person-…`, `reason-needed`, `clock-…`,
 * `lane-not-parked`, `package-not-ready`, `task-closed`, `past-no-return`, `state-final`.
 */
import { HabeasError } from '../errors.ts';
import type { DecisionId, RequestId, SystemId } from '../ids.ts';
import { hasBegunToAct, isMarked } from '../ledger/deeds.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import { restrictionOf } from '../ledger/restrictions.ts';
import { type DecisionKind, isFinal, type TaskKind } from '../ledger/states.ts';
import { mayExtend, parseCivilDate, parseExtensionGround, requestClock } from '../policy/clock/index.ts';
import type { JsonValue } from '../security/canonical.ts';
import { type Answered, answerAs } from './answer.ts';
import type { VerifiedIdentity } from './contact.ts';
import { clockColumns, clockFacts } from './dates.ts';
import { authorise, type Deciding, type SignedBy } from './people.ts';
import {
  type DecisionDeps,
  findRequest,
  lockRequest,
  prepareDecision,
  type RequestRow,
  reasonGiven,
  storeDecision,
} from './record.ts';
import { civilToday } from './today.ts';

interface ByPerson {
  readonly requestId: RequestId;
  readonly reason?: string | undefined;
  readonly signedBy: SignedBy | undefined;
}

export interface Decided {
  readonly requestId: RequestId;
  readonly decisionId: DecisionId;
  readonly seq: number;
}

/** The dates of a request after a decision moved them. */
export interface DecidedDates extends Decided {
  readonly dueOn: string;
  readonly workToOn: string;
  readonly extendedDueOn: string | null;
  readonly unpausedDueOn: string;
  readonly internalTargetOn: string;
}

/** Answers the request's open identity task. */
export async function decideIdentity(
  deps: DecisionDeps,
  given: ByPerson & { readonly outcome: 'verified' | 'unverifiable'; readonly identity?: VerifiedIdentity | undefined },
): Promise<Answered> {
  await refuseFinal(deps, given.requestId);
  const taskId = await openTaskOf(deps.ledger.db, given.requestId, 'identity', null);
  if (taskId === undefined) throw new HabeasError('task-closed', { where: 'identity' });
  const { outcome: answer, identity, reason, signedBy } = given;
  return answerAs(deps, 'answer', { taskId, answer, identity, reason, signedBy });
}

/**
 * Tries one parked system again, or (`systemId` null) a failed step of the whole request such as its delivery: the door
 * to the open `unresolved` task.
 */
export async function retry(
  deps: DecisionDeps,
  given: ByPerson & { readonly systemId: SystemId | null },
): Promise<Answered> {
  await refuseFinal(deps, given.requestId);
  const taskId = await openTaskOf(deps.ledger.db, given.requestId, 'unresolved', given.systemId);
  if (taskId === undefined) throw new HabeasError('lane-not-parked', { where: given.systemId ?? undefined });
  return answerAs(deps, 'retry', { taskId, answer: 'retry', reason: given.reason, signedBy: given.signedBy });
}

/**
 * Records a hand-over by a person: the door to the open task that waits for it, `manual` where there was no address to
 * send a letter to, `unresolved` where the mail server would not take it.
 */
export async function delivered(
  deps: DecisionDeps,
  given: ByPerson & { readonly method: 'post' | 'in-person'; readonly on?: string | undefined },
): Promise<Answered> {
  await refuseFinal(deps, given.requestId);
  const { method, on, reason, signedBy } = given;
  const tasks = await deps.ledger.db
    .selectFrom('tasks')
    .select(['id', 'allowed_answers'])
    .where('request_id', '=', given.requestId)
    .where('kind', 'in', ['manual', 'unresolved'])
    .where('closed_at', 'is', null)
    .execute();
  const task = tasks.find((one) => one.allowed_answers.includes('delivered'));
  if (task === undefined) throw new HabeasError('package-not-ready');
  return answerAs(deps, 'delivered', {
    taskId: task.id,
    answer: 'delivered',
    reason,
    signedBy,
    delivery: { method, on },
  });
}

/** Extends the limit by two months (Art. 12(3)); only before the first due date, once, on a ground of the closed list. */
export async function extend(deps: DecisionDeps, given: ByPerson & { readonly ground: string }): Promise<DecidedDates> {
  const ground = parseExtensionGround(given.ground);
  const reason = reasonGiven(given.reason);
  return decideOn(deps, { ...given, kind: 'extend', answer: ground, reason, details: {} }, async (trx, request, at) => {
    const facts = await clockFacts(trx, deps.config, request, at);
    if (facts.agreed !== undefined) throw new HabeasError('instruction-clock');
    mayExtend(facts);
    await trx
      .updateTable('requests')
      .set({ extension_ground: ground, extended_at: at })
      .where('id', '=', request.id)
      .execute();
  });
}

/**
 * Records a pause of the clock, or (same kind and beginning, now with `to`) the end of an open one. Whether its days are
 * added is the policy's to say, today, and is stored with it.
 */
export async function pauseClock(
  deps: DecisionDeps,
  given: ByPerson & { readonly pause: 'identity' | 'scope'; readonly from: string; readonly to?: string | undefined },
): Promise<DecidedDates> {
  const from = parseCivilDate(given.from, '--from');
  const to = given.to === undefined ? null : parseCivilDate(given.to, '--to');
  const details = { from, to };
  return decideOn(
    deps,
    { ...given, kind: 'pause', answer: given.pause, details },
    async (trx, request, at, decision) => {
      const today = civilToday(at, deps.config.controller.timeZone);
      const facts = await clockFacts(trx, deps.config, request, at);
      if (facts.agreed !== undefined) throw new HabeasError('instruction-clock');
      const { due, workTo } = requestClock(facts);
      const last = request.extension_ground === null ? due : workTo;
      const order =
        from >= request.received_on && from <= today && from <= last && (to === null || (to >= from && to <= today));
      if (!order) throw new HabeasError('clock-pause-invalid', { where: '--from --to' });
      const known = await trx
        .selectFrom('clock_pauses')
        .selectAll()
        .where('request_id', '=', request.id)
        .orderBy('no')
        .execute();
      const open = known.find((one) => one.kind === given.pause && one.to_on === null);
      if (open !== undefined) {
        if (open.from_on !== from || to === null) throw new HabeasError('clock-pause-invalid', { where: '--from' });
        await trx
          .updateTable('clock_pauses')
          .set({ to_on: to })
          .where('request_id', '=', request.id)
          .where('no', '=', open.no)
          .execute();
        return;
      }
      await trx
        .insertInto('clock_pauses')
        .values({
          request_id: request.id,
          no: known.length + 1,
          kind: given.pause,
          from_on: from,
          to_on: to,
          counted: deps.config.policy.countPauses.includes(given.pause),
          decision_id: decision,
        })
        .execute();
    },
  );
}

/**
 * Cancels a request that is not final; the workflow ends it and says whether it still could. `past-no-return` where something
 * may have been erased already.
 */
export function cancel(deps: DecisionDeps, given: ByPerson): Promise<DecidedDates> {
  return decideOn(deps, { ...given, kind: 'cancel', answer: 'cancel', details: {} }, async (trx, request) => {
    // Marks in the systems would stay for ever: a restriction is lifted, not cancelled.
    if (await leavesMarks(trx, request.id)) throw new HabeasError('restriction-stands');
    // Looked at under the lock: the point of no return is passed under the same one.
    if (request.no_return_at !== null || request.state === 'awaiting_expiry') throw new HabeasError('past-no-return');
  });
}

async function leavesMarks(trx: LedgerTransaction, requestId: RequestId): Promise<boolean> {
  const row = await restrictionOf(trx, requestId);
  if (row === undefined) return false;
  // Lifted, and not yet taken off everywhere.
  if (row.ended_why === 'told') return isMarked(trx, requestId);
  return row.ended_on === null && (await hasBegunToAct(trx, requestId));
}

/** Prepares, locks, stores, lets `change` check and write, then computes the dates again. */
async function decideOn(
  deps: DecisionDeps,
  given: ByPerson & {
    readonly kind: DecisionKind & Deciding;
    readonly answer: string;
    readonly details: Readonly<Record<string, JsonValue>>;
  },
  change: (trx: LedgerTransaction, request: RequestRow, at: Date, decision: DecisionId) => Promise<void>,
): Promise<DecidedDates> {
  const { db } = deps.ledger;
  const person = authorise(deps.config.people, given.signedBy, given.kind);
  if (given.signedBy === undefined) throw new HabeasError('person-needed');
  const seen = await findRequest(db, given.requestId);
  const at = deps.now();
  const prepared = await prepareDecision(deps, {
    kind: given.kind,
    requestId: seen.id,
    taskId: null,
    systemId: null,
    answer: given.answer,
    sealable: { reason: given.reason?.trim() || undefined },
    keyId: seen.case_key_id,
    details: given.details,
    person,
    signedBy: given.signedBy,
    at,
  });
  return db.transaction().execute(async (trx) => {
    const request = await lockRequest(trx, given.requestId);
    const seq = await storeDecision(trx, request, prepared);
    await change(trx, request, at, prepared.id);
    const changed = await findRequest(trx, request.id);
    const columns = clockColumns(requestClock(await clockFacts(trx, deps.config, changed, at)));
    await trx.updateTable('requests').set(columns).where('id', '=', request.id).execute();
    return {
      requestId: request.id,
      decisionId: prepared.id,
      seq,
      dueOn: columns.due_on,
      workToOn: columns.work_to_on,
      extendedDueOn: columns.extended_due_on,
      unpausedDueOn: columns.unpaused_due_on,
      internalTargetOn: columns.internal_target_on,
    };
  });
}

export async function refuseFinal(deps: DecisionDeps, requestId: RequestId): Promise<void> {
  const { state } = await findRequest(deps.ledger.db, requestId);
  if (isFinal(state)) throw new HabeasError('state-final');
}

export async function openTaskOf(db: LedgerReader, requestId: RequestId, kind: TaskKind, systemId: SystemId | null) {
  const row = await db
    .selectFrom('tasks')
    .select('id')
    .where('request_id', '=', requestId)
    .where('kind', '=', kind)
    .where('system_id', systemId === null ? 'is' : '=', systemId)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return row?.id;
}
