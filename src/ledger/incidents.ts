/**
 * Incidents: a stopped system has one open incident, which every stage looks at before it starts and before each chunk.
 * A person opens and closes it (src/requests); an automatic breaker will. Lanes parked by it wake when it is closed.
 */
import type { ErrorCode } from '../errors.ts';
import type { SystemId } from '../ids.ts';
import type { LedgerReader } from './open.ts';

/** The code of the system's open incident, or undefined where it may be called. */
export async function incidentCode(db: LedgerReader, systemId: SystemId): Promise<ErrorCode | undefined> {
  const row = await db
    .selectFrom('incidents')
    .select('code')
    .where('system_id', '=', systemId)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return row?.code;
}

/** Of these systems, the ones that may be called. */
export async function callable(db: LedgerReader, systems: readonly SystemId[]): Promise<readonly SystemId[]> {
  if (systems.length === 0) return [];
  const rows = await db
    .selectFrom('incidents')
    .select('system_id')
    .where('closed_at', 'is', null)
    .where('system_id', 'in', systems)
    .execute();
  const stopped = new Set(rows.map((row) => row.system_id));
  return systems.filter((system) => !stopped.has(system));
}
