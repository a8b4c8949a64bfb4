/**
 * The question about records that came while a system was erased and of which nobody can tell when they were made: asked once
 * per late round, answered before that round is planned. Ids and codes only.
 */
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { LaneKey } from '../src/ledger/lanes.ts';
import type { LedgerReader, LedgerTransaction } from '../src/ledger/open.ts';
import { taskTerms } from '../src/ledger/task-kinds.ts';
import { openTask, unasked } from '../src/ledger/tasks.ts';
import { peopleNeeded } from './people-needed.ts';

/** The newest answer; undefined where nothing was asked. Fails with `late-arrivals` while it waits for one. */
export async function undatedAnswer(db: LedgerReader, { requestId, systemId }: LaneKey): Promise<string | undefined> {
  const row = await db
    .selectFrom('tasks')
    .select(['answer', 'closed_at'])
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('kind', '=', 'late-arrivals')
    .orderBy('opened_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined || row.answer === unasked) return undefined;
  if (row.closed_at === null || row.answer === null) throw new HabeasError('late-arrivals', { where: systemId });
  return row.answer;
}

/** Opens the question, or finds it open. */
export async function askAboutUndated(
  deps: Pick<Deps, 'config'>,
  trx: LedgerTransaction,
  { requestId, systemId }: LaneKey,
  at: Date,
): Promise<void> {
  const { internal_target_on: dueOn } = await trx
    .selectFrom('requests')
    .select('internal_target_on')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  await openTask(trx, {
    requestId,
    systemId,
    kind: 'late-arrivals',
    ...taskTerms['late-arrivals'],
    dueOn,
    code: 'late-arrivals',
    objectSealed: null,
    peopleNeeded: peopleNeeded(deps, 'late-arrivals'),
    at,
  });
}
