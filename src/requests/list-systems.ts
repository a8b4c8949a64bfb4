/**
 * The configured systems as whoever keeps them running reads them: stopped or not, why, since when, by whom, how many
 * requests wait for that and when the first of them is due. Ids, states, codes, dates and counts only.
 */
import type { Deps } from '../deps.ts';
import { openIncidents, type WaitingLane, waitingLanes } from '../ledger/incidents.ts';
import { restingStates } from '../ledger/states.ts';
import { movingDates } from './dates.ts';

/** Every configured system, in the order of the configuration. */
export async function listSystems(deps: Pick<Deps, 'ledger' | 'config' | 'systems' | 'now'>) {
  const { db } = deps.ledger;
  const [incidents, waiting, lanes] = await Promise.all([
    openIncidents(db),
    waitingLanes(db),
    db
      .selectFrom('lanes')
      .innerJoin('requests', 'requests.id', 'lanes.request_id')
      .select(['lanes.system_id', 'lanes.state', (it) => it.fn.countAll<number>().as('n')])
      .where('requests.state', 'not in', [...restingStates])
      .groupBy(['lanes.system_id', 'lanes.state'])
      .execute(),
  ]);
  const moved = await movingDates(
    db,
    deps.config,
    waiting.map((lane) => lane.requestId),
    deps.now(),
  );
  const dueOf = (lane: WaitingLane): string => moved.get(lane.requestId)?.workTo ?? lane.workToOn;
  return deps.config.systems.map((system) => {
    const incident = incidents.find((one) => one.system_id === system.id);
    const affected = waiting.filter((lane) => lane.systemId === system.id);
    const latest = affected.reduce<WaitingLane | undefined>(
      (last, lane) => (last === undefined || lane.since > last.since ? lane : last),
      undefined,
    );
    const inState = (state: string) => lanes.find((one) => one.system_id === system.id && one.state === state)?.n ?? 0;
    const manifest = deps.systems.get(system.id)?.manifest;
    return {
      id: system.id,
      name: system.name,
      connector: system.connector,
      rights: manifest?.rights ?? [],
      stages: manifest?.stages ?? [],
      state: incident === undefined ? ('open' as const) : ('stopped' as const),
      /** Why nothing of it is called, or why requests wait for it: the breaker's cause, a person's stop, the last failure. */
      cause: incident?.cause ?? incident?.code ?? latest?.code ?? null,
      incident:
        incident === undefined
          ? null
          : {
              id: incident.id,
              code: incident.code,
              cause: incident.cause,
              since: incident.since.toISOString(),
              by: incident.by_kind,
              openedBy: incident.opened_by,
            },
      /** Open requests whose lane it stopped or that failed by its fault: resuming it wakes them. */
      requestsAffected: affected.length,
      earliestDueOn: affected.map(dueOf).sort()[0] ?? null,
      lanes: {
        waiting: inState('waiting'),
        running: inState('running'),
        parked: inState('parked'),
        unresolved: inState('unresolved'),
      },
    };
  });
}
export type ListedSystem = Awaited<ReturnType<typeof listSystems>>[number];
