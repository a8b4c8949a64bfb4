/**
 * Which living requests are of the same person (an e-mail address or user id in common), and which of them hold an erasure
 * because access or portability was asked for by somebody whose identity is verified, and is open: read from rows alone, no key is needed. Linked requests are never merged.
 * What holds is told as any other hold is, for the one `mayErase`; nobody placed it and nobody releases it.
 */
import { HabeasError } from '../errors.ts';
import type { RequestId } from '../ids.ts';
import { type CivilDate, parseCivilDate } from '../policy/clock/index.ts';
import { openAccess } from '../policy/open-access.ts';
import type { ActiveHold } from './holds.ts';
import type { LedgerReader } from './open.ts';
import { packageRightsOfPersons } from './package-rights.ts';
import type { RequestState, Right } from './states.ts';

export interface LinkedRequest {
  readonly id: RequestId;
  readonly state: RequestState;
  readonly rights: readonly Right[];
  readonly isVerified: boolean;
  readonly receivedOn: string;
  /** From when its clock runs. */
  readonly clockFrom: string;
}

/** The earliest first. */
export async function linkedOf(db: LedgerReader, requestId: RequestId): Promise<readonly LinkedRequest[]> {
  const rows = await db
    .selectFrom('request_links')
    .select('linked_id')
    .where('request_id', '=', requestId)
    .orderBy('linked_id')
    .execute();
  return requestsNamed(
    db,
    rows.map((row) => row.linked_id),
  );
}

/** The earliest first. */
export async function requestsNamed(db: LedgerReader, ids: readonly RequestId[]): Promise<readonly LinkedRequest[]> {
  if (ids.length === 0) return [];
  const [rows, rights] = await Promise.all([
    db
      .selectFrom('requests')
      .select(['id', 'state', 'identity', 'received_on', 'clock_from'])
      .where('id', 'in', [...ids])
      .orderBy('received_on')
      .orderBy('id')
      .execute(),
    db
      .selectFrom('request_rights')
      .select(['request_id', 'right'])
      .where('request_id', 'in', [...ids])
      .orderBy('right')
      .execute(),
  ]);
  return rows.map((row) => ({
    id: row.id,
    state: row.state,
    rights: rights.filter((one) => one.request_id === row.id).map(({ right }) => right),
    isVerified: row.identity === 'verified',
    receivedOn: row.received_on,
    clockFrom: row.clock_from ?? row.received_on,
  }));
}

/** A request for access or portability that holds an erasure, and the first day on which it does not any more; null: nobody can tell yet. */
export interface AccessHold {
  readonly requestId: RequestId;
  readonly receivedOn: string;
  readonly until: CivilDate | null;
}

export interface AccessTerms {
  readonly downloadDays: number | undefined;
  readonly today: CivilDate;
  /** The controller's civil day of an instant. */
  readonly dayOf: (at: Date) => CivilDate;
}

/** Fails with `policy-answer-missing` where something was sent and nobody has said how long the person has to keep it. */
export async function openAccessOf(
  db: LedgerReader,
  requestId: RequestId,
  terms: AccessTerms,
): Promise<readonly AccessHold[]> {
  const rows = await db.selectFrom('request_links').select('linked_id').where('request_id', '=', requestId).execute();
  return openAccessAmong(
    db,
    rows.map((row) => row.linked_id),
    terms,
  );
}

/** The same of requests that are named; those among them that hold. */
export async function openAccessAmong(
  db: LedgerReader,
  ids: readonly RequestId[],
  terms: AccessTerms,
): Promise<readonly AccessHold[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('requests as r')
    .innerJoin('request_rights as g', (join) =>
      join.onRef('g.request_id', '=', 'r.id').on('g.right', 'in', [...packageRightsOfPersons]),
    )
    .select(['r.id', 'r.state', 'r.received_on', 'r.erasure_from', 'r.no_return_at', 'g.answered_at'])
    .select((it) =>
      it
        .selectFrom('packages as p')
        .select((last) => last.fn.max('p.delivered_at').as('at'))
        .whereRef('p.request_id', '=', 'r.id')
        .where('p.deleted_at', 'is', null)
        .as('kept_since'),
    )
    .where('r.id', 'in', [...ids])
    // Whoever knows an address can ask in its name.
    .where('r.identity', '=', 'verified')
    .orderBy('r.received_on')
    .orderBy('r.id')
    .execute();
  return rows.flatMap((row) => {
    // Of access and erasure together the one was answered before the other began.
    const isPast = row.erasure_from !== null || row.no_return_at !== null;
    const verdict = openAccess(
      {
        hasEndedUnanswered: row.state === 'cancelled' || row.state === 'refused',
        isAnswered: row.answered_at !== null || row.state === 'completed' || row.state === 'awaiting_expiry' || isPast,
        keptSince: row.kept_since === null ? null : terms.dayOf(row.kept_since),
      },
      terms.downloadDays,
      terms.today,
    );
    if (!verdict.holds) return [];
    if ('missing' in verdict) throw new HabeasError('policy-answer-missing', { where: verdict.missing });
    return [{ requestId: row.id, receivedOn: row.received_on, until: verdict.until }];
  });
}

/** The same as policy takes it: on the whole request. */
export function asHold(requestId: RequestId, { requestId: other, receivedOn }: AccessHold): ActiveHold {
  return {
    id: other,
    kind: 'open-access',
    on: { request: requestId },
    ground: '',
    owner: null,
    placedOn: parseCivilDate(receivedOn, 'received_on'),
    reviewOn: null,
    released: null,
    systemId: null,
  };
}
