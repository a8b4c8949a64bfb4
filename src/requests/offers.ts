/**
 * Offers to send what is finished: once the internal target has come and some systems have answered while others have
 * not, an officer is asked, once for each set of finished systems. A chore of every worker: looking changes nothing, and
 * whoever acts looks again under the request's lock. An offer that has become pointless is closed. Law dates come from the
 * injected clock. A request that fails does not hold up the others.
 */
import type { Deps } from '../deps.ts';
import { codeOf } from '../errors.ts';
import type { RequestId, TaskId } from '../ids.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import { type NextPart, nextPart } from '../ledger/package-parts.ts';
import { restingStates } from '../ledger/states.ts';
import { taskTerms } from '../ledger/task-kinds.ts';
import { closeTask, openTask, unasked } from '../ledger/tasks.ts';
import { canonicalJson, sha256Hex } from '../security/canonical.ts';
import { movingDates } from './dates.ts';
import { civilToday } from './today.ts';

type OfferDeps = Pick<Deps, 'ledger' | 'config' | 'now' | 'log'>;

interface Due {
  readonly requestId: RequestId;
  readonly workToOn: string;
}

/** How many offers were opened, renewed or closed. */
export async function offerParts(deps: OfferDeps): Promise<{ changed: number }> {
  const { db } = deps.ledger;
  let changed = 0;
  for (const due of await dueRequests(deps)) {
    try {
      if ((await stepOf(db, due.requestId)).kind === 'none') continue;
      if (await db.transaction().execute((trx) => act(deps, trx, due))) changed += 1;
    } catch (error) {
      deps.log.warn({ requestId: due.requestId, code: codeOf(error), err: error }, 'part-not-offered');
    }
  }
  return { changed };
}

/** Open requests of verified people whose internal target has come. */
async function dueRequests({ ledger, config, now }: OfferDeps): Promise<readonly Due[]> {
  const today = civilToday(now(), config.controller.timeZone);
  const rows = await ledger.db
    .selectFrom('requests')
    .select(['id', 'work_to_on'])
    .where('state', 'not in', [...restingStates])
    .where('identity', '=', 'verified')
    .where('internal_target_on', '<=', today)
    .orderBy('work_to_on')
    .orderBy('id')
    .execute();
  const moved = await movingDates(
    ledger.db,
    config,
    rows.map((row) => row.id),
    now(),
  );
  return rows.flatMap((row) => {
    const clock = moved.get(row.id);
    if (clock !== undefined && clock.internalTarget > today) return [];
    return [{ requestId: row.id, workToOn: clock?.workTo ?? row.work_to_on }];
  });
}

type Step =
  | { readonly kind: 'none' }
  | { readonly kind: 'open'; readonly dedupe: string }
  /** The open offer is about more or fewer systems by now. */
  | { readonly kind: 'renew'; readonly taskId: TaskId; readonly dedupe: string }
  | { readonly kind: 'close'; readonly taskId: TaskId };

async function stepOf(db: LedgerReader, requestId: RequestId): Promise<Step> {
  const offers = await db
    .selectFrom('tasks')
    .select(['id', 'dedupe', 'closed_at', 'answer'])
    .where('request_id', '=', requestId)
    .where('kind', '=', 'approval')
    .where('code', '=', 'part-ready')
    .execute();
  const open = offers.find((one) => one.closed_at === null);
  const next = await nextPart(db, requestId);
  if (next.finished.length === 0 || next.missing.length === 0)
    return open === undefined ? { kind: 'none' } : { kind: 'close', taskId: open.id };
  const dedupe = nameOf(next);
  const asked = offers.find((one) => one.dedupe === dedupe);
  // Nobody answered one that was taken back: it is opened again where it has a point again, unless another is open.
  const isTakenBack = asked?.answer === unasked && open === undefined;
  if (asked !== undefined && !isTakenBack) return { kind: 'none' };
  return open === undefined ? { kind: 'open', dedupe } : { kind: 'renew', taskId: open.id, dedupe };
}

/** Names the set of finished systems: configured words and counts, nothing that a key would have to hide. */
function nameOf({ finished }: NextPart): string {
  return sha256Hex(canonicalJson(finished.map(({ systemId, round }) => [systemId, round])));
}

async function act(deps: OfferDeps, trx: LedgerTransaction, { requestId, workToOn }: Due): Promise<boolean> {
  const request = await trx
    .selectFrom('requests')
    .select(['state', 'identity'])
    .where('id', '=', requestId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const final: readonly string[] = restingStates;
  if (final.includes(request.state) || request.identity !== 'verified') return false;
  const step = await stepOf(trx, requestId);
  const at = deps.now();
  switch (step.kind) {
    case 'none':
      return false;
    case 'close':
      return closeTask(trx, { taskId: step.taskId, answer: unasked, at });
    case 'renew':
      await trx.updateTable('tasks').set({ dedupe: step.dedupe }).where('id', '=', step.taskId).execute();
      return true;
    case 'open':
      await openTask(trx, {
        requestId,
        systemId: null,
        kind: 'approval',
        ...taskTerms.approval,
        dueOn: workToOn,
        code: 'part-ready',
        objectSealed: null,
        peopleNeeded: 1,
        at,
        dedupe: step.dedupe,
      });
      return true;
    default:
      return step satisfies never;
  }
}
