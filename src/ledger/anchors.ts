/**
 * The anchor job: links the audit chains' heads into a chain of their own and writes each link to the object storage
 * under Object Lock, where nobody can take it back; truncating or rewriting a chain then shows (audit-verify.ts). One
 * runs at a time (advisory lock); another one finds nothing to do. Crash-safe: the row first, then its object; an object
 * that was not written is written by the next run. Fails with `ledger-…` and `storage-…` codes.
 */
import { sql } from 'kysely';
import type { Storage } from '../storage/objects.ts';
import { anchorHash, anchorName, anchorText, type Head, headsText } from './anchor-form.ts';
import { genesis } from './audit.ts';
import { ledgerId } from './migrate.ts';
import type { Ledger, LedgerTransaction } from './open.ts';

export interface AnchorJob {
  readonly ledger: Ledger;
  readonly storage: Pick<Storage, 'put' | 'putLocked'>;
  readonly bucket: string;
  readonly now: () => Date;
  /** Until when the storage refuses to remove an anchor; without, it is written unlocked and protects less. */
  readonly retainUntil?: Date | undefined;
}

export interface AnchorOutcome {
  /** The new anchor's number; null where no chain had grown. */
  readonly no: number | null;
  /** Chains whose heads it links. */
  readonly heads: number;
  /** Objects written, those of earlier runs included. */
  readonly written: number;
  /** Another process was at it. */
  readonly busy: boolean;
}

const anchorLock = 422_329;

/** Anchors what grew, then writes every anchor object that is missing. */
export async function anchorHeads(job: AnchorJob): Promise<AnchorOutcome> {
  const { db } = job.ledger;
  const id = await ledgerId(db);
  const linked = await db.transaction().execute(async (trx) => {
    if (!(await alone(trx))) return undefined;
    return link(trx, id, job.now());
  });
  if (linked === undefined) return { no: null, heads: 0, written: 0, busy: true };
  const written = await db.transaction().execute(async (trx) => {
    if (!(await alone(trx))) return 0;
    return writeMissing(trx, job);
  });
  return { ...linked, written, busy: false };
}

async function alone(trx: LedgerTransaction): Promise<boolean> {
  const lock = await sql<{ got: boolean }>`select pg_try_advisory_xact_lock(${anchorLock}) as got`.execute(trx);
  return lock.rows[0]?.got === true;
}

async function link(trx: LedgerTransaction, id: string, at: Date): Promise<{ no: number | null; heads: number }> {
  const grown = await sql<Head>`
    select c.id as "requestId", h.seq, h.hash
    from (select id from requests union all select id from sweep_claims union all select 'system') c
    cross join lateral (select seq, hash from audit where request_id = c.id order by seq desc limit 1) h
    left join audit_anchored n on n.request_id = c.id
    where h.seq > coalesce(n.seq, 0)
    order by c.id`.execute(trx);
  if (grown.rows.length === 0) return { no: null, heads: 0 };
  const last = await trx
    .selectFrom('audit_anchors')
    .select(['no', 'hash'])
    .orderBy('no', 'desc')
    .limit(1)
    .executeTakeFirst();
  const no = (last?.no ?? 0) + 1;
  const anchor = { no, at, heads: headsText(grown.rows), prev_hash: last?.hash ?? genesis };
  const row = { ...anchor, hash: anchorHash(anchor), object_name: anchorName(id, no) };
  await trx.insertInto('audit_anchors').values(row).execute();
  await trx
    .insertInto('audit_anchored')
    .values(grown.rows.map(({ requestId, seq }) => ({ request_id: requestId, seq })))
    .onConflict((it) => it.column('request_id').doUpdateSet((row_) => ({ seq: row_.ref('excluded.seq') })))
    .execute();
  return { no, heads: grown.rows.length };
}

async function writeMissing(trx: LedgerTransaction, job: AnchorJob): Promise<number> {
  const missing = await trx
    .selectFrom('audit_anchors as a')
    .leftJoin('anchor_objects as o', 'o.no', 'a.no')
    .selectAll('a')
    .where('o.no', 'is', null)
    .orderBy('a.no')
    .limit(100)
    .execute();
  for (const anchor of missing) {
    const bytes = Buffer.from(anchorText(anchor));
    const { retainUntil } = job;
    if (retainUntil === undefined) await job.storage.put(job.bucket, anchor.object_name, bytes);
    else await job.storage.putLocked(job.bucket, anchor.object_name, bytes, { retainUntil });
    await trx.insertInto('anchor_objects').values({ no: anchor.no, at: job.now() }).execute();
  }
  return missing.length;
}
