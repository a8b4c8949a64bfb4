/**
 * Reviewing masks: a person sees what stood there and what the subject will get, changes single masks (signed, the change itself sealed),
 * and approves what they saw, by its hash. The staged original is only ever read. What `showMasks` returns is personal data for that
 * person's terminal. Refuses with `not-found`, `masks-closed`, `masks-changed`, `mask-unknown`, `person-…`, `reason-needed`.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { DecisionId, TaskId } from '../ids.ts';
import {
  addChange,
  type ChunkToMask,
  chunksToMask,
  type MaskedChunk,
  maskedChunks,
  masksHash,
  reviewedBy,
  storedChanges,
} from '../ledger/masks.ts';
import type { LedgerReader } from '../ledger/open.ts';
import type { RoundKey } from '../ledger/rounds.ts';
import { sealRow } from '../ledger/vault.ts';
import { type MaskedText, maskRecord, type NumberedMask } from '../masking/apply.ts';
import { type Change, type Review, reviewOf } from '../masking/changes.ts';
import { recordsToMask } from '../masking/numbered.ts';
import { openChunks } from '../package/staged.ts';
import { getProposals } from '../staging/masks.ts';
import { type Answered, answer, findTask, type TaskRow } from './answer.ts';
import { changesOf } from './mask-changes.ts';
import { authorise, type SignedBy } from './people.ts';
import { type DecisionDeps, findRequest, lockRequest, prepareDecision, reasonGiven, storeDecision } from './record.ts';

export type ShowDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'systems' | 'now' | 'storage'>;

/** One record of what the person had not seen, as it is and as they will get it. */
export interface ShownRecord {
  readonly no: number;
  readonly collection: string;
  /** Proposed or decided to be withheld as a whole. */
  readonly isWithheld: boolean;
  readonly texts: readonly MaskedText[];
  readonly masks: readonly (NumberedMask & { readonly isReleased: boolean; readonly text: string })[];
}

export interface ShownMasks {
  readonly taskId: TaskId;
  readonly systemId: string;
  /** What is approved. */
  readonly sha256: string;
  readonly isOpen: boolean;
  readonly records: number;
  readonly masks: number;
  readonly changes: number;
}

/** Numbers of a review, and its records one after the other: only one chunk is in memory. */
export async function showMasks(
  deps: ShowDeps,
  taskId: TaskId,
  signedBy: SignedBy | undefined,
): Promise<{ readonly summary: ShownMasks; readonly records: () => AsyncGenerator<ShownRecord> }> {
  authorise(deps.config.people, signedBy, 'task:mask');
  const { db } = deps.ledger;
  const { task, key } = await reviewOfTask(db, taskId);
  const request = await findRequest(db, key.requestId);
  // Before what it names is read: whatever changes meanwhile makes it a hash that nobody can approve by.
  const sha256 = await masksHash(db, key);
  const [chunks, staged, changes] = [
    await maskedChunks(db, key),
    await chunksToMask(db, key),
    await changesOf(deps, key),
  ];
  const workingKey = await deps.keys.use(request.working_key_id);
  const summary = {
    taskId,
    systemId: key.systemId,
    sha256,
    isOpen: task.closed_at === null,
    records: staged.reduce((sum, { count }) => sum + count, 0),
    masks: chunks.reduce((sum, { masks }) => sum + masks, 0),
    changes: changes.length,
  };
  const review = reviewOf(changes);
  return {
    summary,
    records: () => recordsOf(deps, { key, chunks, staged, review, workingKey, language: request.language }),
  };
}

async function* recordsOf(
  { storage, config }: ShowDeps,
  of: {
    readonly key: RoundKey;
    readonly chunks: readonly MaskedChunk[];
    readonly staged: readonly ChunkToMask[];
    readonly review: Review;
    readonly workingKey: Buffer;
    readonly language: string;
  },
): AsyncGenerator<ShownRecord> {
  const { key, chunks, staged, review, workingKey, language } = of;
  const bucket = config.s3.stagingBucket;
  const source = {
    storage,
    bucket,
    workingKey,
    requestId: key.requestId,
    signal: undefined,
    progress: () => undefined,
  };
  let at = 0;
  for await (const { chunk, bytes, offsets } of openChunks(source, staged)) {
    const masked = chunks[at];
    at += 1;
    if (masked === undefined) throw new HabeasError('masks-missing');
    const proposals = await getProposals({ storage, bucket, workingKey }, masked);
    const numbers = { firstRecord: masked.first_record, firstMask: masked.first_mask };
    for (const record of recordsToMask({ bytes, offsets }, { ...numbers, ...proposals })) {
      const texts: MaskedText[] = [];
      // Shown also where it is withheld: whoever decides must see it.
      const given: Review = { ...review, withheld: new Map([[record.no, false]]) };
      maskRecord(record, given, { language, files: proposals.files }, (text) => texts.push(text));
      yield {
        no: record.no,
        collection: chunk.collection,
        isWithheld: review.withheld.get(record.no) ?? record.isPrivileged,
        texts,
        masks: record.masks.map((mask) => ({
          ...mask,
          isReleased: review.masks.get(mask.no) === 'released',
          text: texts[mask.item]?.before.slice(mask.from, mask.to) ?? '',
        })),
      };
    }
  }
}

/** One change by one person. */
export async function changeMask(
  deps: DecisionDeps,
  given: {
    readonly taskId: TaskId;
    readonly change: Change;
    readonly reason: string | undefined;
    readonly signedBy: SignedBy | undefined;
  },
): Promise<{ readonly decisionId: DecisionId; readonly sha256: string }> {
  const { taskId, change, signedBy } = given;
  const { db } = deps.ledger;
  const person = authorise(deps.config.people, signedBy, 'task:mask');
  if (signedBy === undefined) throw new HabeasError('person-needed');
  const reason = reasonGiven(given.reason);
  const { key, task } = await reviewOfTask(db, taskId);
  if (task.closed_at !== null) throw new HabeasError('masks-closed');
  await requireKnown(db, key, change);
  const request = await findRequest(db, key.requestId);
  // All of the change but its text, which is sealed: what was signed says what was done.
  const details = {
    task: taskId,
    ...('mask' in change ? { mask: change.mask } : { record: change.record }),
    ...('kind' in change && change.kind !== undefined ? { kind: change.kind } : {}),
    ...('who' in change && change.who !== undefined ? { who: change.who } : {}),
  };
  const prepared = await prepareDecision(deps, {
    kind: 'mask',
    requestId: key.requestId,
    taskId: null,
    systemId: key.systemId,
    answer: change.op,
    sealable: { reason, ...(change.op === 'add' ? { text: change.text } : {}) },
    keyId: request.case_key_id,
    details,
    person,
    signedBy,
    at: deps.now(),
  });
  const blob = await sealRow(deps.keys, {
    requestId: key.requestId,
    keyId: request.working_key_id,
    bytes: Buffer.from(JSON.stringify(change)),
  });
  return db.transaction().execute(async (trx) => {
    const locked = await lockRequest(trx, key.requestId);
    if ((await findTask(trx, taskId)).closed_at !== null) throw new HabeasError('masks-closed');
    await storeDecision(trx, locked, prepared);
    await trx.insertInto('sealed_objects').values(blob).execute();
    const no = (await storedChanges(trx, key)).length + 1;
    await addChange(trx, key, { no, decisionId: prepared.id, sealed: blob.name });
    const sha256 = await masksHash(trx, key);
    await trx.updateTable('tasks').set({ about_sha256: sha256 }).where('id', '=', taskId).execute();
    return { decisionId: prepared.id, sha256 };
  });
}

/** Approves what was seen; `masks` is the beginning of its hash. */
export function approveMasks(
  deps: DecisionDeps,
  given: {
    readonly taskId: TaskId;
    readonly masks: string;
    readonly reason?: string | undefined;
    readonly signedBy: SignedBy | undefined;
  },
): Promise<Answered> {
  const { taskId, masks, reason, signedBy } = given;
  return answer(deps, { taskId, answer: 'approve', masks, reason, signedBy });
}

async function reviewOfTask(db: LedgerReader, taskId: TaskId): Promise<{ task: TaskRow; key: RoundKey }> {
  const task = await findTask(db, taskId);
  const key = await reviewedBy(db, taskId);
  if (task.kind !== 'mask' || key === undefined) throw new HabeasError('not-found', { where: 'mask task' });
  return { task, key };
}

/** A number that is none of this review's is a mistake of the hand. */
async function requireKnown(db: LedgerReader, key: RoundKey, change: Change): Promise<void> {
  const chunks = await maskedChunks(db, key);
  if ('mask' in change) {
    const masks = chunks.reduce((sum, one) => sum + one.masks, 0);
    if (!isAmong(change.mask, masks)) throw new HabeasError('mask-unknown', { where: '--mask' });
    return;
  }
  const records = (await chunksToMask(db, key)).reduce((sum, { count }) => sum + count, 0);
  if (!isAmong(change.record, records)) throw new HabeasError('mask-unknown', { where: '--record' });
}

const isAmong = (no: number, all: number): boolean => Number.isSafeInteger(no) && no >= 1 && no <= all;
