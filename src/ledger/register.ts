/**
 * The register of what is kept or waits to expire: one entry a page of locators of one decision, sealed under a key of its own
 * that outlives the request's. An entry counts from the point of no return on; one that never did is destroyed with its
 * request. Object names say nothing of what is in them. How many entries' records must add up to what the books call retained
 * and expiring is the database's to check.
 */
import { type Insertable, type Selectable, sql } from 'kysely';
import type { KeyId, RequestId } from '../ids.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';
import type { RegisterEntriesTable } from './schema.ts';

export type RegisterRow = Selectable<RegisterEntriesTable>;
export type NewEntry = Insertable<RegisterEntriesTable>;

/** Folder of one round's objects in the staging bucket. */
export function registerFolder({ requestId, systemId, round }: RoundKey): string {
  return `register/${requestId}/${systemId}/${round}/`;
}

export async function addEntries(trx: LedgerTransaction, rows: readonly NewEntry[]): Promise<void> {
  if (rows.length > 0) await trx.insertInto('register_entries').values(rows).execute();
}

/** Entries of one round, in order. */
export function entriesOf(db: LedgerReader, key: RoundKey): Promise<RegisterRow[]> {
  return db
    .selectFrom('register_entries')
    .selectAll()
    .where('request_id', '=', key.requestId)
    .where('system_id', '=', key.systemId)
    .where('round', '=', key.round)
    .orderBy('stream_no')
    .orderBy('chunk_no')
    .orderBy('decision_no')
    .execute();
}

/** From here on the entries of these rounds count; how many. */
export async function activateEntries(
  trx: LedgerTransaction,
  requestId: RequestId,
  rounds: readonly (readonly [systemId: string, round: number])[],
  at: Date,
): Promise<number> {
  if (rounds.length === 0) return 0;
  const { numAffectedRows } = await sql`
    update register_entries e set active_at = ${at}
    from unnest(${rounds.map(([id]) => id)}::text[], ${rounds.map(([, no]) => no)}::int[]) as r (system_id, round)
    where e.request_id = ${requestId} and e.system_id = r.system_id and e.round = r.round and e.active_at is null
  `.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

/** Pages that never counted, and the keys that open nothing else. */
export async function inactiveOf(
  db: LedgerReader,
  requestId: RequestId,
): Promise<{ readonly objects: readonly string[]; readonly keys: readonly KeyId[] }> {
  const rows = await db
    .selectFrom('register_entries')
    .select(['object_name', 'key_id', 'active_at'])
    .where('request_id', '=', requestId)
    .execute();
  const active = new Set(rows.filter((row) => row.active_at !== null).map((row) => row.key_id));
  const inactive = rows.filter((row) => row.active_at === null);
  const keys = new Set(inactive.map((row) => row.key_id).filter((id) => !active.has(id)));
  return { objects: inactive.map((row) => row.object_name), keys: [...keys] };
}

/** Objects of the entries that count. */
export async function activeObjects(db: LedgerReader, requestId: RequestId): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('register_entries')
    .select('object_name')
    .where('request_id', '=', requestId)
    .where('active_at', 'is not', null)
    .execute();
  return new Set(rows.map((row) => row.object_name));
}

/** Whether a claim of the sweep that has not ended has entries of the request. */
export async function inOpenClaim(db: LedgerReader, requestId: RequestId): Promise<boolean> {
  const row = await db
    .selectFrom('register_entries as e')
    .innerJoin('sweep_claims as c', 'c.id', 'e.claim_id')
    .select('e.id')
    .where('e.request_id', '=', requestId)
    .where('c.ended_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Forgets entries that never counted. */
export async function dropInactive(trx: LedgerTransaction, requestId: RequestId): Promise<void> {
  await trx.deleteFrom('register_entries').where('request_id', '=', requestId).where('active_at', 'is', null).execute();
}

export interface EntryPlace extends RoundKey {
  readonly streamNo: number;
  readonly chunkNo: number;
  readonly decisionNo: number;
}

/**
 * Records of one entry that turned out to be gone: they are kept no more. Its page still names them; where which ones is not
 * known, the sweep sees by the count that it may not act on it (`register-differs`).
 */
export async function reduceEntry(trx: LedgerTransaction, place: EntryPlace, by: number): Promise<void> {
  await trx
    .updateTable('register_entries')
    .set((it) => ({ count: it('count', '-', by) }))
    .where('request_id', '=', place.requestId)
    .where('system_id', '=', place.systemId)
    .where('round', '=', place.round)
    .where('stream_no', '=', place.streamNo)
    .where('chunk_no', '=', place.chunkNo)
    .where('decision_no', '=', place.decisionNo)
    .where('kind', 'in', ['retained', 'not-yet'])
    .execute();
}

/** Another page tells of what an entry has. */
export async function replacePage(
  trx: LedgerTransaction,
  id: RegisterRow['id'],
  page: { readonly objectName: string; readonly tag: string; readonly bytes: number },
): Promise<void> {
  await trx
    .updateTable('register_entries')
    .set({ object_name: page.objectName, tag: page.tag, bytes: page.bytes })
    .where('id', '=', id)
    .execute();
}
