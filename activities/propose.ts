/**
 * What stands between the planned rounds of a pass and their approval: questions that must be answered first (who takes over a
 * workspace, undated late records, far more records than usual), then the plan itself, fixed by its hash. A plan that has changed
 * ends the one before with its question. One short transaction, idempotent; ids, counts and hashes only.
 */
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { beyondLimits } from '../src/ledger/blast-radius.ts';
import { lockRequest } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { type PassPlan, passPlan } from '../src/ledger/plan-hash.ts';
import { addPlan, currentPlan, endPlan, type PassKey, type PlanRow } from '../src/ledger/plan-versions.ts';
import { planTerms, taskTerms } from '../src/ledger/task-kinds.ts';
import { closeTask, openTask, unasked } from '../src/ledger/tasks.ts';
import { canonicalJson, sha256Hex } from '../src/security/canonical.ts';
import type { Proposed } from '../workflows/stages.ts';
import { peopleNeeded } from './people-needed.ts';

type ProposeDeps = Pick<Deps, 'config' | 'now'>;

const waits: Proposed = { state: 'waits', plan: null };

export async function proposePlan(deps: ProposeDeps, trx: LedgerTransaction, key: PassKey): Promise<Proposed> {
  const { requestId, pass } = key;
  const at = deps.now();
  await lockRequest(trx, requestId, 'alone');
  const current = await currentPlan(trx, key);
  // Being carried out: it is not looked at any more.
  if (current !== undefined && current.no_return_at !== null) return { state: 'approved', plan: current.sha256 };
  const plan = await passPlan(trx, key);
  if (current !== undefined && current.sha256 !== plan?.sha256) await withdraw(trx, current, at);
  if (plan === undefined) return waits;
  if (current?.sha256 === plan.sha256)
    return { state: current.approved_at === null ? 'asked' : 'approved', plan: plan.sha256 };
  const isUsual = await askAboutSize(deps, trx, key, plan);
  if (!isUsual || (await hasOpenQuestion(trx, key, plan))) return waits;
  // The same plan was rejected: it would be made anew first.
  if (await wasDecided(trx, key, plan.sha256)) return waits;
  const taskId = await openTask(trx, {
    requestId,
    systemId: null,
    kind: 'approval',
    ...planTerms,
    dueOn: await dueOn(trx, key),
    code: 'plan-ready',
    objectSealed: null,
    peopleNeeded: deps.config.policy.approvals.approval,
    at,
    // An offer to send a part may be open beside it.
    dedupe: plan.sha256,
    aboutSha256: plan.sha256,
  });
  const { sha256, policySha256, rounds } = plan;
  const version = await addPlan(trx, { requestId, pass, sha256, policySha256, rounds, taskId, at });
  await appendAudit(trx, { requestId, kind: 'plan-proposed', body: { pass, version, plan: sha256 }, at });
  return { state: 'asked', plan: sha256 };
}

/** Ends a version and what it asked; nothing is carried out under it. */
async function withdraw(trx: LedgerTransaction, plan: PlanRow, at: Date): Promise<void> {
  await endPlan(trx, { requestId: plan.request_id, pass: plan.pass }, at);
  if (plan.task_id !== null) await closeTask(trx, { taskId: plan.task_id, answer: unasked, at });
  const body = { pass: plan.pass, version: plan.version, plan: plan.sha256 };
  await appendAudit(trx, { requestId: plan.request_id, kind: 'plan-withdrawn', body, at });
}

/** Whether nothing is beyond the limits, or a person has said that this very number is right. */
async function askAboutSize(
  deps: ProposeDeps,
  trx: LedgerTransaction,
  key: PassKey,
  { rounds }: PassPlan,
): Promise<boolean> {
  const limits = deps.config.policy.blastRadius;
  if (limits === undefined) throw new HabeasError('policy-answer-missing', { where: 'policy.blastRadius' });
  const { requestId, pass } = key;
  const beyond = await beyondLimits(trx, { requestId, rounds, limits });
  if (beyond.length === 0) return true;
  const about = beyond.map(({ systemId, collection, count }) => [systemId, collection, count]);
  const taskId = await openTask(trx, {
    requestId,
    systemId: null,
    kind: 'blast-radius',
    ...taskTerms['blast-radius'],
    dueOn: await dueOn(trx, key),
    code: 'blast-radius-records',
    objectSealed: null,
    peopleNeeded: peopleNeeded(deps, 'blast-radius'),
    at: deps.now(),
    dedupe: sha256Hex(canonicalJson(['habeas blast radius v1', pass, about])),
  });
  const { answer } = await trx.selectFrom('tasks').select('answer').where('id', '=', taskId).executeTakeFirstOrThrow();
  return answer === 'proceed';
}

async function hasOpenQuestion(trx: LedgerTransaction, { requestId }: PassKey, { rounds }: PassPlan): Promise<boolean> {
  const row = await trx
    .selectFrom('tasks')
    .select('id')
    .where('request_id', '=', requestId)
    .where('kind', 'in', ['successor', 'late-arrivals'])
    .where(
      'system_id',
      'in',
      rounds.map(([systemId]) => systemId),
    )
    .where('closed_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function wasDecided(trx: LedgerTransaction, { requestId }: PassKey, sha256: string): Promise<boolean> {
  const row = await trx
    .selectFrom('tasks')
    .select('id')
    .where('request_id', '=', requestId)
    .where('kind', '=', 'approval')
    .where('about_sha256', '=', sha256)
    .where('closed_at', 'is not', null)
    .where('answer', '<>', unasked)
    .executeTakeFirst();
  return row !== undefined;
}

async function dueOn(trx: LedgerTransaction, { requestId }: PassKey): Promise<string> {
  const row = await trx
    .selectFrom('requests')
    .select('internal_target_on')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  return row.internal_target_on;
}
