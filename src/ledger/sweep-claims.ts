/**
 * Claims of the retention sweep: due entries of one system, taken under a row lock so that no two sweeps ever have the same one.
 * A claim that would erase waits for two people, unless every class in it is swept without asking or it was approved already and
 * a vendor lets go of it later; one that only reads back waits for nobody. Each change stands on the claim's own audit chain. An attempt at a claim carries a number; an older one can
 * commit nothing any more (`stage-superseded`).
 */
import { type Selectable, sql } from 'kysely';
import { type ErrorCode, HabeasError } from '../errors.ts';
import { type ClaimId, newId, type RegisterId, type SystemId } from '../ids.ts';
import { canonicalJson, sha256Hex } from '../security/canonical.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RegisterRow } from './register.ts';
import type { SweepClaimsTable } from './schema.ts';
import { isDecidedAnew, restingStates } from './states.ts';
import { addLine } from './sweep-lines.ts';

export type ClaimRow = Selectable<SweepClaimsTable>;

/** How many different people approve what a claim erases. */
export const claimPeople = 2;
/** Entries of one claim; a page each, of at most 10,000 records. */
export const claimEntries = 500;

const sweepable = sql<boolean>`e.active_at is not null and e.ended_at is null and e.claim_id is null`;

/** Systems with entries that are due, by steps along the index: as many look-ups as there are systems. */
export async function dueSystems(db: LedgerReader, asOf: string): Promise<readonly SystemId[]> {
  const { rows } = await dueSystemsQuery(asOf).execute(db);
  return rows.map((row) => row.system_id);
}

export function dueSystemsQuery(asOf: string) {
  return sql<{ system_id: SystemId }>`
    with recursive known as (
      (select e.system_id from register_entries e where ${sweepable} order by e.system_id limit 1)
      union all
      select (select e.system_id from register_entries e
        where ${sweepable} and e.system_id > k.system_id order by e.system_id limit 1)
      from known k where k.system_id is not null)
    select k.system_id from known k where k.system_id is not null and exists (
      select from register_entries e where ${sweepable} and e.system_id = k.system_id and e.look_on <= ${asOf})
  `;
}

/**
 * Due entries of one system in the order in which they became due, past `after`; only of requests that no workflow is at work
 * on. Entries in a claim are not among them, nor copies, which lapse, nor what is kept by hand, of which a person is asked (hand-entries.ts).
 */
export function dueEntries(
  db: LedgerReader,
  due: { readonly systemId: SystemId; readonly asOf: string; readonly after?: { lookOn: string; id: RegisterId } },
) {
  const { systemId, asOf, after } = due;
  return db
    .selectFrom('register_entries as e')
    .innerJoin('requests as r', 'r.id', 'e.request_id')
    .selectAll('e')
    .where(sweepable)
    .where('e.system_id', '=', systemId)
    .where('e.look_on', '<=', asOf)
    .where('e.kind', 'not in', ['backup-copy', 'by-hand'])
    .where('e.count', '>', 0)
    .where('r.state', 'in', [...restingStates])
    .$if(after !== undefined, (rows) =>
      rows.where(sql<boolean>`(e.look_on, e.id) > (${after?.lookOn ?? ''}, ${after?.id ?? ''})`),
    )
    .orderBy('e.look_on')
    .orderBy('e.id')
    .limit(claimEntries);
}

export interface Claiming {
  readonly systemId: SystemId;
  readonly asOf: string;
  /** Classes that are swept without asking. */
  readonly automatic: ReadonlySet<string>;
  /** Nobody can look at entries of a system that is configured no more: they are claimed, parked and not forgotten. */
  readonly isConfigured: boolean;
  readonly retryOn: string;
  readonly at: Date;
}

export interface Replaying {
  readonly systemId: SystemId;
  readonly asOf: string;
  /** When the copy was made that was restored. */
  readonly since: Date;
  readonly at: Date;
}

/**
 * Entries of what was erased after the restored copy was made, and so is back: in no claim, and not lapsed. Of a round that was
 * not read back yet, the chunks whose outcome is known: their own request erases them no second time, and the others it does.
 */
export function copiesBack(
  db: LedgerReader,
  { systemId, since, after }: Pick<Replaying, 'systemId' | 'since'> & { readonly after?: RegisterId },
) {
  return db
    .selectFrom('register_entries as e')
    .innerJoin('rounds as o', (join) =>
      join
        .onRef('o.request_id', '=', 'e.request_id')
        .onRef('o.system_id', '=', 'e.system_id')
        .onRef('o.round', '=', 'e.round'),
    )
    .selectAll('e')
    .where(sweepable)
    .where('e.kind', '=', 'backup-copy')
    .where('e.system_id', '=', systemId)
    .where(
      sql<boolean>`(e.erased_at > ${since} or e.erased_at is null and (o.verified_at > ${since} or o.verified_at is null and exists (
        select from effects f where f.request_id = e.request_id and f.system_id = e.system_id and f.round = e.round
          and f.stream_no = e.stream_no and f.chunk_no = e.chunk_no and f.done_at > ${since})))`,
    )
    .$if(after !== undefined, (rows) => rows.where('e.id', '>', after ?? null))
    .orderBy('e.id')
    .limit(claimEntries);
}

/** Takes such entries into a claim that two people approve; undefined when none was left to take. */
export async function claimReplay(trx: LedgerTransaction, replaying: Replaying): Promise<ClaimId | undefined> {
  const { systemId, asOf, since, at } = replaying;
  const rows = await copiesBack(trx, replaying).forUpdate('e').skipLocked().execute();
  if (rows.length === 0) return undefined;
  const claiming = { systemId, asOf, automatic: new Set<string>(), isConfigured: true, retryOn: asOf, at };
  return putClaim(trx, claiming, 'replay', rows, since);
}

/** Takes up to {@link claimEntries} due entries of a system into claims; `[]` when none was left to take. */
export async function claimDue(trx: LedgerTransaction, claiming: Claiming): Promise<readonly ClaimId[]> {
  const rows = await dueEntries(trx, claiming).forUpdate('e').skipLocked().execute();
  const groups = new Map<ClaimName, RegisterRow[]>();
  for (const row of rows) {
    const name = claimNameOf(row, claiming.automatic);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  const claims: ClaimId[] = [];
  for (const [name, entries] of groups) claims.push(await putClaim(trx, claiming, name, entries));
  return claims;
}

/** `approved`: what a vendor lets go of later was approved with its request's plan. */
type ClaimName = 'read-back' | 'approved' | 'automatic' | 'asked' | 'replay';

function claimNameOf({ kind, record_class: recordClass }: RegisterRow, automatic: ReadonlySet<string>): ClaimName {
  if (!isDecidedAnew(kind)) return 'read-back';
  if (kind === 'vendor-job') return 'approved';
  return automatic.has(recordClass) ? 'automatic' : 'asked';
}

async function putClaim(
  trx: LedgerTransaction,
  { systemId, asOf, isConfigured, retryOn, at }: Claiming,
  name: ClaimName,
  entries: readonly RegisterRow[],
  since: Date | null = null,
): Promise<ClaimId> {
  const id = newId('claim');
  const kind = name === 'read-back' || name === 'replay' ? name : 'erase';
  const isAsked = name === 'asked' || name === 'replay';
  const code: ErrorCode | null = isConfigured ? null : 'system-not-configured';
  await trx
    .insertInto('sweep_claims')
    .values({
      ...{ id, system_id: systemId, kind, as_of: asOf, state: isConfigured ? 'claimed' : 'parked', code },
      ...{ code_where: null, automatic: name === 'automatic', people_needed: isAsked ? claimPeople : 0, since },
      ...{ sha256: null, retry_on: isConfigured ? null : retryOn, made_at: at, approved_at: null, ended_at: null },
    })
    .execute();
  await trx
    .updateTable('register_entries')
    .set({ claim_id: id })
    .where(sql<boolean>`id = any(${entries.map((one) => one.id)})`)
    .execute();
  const records = entries.reduce((sum, { count }) => sum + count, 0);
  const body = { system: systemId, kind, 'as-of': asOf, entries: entries.length, records, automatic: name, code };
  await appendAudit(trx, { requestId: id, kind: 'claimed', body, at });
  return id;
}

/** Entries about which people are asked, out of a claim that asks nobody: a claim of their own, looked at already. */
export async function putAskedClaim(
  trx: LedgerTransaction,
  from: ClaimRow,
  entries: readonly RegisterRow[],
  at: Date,
): Promise<ClaimId> {
  const claiming = {
    systemId: from.system_id,
    asOf: from.as_of,
    automatic: new Set<string>(),
    retryOn: from.as_of,
    at,
  };
  const to = await putClaim(trx, { ...claiming, isConfigured: true }, 'asked', entries);
  for (const entry of entries) await addLine(trx, entry, { what: 'handed-on', records: entry.count, to }, at);
  return to;
}

export async function findClaim(db: LedgerReader, id: ClaimId): Promise<ClaimRow> {
  const row = await db.selectFrom('sweep_claims').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: 'claim' });
  return row;
}

/** Locks a claim for the rest of the transaction. */
export async function lockClaim(trx: LedgerTransaction, id: ClaimId): Promise<ClaimRow> {
  const row = await trx.selectFrom('sweep_claims').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) throw new HabeasError('not-found', { where: 'claim' });
  return row;
}

/** What people sign: which pages, how many records, and what is done to them. */
export function aboutOf(claimId: ClaimId, entries: readonly RegisterRow[]): string {
  const lines = entries.map((one) => [one.id, one.tag, one.count, one.record_class, one.action, one.fields, one.asks]);
  return sha256Hex(canonicalJson(['habeas sweep v1', claimId, lines]));
}

/** Claims that have not ended, the oldest first. */
export function openClaims(db: LedgerReader): Promise<ClaimRow[]> {
  return db
    .selectFrom('sweep_claims')
    .selectAll()
    .where('ended_at', 'is', null)
    .orderBy('made_at')
    .orderBy('id')
    .execute();
}

/**
 * Claims that somebody has to work on now, parked ones from their day on, whoever waited longest first. What a vendor works on for days
 * has a workflow all the while and stays among them: it comes last, so that it keeps nobody else from their turn.
 */
export function claimsToWork(
  db: LedgerReader,
  {
    today,
    systemIds,
    limit,
  }: { readonly today: string; readonly systemIds: readonly SystemId[]; readonly limit: number },
) {
  return db
    .selectFrom('sweep_claims')
    .select('id')
    .where('ended_at', 'is', null)
    .where('state', '<>', sql.lit('asked'))
    .where((it) => it.or([it('state', 'in', ['claimed', 'approved']), it('retry_on', '<=', today)]))
    .where(sql<boolean>`system_id = any(${systemIds})`)
    .orderBy('taken_up_at', (order) => order.asc().nullsFirst())
    .orderBy('made_at')
    .orderBy('id')
    .limit(limit);
}

/** Up to `limit` of them, whose turn has come with that. */
export async function takeUpClaims(
  trx: LedgerTransaction,
  { at, ...which }: Parameters<typeof claimsToWork>[1] & { readonly at: Date },
): Promise<readonly ClaimId[]> {
  const claims = (await claimsToWork(trx, which).forUpdate().skipLocked().execute()).map(({ id }) => id);
  await trx.updateTable('sweep_claims').set({ taken_up_at: at }).where(sql<boolean>`id = any(${claims})`).execute();
  return claims;
}

/** Entries of a claim, in a fixed order. */
export function claimedEntries(db: LedgerReader, id: ClaimId): Promise<RegisterRow[]> {
  return db.selectFrom('register_entries').selectAll().where('claim_id', '=', id).orderBy('id').execute();
}

/** One entry of a claim. */
export function claimedEntry(db: LedgerReader, claimId: ClaimId, id: RegisterId): Promise<RegisterRow | undefined> {
  return db
    .selectFrom('register_entries')
    .selectAll()
    .where('id', '=', id)
    .where('claim_id', '=', claimId)
    .executeTakeFirst();
}

/** Who may write for a claim now. */
export interface ClaimFence {
  readonly claimId: ClaimId;
  readonly attempt: number;
}

/** A new attempt takes the claim from every earlier one. */
export async function takeClaim(trx: LedgerTransaction, claimId: ClaimId): Promise<ClaimFence> {
  const { attempt } = await trx
    .updateTable('sweep_claims')
    .set((it) => ({ attempt: it('attempt', '+', 1) }))
    .where('id', '=', claimId)
    .where('ended_at', 'is', null)
    .returning('attempt')
    .executeTakeFirstOrThrow(() => new HabeasError('stage-superseded'));
  return { claimId, attempt };
}

/** Locks the claim, and fails with `stage-superseded` unless the attempt still has it. */
export async function holdClaim(trx: LedgerTransaction, { claimId, attempt }: ClaimFence): Promise<ClaimRow> {
  const row = await lockClaim(trx, claimId);
  if (row.attempt !== attempt || row.ended_at !== null) throw new HabeasError('stage-superseded');
  return row;
}

/** The configured place where an attempt failed. */
export async function noteWhere(db: LedgerReader, claimId: ClaimId, where: string | null): Promise<void> {
  await db
    .updateTable('sweep_claims')
    .set({ code_where: where })
    .where('id', '=', claimId)
    .where('ended_at', 'is', null)
    .execute();
}

/** Moves a claim on; its audit row tells why. */
export async function moveClaim(
  trx: LedgerTransaction,
  claimId: ClaimId,
  to: Partial<
    Pick<ClaimRow, 'code' | 'code_where' | 'sha256' | 'retry_on' | 'approved_at' | 'people_needed' | 'taken_up_at'>
  > &
    Pick<ClaimRow, 'state'>,
  at: Date,
): Promise<void> {
  const isEnd = to.state === 'done' || to.state === 'rejected';
  await trx
    .updateTable('sweep_claims')
    .set({ code: null, code_where: null, retry_on: null, ...to, ...(isEnd ? { ended_at: at } : {}) })
    .where('id', '=', claimId)
    .execute();
  const body = { state: to.state, code: to.code ?? null, about: to.sha256 ?? null };
  await appendAudit(trx, { requestId: claimId, kind: `claim-${to.state}`, body, at });
}
