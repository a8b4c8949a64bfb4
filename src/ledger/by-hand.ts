/**
 * The books of a lane that a person answered by hand: a round of its own that supersedes what was read, streams whose both
 * sides are attested by the same person, and shown so. Nothing of it was staged, so the balance compares no chunks. One
 * transaction with the decision. Fails with `ledger-conflict` where the system was read again meanwhile.
 */
import { HabeasError } from '../errors.ts';
import type { DecisionId, PersonId, RequestId, SystemId } from '../ids.ts';
import { type AttachedFile, addAttached } from './attached.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { type PackageRight, packageRightOf, packageRights } from './package-rights.ts';
import type { RoundKey } from './rounds.ts';
import { closeTask, openTaskIds } from './tasks.ts';

/** One collection, as configuration describes it and as the person counted it. */
export interface AttestedCollection {
  readonly collection: string;
  readonly recordClass: string;
  readonly owner: string;
  readonly role: string;
  readonly exported: number;
  readonly withheld: number;
  readonly referred: number;
}

export interface AttestedRound extends RoundKey {
  readonly collections: readonly AttestedCollection[];
  readonly files: readonly AttachedFile[];
  readonly proofSha256: string;
  readonly decisionId: DecisionId;
  readonly person: PersonId;
  readonly at: Date;
}

/** Number of the reading that comes after every one the system has begun. */
export async function nextRound(db: LedgerReader, requestId: RequestId, systemId: SystemId): Promise<number> {
  const { round } = await db
    .selectFrom('rounds')
    .select((it) => it.fn.max('round').as('round'))
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .executeTakeFirstOrThrow();
  return (round ?? 0) + 1;
}

export async function recordByHand(trx: LedgerTransaction, attested: AttestedRound): Promise<void> {
  const { requestId, systemId, round, at } = attested;
  if ((await nextRound(trx, requestId, systemId)) !== round) throw new HabeasError('ledger-conflict');
  const place = { request_id: requestId, system_id: systemId, round };
  const right = (await packageRightOf(trx, requestId)) ?? 'access';
  await trx
    .updateTable('rounds')
    .set({ superseded: true })
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('right', 'in', [...packageRights])
    .where('superseded', '=', false)
    .execute();
  await trx
    .insertInto('rounds')
    .values({ ...place, right, started_at: at, finished_at: at, superseded: false, by_hand: true })
    .execute();
  await writeBooks(trx, attested, right);
  await addAttached(trx, attested, attested.files);
  // Whatever was asked about this system's records is answered with it.
  for (const taskId of await openTaskIds(trx, { requestId, systemId, kind: 'candidate' }))
    await closeTask(trx, { taskId, answer: 'closed', at });
  const sum = (of: 'exported' | 'withheld' | 'referred') =>
    attested.collections.reduce((total, one) => total + one[of], 0);
  const [exported, withheld, referred] = [sum('exported'), sum('withheld'), sum('referred')];
  await appendAudit(trx, {
    requestId,
    kind: 'done-by-hand',
    body: {
      system: systemId,
      round,
      decision: attested.decisionId,
      person: attested.person,
      collections: attested.collections.length,
      found: exported + withheld + referred,
      exported,
      withheld,
      referred,
      files: attested.files.length,
      proof: attested.proofSha256,
    },
    at,
  });
}

/** A stream has one disposition: a collection of which a part is withheld has two, and one of which nothing is, one. */
async function writeBooks(trx: LedgerTransaction, attested: AttestedRound, right: PackageRight): Promise<void> {
  const place = { request_id: attested.requestId, system_id: attested.systemId, round: attested.round };
  const streams = attested.collections
    .flatMap((collection) => {
      const parts = (['exported', 'withheld', 'referred'] as const).filter((part) => collection[part] > 0);
      return (parts.length === 0 ? (['exported'] as const) : parts).map((part) => ({ collection, part }));
    })
    .map(({ collection, part }, no) => ({
      ...place,
      stream_no: no,
      right,
      collection: collection.collection,
      record_class: collection.recordClass,
      owner_kind: collection.owner,
      role: collection.role,
      disposition: part,
      reason: 'by-hand' as const,
      fields: '[]',
      found: collection[part],
      as_of: attested.at,
    }));
  if (streams.length === 0) return;
  await trx.insertInto('streams').values(streams).execute();
  const dispositions = streams
    .filter(({ found }) => found > 0)
    .map(({ stream_no, right, disposition, reason, found }) => ({
      ...place,
      stream_no,
      chunk_no: 0,
      right,
      disposition,
      reason,
      evidence: 'attested' as const,
      count: found,
    }));
  if (dispositions.length > 0) await trx.insertInto('dispositions').values(dispositions).execute();
}

/** Who answered for a system by hand, when, and the hash of the proof, as they signed it. */
export interface ByHand {
  readonly by: PersonId;
  readonly at: string;
  readonly proofSha256: string | null;
}

/** Systems of a request whose reading that counts was answered by hand. */
export async function byHandOf(db: LedgerReader, requestId: RequestId): Promise<ReadonlyMap<SystemId, ByHand>> {
  const rows = await db
    .selectFrom('people_decisions as d')
    .innerJoin('tasks as t', (join) => join.onRef('t.id', '=', 'd.task_id').onRef('t.answer', '=', 'd.answer'))
    .innerJoin('rounds as r', (join) =>
      join.onRef('r.request_id', '=', 'd.request_id').onRef('r.system_id', '=', 'd.system_id'),
    )
    .select(['r.system_id', 'd.person_id', 'd.at', 'd.statement'])
    .where('d.request_id', '=', requestId)
    .where('d.answer', '=', 'done-by-hand')
    .where('r.by_hand', '=', true)
    .where('r.superseded', '=', false)
    .orderBy('d.seq')
    .execute();
  return new Map(
    rows.map((row) => [
      row.system_id,
      { by: row.person_id, at: row.at.toISOString(), proofSha256: proofIn(row.statement) },
    ]),
  );
}

function proofIn(statement: string): string | null {
  const signed: unknown = JSON.parse(statement);
  if (typeof signed !== 'object' || signed === null || !('details' in signed)) return null;
  const { details } = signed;
  if (typeof details !== 'object' || details === null || !('proofSha256' in details)) return null;
  return typeof details.proofSha256 === 'string' ? details.proofSha256 : null;
}
