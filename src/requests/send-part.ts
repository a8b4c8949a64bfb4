/**
 * Sending what is finished before the rest: a signed decision of an officer, or the answer to the task that offered it.
 * Says what the part would hold at this moment; what it holds in the end is decided when it is built. Refuses with
 * `identity-unverified`, `package-follows` (nothing is missing), `nothing-finished`, `person-…`, `state-final`.
 */
import { HabeasError } from '../errors.ts';
import type { DecisionId, RequestId, SystemId, TaskId } from '../ids.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { type NextPart, nextPart } from '../ledger/package-parts.ts';
import { isFinal } from '../ledger/states.ts';
import { answerAs } from './answer.ts';
import { authorise, type SignedBy } from './people.ts';
import { type DecisionDeps, findRequest, lockRequest, prepareDecision, storeDecision } from './record.ts';

export interface SentPartDecision {
  readonly requestId: RequestId;
  /** The offer that it answers; null where nobody had asked. */
  readonly taskId: TaskId | null;
  readonly decisionId: DecisionId;
  readonly seq: number;
  /** False while other people must still agree. */
  readonly settled: boolean;
  readonly peopleStillNeeded: number;
  /** Systems that will be in it. */
  readonly holds: readonly SystemId[];
  /** Systems that have not finished; each is named in it, and follows later. */
  readonly missing: readonly SystemId[];
  /** Systems that an earlier package holds. */
  readonly sentBefore: readonly SystemId[];
}

export async function sendPart(
  deps: DecisionDeps,
  given: {
    readonly requestId: RequestId;
    readonly reason?: string | undefined;
    readonly signedBy: SignedBy | undefined;
  },
): Promise<SentPartDecision> {
  const { db } = deps.ledger;
  const { requestId, signedBy } = given;
  const person = authorise(deps.config.people, signedBy, 'send-part');
  if (signedBy === undefined) throw new HabeasError('person-needed');
  const request = await findRequest(db, requestId);
  if (isFinal(request.state)) throw new HabeasError('state-final');
  const told = tellPart(await requirePart(db, requestId));
  const offer = await openOffer(db, requestId);
  const reason = given.reason?.trim() || undefined;
  if (offer !== undefined) {
    const answered = await answerAs(deps, 'send-part', { taskId: offer, answer: 'send-part', reason, signedBy });
    return { ...answered, ...told };
  }
  const prepared = await prepareDecision(deps, {
    kind: 'send-part',
    requestId,
    taskId: null,
    systemId: null,
    answer: 'send-part',
    sealable: { reason },
    keyId: request.case_key_id,
    person,
    signedBy,
    at: deps.now(),
  });
  return db.transaction().execute(async (trx) => {
    const locked = await lockRequest(trx, requestId);
    const now = tellPart(await requirePart(trx, requestId));
    const seq = await storeDecision(trx, locked, prepared);
    return { requestId, taskId: null, decisionId: prepared.id, seq, settled: true, peopleStillNeeded: 0, ...now };
  });
}

/** What a part sent now would hold; refused where there is none to send. */
export async function requirePart(db: LedgerReader, requestId: RequestId): Promise<NextPart> {
  const { identity } = await findRequest(db, requestId);
  if (identity !== 'verified') throw new HabeasError('identity-unverified');
  const next = await nextPart(db, requestId);
  if (next.missing.length === 0) throw new HabeasError('package-follows');
  if (next.finished.length === 0) throw new HabeasError('nothing-finished');
  return next;
}

/** The same by ids, as front doors tell it. */
export function tellPart(next: NextPart): Pick<SentPartDecision, 'holds' | 'missing' | 'sentBefore'> {
  return {
    holds: next.finished.map(({ systemId }) => systemId),
    missing: next.missing,
    sentBefore: next.sent.map(({ systemId }) => systemId),
  };
}

async function openOffer(db: LedgerReader, requestId: RequestId): Promise<TaskId | undefined> {
  const row = await db
    .selectFrom('tasks')
    .select('id')
    .where('request_id', '=', requestId)
    .where('kind', '=', 'approval')
    .where('code', '=', 'part-ready')
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return row?.id;
}
