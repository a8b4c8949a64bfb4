/**
 * Rows of an erasure as the workflow leaves them, planted straight into a ledger: what was read, decided, proposed, done and
 * put into the register. For tests of what people see and decide.
 */
import type { EraseAction } from '../../connectors/contract.ts';
import { newId, type RegisterId, type RequestId, randomName, type SystemId, type TaskId } from '../../src/ids.ts';
import type { Disposition, DispositionReason, Evidence } from '../../src/ledger/states.ts';
import { planTerms, taskTerms } from '../../src/ledger/task-kinds.ts';
import { openTask } from '../../src/ledger/tasks.ts';
import { putSealed } from '../../src/ledger/vault.ts';
import type { ErasureException, ErasureGround, RefusalGround } from '../../src/policy/grounds.ts';
import { createRequest, type NewRequest } from '../../src/requests/index.ts';
import { sha256Hex } from '../../src/security/canonical.ts';
import type { World } from './world.ts';

/** A decision with what became of its records. */
export interface PlantedDecision {
  readonly collection: string;
  readonly recordClass: string;
  readonly action: EraseAction;
  readonly disposition: Disposition;
  readonly reason: DispositionReason;
  readonly ground?: ErasureGround;
  readonly exception?: ErasureException;
  readonly refusal?: RefusalGround;
  readonly keptBy?: string;
  readonly until?: string;
  readonly count: number;
  /** Of effects: what became of them; missing: nothing yet. */
  readonly done?: { readonly disposition: 'erased' | 'anonymised' | 'absent'; readonly evidence: Evidence };
}

export const invoiceLaws = 'Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31';

/** One of each kind that a plan can have. */
export const mixed: readonly PlantedDecision[] = [
  {
    ...{ collection: 'users', recordClass: 'account', action: 'delete', disposition: 'erased', reason: 'eligible' },
    ...{ ground: '17(1)(a)', count: 3 },
  },
  {
    ...{ collection: 'devices', recordClass: 'device', action: 'detach', disposition: 'anonymised' },
    ...{ reason: 'eligible', ground: '17(1)(a)', count: 4 },
  },
  {
    ...{ collection: 'invoices', recordClass: 'invoice', action: 'keep', disposition: 'retained', reason: 'law-keeps' },
    ...{ exception: '17(3)(b)', keptBy: invoiceLaws, until: '2033-12-31', count: 5 },
  },
  {
    ...{ collection: 'playlists', recordClass: 'playlist', action: 'keep', disposition: 'refused' },
    ...{ reason: 'not-the-persons-data', refusal: '17(1)', count: 6 },
  },
  {
    ...{ collection: 'staff', recordClass: 'rota', action: 'keep', disposition: 'referred', reason: 'processor' },
    ...{ count: 7 },
  },
];

export async function newErasure(world: World, given: Partial<NewRequest> = {}): Promise<RequestId> {
  const { requestId } = await createRequest(world.deps, {
    rights: ['erasure'],
    identifiers: { email: ['mari@example.ee'], userId: '42' },
    channel: 'web',
    language: 'en',
    identity: { method: 'logged-in', contact: 'mari@example.ee' },
    by: world.people.agent,
    ...given,
  });
  return requestId;
}

/** A planned round of one system: one stream and one chunk a decision. */
export async function plantRound(
  world: World,
  requestId: RequestId,
  systemId: SystemId,
  decisions: readonly PlantedDecision[],
  { round = 1, pass = 1, newRelationship = 0 } = {},
): Promise<void> {
  const { db } = world.deps.ledger;
  const at = world.deps.now();
  const place = { request_id: requestId, system_id: systemId, round };
  await db
    .insertInto('rounds')
    .values({
      ...place,
      ...{ right: 'erasure', pass, started_at: at, finished_at: at, planned_at: at, superseded: false },
      new_relationship: newRelationship,
    })
    .execute();
  for (const [streamNo, decision] of decisions.entries()) {
    const no = streamNo + 1;
    const { action, reason, ground, exception, refusal, keptBy, until, count, done } = decision;
    await db
      .insertInto('streams')
      .values({
        ...place,
        ...{ stream_no: streamNo, collection: decision.collection, record_class: decision.recordClass },
        ...{ owner_kind: 'person', role: 'controller', right: 'erasure', disposition: null, reason: null },
        ...{ fields: '[]', found: count, as_of: at, description: '{}' },
      })
      .execute();
    await db
      .insertInto('chunks')
      .values({
        ...{ ...place, stage: 'read', stream_no: streamNo, chunk_no: 0, object_name: randomName(), count },
        ...{ plain_bytes: 1, bytes: 1, tag: '00', as_of: null, cursor_sealed: null },
      })
      .execute();
    await db
      .insertInto('decisions')
      .values({
        ...{ ...place, no, collection: decision.collection, record_class: decision.recordClass, action, reason },
        ...{ disposition: decision.disposition, ground: ground ?? null, exception: exception ?? null },
        ...{ refusal: refusal ?? null, kept_by: keptBy ?? null, until: until ?? null, fields: '[]', count },
      })
      .execute();
    const isKept = ['retained', 'refused', 'referred', 'expiring'].includes(decision.disposition);
    const evidence: Evidence = decision.disposition === 'expiring' ? 'pending' : 'none';
    const became = isKept ? { disposition: decision.disposition, evidence } : done;
    if (became === undefined) continue;
    await db
      .insertInto('dispositions')
      .values({
        ...{ ...place, stream_no: streamNo, chunk_no: 0, right: 'erasure', reason, count, decision_no: no },
        ...{ disposition: became.disposition, evidence: became.evidence, until: until ?? null },
        detached: action === 'detach' && became.disposition === 'anonymised',
      })
      .execute();
  }
}

export interface PlantedPlan {
  readonly sha256: string;
  readonly taskId: TaskId;
}

/** Proposes a plan as the workflow's step does: the version before it ends, its open question too. */
export async function plantPlan(
  world: World,
  requestId: RequestId,
  { pass = 1, version = 1, peopleNeeded = 1 } = {},
): Promise<PlantedPlan> {
  const at = world.deps.now();
  const sha256 = sha256Hex(`${requestId}/${pass}/${version}`);
  const taskId = await world.deps.ledger.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('plans')
      .set({ ended_at: at })
      .where('request_id', '=', requestId)
      .where('pass', '=', pass)
      .where('ended_at', 'is', null)
      .execute();
    const task = await openTask(trx, {
      ...{ ...planTerms, requestId, systemId: null, kind: 'approval', dueOn: '2026-12-20', code: 'plan-ready', at },
      ...{ objectSealed: null, peopleNeeded, dedupe: sha256, aboutSha256: sha256 },
    });
    await trx
      .insertInto('plans')
      .values({
        ...{ request_id: requestId, pass, version, sha256, rounds: '[]', policy_sha256: 'p', made_at: at },
        ...{ task_id: task, approved_at: null, cooling_until: null, ended_at: null },
      })
      .execute();
    return task;
  });
  return { sha256, taskId };
}

/** The question who takes over a workspace. */
export async function plantSuccessorTask(
  world: World,
  requestId: RequestId,
  workspace: string,
  peopleNeeded = 1,
): Promise<TaskId> {
  const { db } = world.deps.ledger;
  const { working_key_id: keyId } = await db
    .selectFrom('requests')
    .select('working_key_id')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  return db.transaction().execute(async (trx) => {
    const ref = { collection: 'workspaces', key: [['id', workspace]] };
    const objectSealed = await putSealed(trx, world.deps.keys, { requestId, keyId, value: { workspace: ref } });
    return openTask(trx, {
      ...{ ...taskTerms.successor, requestId, systemId: world.systemIds.accountDb, kind: 'successor' },
      ...{ dueOn: '2026-12-20', code: 'successor-needed', objectSealed, peopleNeeded, at: world.deps.now() },
      dedupe: sha256Hex(workspace),
    });
  });
}

/** An entry of the register about one planted decision. */
export async function plantEntry(
  world: World,
  entry: {
    readonly requestId: RequestId;
    readonly systemId: SystemId;
    readonly decision: PlantedDecision;
    readonly no: number;
    readonly dueOn: string | null;
    readonly active?: boolean;
    readonly objectName?: string;
    readonly tag?: string;
    readonly keyId?: Awaited<ReturnType<World['deps']['keys']['create']>>;
  },
): Promise<RegisterId> {
  const { decision, no } = entry;
  const id = newId('register');
  const at = world.deps.now();
  await world.deps.ledger.db
    .insertInto('register_entries')
    .values({
      ...{ id, request_id: entry.requestId, system_id: entry.systemId, round: 1, stream_no: no - 1, chunk_no: 0 },
      ...{ decision_no: no, kind: decision.disposition === 'expiring' ? 'expiring' : 'retained' },
      ...{ collection: decision.collection, record_class: decision.recordClass, count: decision.count },
      ...{ due_on: entry.dueOn, kept_by: decision.keptBy ?? null, tag: entry.tag ?? '00', bytes: 1, made_at: at },
      key_id: entry.keyId ?? (await world.deps.keys.create('register')),
      object_name: entry.objectName ?? randomName(),
      active_at: entry.active === false ? null : at,
    })
    .execute();
  return id;
}
