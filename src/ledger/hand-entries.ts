/**
 * Entries of the register about what a person keeps by hand: one a collection and ground, with the count that the person gave, and a
 * sealed page that says by what to look. The sweep erases none of them: when their day has come a person is asked, once a system and
 * reading, and the answer settles them through functions of the database. Each change stands on the request's audit chain.
 */
import { sql } from 'kysely';
import { HabeasError } from '../errors.ts';
import { type DecisionId, type KeyId, newId, type RegisterId, type TaskId } from '../ids.ts';
import { addDays, type CivilDate } from '../policy/clock/civil-date.ts';
import type { KeptByHand } from '../policy/kept-by-hand.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import { addEntries, type RegisterRow } from './register.ts';
import type { RoundKey } from './rounds.ts';
import { restingStates } from './states.ts';

/** A page that lies in the bucket, and under which key. */
export interface HandPage {
  readonly keyId: KeyId;
  readonly objectName: string;
  readonly tag: string;
  readonly bytes: number;
}

/** So many records of a collection that a person keeps until a day; as the books have them. */
export interface HandKept {
  readonly streamNo: number;
  readonly decisionNo: number;
  readonly collection: string;
  readonly recordClass: string;
  readonly count: number;
  readonly kept: KeptByHand;
  readonly page: HandPage | undefined;
}

/** What no date ends is not looked at again: nothing but a person here can know when it has ended. */
export async function enterHandKept(
  trx: LedgerTransaction,
  { requestId, systemId, round }: RoundKey,
  all: readonly HandKept[],
  at: Date,
): Promise<void> {
  await addEntries(
    trx,
    all.flatMap(({ kept, page, ...of }) => {
      if (kept.until === null) return [];
      if (page === undefined) throw new HabeasError('internal', { where: 'by hand' });
      const dueOn = addDays(kept.until, 1);
      return [
        {
          ...{ id: newId('register'), request_id: requestId, system_id: systemId, round, kind: 'by-hand' as const },
          ...{ stream_no: of.streamNo, chunk_no: 0, decision_no: of.decisionNo },
          ...{ collection: of.collection, record_class: of.recordClass, count: of.count },
          ...{ due_on: dueOn, look_on: dueOn, kept_by: kept.keptBy, key_id: page.keyId },
          ...{ object_name: page.objectName, tag: page.tag, bytes: page.bytes, made_at: at, active_at: at },
        },
      ];
    }),
  );
}

/** A later answer takes the place of these: what they kept is in it. */
export async function endSuperseded(trx: LedgerTransaction, rounds: readonly RoundKey[], at: Date): Promise<void> {
  for (const { requestId, systemId, round } of rounds)
    await trx
      .updateTable('register_entries')
      .set({ ended_at: at })
      .where('request_id', '=', requestId)
      .where('system_id', '=', systemId)
      .where('round', '=', round)
      .where('kind', '=', 'by-hand')
      .where('ended_at', 'is', null)
      .execute();
}

/**
 * Entries whose day has come and about which nobody is asked, of requests that no workflow is at work on and of systems about which no
 * such question of the request is open; those of one reading of a system behind each other, the earliest first.
 */
export function dueByHand(db: LedgerReader, today: string, limit?: number): Promise<RegisterRow[]> {
  return (
    db
      .selectFrom('register_entries as e')
      .innerJoin('requests as r', 'r.id', 'e.request_id')
      .selectAll('e')
      .where('e.kind', '=', 'by-hand')
      .where('e.active_at', 'is not', null)
      .where('e.ended_at', 'is', null)
      .where('e.task_id', 'is', null)
      .where('e.count', '>', 0)
      .where('e.look_on', '<=', today)
      .where('r.state', 'in', [...restingStates])
      // These wait for the end of that question, and must not take the place of others.
      .where((it) =>
        it.not(
          it.exists(
            it
              .selectFrom('tasks as t')
              .select('t.id')
              .whereRef('t.request_id', '=', 'e.request_id')
              .whereRef('t.system_id', '=', 'e.system_id')
              .where('t.code', '=', 'kept-due')
              .where('t.closed_at', 'is', null),
          ),
        ),
      )
      .orderBy('e.request_id')
      .orderBy('e.system_id')
      .orderBy('e.round')
      .orderBy('e.due_on')
      .orderBy('e.id')
      .$if(limit !== undefined, (all) => all.limit(limit ?? 0))
      .execute()
  );
}

/** Entries that one question is about, in a fixed order. */
export function askedEntries(db: LedgerReader, taskId: TaskId): Promise<RegisterRow[]> {
  return db
    .selectFrom('register_entries')
    .selectAll()
    .where('task_id', '=', taskId)
    .where('ended_at', 'is', null)
    .orderBy('collection')
    .orderBy('id')
    .execute();
}

/** A question is open about these from now on; false where somebody asked first. */
export async function markAsked(trx: LedgerTransaction, ids: readonly RegisterId[], taskId: TaskId): Promise<boolean> {
  const rows = await trx
    .updateTable('register_entries')
    .set({ task_id: taskId, code: null })
    .where(sql<boolean>`id = any(${ids})`)
    .where('task_id', 'is', null)
    .where('ended_at', 'is', null)
    .returning('id')
    .execute();
  return rows.length === ids.length;
}

/** What a person says of one entry: the parts add up to its count. */
export interface HandSettled {
  readonly entryId: RegisterId;
  readonly erased: number;
  readonly anonymised: number;
  readonly absent: number;
  /** Of the rest: why, and until when. */
  readonly kept: KeptByHand | undefined;
}

/** Settles an entry by an answer to the question about it. `ledger-conflict` where it is not what was asked about any more. */
export async function settleHandKept(
  trx: LedgerTransaction,
  { entryId, kept, ...became }: HandSettled,
  answered: { readonly taskId: TaskId; readonly decisionId: DecisionId; readonly at: Date },
): Promise<void> {
  const { taskId, decisionId, at } = answered;
  const entry = await trx
    .selectFrom('register_entries')
    .selectAll()
    .where('id', '=', entryId)
    .where('task_id', '=', taskId)
    .where('ended_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  const gone = became.erased + became.anonymised + became.absent;
  if (entry === undefined || gone > entry.count || gone < entry.count === (kept === undefined))
    throw new HabeasError('ledger-conflict');
  for (const [what, count] of Object.entries(became))
    if (count > 0) await sql`select habeas_hand_book(${entryId}, ${what}, ${count}, ${decisionId})`.execute(trx);
  const left = entry.count - gone;
  const dueOn = kept === undefined ? null : await keepOn(trx, entry, kept, decisionId);
  if (left === 0) await trx.updateTable('register_entries').set({ ended_at: at }).where('id', '=', entryId).execute();
  const body = { entry: entryId, system: entry.system_id, task: taskId, decision: decisionId, ...became };
  await appendAudit(trx, {
    ...{ requestId: entry.request_id, kind: 'settled-by-hand', at },
    body: { ...body, kept: left, evidence: 'attested', ...(dueOn === null ? {} : { due: dueOn, was: entry.due_on }) },
  });
}

/** The first day on which people are asked again. */
async function keepOn(
  trx: LedgerTransaction,
  entry: RegisterRow,
  { disposition, reason, exception, refusal, keptBy, until }: KeptByHand,
  decisionId: DecisionId,
): Promise<CivilDate> {
  if (until === null) throw new HabeasError('internal', { where: 'by hand' });
  await sql`select habeas_hand_keep(${entry.id}, ${decisionId}, ${disposition}, ${reason}, ${exception}, ${refusal},
    ${keptBy}, ${until})`.execute(trx);
  const dueOn = addDays(until, 1);
  await trx
    .updateTable('register_entries')
    .set({ due_on: dueOn, look_on: dueOn, kept_by: keptBy, code: null, task_id: null })
    .where('id', '=', entry.id)
    .execute();
  return dueOn;
}
