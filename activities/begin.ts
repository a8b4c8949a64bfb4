/**
 * What a workflow must know of its request when it begins, and of its lanes when a person retries one: read from the
 * ledger, so that a workflow whose history was lost goes on where the ledger is. Ids, codes and counts only; writes nothing.
 */
import { type Selectable, sql } from 'kysely';
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId } from '../src/ids.ts';
import { actedSystems, answeredRight } from '../src/ledger/deeds.ts';
import type { LedgerReader } from '../src/ledger/open.ts';
import { packagesOf } from '../src/ledger/packages.ts';
import type { RoundsTable } from '../src/ledger/schema.ts';
import { actingRight, type Right } from '../src/ledger/states.ts';
import { systemsFor } from '../src/requests/system-for.ts';
import { prefixOf } from '../src/temporal/names.ts';
import type { Begun, ErasureRound, LaneFacts } from '../workflows/stages.ts';
import { manualRights } from './manual-rights.ts';

export async function begin(
  deps: Pick<Deps, 'config' | 'systems'>,
  db: LedgerReader,
  requestId: RequestId,
): Promise<Begun> {
  const request = await db
    .selectFrom('requests')
    .select(['state', 'identity', 'workflow_seq', 'no_return_at'])
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
      // Of which rights what counts was answered by hand.
      sql<Right[] | null>`array_agg(distinct "right") filter (where by_hand and not superseded)`.as('by_hand'),
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
  const acted = await actedSystems(db, requestId);
  const packages = await packagesOf(db, requestId);
  const rights = await db
    .selectFrom('request_rights')
    .select('right')
    .where('request_id', '=', requestId)
    .orderBy('right')
    .execute();
  const erasures = await db
    .selectFrom('rounds')
    .select(['system_id', 'round', 'pass', 'finished_at', 'planned_at', 'prepared_at', 'erased_at', 'verified_at'])
    .select('by_hand')
    .where('request_id', '=', requestId)
    .where('right', '=', 'erasure')
    .where('superseded', '=', false)
    .orderBy('pass')
    .execute();
  const expiring = await db
    .selectFrom('dispositions as d')
    .innerJoin('rounds as o', (on) =>
      on
        .onRef('o.request_id', '=', 'd.request_id')
        .onRef('o.system_id', '=', 'd.system_id')
        .onRef('o.round', '=', 'd.round'),
    )
    .select('d.count')
    .where('d.request_id', '=', requestId)
    .where('d.right', '=', 'erasure')
    .where('d.disposition', '=', 'expiring')
    .where('d.count', '>', 0)
    .where('o.superseded', '=', false)
    .limit(1)
    .executeTakeFirst();
  const systemOf = await systemsFor(deps, db, requestId);
  return {
    state: request.state,
    identity: request.identity,
    lanes: lanes.map((lane): LaneFacts => {
      const system = systemOf(lane.system_id);
      const manifest = system?.manifest;
      const collections = system?.collections ?? [];
      const attested = rounds.find((one) => one.system_id === lane.system_id)?.by_hand ?? [];
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
        openMasks: open.filter((task) => task.kind === 'mask' && task.system_id === lane.system_id).length,
        // Also where the workflow that took the answer ended before it said that the lane is done.
        byHand: attested.some((right) => right !== 'erasure'),
        manual: manualRights(system),
        attested: [...attested].sort(),
        acted: rights.some(({ right }) => actingRight(right) !== undefined) ? acted.has(lane.system_id) : null,
        rank: (manifest?.gives.length ?? 0) > 0 ? 2 : 1,
        hasSubjectRow: collections.some(({ erase }) => erase?.mode === 'immediate' && erase.rank === 'subject-row'),
        erasures: erasures
          .filter((one) => one.system_id === lane.system_id)
          .map((one, no, all) =>
            erasureRound(
              one,
              // What came late is the last round.
              no === all.length - 1 &&
                open.some((task) => task.kind === 'late-arrivals' && task.system_id === lane.system_id),
            ),
          ),
      };
    }),
    retry: deps.config.worker.retry,
    queuePrefix: prefixOf(deps.config.temporal),
    workflowSeq: Math.max(request.workflow_seq, ...lanes.map((lane) => lane.workflow_seq)),
    parts: packages.at(-1)?.part ?? 0,
    packages: packages.filter((one) => one.delivered_at === null && one.deleted_at === null).map(({ id }) => id),
    rights: rights.map(({ right }) => right),
    decided: (await answeredRight(db, requestId)) !== null,
    answers: true,
    accessDone:
      packages.at(-1)?.more_follows === false &&
      packages.every((one) => one.delivered_at !== null || one.deleted_at !== null),
    noReturn: request.no_return_at !== null,
    expiring: expiring !== undefined,
    held: open.some((task) => task.kind === 'manual' && task.code === 'identifiers-not-searchable'),
  };
}

type RoundRow = Pick<
  Selectable<RoundsTable>,
  'round' | 'pass' | 'finished_at' | 'planned_at' | 'prepared_at' | 'erased_at' | 'verified_at' | 'by_hand'
>;

const erasureRound = (row: RoundRow, undated: boolean): ErasureRound => ({
  round: row.round,
  pass: row.pass,
  isRead: row.finished_at !== null,
  // Whoever answered by hand did all of it.
  planned: row.by_hand || row.planned_at !== null,
  prepared: row.by_hand || row.prepared_at !== null,
  erased: row.by_hand || row.erased_at !== null,
  verified: row.by_hand || row.verified_at !== null,
  undated: undated && !row.by_hand,
});
