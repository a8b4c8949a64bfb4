/**
 * Who takes over a workspace whose last administrator leaves: the question, once per workspace and request, again where the
 * system would not have whoever was named, and the answers. What is asked and named is personal data: sealed under the request's working key.
 */
import type { RecordRef } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId, SystemId } from '../src/ids.ts';
import type { LedgerReader, LedgerTransaction } from '../src/ledger/open.ts';
import { recordName } from '../src/ledger/record-ref.ts';
import type { RoundKey } from '../src/ledger/rounds.ts';
import { taskTerms } from '../src/ledger/task-kinds.ts';
import { dedupeOf, openTask } from '../src/ledger/tasks.ts';
import { getSealed, putSealed } from '../src/ledger/vault.ts';
import { askingFor } from './candidate.ts';
import { keyIn } from './decider.ts';
import { peopleNeeded } from './people-needed.ts';

interface OfSystem {
  readonly requestId: RequestId;
  readonly systemId: SystemId;
}

/** Opens the workspace's task, or finds it; the caller holds the request's lock. */
export async function askForSuccessor(
  deps: Pick<Deps, 'keys' | 'config'>,
  trx: LedgerTransaction,
  { key, workingKey, ref, at }: { key: RoundKey; workingKey: Buffer; ref: RecordRef; at: Date },
): Promise<void> {
  const { requestId, systemId, keyId, dueOn } = await askingFor(trx, key, workingKey, at);
  await openTask(trx, {
    requestId,
    systemId,
    kind: 'successor',
    ...taskTerms.successor,
    dueOn,
    code: 'successor-needed',
    objectSealed: await putSealed(trx, deps.keys, { requestId, keyId, value: { workspace: ref } }),
    peopleNeeded: peopleNeeded(deps, 'successor'),
    at,
    dedupe: dedupeOf(workingKey, ['successor', recordName(ref), ...(await refusedIn(trx, key))]),
  });
}

/** The system does not know who was named: whoever it was is asked for anew, with the next plan. */
export async function refuseSuccessors(
  trx: LedgerTransaction,
  { requestId, systemId }: OfSystem,
  at: Date,
): Promise<void> {
  await trx
    .updateTable('successors')
    .set({ refused_at: at })
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('refused_at', 'is', null)
    .execute();
}

/** Makes a question another one when its answer was refused. */
async function refusedIn(trx: LedgerTransaction, { requestId, systemId }: OfSystem): Promise<readonly string[]> {
  const refused = await trx
    .selectFrom('successors')
    .select('task_id')
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('refused_at', 'is not', null)
    .orderBy('task_id')
    .execute();
  return refused.map(({ task_id: id }) => id);
}

/** Who was named, by the name of the workspace's record. Personal data. */
export async function successorsIn(
  db: LedgerReader,
  keys: Deps['keys'],
  { requestId, systemId }: OfSystem,
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('successors')
    .select('named_sealed')
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('refused_at', 'is', null)
    .execute();
  const named = new Map<string, string>();
  for (const { named_sealed: sealed } of rows) {
    const { workspace, successor } = await getSealed(db, keys, sealed, namedIn);
    named.set(recordName(workspace), successor);
  }
  return named;
}

function namedIn(value: unknown): { readonly workspace: RecordRef; readonly successor: string } {
  if (typeof value === 'object' && value !== null && 'workspace' in value && 'successor' in value) {
    const { workspace, successor } = value;
    const isRef =
      typeof workspace === 'object' && workspace !== null && 'collection' in workspace && 'key' in workspace;
    if (isRef && typeof workspace.collection === 'string' && typeof successor === 'string')
      return { workspace: { collection: workspace.collection, key: keyIn(workspace.key) }, successor };
  }
  throw new HabeasError('seal-broken', { where: 'successor' });
}
