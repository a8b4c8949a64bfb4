/**
 * What a workflow must know of its request when it begins, and of its lanes when a person retries one: read from the
 * ledger, so that a workflow whose history was lost goes on where the ledger is. Ids, codes and counts only; writes nothing.
 */
import { sql } from 'kysely';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId } from '../src/ids.ts';
import type { LedgerReader } from '../src/ledger/open.ts';
import { packagesOf } from '../src/ledger/packages.ts';
import { prefixOf } from '../src/temporal/names.ts';
import type { Begun, LaneFacts } from '../workflows/stages.ts';

export async function begin(
  deps: Pick<Deps, 'config' | 'systems'>,
  db: LedgerReader,
  requestId: RequestId,
): Promise<Begun> {
  const request = await db
    .selectFrom('requests')
    .select(['state', 'identity', 'workflow_seq'])
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow(() => new HabeasError('not-found', { where: 'request' }));
  const lanes = await db
    .selectFrom('lanes')
    .select(['system_id', 'state', 'stage', 'code', 'attempts', 'workflow_seq'])
    .where('request_id', '=', requestId)
    .orderBy('system_id')
    .execute();
  const rounds = await db
    .selectFrom('rounds')
    .select((it) => [
      'system_id',
      it.fn.max('round').as('round'),
      // Whether the reading that counts was answered by hand.
      sql<boolean>`bool_or(by_hand and not superseded)`.as('by_hand'),
    ])
    .where('request_id', '=', requestId)
    .groupBy('system_id')
    .execute();
  const open = await db
    .selectFrom('tasks')
    .select(['system_id', 'kind', 'code'])
    .where('request_id', '=', requestId)
    .where('closed_at', 'is', null)
    .execute();
  const packages = await packagesOf(db, requestId);
  return {
    state: request.state,
    identity: request.identity,
    lanes: lanes.map((lane): LaneFacts => {
      const manifest = deps.systems.get(lane.system_id)?.manifest;
      return {
        systemId: lane.system_id,
        configured: manifest !== undefined,
        locateCost: manifest?.locateCost ?? 'lookup',
        needs: manifest?.needs.map((need) => need.kind) ?? [],
        state: lane.state,
        stage: lane.stage,
        code: lane.code,
        attempts: lane.attempts,
        round: rounds.find((round) => round.system_id === lane.system_id)?.round ?? 0,
        openCandidates: open.filter((task) => task.kind === 'candidate' && task.system_id === lane.system_id).length,
        // Also where the workflow that took the answer ended before it said that the lane is done.
        byHand: rounds.some((one) => one.system_id === lane.system_id && one.by_hand === true),
      };
    }),
    retry: deps.config.worker.retry,
    queuePrefix: prefixOf(deps.config.temporal),
    workflowSeq: Math.max(request.workflow_seq, ...lanes.map((lane) => lane.workflow_seq)),
    parts: packages.at(-1)?.part ?? 0,
    packages: packages.filter((one) => one.delivered_at === null && one.deleted_at === null).map(({ id }) => id),
    held: open.some((task) => task.kind === 'manual' && task.code === 'identifiers-not-searchable'),
  };
}
