/**
 * What a compliance officer reads of one request: stage, dates, a line per system with state, attempts, counts and the
 * code of a failure, what waits for whom, what was decided by whom. Ids, states, codes, dates and counts only; opens
 * nothing sealed and needs no key, so it works after keys are destroyed. Codes become sentences in the front door.
 */
import type { Deps } from '../deps.ts';
import { codeOf } from '../errors.ts';
import type { RequestId, SystemId, TaskId } from '../ids.ts';
import type { ChainId } from '../ledger/audit.ts';
import { byHandOf } from '../ledger/by-hand.ts';
import { copiesOf } from '../ledger/copy-entries.ts';
import { type AccessHold, linkedOf } from '../ledger/links.ts';
import { noticesOf } from '../ledger/notices.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { readingsOf } from '../ledger/package-parts.ts';
import { plansOf } from '../ledger/plan-approval.ts';
import { actingRight, isFinal, type RequestState } from '../ledger/states.ts';
import { alarms, requestClock } from '../policy/clock/index.ts';
import { notCounted, systemCounts } from './counts.ts';
import { clockFacts } from './dates.ts';
import { caseFileOf } from './end-case-files.ts';
import { type ErasureCounts, erasureCounts, nothingErased } from './erasure-counts.ts';
import { listHolds } from './holds.ts';
import { holdingAccess } from './linked.ts';
import { taskLine } from './list.ts';
import { currentOf } from './plan.ts';
import { recipientFact, standingFacts } from './proof-facts.ts';
import { findRequest, type RequestRow } from './record.ts';
import { nothingActed, rightCounts } from './right-counts.ts';
import { civilToday } from './today.ts';
import { voicesOf } from './voices.ts';

type ShowDeps = Pick<Deps, 'ledger' | 'config' | 'now'>;

/** Everything there is to show of a request without opening what is sealed. */
export async function showRequest(deps: ShowDeps, requestId: RequestId) {
  const { db } = deps.ledger;
  const request = await findRequest(db, requestId);
  const at = deps.now();
  const facts = await clockFacts(db, deps.config, request, at);
  const clock = requestClock(facts);
  const [rights, lanes, tasks, decisions, packages, incidents, head, counts, readings, byHand, linked] =
    await Promise.all([
      db.selectFrom('request_rights').selectAll().where('request_id', '=', requestId).orderBy('right').execute(),
      db.selectFrom('lanes').selectAll().where('request_id', '=', requestId).orderBy('system_id').execute(),
      db
        .selectFrom('tasks')
        .selectAll()
        .where('request_id', '=', requestId)
        .orderBy('opened_at')
        .orderBy('id')
        .execute(),
      decisionsOf(db, requestId),
      db.selectFrom('packages').selectAll().where('request_id', '=', requestId).orderBy('part').execute(),
      db.selectFrom('incidents').selectAll().where('closed_at', 'is', null).execute(),
      auditHead(db, requestId),
      systemCounts(db, requestId),
      readingsOf(db, requestId),
      byHandOf(db, requestId),
      linkedOf(db, requestId),
    ]);
  const nameOf = (systemId: SystemId) => deps.config.systems.find((one) => one.id === systemId)?.name ?? systemId;
  const open = tasks.filter((task) => task.closed_at === null);
  const isErasure = rights.some(({ right }) => right === 'erasure');
  const erased = isErasure ? await erasureCounts(db, requestId) : new Map<SystemId, ErasureCounts>();
  const isActing = rights.some(({ right }) => actingRight(right) !== undefined);
  const acted = isActing ? await rightCounts(db, requestId) : null;
  const standing = isActing ? await standingFacts(db, request) : null;
  const voices = await voicesOf(
    db,
    open.map((task) => task.id),
    civilToday(at, deps.config.controller.timeZone),
  );
  return {
    id: request.id,
    state: request.state,
    /** Kind of the earliest open task, while the request waits for a person. */
    waitsFor: open[0]?.kind ?? null,
    channel: request.channel,
    language: request.language,
    receivedOn: request.received_on,
    /** Living requests of the same person, by an address or user id in common; linked, never merged. */
    linkedRequests: linked.map(({ id }) => id),
    createdAt: request.created_at.toISOString(),
    createdBy: request.created_by,
    completedAt: iso(request.completed_at),
    configSha256: request.config_sha256,
    /** A decision with a number above `workflowReadUpTo` has not reached the workflow yet. */
    seq: request.seq,
    workflowReadUpTo: request.woken_seq,
    rights: rights.map((one) => ({
      ...{ right: one.right, answeredAt: iso(one.answered_at), answeredBy: one.answered_by, outcome: one.outcome },
    })),
    identity: {
      state: request.identity,
      method: request.identity_method,
      by: request.identity_by,
      at: iso(request.identity_at),
      contactKind: request.contact_kind,
    },
    clock: {
      /** The earlier receipt of the same right by the same person, where the clock runs from it. */
      from: request.clock_from,
      dueOn: clock.due,
      unpausedDueOn: clock.unpausedDue,
      workToOn: clock.workTo,
      extendedDueOn: clock.extendedDue,
      internalTargetOn: clock.internalTarget,
      pausedSince: clock.paused?.since ?? null,
      rule: request.clock_rule,
      /** Law, section and confidence behind the due date. */
      source: clock.dates.sources.due,
      calendar: request.clock_calendar,
      country: request.country,
      extension:
        request.extension_ground === null ? null : { ground: request.extension_ground, at: iso(request.extended_at) },
      pauses: (facts.pauses ?? []).map((one) => ({ ...one, to: one.to ?? null })),
      /** Silent only when every right was answered: a draft package is no answer. */
      alarms: alarmsRing(request.state, rights) ? alarms(clock, facts.asOf) : [],
    },
    systems: lanes.map((lane) => ({
      id: lane.system_id,
      name: nameOf(lane.system_id),
      state: lane.state,
      stage: lane.stage,
      code: lane.code,
      codeWhere: lane.code_where,
      attempts: lane.attempts,
      updatedAt: lane.updated_at.toISOString(),
      paused: incidents.some((one) => one.system_id === lane.system_id),
      ...(counts.get(lane.system_id) ?? notCounted),
      /** Its counts are attested by this person, with proof (the last one); null where they were read. */
      byHand: byHand.get(lane.system_id)?.at(-1) ?? null,
      /** Every answer by hand that counts, with the right it was for. */
      attestations: byHand.get(lane.system_id) ?? [],
      /** What became of its records where erasure was asked for; null where it was not. */
      erasure: isErasure ? (erased.get(lane.system_id) ?? nothingErased) : null,
      /** What became of its records where the request is of a right that acts; null where it is not. */
      right: acted === null ? null : (acted.get(lane.system_id) ?? nothingActed),
      task: open.find((task) => task.system_id === lane.system_id)?.id ?? null,
    })),
    /** Processing restricted because of this request; null where it is not and was not. */
    restriction: standing?.restriction ?? null,
    /** Purposes for which the person is not written to any more; null where this request is about none. */
    suppressions: standing?.suppressions ?? null,
    erasure: isErasure ? await erasureOf(deps, request, tasks, [...erased.values()]) : null,
    /** Who receives what was changed, and whether they were told (Art. 19). */
    recipients: (await noticesOf(db, requestId)).map((notice) => ({
      ...recipientFact(notice),
      task: notice.settled_at === null ? notice.task_id : null,
    })),
    tasks: tasks.map((task) => taskLine(task, voices.get(task.id))),
    decisions,
    packages: packages.map((one) => ({
      id: one.id,
      part: one.part,
      systems: (readings.get(one.id) ?? []).map(({ systemId }) => systemId),
      moreFollows: one.more_follows,
      sizeBytes: one.size_bytes,
      sha256: one.sha256,
      members: one.members,
      draft: one.draft,
      createdAt: one.created_at.toISOString(),
      deliveredAt: iso(one.delivered_at),
      deliveredBy: one.delivered_by,
      deleteOn: one.delete_on,
      deletedAt: iso(one.deleted_at),
    })),
    keys: {
      workingKeyEndsOn: request.working_key_ends_on,
      workingKeyDestroyedAt: iso(request.working_key_destroyed_at),
      /** When the request as received, its letters and receipts can no longer be opened; null while it is open. */
      caseFile: await caseFileOf(deps, requestId),
    },
    /** Keep it: `audit verify` compares a chain with a head that was shown once. */
    auditHead: head,
  };
}
export type ShownRequest = Awaited<ReturnType<typeof showRequest>>;

/** The whole request's erasure: the plan that stands, its dates, holds, and the sums over all systems. */
async function erasureOf(
  deps: ShowDeps,
  request: RequestRow,
  tasks: readonly { readonly id: TaskId; readonly answer: string | null }[],
  systems: readonly ErasureCounts[],
) {
  const plans = await plansOf(deps.ledger.db, request.id);
  const plan = currentOf(plans, ({ task_id: id }) => tasks.some((task) => task.id === id && task.answer === 'reject'));
  const sum = (of: (one: ErasureCounts) => number) => systems.reduce((all, one) => all + of(one), 0);
  return {
    plan,
    /** Of access and erasure together: nothing is erased before this day. */
    erasureFrom: request.erasure_from,
    closesWorkspaces: request.closing_sealed !== null,
    coolingUntil: plan?.coolingUntil ?? null,
    /** From here on it can only go on; null while it can still be cancelled. */
    noReturnAt: iso(request.no_return_at),
    holds: await listHolds(deps, { requestId: request.id }),
    /** Requests for access of the same person that are open: nothing is erased, and it goes on by itself. */
    openAccess: await openAccessShown(deps, request),
    registered: { entries: sum((one) => one.registered.entries), records: sum((one) => one.registered.records) },
    newRelationship: sum((one) => one.newRelationship),
    /** What backups still hold of what was erased. */
    copies: await copiesOf(deps.ledger.db, request.id),
  };
}

/** An answer of the company that is missing is told where it stops something, and not by a page that shows. */
async function openAccessShown(deps: ShowDeps, request: RequestRow): Promise<readonly AccessHold[]> {
  if (isFinal(request.state)) return [];
  return holdingAccess(deps, request.id).catch((error: unknown) => {
    if (codeOf(error) !== 'policy-answer-missing') throw error;
    return [];
  });
}

/** The last row of a request's audit chain. */
export async function auditHead(db: LedgerReader, requestId: ChainId): Promise<{ seq: number; hash: string } | null> {
  const row = await db
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .where('request_id', '=', requestId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

async function decisionsOf(db: LedgerReader, requestId: RequestId) {
  const rows = await db
    .selectFrom('people_decisions')
    .select(['id', 'seq', 'kind', 'answer', 'task_id', 'system_id', 'person_id', 'at', 'effect'])
    .where('request_id', '=', requestId)
    .orderBy('seq')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    seq: row.seq,
    kind: row.kind,
    answer: row.answer,
    taskId: row.task_id,
    systemId: row.system_id,
    personId: row.person_id,
    at: row.at.toISOString(),
    effect: row.effect,
  }));
}

function alarmsRing(
  state: RequestState,
  rights: readonly { readonly answered_at: Date | null; readonly outcome: string | null }[],
): boolean {
  // A refusal too must reach the person within the time limit (Art. 12(4)); only a withdrawn request owes nothing.
  if (state === 'cancelled') return false;
  // Whoever cannot be reached cannot be told; that is on the chain, with who said so.
  return rights.some((one) => one.answered_at === null && one.outcome !== 'not-reachable');
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
