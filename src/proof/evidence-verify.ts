/**
 * Verifies an evidence pack with nothing but the file and public keys: its bytes and signature, the audit chain and anchors,
 * every decision against chain and person, every batch of the sweep against its chain and approvals, every receipt against chain,
 * plans and books, sums and grounds. Somebody who could sign it and changed something inside is found by what does not fit together. Findings are data. Pure.
 */
import { sha256Hex } from '../security/canonical.ts';
import { type Jwks, verifyJws } from '../security/receipt-keys.ts';
import { verify } from '../security/signing.ts';
import { isWorkOver, unbalanced } from './balance.ts';
import { bodiesOf, verifyChain } from './chain-verify.ts';
import { attached, type Evidence, type EvidenceFile, EvidenceSchema, evidenceText } from './evidence-schema.ts';
import { sweepsWrong } from './evidence-sweeps.ts';
import type { Receipt } from './receipt-schema.ts';
import { isSame, receiptFindings, verifyReceipt } from './receipt-verify.ts';
import { documentIn, isOf } from './signed-form.ts';

export const evidenceFindings = {
  ...receiptFindings,
  'not-evidence': 'It is no evidence pack of a version that this program knows.',
  'bytes-differ': 'The file is not in the form in which it was made: something was changed, be it a space.',
  'audit-edited':
    'A row of the audit chain was changed: its hash is not that of its content, or it does not continue the one before.',
  'audit-removed': 'Rows are missing from the audit chain.',
  'anchor-edited': 'An anchor was changed.',
  'anchor-differs': 'An anchor does not link this chain as it is here.',
  'request-differs': 'The request, as received, is not the one of the audit chain.',
  'decision-altered': 'A decision is not the one of the audit chain, or not what was signed.',
  'decision-removed': 'A decision is on the audit chain and not in the pack.',
  'decision-unaudited': 'A decision is not on the audit chain.',
  'decision-signature': 'A signature is not that of the person named.',
  'plan-unaudited': 'A plan was not approved on the audit chain.',
  'plan-removed': 'A plan was approved on the audit chain and is not in the pack.',
  'grounds-differ': 'The grounds cover another number of records than was found.',
  'sweep-removed': 'A batch of the retention sweep erased records, by the audit chain, and is not in the pack.',
  'sweep-unaudited': 'A batch of the retention sweep erased nothing of the request, by the audit chain.',
  'sweep-unapproved':
    'A batch of the retention sweep that two people had to approve was not approved by two as it was carried out.',
  'receipt-unaudited': 'A receipt is not on the audit chain, or is of another request.',
  'receipt-removed': 'A receipt is on the audit chain and not in the pack.',
  'receipt-differs': 'What the last receipt states is not what the pack states.',
} as const;
export type EvidenceFinding = keyof typeof evidenceFindings;
type Finding = { readonly kind: EvidenceFinding; readonly where: string | null };

export interface CheckedEvidence {
  readonly findings: readonly Finding[];
  readonly kid: string | null;
  /** Rows of the chain up to this one are anchored; null: none. */
  readonly anchoredTo: number | null;
  /** Decisions whose signature cannot be checked: the person's key is not known any more. The chain has their hashes. */
  readonly uncheckedSignatures: number;
  /** Null unless it is a pack. */
  readonly evidence: Evidence | null;
}

const isFile = isOf<EvidenceFile>(EvidenceSchema);
const fileIn = documentIn(isFile);

/** Whether a pack made of it is one: asked before it is signed. */
export const isEvidence = (evidence: Evidence): boolean => isFile({ evidence, signature: 'e..e' });

/** `keys`: those that the company publishes; without, those of the pack, which then vouches for itself only. */
export async function verifyEvidence(text: string, keys?: Jwks): Promise<CheckedEvidence> {
  const file = fileIn(text);
  if (file === undefined) return { findings: [{ kind: 'not-evidence', where: null }], ...nothing, evidence: null };
  const { evidence, signature } = file;
  const findings: Finding[] = [];
  if (evidenceText(file) !== text) findings.push({ kind: 'bytes-differ', where: null });
  const published = keys ?? evidence.keys;
  const signed = await verifyJws(attached(signature, evidence), published, 'habeas-evidence+jws');
  if (!signed.ok) findings.push({ kind: signed.finding, where: null });
  const chain = verifyChain(evidence);
  findings.push(
    ...chain.findings,
    ...requestFindings(evidence),
    ...decisionsWrong(evidence),
    ...planFindings(evidence),
    ...sweepsWrong(evidence),
  );
  findings.push(...bookFindings(evidence), ...(await receiptsWrong(evidence, published)));
  const signatures = [...evidence.decisions, ...(evidence.sweeps ?? []).flatMap(({ approvals }) => approvals)];
  const uncheckedSignatures = signatures.filter((one) => one.publicKey === null).length;
  return { findings, kid: signed.kid, anchoredTo: chain.anchoredTo, uncheckedSignatures, evidence };
}

const nothing = { kid: null, anchoredTo: null, uncheckedSignatures: 0 } as const;

function requestFindings(evidence: Evidence): readonly Finding[] {
  const { request, systems, clock } = evidence;
  const [received, ...others] = bodiesOf(evidence, 'received');
  const last = bodiesOf(evidence, 'state').at(-1)?.body.state ?? 'received';
  const same =
    received !== undefined &&
    others.length === 0 &&
    received.body.received === request.receivedOn &&
    received.body.channel === request.channel &&
    received.body.config === request.configSha256 &&
    (received.body.by ?? null) === request.createdBy &&
    (received.body['clock-from'] ?? null) === clock.from &&
    sorted(received.body.rights) === sorted(request.rights.map(({ right }) => right)) &&
    sorted(received.body.systems) === sorted(systems.map(({ id }) => id)) &&
    last === request.state;
  return same ? [] : [{ kind: 'request-differs', where: request.id }];
}

const sorted = (list: unknown): string => (Array.isArray(list) ? [...list].map(String).sort().join(' ') : '');

function decisionsWrong(evidence: Evidence): readonly Finding[] {
  const rows = bodiesOf(evidence, 'decision');
  const findings: Finding[] = rows
    .filter(({ body }) => !evidence.decisions.some(({ id }) => id === body.decision))
    .map(({ seq }) => ({ kind: 'decision-removed', where: `row ${seq}` }));
  for (const one of evidence.decisions) {
    const row = rows.find(({ body }) => body.decision === one.id);
    if (row === undefined) findings.push({ kind: 'decision-unaudited', where: one.id });
    else if (!isAsAudited(one, row.body) || !isAsSigned(one, evidence))
      findings.push({ kind: 'decision-altered', where: one.id });
    if (one.publicKey !== null && !verify(one.statement, one.signature, one.publicKey))
      findings.push({ kind: 'decision-signature', where: one.id });
  }
  return findings;
}

type Decision = Evidence['decisions'][number];

function isAsAudited(one: Decision, body: Readonly<Record<string, unknown>>): boolean {
  const found = {
    ...{ kind: one.kind, answer: one.answer, task: one.task, system: one.system, person: one.person },
    ...{ number: one.number, statement: sha256Hex(one.statement), signature: sha256Hex(one.signature) },
  };
  return Object.entries(found).every(([name, value]) => body[name] === value);
}

/** What was signed says the same as what is told of it. */
function isAsSigned(one: Decision, { ledger, request }: Evidence): boolean {
  try {
    const signed: unknown = JSON.parse(one.statement);
    if (typeof signed !== 'object' || signed === null) return false;
    const said: Readonly<Record<string, unknown>> = { ...signed };
    const wanted = { ledger, person: one.person, requestId: request.id, taskId: one.task, answer: one.answer };
    return Object.entries(wanted).every(([name, value]) => said[name] === value);
  } catch {
    return false;
  }
}

function planFindings(evidence: Evidence): readonly Finding[] {
  const approved = bodiesOf(evidence, 'plan-approved').map(({ body }) => body.plan);
  return [
    ...evidence.plans
      .filter(({ sha256 }) => !approved.includes(sha256))
      .map(({ sha256 }) => ({ kind: 'plan-unaudited' as const, where: sha256 })),
    ...approved
      .filter((plan) => !evidence.plans.some(({ sha256 }) => sha256 === plan))
      .map((plan) => ({ kind: 'plan-removed' as const, where: String(plan) })),
  ];
}

function bookFindings({ request, systems, grounds }: Evidence): readonly Finding[] {
  const isOver = isWorkOver(request.state);
  const wrong = unbalanced(systems, isOver).map((where) => ({ kind: 'books-unbalanced' as const, where }));
  // While it is worked on, what was read is not decided yet.
  if (!isOver) return wrong;
  const differ = systems.filter(({ id, state, erasure, attestations }) => {
    if (state !== 'done' || erasure === null || erasure.found === null) return false;
    const covered = grounds.filter(({ system }) => system === id).reduce((sum, { count }) => sum + count, 0);
    // A person who erased by hand gives a ground for what they kept, and for nothing else.
    const isByHand = attestations?.some(({ right }) => right === 'erasure') === true;
    return isByHand ? covered > erasure.found : covered !== erasure.found;
  });
  return [...wrong, ...differ.map(({ id }) => ({ kind: 'grounds-differ' as const, where: id }))];
}

async function receiptsWrong(evidence: Evidence, keys: Jwks): Promise<readonly Finding[]> {
  // They ended with the case file; what the chain says of them is left.
  if (evidence.receipts === null) return [];
  const rows = bodiesOf(evidence, 'receipt-issued');
  const findings: Finding[] = rows
    .filter(({ body }) => evidence.receipts?.some(({ no }) => no === body.no) !== true)
    .map(({ seq }) => ({ kind: 'receipt-removed', where: `row ${seq}` }));
  let before: string | null = null;
  let last: Receipt | null = null;
  for (const { no, jws } of evidence.receipts) {
    const where = `receipt ${no}`;
    const checked = await verifyReceipt(jws, keys);
    findings.push(...checked.findings.map(({ kind }) => ({ kind, where })));
    const sha256 = sha256Hex(jws);
    const row = rows.find(({ body }) => body.no === no && body.receipt === sha256);
    const { receipt } = checked;
    if (row === undefined || (receipt !== null && !isOfChain(receipt, evidence, { no, before, seq: row.seq })))
      findings.push({ kind: 'receipt-unaudited', where });
    before = sha256;
    last = receipt;
  }
  if (last !== null && !isSame(statedBy(last), statedBy({ ...evidence, ...evidence.request })))
    findings.push({ kind: 'receipt-differs', where: `receipt ${last.no}` });
  return findings;
}

function isOfChain(
  receipt: Receipt,
  evidence: Evidence,
  at: { readonly no: number; readonly before: string | null; readonly seq: number },
): boolean {
  const { ledger, request, audit } = evidence;
  const head = audit.rows.find(({ seq }) => seq === receipt.audit.seq);
  return (
    receipt.ledger === ledger &&
    receipt.request === request.id &&
    receipt.no === at.no &&
    receipt.previous === at.before &&
    head?.hash === receipt.audit.hash &&
    receipt.audit.seq === at.seq - 1
  );
}

function statedBy(
  of: Pick<Receipt, 'state' | 'receivedOn' | 'completedAt' | 'configSha256' | 'rights' | 'plans' | 'systems'>,
) {
  const { state, receivedOn, completedAt, configSha256, rights, plans, systems } = of;
  return { state, receivedOn, completedAt, configSha256, rights, plans, systems };
}
