/**
 * The one way a task is answered; every deciding command with a task is a door to it. Checks the person before anything
 * is stored, then the task under the request's lock. Where several people are asked for, each answer is stored and the
 * task closes when enough different people agree; until then nothing has an effect. Refuses with `task-closed`,
 * `answer-not-allowed`, `person-…`, `reason-needed`, `contact-unusable`, `lane-not-parked`, `system-paused`, `state-final`,
 * `proof-needed`, `next-date`, `voices-differ`, `plan-changed`, `successor-…`, `mandate-…`, `instruction-only`.
 */
import type { Selectable } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { DecisionId, RequestId, TaskId } from '../ids.ts';
import { ledgerId } from '../ledger/migrate.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import { requireProposed } from '../ledger/plan-approval.ts';
import type { TasksTable } from '../ledger/schema.ts';
import { type DecisionKind, isHandAnswer } from '../ledger/states.ts';
import { bindsNobodyAlone, peopleFor } from '../ledger/task-kinds.ts';
import { closeTask } from '../ledger/tasks.ts';
import { canonicalJson, type JsonValue } from '../security/canonical.ts';
import { type AnswerEffect, agreeing, sameHand, sameTerms, takeEffect, waitingPackages } from './answer-effects.ts';
import { type HandAnswer, handVoice, recordProof, sealedHand, shownHand } from './by-hand-answer.ts';
import { parseContact, parseIdentityMethod, type VerifiedIdentity } from './contact.ts';
import { checkIdentifiers, type GivenIdentifiers, searchable } from './identifiers.ts';
import { type GivenTerms, leaveTerms } from './leave-terms.ts';
import { requireMandate } from './mandate.ts';
import { masksSeen } from './masks-seen.ts';
import { noticeVoice } from './notices.ts';
import { authorise, type SignedBy } from './people.ts';
import { planVoice } from './plan-voice.ts';
import {
  type DecisionDeps,
  findRequest,
  lockRequest,
  type Prepared,
  prepareDecision,
  type RequestRow,
  reasonGiven,
  type Sealable,
  storeDecision,
} from './record.ts';
import { toldOn } from './restriction-lift.ts';
import { requirePart } from './send-part.ts';
import { requireStopped } from './stopped-lane.ts';
import { namedSuccessor } from './successor-named.ts';
import { civilToday } from './today.ts';

export type TaskRow = Selectable<TasksTable>;

export interface Answer {
  readonly taskId: TaskId;
  readonly answer: string;
  readonly reason?: string | undefined;
  readonly signedBy: SignedBy | undefined;
  /** With `verified`. */
  readonly identity?: VerifiedIdentity | undefined;
  /** With `identifiers-added`. */
  readonly identifiers?: GivenIdentifiers | undefined;
  /** With `delivered`; by post today unless given. */
  readonly delivery?: { readonly method: 'post' | 'in-person'; readonly on?: string | undefined } | undefined;
  /** With the answers of a system looked through by hand; made by src/requests/by-hand.ts. */
  readonly byHand?: HandAnswer | undefined;
  /** With `leave-unresolved`. */
  readonly leave?: GivenTerms | undefined;
  /** With `approve`: the beginning of the plan's hash that was read; any other plan is refused. */
  readonly plan?: string | undefined;
  /** With `approve` of masks: the beginning of the hash of what was seen. */
  readonly masks?: string | undefined;
  /** With `named`: the account number of who takes over the workspace. */
  readonly successor?: string | undefined;
  /** With `verified` or `unverifiable` of a customer's instruction: the beginning of the hash of the mandate that was read. */
  readonly mandate?: string | undefined;
  /** With `lift`: the day on which the person was told; with `sent` and `acknowledged`: the recipient, today unless given. */
  readonly told?: string | undefined;
}

export interface Answered {
  readonly requestId: RequestId;
  readonly taskId: TaskId;
  readonly decisionId: DecisionId;
  /** The request's number of this decision. */
  readonly seq: number;
  /** Whether the task is closed by it; false while other people must still agree. */
  readonly settled: boolean;
  /** How many more people must give this same answer. */
  readonly peopleStillNeeded: number;
}

/** Answers a task. Returns ids and counts only. */
export function answer(deps: DecisionDeps, given: Answer): Promise<Answered> {
  return answerAs(deps, 'answer', given);
}

/** As {@link answer}, for commands that have a decision kind of their own (retry, delivered). */
export async function answerAs(deps: DecisionDeps, kind: DecisionKind, given: Answer): Promise<Answered> {
  const { db } = deps.ledger;
  const task = await findTask(db, given.taskId);
  const request = await findRequest(db, task.request_id);
  const made = await prepareAnswer(deps, { kind, given, task, request, ledger: await ledgerId(db) });
  return db.transaction().execute((trx) => storeAnswer(deps, trx, made));
}

/** An answer checked, signed and sealed; not stored yet. */
export interface MadeAnswer {
  readonly prepared: Prepared;
  readonly effect: AnswerEffect;
  /** What other people's answers must equal to agree with this one. */
  readonly agreesOn: string;
}

export async function prepareAnswer(
  deps: DecisionDeps,
  input: {
    readonly kind: DecisionKind;
    readonly given: Answer;
    readonly task: Pick<
      TaskRow,
      'id' | 'kind' | 'system_id' | 'allowed_answers' | 'about_sha256' | 'object_sealed' | 'request_id'
    >;
    readonly request: Pick<RequestRow, 'id' | 'case_key_id' | 'identifiers_sealed'>;
    readonly ledger: string;
    /** The transaction that makes what is answered; without it everything stands already. */
    readonly trx?: LedgerTransaction;
  },
): Promise<MadeAnswer> {
  const { given, task, request, ledger } = input;
  const person = authorise(deps.config.people, given.signedBy, `task:${task.kind}`);
  if (!task.allowed_answers.includes(given.answer)) throw new HabeasError('answer-not-allowed');
  // `unverifiable` refuses the whole request (Art. 11(2)): a refusal has a written reason.
  const explainsItself =
    ['verified', 'delivered', 'send-part', 'approve', 'sent', 'acknowledged'].includes(given.answer) ||
    input.kind === 'retry';
  const needsReason = !explainsItself;
  const reason = needsReason ? reasonGiven(given.reason) : given.reason?.trim() || undefined;
  const at = deps.now();
  if (task.kind === 'identity') await requireMandate(input.trx ?? deps.ledger.db, { given, request, person });
  const effect = await effectOf(deps, { given, request, task, at });
  const sealable: Sealable = { reason, ...sealedPart(effect) };
  const prepared = await prepareDecision(deps, {
    kind: input.kind,
    requestId: request.id,
    taskId: task.id,
    systemId: task.system_id,
    answer: given.answer,
    sealable,
    keyId: settlesKept(effect) ? effect.hand.settles.caseKeyId : request.case_key_id,
    details: shownPart(effect),
    person,
    signedBy: given.signedBy ?? missing(),
    at,
    ledger,
  });
  return { prepared, effect, agreesOn: agreement(given.answer, effect) };
}

/** Stores a made answer in the caller's transaction, and its effect where it settles the task. */
export async function storeAnswer(deps: DecisionDeps, trx: LedgerTransaction, made: MadeAnswer): Promise<Answered> {
  const { prepared, effect, agreesOn } = made;
  const { requestId, taskId } = prepared;
  if (requestId === null || taskId === null) throw new HabeasError('internal', { where: 'answer' });
  // What was kept by hand outlasts its request.
  const request = await lockRequest(trx, requestId, settlesKept(effect));
  const task = await findTask(trx, taskId);
  if (task.closed_at !== null) throw new HabeasError('task-closed');
  const given = await trx
    .selectFrom('people_decisions')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('seq')
    .execute();
  const others = given.filter((one) => one.person_id !== prepared.person.id);
  const mine = given.findLast((one) => one.person_id === prepared.person.id);
  if (mine !== undefined && isTwice(mine, effect, agreesOn)) throw new HabeasError('person-twice');
  const ofLane = task.kind === 'unresolved' || (task.kind === 'manual' && task.code !== 'unmark-by-hand');
  if (ofLane && !settlesKept(effect)) await requireStopped(trx, task, prepared.answer);
  if (prepared.answer === 'send-part') await requirePart(trx, requestId);
  if (effect.kind === 'masks' && task.about_sha256 !== effect.sha256) throw new HabeasError('masks-changed');
  if (effect.kind === 'plan') {
    if (task.about_sha256 !== effect.sha256) throw new HabeasError('plan-changed');
    await requireProposed(trx, { requestId, sha256: effect.sha256 });
  }
  const agreed = 1 + (await agreeing(deps, trx, others, effect, agreesOn));
  // One person's no is enough: nothing is erased by it, and the plan is made anew.
  const isVeto = effect.kind === 'plan' && effect.outcome === 'reject';
  const asked = effect.kind === 'by-hand' ? Math.max(effect.hand.people, task.people_needed) : task.people_needed;
  const needed = isVeto ? 1 : peopleFor(prepared.answer, asked);
  const settled = agreed >= needed;
  const seq = await storeDecision(trx, request, prepared, settlesKept(effect) ? (mine?.id ?? null) : null);
  if (effect.kind === 'by-hand') {
    // Looked at under the lock: the point of no return is passed under the same one.
    if (effect.hand.right === 'erasure' && request.no_return_at === null)
      throw new HabeasError('by-hand-too-early', { where: prepared.systemId ?? undefined });
    await recordProof(trx, effect.hand);
  }
  if (settled) {
    // Before the effect, which may ask the same question anew.
    // Behind the lock: what a receipt made in between does not know was closed after it.
    await closeTask(trx, { taskId, answer: prepared.answer, at: deps.now() });
    await takeEffect(deps, trx, { request, task, prepared, effect });
  }
  const peopleStillNeeded = Math.max(0, needed - agreed);
  return { requestId, taskId, decisionId: prepared.id, seq, settled, peopleStillNeeded };
}

/** Where two who count differently must be able to come to the same, whoever has said one thing may say another. */
function isTwice(mine: Parameters<typeof sameTerms>[0], effect: AnswerEffect, agreesOn: string): boolean {
  if (settlesKept(effect)) return sameHand(mine, agreesOn);
  return !bindsNobodyAlone(mine.answer) || sameTerms(mine, agreesOn);
}

export async function findTask(db: LedgerReader, taskId: TaskId): Promise<TaskRow> {
  const task = await db.selectFrom('tasks').selectAll().where('id', '=', taskId).executeTakeFirst();
  if (task === undefined) throw new HabeasError('not-found', { where: 'task' });
  return task;
}

async function effectOf(
  deps: DecisionDeps,
  asked: Pick<Parameters<typeof prepareAnswer>[1], 'given' | 'request' | 'task'> & { readonly at: Date },
): Promise<AnswerEffect> {
  const { given, request, task, at } = asked;
  switch (given.answer) {
    case 'verified': {
      if (given.identity === undefined) throw new HabeasError('contact-unusable', { where: '--method --contact' });
      const { method, contact } = given.identity;
      return { kind: 'verified', method: parseIdentityMethod(method), contact: parseContact(contact) };
    }
    case 'unverifiable':
      return { kind: 'unverifiable' };
    case 'identifiers-added': {
      const manifests = [...deps.systems.values()].map((system) => system.manifest);
      const identifiers = checkIdentifiers(given.identifiers ?? {}, manifests);
      if (!searchable(identifiers, manifests)) throw new HabeasError('identifiers-not-searchable');
      return { kind: 'identifiers', identifiers };
    }
    case 'delivered': {
      const today = civilToday(at, deps.config.controller.timeZone);
      const { method, on } = given.delivery ?? { method: 'post', on: undefined };
      if (on !== undefined && !isCivilDate(on)) throw new HabeasError('clock-date-invalid', { where: '--date' });
      if (on !== undefined && on > today) throw new HabeasError('delivery-date', { where: '--date' });
      const packages = await waitingPackages(deps.ledger.db, request.id);
      return { kind: 'delivered', method, on: on ?? today, today: on === undefined || on === today, packages };
    }
    case 'sent':
    case 'acknowledged':
    case 'impossible':
      return { kind: 'notice', voice: noticeVoice(deps, given.answer, given.told, at) };
    case 'not-reachable':
      return { kind: 'unreachable' };
    case 'unmarked':
      return { kind: 'unmarked' };
    case 'leave-unresolved':
      return { kind: 'left', terms: leaveTerms(deps.config, given.leave, at) };
    case 'lift':
      return { kind: 'lifted', toldOn: await toldOn(deps, request.id, given.told, at) };
    case 'named':
      return { kind: 'successor', named: await namedSuccessor(deps, request, task, given.successor) };
    default: {
      if (task.kind === 'mask') return { kind: 'masks', sha256: masksSeen(task, given) };
      if (isHandAnswer(given.answer)) {
        if (given.byHand === undefined) throw new HabeasError('proof-needed', { where: '--proof' });
        return { kind: 'by-hand', hand: given.byHand };
      }
      const voice = planVoice(task, given);
      return voice === undefined ? { kind: 'none' } : { kind: 'plan', ...voice };
    }
  }
}

const isCivilDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;

type ByHandEffect = Extract<AnswerEffect, { kind: 'by-hand' }>;
type KeptEffect = ByHandEffect & { readonly hand: HandAnswer & Required<Pick<HandAnswer, 'settles'>> };

/** It answers for entries of the register, and no lane waits for it. */
function settlesKept(effect: AnswerEffect): effect is KeptEffect {
  return effect.kind === 'by-hand' && effect.hand.settles !== undefined;
}

/** Personal data of an effect: sealed with the reason, committed to in the statement. */
function sealedPart(effect: AnswerEffect): Readonly<Record<string, JsonValue>> {
  if (effect.kind === 'verified') return { contact: { kind: effect.contact.kind, value: effect.contact.value } };
  if (effect.kind === 'identifiers')
    return { identifiers: effect.identifiers.map(({ kind, value, source }) => ({ kind, value, source })) };
  if (effect.kind === 'by-hand') return sealedHand(effect.hand);
  if (effect.kind === 'successor') return { successor: effect.named.successor };
  return {};
}

/** Codes and dates of an effect: readable in the statement. */
function shownPart(effect: AnswerEffect): Readonly<Record<string, JsonValue>> {
  if (effect.kind === 'verified') return { method: effect.method, contactKind: effect.contact.kind };
  if (effect.kind === 'delivered') return { method: effect.method, on: effect.on, packages: effect.packages };
  if (effect.kind === 'by-hand') return shownHand(effect.hand);
  if (effect.kind === 'left') return { owner: effect.terms.owner, next: effect.terms.next };
  if (effect.kind === 'plan') return { plan: effect.sha256 };
  if (effect.kind === 'masks') return { masks: effect.sha256 };
  if (effect.kind === 'lifted') return { told: effect.toldOn };
  if (effect.kind === 'notice') return { on: effect.voice.on };
  return {};
}

/**
 * Two people who verified an identity for different contact points have not said the same, nor two who would leave a
 * system to different owners or dates, who read different plans, named different people, or counted differently by hand.
 */
function agreement(answerText: string, effect: AnswerEffect): string {
  if (effect.kind === 'verified') return canonicalJson([answerText, [effect.contact.kind, effect.contact.value]]);
  if (effect.kind === 'left') return canonicalJson([answerText, [effect.terms.owner, effect.terms.next]]);
  if (effect.kind === 'plan') return canonicalJson([answerText, ['plan', effect.sha256]]);
  if (effect.kind === 'by-hand') return canonicalJson([answerText, ['hand', handVoice(effect.hand)]]);
  if (effect.kind === 'successor') return canonicalJson([answerText, ['successor', effect.named.successor]]);
  return canonicalJson([answerText, null]);
}

function missing(): never {
  throw new HabeasError('person-needed');
}
