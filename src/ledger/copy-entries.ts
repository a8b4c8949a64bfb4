/**
 * Entries of the register about copies that live on in backups: dated when their record was erased, moved where the backups
 * are kept longer than they were, ended when the last backup has lapsed. Who may be erased again after a restore is asked by
 * the replay (sweep-claims.ts). Each change stands on the request's audit chain.
 */
import { sql } from 'kysely';
import type { RequestId, SystemId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';

/** From this day on the backups of a round's copies have lapsed. Once. */
export async function dateCopyEntries(trx: LedgerTransaction, key: RoundKey, day: string): Promise<void> {
  await ofRound(trx, key).set({ due_on: day, look_on: day }).where('due_on', 'is', null).execute();
}

export interface LapsingRound extends RoundKey {
  readonly dueOn: string;
  readonly verifiedAt: Date;
  readonly records: number;
}

/** Rounds of which some copies should have lapsed by this day. Entries in a batch wait for its end, and for nobody else's. */
export async function lapsingRounds(db: LedgerReader, today: string, limit: number): Promise<readonly LapsingRound[]> {
  const rows = await db
    .selectFrom('register_entries as e')
    .innerJoin('rounds as o', (join) =>
      join
        .onRef('o.request_id', '=', 'e.request_id')
        .onRef('o.system_id', '=', 'e.system_id')
        .onRef('o.round', '=', 'e.round'),
    )
    .select(['e.request_id', 'e.system_id', 'e.round', 'o.verified_at'])
    .select((it) => [it.fn.sum<number>('e.count').as('records'), it.fn.min<string>('e.due_on').as('due_on')])
    .where('e.kind', '=', 'backup-copy')
    .where('e.active_at', 'is not', null)
    .where('e.ended_at', 'is', null)
    .where('e.claim_id', 'is', null)
    .where('e.look_on', '<=', today)
    .where('o.verified_at', 'is not', null)
    .groupBy(['e.request_id', 'e.system_id', 'e.round', 'o.verified_at'])
    .limit(limit)
    .execute();
  return rows.flatMap(({ request_id: requestId, system_id: systemId, round, ...row }) =>
    row.verified_at === null
      ? []
      : [{ requestId, systemId, round, verifiedAt: row.verified_at, dueOn: row.due_on, records: Number(row.records) }],
  );
}

/** The backups are kept longer than when the record was erased: the copies live as long. */
export async function moveCopies(trx: LedgerTransaction, round: LapsingRound, day: string, at: Date): Promise<void> {
  await ofRound(trx, round).set({ due_on: day, look_on: day }).where('claim_id', 'is', null).execute();
  await tell(trx, round, 'copies-moved', { due: day, was: round.dueOn }, at);
}

/** Nothing is left of the copies; their locators are destroyed with their pages (sweep-clean.ts). */
export async function endCopies(trx: LedgerTransaction, round: LapsingRound, at: Date): Promise<void> {
  await ofRound(trx, round).set({ ended_at: at }).where('claim_id', 'is', null).execute();
  await tell(trx, round, 'copies-lapsed', { due: round.dueOn }, at);
}

function ofRound(trx: LedgerTransaction, { requestId, systemId, round }: RoundKey) {
  return trx
    .updateTable('register_entries')
    .where('request_id', '=', requestId)
    .where('system_id', '=', systemId)
    .where('round', '=', round)
    .where('kind', '=', 'backup-copy')
    .where('ended_at', 'is', null);
}

async function tell(trx: LedgerTransaction, round: LapsingRound, kind: string, more: object, at: Date): Promise<void> {
  const body = { system: round.systemId, round: round.round, records: round.records, ...more };
  await appendAudit(trx, { requestId: round.requestId, kind, body, at });
}

/** What backups still hold of one request's erased records, by system. Lapsed ones are not among them. */
export interface Copies {
  readonly systemId: SystemId;
  readonly records: number;
  /** Which backups, and how old they get. */
  readonly heldBy: string;
  /** First day on which none is left; null: not everything is erased and read back yet. */
  readonly goneOn: string | null;
}

export async function copiesOf(db: LedgerReader, requestId: RequestId): Promise<readonly Copies[]> {
  const rows = await db
    .selectFrom('register_entries')
    .select(['system_id', 'kept_by'])
    .select((it) => [
      it.fn.sum<number>('count').as('records'),
      it.fn.max<string | null>('due_on').as('due_on'),
      sql<boolean>`bool_and(due_on is not null)`.as('dated'),
    ])
    .where('request_id', '=', requestId)
    .where('kind', '=', 'backup-copy')
    .where('active_at', 'is not', null)
    .where('ended_at', 'is', null)
    .groupBy(['system_id', 'kept_by'])
    .orderBy('system_id')
    .execute();
  return rows.map((row) => ({
    systemId: row.system_id,
    records: Number(row.records),
    heldBy: row.kept_by ?? '',
    goneOn: row.dated ? row.due_on : null,
  }));
}
