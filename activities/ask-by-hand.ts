/**
 * The question to a person who does by hand what no program can do in a system: one open `manual` task a system and right, with
 * what is known of the person sealed into it, and due when the system's configuration says, never later than the internal
 * target; of a customer's instruction, which has none, never later than the export is due, and an erasure when the configuration says. Idempotent. In the caller's transaction, which holds the request alone.
 */
import type { Identifier } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId, SystemId, TaskId } from '../src/ids.ts';
import { instructionOf } from '../src/ledger/instructions.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import type { Right } from '../src/ledger/states.ts';
import { manualTerms } from '../src/ledger/task-kinds.ts';
import { type NewTask, openTask } from '../src/ledger/tasks.ts';
import { putSealed } from '../src/ledger/vault.ts';
import { earlier } from '../src/policy/clock/civil-date.ts';
import { addDays, parseCivilDate } from '../src/policy/clock/index.ts';
import { systemFor } from '../src/requests/system-for.ts';
import { civilToday } from '../src/requests/today.ts';
import type { JsonValue } from '../src/security/canonical.ts';
import { allIdentifiers, loadKnown } from './located.ts';

type AskDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'systems' | 'now'>;

export async function askByHand(
  deps: AskDeps,
  trx: LedgerTransaction,
  about: { readonly requestId: RequestId; readonly systemId: SystemId; readonly right: Right },
): Promise<TaskId> {
  const { right } = about;
  const task = await handTask(deps, trx, about);
  return openTask(trx, { ...task, ...manualTerms(right, task.role), right, code: 'by-hand-needed' });
}

/** Of whom by when something is asked by hand in a system, with what is searched by sealed into it, and what else is to be known. */
export async function handTask(
  deps: AskDeps,
  trx: LedgerTransaction,
  about: { readonly requestId: RequestId; readonly systemId: SystemId; readonly right?: Right },
  more: Readonly<Record<string, JsonValue>> = {},
): Promise<Omit<NewTask, 'allowedAnswers' | 'ifUnanswered' | 'code'>> {
  const { requestId, systemId, right } = about;
  const at = deps.now();
  const request = await trx
    .selectFrom('requests')
    .select(['internal_target_on', 'working_key_id'])
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow(() => new HabeasError('not-found', { where: 'request' }));
  const manual = (await systemFor(deps, requestId, systemId, trx))?.manifest.manual;
  const today = civilToday(at, deps.config.controller.timeZone);
  const instruction = await instructionOf(trx, requestId);
  const target = parseCivilDate(instruction?.transition_ends_on ?? request.internal_target_on, 'target');
  const wanted = manual === undefined ? target : addDays(parseCivilDate(today, 'today'), manual.days);
  // What is erased on instruction is erased weeks after its export was due.
  const latest = instruction !== undefined && right === 'erasure' ? null : target;
  const owner = deps.config.people.find(({ id }) => id === manual?.owner)?.id;
  const objectSealed = await putSealed(trx, deps.keys, {
    requestId,
    keyId: request.working_key_id,
    value: { identifiers: searchedBy(allIdentifiers(await loadKnown(deps, requestId))), ...more },
  });
  return {
    ...{ requestId, systemId, kind: 'manual', role: manual?.role ?? 'officer', objectSealed, peopleNeeded: 1, at },
    dueOn: latest === null ? wanted : earlier(wanted, latest),
    ...(owner === undefined ? {} : { owner }),
  };
}

/** Each value once: windows and sources say nothing to whoever looks by hand. */
function searchedBy(identifiers: readonly Identifier[]): readonly { readonly kind: string; readonly value: string }[] {
  const each = new Map(identifiers.map(({ kind, value }) => [`${kind} ${value}`, { kind, value }]));
  return [...each.values()];
}
