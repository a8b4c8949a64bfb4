/**
 * The `erase` stage of one system, for its part of the ranks: carries out the approved decisions of a round, chunk by chunk, by
 * the journal. Goes on where an earlier attempt stopped; done twice it does nothing the second time. Ends only when every chunk
 * of its part has its outcome, or says that a vendor still works on one. A system with nothing to do is not called. Fails with `plan-changed`, `hold-placed`.
 */
import { sql } from 'kysely';
import type { ErasePart, StreamDescription, System } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { concluded } from '../src/ledger/effects.ts';
import { getErasureRound, markRound } from '../src/ledger/erasure-rounds.ts';
import { effectCounts } from '../src/ledger/evidence.ts';
import { holdLane, restLane } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { isInForce } from '../src/ledger/plan-versions.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import type { EraseDone, SystemStages } from '../workflows/stages.ts';
import { EraseJournal } from './journal.ts';
import { locatedIn } from './located.ts';
import { isSubjectRow } from './plan.ts';
import { type OpenPlan, openPlan } from './planned-set.ts';
import { runStage, type StageRun } from './stage.ts';

type EraseDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

export function eraseStage(deps: EraseDeps): SystemStages['erase'] {
  return (input) =>
    runStage(deps, 'erase', input, async (run, system) => {
      const { requestId, systemId, round, rank: part } = input;
      const key: RoundKey = { requestId, systemId, round };
      const { pass, prepared_at: preparedAt } = await getErasureRound(deps.ledger.db, key);
      // A system that was left open is part of what was approved, and may not have said yet whether it can.
      if (preparedAt === null || !(await isInForce(deps.ledger.db, key, pass)))
        throw new HabeasError('plan-changed', { where: systemId });
      const plan = await openPlan(deps, key, run.signal);
      if (plan.streams.some((stream) => isOfPart(system, stream, part))) {
        if (system.erase === undefined) throw new HabeasError('erase-unsupported', { where: systemId });
        requireDeclared(system, plan);
        const { keys } = await locatedIn(deps, input);
        const context = { systemId, signal: run.signal, progress: () => run.progress() };
        const journal = new EraseJournal(deps, run, { key, decisions: plan.decisions });
        const effectKey = [requestId, systemId, 'erase', round, run.fence.workflowSeq].join(':');
        const handOver = input.handOver === true;
        await system.erase(context, { keys, planned: plan, part, journal, effectKey, handOver });
        if (journal.isRunning) return restWhileRunning(deps, run, key);
        await concludeKept(deps, { key, system, plan, part }, journal);
      } else run.uncalled();
      return deps.ledger.db.transaction().execute(async (trx) => {
        const at = deps.now();
        await holdLane(trx, run.fence);
        await beginErasing(trx, key, at);
        const isWhole = await requireConcluded(trx, { key, system, plan, part });
        if (isWhole) await markRound(trx, key, 'erased_at', at);
        const counts = await effectCounts(trx, key);
        await appendAudit(trx, { requestId, kind: 'erased', body: { system: systemId, round, part, ...counts }, at });
        await restLane(trx, run.fence, { state: 'waiting', stage: 'erase' }, at);
        return counts;
      });
    });
}

/** A vendor still works on it: the lane waits, says why, and gives its room to others. */
function restWhileRunning(
  { ledger, now }: Pick<EraseDeps, 'ledger' | 'now'>,
  { fence }: StageRun,
  key: RoundKey,
): Promise<EraseDone> {
  return ledger.db.transaction().execute(async (trx) => {
    await holdLane(trx, fence);
    const refusal = { code: 'vendor-job-runs', where: key.systemId } as const;
    await restLane(trx, fence, { state: 'waiting', stage: 'erase', refusal }, now());
    return { ...(await effectCounts(trx, key)), running: true };
  });
}

/**
 * The data map may be another than the one that was approved, and say less: who no longer lets records of a collection be
 * deleted, or a field be changed, is not overruled by an older plan.
 */
function requireDeclared({ collections }: System, { decisions }: OpenPlan): void {
  for (const { collection: name, decision } of decisions.values()) {
    const { action, fields } = decision;
    if (action === 'keep') continue;
    const collection = collections.find((one) => one.collection === name);
    const traits = collection?.erase;
    const may = action === 'anonymise' ? 'anonymises' : 'detaches';
    const isDeclared =
      traits?.mode === 'immediate' &&
      // What is held for a customer goes by the customer's own instruction alone.
      (collection?.role !== 'processor' || decision.reason === 'instructed') &&
      (action === 'delete' ? traits.whole === 'delete' : fields.every((field) => traits[may].includes(field)));
    if (!isDeclared) throw new HabeasError('plan-changed', { where: name });
  }
}

/** Records of others that name the person are of the rest, also where the person's own row is in the same collection. */
export function isOfPart(system: System, stream: StreamDescription, part: ErasePart): boolean {
  const isOwnRow = isSubjectRow(system, stream.collection) && stream.isReference !== true;
  return isOwnRow === (part === 'subject-row');
}

/** Where nothing had to be erased, this is the instant from which records are a new relationship's. */
async function beginErasing(trx: LedgerTransaction, key: RoundKey, at: Date): Promise<void> {
  await trx
    .updateTable('lanes')
    .set((it) => ({ erase_started_at: it.fn.coalesce('erase_started_at', sql<Date>`${at}`) }))
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .execute();
}

interface Erased {
  readonly key: RoundKey;
  readonly system: System;
  readonly plan: OpenPlan;
  readonly part: ErasePart;
}

/** Of a chunk in which nothing is to be done the outcome is known; whether a connector journals it is its own affair. */
async function concludeKept(
  { ledger }: Pick<EraseDeps, 'ledger'>,
  { key, system, plan, part }: Erased,
  journal: EraseJournal,
): Promise<void> {
  const done = await concluded(ledger.db, key);
  const isOpen = ([stream, place]: OpenPlan['places'][number]) => isOfPart(system, stream, part) && !done.has(place);
  for (const stream of new Set(plan.places.filter(isOpen).map(([one]) => one)))
    for await (const chunk of plan.chunks(stream)) {
      if (done.has(`${stream.no}/${chunk.chunkNo}`)) continue;
      if (!chunk.records.every(({ decision }) => decision.action === 'keep')) continue;
      await journal.begin(chunk);
      await journal.outcome(chunk, []);
    }
}

/** Every chunk of the part has its outcome, or `internal`; whether nothing of the round is left for the other part. */
async function requireConcluded(trx: LedgerTransaction, { key, system, plan, part }: Erased): Promise<boolean> {
  const done = await concluded(trx, key);
  const open = plan.places.filter(([, place]) => !done.has(place));
  if (open.some(([stream]) => isOfPart(system, stream, part))) throw new HabeasError('internal', { where: 'erase' });
  return open.length === 0;
}
