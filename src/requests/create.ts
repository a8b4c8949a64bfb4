/**
 * Opens a request: checks everything first, then seals what was given and writes request, rights, lanes (frozen from the
 * configuration), tasks and audit in one transaction. Its own keys are made before, and destroyed again if that fails.
 * Returns ids, states, dates and counts only. Refuses with `identifier-…`, `right-unsupported`, `received-in-future`,
 * `attachment-too-large`, `person-…`, `contact-unusable`, `clock-…`; a request nobody can search for opens a task.
 */
import type { Person } from '../config/load.ts';
import { HabeasError } from '../errors.ts';
import { type KeyId, newId, type RequestId, type SystemId, type TaskId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { ledgerId } from '../ledger/migrate.ts';
import type { LedgerTransaction } from '../ledger/open.ts';
import type { Channel, Right, TaskKind } from '../ledger/states.ts';
import { searchByHandTerms, taskTerms } from '../ledger/task-kinds.ts';
import { openTask } from '../ledger/tasks.ts';
import { sha256Hex } from '../security/canonical.ts';
import { findTask, prepareAnswer, storeAnswer } from './answer.ts';
import { parseContact, parseIdentityMethod, type VerifiedIdentity } from './contact.ts';
import { clockColumns, intakeClock } from './dates.ts';
import { checkIdentifiers, type GivenIdentifiers, searchable } from './identifiers.ts';
import { type SealedIntake, sealIntake } from './intake.ts';
import { authorise, type SignedBy } from './people.ts';
import { type DecisionDeps, findRequest, wakeStarter } from './record.ts';

export interface Attachment {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface NewRequest {
  readonly rights: readonly Right[];
  readonly identifiers: GivenIdentifiers;
  readonly channel: Channel;
  /** YYYY-MM-DD in the controller's time zone; today unless given. */
  readonly receivedOn?: string | undefined;
  readonly language: 'et' | 'en';
  readonly attachments?: readonly Attachment[] | undefined;
  /** Verified already at intake; needs `by`. */
  readonly identity?: VerifiedIdentity | undefined;
  readonly by?: SignedBy | undefined;
}

export interface CreatedRequest {
  readonly requestId: RequestId;
  readonly state: 'received';
  readonly identity: 'unverified' | 'verified';
  readonly receivedOn: string;
  readonly dueOn: string;
  readonly internalTargetOn: string;
  readonly systems: readonly SystemId[];
  /** What waits for a person from the start. */
  readonly tasks: readonly { readonly taskId: TaskId; readonly kind: TaskKind; readonly dueOn: string }[];
}

const maxAttachments = 50;
const maxAttachmentBytes = 25 * 1024 * 1024;

export async function createRequest(deps: DecisionDeps, given: NewRequest): Promise<CreatedRequest> {
  const at = deps.now();
  const identifiers = checkIdentifiers(given.identifiers);
  const manifests = requireRights(deps, given.rights);
  const attachments = given.attachments ?? [];
  if (
    attachments.length > maxAttachments ||
    attachments.reduce((sum, one) => sum + one.bytes.length, 0) > maxAttachmentBytes
  )
    throw new HabeasError('attachment-too-large', { where: '--attach' });
  const by = given.by === undefined ? undefined : authorise(deps.config.people, given.by, 'intake');
  if (given.identity !== undefined) {
    authorise(deps.config.people, given.by, 'task:identity');
    parseIdentityMethod(given.identity.method);
    parseContact(given.identity.contact);
  }
  const { receivedOn, clock } = intakeClock(deps.config, { receivedOn: given.receivedOn, rights: given.rights, at });

  const keys: KeyId[] = [];
  try {
    const workingKeyId = await deps.keys.create('working');
    keys.push(workingKeyId);
    const caseKeyId = await deps.keys.create('case-file');
    keys.push(caseKeyId);
    const requestId = newId('request');
    const blobs = await sealIntake(deps, { requestId, workingKeyId, caseKeyId, identifiers, given, receivedOn });
    const ledger = await ledgerId(deps.ledger.db);
    const plan = { given, at, by, requestId, workingKeyId, caseKeyId, blobs, receivedOn, clock, ledger };
    const found = searchable(identifiers, manifests);
    return await deps.ledger.db.transaction().execute((trx) => insert(deps, trx, { ...plan, found }));
  } catch (error) {
    // Keys of a request that does not exist open nothing; what cannot be destroyed now stays as harmless.
    await Promise.allSettled(keys.map((key) => deps.keys.destroy(key)));
    throw error;
  }
}

/** Manifests of all systems, if each has the stages of each right. */
function requireRights(deps: DecisionDeps, rights: readonly Right[]) {
  if (rights.length === 0) throw new HabeasError('usage', { where: '--rights' });
  return deps.config.systems.map(({ id }) => {
    const manifest = deps.systems.get(id)?.manifest;
    if (manifest === undefined) throw new HabeasError('system-not-configured', { where: id });
    for (const right of rights)
      if (!manifest.rights.includes(right) || !stagesOf[right].every((stage) => manifest.stages.includes(stage)))
        throw new HabeasError('right-unsupported', { where: id });
    return manifest;
  });
}

/** Stages of a connector without which a right cannot be answered. */
const stagesOf = { access: ['locate', 'read'] } as const satisfies Readonly<Record<Right, readonly string[]>>;

async function insert(
  deps: DecisionDeps,
  trx: LedgerTransaction,
  plan: {
    readonly given: NewRequest;
    readonly at: Date;
    readonly by: Person | undefined;
    readonly requestId: RequestId;
    readonly workingKeyId: KeyId;
    readonly caseKeyId: KeyId;
    readonly blobs: SealedIntake;
    readonly receivedOn: string;
    readonly clock: ReturnType<typeof intakeClock>['clock'];
    readonly ledger: string;
    readonly found: boolean;
  },
): Promise<CreatedRequest> {
  const { given, at, by, requestId, blobs, receivedOn, clock } = plan;
  const { identifiers, intake, attachments, identityTask, searchTask } = blobs;
  const objects = [identifiers, intake, ...attachments, identityTask, ...(plan.found ? [] : [searchTask])];
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
    })
    .execute();
  await trx
    .insertInto('request_rights')
    .values(given.rights.map((right) => ({ request_id: requestId, right, answered_at: null, outcome: null })))
    .execute();
  const systems = deps.config.systems.map((system) => system.id);
  await trx
    .insertInto('lanes')
    .values(systems.map((systemId) => freshLane(requestId, systemId, at)))
    .execute();
  await appendAudit(trx, {
    requestId,
    kind: 'received',
    body: {
      rights: given.rights,
      channel: given.channel,
      received: receivedOn,
      due: clock.due,
      systems,
      by: by?.id ?? null,
      config: deps.config.sha256,
      // Of the sealed bytes: the row verifies after the key is gone.
      intake: sha256Hex(intake.bytes),
      attachments: attachments.map((one) => sha256Hex(one.bytes)),
    },
    at,
  });
  const dueOn = clock.internalTarget;
  const shared = { requestId, systemId: null, dueOn, peopleNeeded: 1, at };
  const tasks: { taskId: TaskId; kind: TaskKind; dueOn: string }[] = [];
  const identity = await openTask(trx, {
    ...shared,
    ...taskTerms.identity,
    kind: 'identity',
    code: null,
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
  };
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
