/**
 * The `locate` stage of one system: asks it about everything known so far, and keeps what it answers sealed in the ledger.
 * What is learnt goes to the other systems; what may be the person's opens one task per candidate, which a named person
 * accepts or rejects. Nothing accepted or rejected is asked about again. Returns counts and identifier kinds only.
 */
import type { Candidate, Identifier, LocateResult, RecordRef, System } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { KeyId, RequestId, TaskId } from '../src/ids.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { holdLane, type LaneKey, lockRequest, restLane } from '../src/ledger/lanes.ts';
import type { LedgerReader, LedgerTransaction } from '../src/ledger/open.ts';
import { taskTerms } from '../src/ledger/task-kinds.ts';
import { dedupeOf, openTask, openTaskIds } from '../src/ledger/tasks.ts';
import { sealRow } from '../src/ledger/vault.ts';
import type { SystemStages } from '../workflows/stages.ts';
import {
  type AskedCandidate,
  allIdentifiers,
  candidateObject,
  candidatesPerSystem,
  hasTooMany,
  type Located,
  loadKnown,
  newIdentifiers,
  nothingLocated,
  refName,
  sameKeys,
  unique,
  withAccepted,
  workingKeyOf,
} from './located.ts';
import { peopleNeeded } from './people-needed.ts';
import { runStage, type StageRun } from './stage.ts';

type LocateDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

export function locateStage(deps: LocateDeps): SystemStages['locate'] {
  return (input) =>
    runStage(deps, 'locate', input, async (run, system) => {
      const known = await loadKnown(deps, input.requestId);
      const identifiers = allIdentifiers(known);
      const before = known.bySystem.get(input.systemId);
      const answers = await decidedCandidates(deps.ledger.db, input, before ?? nothingLocated);
      const result = await ask(run, system, { identifiers, before, answers });
      const learnt = newIdentifiers(identifiers, result);
      const candidates = undecided(result.candidates, answers);
      if (candidates.length > candidatesPerSystem)
        throw new HabeasError('too-many-candidates', { where: input.systemId });
      run.progress();
      const { openCandidates, seq } = await record(deps, run, { before, result, candidates, learnt: learnt.length });
      const searched = new Set(
        [...deps.systems.values()].flatMap(({ manifest }) => manifest.needs.map((need) => need.kind)),
      );
      const values = new Set(identifiers.map(({ kind, value }) => JSON.stringify([kind, value])));
      const isNewValue = ({ kind, value }: Identifier) => !values.has(JSON.stringify([kind, value]));
      const kindsOf = (some: readonly Identifier[]) =>
        [...new Set(some.map(({ kind }) => kind))].filter((kind) => searched.has(kind)).sort();
      return {
        keys: result.keys.length,
        learnt: learnt.length,
        // Only kinds that some system searches by; they are configured words.
        kinds: kindsOf(learnt.filter(isNewValue)),
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

/** A scan is not repeated for what a person decided since: nothing new is known to search by. */
async function ask(
  run: StageRun,
  system: System,
  question: {
    readonly identifiers: ReturnType<typeof allIdentifiers>;
    readonly before: Located | undefined;
    readonly answers: Answers;
  },
): Promise<LocateResult> {
  const { before, answers, identifiers } = question;
  const isDecided = answers.accepted.length + answers.rejected.length > 0;
  if (system.manifest.locateCost === 'scan' && before !== undefined && isDecided) {
    return withAccepted(before, answers.accepted);
  }
  const { systemId } = run.fence;
  const context = { systemId, signal: run.signal, progress: () => run.progress() };
  return system.locate(context, { identifiers, accepted: answers.accepted, rejected: answers.rejected });
}

/** What people have said about this system's candidates. */
async function decidedCandidates(
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
  },
): Promise<{ readonly openCandidates: number; readonly seq: number }> {
  const { requestId, systemId } = run.fence;
  const { db } = deps.ledger;
  const workingKey = await workingKeyOf(deps, requestId);
  return db.transaction().execute(async (trx) => {
    const at = deps.now();
    await lockRequest(trx, requestId, 'alone');
    await holdLane(trx, run.fence);
    const request = await trx
      .selectFrom('requests')
      .select(['working_key_id', 'internal_target_on', 'seq'])
      .where('id', '=', requestId)
      .executeTakeFirstOrThrow();
    const asked: AskedCandidate[] = [...(answer.before?.candidates ?? [])];
    for (const candidate of answer.candidates) {
      const { ref, reason, matchedBy } = candidate;
      const object = await sealInto(deps, trx, requestId, request.working_key_id, candidateObject(candidate));
      const taskId = await openTask(trx, {
        requestId,
        systemId,
        kind: 'candidate',
        ...taskTerms.candidate,
        dueOn: request.internal_target_on,
        code: null,
        objectSealed: object,
        peopleNeeded: peopleNeeded(deps, 'candidate'),
        at,
        dedupe: dedupeOf(workingKey, [ref.collection, ref.key.map(([column, value]) => [column, value])]),
      });
      if (!asked.some((one) => one.taskId === taskId)) asked.push({ ref, reason, matchedBy, taskId });
    }
    const located: Located = {
      keys: answer.result.keys,
      // What was learnt once stays known, also when the system says it only of a record that is proved by now.
      learnt: unique([...(answer.before?.learnt ?? []), ...answer.result.learnt]),
      candidates: asked,
    };
    const sealed = await sealInto(deps, trx, requestId, request.working_key_id, located);
    const old = await trx
      .selectFrom('lanes')
      .select('located_sealed')
      .where('request_id', '=', requestId)
      .where('system_id', '=', systemId)
      .executeTakeFirst();
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
    return { openCandidates: open.length, seq: request.seq };
  });
}

async function sealInto(
  deps: LocateDeps,
  trx: LedgerTransaction,
  requestId: RequestId,
  keyId: KeyId,
  value: unknown,
): Promise<string> {
  const row = await sealRow(deps.keys, { requestId, keyId, bytes: Buffer.from(JSON.stringify(value)) });
  await trx.insertInto('sealed_objects').values(row).execute();
  return row.name;
}
