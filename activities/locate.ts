/**
 * The `locate` stage of one system: asks it about everything known so far, and keeps what it answers sealed in the ledger.
 * What is learnt goes to the other systems; what may be the person's opens one task per candidate, which a named person
 * accepts or rejects. Nothing accepted or rejected is asked about again. Returns counts and identifier kinds only.
 */
import type { Candidate, Identifier, LocateInput, LocateResult, RecordRef, System } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { TaskId } from '../src/ids.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { instructionOf } from '../src/ledger/instructions.ts';
import { holdLane, type LaneKey, lockRequest, restLane } from '../src/ledger/lanes.ts';
import type { LedgerReader } from '../src/ledger/open.ts';
import { closeUnasked, openTaskIds } from '../src/ledger/tasks.ts';
import { putSealed } from '../src/ledger/vault.ts';
import { learnLookups } from '../src/requests/linked.ts';
import type { SystemStages } from '../workflows/stages.ts';
import { askAbout, askingFor } from './candidate.ts';
import {
  type AskedCandidate,
  allIdentifiers,
  candidatesPerSystem,
  hasTooMany,
  type Located,
  loadKnown,
  newIdentifiers,
  nothingLocated,
  refName,
  sameKeys,
  taught,
  unique,
  workingKeyOf,
} from './located.ts';
import { runStage, type StageRun } from './stage.ts';

type LocateDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

export function locateStage(deps: LocateDeps): SystemStages['locate'] {
  return (input) =>
    runStage(deps, 'locate', input, async (run, system) => {
      const known = await loadKnown(deps, input.requestId);
      const identifiers = allIdentifiers(known);
      const before = known.bySystem.get(input.systemId);
      const answers = await decidedCandidates(deps.ledger.db, input, before ?? nothingLocated);
      const result = await ask(run, system, { identifiers, ...answers });
      // A scan says by what it will search; it calls nobody before it reads.
      if (system.manifest.locateCost === 'scan') run.uncalled();
      const learnt = newIdentifiers(identifiers, result);
      const candidates = undecided(result.candidates, answers);
      if (candidates.length > candidatesPerSystem)
        throw new HabeasError('too-many-candidates', { where: input.systemId });
      run.progress();
      await learnLookups(deps, input.requestId, [...identifiers, ...learnt]);
      const { openCandidates, seq, forgotten } = await record(deps, run, {
        before,
        result,
        candidates,
        learnt: learnt.length,
        asksLater: system.manifest.locateCost === 'scan',
      });
      const searched = new Set(
        [...deps.systems.values()].flatMap(({ manifest }) => [
          ...manifest.needs.map((need) => need.kind),
          ...(manifest.workspace?.needs ?? []),
        ]),
      );
      const values = new Set(identifiers.map(({ kind, value }) => JSON.stringify([kind, value])));
      const isNewValue = ({ kind, value }: Identifier) => !values.has(JSON.stringify([kind, value]));
      const kindsOf = (some: readonly Identifier[]) =>
        [...new Set(some.map(({ kind }) => kind))].filter((kind) => searched.has(kind)).sort();
      return {
        keys: result.keys.length,
        learnt: learnt.length,
        // Only kinds that some system searches by; they are configured words. Who was asked by what is forgotten is asked again.
        kinds: kindsOf([...learnt.filter(isNewValue), ...forgotten]),
        dated: kindsOf(learnt.filter((one) => !isNewValue(one))),
        openCandidates,
        seq,
        changed: !sameKeys(before?.keys ?? [], result.keys),
        tooMany: hasTooMany([...identifiers, ...learnt]),
      };
    });
}

interface Answers {
  readonly accepted: readonly RecordRef[];
  readonly rejected: readonly RecordRef[];
}

/** A system's answer, with what it says of the places where the subject was: who else was there. */
async function ask(run: StageRun, system: System, question: LocateInput): Promise<LocateResult> {
  const { systemId } = run.fence;
  const { manifest } = system;
  const context = { systemId, signal: run.signal, progress: () => run.progress() };
  const result = await system.locate(context, question);
  // A scan looks at nothing yet: what it finds later goes into chunks of its own.
  if (manifest.locateCost === 'scan' && result.candidates.length + result.learnt.length > 0)
    throw new HabeasError('internal', { where: systemId });
  const kinds = manifest.exclusivity ?? [];
  const windows = result.learnt.filter(({ kind, from }) => from !== undefined && kinds.includes(kind));
  if (system.exclusivity === undefined || windows.length === 0) return result;
  run.progress();
  const told = await system.exclusivity(context, { keys: result.keys, windows });
  if (told.length !== windows.length) throw new HabeasError('internal', { where: systemId });
  const answers = new Map(windows.map((window, no) => [window, told[no] ?? 'unknown']));
  const withAnswer = (one: Identifier): Identifier => {
    const exclusivity = answers.get(one);
    return exclusivity === undefined ? one : { ...one, exclusivity };
  };
  return { ...result, learnt: result.learnt.map(withAnswer) };
}

/** What people have said about this system's candidates. */
export async function decidedCandidates(
  db: LedgerReader,
  { requestId, systemId }: LaneKey,
  located: Located,
): Promise<Answers> {
  const rows = await db
    .selectFrom('tasks')
    .select(['id', 'answer'])
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('kind', '=', 'candidate')
    .where('closed_at', 'is not', null)
    .execute();
  const answers = new Map<TaskId, string | null>(rows.map((row) => [row.id, row.answer]));
  const refs = (answer: string) =>
    located.candidates.filter(({ taskId }) => answers.get(taskId) === answer).map(({ ref }) => ref);
  return { accepted: refs('accept'), rejected: refs('reject') };
}

function undecided(candidates: readonly Candidate[], { accepted, rejected }: Answers): readonly Candidate[] {
  const decided = new Set([...accepted, ...rejected].map(refName));
  return candidates.filter(({ ref }) => !decided.has(refName(ref)));
}

/** Keeps the answer and asks about the candidates, in one transaction. Counts the candidates that wait for a person. */
async function record(
  deps: LocateDeps,
  run: StageRun,
  answer: {
    readonly before: Located | undefined;
    readonly result: LocateResult;
    readonly candidates: readonly Candidate[];
    readonly learnt: number;
    readonly asksLater: boolean;
  },
): Promise<{ readonly openCandidates: number; readonly seq: number; readonly forgotten: readonly Identifier[] }> {
  const { requestId, systemId } = run.fence;
  const { db } = deps.ledger;
  const workingKey = await workingKeyOf(deps, requestId);
  return db.transaction().execute(async (trx) => {
    const at = deps.now();
    await lockRequest(trx, requestId, 'alone');
    await holdLane(trx, run.fence);
    const asking = await askingFor(trx, run.fence, workingKey, at);
    const asked: AskedCandidate[] = [...(answer.before?.candidates ?? [])];
    const still = new Set<TaskId>();
    for (const candidate of answer.candidates) {
      const { ref, reason, matchedBy } = candidate;
      const taskId = await askAbout(deps, trx, asking, candidate);
      still.add(taskId);
      if (!asked.some((one) => one.taskId === taskId)) asked.push({ ref, reason, matchedBy, taskId });
    }
    // What was proved meanwhile, or has gone, is nobody's question any more. A scan asks when it has read.
    if (!answer.asksLater) await closeUnasked(trx, { requestId, systemId, kind: 'candidate' }, still, at);
    const old = await trx
      .selectFrom('lanes')
      .select(['located_sealed', 'erase_started_at'])
      .where('request_id', '=', requestId)
      .where('system_id', '=', systemId)
      .executeTakeFirst();
    const before = answer.before?.learnt ?? [];
    // Who goes with a workspace is told anew each time: whoever does not any more is nobody's to look for. What was known when the
    // erasing began stays known, because by then the rows that told it go.
    const isToldAnew = (await instructionOf(trx, requestId)) !== undefined && old?.erase_started_at == null;
    const learnt = isToldAnew ? unique(answer.result.learnt) : taught(before, answer.result.learnt);
    const located: Located = { keys: answer.result.keys, learnt, candidates: asked };
    const sealed = await putSealed(trx, deps.keys, { requestId, keyId: asking.keyId, value: located });
    await restLane(trx, run.fence, { state: 'waiting', stage: 'locate', locatedSealed: sealed }, at);
    if (old?.located_sealed != null) {
      await trx.deleteFrom('sealed_objects').where('name', '=', old.located_sealed).execute();
    }
    const open = await openTaskIds(trx, { requestId, systemId, kind: 'candidate' });
    const body = {
      system: systemId,
      keys: answer.result.keys.length,
      learnt: answer.learnt,
      candidates: open.length,
    };
    await appendAudit(trx, { requestId, kind: 'located', body, at });
    const forgotten = isToldAnew ? unique([...learnt, ...before]).slice(learnt.length) : [];
    return { openCandidates: open.length, seq: asking.seq, forgotten };
  });
}
