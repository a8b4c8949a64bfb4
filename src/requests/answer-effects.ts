/**
 * What a settled answer changes in the ledger at once (the rest is the workflow's): the identity and its contact point,
 * identifiers found by hand, a package handed over, a system answered by hand or left open, a plan approved or
 * rejected, who takes over a workspace. Also tells which earlier answers of other people agree. Inside the
 * caller's transaction; what is sealed here is sealed under the request's own keys.
 */
import type { Selectable } from 'kysely';
import type { Identifier } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import type { PackageId, RequestId } from '../ids.ts';
import { markAnswerGiven, markUnreachable, waitingAnswers } from '../ledger/answers.ts';
import { markUnmarked } from '../ledger/deeds.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import { packagesOf, markDelivered as recordDelivery } from '../ledger/packages.ts';
import { approvePlan, rejectPlan } from '../ledger/plan-approval.ts';
import type { PeopleDecisionsTable } from '../ledger/schema.ts';
import { type AnswerWay, type IdentityMethod, isHandAnswer } from '../ledger/states.ts';
import { laneTerms } from '../ledger/task-kinds.ts';
import { openTask } from '../ledger/tasks.ts';
import { getSealed, putSealed } from '../ledger/vault.ts';
import { deleteOn } from '../package/keep-until.ts';
import type { CivilDate } from '../policy/clock/index.ts';
import { canonicalJson } from '../security/canonical.ts';
import type { TaskRow } from './answer.ts';
import { type HandAnswer, handVoiceIn, recordHand } from './by-hand-answer.ts';
import { type Contact, isContact } from './contact.ts';
import { type LeaveTerms, termsIn } from './leave-terms.ts';
import { type NoticeVoice, takeNotice } from './notices.ts';
import { type PlanVoice, planIn } from './plan-voice.ts';
import type { DecisionDeps, Prepared, RequestRow } from './record.ts';
import { takeLift } from './restriction-lift.ts';
import { type NamedSuccessor, storeSuccessor } from './successor-named.ts';
import { civilToday } from './today.ts';

export type AnswerEffect =
  | { readonly kind: 'none' }
  | { readonly kind: 'verified'; readonly method: IdentityMethod; readonly contact: Contact }
  | { readonly kind: 'unverifiable' }
  | { readonly kind: 'identifiers'; readonly identifiers: readonly Identifier[] }
  | {
      readonly kind: 'delivered';
      readonly method: Exclude<AnswerWay, 'email'>;
      readonly on: string;
      readonly today: boolean;
      /** What waited when the person said so: one that was built since is not among what they handed over. */
      readonly packages: readonly PackageId[];
    }
  /** Nobody can be reached, so that no answer is given. */
  | { readonly kind: 'unreachable' }
  /** What was marked by hand in a system is unmarked. */
  | { readonly kind: 'unmarked' }
  | { readonly kind: 'by-hand'; readonly hand: HandAnswer }
  | { readonly kind: 'left'; readonly terms: LeaveTerms }
  | ({ readonly kind: 'plan' } & PlanVoice)
  | { readonly kind: 'masks'; readonly sha256: string }
  | { readonly kind: 'successor'; readonly named: NamedSuccessor }
  | { readonly kind: 'notice'; readonly voice: NoticeVoice }
  /** A restriction ends: the person was told on that day. */
  | { readonly kind: 'lifted'; readonly toldOn: CivilDate };

/**
 * How many other people's last answers say the same. Terms of leaving a system are not voted on: whoever would leave it
 * under other terms than somebody before is told theirs (`voices-differ`), unless their day has come and nobody can agree
 * to it any more. Whoever proposed them may propose others.
 */
export async function agreeing(
  deps: DecisionDeps,
  trx: LedgerTransaction,
  others: readonly Selectable<PeopleDecisionsTable>[],
  effect: AnswerEffect,
  agreesOn: string,
): Promise<number> {
  let count = 0;
  const today = civilToday(deps.now(), deps.config.controller.timeZone);
  for (const other of lastOfEach(others)) {
    if (other.answer === 'leave-unresolved') {
      const terms = termsIn(other.statement);
      const agrees = sameTerms(other, agreesOn);
      if (effect.kind === 'left' && !agrees && terms !== null && terms[1] > today)
        throw new HabeasError('voices-differ', { where: `--owner ${terms[0]} --next ${terms[1]}` });
      if (agrees) count += 1;
      continue;
    }
    if (isHandAnswer(other.answer)) {
      if (sameHand(other, agreesOn)) count += 1;
      continue;
    }
    const plan = planIn(other.statement);
    const sealed =
      ['verified', 'named'].includes(other.answer) && other.reason_sealed !== null
        ? await getSealed(trx, deps.keys, other.reason_sealed, sealedWord)
        : null;
    if (canonicalJson([other.answer, plan === null ? sealed : ['plan', plan]]) === agreesOn) count += 1;
  }
  return count;
}

/** Whether this voice for leaving a system was for these very terms. */
export function sameTerms(voice: Pick<Selectable<PeopleDecisionsTable>, 'answer' | 'statement'>, agreesOn: string) {
  return canonicalJson([voice.answer, termsIn(voice.statement)]) === agreesOn;
}

/** Whether this voice said the very same of records by hand. */
export function sameHand(voice: Pick<Selectable<PeopleDecisionsTable>, 'answer' | 'statement'>, agreesOn: string) {
  const said = handVoiceIn(voice.statement);
  return said !== null && canonicalJson([voice.answer, ['hand', said]]) === agreesOn;
}

/** Each person's last answer; the rows come in the order in which they were given. */
function lastOfEach<T extends { readonly person_id: string }>(answers: readonly T[]): readonly T[] {
  return [...new Map(answers.map((one) => [one.person_id, one])).values()];
}

export async function takeEffect(
  deps: DecisionDeps,
  trx: LedgerTransaction,
  settled: {
    readonly request: RequestRow;
    readonly task: TaskRow;
    readonly prepared: Prepared;
    readonly effect: AnswerEffect;
  },
): Promise<void> {
  const { request, task, prepared, effect } = settled;
  // An identity is decided once: a second answer would send the package somewhere else.
  if ((effect.kind === 'verified' || effect.kind === 'unverifiable') && request.identity !== 'unverified')
    throw new HabeasError('task-closed', { where: 'identity' });
  switch (effect.kind) {
    case 'none':
    // What was approved is named by its hash; the workflow goes on by the answer itself.
    case 'masks':
      return;
    case 'verified': {
      const contact = await putSealed(trx, deps.keys, {
        requestId: request.id,
        keyId: request.working_key_id,
        value: effect.contact,
      });
      await trx
        .updateTable('requests')
        .set({
          identity: 'verified',
          identity_method: effect.method,
          identity_by: prepared.person.id,
          identity_at: prepared.at,
          contact_kind: effect.contact.kind,
          contact_sealed: contact,
        })
        .where('id', '=', request.id)
        .execute();
      return;
    }
    case 'unverifiable':
      await trx
        .updateTable('requests')
        .set({ identity: 'unverifiable', identity_by: prepared.person.id, identity_at: prepared.at })
        .where('id', '=', request.id)
        .execute();
      return;
    case 'identifiers':
      return addIdentifiers(deps, trx, request, effect.identifiers);
    case 'delivered':
      return markDelivered(deps, trx, request, prepared, effect);
    case 'unreachable':
      if (!(await markUnreachable(trx, request.id, prepared.at))) throw new HabeasError('answer-not-ready');
      return;
    case 'unmarked':
      if (task.system_id === null) throw new HabeasError('internal', { where: 'unmarked' });
      return markUnmarked(trx, { requestId: request.id, systemId: task.system_id, at: prepared.at });
    case 'by-hand':
      return recordHand(trx, prepared, effect.hand);
    case 'left':
      await openTask(trx, {
        ...laneTerms,
        role: task.role,
        // Of erasure whoever answers is told whether it is too early for it.
        allowedAnswers: task.kind === 'manual' ? task.allowed_answers : laneTerms.allowedAnswers,
        requestId: request.id,
        systemId: task.system_id,
        kind: task.kind,
        right: task.right,
        owner: effect.terms.owner,
        dueOn: effect.terms.next,
        code: task.code,
        objectSealed: null,
        peopleNeeded: task.people_needed,
        at: prepared.at,
      });
      return;
    case 'plan': {
      const plan = { requestId: request.id, sha256: effect.sha256, at: prepared.at };
      return effect.outcome === 'approve' ? approvePlan(trx, plan) : rejectPlan(trx, plan);
    }
    case 'successor':
      return storeSuccessor(deps, trx, { request, task, named: effect.named });
    case 'lifted':
      return takeLift(deps, trx, { requestId: request.id, prepared, toldOn: effect.toldOn });
    case 'notice':
      return takeNotice(trx, { task, voice: effect.voice, at: prepared.at });
    default:
      return effect satisfies never;
  }
}

async function addIdentifiers(
  deps: DecisionDeps,
  trx: LedgerTransaction,
  request: RequestRow,
  added: readonly Identifier[],
): Promise<void> {
  const known = await getSealed(trx, deps.keys, request.identifiers_sealed, identifiersIn);
  const fresh = added.filter((one) => !known.some((old) => old.kind === one.kind && old.value === one.value));
  const sealed = await putSealed(trx, deps.keys, {
    requestId: request.id,
    keyId: request.working_key_id,
    value: [...known, ...fresh],
  });
  await trx.updateTable('requests').set({ identifiers_sealed: sealed }).where('id', '=', request.id).execute();
}

/** Packages that wait to be handed over. */
export async function waitingPackages(db: LedgerReader, requestId: RequestId): Promise<readonly PackageId[]> {
  const rows = await packagesOf(db, requestId);
  return rows.filter((row) => row.deleted_at === null && row.delivered_at === null).map(({ id }) => id);
}

/** Records the hand-over of every package that waited for one, and when each is to be deleted; else of the answer that waited. */
async function markDelivered(
  deps: DecisionDeps,
  trx: LedgerTransaction,
  request: RequestRow,
  prepared: Prepared,
  effect: Extract<AnswerEffect, { kind: 'delivered' }>,
): Promise<void> {
  // A day in the past has no hour; noon keeps it that day in every time zone of the Union.
  const at = effect.today ? prepared.at : new Date(`${effect.on}T12:00:00.000Z`);
  const until = await deleteOn(trx, deps.config, request.id, at);
  let handedOver = 0;
  for (const { id, created_at: builtAt, deleted_at: deletedAt } of await packagesOf(trx, request.id)) {
    if (deletedAt !== null || !effect.packages.includes(id)) continue;
    if (effect.on < civilToday(builtAt, deps.config.controller.timeZone))
      throw new HabeasError('delivery-date', { where: '--date' });
    if (await recordDelivery(trx, { id, by: effect.method, at, deleteOn: until, recordedAt: prepared.at }))
      handedOver += 1;
  }
  if (handedOver > 0) return;
  const answers = await waitingAnswers(trx, request.id);
  if (answers === undefined) throw new HabeasError('package-not-ready');
  if (effect.on < civilToday(answers.readyAt, deps.config.controller.timeZone))
    throw new HabeasError('delivery-date', { where: '--date' });
  await markAnswerGiven(trx, { requestId: request.id, by: effect.method, at, recordedAt: prepared.at });
}

export function identifiersIn(value: unknown): readonly Identifier[] {
  if (!Array.isArray(value)) throw new HabeasError('seal-broken', { where: 'identifiers' });
  return value.map((one: unknown) => {
    if (!isIdentifier(one)) throw new HabeasError('seal-broken', { where: 'identifiers' });
    return one;
  });
}

function isIdentifier(value: unknown): value is Identifier {
  if (typeof value !== 'object' || value === null) return false;
  return ['kind', 'value', 'source'].every((name) => name in value && typeof Reflect.get(value, name) === 'string');
}

/** What of a sealed answer two people must have said alike: the contact point, or who takes over. */
function sealedWord(value: unknown): [string, string] | null {
  if (typeof value !== 'object' || value === null) return null;
  if ('contact' in value && isContact(value.contact)) return [value.contact.kind, value.contact.value];
  return 'successor' in value && typeof value.successor === 'string' ? ['successor', value.successor] : null;
}
