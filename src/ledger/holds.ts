/**
 * Holds that people and other rights place against erasure, on a whole request or on named records of one system. Ground
 * and record references are sealed under the hold's own key, which outlives every request; the row has ids, kinds and dates
 * only. A hold ends when a person releases it; its review date is a reminder and ends nothing. `activeHolds` is what
 * policy's `mayErase` takes: it opens the references of named records, and fails (`key-missing`, `seal-broken`) where it
 * cannot, so that nothing is erased because a hold could not be read.
 */
import type { Selectable } from 'kysely';
import type { RecordRef } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import type { DecisionId, HoldId, KeyId, PersonId, RequestId, SystemId } from '../ids.ts';
import { type CivilDate, parseCivilDate } from '../policy/clock/index.ts';
import type { HoldKind, PlacedHold } from '../policy/holds.ts';
import { sha256Hex } from '../security/canonical.ts';
import type { KeyStore } from '../security/keys.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { isRecordRef, recordName } from './record-ref.ts';
import type { HoldsTable, SealedObjectsTable } from './schema.ts';
import { getSealed } from './vault.ts';

/** What a hold reaches. Records are of one system. */
export type HoldTarget =
  | { readonly requestId: RequestId; readonly systemId: null }
  | { readonly requestId: null; readonly systemId: SystemId };

export interface NewHold {
  readonly id: HoldId;
  readonly kind: HoldKind;
  readonly target: HoldTarget;
  readonly owner: PersonId;
  readonly placedBy: PersonId;
  readonly placedOn: CivilDate;
  readonly reviewOn: CivilDate;
  readonly keyId: KeyId;
  /** Sealed {@link HeldObject}. */
  readonly sealed: Selectable<SealedObjectsTable>;
  /** How many records it names; 0: the whole request. */
  readonly records: number;
  readonly decisionId: DecisionId;
  readonly at: Date;
}

/** What is sealed with a hold. Personal data. */
export interface HeldObject {
  readonly ground: string;
  /** Empty: the whole request. */
  readonly records: readonly RecordRef[];
}

export async function putHold(trx: LedgerTransaction, hold: NewHold): Promise<void> {
  await trx.insertInto('sealed_objects').values(hold.sealed).execute();
  await trx
    .insertInto('holds')
    .values({
      id: hold.id,
      kind: hold.kind,
      request_id: hold.target.requestId,
      system_id: hold.target.systemId,
      owner: hold.owner,
      placed_by: hold.placedBy,
      placed_on: hold.placedOn,
      review_on: hold.reviewOn,
      key_id: hold.keyId,
      sealed: hold.sealed.name,
      released_by: null,
      released_on: null,
    })
    .execute();
  await appendAudit(trx, {
    requestId: hold.target.requestId ?? 'system',
    kind: 'hold-placed',
    body: {
      hold: hold.id,
      kind: hold.kind,
      system: hold.target.systemId,
      records: hold.records,
      owner: hold.owner,
      review: hold.reviewOn,
      decision: hold.decisionId,
      sealed: sha256Hex(hold.sealed.bytes),
    },
    at: hold.at,
  });
}

/** Ends a hold; false where it was ended already. */
export async function releaseHold(
  trx: LedgerTransaction,
  release: {
    readonly id: HoldId;
    readonly by: PersonId;
    readonly on: CivilDate;
    readonly decisionId: DecisionId;
    readonly at: Date;
  },
): Promise<boolean> {
  const row = await trx
    .updateTable('holds')
    .set({ released_by: release.by, released_on: release.on })
    .where('id', '=', release.id)
    .where('released_on', 'is', null)
    .returning(['request_id', 'system_id'])
    .executeTakeFirst();
  if (row === undefined) return false;
  // What it kept is looked at the same day: nobody would come back to it otherwise.
  await trx
    .updateTable('register_entries')
    .set((it) => ({
      look_on: it.fn<string>('greatest', [it.val(release.on), it.fn.coalesce('due_on', it.val(release.on))]),
    }))
    .where('ended_at', 'is', null)
    .where('claim_id', 'is', null)
    // Copies are looked at by a replay only; their day is that on which they lapse.
    .where('kind', '<>', 'backup-copy')
    .where((it) =>
      it.or([
        ...(row.request_id === null ? [] : [it('request_id', '=', row.request_id)]),
        ...(row.system_id === null ? [] : [it('system_id', '=', row.system_id)]),
      ]),
    )
    .where((it) => it.or([it('due_on', 'is', null), it('code', '=', 'hold-placed')]))
    .execute();
  await appendAudit(trx, {
    requestId: row.request_id ?? 'system',
    kind: 'hold-released',
    body: { hold: release.id, system: row.system_id, decision: release.decisionId },
    at: release.at,
  });
  return true;
}

export async function findHold(db: LedgerReader, id: HoldId): Promise<Selectable<HoldsTable>> {
  const row = await db.selectFrom('holds').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: 'hold' });
  return row;
}

/** Holds that stand (or, with `all`, every hold), the earliest review first. Nothing sealed is opened. */
export function listHoldRows(
  db: LedgerReader,
  options: { readonly all?: boolean | undefined; readonly requestId?: RequestId | undefined } = {},
): Promise<Selectable<HoldsTable>[]> {
  const { requestId } = options;
  return db
    .selectFrom('holds')
    .selectAll()
    .$if(options.all !== true, (rows) => rows.where('released_on', 'is', null))
    .$if(requestId !== undefined, (rows) => rows.where('request_id', '=', requestId ?? null))
    .orderBy((it) => it('released_on', 'is not', null))
    .orderBy('review_on')
    .orderBy('id')
    .execute();
}

/** A hold as policy takes it. Its ground stays sealed; of named records the system is told. */
export interface ActiveHold extends PlacedHold {
  readonly systemId: SystemId | null;
}

/**
 * Holds that stand on a request, and on named records of these systems. `on.records` are {@link recordName}s: personal data,
 * never to be logged. `ground` is empty: nobody who erases needs it.
 */
export async function activeHolds(
  db: LedgerReader,
  keys: Pick<KeyStore, 'use'>,
  about: { readonly requestId: RequestId; readonly systemIds: readonly SystemId[] },
): Promise<readonly ActiveHold[]> {
  const { requestId, systemIds } = about;
  const rows = await db
    .selectFrom('holds')
    .selectAll()
    .where('released_on', 'is', null)
    .where((where) =>
      where.or([
        where('request_id', '=', requestId),
        ...(systemIds.length === 0 ? [] : [where('system_id', 'in', [...systemIds])]),
      ]),
    )
    .orderBy('placed_on')
    .orderBy('id')
    .execute();
  const holds: ActiveHold[] = [];
  for (const row of rows) {
    const on =
      row.request_id === null
        ? { records: (await getSealed(db, keys, row.sealed, heldIn)).records.map(recordName) }
        : { request: row.request_id };
    holds.push({
      id: row.id,
      kind: row.kind,
      on,
      ground: '',
      owner: row.owner,
      placedOn: parseCivilDate(row.placed_on, 'placed_on'),
      reviewOn: parseCivilDate(row.review_on, 'review_on'),
      released: null,
      systemId: row.system_id,
    });
  }
  return holds;
}

/** Narrows what was sealed with a hold. */
export function heldIn(value: unknown): HeldObject {
  if (typeof value === 'object' && value !== null && 'ground' in value && 'records' in value) {
    const { ground, records } = value;
    if (typeof ground === 'string' && Array.isArray(records) && records.every(isRecordRef)) return { ground, records };
  }
  throw new HabeasError('seal-broken', { where: 'hold' });
}
