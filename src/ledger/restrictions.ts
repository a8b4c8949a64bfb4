/**
 * Restrictions that stand because a person exercised a right: from the receipt of the request until what it waits for is
 * decided and the person was told (Art. 18(3)), or until there is nothing left to restrict. While one stands it holds every
 * erasure of the same person: read from the links and the rows each time, as open access is, so that it is neither forgotten
 * nor outlives its reason. Ids, grounds and dates only.
 */
import type { Selectable } from 'kysely';
import type { DecisionId, RequestId } from '../ids.ts';
import { parseCivilDate } from '../policy/clock/index.ts';
import type { HoldKind } from '../policy/holds.ts';
import type { RestrictionGround } from '../policy/rights/grounds.ts';
import { appendAudit } from './audit.ts';
import type { ActiveHold } from './holds.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RestrictionsTable } from './schema.ts';

export type RestrictionRow = Selectable<RestrictionsTable>;

export async function setRestriction(
  trx: LedgerTransaction,
  set: { readonly requestId: RequestId; readonly ground: RestrictionGround; readonly setOn: string; readonly at: Date },
): Promise<void> {
  await trx
    .insertInto('restrictions')
    .values({
      ...{ request_id: set.requestId, ground: set.ground, set_on: set.setOn },
      ...{ decided_on: null, told_on: null, ended_on: null, ended_why: null, decision_id: null },
    })
    .execute();
  const body = { ground: set.ground, on: set.setOn };
  await appendAudit(trx, { requestId: set.requestId, kind: 'restriction-set', body, at: set.at });
}

export async function restrictionOf(db: LedgerReader, requestId: RequestId): Promise<RestrictionRow | undefined> {
  return db.selectFrom('restrictions').selectAll().where('request_id', '=', requestId).executeTakeFirst();
}

/** What it waited for was decided; the first day counts. */
export async function restrictionDecided(trx: LedgerTransaction, requestId: RequestId, on: string): Promise<void> {
  await trx
    .updateTable('restrictions')
    .set({ decided_on: on })
    .where('request_id', '=', requestId)
    .where('decided_on', 'is', null)
    .where('ended_on', 'is', null)
    .execute();
}

/** Ends a restriction; false where none stands. `told`: by a decision, after the person was told. */
export async function endRestriction(
  trx: LedgerTransaction,
  end: { readonly requestId: RequestId; readonly on: string; readonly at: Date } & (
    | { readonly why: 'told'; readonly toldOn: string; readonly decisionId: DecisionId }
    | { readonly why: 'upheld' | 'nothing-reached' }
  ),
): Promise<boolean> {
  const told = end.why === 'told' ? { told_on: end.toldOn, decision_id: end.decisionId } : {};
  const row = await trx
    .updateTable('restrictions')
    .set({ ended_on: end.on, ended_why: end.why, ...told })
    .where('request_id', '=', end.requestId)
    .where('ended_on', 'is', null)
    .returning('ground')
    .executeTakeFirst();
  if (row === undefined) return false;
  const body = { ground: row.ground, why: end.why, on: end.on, told: end.why === 'told' ? end.toldOn : null };
  await appendAudit(trx, { requestId: end.requestId, kind: 'restriction-ended', body, at: end.at });
  return true;
}

/** Restrictions of other requests of the same person that stand, of a verified identity; the earliest first. */
export async function standingRestrictions(db: LedgerReader, requestId: RequestId): Promise<readonly RestrictionRow[]> {
  return ofTheSamePerson(db, requestId)
    .where('s.ended_on', 'is', null)
    .orderBy('s.set_on')
    .orderBy('s.request_id')
    .execute();
}

/** Other requests of the same person by which records are marked: a restriction that stands, or an objection that was upheld. */
export async function otherMarks(
  db: LedgerReader,
  requestId: RequestId,
): Promise<readonly { readonly requestId: RequestId; readonly isUpheld: boolean }[]> {
  const rows = await ofTheSamePerson(db, requestId)
    .where((it) => it.or([it('s.ended_on', 'is', null), it('s.ended_why', '=', 'upheld')]))
    .orderBy('s.request_id')
    .execute();
  return rows.map((row) => ({ requestId: row.request_id, isUpheld: row.ended_why === 'upheld' }));
}

function ofTheSamePerson(db: LedgerReader, requestId: RequestId) {
  return (
    db
      .selectFrom('request_links as l')
      .innerJoin('requests as r', 'r.id', 'l.linked_id')
      .innerJoin('restrictions as s', 's.request_id', 'r.id')
      .selectAll('s')
      .where('l.request_id', '=', requestId)
      // Whoever knows an address can ask in its name.
      .where('r.identity', '=', 'verified')
      .where('r.state', 'not in', ['cancelled', 'refused'])
  );
}

const holdKinds = {
  accuracy: 'accuracy',
  objection: 'objection',
  unlawful: 'restriction',
  claims: 'restriction',
} as const satisfies Readonly<Record<RestrictionGround, HoldKind>>;

/** As policy takes it: on the whole request whose erasure it holds. Nobody placed it; lifting the restriction ends it. */
export function restrictionAsHold(requestId: RequestId, row: RestrictionRow): ActiveHold {
  return {
    id: row.request_id,
    kind: holdKinds[row.ground],
    on: { request: requestId },
    ground: '',
    owner: null,
    placedOn: parseCivilDate(row.set_on, 'set_on'),
    reviewOn: null,
    released: null,
    systemId: null,
  };
}
