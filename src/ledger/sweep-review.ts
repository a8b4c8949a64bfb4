/**
 * Entries of the register whose day was computed by another policy than today's: found by index, system by system, and what a
 * review notes of them. What waits for its day only: an entry that is due, or that no date ends, is decided under today's rules
 * whenever it is looked at. A day that moves stands on the request's audit chain.
 */
import { sql } from 'kysely';
import type { SystemId } from '../ids.ts';
import { appendAudit } from './audit.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RegisterRow } from './register.ts';
import { movedTo } from './sweep-entries.ts';

export interface Reviewing {
  readonly systemId: SystemId;
  /** The policy of today. */
  readonly policySha256: string;
  readonly today: string;
}

const reviewed = sql<boolean>`active_at is not null and ended_at is null and claim_id is null
  and kind in ('retained', 'not-yet')`;

/**
 * Up to `limit` entries that no review under today's policy has seen, on either side of it in the index. `after`: past this one, for
 * whoever only looks and notes nothing.
 */
export function unreviewed(
  db: LedgerReader,
  { systemId, policySha256 }: Pick<Reviewing, 'systemId' | 'policySha256'>,
  side: '<' | '>',
  limit: number,
  after?: Pick<RegisterRow, 'policy_sha256' | 'id'>,
) {
  return db
    .selectFrom('register_entries')
    .selectAll()
    .where(reviewed)
    .where('system_id', '=', systemId)
    .where('policy_sha256', side, policySha256)
    .$if(after !== undefined, (rows) =>
      rows.where(sql<boolean>`(policy_sha256, id) > (${after?.policy_sha256 ?? ''}, ${after?.id ?? ''})`),
    )
    .orderBy('policy_sha256')
    .orderBy('id')
    .limit(limit);
}

/** What a review found of one entry. */
export interface Reviewed {
  /** When to look; null: as before. */
  readonly lookOn: string | null;
  /** A duty that became longer: its new day and what keeps it. */
  readonly moved: { readonly dueOn: string; readonly keptBy: string | null } | null;
}

/** Notes it, unless a claim has taken the entry meanwhile. */
export async function noteReviewed(
  trx: LedgerTransaction,
  entry: RegisterRow,
  policySha256: string,
  { lookOn, moved }: Reviewed,
  at: Date,
): Promise<void> {
  const row = await trx
    .updateTable('register_entries')
    .set({
      policy_sha256: policySha256,
      ...(lookOn === null ? {} : { look_on: lookOn }),
      ...(moved === null ? {} : movedTo(entry, moved, at)),
    })
    .where('id', '=', entry.id)
    .where(reviewed)
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return;
  const body = { entry: entry.id, system: entry.system_id, records: entry.count };
  const of = { requestId: entry.request_id, at };
  if (moved !== null)
    await appendAudit(trx, {
      ...{ ...of, kind: 'retention-moved' },
      body: { ...body, due: moved.dueOn, was: entry.due_on },
    });
  else if (lookOn !== null && lookOn !== entry.look_on && entry.due_on !== null && lookOn < entry.due_on)
    await appendAudit(trx, {
      ...{ ...of, kind: 'retention-shortened' },
      body: { ...body, due: entry.due_on, look: lookOn },
    });
}
