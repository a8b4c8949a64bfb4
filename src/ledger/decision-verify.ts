/**
 * Compares the decisions of people with the audit chain, which holds the hashes of each statement, signature and sealed
 * reason: says which decision was changed, removed, or put in without a trace. Reads only, needs no key, knows nothing of
 * who the people are now (a key may have been replaced since; the chain says what was verified when it was signed).
 * Findings are data; only an unreachable ledger throws. Bounded memory: pages of audit rows.
 */
import { sql } from 'kysely';
import { sha256Hex } from '../security/canonical.ts';
import type { LedgerReader } from './open.ts';

/** What can be found, each with its sentence for an operator. */
export const decisionFindings = {
  'decision-altered':
    'A decision is not the one the audit chain has: its statement, signature, answer or person was changed.',
  'decision-removed': 'A decision is on the audit chain but not in the ledger any more.',
  'decision-unaudited': 'A decision is in the ledger that is not on the audit chain.',
} as const;

export interface DecisionFinding {
  readonly kind: keyof typeof decisionFindings;
  /** Chain: a request's id or `system`. */
  readonly requestId: string;
  /** Audit row of the decision; 0 for one that has none. */
  readonly seq: number;
}

const pageRows = 500;

/** All decisions, or those of one request. */
export async function verifyDecisions(db: LedgerReader, requestId?: string): Promise<readonly DecisionFinding[]> {
  const findings: DecisionFinding[] = [];
  let after: { readonly request_id: string; readonly seq: number } = { request_id: '', seq: 0 };
  for (;;) {
    const from = after;
    const page = await db
      .selectFrom('audit')
      .select(['request_id', 'seq', 'body'])
      .where('kind', '=', 'decision')
      .where(sql<boolean>`(request_id, seq) > (${from.request_id}, ${from.seq})`)
      .$if(requestId !== undefined, (all) => all.where('request_id', '=', requestId ?? ''))
      .orderBy('request_id')
      .orderBy('seq')
      .limit(pageRows)
      .execute();
    const last = page.at(-1);
    if (last === undefined) break;
    after = last;
    findings.push(...(await comparePage(db, page)));
  }
  return [...findings, ...(await unaudited(db, requestId))];
}

async function comparePage(
  db: LedgerReader,
  page: readonly { readonly request_id: string; readonly seq: number; readonly body: string }[],
): Promise<readonly DecisionFinding[]> {
  const said = page.map(({ request_id, seq, body }) => ({ requestId: request_id, seq, body: parse(body) }));
  const rows = await db
    .selectFrom('people_decisions as d')
    .leftJoin('sealed_objects as s', 's.name', 'd.reason_sealed')
    .select(['d.id', 'd.request_id', 'd.seq', 'd.task_id', 'd.system_id', 'd.kind', 'd.answer', 'd.person_id'])
    .select(['d.statement', 'd.signature', 'd.reason_sealed', 's.bytes'])
    .where(sql<boolean>`d.id = any(${said.map(({ body }) => String(body.decision ?? ''))})`)
    .execute();
  return said.flatMap(({ requestId, seq, body }): DecisionFinding[] => {
    const row = rows.find((one) => one.id === body.decision);
    if (row === undefined) return [{ kind: 'decision-removed', requestId, seq }];
    const found = {
      decision: row.id,
      kind: row.kind,
      answer: row.answer,
      task: row.task_id,
      system: row.system_id,
      person: row.person_id,
      number: row.seq,
      statement: sha256Hex(row.statement),
      signature: sha256Hex(row.signature),
      // A reason that ended with its key is not missing: what was sealed is compared while it is there.
      sealed: row.bytes === null ? body.sealed : sha256Hex(row.bytes),
    };
    const same =
      (row.request_id ?? 'system') === requestId &&
      Object.entries(found).every(([name, value]) => body[name] === value);
    return same ? [] : [{ kind: 'decision-altered', requestId, seq }];
  });
}

async function unaudited(db: LedgerReader, requestId: string | undefined): Promise<readonly DecisionFinding[]> {
  const rows = await db
    .selectFrom('people_decisions as d')
    .select(sql<string>`coalesce(d.request_id, 'system')`.as('chain'))
    .where(
      sql<boolean>`not exists (select 1 from audit a where a.request_id = coalesce(d.request_id, 'system')
        and a.kind = 'decision' and position('"decision":"' || d.id || '"' in a.body) > 0)`,
    )
    .$if(requestId !== undefined, (all) =>
      all.where(sql<boolean>`coalesce(d.request_id, 'system') = ${requestId ?? ''}`),
    )
    .execute();
  return rows.map(({ chain }) => ({ kind: 'decision-unaudited', requestId: chain, seq: 0 }));
}

/** A body that was edited into something else is a finding of the chain itself. */
function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
