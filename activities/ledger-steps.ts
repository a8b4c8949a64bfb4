/**
 * The quick steps of a workflow in the ledger: what it must know at its start (begin.ts), what people decided, and the states
 * it reports. Local activities: each is one short transaction, idempotent, and returns ids, codes and counts only. Late
 * reports (a lower workflow number) change nothing. Every state change has its audit row in the same transaction.
 */
import { ApplicationFailure } from '@temporalio/activity';
import type { Deps } from '../src/deps.ts';
import { catalogue, codeOf, HabeasError, isErrorCode } from '../src/errors.ts';
import type { RequestId, SystemId } from '../src/ids.ts';
import { waitingAnswers } from '../src/ledger/answers.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { noteFailureForGood } from '../src/ledger/breaker.ts';
import { enterState } from '../src/ledger/enter-state.ts';
import { callable, leftStates, stopCodes } from '../src/ledger/incidents.ts';
import { lockRequest, setLane } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import type { TaskKind } from '../src/ledger/states.ts';
import {
  answerTerms,
  laneTerms,
  liftTerms,
  rightTerms,
  type TaskTerms,
  taskTerms,
  unsentAnswerTerms,
  unsentTerms,
} from '../src/ledger/task-kinds.ts';
import { closeTask, openTask, openTaskIds } from '../src/ledger/tasks.ts';
import type { DecisionFacts, Decisions, LedgerSteps } from '../workflows/stages.ts';
import { askByHand } from './ask-by-hand.ts';
import { begin } from './begin.ts';
import { closeRequest } from './close.ts';
import { downloadWindow } from './download-window.ts';
import { coolOff, passNoReturn } from './no-return.ts';
import { noticePeriod } from './notice-period.ts';
import { openNotices } from './notices.ts';
import { peopleNeeded } from './people-needed.ts';
import { proposePlan } from './propose.ts';
import { rightAsked, settleRight } from './settle-right.ts';
import { askUnmark } from './unmark.ts';

type StepDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

export function ledgerSteps(deps: StepDeps): LedgerSteps {
  const { db } = deps.ledger;
  const inTransaction = <T>(work: (trx: LedgerTransaction) => Promise<T>) =>
    coded(() => db.transaction().execute(work));

  return {
    begin: ({ requestId }) => coded(() => begin(deps, db, requestId)),

    readDecisions: ({ requestId, afterSeq }) =>
      inTransaction(async (trx) => {
        // The number is read under a lock: a decision stored after it wakes the starter again.
        const { seq } = await trx
          .selectFrom('requests')
          .select('seq')
          .where('id', '=', requestId)
          .forNoKeyUpdate()
          .executeTakeFirstOrThrow(missing);
        await trx.updateTable('requests').set({ woken_seq: seq }).where('id', '=', requestId).execute();
        const decisions = await decisionsAfter(trx, requestId, afterSeq);
        const candidates = await candidatesOf(trx, requestId);
        return { seq, decisions, candidates, resumed: await callable(trx, await pausedLanes(trx, requestId)) };
      }),

    settleDecisions: ({ requestId, applied, moot }) =>
      inTransaction(async (trx) => {
        await lockRequest(trx, requestId, 'shared');
        const taken = {
          applied: await setEffect(trx, requestId, applied, 'applied'),
          'no-longer-applies': await setEffect(trx, requestId, moot, 'no-longer-applies'),
        };
        if (Object.values(taken).every((numbers) => numbers.length === 0)) return;
        await appendAudit(trx, { requestId, kind: 'decisions-taken', body: taken, at: deps.now() });
      }),

    enterState: ({ requestId, state, workflowSeq }) =>
      inTransaction(async (trx) => {
        await enterState(trx, { requestId, state, workflowSeq }, deps.now());
      }),

    settleRight: ({ requestId }) => inTransaction((trx) => settleRight(deps, trx, requestId)),

    noticePeriod: ({ requestId }) => coded(() => noticePeriod(deps, deps.ledger.db, requestId)),
    askUnmark: ({ requestId }) => inTransaction((trx) => askUnmark(deps, trx, requestId)),

    downloadWindow: ({ requestId }) => inTransaction((trx) => downloadWindow(deps, trx, requestId)),

    proposePlan: ({ requestId, pass }) => inTransaction((trx) => proposePlan(deps, trx, { requestId, pass })),

    coolOff: ({ requestId, pass }) => inTransaction((trx) => coolOff(deps, trx, { requestId, pass })),

    passNoReturn: ({ requestId, pass }) => coded(() => passNoReturn(deps, { requestId, pass })),

    close: (input) => inTransaction((trx) => closeRequest(deps, trx, input)),

    setLane: async (lane) => {
      const { requestId, systemId } = lane;
      const { result, tripped } = await inTransaction(async (trx) => {
        const at = deps.now();
        await lockRequest(trx, requestId, 'alone');
        const code = lane.code === null || isErrorCode(lane.code) ? lane.code : 'internal';
        const result = await setLane(trx, { ...lane, code }, at);
        if (lane.state === 'waiting') await closeUnresolved(trx, requestId, systemId, at);
        const threshold = deps.config.worker.breaker.requests;
        const isFailure = lane.state === 'parked' && code !== null;
        const tripped = isFailure
          ? await noteFailureForGood(trx, { requestId, systemId, code, threshold, at })
          : undefined;
        return { result, tripped };
      });
      if (tripped !== undefined) {
        const { incidentId, cause, requests } = tripped;
        deps.log.warn({ systemId, incidentId, code: cause, count: requests }, 'system-tripped');
      }
      return result;
    },

    openNotices: ({ requestId }) => inTransaction((trx) => openNotices(deps, trx, requestId)),

    openTask: ({ requestId, kind, systemId, code, byHand, right }) =>
      inTransaction(async (trx) => {
        await lockRequest(trx, requestId, 'alone');
        const request = await trx
          .selectFrom('requests')
          .select(['internal_target_on', 'identity', 'contact_sealed'])
          .where('id', '=', requestId)
          .executeTakeFirstOrThrow(missing);
        if (kind === 'identity' && request.identity !== 'unverified') return { taskId: null };
        const isOfLane = systemId !== null && (kind === 'unresolved' || kind === 'manual');
        if (isOfLane && !(await isStopped(trx, requestId, systemId))) return { taskId: null };
        if (kind === 'manual' && systemId !== null)
          return { taskId: await askByHand(deps, trx, { requestId, systemId, right: right ?? 'access' }) };
        // A letter that cannot be sent: tried again, or a person hands over the package, or the answer, which may reach nobody.
        const asked = kind === 'right' ? await rightAsked(trx, requestId) : null;
        const mayBeHanded = kind === 'manual' || (systemId === null && code?.startsWith('mail-') === true);
        const isAnswer = mayBeHanded && (await waitingAnswers(trx, requestId)) !== undefined;
        const taskId = await openTask(trx, {
          requestId,
          systemId,
          kind,
          ...(asked === null
            ? termsOf(kind, systemId, { code, mayBeHanded, isAnswer, byHand: byHand ?? true })
            : code === 'restriction-stands'
              ? liftTerms
              : rightTerms(asked)),
          dueOn: request.internal_target_on,
          code: code === null || isErrorCode(code) ? code : 'internal',
          // Whoever hands a package over must see to whom: the verified contact point and no other.
          objectSealed: mayBeHanded ? request.contact_sealed : null,
          peopleNeeded: peopleNeeded(deps, kind),
          right: isOfLane ? (right ?? null) : null,
          // Beside whatever else a person is asked to do by hand.
          ...(code === 'answer-by-hand' ? { dedupe: 'answer' } : {}),
          at: deps.now(),
        });
        return { taskId };
      }),
  };
}

/**
 * A step's failure as its code. The SDK turns anything else that is thrown into a failure that may always be tried again,
 * before any converter of ours sees it: books that do not balance would be tried for ever, and nobody asked.
 */
async function coded<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const code = codeOf(error);
    throw ApplicationFailure.create({ message: code, type: code, nonRetryable: !catalogue[code].retryable });
  }
}

/** A plan's `approval` is asked by proposePlan alone, which knows its hash. */
function termsOf(
  kind: TaskKind,
  systemId: SystemId | null,
  of: {
    readonly code: string | null;
    readonly mayBeHanded: boolean;
    /** What may be handed over is an answer and no package. */
    readonly isAnswer: boolean;
    readonly byHand: boolean;
  },
): TaskTerms {
  if (kind === 'approval' && of.code === 'plan-ready') throw new HabeasError('internal', { where: 'approval' });
  if (kind === 'manual' && of.code === 'answer-by-hand') return answerTerms;
  if (kind !== 'unresolved') return taskTerms[kind];
  if (systemId === null && of.mayBeHanded) return of.isAnswer ? unsentAnswerTerms : unsentTerms;
  if (systemId === null) return taskTerms.unresolved;
  if (of.byHand) return laneTerms;
  return { ...laneTerms, allowedAnswers: laneTerms.allowedAnswers.filter((answer) => answer !== 'done-by-hand') };
}

const missing = () => new HabeasError('not-found', { where: 'request' });

async function decisionsAfter(
  trx: LedgerTransaction,
  requestId: RequestId,
  afterSeq: number,
): Promise<readonly DecisionFacts[]> {
  const rows = await trx
    .selectFrom('people_decisions as d')
    .leftJoin('tasks as t', 't.id', 'd.task_id')
    .select([
      'd.seq',
      'd.kind',
      'd.answer',
      'd.task_id',
      'd.system_id',
      't.kind as task_kind',
      't.answer as closed_with',
      't.code',
    ])
    .where('d.request_id', '=', requestId)
    .where('d.seq', '>', afterSeq)
    .where('d.effect', 'is', null)
    .orderBy('d.seq')
    .execute();
  return rows.map((row) => ({
    seq: row.seq ?? 0,
    kind: row.kind,
    answer: row.answer,
    taskId: row.task_id,
    taskKind: row.task_kind,
    systemId: row.system_id,
    code: row.code,
    // Resuming a system closes the task that asked whether to try again with `retry`. Whoever was outvoted has no effect.
    settled: row.task_id === null || row.kind === 'resume' || row.closed_with === row.answer,
  }));
}

/** Open candidates and reviews of masks, of every system that ever had one. */
async function candidatesOf(trx: LedgerTransaction, requestId: RequestId): Promise<Decisions['candidates']> {
  const rows = await trx
    .selectFrom('tasks')
    .select((it) => [
      'system_id',
      it.fn.countAll<number>().filterWhere('closed_at', 'is', null).filterWhere('kind', '=', 'candidate').as('open'),
      it.fn.countAll<number>().filterWhere('closed_at', 'is', null).filterWhere('kind', '=', 'mask').as('masks'),
    ])
    .where('request_id', '=', requestId)
    .where('kind', 'in', ['candidate', 'mask'])
    .where('system_id', 'is not', null)
    .groupBy('system_id')
    .orderBy('system_id')
    .execute();
  return rows.flatMap(({ system_id: systemId, open, masks: openMasks }) =>
    systemId === null ? [] : [{ systemId, openCandidates: open, openMasks }],
  );
}

async function isStopped(trx: LedgerTransaction, requestId: RequestId, systemId: SystemId): Promise<boolean> {
  const lane = await trx
    .selectFrom('lanes')
    .select('state')
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .executeTakeFirst();
  return lane?.state === 'parked' || lane?.state === 'unresolved';
}

async function pausedLanes(trx: LedgerTransaction, requestId: RequestId): Promise<readonly SystemId[]> {
  const rows = await trx
    .selectFrom('lanes')
    .select('system_id')
    .where('request_id', '=', requestId)
    .where('state', 'in', [...leftStates])
    .where('code', 'in', [...stopCodes])
    .execute();
  return rows.map((row) => row.system_id);
}

async function setEffect(
  trx: LedgerTransaction,
  requestId: RequestId,
  seqs: readonly number[],
  effect: 'applied' | 'no-longer-applies',
): Promise<readonly number[]> {
  if (seqs.length === 0) return [];
  const rows = await trx
    .updateTable('people_decisions')
    .set({ effect })
    .where('request_id', '=', requestId)
    .where('seq', 'in', seqs)
    .where('effect', 'is', null)
    .returning('seq')
    .execute();
  return rows.flatMap(({ seq }) => (seq === null ? [] : [seq])).sort((a, b) => a - b);
}

/** A lane that goes on has its question answered, whoever or whatever answered it. */
async function closeUnresolved(
  trx: LedgerTransaction,
  requestId: RequestId,
  systemId: SystemId,
  at: Date,
): Promise<void> {
  const open = await openTaskIds(trx, { requestId, systemId, kind: 'unresolved' });
  for (const taskId of open) await closeTask(trx, { taskId, answer: 'retry', at });
}
