/**
 * The books of a lane that a person answered by hand: a round of its own that supersedes what was read, streams whose both
 * sides are attested by the same person, and shown so. Nothing of it was staged, so the balance compares no chunks. One
 * transaction with the decision. Fails with `ledger-conflict` where the system was read again meanwhile.
 */
import { HabeasError } from '../errors.ts';
import type { DecisionId, PersonId, RequestId, SystemId } from '../ids.ts';
import type { KeptByHand } from '../policy/kept-by-hand.ts';
import { type AttachedFile, addAttached } from './attached.ts';
import { appendAudit } from './audit.ts';
import { endSuperseded, enterHandKept, type HandKept, type HandPage } from './hand-entries.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { isPackageRight, packageRights } from './package-rights.ts';
import type { RoundKey } from './rounds.ts';
import { type Disposition, handAnswers, type Right } from './states.ts';
import { closeTask, openTaskIds } from './tasks.ts';

/** So many records of one collection of which the same became. */
export interface AttestedPart {
  readonly disposition: Disposition;
  readonly count: number;
  /** Of what was not erased: why, and until when. */
  readonly kept?: KeptByHand | undefined;
  /** Of what is kept until a day: what the register has of it. */
  readonly page?: HandPage | undefined;
}

/** One collection, as configuration describes it and as the person counted it. */
export interface AttestedCollection {
  readonly collection: string;
  readonly recordClass: string;
  readonly owner: string;
  readonly role: string;
  /** What the right does with records first; a collection where nothing was found has it with zero. */
  readonly parts: readonly AttestedPart[];
}

export interface AttestedRound extends RoundKey {
  readonly right: Right;
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
  const { requestId, systemId, round, right, at } = attested;
  if ((await nextRound(trx, requestId, systemId)) !== round) throw new HabeasError('ledger-conflict');
  const place = { request_id: requestId, system_id: systemId, round };
  // Of erasure, what was carried out and read back to the end stays as it is; the person speaks of the rest.
  const superseded = await trx
    .updateTable('rounds')
    .set({ superseded: true })
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    // A request is answered with one package, of access or of portability.
    .where('right', 'in', isPackageRight(right) ? [...packageRights] : [right])
    .where('superseded', '=', false)
    .where((it) => it.or([it('right', '<>', 'erasure'), it('verified_at', 'is', null)]))
    .returning(['pass', 'round'])
    .execute();
  const pass = isPackageRight(right) ? 0 : Math.max(1, ...superseded.map((one) => one.pass));
  await trx
    .insertInto('rounds')
    .values({ ...place, right, pass, started_at: at, finished_at: at, superseded: false, by_hand: true })
    .execute();
  await endSuperseded(
    trx,
    superseded.map((one) => ({ requestId, systemId, round: one.round })),
    at,
  );
  await enterHandKept(trx, attested, await writeBooks(trx, attested), at);
  await addAttached(trx, attested, attested.files);
  // Whatever was asked about this system's records is answered with it.
  for (const taskId of await openTaskIds(trx, { requestId, systemId, kind: 'candidate' }))
    await closeTask(trx, { taskId, answer: 'closed', at });
  const parts = attested.collections.flatMap((one) => one.parts);
  const counts: Partial<Record<Disposition, number>> = {};
  for (const { disposition, count } of parts) counts[disposition] = (counts[disposition] ?? 0) + count;
  await appendAudit(trx, {
    requestId,
    kind: 'done-by-hand',
    body: {
      system: systemId,
      round,
      right,
      decision: attested.decisionId,
      person: attested.person,
      collections: attested.collections.length,
      found: parts.reduce((sum, { count }) => sum + count, 0),
      ...counts,
      files: attested.files.length,
      proof: attested.proofSha256,
    },
    at,
  });
}

/**
 * A stream has one disposition: a collection of which a part is withheld has two, and one of which nothing is, one. Returns what is
 * kept, as the books have it.
 */
async function writeBooks(trx: LedgerTransaction, attested: AttestedRound): Promise<readonly HandKept[]> {
  const { right } = attested;
  const place = { request_id: attested.requestId, system_id: attested.systemId, round: attested.round };
  const lines = attested.collections.flatMap(({ parts, ...collection }) => {
    const counted = parts.filter(({ count }) => count > 0);
    return (counted.length === 0 ? parts.slice(0, 1) : counted).map((part) => ({ collection, part }));
  });
  if (lines.length === 0) return [];
  await trx
    .insertInto('streams')
    .values(
      lines.map(({ collection, part }, no) => ({
        ...place,
        stream_no: no,
        right,
        collection: collection.collection,
        record_class: collection.recordClass,
        owner_kind: collection.owner,
        role: collection.role,
        disposition: part.disposition,
        reason: part.kept?.reason ?? ('by-hand' as const),
        fields: '[]',
        found: part.count,
        as_of: attested.at,
      })),
    )
    .execute();
  const kept = lines.flatMap(({ collection, part }, streamNo) =>
    part.kept === undefined ? [] : [{ collection, part: part.kept, count: part.count, page: part.page, streamNo }],
  );
  if (kept.length > 0)
    await trx
      .insertInto('decisions')
      .values(
        kept.map(({ collection, part, count }, no) => ({
          ...place,
          no: no + 1,
          collection: collection.collection,
          record_class: collection.recordClass,
          action: 'keep' as const,
          disposition: part.disposition,
          reason: part.reason,
          ground: null,
          exception: part.exception,
          refusal: part.refusal,
          kept_by: part.keptBy,
          until: part.until,
          fields: '[]',
          count,
        })),
      )
      .execute();
  const dispositions = lines.flatMap(({ part }, no) =>
    part.count === 0
      ? []
      : [
          {
            ...place,
            stream_no: no,
            chunk_no: 0,
            right,
            disposition: part.disposition,
            reason: part.kept?.reason ?? ('by-hand' as const),
            evidence: 'attested' as const,
            count: part.count,
            decision_no: kept.findIndex((one) => one.part === part.kept) + 1,
            until: part.kept?.until ?? null,
          },
        ],
  );
  if (dispositions.length > 0) await trx.insertInto('dispositions').values(dispositions).execute();
  return kept.map(({ collection: { collection, recordClass }, part, count, page, streamNo }, no) => ({
    ...{ streamNo, decisionNo: no + 1, collection, recordClass, count, kept: part, page },
  }));
}

/** Who answered for a system by hand, for which right, when, and the hash of the proof, as they signed it. */
export interface ByHand {
  readonly right: Right;
  readonly by: PersonId;
  readonly at: string;
  readonly proofSha256: string | null;
}

/** Systems of a request with what counts of them because a person answered by hand; in the order of the answers. */
export async function byHandOf(
  db: LedgerReader,
  requestId: RequestId,
): Promise<ReadonlyMap<SystemId, readonly ByHand[]>> {
  const decisions = await db
    .selectFrom('people_decisions as d')
    .innerJoin('tasks as t', (join) => join.onRef('t.id', '=', 'd.task_id').onRef('t.answer', '=', 'd.answer'))
    .select(['d.system_id', 'd.person_id', 'd.at', 'd.statement'])
    .where('d.request_id', '=', requestId)
    .where('d.answer', 'in', Object.keys(handAnswers))
    // Whoever counted again attests what they said last.
    .where((it) =>
      it.not(
        it.exists(
          it.selectFrom('people_decisions as later').select('later.id').whereRef('later.supersedes', '=', 'd.id'),
        ),
      ),
    )
    .orderBy('d.seq')
    .execute();
  const rounds = await db
    .selectFrom('rounds')
    .select(['system_id', 'round', 'right'])
    .where('request_id', '=', requestId)
    .where('by_hand', '=', true)
    .where('superseded', '=', false)
    .execute();
  const byHand = new Map<SystemId, readonly ByHand[]>();
  for (const { system_id: systemId, person_id: by, at, statement } of decisions) {
    const signed = signedIn(statement);
    const round = rounds.find((one) => one.system_id === systemId && one.round === signed.round);
    if (systemId === null || round === undefined) continue;
    const one: ByHand = { right: round.right, by, at: at.toISOString(), proofSha256: signed.proofSha256 };
    byHand.set(systemId, [...(byHand.get(systemId) ?? []), one]);
  }
  return byHand;
}

function signedIn(statement: string): { readonly round: number | null; readonly proofSha256: string | null } {
  const signed: unknown = JSON.parse(statement);
  const details = typeof signed === 'object' && signed !== null && 'details' in signed ? signed.details : null;
  if (typeof details !== 'object' || details === null) return { round: null, proofSha256: null };
  const round = 'round' in details && typeof details.round === 'number' ? details.round : null;
  const sha256 = 'proofSha256' in details ? details.proofSha256 : null;
  return { round, proofSha256: typeof sha256 === 'string' ? sha256 : null };
}
