/**
 * Writes a new request: row, rights, lanes frozen from the configuration, the tasks it begins with and its audit row, in
 * the caller's transaction, from what was checked and sealed before (create.ts). An identity stated at intake is an
 * answer like any other, signed and counted. Returns ids, states, dates and counts only.
 */
import type { Person } from '../config/load.ts';
import { HabeasError } from '../errors.ts';
import type { KeyId, RequestId, SystemId, TaskId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { addInstruction } from '../ledger/instructions.ts';
import type { LedgerTransaction } from '../ledger/open.ts';
import type { TaskKind } from '../ledger/states.ts';
import { searchByHandTerms, taskTerms } from '../ledger/task-kinds.ts';
import { openTask } from '../ledger/tasks.ts';
import type { InstructionDates } from '../policy/instructions/index.ts';
import { sha256Hex } from '../security/canonical.ts';
import type { LookupValue } from '../security/keyed-hash.ts';
import { findTask, prepareAnswer, storeAnswer } from './answer.ts';
import type { AskedRight } from './asked.ts';
import { takeAtOnce } from './at-once.ts';
import type { CreatedRequest, NewRequest } from './create.ts';
import { clockColumns, intakeClock } from './dates.ts';
import type { SealedIntake } from './intake.ts';
import { findLinked, storeLookups } from './linked.ts';
import { type DecisionDeps, findRequest, wakeStarter } from './record.ts';

/** A request checked and sealed, not stored yet. */
export interface RequestPlan {
  readonly given: NewRequest;
  /** Of a right that acts. */
  readonly asked: AskedRight | null;
  readonly at: Date;
  readonly by: Person | undefined;
  readonly requestId: RequestId;
  readonly workingKeyId: KeyId;
  readonly caseKeyId: KeyId;
  readonly blobs: SealedIntake;
  readonly receivedOn: string;
  readonly clock: ReturnType<typeof intakeClock>['clock'];
  readonly ledger: string;
  /** Of a customer's instruction. */
  readonly dates: InstructionDates | null;
  /** Whether any system can search by what was given. */
  readonly found: boolean;
  /** Personal data. */
  readonly lookups: readonly LookupValue[];
}

export async function storeRequest(
  deps: DecisionDeps,
  trx: LedgerTransaction,
  plan: RequestPlan,
): Promise<CreatedRequest> {
  const { given, at, by, requestId, blobs, receivedOn } = plan;
  // Before anything is locked: whoever looks for a person waits for whoever looked first.
  const { linked, clockFrom } = await findLinked(deps, trx, plan.lookups, given.rights);
  const isEarlier = clockFrom !== undefined && clockFrom < receivedOn;
  const clock = isEarlier
    ? intakeClock(deps.config, { receivedOn: clockFrom, rights: given.rights, at }).clock
    : plan.clock;
  const { identifiers, intake, attachments, identityTask, searchTask, closing, corrections } = blobs;
  const objects = [
    ...[identifiers, intake, ...attachments, identityTask],
    ...(plan.found ? [] : [searchTask]),
    ...(closing === null ? [] : [closing]),
    ...(corrections === null ? [] : [corrections]),
  ];
  await trx.insertInto('sealed_objects').values(objects).execute();
  await trx
    .insertInto('requests')
    .values({
      id: requestId,
      state: 'received',
      workflow_seq: 0,
      channel: given.channel,
      language: given.language,
      received_on: receivedOn,
      created_at: at,
      created_by: by?.id ?? null,
      country: deps.config.controller.country,
      seq: 1,
      woken_seq: 0,
      config_sha256: deps.config.sha256,
      working_key_id: plan.workingKeyId,
      case_key_id: plan.caseKeyId,
      identity: 'unverified',
      identity_method: null,
      identity_by: null,
      identity_at: null,
      contact_kind: null,
      contact_sealed: null,
      identifiers_sealed: identifiers.name,
      intake_sealed: intake.name,
      ...clockColumns(clock),
      extension_ground: null,
      extended_at: null,
      completed_at: null,
      working_key_ends_on: null,
      working_key_destroyed_at: null,
      no_return_at: null,
      closing_sealed: closing?.name ?? null,
      erasure_from: null,
      clock_from: isEarlier ? clockFrom : null,
      corrections_sealed: corrections?.name ?? null,
    })
    .execute();
  await storeInstruction(trx, plan);
  await trx
    .insertInto('request_rights')
    .values(
      given.rights.map((right) => ({
        request_id: requestId,
        right,
        answered_at: null,
        outcome: null,
        terms: plan.asked?.terms ?? null,
      })),
    )
    .execute();
  const systems = deps.config.systems.map((system) => system.id);
  await trx
    .insertInto('lanes')
    .values(systems.map((systemId) => freshLane(requestId, systemId, at)))
    .execute();
  await storeLookups(deps, trx, { requestId, values: plan.lookups, linked, at });
  await appendAudit(trx, {
    requestId,
    kind: 'received',
    body: {
      rights: given.rights,
      channel: given.channel,
      received: receivedOn,
      due: clock.due,
      ...(isEarlier ? { 'clock-from': clockFrom } : {}),
      systems,
      by: by?.id ?? null,
      config: deps.config.sha256,
      // Of the sealed bytes: the row verifies after the key is gone.
      intake: sha256Hex(intake.bytes),
      attachments: attachments.map((one) => sha256Hex(one.bytes)),
      ...(closing === null ? {} : { closing: sha256Hex(closing.bytes) }),
      ...(given.instruction === undefined || plan.dates === null
        ? {}
        : { instruction: given.instruction.act, mandate: given.instruction.mandateSha256, ...plan.dates }),
      ...(plan.asked?.terms == null ? {} : { terms: plan.asked.terms }),
      ...(corrections === null ? {} : { corrections: sha256Hex(corrections.bytes) }),
    },
    at,
  });
  if (plan.asked !== null) await takeAtOnce(deps, trx, { ...plan, asked: plan.asked });
  const dueOn = clock.internalTarget;
  const shared = { requestId, systemId: null, dueOn, peopleNeeded: 1, at };
  const tasks: { taskId: TaskId; kind: TaskKind; dueOn: string }[] = [];
  const identity = await openTask(trx, {
    ...shared,
    ...taskTerms.identity,
    kind: 'identity',
    code: given.instruction === undefined ? null : 'mandate-unreviewed',
    objectSealed: identityTask.name,
    peopleNeeded: deps.config.policy.approvals.identity,
  });
  let verified = false;
  if (given.identity !== undefined) {
    const made = await prepareAnswer(deps, {
      kind: 'answer',
      given: { taskId: identity, answer: 'verified', identity: given.identity, signedBy: given.by },
      task: await findTask(trx, identity),
      request: await findRequest(trx, requestId),
      ledger: plan.ledger,
      trx,
    });
    verified = (await storeAnswer(deps, trx, made)).settled;
  }
  if (!verified) tasks.push({ taskId: identity, kind: 'identity', dueOn });
  if (!plan.found) {
    const byHand = await openTask(trx, {
      ...shared,
      ...searchByHandTerms,
      kind: 'manual',
      code: 'identifiers-not-searchable',
      objectSealed: searchTask.name,
    });
    tasks.push({ taskId: byHand, kind: 'manual', dueOn });
  }
  await wakeStarter(trx);
  return {
    requestId,
    state: 'received',
    identity: verified ? 'verified' : 'unverified',
    receivedOn,
    dueOn: clock.workTo,
    internalTargetOn: clock.internalTarget,
    systems,
    tasks,
    linkedRequests: linked,
    clockFrom: isEarlier ? clockFrom : null,
  };
}

/** The mandate is the first attachment. */
async function storeInstruction(
  trx: LedgerTransaction,
  { given, dates, requestId, blobs }: RequestPlan,
): Promise<void> {
  const { instruction } = given;
  if (instruction === undefined) return;
  const [mandate] = blobs.attachments;
  if (dates === null || mandate === undefined) throw new HabeasError('mandate-needed', { where: '--mandate' });
  await addInstruction(trx, {
    request_id: requestId,
    act: instruction.act,
    mandate_sha256: instruction.mandateSha256,
    mandate_sealed: mandate.name,
    notice_ends_on: dates.noticeEnds,
    transition_ends_on: dates.transitionEnds,
    retrieval_days: dates.retrievalDays,
  });
}

function freshLane(requestId: RequestId, systemId: SystemId, at: Date) {
  return {
    request_id: requestId,
    system_id: systemId,
    state: 'waiting' as const,
    stage: null,
    code: null,
    code_where: null,
    attempts: 0,
    workflow_seq: 0,
    updated_at: at,
    located_sealed: null,
  };
}
