/**
 * Which package of a request holds which reading of which system, and what a part sent now would hold: systems that are
 * done and whose reading no earlier package holds. A package that was deleted before it reached the person counts as never
 * sent. Reads only; ids, dates and codes.
 */
import type { PackageId, RequestId, SystemId } from '../ids.ts';
import type { LedgerReader } from './open.ts';
import type { Reading } from './package-record.ts';
import { packageRights } from './package-rights.ts';
import type { PackageRow } from './packages.ts';

/** A package as later ones speak of it. */
export interface SentPart extends Pick<PackageRow, 'id' | 'part' | 'created_at' | 'more_follows'> {
  readonly holds: readonly Reading[];
}

/** Packages that reached the person or still may, first part first. */
export async function sentParts(db: LedgerReader, requestId: RequestId): Promise<readonly SentPart[]> {
  const packages = await db
    .selectFrom('packages')
    .select(['id', 'part', 'created_at', 'more_follows'])
    .where('request_id', '=', requestId)
    .where((it) => it.or([it('deleted_at', 'is', null), it('delivered_at', 'is not', null)]))
    .orderBy('part')
    .execute();
  const holds = await readingsOf(db, requestId);
  return packages.map((one) => ({ ...one, holds: holds.get(one.id) ?? [] }));
}

/** Readings by the package that holds them. */
export async function readingsOf(
  db: LedgerReader,
  requestId: RequestId,
): Promise<ReadonlyMap<PackageId, readonly Reading[]>> {
  const rows = await db
    .selectFrom('package_systems')
    .select(['package_id', 'system_id', 'round'])
    .where('request_id', '=', requestId)
    .orderBy('system_id')
    .execute();
  const held = new Map<PackageId, Reading[]>();
  for (const row of rows) {
    const readings = held.get(row.package_id) ?? [];
    held.set(row.package_id, readings);
    readings.push({ systemId: row.system_id, round: row.round });
  }
  return held;
}

/** The newest package that holds this reading. */
export function heldIn(parts: readonly SentPart[], { systemId, round }: Reading): SentPart | undefined {
  return parts.findLast((part) => part.holds.some((one) => one.systemId === systemId && one.round === round));
}

/** What a part sent now would hold and leave out. */
export interface NextPart {
  /** Done, and in no package yet. */
  readonly finished: readonly Reading[];
  /** Done, and in a package already. */
  readonly sent: readonly Reading[];
  /** Not done. */
  readonly missing: readonly SystemId[];
}

export async function nextPart(db: LedgerReader, requestId: RequestId): Promise<NextPart> {
  const lanes = await db
    .selectFrom('lanes as l')
    .leftJoin('rounds as r', (join) =>
      join
        .onRef('r.request_id', '=', 'l.request_id')
        .onRef('r.system_id', '=', 'l.system_id')
        .on('r.right', 'in', [...packageRights])
        .on('r.superseded', '=', false)
        .on('r.finished_at', 'is not', null),
    )
    .select(['l.system_id', 'l.state', 'r.round'])
    .where('l.request_id', '=', requestId)
    .orderBy('l.system_id')
    .execute();
  const parts = await sentParts(db, requestId);
  const finished: Reading[] = [];
  const sent: Reading[] = [];
  const missing: SystemId[] = [];
  for (const { system_id: systemId, state, round } of lanes) {
    if (state !== 'done' || round === null) missing.push(systemId);
    else (heldIn(parts, { systemId, round }) === undefined ? finished : sent).push({ systemId, round });
  }
  return { finished, sent, missing };
}
