/**
 * The question whether a recipient was told (Art. 19), and its three answers: `sent` (told; a processor is then asked for its
 * confirmation), `acknowledged` (told and confirmed), `impossible` (with the reason). A person tells them, by a way of their own:
 * what they need for it (whom to reach, the person's identifiers, which lists) is sealed in the task, and nothing is sent by
 * itself, because whoever receives it receives personal data. Refuses with `delivery-date` for a day that has not come.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId, TaskId } from '../ids.ts';
import { type NoticeRow, noteTold, noticeOfTask } from '../ledger/notices.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import { taskTerms } from '../ledger/task-kinds.ts';
import { openTask } from '../ledger/tasks.ts';
import { getSealed, putSealed } from '../ledger/vault.ts';
import { type Notice, type NoticeAnswer, type NoticeRight, noticeAnswers } from '../policy/notices.ts';
import type { TaskRow } from './answer.ts';
import { identifiersIn } from './answer-effects.ts';
import { correctionsIn } from './corrections.ts';
import { civilToday } from './today.ts';

export interface NoticeVoice {
  readonly state: NoticeAnswer;
  /** The day on which they were told, YYYY-MM-DD; null where they could not be. */
  readonly on: string | null;
}

export function isNoticeAnswer(answer: string): answer is NoticeAnswer {
  return noticeAnswers.some((one) => one === answer);
}

/** What a person says of a notice. */
export function noticeVoice(
  { config }: Pick<Deps, 'config'>,
  state: NoticeAnswer,
  on: string | undefined,
  at: Date,
  flag = '--date',
): NoticeVoice {
  if (state === 'impossible') return { state, on: null };
  const today = civilToday(at, config.controller.timeZone);
  if (on === undefined) return { state, on: today };
  if (!isCivilDate(on)) throw new HabeasError('clock-date-invalid', { where: flag });
  if (on > today) throw new HabeasError('delivery-date', { where: flag });
  return { state, on };
}

/** Opens the first question about a recipient. */
export async function askAboutNotice(
  deps: Pick<Deps, 'keys' | 'config'>,
  trx: LedgerTransaction,
  asked: {
    readonly requestId: RequestId;
    readonly notice: Notice;
    /** Of a rectification: the words that its records may have had corrected; null: nobody has declared which. */
    readonly words: readonly string[] | null;
    readonly at: Date;
  },
): Promise<TaskId> {
  const { requestId, notice, at } = asked;
  const request = await requestOf(trx, requestId);
  const identifiers = await getSealed(trx, deps.keys, request.identifiers_sealed, identifiersIn);
  const sealed = request.corrections_sealed;
  const corrected = sealed === null ? {} : await getSealed(trx, deps.keys, sealed, correctionsIn);
  const told = Object.entries(corrected).filter(([word]) => asked.words === null || asked.words.includes(word));
  const value = {
    recipient: notice.name,
    role: notice.kind,
    ...(notice.contact === null ? {} : { contact: notice.contact }),
    tell: `${toldText(notice)} ${notice.kind === 'processor' ? answers.instructed : answers.told}`,
    records: notice.of.map(({ systemId, collection, count }) => `${systemId} ${collection}: ${count}`),
    // What they are to know of the correction, and no more of it than they received.
    ...(notice.right === 'rectification' ? { corrections: told.map(([word, to]) => ({ word, to })) } : {}),
    // As the person gave them: what the recipient finds them by.
    person: identifiers.map(({ kind, value: text }) => ({ kind, value: text })),
  };
  return openTask(trx, {
    ...{ requestId, systemId: null, kind: 'notice', ...taskTerms.notice, dueOn: request.work_to_on, code: null },
    objectSealed: await putSealed(trx, deps.keys, { requestId, keyId: request.working_key_id, value }),
    ...{ peopleNeeded: 1, at, dedupe: `${notice.right} ${notice.recipient}` },
  });
}

/** Writes what was said, and asks a processor that was instructed for its confirmation. */
export async function takeNotice(
  trx: LedgerTransaction,
  said: { readonly task: TaskRow; readonly voice: NoticeVoice; readonly at: Date },
): Promise<void> {
  const { task, voice, at } = said;
  const row = await noticeOfTask(trx, task.id);
  const isInstructed = voice.state === 'sent' && row.kind === 'processor';
  const taskId = isInstructed ? await askForConfirmation(trx, row, task, at) : null;
  await noteTold(trx, row, { ...voice, taskId, at });
}

function askForConfirmation(trx: LedgerTransaction, row: NoticeRow, task: TaskRow, at: Date): Promise<TaskId> {
  return openTask(trx, {
    ...{ requestId: row.request_id, systemId: null, kind: 'notice', ...taskTerms.notice, code: null },
    allowedAnswers: ['acknowledged', 'impossible'],
    ...{ dueOn: task.due_on, objectSealed: task.object_sealed, peopleNeeded: 1, at },
    dedupe: `${row.right} ${row.recipient} confirmation`,
  });
}

/** What was done, and what a processor is to do with its own copy. */
const acts = {
  erasure: { done: 'erased', instruct: 'erase what they hold of these records' },
  rectification: { done: 'corrected', instruct: 'correct what they hold of these records alike' },
  restriction: { done: 'restricted', instruct: 'store what they hold of these records and do nothing else with it' },
} as const satisfies Readonly<Record<NoticeRight, { readonly done: string; readonly instruct: string }>>;

const answers = {
  instructed: 'Answer sent, then acknowledged.',
  told: 'Answer sent, or acknowledged where they confirm.',
} as const;

/** What a person tells a recipient. */
export function toldText({ kind, right }: Pick<Notice, 'kind' | 'right'>): string {
  const { done, instruct } = acts[right];
  const what = `that the records named here were ${done} at this company (GDPR Art. 19)`;
  if (kind === 'processor') return `Instruct them to ${instruct}, and to confirm it (Art. 28(3)): tell them ${what}.`;
  return `Tell them ${what}. What they do with their own copy is theirs to decide.`;
}

function requestOf(db: LedgerReader, requestId: RequestId) {
  return db
    .selectFrom('requests')
    .select(['identifiers_sealed', 'corrections_sealed', 'working_key_id', 'work_to_on'])
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
}

const isCivilDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
