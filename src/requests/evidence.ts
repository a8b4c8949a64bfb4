/**
 * The evidence pack of a request: what an authority gets. Read in one transaction from rows and receipts, signed, its hash
 * noted on the audit chain. No identifier, contact or content: nothing sealed is opened but the receipts, and where the case
 * file has ended the pack is made without them.
 */
import type { Deps } from '../deps.ts';
import { codeOf, HabeasError } from '../errors.ts';
import type { RequestId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { listHoldRows } from '../ledger/holds.ts';
import { ledgerId } from '../ledger/migrate.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { publishedKeys, withSigningKey } from '../ledger/signing-keys.ts';
import { sweepVotesOf } from '../ledger/sweep-votes.ts';
import { requestClock } from '../policy/clock/index.ts';
import { detached, type Evidence, evidenceText } from '../proof/evidence-schema.ts';
import { isEvidence } from '../proof/evidence-verify.ts';
import { canonicalJson, sha256Hex } from '../security/canonical.ts';
import { signJws } from '../security/receipt-keys.ts';
import { verify } from '../security/signing.ts';
import { clockFacts } from './dates.ts';
import { approvedPlans, controllerOf, rightsOf, systemFacts } from './proof-facts.ts';
import { issueReceipt, receiptsOf } from './receipt.ts';
import { findRequest, type RequestRow } from './record.ts';

type EvidenceDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>;

export interface MadeEvidence {
  readonly requestId: RequestId;
  /** The file. */
  readonly text: string;
  readonly sha256: string;
  readonly rows: number;
  readonly receipts: number | null;
}

export async function makeEvidence(deps: EvidenceDeps, requestId: RequestId): Promise<MadeEvidence> {
  const { db } = deps.ledger;
  await findRequest(db, requestId);
  // What the last receipt states is what the pack states.
  await issueReceipt(deps, requestId).catch((error: unknown) => {
    if (!['receipt-not-ready', 'key-destroyed', 'key-missing'].includes(codeOf(error))) throw error;
  });
  const { evidence, key, jws } = await withSigningKey(deps.ledger, deps.keys, deps.now(), async (key) => {
    const evidence = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute((trx) => evidenceOf(deps, trx, requestId));
    if (!isEvidence(evidence)) throw new HabeasError('internal', { where: 'evidence' });
    const seed = await deps.keys.use(key.keyId);
    return { evidence, key, jws: await signJws(canonicalJson(evidence), seed, key.kid, 'habeas-evidence+jws') };
  });
  const text = evidenceText({ evidence, signature: detached(jws) });
  const sha256 = sha256Hex(text);
  await db.transaction().execute(async (trx) => {
    const body = { evidence: sha256, rows: evidence.audit.rows.length, key: key.keyId };
    await appendAudit(trx, { requestId, kind: 'evidence-made', body, at: deps.now() });
  });
  return { requestId, text, sha256, rows: evidence.audit.rows.length, receipts: evidence.receipts?.length ?? null };
}

async function evidenceOf(deps: EvidenceDeps, db: LedgerReader, requestId: RequestId): Promise<Evidence> {
  const request = await findRequest(db, requestId);
  return {
    ...{ v: 1, kind: 'habeas-evidence', ledger: await ledgerId(db), madeAt: deps.now().toISOString() },
    controller: controllerOf(deps.config),
    request: {
      ...{ id: request.id, state: request.state, channel: request.channel, rights: await rightsOf(db, request) },
      ...{ receivedOn: request.received_on, createdAt: request.created_at.toISOString() },
      ...{ createdBy: request.created_by, completedAt: iso(request.completed_at), configSha256: request.config_sha256 },
    },
    identity: {
      ...{ state: request.identity, method: request.identity_method, by: request.identity_by },
      ...{ at: iso(request.identity_at), contactKind: request.contact_kind },
    },
    clock: await clockOf(deps, db, request),
    plans: await approvedPlans(db, request),
    decisions: await decisionsOf(deps, db, requestId),
    systems: await systemFacts(db, request),
    grounds: await groundsOf(db, requestId),
    packages: await packagesOf(db, requestId),
    holds: (await listHoldRows(db, { all: true, requestId })).map((hold) => ({
      ...{ id: hold.id, kind: hold.kind, placedOn: hold.placed_on, reviewOn: hold.review_on },
      releasedOn: hold.released_on,
    })),
    audit: await auditOf(db, requestId),
    sweeps: await sweepsIn(deps, db, requestId),
    receipts: await receiptsLeft(deps, db, requestId),
    keys: { keys: [...(await publishedKeys(db)).keys] },
  };
}

async function clockOf(deps: EvidenceDeps, db: LedgerReader, request: RequestRow): Promise<Evidence['clock']> {
  const facts = await clockFacts(db, deps.config, request, deps.now());
  const clock = requestClock(facts);
  const { extension_ground: ground, extended_at: at } = request;
  return {
    rule: request.clock_rule,
    source: clock.dates.sources.due,
    ...{ calendar: request.clock_calendar, country: request.country, from: request.clock_from },
    ...{ dueOn: clock.due, workToOn: clock.workTo, unpausedDueOn: clock.unpausedDue },
    ...{ internalTargetOn: clock.internalTarget, extendedDueOn: clock.extendedDue },
    extension: ground === null ? null : { ground, at: iso(at) },
    pauses: (facts.pauses ?? []).map((one) => ({
      ...{ kind: one.kind, from: one.from, to: one.to ?? null },
      counted: one.counted === true,
    })),
  };
}

/** With the person's key where it fits: a key that was replaced since says nothing about what was signed before. */
async function decisionsOf(
  { config }: EvidenceDeps,
  db: LedgerReader,
  requestId: RequestId,
): Promise<Evidence['decisions']> {
  const rows = await db
    .selectFrom('people_decisions')
    .select(['id', 'seq', 'kind', 'answer', 'task_id', 'system_id', 'person_id', 'statement', 'signature'])
    .where('request_id', '=', requestId)
    .orderBy('seq')
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, number: row.seq, kind: row.kind, answer: row.answer, task: row.task_id },
    ...{ system: row.system_id, person: row.person_id, publicKey: keyThatFits(config, row) },
    ...{ statement: row.statement, signature: row.signature },
  }));
}

function keyThatFits(
  { people }: Deps['config'],
  row: { readonly person_id: string; readonly statement: string; readonly signature: string },
): string | null {
  const publicKey = people.find(({ id }) => id === row.person_id)?.publicKey;
  return publicKey !== undefined && verify(row.statement, row.signature, publicKey) ? publicKey : null;
}

/** The batches of the sweep that erased records of the request, with who approved them. */
async function sweepsIn(
  { config }: EvidenceDeps,
  db: LedgerReader,
  requestId: RequestId,
): Promise<NonNullable<Evidence['sweeps']>> {
  const votes = await sweepVotesOf(db, requestId);
  const sweeps: NonNullable<Evidence['sweeps']> = [];
  for (const [claim, rows] of votes)
    sweeps.push({
      claim,
      approvals: rows.map((row) => ({
        ...{ id: row.id, person: row.person_id, at: row.at.toISOString(), publicKey: keyThatFits(config, row) },
        ...{ statement: row.statement, signature: row.signature },
      })),
      audit: await auditOf(db, claim),
    });
  return sweeps;
}

async function groundsOf(db: LedgerReader, requestId: RequestId): Promise<Evidence['grounds']> {
  const rows = await db
    .selectFrom('decisions as d')
    .innerJoin('rounds as o', (join) =>
      join
        .onRef('o.request_id', '=', 'd.request_id')
        .onRef('o.system_id', '=', 'd.system_id')
        .onRef('o.round', '=', 'd.round'),
    )
    .selectAll('d')
    .where('d.request_id', '=', requestId)
    .where('o.superseded', '=', false)
    .orderBy('d.system_id')
    .orderBy('d.round')
    .orderBy('d.no')
    .execute();
  return rows.map((row) => ({
    ...{ system: row.system_id, round: row.round, no: row.no, collection: row.collection },
    ...{ recordClass: row.record_class, action: row.action, disposition: row.disposition, reason: row.reason },
    ...{ ground: row.ground, exception: row.exception, refusal: row.refusal, keptBy: row.kept_by },
    ...{ until: row.until, count: row.count },
  }));
}

async function packagesOf(db: LedgerReader, requestId: RequestId): Promise<Evidence['packages']> {
  const rows = await db
    .selectFrom('packages')
    .selectAll()
    .where('request_id', '=', requestId)
    .orderBy('part')
    .execute();
  return rows.map((row) => ({
    ...{ part: row.part, sha256: row.sha256, sizeBytes: row.size_bytes, draft: row.draft },
    ...{ createdAt: row.created_at.toISOString(), deliveredAt: iso(row.delivered_at) },
    ...{ deliveredBy: row.delivered_by, deletedAt: iso(row.deleted_at) },
  }));
}

/** Of one chain: a request's, or a batch's. */
async function auditOf(db: LedgerReader, chain: string): Promise<Evidence['audit']> {
  const rows = await db.selectFrom('audit').selectAll().where('request_id', '=', chain).orderBy('seq').execute();
  const first = rows[0];
  if (first === undefined) throw new HabeasError('internal', { where: 'audit' });
  // An anchor is never older than what it links; those of other chains say nothing here.
  const anchors = await db
    .selectFrom('audit_anchors')
    .selectAll()
    .where('at', '>=', new Date(first.at.getTime() - dayMs))
    .where('heads', 'like', `%"${chain}"%`)
    .orderBy('no')
    .execute();
  return {
    rows: rows.map((row) => ({
      ...{ seq: row.seq, at: row.at.toISOString(), kind: row.kind, body: row.body },
      ...{ prev: row.prev_hash, hash: row.hash },
    })),
    anchors: anchors.map((row) => ({
      ...{ no: row.no, at: row.at.toISOString(), heads: row.heads, prev: row.prev_hash, hash: row.hash },
    })),
  };
}

const dayMs = 24 * 60 * 60_000;

async function receiptsLeft(deps: EvidenceDeps, db: LedgerReader, requestId: RequestId): Promise<Evidence['receipts']> {
  try {
    return (await receiptsOf(deps, requestId, db)).map(({ no, jws }) => ({ no, jws }));
  } catch (error) {
    if (codeOf(error) === 'key-destroyed' || codeOf(error) === 'key-missing') return null;
    throw error;
  }
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
