/**
 * The audit chain: one per request and one named `system`, each row's hash over its own canonical form and the hash
 * before it. Rows are appended inside the transaction of what they tell, and carry ids, slugs, counts, hashes, dates and
 * codes only (`audit-unsafe` otherwise), so that chains can be shown to anybody and verify after every key is destroyed.
 * audit-verify.ts reads them back; anchors.ts makes truncation show.
 */
import { sql } from 'kysely';
import { HabeasError } from '../errors.ts';
import { type ClaimId, idPattern, type RequestId, slugPattern } from '../ids.ts';
import { canonicalJson, sha256Hex } from '../security/canonical.ts';
import type { LedgerTransaction } from './open.ts';

/** A request's chain, that of a claim of the sweep, and that of what belongs to neither: systems paused, ledger events. */
export type ChainId = RequestId | ClaimId | 'system';

/** Id, slug, count, hash, date, instant or code; several of them; nothing else. */
export type AuditValue = string | number | boolean | null;
export type AuditBody = Readonly<Record<string, AuditValue | readonly AuditValue[]>>;

export interface AuditEntry {
  readonly requestId: ChainId;
  /** A slug: what happened. */
  readonly kind: string;
  readonly body: AuditBody;
  /** From the injected clock. */
  readonly at: Date;
}

/** What comes before the first row of a chain. */
export const genesis = '0'.repeat(64);

/** Appends one row to a chain, in the caller's transaction; other appenders to this chain wait for its end. */
export async function appendAudit(trx: LedgerTransaction, entry: AuditEntry): Promise<{ seq: number; hash: string }> {
  assertSafe(entry);
  await sql`select pg_advisory_xact_lock(${auditLockClass}, hashtext(${entry.requestId}))`.execute(trx);
  const head = await trx
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .where('request_id', '=', entry.requestId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const row = {
    request_id: entry.requestId,
    seq: (head?.seq ?? 0) + 1,
    at: entry.at,
    kind: entry.kind,
    body: canonicalJson(entry.body),
    prev_hash: head?.hash ?? genesis,
  };
  const hash = auditHash(row);
  await trx
    .insertInto('audit')
    .values({ ...row, hash })
    .execute();
  return { seq: row.seq, hash };
}

/** The hash of a row: SHA-256 over its canonical form, the hash before it included. */
export function auditHash(row: {
  readonly request_id: string;
  readonly seq: number;
  readonly at: Date;
  readonly kind: string;
  readonly body: string;
  readonly prev_hash: string;
}): string {
  const form = ['habeas audit v1', row.request_id, row.seq, row.at.toISOString(), row.kind, row.body, row.prev_hash];
  return sha256Hex(canonicalJson(form));
}

/** First number of the advisory locks on chains; the second is the chain's. */
const auditLockClass = 422_328;

const shapes: readonly RegExp[] = [
  idPattern,
  slugPattern,
  /^[0-9a-f]{32,64}$/,
  /^\d{4}-\d{2}-\d{2}$/,
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
];

function assertSafe(entry: AuditEntry): void {
  const { requestId, kind, body } = entry;
  if (!slugPattern.test(kind)) throw new HabeasError('audit-unsafe', { where: 'kind' });
  if (requestId !== 'system' && !idPattern.test(requestId)) throw new HabeasError('audit-unsafe', { where: kind });
  for (const [name, value] of Object.entries(body)) {
    // Names are written by the program; values are what could carry something.
    const several: readonly AuditValue[] = isList(value) ? value : [value];
    if (!several.every(isSafe)) throw new HabeasError('audit-unsafe', { where: `${kind}.${name}` });
  }
}

function isSafe(value: AuditValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'string' || shapes.some((shape) => shape.test(value));
}

function isList(value: AuditValue | readonly AuditValue[]): value is readonly AuditValue[] {
  return Array.isArray(value);
}
