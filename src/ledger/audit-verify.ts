/**
 * Reads the audit back and says what was done to it: a row edited, removed or moved, a chain cut short, an anchor missing
 * or different in the database or in the object storage. Chains verify alone; that a chain's end is missing shows only
 * against something kept elsewhere: an anchor under Object Lock, or a head that was shown to somebody. Needs no key.
 * Memory is bounded by the longest chain and the anchors' heads.
 */
import type { Storage } from '../storage/objects.ts';
import {
  type AnchorRow,
  anchorHash,
  anchorNumber,
  anchorPrefix,
  anchorText,
  type Head,
  parseAnchorHeads,
  parseHeads,
} from './anchor-form.ts';
import { auditHash, genesis } from './audit.ts';
import { ledgerId } from './migrate.ts';
import type { LedgerReader } from './open.ts';

/** What can be found, each with its sentence for an operator. */
export const auditFindings = {
  edited: 'The row was changed after it was written: its hash is not that of its content.',
  removed: 'Rows are missing from the chain: their numbers are gone.',
  reordered: 'Rows were moved: a row’s number and the hash before it do not belong together.',
  truncated: 'The end of the chain is missing: an anchor, or a head shown earlier, lies beyond it.',
  rewritten: 'The chain was written anew: it holds together but differs from an anchor or a head shown earlier.',
  'anchor-edited': 'An anchor was changed after it was written.',
  'anchor-missing-in-ledger': 'An anchor lies in the object storage but not in the ledger.',
  'anchor-missing-in-storage': 'An anchor lies in the ledger but not in the object storage.',
  'anchor-differs': 'An anchor in the object storage differs from the one in the ledger.',
} as const;

export interface AuditFinding {
  readonly kind: keyof typeof auditFindings;
  /** Chain (a request's id or `system`), or null for an anchor. */
  readonly requestId: string | null;
  /** Number of the first row (or of the anchor) concerned. */
  readonly seq: number;
}

export interface AuditReport {
  readonly chains: number;
  readonly rows: number;
  readonly anchors: number;
  /** Anchors on their way to the object storage. */
  readonly pending: number;
  /** Whether anchors were compared with the object storage. */
  readonly comparedStorage: boolean;
  readonly findings: readonly AuditFinding[];
}

export interface VerifyOptions {
  readonly db: LedgerReader;
  readonly storage?: { readonly client: Pick<Storage, 'list' | 'get'>; readonly bucket: string } | undefined;
  /** Only this chain (and all anchors). */
  readonly requestId?: string | undefined;
  /** Heads kept from `requests show --json`, a package's manifest or a receipt. */
  readonly heads?: readonly Head[] | undefined;
}

/** Verifies chains, anchors and heads. Findings are data; only an unreachable ledger or storage throws. */
export async function verifyAudit(options: VerifyOptions): Promise<AuditReport> {
  const { db, requestId } = options;
  const findings: AuditFinding[] = [];
  // A worker may be anchoring meanwhile: row, object, note that the object is there. Read the other way round, each finds its own.
  const written = new Set((await db.selectFrom('anchor_objects').select('no').execute()).map((row) => row.no));
  const stored = options.storage === undefined ? undefined : await storedAnchors(options.storage, await ledgerId(db));
  const anchors = await db.selectFrom('audit_anchors').selectAll().orderBy('no').execute();
  const heads: Head[] = [...(options.heads ?? [])];
  let previous: { readonly no: number; readonly hash: string } = { no: 0, hash: genesis };
  for (const anchor of anchors) {
    const linked = parseHeads(anchor.heads);
    if (anchor.no !== previous.no + 1)
      findings.push({ kind: 'anchor-missing-in-ledger', requestId: null, seq: previous.no + 1 });
    else if (anchor.prev_hash !== previous.hash)
      findings.push({ kind: 'anchor-edited', requestId: null, seq: anchor.no });
    if (linked === undefined || anchorHash(anchor) !== anchor.hash)
      findings.push({ kind: 'anchor-edited', requestId: null, seq: anchor.no });
    heads.push(...(linked ?? []));
    previous = anchor;
  }
  let pending = 0;
  if (stored !== undefined) {
    const newest = Math.max(0, ...stored.keys());
    // The job writes the row first: an anchor newer than any object, never said to be written, is still on its way.
    const due = anchors.filter((anchor) => anchor.no <= newest || written.has(anchor.no));
    pending = anchors.length - due.length;
    findings.push(...compareAnchors(anchors, due, stored));
    for (const text of stored.values()) heads.push(...(parseAnchorHeads(text) ?? []));
  }
  const expected = new Map<string, Head[]>();
  for (const head of heads) {
    if (requestId !== undefined && head.requestId !== requestId) continue;
    expected.set(head.requestId, [...(expected.get(head.requestId) ?? []), head]);
  }
  const chains = await chainIds(db, requestId);
  let rows = 0;
  for (const chain of new Set([...chains, ...expected.keys()])) {
    const found = await verifyChain(db, chain, expected.get(chain) ?? []);
    rows += found.rows;
    findings.push(...found.findings);
  }
  const comparedStorage = options.storage !== undefined;
  return {
    chains: chains.length,
    rows,
    anchors: anchors.length,
    pending,
    comparedStorage,
    findings: distinct(findings),
  };
}

async function storedAnchors(
  storage: NonNullable<VerifyOptions['storage']>,
  id: string,
): Promise<ReadonlyMap<number, string>> {
  const stored = new Map<number, string>();
  for await (const { name } of storage.client.list(storage.bucket, anchorPrefix(id))) {
    const no = anchorNumber(name);
    if (no !== undefined) stored.set(no, (await storage.client.get(storage.bucket, name)).toString('utf8'));
  }
  return stored;
}

function compareAnchors(
  anchors: readonly AnchorRow[],
  due: readonly AnchorRow[],
  stored: ReadonlyMap<number, string>,
): readonly AuditFinding[] {
  const rows = new Set(anchors.map((anchor) => anchor.no));
  const lost = [...stored.keys()].filter((no) => !rows.has(no));
  const findings: AuditFinding[] = lost.map((seq) => ({ kind: 'anchor-missing-in-ledger', requestId: null, seq }));
  for (const anchor of due) {
    const text = stored.get(anchor.no);
    if (text === undefined) findings.push({ kind: 'anchor-missing-in-storage', requestId: null, seq: anchor.no });
    else if (text !== anchorText(anchor)) findings.push({ kind: 'anchor-differs', requestId: null, seq: anchor.no });
  }
  return findings;
}

function distinct(findings: readonly AuditFinding[]): readonly AuditFinding[] {
  return [...new Map(findings.map((one) => [`${one.kind} ${one.requestId} ${one.seq}`, one])).values()];
}

async function chainIds(db: LedgerReader, requestId: string | undefined): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('audit')
    .select('request_id')
    .distinct()
    .$if(requestId !== undefined, (all) => all.where('request_id', '=', requestId ?? ''))
    .orderBy('request_id')
    .execute();
  return rows.map((row) => row.request_id);
}

/** One chain: rows against themselves and each other, then heads against rows. */
async function verifyChain(
  db: LedgerReader,
  chain: string,
  heads: readonly Head[],
): Promise<{ readonly rows: number; readonly findings: readonly AuditFinding[] }> {
  const rows = await db.selectFrom('audit').selectAll().where('request_id', '=', chain).orderBy('seq').execute();
  const findings: AuditFinding[] = [];
  const report = (kind: AuditFinding['kind'], seq: number) => findings.push({ kind, requestId: chain, seq });
  const hashes = new Set(rows.map((row) => row.hash));
  /** Whole but for its number: it stood at another place of this chain. */
  const wasMoved = (row: (typeof rows)[number]) =>
    rows.some((other) => other.seq !== row.seq && auditHash({ ...row, seq: other.seq }) === row.hash);
  let previous: { readonly seq: number; readonly hash: string } = { seq: 0, hash: genesis };
  for (const row of rows) {
    const follows = row.seq === previous.seq + 1;
    if (!follows) report('removed', previous.seq + 1);
    if (auditHash(row) !== row.hash) report(wasMoved(row) ? 'reordered' : 'edited', row.seq);
    // The row is whole but does not continue the one before it. After a gap it cannot; else the one before it was given
    // another content and hash, or this one came from elsewhere in the chain.
    else if (follows && row.prev_hash !== previous.hash)
      report(hashes.has(row.prev_hash) ? 'reordered' : 'edited', Math.max(1, previous.seq));
    previous = row;
  }
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  for (const head of heads) {
    const row = bySeq.get(head.seq);
    if (row === undefined && head.seq > previous.seq) report('truncated', head.seq);
    if (row !== undefined && row.hash !== head.hash && findings.length === 0) report('rewritten', head.seq);
  }
  return { rows: rows.length, findings };
}
