/**
 * The journal of the sweep: an effect's intent, outcome and reading back, and the end of its entry when nothing of it is left. Books
 * move only by what was read back, through the database's own function. The last entry of a request that waited to expire completes the
 * request.
 */
import { sql } from 'kysely';
import { HabeasError } from '../errors.ts';
import { type ClaimId, newId, type RegisterId, type RequestId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import { enterState } from './enter-state.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { addEntries, type RegisterRow } from './register.ts';
import { lastPart, outside, placeOf } from './sweep-entries.ts';
import { addLine, type ReadBack } from './sweep-lines.ts';

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
    if (count > 0) await book(trx, entry.id, what, count);
  await tellSwept(trx, entry, became, at);
  await endEntry(trx, entry, at);
  return became;
}

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
    await book(trx, entry.id, 'erased', gone);
    await tellSwept(trx, entry, { erased: gone, anonymised: 0, absent: 0, changedHands: 0, historyRemains: 0 }, at);
  }
  if (gone === entry.count) await endEntry(trx, entry, at);
}

/** How many records of an entry the sweep has read back as gone or cut down, in every batch that it was in. */
export async function goneOf(db: LedgerReader, entryId: RegisterId): Promise<number> {
  const { gone } = await db
    .selectFrom('sweep_lines')
    .select((it) => it.fn.sum<string>(it('erased', '+', it.ref('anonymised'))).as('gone'))
    .where('entry_id', '=', entryId)
    .where('what', '=', 'done')
    .executeTakeFirstOrThrow();
  return Number(gone ?? 0);
}

const book = (trx: LedgerTransaction, id: RegisterId, became: string, count: number) =>
  sql`select habeas_sweep_book(${id}, ${became}, ${count})`.execute(trx);

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
