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
import { aboutOf, type ClaimRow, claimedEntries, lockClaim, moveClaim } from './sweep-claims.ts';
import { addLine } from './sweep-lines.ts';

/** From this day on the backups of a round's copies have lapsed. Once. */
export async function dateCopyEntries(trx: LedgerTransaction, key: RoundKey, day: string): Promise<void> {
  await ofRound(trx, key).set({ due_on: day, look_on: day }).where('due_on', 'is', null).execute();
}

export interface LapsingRound extends RoundKey {
  readonly dueOn: string;
  /** When the records were read back as gone: with their round, or by the sweep. */
  readonly erasedAt: Date;
  /** Null: with their round. */
  readonly sweptAt: Date | null;
  readonly records: number;
}

/** In no batch, or in one that nobody has approved: nothing of that is begun. */
const isFree = sql<boolean>`(e.claim_id is null or exists (
  select from sweep_claims c where c.id = e.claim_id and c.approved_at is null and c.ended_at is null))`;

/** Rounds of which some copies should have lapsed by this day. Entries in a batch that was approved wait for its end, and for nobody else's. */
export async function lapsingRounds(db: LedgerReader, today: string, limit: number): Promise<readonly LapsingRound[]> {
  const rows = await db
    .selectFrom('register_entries as e')
    .innerJoin('rounds as o', (join) =>
      join
        .onRef('o.request_id', '=', 'e.request_id')
        .onRef('o.system_id', '=', 'e.system_id')
        .onRef('o.round', '=', 'e.round'),
    )
    .select(['e.request_id', 'e.system_id', 'e.round', 'e.erased_at', 'o.verified_at'])
    .select((it) => [it.fn.sum<number>('e.count').as('records'), it.fn.min<string>('e.due_on').as('due_on')])
    .where('e.kind', '=', 'backup-copy')
    .where('e.active_at', 'is not', null)
    .where('e.ended_at', 'is', null)
    .where(isFree)
    .where('e.look_on', '<=', today)
    .where('o.verified_at', 'is not', null)
    .groupBy(['e.request_id', 'e.system_id', 'e.round', 'e.erased_at', 'o.verified_at'])
    .limit(limit)
    .execute();
  return rows.flatMap(({ request_id: requestId, system_id: systemId, round, ...row }) =>
    row.verified_at === null
      ? []
      : [
          {
            ...{ requestId, systemId, round, sweptAt: row.erased_at, erasedAt: row.erased_at ?? row.verified_at },
            ...{ dueOn: row.due_on, records: Number(row.records) },
          },
        ],
  );
}

/** The backups are kept longer than when the record was erased: the copies live as long. */
export async function moveCopies(trx: LedgerTransaction, round: LapsingRound, day: string, at: Date): Promise<void> {
  await lapsing(trx, round).set({ due_on: day, look_on: day }).execute();
  await tell(trx, round, 'copies-moved', { due: day, was: round.dueOn }, at);
}

/** Nothing is left of the copies; their locators are destroyed with their pages (sweep-clean.ts). */
export async function endCopies(trx: LedgerTransaction, round: LapsingRound, at: Date): Promise<void> {
  const claims = await unapprovedClaims(trx, round);
  await tellClaims(trx, round, claims, at);
  await lapsing(trx, round)
    .set({ ended_at: at, claim_id: null, action: null, fields: null, asks: '[]' })
    .where(sql<boolean>`(claim_id is null or claim_id = any(${claims.map(({ id }) => id)}))`)
    .execute();
  for (const claim of claims) await askAboutRest(trx, claim, at);
  await tell(trx, round, 'copies-lapsed', { due: round.dueOn }, at);
}

/** Claims that nobody has approved, with copies of the round; locked, so that nobody does meanwhile. */
async function unapprovedClaims(trx: LedgerTransaction, round: LapsingRound): Promise<readonly ClaimRow[]> {
  const rows = await trx
    .selectFrom('register_entries')
    .select('claim_id')
    .distinct()
    .where('request_id', '=', round.requestId)
    .where('system_id', '=', round.systemId)
    .where('round', '=', round.round)
    .where('kind', '=', 'backup-copy')
    .where('ended_at', 'is', null)
    .where('claim_id', 'is not', null)
    .orderBy('claim_id')
    .execute();
  const claims: ClaimRow[] = [];
  for (const { claim_id: id } of rows) if (id !== null) claims.push(await lockClaim(trx, id));
  return claims.filter((claim) => claim.approved_at === null && claim.ended_at === null);
}

/** What lapsed in a claim is told of with it. */
async function tellClaims(trx: LedgerTransaction, round: LapsingRound, claims: readonly ClaimRow[], at: Date) {
  for (const { id } of claims)
    for (const entry of await claimedEntries(trx, id)) {
      const isOfRound = entry.request_id === round.requestId && entry.round === round.round;
      const isLapsing = entry.ended_at === null && entry.erased_at?.getTime() === round.sweptAt?.getTime();
      if (isOfRound && isLapsing) await addLine(trx, entry, { what: 'lapsed', records: entry.count }, at);
    }
}

/** What people were asked about has become less: what they sign is another hash, or nothing is left to ask. */
async function askAboutRest(trx: LedgerTransaction, claim: ClaimRow, at: Date): Promise<void> {
  if (claim.state !== 'asked') return;
  const left = (await claimedEntries(trx, claim.id)).filter((entry) => entry.ended_at === null);
  const state = left.length === 0 ? 'done' : 'asked';
  await moveClaim(trx, claim.id, { state, sha256: aboutOf(claim.id, left) }, at);
}

/** Entries of a round whose copies grow old together. */
const lapsing = (trx: LedgerTransaction, round: LapsingRound) =>
  ofRound(trx, round).where(sql<boolean>`erased_at is not distinct from ${round.sweptAt}`);

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
