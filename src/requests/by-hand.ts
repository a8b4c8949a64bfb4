/**
 * A system answered by hand: a person looked into it themselves, and attests with proof what they found and what became of it.
 * The door to the lane's open `manual` task (no program can do it) or `unresolved` task (the program failed), of any right.
 * Everything is checked before anything is stored; files are stored before the decision, and erased again where it does not
 * come about. Refuses with `lane-not-parked`, `counts-invalid`, `proof-needed`, `file-needed`, `kept-ground`,
 * `by-hand-too-early`, `hold-placed`, `attachment-too-large`, `reason-needed`, `person-…`, `state-final`.
 */
import type { CollectionDescription } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import { codeOf, HabeasError } from '../errors.ts';
import type { RequestId, SystemId, TaskId } from '../ids.ts';
import { nextRound } from '../ledger/by-hand.ts';
import { erasureRounds } from '../ledger/erasure-rounds.ts';
import type { HandPage } from '../ledger/hand-entries.ts';
import { handTerms, keptParts } from '../ledger/hand-terms.ts';
import { instructionOf } from '../ledger/instructions.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { packageRightOf } from '../ledger/package-rights.ts';
import { isInForce } from '../ledger/plan-versions.ts';
import type { Right } from '../ledger/states.ts';
import { sealRow } from '../ledger/vault.ts';
import { sha256Hex } from '../security/canonical.ts';
import { type Answered, answerAs, findTask, type TaskRow } from './answer.ts';
import type { HandAnswer } from './by-hand-answer.ts';
import { completeCounts, type HandCount, sumOf } from './by-hand-counts.ts';
import { eraseStaged, type StagedFile, stageFile } from './by-hand-files.ts';
import { keptOf, requireProof, type SaidByHand } from './by-hand-said.ts';
import { openTaskOf, refuseFinal } from './decide.ts';
import { answerKept, requireUnheld } from './kept-answer.ts';
import { dropHandPages, putHandPages } from './kept-pages.ts';
import { authorise } from './people.ts';
import { type DecisionDeps, findRequest, reasonGiven } from './record.ts';
import { requireStopped } from './stopped-lane.ts';

export interface GivenByHand extends SaidByHand {
  readonly requestId: RequestId;
  readonly systemId: SystemId;
}

/** Ids, counts and hashes only. */
export interface DoneByHand extends Answered {
  readonly systemId: SystemId;
  readonly right: Right;
  readonly answer: string;
  readonly round: number;
  readonly counts: readonly HandCount[];
  readonly proofSha256: string;
  readonly files: readonly { readonly sha256: string; readonly sizeBytes: number }[];
}

/** Answers for a system that waits in a request, whichever question it waits with. */
export async function doneByHand(deps: DecisionDeps & Pick<Deps, 'storage'>, given: GivenByHand): Promise<DoneByHand> {
  const { requestId, systemId } = given;
  const { db } = deps.ledger;
  await refuseFinal(deps, requestId);
  const taskId =
    (await openTaskOf(db, requestId, 'unresolved', systemId)) ?? (await openTaskOf(db, requestId, 'manual', systemId));
  if (taskId === undefined) throw new HabeasError('lane-not-parked', { where: systemId });
  return answerByHand(deps, taskId, given);
}

/** Answers one task about a system. `answer`: as the task allows; left out it is what the counts say. */
export async function answerByHand(
  deps: DecisionDeps & Pick<Deps, 'storage'>,
  taskId: TaskId,
  given: SaidByHand & { readonly answer?: string },
): Promise<DoneByHand> {
  const { db } = deps.ledger;
  const task = await findTask(db, taskId);
  if (task.code === 'kept-due') return answerKept(deps, task, given);
  const { request_id: requestId, system_id: systemId } = task;
  if (systemId === null) throw new HabeasError('answer-not-allowed');
  await refuseFinal(deps, requestId);
  const right: Right = task.right ?? (await packageRightOf(db, requestId)) ?? 'access';
  const isInstructed = (await instructionOf(db, requestId)) !== undefined;
  const checked = check(deps, { given, task, systemId, right, isInstructed });
  const answer = task.kind === 'unresolved' ? 'done-by-hand' : saidBy(right, checked.counts);
  if (given.answer !== undefined && given.answer !== answer)
    throw new HabeasError('counts-invalid', { where: `--answer: by these counts it is ${answer}` });
  // Looked at again under the lock; here, so that nothing is uploaded in vain.
  await requireStopped(db, task, answer);
  const request = await findRequest(db, requestId);
  if (right === 'erasure') await requireBegun(deps, { request, systemId, counts: checked.counts });
  const people = right === 'erasure' ? await peopleFor(deps, db, { requestId, systemId }) : task.people_needed;

  const round = await nextRound(db, requestId, systemId);
  const place = { requestId, systemId, round, workingKeyId: request.working_key_id };
  const { proof, ...said } = checked;
  const stored: string[] = [];
  let pages: readonly HandPage[] = [];
  try {
    const files: StagedFile[] = [];
    for (const [index, file] of given.files.entries())
      files.push(await stageFile(deps, place, index + 1, file, stored));
    const sealed = {
      name: proof.name,
      sizeBytes: proof.bytes.length,
      sha256: sha256Hex(proof.bytes),
      row: await sealRow(deps.keys, { requestId, keyId: request.case_key_id, bytes: proof.bytes }),
    };
    const dated = said.kept.filter(({ until }) => until !== null);
    pages = await putHandPages(
      deps,
      { ...place, request },
      dated.map(({ collection }) => collection),
    );
    const kept = said.kept.map((one) => ({ ...one, page: pages[dated.indexOf(one)] }));
    const byHand: HandAnswer = { ...said, kept, right, round, proof: sealed, files, people };
    const { reason, signedBy } = given;
    const answered = await answerAs(deps, 'answer', { taskId, answer, reason, signedBy, byHand });
    // Whoever says the same last brings the pages that count.
    if (!answered.settled) await dropHandPages(deps, pages).catch(() => undefined);
    const told = files.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes }));
    return {
      ...answered,
      systemId,
      right,
      answer,
      round,
      counts: said.counts,
      proofSha256: sealed.sha256,
      files: told,
    };
  } catch (error) {
    // Where the ledger was lost on the way the decision may well stand, and its files with it. What stays behind without
    // a row goes with everything staged at the end of the request.
    if (codeOf(error) !== 'ledger-unreachable') {
      await eraseStaged(deps, stored).catch(() => undefined);
      await dropHandPages(deps, pages).catch(() => undefined);
    }
    throw error;
  }
}

/** What the counts say in a word. */
function saidBy(right: Right, counts: readonly HandCount[]): string {
  const found = sumOf(counts, 'found');
  if (found === 0) return 'not-found';
  const { answers } = handTerms[right];
  const isKept = found === keptParts.reduce((sum, part) => sum + sumOf(counts, part), 0);
  return isKept && answers.includes('kept') ? 'kept' : (answers[0] ?? 'done');
}

interface Asked {
  readonly given: SaidByHand;
  readonly task: TaskRow;
  readonly systemId: SystemId;
  readonly right: Right;
  /** By the customer itself: what is held for it is given or erased, and referred to nobody. */
  readonly isInstructed: boolean;
}

/** All that can be said before anything is stored. */
function check(deps: DecisionDeps, { given, task, systemId, right, isInstructed }: Asked) {
  authorise(deps.config.people, given.signedBy, `task:${task.kind}`);
  const collections = deps.systems.get(systemId)?.collections;
  if (collections === undefined) throw new HabeasError('system-not-configured', { where: systemId });
  const names = collections.map(({ collection }) => collection);
  const counts = completeCounts(given.counts, names, right);
  if (!isInstructed) requireReferred(collections, counts);
  const kept = keptOf(deps, { given, systemId, collections, counts });
  const proof = requireProof(given.proof);
  const { files: mayHand } = handTerms[right];
  if (!mayHand && given.files.length > 0) throw new HabeasError('usage', { where: `--file: not with ${right}` });
  // Something must reach the person.
  if (given.files.length === 0 && sumOf(counts, 'exported') > 0)
    throw new HabeasError('file-needed', { where: '--file' });
  reasonGiven(given.reason);
  return { collections, counts, kept, proof };
}

/** What is held as a processor is the customer company's to answer for: it is referred, and nothing else. */
function requireReferred(collections: readonly CollectionDescription[], counts: readonly HandCount[]): void {
  for (const { collection, role } of collections) {
    const count = counts.find((one) => one.collection === collection);
    if (role === 'processor' && count !== undefined && count.found !== (count.referred ?? 0))
      throw new HabeasError('counts-invalid', { where: `--counts: ${collection}: held as a processor, :referred` });
  }
}

/** Nothing is erased by hand that a program might not have erased now. */
async function requireBegun(
  deps: DecisionDeps,
  {
    request,
    systemId,
    counts,
  }: {
    readonly request: { readonly id: RequestId; readonly no_return_at: Date | null };
    readonly systemId: SystemId;
    readonly counts: readonly HandCount[];
  },
): Promise<void> {
  if (request.no_return_at === null) throw new HabeasError('by-hand-too-early', { where: systemId });
  if (sumOf(counts, 'erased') + sumOf(counts, 'anonymised') === 0) return;
  await requireUnheld(deps, request.id, systemId);
}

/** What was in an approved plan has had its people; a system that was left out of it needs as many as a plan does. */
async function peopleFor(
  deps: DecisionDeps,
  db: LedgerReader,
  { requestId, systemId }: { readonly requestId: RequestId; readonly systemId: SystemId },
): Promise<number> {
  for (const { round, pass, by_hand: byHand } of await erasureRounds(db, { requestId, systemId }))
    if (!byHand && (await isInForce(db, { requestId, systemId, round }, pass))) return 1;
  return deps.config.policy.approvals.approval;
}
