/**
 * What the sweep does with entries of the register that are not erased now: leaves one for a later day, notes what is to be done, takes
 * a page apart. What leaves a claim is a line of it (sweep-lines.ts), and stands on the request's audit chain.
 */
import { sql } from 'kysely';
import { type ErrorCode, HabeasError } from '../errors.ts';
import type { RegisterId } from '../ids.ts';
import type { RecordDecision } from '../policy/erasure/index.ts';
import type { SweepQuestion } from '../policy/sweep.ts';
import { appendAudit } from './audit.ts';
import type { LedgerTransaction } from './open.ts';
import { addEntries, type RegisterRow } from './register.ts';
import { addLine } from './sweep-lines.ts';

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

/** Columns of an entry that is in no claim. */
export const outside = { claim_id: null, action: null, fields: null, asks: '[]' } as const;

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

/** Where its records were in their round. */
export const placeOf = (entry: RegisterRow) => ({
  ...{ request_id: entry.request_id, system_id: entry.system_id, round: entry.round },
  ...{ stream_no: entry.stream_no, chunk_no: entry.chunk_no, decision_no: entry.decision_no },
});

/** The highest number of a page of the entry's place. */
export async function lastPart(trx: LedgerTransaction, entry: RegisterRow): Promise<number> {
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
