/**
 * The `plan` stage of one system: policy decides record by record over the sealed facts of a round, and every chunk of facts
 * gets its chunk of decisions. Calls nobody and erases nothing. An attempt goes on after the last committed chunk; under
 * another policy it begins anew. A plan of a round is made once. Records of the person's own row are decided first, because
 * what becomes of it decides about references to it. Fails as policy does (`policy-answer-missing`, `erasure-undeclared`,
 * `rewrite-unsupported`), and with `late-arrivals` while a person has not said what undated late records are.
 */
import type { RecordFacts, RecordRef, System } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { passFailpoint } from '../src/failpoint.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { decisionsOf, type NumberedDecision } from '../src/ledger/erasure-decisions.ts';
import { addDecided, beginPlan, type DecidedChunk, decidedChunks, finishPlan } from '../src/ledger/erasure-plan.ts';
import {
  erasureChunks,
  erasureRounds,
  erasureStreams,
  getErasureRound,
  noteOwnBusiness,
  type StoredStream,
} from '../src/ledger/erasure-rounds.ts';
import { holdLane, lockRequest, restLane } from '../src/ledger/lanes.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { closeUnasked, openTaskIds } from '../src/ledger/tasks.ts';
import type { ErasureContext, RecordDecision } from '../src/policy/erasure/index.ts';
import { roundPolicySha256 } from '../src/requests/policy-hash.ts';
import { standingHolds } from '../src/requests/standing-holds.ts';
import { openRoundChunks, type RoundChunk, type RoundSource } from '../src/staging/round-chunks.ts';
import type { Planned, SystemStages } from '../workflows/stages.ts';
import { Decider } from './decider.ts';
import { DecisionStore, planFolder } from './decision-store.ts';
import { erasureAnswers, hasOpenBusiness } from './erasure-context.ts';
import { lateClass } from './late-class.ts';
import { undatedAnswer } from './late-task.ts';
import { workingKeyOf } from './located.ts';
import type { Sealed } from './sink-pack.ts';
import { runStage, type StageRun } from './stage.ts';
import { askForSuccessor } from './successor.ts';
import { eraseBut } from './uncommitted.ts';

type PlanDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

/** Committed together: most collections of most people are one small chunk. */
const batchLimits = { chunks: 64, bytes: 4 * 1024 * 1024 } as const;

export function planStage(deps: PlanDeps): SystemStages['plan'] {
  return (input) =>
    runStage(deps, 'plan', input, async (run, system) => {
      run.uncalled();
      const { requestId, systemId, round } = input;
      const key: RoundKey = { requestId, systemId, round };
      const known = await getErasureRound(deps.ledger.db, key);
      if (known.finished_at === null) throw new HabeasError('internal', { where: 'plan' });
      if (known.planned_at === null) await decideAll(deps, run, { key, system, pass: known.pass });
      return deps.ledger.db.transaction().execute(async (trx) => {
        const at = deps.now();
        await holdLane(trx, run.fence);
        const decisions = await finishPlan(trx, key, at);
        const counts = plannedCounts(decisions);
        if (known.planned_at === null) {
          const body = { system: systemId, round, pass: known.pass, decisions: decisions.length, ...counts };
          await appendAudit(trx, { requestId, kind: 'planned', body, at });
        }
        await restLane(trx, run.fence, { state: 'waiting', stage: 'plan' }, at);
        return counts;
      });
    });
}

function plannedCounts(decisions: readonly NumberedDecision[]): Planned {
  const sum = (...of: readonly RecordDecision['disposition'][]) =>
    decisions.reduce((total, { decision, count }) => total + (of.includes(decision.disposition) ? count : 0), 0);
  return {
    found: decisions.reduce((total, { count }) => total + count, 0),
    erased: sum('erased', 'anonymised'),
    retained: sum('retained', 'expiring'),
    referred: sum('referred'),
    refused: sum('refused'),
  };
}

interface Planning {
  readonly key: RoundKey;
  readonly system: System;
  readonly pass: number;
}

async function decideAll(deps: PlanDeps, run: StageRun, { key, system, pass }: Planning): Promise<void> {
  const { db } = deps.ledger;
  const { requestId, systemId } = key;
  const undated = pass > 1 ? await undatedAnswer(db, key) : undefined;
  const isNew = await db.transaction().execute(async (trx) => {
    await holdLane(trx, run.fence);
    return beginPlan(trx, key, roundPolicySha256(deps, systemId));
  });
  const done = await decidedChunks(db, key);
  if (done.places.size === 0) await askAgain(deps, run);
  if (!isNew) await eraseBut(deps, planFolder(key), done.objects, run.signal);
  const workingKey = await workingKeyOf(deps, requestId);
  const source: RoundSource = {
    ...{ storage: deps.storage, bucket: deps.config.s3.stagingBucket, workingKey, requestId, signal: run.signal },
  };
  const streams = await erasureStreams(db, key);
  const chunks = await erasureChunks(db, key, 'read');
  const decider = new Decider({
    requestId,
    system,
    holds: await standingHolds(deps, { requestId, systemIds: [systemId] }),
    known: await decisionsOf(db, key),
    isNew: await newcomers(deps, key, undated),
  });
  const answers = await erasureAnswers(deps, requestId);
  const before = pass === 1 ? nothingBefore : await decidedBefore(deps, { key, system, pass }, source, answers.closing);
  const ownBusinessOpen =
    before.ownBusinessOpen ||
    (await hasOpenBusiness(source, streams, chunks, answers.closing)) ||
    (await hasOpenElsewhere(deps, key, source, answers.closing));
  await db.transaction().execute(async (trx) => {
    await holdLane(trx, run.fence);
    await noteOwnBusiness(trx, key, ownBusinessOpen);
  });
  const work: PlanWork = { deps, run, key, source, decider, done: done.places, workingKey };
  const isOwnRow = ({ description }: StoredStream) =>
    isSubjectRow(system, description.collection) && description.isReference !== true;
  const first = streams.filter(isOwnRow);
  const decided = { id: systemId, collections: system.collections };
  const context: ErasureContext = { ...answers, ownBusinessOpen, subjectRow: [], system: decided };
  const subjectRow = await decideStreams(work, { streams: first, chunks, context, isAgain: true });
  const rest = streams.filter((one) => !isOwnRow(one));
  const own = [...before.subjectRow, ...subjectRow];
  await decideStreams(work, { streams: rest, chunks, context: { ...context, subjectRow: own }, isAgain: false });
}

/** What was asked for an earlier plan is asked again with this one, where it still matters. */
async function askAgain({ ledger, now }: PlanDeps, { fence }: StageRun): Promise<void> {
  const { requestId, systemId } = fence;
  const about = { requestId, systemId, kind: 'successor' } as const;
  if ((await openTaskIds(ledger.db, about)).length === 0) return;
  await ledger.db.transaction().execute(async (trx) => {
    await lockRequest(trx, requestId, 'alone');
    await holdLane(trx, fence);
    await closeUnasked(trx, about, new Set(), now());
  });
}

type Before = Pick<ErasureContext, 'ownBusinessOpen' | 'subjectRow'>;
const nothingBefore: Before = { ownBusinessOpen: false, subjectRow: [] };

/** What earlier passes say of the person: a late round has only what came late. */
async function decidedBefore(
  { ledger: { db } }: PlanDeps,
  { key: { requestId, systemId }, system, pass }: Planning,
  source: RoundSource,
  closing: ReadonlySet<string>,
): Promise<Before> {
  const rounds = await erasureRounds(db, { requestId, systemId });
  const subjectRow: RecordDecision[] = [];
  let ownBusinessOpen = false;
  for (const { round } of rounds.filter((one) => one.pass < pass && !one.by_hand)) {
    const key = { requestId, systemId, round };
    const [streams, chunks] = [await erasureStreams(db, key), await erasureChunks(db, key, 'read')];
    const isOpen = await hasOpenBusiness(source, streams, chunks, closing);
    ownBusinessOpen ||= isOpen;
    for (const { collection, decision, count } of await decisionsOf(db, key))
      if (count > 0 && isSubjectRow(system, collection) && decision.reason !== 'reference') subjectRow.push(decision);
  }
  return { ownBusinessOpen, subjectRow };
}

/** Whether another system says that a business of the person's goes on: one record of any system is enough. */
async function hasOpenElsewhere(
  { ledger: { db } }: PlanDeps,
  { requestId, systemId }: RoundKey,
  source: RoundSource,
  closing: ReadonlySet<string>,
): Promise<boolean> {
  for (const row of await erasureRounds(db, { requestId })) {
    if (row.system_id === systemId || row.finished_at === null || row.by_hand) continue;
    const key = { requestId, systemId: row.system_id, round: row.round };
    const [streams, chunks] = [await erasureStreams(db, key), await erasureChunks(db, key, 'read')];
    if (await hasOpenBusiness(source, streams, chunks, closing)) return true;
  }
  return false;
}

/** Which records of a late round belong to a new relationship, because a named person said so of undated ones. */
async function newcomers(
  deps: PlanDeps,
  { requestId, systemId }: RoundKey,
  answer: string | undefined,
): Promise<((facts: RecordFacts) => boolean) | undefined> {
  if (answer !== 'new-relationship') return undefined;
  const { erase_started_at: since } = await deps.ledger.db
    .selectFrom('lanes')
    .select('erase_started_at')
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .executeTakeFirstOrThrow();
  const { timeZone } = deps.config.controller;
  return (facts) => since !== null && lateClass(facts, since, timeZone) === 'undated';
}

export function isSubjectRow(system: System, collection: string): boolean {
  const erase = system.collections.find((one) => one.collection === collection)?.erase;
  return erase?.mode === 'immediate' && erase.rank === 'subject-row';
}

interface PlanWork {
  readonly deps: PlanDeps;
  readonly run: StageRun;
  readonly key: RoundKey;
  readonly source: RoundSource;
  readonly decider: Decider;
  /** Chunks with a row. */
  readonly done: ReadonlySet<string>;
  readonly workingKey: Buffer;
}

interface Pending {
  readonly chunk: RoundChunk;
  readonly plainBytes: number;
  readonly counts: ReadonlyMap<number, number>;
  readonly unsettled: readonly RecordRef[];
  readonly sealed: Sealed;
}

interface Deciding {
  readonly streams: readonly StoredStream[];
  readonly chunks: readonly RoundChunk[];
  readonly context: ErasureContext;
  /** Also chunks with a row: what was decided of them is told to the rest. */
  readonly isAgain: boolean;
}

/** Decides chunks of these streams and commits those without a row; the distinct decisions. */
async function decideStreams(
  work: PlanWork,
  { streams, chunks, context, isAgain }: Deciding,
): Promise<readonly RecordDecision[]> {
  const { decider, source, run, done, key } = work;
  const store = new DecisionStore(work.deps, { key, workingKey: work.workingKey, signal: run.signal });
  const isDone = (chunk: RoundChunk) => done.has(`${chunk.stream_no}/${chunk.chunk_no}`);
  const planners = new Map(
    streams.map(({ streamNo, description }) => [streamNo, decider.stream(description, context)]),
  );
  const wanted = chunks.filter((chunk) => planners.has(chunk.stream_no) && (isAgain || !isDone(chunk)));
  const used = new Set<number>();
  let batch: Pending[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    store.flush();
    await Promise.all(batch.map(({ sealed }) => sealed.stored));
    await commit(work, batch);
    batch = [];
    bytes = 0;
  };
  for await (const opened of openRoundChunks(source, 'facts', wanted)) {
    const { chunk } = opened;
    const decide = planners.get(chunk.stream_no);
    if (decide === undefined) throw new HabeasError('internal', { where: 'plan' });
    const { plain, counts, unsettled } = decide(opened);
    for (const no of counts.keys()) used.add(no);
    run.progress(chunk.chunk_no + 1);
    if (isDone(chunk)) continue;
    const sealed = await store.add(chunk.stream_no, chunk.chunk_no, plain);
    batch.push({ chunk, plainBytes: plain.length, counts, unsettled, sealed });
    bytes += plain.length;
    if (batch.length >= batchLimits.chunks || bytes >= batchLimits.bytes) await flush();
  }
  await flush();
  return [...used].flatMap((no) => decider.decisions.get(no)?.decision ?? []);
}

async function commit({ deps, run, key, decider, workingKey }: PlanWork, batch: readonly Pending[]): Promise<void> {
  const rows = batch.map(
    ({ chunk, plainBytes, counts, sealed }): DecidedChunk => ({
      ...{ streamNo: chunk.stream_no, chunkNo: chunk.chunk_no, count: chunk.count, plainBytes, counts },
      ...{ objectName: sealed.objectName, offset: sealed.offset, bytes: sealed.bytes, tag: sealed.tag },
    }),
  );
  const unsettled = batch.flatMap((one) => one.unsettled);
  await deps.ledger.db.transaction().execute(async (trx) => {
    if (unsettled.length > 0) await lockRequest(trx, key.requestId, 'alone');
    await holdLane(trx, run.fence);
    await addDecided(trx, key, { chunks: rows, fresh: decider.takeFresh(), decisions: decider.decisions });
    for (const ref of unsettled) await askForSuccessor(deps, trx, { key, workingKey, ref, at: deps.now() });
  });
  passFailpoint('plan-after-row');
}
