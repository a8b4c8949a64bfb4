/**
 * Who takes over a workspace whose last administrator leaves: what the task shows, the name that a person gives, and its
 * sealed row. The name is what that system knows people by: an account number, or of a billing contact an e-mail address. It is
 * personal data of somebody else: it is only ever sealed. Whether they belong to the
 * workspace is the system's to say, when it prepares. Refuses with `successor-needed` (nobody named) and
 * `successor-unknown` (the person who leaves).
 */
import type { Selectable } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import type { TasksTable } from '../ledger/schema.ts';
import { getSealed, putSealed } from '../ledger/vault.ts';
import { identifiersIn } from './answer-effects.ts';
import type { DecisionDeps, RequestRow } from './record.ts';

export interface NamedSuccessor {
  /** As the task's sealed object has it: a record reference. */
  readonly workspace: unknown;
  readonly successor: string;
}

/** What a `successor` task asks about, as sealed: the workspace and its key in one string. */
export interface AskedWorkspace {
  readonly workspace: unknown;
  /** Values of its key, joined by `,`. */
  readonly key: string;
}

/** Narrows the sealed object of a `successor` task: `{workspace: RecordRef}`, or `{workspace: key in one string}`. */
export function askedWorkspace(value: unknown): AskedWorkspace {
  if (typeof value === 'object' && value !== null && 'workspace' in value) {
    const { workspace } = value;
    if (typeof workspace === 'string') return { workspace, key: workspace };
    if (typeof workspace === 'object' && workspace !== null && 'key' in workspace && Array.isArray(workspace.key)) {
      const values = workspace.key.flatMap((pair: unknown) => (Array.isArray(pair) ? [String(pair[1])] : []));
      return { workspace, key: values.join(',') };
    }
  }
  throw new HabeasError('seal-broken', { where: 'successor' });
}

type SuccessorTask = Pick<Selectable<TasksTable>, 'system_id' | 'object_sealed'>;

/** Checks what a person named. Personal data passes in and out. */
export async function namedSuccessor(
  deps: Pick<DecisionDeps, 'ledger' | 'keys' | 'systems'>,
  request: Pick<RequestRow, 'id' | 'identifiers_sealed'>,
  task: SuccessorTask,
  given: string | undefined,
): Promise<NamedSuccessor> {
  const successor = given?.normalize('NFC').trim() ?? '';
  if (successor === '') throw new HabeasError('successor-needed', { where: '--user-id' });
  if (task.object_sealed === null || task.system_id === null) throw new HabeasError('internal', { where: 'successor' });
  const { db } = deps.ledger;
  const { workspace } = await getSealed(db, deps.keys, task.object_sealed, askedWorkspace);
  const own = [...(await ownNames(deps, request)), ...(await provedKeys(db, deps, request, task.system_id))];
  if (own.includes(successor)) throw new HabeasError('successor-unknown', { where: '--user-id' });
  return { workspace, successor };
}

async function ownNames(
  deps: Pick<DecisionDeps, 'ledger' | 'keys'>,
  request: Pick<RequestRow, 'identifiers_sealed'>,
): Promise<readonly string[]> {
  const given = await getSealed(deps.ledger.db, deps.keys, request.identifiers_sealed, identifiersIn);
  return given.flatMap(({ kind, value }) => (kind === 'user_id' || kind === 'email' ? [value] : []));
}

/** Values of the keys of the person's own rows: another collection's keys number other things. */
async function provedKeys(
  db: LedgerReader,
  deps: Pick<DecisionDeps, 'keys' | 'systems'>,
  request: Pick<RequestRow, 'id'>,
  systemId: NonNullable<SuccessorTask['system_id']>,
): Promise<readonly string[]> {
  const lane = await db
    .selectFrom('lanes')
    .select('located_sealed')
    .where('request_id', '=', request.id)
    .where('system_id', '=', systemId)
    .executeTakeFirst();
  if (lane === undefined || lane.located_sealed === null) return [];
  const collections = deps.systems.get(systemId)?.collections ?? [];
  const people = collections.find(
    ({ erase }) => erase?.mode === 'immediate' && erase.rank === 'subject-row',
  )?.collection;
  return getSealed(db, deps.keys, lane.located_sealed, (value) => {
    if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) return [];
    return value.keys.flatMap((one: unknown) => {
      if (typeof one !== 'object' || one === null || !('key' in one) || !Array.isArray(one.key)) return [];
      if (people !== undefined && (!('collection' in one) || one.collection !== people)) return [];
      return one.key.length === 1 && Array.isArray(one.key[0]) ? [String(one.key[0][1])] : [];
    });
  });
}

/** In the transaction of the answer that settles the task. */
export async function storeSuccessor(
  deps: Pick<DecisionDeps, 'keys'>,
  trx: LedgerTransaction,
  settled: {
    readonly request: Pick<RequestRow, 'id' | 'working_key_id'>;
    readonly task: Pick<Selectable<TasksTable>, 'id' | 'system_id'>;
    readonly named: NamedSuccessor;
  },
): Promise<void> {
  const { request, task, named } = settled;
  if (task.system_id === null) throw new HabeasError('internal', { where: 'successor' });
  const { workspace, successor } = named;
  const sealed = await putSealed(trx, deps.keys, {
    requestId: request.id,
    keyId: request.working_key_id,
    value: { workspace, successor },
  });
  await trx
    .insertInto('successors')
    .values({ request_id: request.id, system_id: task.system_id, task_id: task.id, named_sealed: sealed })
    .execute();
}
