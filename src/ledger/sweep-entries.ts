/**
 * What the sweep does with entries of the register: leaves one for a later day, notes what is to be done, takes a page apart,
 * journals an effect (intent, outcome, reading back) and ends an entry when nothing of it is left. Books move only by what was
 * read back, through the database's own function. The last entry of a request that waited to expire completes the request.
 */
import { sql } from 'kysely';
import { type ErrorCode, HabeasError } from '../errors.ts';
import { type ClaimId, type KeyId, newId, type RegisterId, type RequestId } from '../ids.ts';
import type { RecordDecision } from '../policy/erasure/index.ts';
import type { SweepQuestion } from '../policy/sweep.ts';
import { appendAudit } from './audit.ts';
import { enterState } from './enter-state.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { addEntries, type RegisterRow } from './register.ts';
import { addLine, type ReadBack } from './sweep-lines.ts';
import { isUntold } from './sweep-notices.ts';

/** Why an entry is left, and until when. */
export interface Left {
  readonly lookOn: string | null;
  readonly code: ErrorCode | null;
  /** A duty that moved: its new day and what keeps it. */
  readonly moved?: { readonly dueOn: string | null; readonly keptBy: string | null };
}

/** Out of its claim, to be looked at another day; copies on the day on which they lapse. A date that moves stands on the request's chain. */
export async function leaveEntry(trx: LedgerTransaction, entry: RegisterRow, left: Left, at: Date): Promise<void> {
  const isCopy = entry.kind === 'backup-copy';
  const stays = isCopy ? { ...left, lookOn: entry.due_on } : left;
  await trx
    .updateTable('register_entries')
    // The day on which copies lapse may have been set since the entry was read.
    .set({ ...leaving(entry, stays, at), ...(isCopy ? { look_on: sql<string>`due_on` } : {}) })
    .where('id', '=', entry.id)
    .execute();
  await tellMoved(trx, entry, stays, at);
}

const outside = { claim_id: null, action: null, fields: null, asks: '[]' } as const;

function leaving(entry: RegisterRow, { lookOn, code, moved }: Left, at: Date) {
  return {
    ...outside,
    ...{ look_on: lookOn, code },
    ...(moved === undefined ? {} : movedTo(entry, moved, at)),
  };
}

/** The columns of a day that moved. When it did stands there only where something is another than before. */
export function movedTo(
  entry: Pick<RegisterRow, 'due_on' | 'kept_by'>,
  { dueOn, keptBy }: NonNullable<Left['moved']>,
  at: Date,
) {
  const isOther = dueOn !== entry.due_on || keptBy !== entry.kept_by;
  return { due_on: dueOn, kept_by: keptBy, ...(isOther ? { moved_at: at } : {}) };
}

async function tellMoved(trx: LedgerTransaction, entry: RegisterRow, { lookOn, code, moved }: Left, at: Date) {
  const isMoved = moved !== undefined && moved.dueOn !== entry.due_on;
  const body = { entry: entry.id, system: entry.system_id, claim: entry.claim_id, records: entry.count, code };
  await appendAudit(trx, {
    ...{ requestId: entry.request_id, kind: isMoved ? 'retention-moved' : 'retention-left', at },
    body: isMoved ? { ...body, due: moved.dueOn, was: entry.due_on } : { ...body, look: lookOn },
  });
  const next = isMoved ? { next: { by: moved.keptBy, on: moved.dueOn } } : {};
  await addLine(trx, entry, { what: isMoved ? 'moved' : 'left', records: entry.count, code, ...next }, at);
}

/** What is to be done with an entry's records, for whoever approves. */
export interface Action {
  readonly action: Exclude<RecordDecision['action'], 'keep'>;
  readonly fields: readonly string[];
  readonly asks: readonly SweepQuestion[];
}

const acting = ({ action, fields, asks }: Action) => ({
  ...{ action, fields: JSON.stringify(fields), asks: JSON.stringify(asks), code: null },
});

export async function setAction(trx: LedgerTransaction, id: RegisterId, action: Action): Promise<void> {
  await trx.updateTable('register_entries').set(acting(action)).where('id', '=', id).execute();
}

/** A part of a page that is a page of its own now. */
export interface Part {
  readonly id: RegisterId;
  readonly count: number;
  readonly objectName: string;
  readonly tag: string;
  readonly bytes: number;
  readonly next: Left | Action;
}

/** Takes an entry apart: its records are in the parts from now on, and add up to what it had. */
export async function splitEntry(
  trx: LedgerTransaction,
  entry: RegisterRow,
  parts: readonly Part[],
  at: Date,
): Promise<void> {
  if (parts.reduce((sum, { count }) => sum + count, 0) !== entry.count) throw new HabeasError('register-differs');
  const last = await lastPart(trx, entry);
  await trx
    .updateTable('register_entries')
    .set({ count: 0, claim_id: null, ended_at: at })
    .where('id', '=', entry.id)
    .execute();
  await addEntries(
    trx,
    parts.map(({ id, count, objectName, tag, bytes, next }, no) => ({
      ...entry,
      ...{ id, count, object_name: objectName, tag, bytes, part: last + 1 + no, made_at: at },
      ...{ fields: null, asks: JSON.stringify(entry.asks) },
      erased_how: entry.erased_how === null ? null : JSON.stringify(entry.erased_how),
      ...('lookOn' in next ? leaving(entry, next, at) : acting(next)),
    })),
  );
  for (const { next, ...part } of parts)
    if ('lookOn' in next) await tellMoved(trx, { ...entry, id: part.id, count: part.count }, next, at);
}

const placeOf = (entry: RegisterRow) => ({
  ...{ request_id: entry.request_id, system_id: entry.system_id, round: entry.round },
  ...{ stream_no: entry.stream_no, chunk_no: entry.chunk_no, decision_no: entry.decision_no },
});

/** The highest number of a page of the entry's place. */
async function lastPart(trx: LedgerTransaction, entry: RegisterRow): Promise<number> {
  const place = placeOf(entry);
  const { last } = await trx
    .selectFrom('register_entries')
    .select((it) => it.fn.max('part').as('last'))
    .where('request_id', '=', place.request_id)
    .where('system_id', '=', place.system_id)
    .where('round', '=', place.round)
    .where('stream_no', '=', place.stream_no)
    .where('chunk_no', '=', place.chunk_no)
    .where('decision_no', '=', place.decision_no)
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

/** Ids of the entries with an effect that was begun. */
export async function begunEntries(
  db: LedgerReader,
  claimId: ClaimId,
): Promise<ReadonlyMap<RegisterId, 'open' | 'done'>> {
  const rows = await db
    .selectFrom('sweep_effects')
    .select(['entry_id', 'done_at'])
    .where('claim_id', '=', claimId)
    .execute();
  return new Map(rows.map((row) => [row.entry_id, row.done_at === null ? 'open' : 'done']));
}

/** Writes the intent, or finds it: `open` where an earlier attempt has no outcome yet. */
export async function intendSweep(
  trx: LedgerTransaction,
  entry: RegisterRow,
  claimId: ClaimId,
  at: Date,
): Promise<'new' | 'open' | 'done'> {
  const added = await trx
    .insertInto('sweep_effects')
    .values({ entry_id: entry.id, claim_id: claimId, intended_at: at, done_at: null })
    .onConflict((row) => row.columns(['entry_id', 'claim_id']).doNothing())
    .returning('entry_id')
    .executeTakeFirst();
  if (added !== undefined) return 'new';
  const { done_at: doneAt } = await trx
    .selectFrom('sweep_effects')
    .select('done_at')
    .where('entry_id', '=', entry.id)
    .where('claim_id', '=', claimId)
    .executeTakeFirstOrThrow();
  return doneAt === null ? 'open' : 'done';
}

export type SweptCounts = Pick<ReadBack, 'erased' | 'anonymised' | 'absent'>;

/** An entry was taken apart in the middle of its effect: the part that is still in the claim has the same intent. */
export async function passIntentOn(trx: LedgerTransaction, entry: RegisterRow, claimId: ClaimId): Promise<void> {
  await sql`
    insert into sweep_effects (entry_id, claim_id, intended_at)
    select e.id, f.claim_id, f.intended_at from sweep_effects f, register_entries e
    where f.entry_id = ${entry.id} and f.claim_id = ${claimId} and e.claim_id = f.claim_id and e.id <> f.entry_id
      and e.ended_at is null and (e.request_id, e.system_id, e.round, e.stream_no, e.chunk_no, e.decision_no)
        = (${entry.request_id}, ${entry.system_id}, ${entry.round}, ${entry.stream_no}, ${entry.chunk_no}, ${entry.decision_no})
    on conflict (entry_id, claim_id) do nothing`.execute(trx);
}

/** Writes the outcome, once; `internal` where there is no open intent. */
export async function concludeSweep(
  trx: LedgerTransaction,
  effect: { readonly entryId: RegisterId; readonly claimId: ClaimId },
  { changedHands, ...counts }: SweptCounts & { readonly changedHands: number },
  at: Date,
): Promise<void> {
  const row = await trx
    .updateTable('sweep_effects')
    .set({ ...counts, changed_hands: changedHands, done_at: at })
    .where('entry_id', '=', effect.entryId)
    .where('claim_id', '=', effect.claimId)
    .where('done_at', 'is', null)
    .returning('entry_id')
    .executeTakeFirst();
  if (row === undefined) throw new HabeasError('internal', { where: 'outcome without intent' });
}

/** How many records of a claim's entries were another person's when their turn came. */
export async function changedHandsOf(db: LedgerReader, claimId: ClaimId): Promise<ReadonlyMap<RegisterId, number>> {
  const rows = await db
    .selectFrom('sweep_effects')
    .select(['entry_id', 'changed_hands'])
    .where('claim_id', '=', claimId)
    .where('changed_hands', '>', 0)
    .execute();
  return new Map(rows.map((row) => [row.entry_id, row.changed_hands]));
}

/** Where copies of what was erased live on: the page that tells of them, and until when. */
export interface LivingCopies {
  readonly page: { readonly objectName: string; readonly tag: string; readonly bytes: number };
  readonly heldBy: string;
  /** First day on which none is left. */
  readonly goneOn: string;
}

/**
 * Everything of an entry was read back: its effect is booked, once, and the entry ends; what became of it, or undefined where it was
 * booked before. `remains`: of how many records a history still tells. Copies in backups get an entry of their
 * own under the same key, unless some of the records had become another person's: which ones nobody knows.
 */
export async function bookSwept(
  trx: LedgerTransaction,
  entry: RegisterRow,
  { copies, remains }: { readonly copies: LivingCopies | undefined; readonly remains: number },
  at: Date,
): Promise<ReadBack | undefined> {
  const became = await markReadBack(trx, entry, remains, at);
  if (became === undefined) return undefined;
  if (copies !== undefined && became.changedHands === 0) await addCopies(trx, entry, copies, at);
  const { erased, anonymised, absent } = became;
  for (const [what, count] of Object.entries({ erased, anonymised, absent }))
    if (count > 0) await book(trx, entry.id, { what, count, readAs: readAs(what, became) });
  await tellSwept(trx, entry, became, at);
  await endEntry(trx, entry, at);
  return became;
}

/** A decision's records have one evidence: where a history tells of one, all that were anonymised with it are said to be in one. */
const readAs = (what: string, { historyRemains }: ReadBack) =>
  what === 'anonymised' && historyRemains > 0 ? 'history-remains' : 'read-back';

/** Everything was read back after a restore: the books have it already, and the entry waits until its copies lapse. */
export async function noteReplayed(
  trx: LedgerTransaction,
  entry: RegisterRow,
  { since, remains }: { readonly since: Date; readonly remains: number },
  at: Date,
): Promise<void> {
  const became = await markReadBack(trx, entry, remains, at);
  if (became === undefined) return;
  const body = { entry: entry.id, system: entry.system_id, claim: entry.claim_id, since: since.toISOString() };
  await appendAudit(trx, {
    ...{ requestId: entry.request_id, kind: 'erased-again', at },
    body: { ...body, ...told(became) },
  });
  await addLine(trx, entry, { what: 'again', records: entry.count, became }, at);
  await trx
    .updateTable('register_entries')
    .set({ ...outside, code: null })
    .where('id', '=', entry.id)
    .execute();
}

async function addCopies(trx: LedgerTransaction, entry: RegisterRow, { page, heldBy, goneOn }: LivingCopies, at: Date) {
  if (entry.action === null) throw new HabeasError('internal', { where: 'sweep' });
  const { objectName, tag, bytes } = page;
  await addEntries(trx, [
    {
      ...placeOf(entry),
      ...{ id: newId('register'), part: (await lastPart(trx, entry)) + 1, kind: 'backup-copy' },
      ...{ collection: entry.collection, record_class: entry.record_class, count: entry.count },
      ...{ due_on: goneOn, look_on: goneOn, kept_by: heldBy, key_id: entry.key_id },
      ...{ object_name: objectName, tag, bytes, made_at: at, active_at: at, erased_at: at },
      erased_how: JSON.stringify({ action: entry.action, fields: entry.fields ?? [] }),
    },
  ]);
}

async function markReadBack(
  trx: LedgerTransaction,
  entry: RegisterRow,
  remains: number,
  at: Date,
): Promise<ReadBack | undefined> {
  const row = await trx
    .updateTable('sweep_effects')
    .set((it) => ({ read_back_at: at, history_remains: it.fn<number>('least', [it.val(remains), 'anonymised']) }))
    .where('entry_id', '=', entry.id)
    .where('claim_id', '=', entry.claim_id)
    .where('done_at', 'is not', null)
    .where('read_back_at', 'is', null)
    .returning(['erased', 'anonymised', 'absent', 'changed_hands as changedHands', 'history_remains as historyRemains'])
    .executeTakeFirst();
  return row;
}

/** So many records of an entry that expires were read back as gone; it ends with the last of them. */
export async function bookGone(trx: LedgerTransaction, entry: RegisterRow, gone: number, at: Date): Promise<void> {
  if (gone > 0) {
    await book(trx, entry.id, { what: 'erased', count: gone, readAs: 'read-back' });
    await tellSwept(trx, entry, { erased: gone, anonymised: 0, absent: 0, changedHands: 0, historyRemains: 0 }, at);
  }
  if (gone === entry.count) await endEntry(trx, entry, at);
}

const book = (
  trx: LedgerTransaction,
  id: RegisterId,
  { what, count, readAs: as }: { readonly what: string; readonly count: number; readonly readAs: string },
) => sql`select habeas_sweep_book(${id}, ${what}, ${count}, ${as})`.execute(trx);

async function tellSwept(trx: LedgerTransaction, entry: RegisterRow, became: ReadBack, at: Date): Promise<void> {
  const body = { entry: entry.id, system: entry.system_id, kind: entry.kind, claim: entry.claim_id, ...told(became) };
  await appendAudit(trx, { requestId: entry.request_id, kind: 'swept', body, at });
  const { erased, anonymised, absent } = became;
  await addLine(trx, entry, { what: 'done', records: erased + anonymised + absent, became }, at);
}

/** What the request's chain says of it. */
const told = ({ erased, anonymised, absent, historyRemains }: ReadBack) => ({
  ...{ erased, anonymised, absent, evidence: 'read-back' },
  ...(historyRemains === 0 ? {} : { 'history-remains': historyRemains }),
});

async function endEntry(trx: LedgerTransaction, entry: RegisterRow, at: Date): Promise<void> {
  await trx.updateTable('register_entries').set({ ended_at: at, code: null }).where('id', '=', entry.id).execute();
  await completeExpired(trx, entry.request_id, at);
}

/**
 * Completes a request of which nothing waits to expire any more. No workflow of it runs, so the ledger does it alone, through
 * the same guard (`books-unbalanced`).
 */
async function completeExpired(trx: LedgerTransaction, requestId: RequestId, at: Date): Promise<void> {
  const request = await trx
    .selectFrom('requests')
    .select(['state', 'workflow_seq'])
    .where('id', '=', requestId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  if (request.state !== 'awaiting_expiry') return;
  const waiting = await trx
    .selectFrom('dispositions as d')
    .innerJoin('rounds as o', (join) =>
      join
        .onRef('o.request_id', '=', 'd.request_id')
        .onRef('o.system_id', '=', 'd.system_id')
        .onRef('o.round', '=', 'd.round'),
    )
    .select('d.count')
    .where('d.request_id', '=', requestId)
    .where('d.disposition', '=', 'expiring')
    .where('o.superseded', '=', false)
    .executeTakeFirst();
  if (waiting !== undefined) return;
  await trx.updateTable('requests').set({ completed_at: at }).where('id', '=', requestId).execute();
  await enterState(trx, { requestId, state: 'completed', workflowSeq: request.workflow_seq + 1 }, at);
}

/** Pages of entries that have ended and are still there; not while somebody must be told which records were erased by them. */
export function leftovers(db: LedgerReader, limit: number): Promise<RegisterRow[]> {
  return db
    .selectFrom('register_entries')
    .selectAll()
    .where('ended_at', 'is not', null)
    .where('destroyed_at', 'is', null)
    .where((it) => it.not(isUntold('register_entries.claim_id')))
    .orderBy('ended_at')
    .limit(limit)
    .execute();
}

/** Whether a register key still opens a page that is looked at, or that somebody needs to tell a recipient. */
export async function opensMore(db: LedgerReader, keyId: KeyId): Promise<boolean> {
  const row = await db
    .selectFrom('register_entries')
    .select('id')
    .where('key_id', '=', keyId)
    .where('destroyed_at', 'is', null)
    .where((it) => it.or([it('ended_at', 'is', null), isUntold('register_entries.claim_id')]))
    .executeTakeFirst();
  return row !== undefined;
}

export async function markDestroyed(
  trx: LedgerTransaction,
  entry: RegisterRow,
  isKeyDestroyed: boolean,
  at: Date,
): Promise<void> {
  const row = await trx
    .updateTable('register_entries')
    .set({ destroyed_at: at })
    .where('id', '=', entry.id)
    .where('destroyed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  // Two workers may have destroyed it at once; it is told once.
  if (row === undefined) return;
  const body = { entry: entry.id, 'register-key': isKeyDestroyed ? entry.key_id : null, evidence: 'read-back' };
  await appendAudit(trx, { requestId: entry.request_id, kind: 'register-destroyed', body, at });
}

/**
 * What the sweep has done for one request, in order. Counts were read back. A receipt states their sums, and is made anew only
 * while the case file lives: what is swept later stands in the books, on the audit chain and on the batch's own receipt.
 */
export async function sweptOf(db: LedgerReader, requestId: RequestId) {
  const rows = await db
    .selectFrom('sweep_effects as f')
    .innerJoin('register_entries as e', 'e.id', 'f.entry_id')
    .innerJoin('sweep_claims as c', 'c.id', 'f.claim_id')
    .select(['e.id', 'e.system_id', 'e.round', 'e.collection', 'e.record_class', 'e.kept_by', 'e.due_on'])
    .select([
      'c.id as claim_id',
      'c.as_of',
      'f.erased',
      'f.anonymised',
      'f.absent',
      'f.history_remains',
      'f.read_back_at',
    ])
    .where('e.request_id', '=', requestId)
    .where('e.kind', '<>', 'backup-copy')
    .where('f.read_back_at', 'is not', null)
    .orderBy('f.read_back_at')
    .orderBy('e.id')
    .execute();
  return rows.map((row) => ({
    entryId: row.id,
    claimId: row.claim_id,
    systemId: row.system_id,
    round: row.round,
    collection: row.collection,
    recordClass: row.record_class,
    /** The laws that kept it until its day. */
    keptBy: row.kept_by,
    /** First day on which it was allowed to go. */
    dueOn: row.due_on,
    asOf: row.as_of,
    ...{ erased: row.erased, anonymised: row.anonymised, absent: row.absent, evidence: 'read-back' as const },
    /** Of the anonymised: a history of the system still tells what was there. */
    historyRemains: row.history_remains,
    at: row.read_back_at,
  }));
}
