/**
 * One candidate becomes one question to a person: its task with what the person must see, sealed under the request's
 * working key. The same question is never asked twice in a request, also not by a later reading: its answer stands.
 */
import type { Candidate } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import type { KeyId, TaskId } from '../src/ids.ts';
import type { LaneKey } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { taskTerms } from '../src/ledger/task-kinds.ts';
import { dedupeOf, openTask } from '../src/ledger/tasks.ts';
import { putSealed } from '../src/ledger/vault.ts';
import { candidateObject } from './located.ts';
import { peopleNeeded } from './people-needed.ts';

export interface Asking extends LaneKey {
  /** 32 bytes: names the question without telling what it is about. */
  readonly workingKey: Buffer;
  readonly keyId: KeyId;
  readonly dueOn: string;
  readonly at: Date;
}

/** The request's own part of a question; the caller holds the request's lock. */
export async function askingFor(
  trx: LedgerTransaction,
  { requestId, systemId }: LaneKey,
  workingKey: Buffer,
  at: Date,
): Promise<Asking & { readonly seq: number }> {
  const request = await trx
    .selectFrom('requests')
    .select(['working_key_id', 'internal_target_on', 'seq'])
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const { working_key_id: keyId, internal_target_on: dueOn, seq } = request;
  return { requestId, systemId, workingKey, keyId, dueOn, at, seq };
}

/** Opens the candidate's task, or finds it. */
export async function askAbout(
  deps: Pick<Deps, 'keys' | 'config'>,
  trx: LedgerTransaction,
  { requestId, systemId, workingKey, keyId, dueOn, at }: Asking,
  candidate: Candidate,
): Promise<TaskId> {
  const { ref } = candidate;
  const objectSealed = await putSealed(trx, deps.keys, { requestId, keyId, value: candidateObject(candidate) });
  return openTask(trx, {
    requestId,
    systemId,
    kind: 'candidate',
    ...taskTerms.candidate,
    dueOn,
    code: null,
    objectSealed,
    peopleNeeded: peopleNeeded(deps, 'candidate'),
    at,
    dedupe: dedupeOf(workingKey, [ref.collection, ref.key.map(([column, value]) => [column, value])]),
  });
}
