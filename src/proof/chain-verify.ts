/**
 * The audit chain of an evidence pack, checked alone and against its anchors, by the same hashes as the ledger's own check.
 * Findings are data. Pure.
 */
import { anchorHash, parseHeads } from '../ledger/anchor-form.ts';
import { auditHash, genesis } from '../ledger/audit.ts';
import type { Evidence } from './evidence-schema.ts';

export interface ChainFinding {
  readonly kind: 'audit-edited' | 'audit-removed' | 'anchor-edited' | 'anchor-differs';
  readonly where: string;
}

export interface CheckedChain {
  readonly findings: readonly ChainFinding[];
  /** Rows up to this one are linked by an anchor; null where none is yet. */
  readonly anchoredTo: number | null;
}

/** The chain of a request, or of a batch by its id. */
export function verifyChain(evidence: {
  readonly request: { readonly id: string };
  readonly audit: Evidence['audit'];
}): CheckedChain {
  const { rows, anchors } = evidence.audit;
  const requestId = evidence.request.id;
  const findings: ChainFinding[] = [];
  let before = { seq: 0, hash: genesis };
  for (const { seq, at, kind, body, prev, hash } of rows) {
    if (seq !== before.seq + 1) findings.push({ kind: 'audit-removed', where: `row ${before.seq + 1}` });
    const own = auditHash({ request_id: requestId, seq, at: new Date(at), kind, body, prev_hash: prev });
    if (own !== hash || (seq === before.seq + 1 && prev !== before.hash))
      findings.push({ kind: 'audit-edited', where: `row ${seq}` });
    before = { seq, hash };
  }
  const hashes = new Map(rows.map((row) => [row.seq, row.hash]));
  let anchoredTo: number | null = null;
  for (const { no, at, heads, prev, hash } of anchors) {
    const where = `anchor ${no}`;
    if (anchorHash({ no, at: new Date(at), heads, prev_hash: prev }) !== hash)
      findings.push({ kind: 'anchor-edited', where });
    const head = parseHeads(heads)?.find((one) => one.requestId === requestId);
    if (head === undefined || hashes.get(head.seq) !== head.hash) findings.push({ kind: 'anchor-differs', where });
    else anchoredTo = Math.max(anchoredTo ?? 0, head.seq);
  }
  return { findings, anchoredTo };
}

/** Bodies of the rows of a kind, with their numbers. A body that is not JSON has no members. */
export function bodiesOf({ audit }: Pick<Evidence, 'audit'>, kind: string) {
  return audit.rows.filter((row) => row.kind === kind).map(({ seq, body }) => ({ seq, body: parsed(body) }));
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
