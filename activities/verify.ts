/**
 * The `verify` stage of one system, for its part of the ranks: every effect is read back from the system, which alone makes it
 * count, and then (with the dependants) the system is read once more for records of the person that were not in the plan. Those
 * made before the erasing began are staged as a round of the next pass, with its own plan and approval; later ones are counted and
 * left alone. What was deleted and is not gone goes into the register with its day (verify-going.ts). Fails with `erase-residue` where
 * something is still there, `erase-unfinished` where it is out of sight or on its way and may be asked again, or nobody tells a day,
 * `kept-record-missing` where something that must be kept is not, and `internal` where the system did not tell of every record.
 */
import type { PlannedChunk, Sink, System, VerifyInput } from '../connectors/contract.ts';
import { createMatcher } from '../connectors/rematch.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { nextRound } from '../src/ledger/by-hand.ts';
import {
  erasureChunks,
  erasureRounds,
  getErasureRound,
  markRound,
  type RoundRow,
} from '../src/ledger/erasure-rounds.ts';
import { changedHands, changedHandsAt, notReadBack, type ReadBack, readBack } from '../src/ledger/evidence.ts';
import { holdLane, lockRequest, restLane } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { beginRound, finishRound, type RoundKey } from '../src/ledger/rounds.ts';
import { FactLines } from '../src/staging/lines.ts';
import { openRoundChunks } from '../src/staging/round-chunks.ts';
import type { SystemStages } from '../workflows/stages.ts';
import { cameBack, erasingSince } from './came-back.ts';
import { dateCopies } from './copies.ts';
import { isOfPart } from './erase.ts';
import { KnownRecords } from './known-records.ts';
import { LateFound, LateSink } from './late-sink.ts';
import { askAboutUndated } from './late-task.ts';
import { locatedIn, workingKeyOf } from './located.ts';
import { isSubjectRow } from './plan.ts';
import { openPlan } from './planned-set.ts';
import { openSink, type ReadingSink } from './sink.ts';
import { runStage, type StageRun } from './stage.ts';
import { Going } from './verify-going.ts';

type VerifyDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

export function verifyStage(deps: VerifyDeps): SystemStages['verify'] {
  return (input) =>
    runStage(deps, 'verify', input, async (run, system) => {
      const { requestId, systemId, round, rank: part } = input;
      const key: RoundKey = { requestId, systemId, round };
      const { pass } = await getErasureRound(deps.ledger.db, key);
      const isCalled = await lookBack(deps, run, { key, system, part });
      const look =
        part === 'dependants' ? await lookAgain(deps, run, { key, system, pass, nextPass: input.pass + 1 }) : undefined;
      // Once their own row has gone, whoever writes again is somebody of whom no key is known.
      const back = part === 'subject-row' && isCalled ? await cameBack(deps, run, { key, system }) : undefined;
      if (!isCalled && look === undefined) run.uncalled();
      return deps.ledger.db.transaction().execute(async (trx) => {
        const at = deps.now();
        await lockRequest(trx, requestId, 'alone');
        await holdLane(trx, run.fence);
        const { late = 0, undated = 0, newer = back ?? 0 } = look?.found ?? {};
        const lateRound = look?.round ?? 0;
        if (lateRound > 0) await finishRound(trx, { ...key, round: lateRound }, at);
        if (look !== undefined) await forgetUnfinished(trx, key, pass);
        if (undated > 0) await askAboutUndated(deps, trx, key, at);
        if (look !== undefined) await countNewer(trx, key, { new_relationship: newer });
        if (back !== undefined) await countNewer(trx, key, { came_back: newer });
        await finish(deps, trx, key, at);
        const state = (await isAllVerified(trx, key)) ? 'done' : 'waiting';
        const body = { system: systemId, round, part, late, undated, newer, 'late-round': lateRound };
        await appendAudit(trx, { requestId, kind: 'verified', body, at });
        await restLane(trx, run.fence, { state, stage: 'verify' }, at);
        return { residue: 0, late, lateRound, undated, newer };
      });
    });
}

interface Looking {
  readonly key: RoundKey;
  readonly system: System;
  readonly part: VerifyInput['part'];
}

/** Reads back every effect of the part; whether the system was called. */
async function lookBack(deps: VerifyDeps, run: StageRun, { key, system, part }: Looking): Promise<boolean> {
  const plan = await openPlan(deps, key, run.signal);
  if (!plan.streams.some((stream) => isOfPart(system, stream, part))) return false;
  const { systemId } = key;
  if (system.verify === undefined) throw new HabeasError('erase-unsupported', { where: systemId });
  const { keys } = await locatedIn(deps, key);
  const anothers = await changedHands(deps.ledger.db, key);
  let seen: ReadBack[] = [];
  const unheard = new Set(plan.places.filter(([stream]) => isOfPart(system, stream, part)).map(([, place]) => place));
  const residue = new Set<string>();
  const unfinished = new Set<string>();
  const missing = new Set<string>();
  const flush = async () => {
    const told = seen;
    seen = [];
    await deps.ledger.db.transaction().execute(async (trx) => {
      await holdLane(trx, run.fence);
      await readBack(trx, key, told);
    });
  };
  const going = new Going(deps, run, { key, manifest: system.manifest, decisions: plan.decisions });
  const found: VerifyInput['found'] = async (chunk, told) => {
    requireAll(chunk, told);
    const results = await going.putOff(chunk, told);
    unheard.delete(`${chunk.stream.no}/${chunk.chunkNo}`);
    const { no: streamNo, collection } = chunk.stream;
    const left = new Map<number, number>();
    const remains = new Set<number>();
    for (const { decision: no, found: what, count } of results) {
      if (count === 0) continue;
      const decision = plan.decisions.get(no)?.decision;
      const isKept = decision?.action === 'keep';
      if (isKept && what === 'missing' && decision.disposition === 'retained') missing.add(collection);
      if (what === 'hidden' || what === 'pending') unfinished.add(collection);
      if (what === 'history-remains') remains.add(no);
      if (!isKept && (isLeft(what) || (decision?.action === 'delete' && what !== 'gone')))
        left.set(no, (left.get(no) ?? 0) + count);
    }
    for (const decisionNo of new Set(told.map(({ decision }) => decision))) {
      const at = { streamNo, chunkNo: chunk.chunkNo, decisionNo };
      if ((left.get(decisionNo) ?? 0) <= (anothers.get(changedHandsAt(at)) ?? 0))
        seen.push(remains.has(decisionNo) ? { ...at, historyRemains: true } : at);
      else residue.add(collection);
    }
    run.progress(chunk.chunkNo + 1);
    if (seen.length >= 500) await flush();
  };
  const context = { systemId, signal: run.signal, progress: () => run.progress() };
  await system.verify(context, { keys, planned: plan, part, found });
  await flush();
  // Of what is kept without the person the books say nothing that is read back.
  if (unheard.size > 0) throw new HabeasError('internal', { where: 'verify' });
  const [hidden] = [...unfinished].sort();
  if (hidden !== undefined && [...residue].every((one) => unfinished.has(one)))
    throw new HabeasError('erase-unfinished', { where: hidden });
  const [still] = [...residue].sort();
  if (still !== undefined) throw new HabeasError('erase-residue', { where: still });
  const [gone] = [...missing].sort();
  if (gone !== undefined) throw new HabeasError('kept-record-missing', { where: gone });
  const unseen = await notReadBack(deps.ledger.db, key);
  if (unseen.some((collection) => part === 'subject-row' || !isSubjectRow(system, collection)))
    throw new HabeasError('internal', { where: 'verify' });
  return true;
}

type What = Parameters<VerifyInput['found']>[1][number]['found'];

/** Weaker than gone: still there, or out of sight, or on its way. */
const isLeft = (what: What): boolean => ['residue', 'kept', 'hidden', 'pending'].includes(what);

/** A record nobody told of was not read back. */
function requireAll(chunk: PlannedChunk, results: Parameters<VerifyInput['found']>[1]): void {
  const counts = new Map<number, number>();
  for (const { decision } of chunk.records) counts.set(decision.no, (counts.get(decision.no) ?? 0) + 1);
  for (const { decision, count } of results) counts.set(decision, (counts.get(decision) ?? 0) - count);
  if ([...counts.values()].some((left) => left !== 0)) throw new HabeasError('internal', { where: 'verify' });
}

interface LookedAgain {
  readonly found: LateFound;
  /** The round that was staged; 0: none. */
  readonly round: number;
}

/** A fresh look for records that were not in the plan. The last pass of a system looks; nothing to look at: undefined. */
async function lookAgain(
  deps: VerifyDeps,
  run: StageRun,
  { key, system, pass, nextPass }: { key: RoundKey; system: System; pass: number; nextPass: number },
): Promise<LookedAgain | undefined> {
  const { db } = deps.ledger;
  const { requestId, systemId } = key;
  const rounds = await erasureRounds(db, { requestId, systemId });
  const isLast = !rounds.some((one) => one.pass > pass && one.planned_at !== null);
  const { keys } = await locatedIn(deps, key);
  const isWatched = system.collections.some(({ erase }) => erase?.mode !== 'expiry');
  if (!isLast || !isWatched || keys.length === 0) return undefined;
  const since = await erasingSince(db, key);
  const known = await knownRecords(
    deps,
    run,
    rounds.filter((one) => one.pass <= pass),
  );
  let round = 0;
  let staged: ReadingSink | undefined;
  const begin = async (): Promise<Sink> => {
    const workingKey = await workingKeyOf(deps, requestId);
    round = await db.transaction().execute(async (trx) => {
      await holdLane(trx, run.fence);
      const next = await nextRound(trx, requestId, systemId);
      await beginRound(trx, { requestId, systemId, round: next }, deps.now(), { right: 'erasure', pass: nextPass });
      return next;
    });
    staged = openSink(deps, run, { round, right: 'erasure', keys, workingKey, isNew: true });
    return staged;
  };
  const { timeZone } = deps.config.controller;
  const found = new LateFound({ system, matchers: createMatcher(keys), known, erasingSince: since, timeZone, begin });
  const context = { systemId, signal: run.signal, progress: () => run.progress() };
  try {
    await system.read(context, { keys, want: 'facts', sink: new LateSink(found) });
  } catch (error) {
    await staged?.settle().catch(() => undefined);
    throw error;
  }
  await staged?.settle();
  return { found, round };
}

/** Everything that these rounds found. */
async function knownRecords(deps: VerifyDeps, run: StageRun, rounds: readonly RoundRow[]): Promise<KnownRecords> {
  const known = new KnownRecords();
  for (const { request_id: requestId, system_id: systemId, round } of rounds) {
    const chunks = await erasureChunks(deps.ledger.db, { requestId, systemId, round }, 'read');
    const source = {
      ...{ storage: deps.storage, bucket: deps.config.s3.stagingBucket, requestId, signal: run.signal },
      workingKey: await workingKeyOf(deps, requestId),
    };
    for await (const { chunk, bytes, from } of openRoundChunks(source, 'facts', chunks)) {
      const lines = new FactLines(bytes, from, chunk.count);
      while (lines.next()) known.add(chunk.collection, bytes.subarray(lines.keyFrom, lines.keyTo));
      run.progress();
    }
  }
  return known;
}

/** A look that died had begun a round for records that may have gone by themselves since: it is nobody's any more. */
async function forgetUnfinished(trx: LedgerTransaction, key: RoundKey, pass: number): Promise<void> {
  await trx
    .updateTable('rounds')
    .set({ superseded: true })
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('right', '=', 'erasure')
    .where('pass', '>', pass)
    .where('finished_at', 'is', null)
    .where('superseded', '=', false)
    .execute();
}

async function countNewer(
  trx: LedgerTransaction,
  key: RoundKey,
  newer: { readonly new_relationship: number } | { readonly came_back: number },
): Promise<void> {
  await trx
    .updateTable('rounds')
    .set(newer)
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .execute();
}

/** Verified once nothing of the round is left to erase or to read back, in either part. */
async function finish(deps: VerifyDeps, trx: LedgerTransaction, key: RoundKey, at: Date): Promise<void> {
  const round = await getErasureRound(trx, key);
  if (round.erased_at === null || (await notReadBack(trx, key)).length > 0) return;
  await markRound(trx, key, 'verified_at', at);
  await dateCopies(trx, deps.config, key, at);
}

async function isAllVerified(trx: LedgerTransaction, { requestId, systemId }: RoundKey): Promise<boolean> {
  const rounds = await erasureRounds(trx, { requestId, systemId });
  return rounds.every((one) => one.verified_at !== null);
}
