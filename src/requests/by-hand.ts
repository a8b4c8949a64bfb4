/**
 * A lane done by hand: a person looked into the system themselves, and attests with proof what they found and what the
 * person gets of it. The door to the lane's open `unresolved` task. Everything is checked before anything is stored; files
 * are stored before the decision, and erased again where it does not come about. Refuses with `lane-not-parked`,
 * `counts-invalid`, `proof-needed`, `file-needed`, `attachment-too-large`, `reason-needed`, `person-…`, `state-final`.
 */
import type { Deps } from '../deps.ts';
import { codeOf, HabeasError } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import { nextRound } from '../ledger/by-hand.ts';
import { sealRow } from '../ledger/vault.ts';
import { sha256Hex } from '../security/canonical.ts';
import { type Answered, answerAs, findTask } from './answer.ts';
import { completeCounts, type GivenCount, type HandCount } from './by-hand-counts.ts';
import { eraseStaged, type HandedFile, type StagedFile, stageFile } from './by-hand-files.ts';
import { type Attachment, maxAttachmentBytes } from './create.ts';
import { openTaskOf, refuseFinal } from './decide.ts';
import { authorise, type SignedBy } from './people.ts';
import { type DecisionDeps, findRequest, reasonGiven } from './record.ts';
import { requireStopped } from './stopped-lane.ts';

export interface GivenByHand {
  readonly requestId: RequestId;
  readonly systemId: SystemId;
  /** Every collection of the system, or `none` where nothing was found in any. */
  readonly counts: readonly GivenCount[] | 'none';
  readonly proof: Attachment | undefined;
  /** For the package; needed where anything is given to the person. */
  readonly files: readonly HandedFile[];
  readonly reason?: string | undefined;
  readonly signedBy: SignedBy | undefined;
}

/** Ids, counts and hashes only. */
export interface DoneByHand extends Answered {
  readonly systemId: SystemId;
  readonly round: number;
  readonly counts: readonly HandCount[];
  readonly proofSha256: string;
  readonly files: readonly { readonly sha256: string; readonly sizeBytes: number }[];
}

export async function doneByHand(deps: DecisionDeps & Pick<Deps, 'storage'>, given: GivenByHand): Promise<DoneByHand> {
  const { requestId, systemId } = given;
  const { db } = deps.ledger;
  await refuseFinal(deps, requestId);
  const taskId = await openTaskOf(db, requestId, 'unresolved', systemId);
  if (taskId === undefined) throw new HabeasError('lane-not-parked', { where: systemId });
  const { collections, counts, proof } = check(deps, given);
  // Looked at again under the lock; here, so that nothing is uploaded in vain.
  await requireStopped(db, await findTask(db, taskId), 'done-by-hand');

  const request = await findRequest(db, requestId);
  const round = await nextRound(db, requestId, systemId);
  const place = { requestId, systemId, round, workingKeyId: request.working_key_id };
  const stored: string[] = [];
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
    const answered = await answerAs(deps, 'answer', {
      taskId,
      answer: 'done-by-hand',
      reason: given.reason,
      signedBy: given.signedBy,
      byHand: { round, counts, collections, proof: sealed, files },
    });
    const told = files.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes }));
    return { ...answered, systemId, round, counts, proofSha256: sealed.sha256, files: told };
  } catch (error) {
    // Where the ledger was lost on the way the decision may well stand, and its files with it. What stays behind without
    // a row goes with everything staged at the end of the request.
    if (codeOf(error) !== 'ledger-unreachable') await eraseStaged(deps, stored).catch(() => undefined);
    throw error;
  }
}

/** All that can be said before anything is stored. */
function check(deps: DecisionDeps, given: GivenByHand) {
  authorise(deps.config.people, given.signedBy, 'task:unresolved');
  const collections = deps.systems.get(given.systemId)?.collections;
  if (collections === undefined) throw new HabeasError('system-not-configured', { where: given.systemId });
  const counts = completeCounts(
    given.counts,
    collections.map(({ collection }) => collection),
  );
  const { proof } = given;
  if (proof === undefined || proof.bytes.length === 0) throw new HabeasError('proof-needed', { where: '--proof' });
  if (proof.bytes.length > maxAttachmentBytes) throw new HabeasError('attachment-too-large', { where: '--proof' });
  // Something must reach the person.
  if (given.files.length === 0 && counts.some(({ exported }) => exported > 0))
    throw new HabeasError('file-needed', { where: '--file' });
  reasonGiven(given.reason);
  return { collections, counts, proof };
}
