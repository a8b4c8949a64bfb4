/**
 * The answer to what becomes of records that were kept by hand, when their day has come: erased, not there any more, or kept on, on a
 * ground that policy knows today. The door to a `manual` task with the code `kept-due`; its counts are of the entries that it asks
 * about and add up to them, so that the register and the books lose nothing. The request may long be complete, and its case file over:
 * then proof and reason are known by their hashes alone. Refuses with `counts-invalid`, `proof-needed`, `kept-ground`, `hold-placed`, `request-open`, `kept-untold`,
 * `attachment-too-large`, `reason-needed`, `person-…`.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId, SystemId } from '../ids.ts';
import { askedEntries, type HandSettled } from '../ledger/hand-entries.ts';
import { keptParts } from '../ledger/hand-terms.ts';
import type { LedgerReader } from '../ledger/open.ts';
import type { RegisterRow } from '../ledger/register.ts';
import { automaticClasses } from '../ledger/sweep-automatic.ts';
import { claimPeople } from '../ledger/sweep-claims.ts';
import { sealRow } from '../ledger/vault.ts';
import { sha256Hex } from '../security/canonical.ts';
import { answerAs, type TaskRow } from './answer.ts';
import type { DoneByHand } from './by-hand.ts';
import type { HandAnswer } from './by-hand-answer.ts';
import { completeCounts, type HandCount, sumOf } from './by-hand-counts.ts';
import { keptOf, requireProof, type SaidByHand } from './by-hand-said.ts';
import { keptBecause } from './kept-free.ts';
import { keptRecipients, keptTold } from './kept-recipients.ts';
import { authorise } from './people.ts';
import { type DecisionDeps, findRequest, reasonGiven } from './record.ts';
import { isPlaced, standingHolds } from './standing-holds.ts';

export async function answerKept(
  deps: DecisionDeps & Pick<Deps, 'storage'>,
  task: TaskRow,
  given: SaidByHand & { readonly answer?: string },
): Promise<DoneByHand> {
  const { db } = deps.ledger;
  const { request_id: requestId, system_id: systemId } = task;
  authorise(deps.config.people, given.signedBy, `task:${task.kind}`);
  const collections = systemId === null ? undefined : deps.systems.get(systemId)?.collections;
  if (systemId === null || collections === undefined)
    throw new HabeasError('system-not-configured', { where: systemId ?? undefined });
  const entries = await askedEntries(db, task.id);
  const [first] = entries;
  if (first === undefined) throw new HabeasError('task-closed');
  const counts = countsOf(given, entries);
  const kept = keptOf(deps, { given, systemId, collections, counts });
  for (const { until, collection } of kept)
    if (until === null) throw new HabeasError('kept-ground', { where: `--until for ${collection}` });
  const proof = requireProof(given.proof);
  if (given.files.length > 0) throw new HabeasError('usage', { where: '--file: not with erasure' });
  reasonGiven(given.reason);
  const answer = saidBy(counts);
  if (given.answer !== undefined && given.answer !== answer)
    throw new HabeasError('counts-invalid', { where: `--answer: by these counts it is ${answer}` });
  // Which records a person erased by hand nobody can compare: whatever holds any of the system's stops it.
  if (sumOf(counts, 'erased') + sumOf(counts, 'anonymised') > 0) {
    const { code } = await keptBecause(deps, first);
    if (code !== undefined) throw new HabeasError(code, { where: systemId });
  }

  const changed = counts.map(({ collection, erased = 0, anonymised = 0 }) => ({
    collection,
    count: erased + anonymised,
  }));
  const told = keptTold(
    deps,
    keptRecipients(
      deps,
      systemId,
      collections,
      changed.filter(({ count }) => count > 0),
    ),
    given.told,
  );

  const request = await findRequest(db, requestId);
  const caseKeyId = (await isOver(db, requestId)) ? null : request.case_key_id;
  const row = caseKeyId === null ? null : await sealRow(deps.keys, { requestId, keyId: caseKeyId, bytes: proof.bytes });
  const sha256 = sha256Hex(proof.bytes);
  const byHand: HandAnswer = {
    ...{ right: 'erasure', round: first.round, counts, kept, collections, files: [] },
    proof: { name: proof.name, sizeBytes: proof.bytes.length, sha256, row },
    people: await peopleFor(db, counts, entries),
    ...(told === undefined ? {} : { told }),
    settles: { caseKeyId, entries: entries.map((entry) => settledOf(entry, counts, kept)) },
  };
  const { reason, signedBy } = given;
  const answered = await answerAs(deps, 'answer', { taskId: task.id, answer, reason, signedBy, byHand });
  const said = { systemId, right: 'erasure' as const, answer, round: first.round };
  return { ...answered, ...said, counts, proofSha256: sha256, files: [] };
}

/** Of every collection that is asked about, adding up to what is kept of it; `none`: nothing of it was there any more. */
function countsOf({ counts: given }: SaidByHand, entries: readonly RegisterRow[]): readonly HandCount[] {
  const names = entries.map(({ collection }) => collection);
  const all =
    given === 'none' ? entries.map(({ collection, count: n }) => ({ collection, found: n, absent: n })) : given;
  const counts = completeCounts(all, names, 'erasure');
  for (const { collection, count } of entries) {
    const said = counts.find((one) => one.collection === collection);
    if (said?.found !== count) throw invalid(`${collection}: ${count} are kept; what is not there any more is :absent`);
    if ((said.referred ?? 0) > 0) throw invalid(`${collection}: nothing that is kept is referred`);
    // One entry has one ground.
    if (keptParts.every((part) => (said[part] ?? 0) > 0)) throw invalid(`${collection}: kept on one ground`);
  }
  return counts;
}

function saidBy(counts: readonly HandCount[]): string {
  const found = sumOf(counts, 'found');
  if (keptParts.some((part) => sumOf(counts, part) > 0)) return 'kept';
  return sumOf(counts, 'absent') === found ? 'not-found' : 'erased';
}

/** As many as the sweep asks: one alone only where the class is swept without asking, and nothing of it is kept on. */
async function peopleFor(db: LedgerReader, counts: readonly HandCount[], entries: readonly RegisterRow[]) {
  const automatic = await automaticClasses(db);
  const isKeptOn = keptParts.some((part) => sumOf(counts, part) > 0);
  return !isKeptOn && entries.every((entry) => automatic.has(entry.record_class)) ? 1 : claimPeople;
}

function settledOf(entry: RegisterRow, counts: readonly HandCount[], kept: HandAnswer['kept']): HandSettled {
  const said = counts.find((one) => one.collection === entry.collection);
  return {
    ...{ entryId: entry.id, erased: said?.erased ?? 0, anonymised: said?.anonymised ?? 0, absent: said?.absent ?? 0 },
    kept: kept.find((one) => one.collection === entry.collection),
  };
}

/** Which records a person erased by hand nobody can compare: a hold on any of the system's stops it. */
export async function requireUnheld(deps: DecisionDeps, requestId: RequestId, systemId: SystemId): Promise<void> {
  const holds = await standingHolds(deps, { requestId, systemIds: [systemId] });
  if (holds.some(isPlaced)) throw new HabeasError('hold-placed', { where: systemId });
}

/** The case file has ended, and its key with it. */
async function isOver(db: LedgerReader, requestId: RequestId): Promise<boolean> {
  const row = await db
    .selectFrom('case_files')
    .select('destroyed_at')
    .where('request_id', '=', requestId)
    .executeTakeFirst();
  return row?.destroyed_at != null;
}

const invalid = (what: string) => new HabeasError('counts-invalid', { where: `--counts: ${what}` });
