/**
 * The hourly question about what people keep by hand: on the day an entry's last day has passed, one `manual` task a system and reading
 * asks whoever looks after it to erase it or to say why it is kept on. The task shows by what to look, how much of what is there and who is to be told,
 * sealed under the register's key. A hold, an open request for access by the same person or a system that is configured no more leaves the entry with that code to a later day. Asking
 * twice asks once; one that cannot be asked is told and asked the next hour, and holds up no other.
 */
import type { Deps } from '../src/deps.ts';
import { catalogue, codeOf, type ErrorCode, HabeasError } from '../src/errors.ts';
import { askedEntries, dueByHand, markAsked } from '../src/ledger/hand-entries.ts';
import { lockRequest } from '../src/ledger/lanes.ts';
import type { RegisterRow } from '../src/ledger/register.ts';
import { leaveEntry } from '../src/ledger/sweep-entries.ts';
import { keptTerms } from '../src/ledger/task-kinds.ts';
import { openTask } from '../src/ledger/tasks.ts';
import { putSealed } from '../src/ledger/vault.ts';
import { addDays, type CivilDate, lastDayBefore } from '../src/policy/clock/index.ts';
import { looksAgainOn, type SweepVerdict } from '../src/policy/sweep.ts';
import { keptBecause } from '../src/requests/kept-free.ts';
import { keptRecipients } from '../src/requests/kept-recipients.ts';
import { toldText } from '../src/requests/notices.ts';
import { civilToday } from '../src/requests/today.ts';

type AskDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now' | 'log'>;

/** Entries that one hour asks about; the rest is asked about in the next. */
const entriesAtOnce = 500;
/** So long whoever is asked has, where the system says nothing of it. */
const days = 7;

export async function askAboutKept(deps: AskDeps): Promise<void> {
  const today = civilToday(deps.now(), deps.config.controller.timeZone);
  for (const entries of byReading(await dueByHand(deps.ledger.db, today, entriesAtOnce)))
    try {
      await ask(deps, entries, today);
    } catch (error) {
      // What nobody can read any more is told on its own, and looked at again.
      if (error instanceof HabeasError && !catalogue[error.code].retryable)
        await leave(deps, entries, error.code, today);
      deps.log.warn({ requestId: entries[0].request_id, code: codeOf(error), err: error }, 'kept-not-asked');
    }
}

type Entries = readonly [RegisterRow, ...RegisterRow[]];

/** Of one reading of a system, the first to become due of each collection: the counts of an answer are by collection. */
function byReading(all: readonly RegisterRow[]): Iterable<Entries> {
  const groups = new Map<string, [RegisterRow, ...RegisterRow[]]>();
  for (const entry of all) {
    const name = `${entry.request_id} ${entry.system_id} ${entry.round}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [entry]);
    else if (!group.some(({ collection }) => collection === entry.collection)) group.push(entry);
  }
  return groups.values();
}

async function ask(deps: AskDeps, entries: Entries, today: CivilDate): Promise<void> {
  const [{ request_id: requestId, system_id: systemId, key_id: keyId }] = entries;
  const manifest = deps.systems.get(systemId)?.manifest;
  if (manifest === undefined) return leave(deps, entries, 'system-not-configured', today);
  const { code, identifiers } = await keptBecause(deps, entries[0]);
  if (code !== undefined) return leave(deps, entries, code, today);
  const kept = entries.map(({ collection, count, kept_by: because, due_on: due }) => ({
    ...{ collection, records: count, because, until: lastDayBefore(due) },
  }));
  const { manual } = manifest;
  const collections = deps.systems.get(systemId)?.collections ?? [];
  const recipients = keptRecipients(deps, systemId, collections, entries).map(({ name, kind, contact }) => ({
    ...{ name, role: kind, contact, tell: toldText({ kind, right: 'erasure' }) },
  }));
  const owner = deps.config.people.find(({ id }) => id === manual?.owner)?.id;
  await deps.ledger.db.transaction().execute(async (trx) => {
    const at = deps.now();
    await lockRequest(trx, requestId, 'alone');
    const taskId = await openTask(trx, {
      ...{ requestId, systemId, kind: 'manual', ...keptTerms(manual?.role ?? 'officer'), right: 'erasure' },
      ...{ dueOn: addDays(today, manual?.days ?? days), code: 'kept-due', peopleNeeded: 1 },
      objectSealed: await putSealed(trx, deps.keys, { requestId, keyId, value: { identifiers, kept, recipients } }),
      ...(owner === undefined ? {} : { owner }),
      at,
    });
    // A question is open already, about others of this system: these wait for its end.
    if ((await askedEntries(trx, taskId)).length > 0) return;
    const isFirst = await markAsked(
      trx,
      entries.map(({ id }) => id),
      taskId,
    );
    if (!isFirst) throw new HabeasError('ledger-conflict');
  });
}

function verdictOf(code: ErrorCode): Exclude<SweepVerdict, { is: 'erase' }> {
  if (code === 'hold-placed') return { is: 'held', kinds: [] };
  return code === 'request-open' ? { is: 'sought' } : { is: 'unanswered', code, where: null };
}

async function leave(deps: AskDeps, entries: Entries, code: ErrorCode, today: CivilDate): Promise<void> {
  const lookOn = looksAgainOn(verdictOf(code), today);
  await deps.ledger.db.transaction().execute(async (trx) => {
    await lockRequest(trx, entries[0].request_id, 'alone');
    for (const entry of entries) await leaveEntry(trx, entry, { lookOn, code }, deps.now());
  });
}
