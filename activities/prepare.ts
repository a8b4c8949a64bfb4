/**
 * The `prepare` stage of one system: it says everything that stands against the plan, and what is kept, put off, waits to expire or
 * lives on in backups gets its entries in the register, with locators that outlive the request's own key. Nothing is erased, and entries
 * count from the point of no return on. An attempt goes on after the entries it finds. Fails with `erase-unsupported`,
 * `successor-needed`.
 */
import type { RecordRef, System } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import { passFailpoint } from '../src/failpoint.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { getErasureRound, markRound } from '../src/ledger/erasure-rounds.ts';
import { holdLane, restLane } from '../src/ledger/lanes.ts';
import { addEntries, entriesOf, type NewEntry, registerFolder } from '../src/ledger/register.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import type { RegisterKind } from '../src/ledger/states.ts';
import { isPutOff, type RecordDecision } from '../src/policy/erasure/index.ts';
import type { SystemStages } from '../workflows/stages.ts';
import { backupsOf } from './copies.ts';
import { locatedIn } from './located.ts';
import { type OpenPlan, openPlan } from './planned-set.ts';
import { RegisterStore } from './register-store.ts';
import { runStage, type StageRun } from './stage.ts';
import { refuseSuccessors } from './successor.ts';
import { eraseBut } from './uncommitted.ts';

type PrepareDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

/** Pages on their way at once, and committed together. */
const pagesAtOnce = 8;

export function prepareStage(deps: PrepareDeps): SystemStages['prepare'] {
  return (input) =>
    runStage(deps, 'prepare', input, async (run, system) => {
      const { requestId, systemId, round } = input;
      const key: RoundKey = { requestId, systemId, round };
      const known = await getErasureRound(deps.ledger.db, key);
      if (known.planned_at === null) throw new HabeasError('internal', { where: 'prepare' });
      const plan = await openPlan(deps, key, run.signal);
      const refusals = await ask(deps, run, system, plan);
      const [first] = refusals;
      if (first === undefined && known.prepared_at === null) await register(deps, run, key, plan);
      return deps.ledger.db.transaction().execute(async (trx) => {
        const at = deps.now();
        await holdLane(trx, run.fence);
        if (first === undefined) await markRound(trx, key, 'prepared_at', at);
        const codes = [...new Set(refusals.map(({ code }) => code))];
        if (codes.includes('successor-unknown')) await refuseSuccessors(trx, key, at);
        const body = { system: systemId, round, refusals: refusals.length, codes };
        await appendAudit(trx, { requestId, kind: 'prepared', body, at });
        await restLane(trx, run.fence, { state: 'waiting', stage: 'prepare', refusal: first }, at);
        return { refused: refusals.length, code: first?.code ?? null };
      });
    });
}

async function ask(deps: PrepareDeps, run: StageRun, system: System, plan: OpenPlan) {
  // That something goes by itself on a day is a promise too, and the system's to confirm.
  const expires = [...plan.decisions.values()].some(({ decision }) => decision.disposition === 'expiring');
  if (plan.streams.length === 0 && !expires) {
    run.uncalled();
    return [];
  }
  const { systemId } = run.fence;
  if (system.prepare === undefined || system.erase === undefined || system.verify === undefined)
    throw new HabeasError('erase-unsupported', { where: systemId });
  const { keys } = await locatedIn(deps, run.fence);
  // Without a subject a system does not ask whose the records are: that is for the register's alone.
  if (keys.length === 0 && plan.streams.length > 0) throw new HabeasError('plan-changed', { where: systemId });
  const context = { systemId, signal: run.signal, progress: () => run.progress() };
  const { refusals } = await system.prepare(context, { keys, planned: plan });
  return refusals;
}

/** Why the records of one decision have an entry: both, where a kept record loses the person. */
function kindsOf(decision: RecordDecision, hasCopies: boolean): readonly RegisterKind[] {
  const { disposition, action } = decision;
  const isCopied = hasCopies && action !== 'keep';
  return [
    ...(disposition === 'retained' || disposition === 'expiring' ? [disposition] : []),
    ...(isPutOff(decision) ? (['not-yet'] as const) : []),
    ...(isCopied ? (['backup-copy'] as const) : []),
  ];
}

/** Entries for every record that is kept, put off or expires, or of which backups have copies. */
async function register(deps: PrepareDeps, run: StageRun, key: RoundKey, plan: OpenPlan): Promise<void> {
  const hasCopies = backupsOf(deps.config, key.systemId).length > 0;
  const kinds = new Map([...plan.decisions].map(([no, { decision }]) => [no, kindsOf(decision, hasCopies)]));
  if ([...kinds.values()].every((some) => some.length === 0)) return;
  const whose = hasCopies ? (await locatedIn(deps, run.fence)).keys : [];
  const known = await entriesOf(deps.ledger.db, key);
  const done = new Set(known.map((row) => `${row.stream_no}/${row.chunk_no}/${row.decision_no} ${row.kind}`));
  const keep = new Set(known.map((row) => row.object_name));
  await eraseBut(deps, registerFolder(key), keep, run.signal);
  const store = new RegisterStore(deps, key, run.signal);
  let pages: Promise<NewEntry>[] = [];
  const flush = async () => {
    const rows = await Promise.all(pages);
    pages = [];
    if (rows.length === 0) return;
    await deps.ledger.db.transaction().execute(async (trx) => {
      await holdLane(trx, run.fence);
      await addEntries(trx, rows);
    });
    passFailpoint('prepare-after-row');
  };
  for await (const { stream, chunkNo, records } of plan.all()) {
    const entered = new Map<number, RecordRef[]>();
    for (const { key: recordKey, decision } of records) {
      if ((kinds.get(decision.no) ?? []).length === 0) continue;
      const refs = entered.get(decision.no) ?? [];
      entered.set(decision.no, refs);
      refs.push({ collection: stream.collection, key: recordKey });
    }
    for (const [no, refs] of entered)
      for (const kind of kinds.get(no) ?? []) {
        const decision = plan.decisions.get(no);
        if (decision === undefined || done.has(`${stream.no}/${chunkNo}/${no} ${kind}`)) continue;
        const at = { ...key, streamNo: stream.no, chunkNo };
        const stored = store.put({ key: at, decision, kind, refs, whose, isActive: false });
        // Awaited together; another may fail first.
        stored.catch(() => undefined);
        pages.push(stored);
        if (pages.length >= pagesAtOnce) await flush();
      }
    run.progress(chunkNo + 1);
  }
  await flush();
}
