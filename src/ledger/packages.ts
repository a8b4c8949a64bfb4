/**
 * Packages in the ledger: which there are, and the intent and outcome of their delivery and deletion. Holds no content and
 * no names of people. A delivery is written twice, before and after sending, so that a crash in between shows as "was being
 * sent". How one comes into being is src/ledger/package-record.ts.
 */
import type { Selectable } from 'kysely';
import { HabeasError } from '../errors.ts';
import type { PackageId, RequestId, SystemId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import { instructionOf } from './instructions.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { packageRights } from './package-rights.ts';
import type { PackagesTable } from './schema.ts';
import { type AnswerWay, restingStates } from './states.ts';

export type PackageRow = Selectable<PackagesTable>;

export function findPackage(db: LedgerReader, requestId: RequestId, part: number): Promise<PackageRow | undefined> {
  return db
    .selectFrom('packages')
    .selectAll()
    .where('request_id', '=', requestId)
    .where('part', '=', part)
    .executeTakeFirst();
}

/** All packages of a request, first part first. */
export function packagesOf(db: LedgerReader, requestId: RequestId): Promise<PackageRow[]> {
  return db.selectFrom('packages').selectAll().where('request_id', '=', requestId).orderBy('part').execute();
}

export async function getPackage(db: LedgerReader, id: PackageId): Promise<PackageRow> {
  const row = await db.selectFrom('packages').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found');
  return row;
}

/** Records that a package has exported, by stream. */
export function exportedOf(
  db: LedgerReader,
  id: PackageId,
): Promise<{ system_id: SystemId; round: number; stream_no: number; count: number }[]> {
  return db
    .selectFrom('dispositions as d')
    .innerJoin('package_systems as p', (join) =>
      join
        .onRef('p.request_id', '=', 'd.request_id')
        .onRef('p.system_id', '=', 'd.system_id')
        .onRef('p.round', '=', 'd.round'),
    )
    .select((it) => ['d.system_id', 'd.round', 'd.stream_no', it.fn.sum<string>('d.count').as('count')])
    .where('p.package_id', '=', id)
    .where('d.disposition', '=', 'exported')
    .groupBy(['d.system_id', 'd.round', 'd.stream_no'])
    .orderBy('d.system_id')
    .orderBy('d.round')
    .orderBy('d.stream_no')
    .execute()
    .then((rows) => rows.map((row) => ({ ...row, count: Number(row.count) })));
}

/** Intent to send. Keeps the first instant where sending is tried again. */
export async function markSending(trx: LedgerTransaction, id: PackageId, at: Date): Promise<void> {
  const row = await trx
    .updateTable('packages')
    .set({ sending_at: at })
    .where('id', '=', id)
    .where('sending_at', 'is', null)
    .returning('request_id')
    .executeTakeFirst();
  if (row === undefined) return;
  await appendAudit(trx, { requestId: row.request_id, kind: 'package-sending', body: { package: id }, at });
}

/** Outcome. The first delivery counts; returns false where it was delivered already. */
export async function markDelivered(
  trx: LedgerTransaction,
  delivery: {
    readonly id: PackageId;
    readonly by: AnswerWay;
    readonly at: Date;
    /** First day on which the package is no longer kept (YYYY-MM-DD). */
    readonly deleteOn: string;
    /** When a person recorded it, where that was later. */
    readonly recordedAt?: Date;
  },
): Promise<boolean> {
  const row = await trx
    .updateTable('packages')
    .set({ delivered_at: delivery.at, delivered_by: delivery.by, delete_on: delivery.deleteOn })
    .where('id', '=', delivery.id)
    .where('delivered_at', 'is', null)
    .returning(['request_id', 'draft'])
    .executeTakeFirst();
  if (row === undefined) return false;
  if (!row.draft) await markAnswered(trx, row.request_id, delivery);
  await keepEarlier(trx, row.request_id, delivery.deleteOn);
  await appendAudit(trx, {
    requestId: row.request_id,
    kind: 'package-delivered',
    body: {
      package: delivery.id,
      by: delivery.by,
      delivered: delivery.at.toISOString(),
      'delete-on': delivery.deleteOn,
      draft: row.draft,
    },
    at: delivery.recordedAt ?? delivery.at,
  });
  return true;
}

/** Of an instruction the window begins with its last delivery, and every part of the export is kept until it has ended. */
async function keepEarlier(trx: LedgerTransaction, requestId: RequestId, deleteOn: string): Promise<void> {
  if ((await instructionOf(trx, requestId)) === undefined) return;
  await trx
    .updateTable('packages')
    .set({ delete_on: deleteOn })
    .where('request_id', '=', requestId)
    .where('deleted_at', 'is', null)
    .where('delete_on', '<', deleteOn)
    .execute();
}

/** The right is answered when the last package of the answer, and every one before it, has reached the person. */
async function markAnswered(
  trx: LedgerTransaction,
  requestId: RequestId,
  { at, by }: { readonly at: Date; readonly by: AnswerWay },
): Promise<void> {
  const parts = await packagesOf(trx, requestId);
  const isWhole = parts.at(-1)?.more_follows === false;
  if (!isWhole || parts.some((one) => one.delivered_at === null && one.deleted_at === null)) return;
  await trx
    .updateTable('request_rights')
    .set({ answered_at: at, answered_by: by, outcome: 'answered' })
    .where('request_id', '=', requestId)
    .where('right', 'in', [...packageRights])
    .where('answered_at', 'is', null)
    .execute();
}

/**
 * Packages whose days are over on `today`, and those that will never be delivered because their request ended without.
 * `ended` tells that the request is in a final state.
 */
export async function packagesToDelete(
  db: LedgerReader,
  today: string,
): Promise<(PackageRow & { readonly ended: boolean })[]> {
  const rows = await db
    .selectFrom('packages as p')
    .innerJoin('requests as r', 'r.id', 'p.request_id')
    .selectAll('p')
    .select((it) => it('r.state', 'in', [...restingStates]).as('ended'))
    .where('p.deleted_at', 'is', null)
    .where((it) =>
      it.or([
        it('p.delete_on', '<=', today),
        it.and([it('p.delivered_at', 'is', null), it('r.state', 'in', [...restingStates])]),
      ]),
    )
    .orderBy('p.created_at')
    .orderBy('p.id')
    .execute();
  return rows.map((row) => ({ ...row, ended: Boolean(row.ended) }));
}

/** After the deletion was read back. */
export async function markDeleted(
  trx: LedgerTransaction,
  deletion: { readonly id: PackageId; readonly at: Date; readonly versions: number; readonly uploads: number },
): Promise<void> {
  const row = await trx
    .updateTable('packages')
    .set({ deleted_at: deletion.at })
    .where('id', '=', deletion.id)
    .where('deleted_at', 'is', null)
    .returning('request_id')
    .executeTakeFirst();
  if (row === undefined) return;
  const { id, versions, uploads } = deletion;
  await appendAudit(trx, {
    requestId: row.request_id,
    kind: 'package-deleted',
    body: { package: id, versions, uploads, evidence: 'read-back' },
    at: deletion.at,
  });
}
