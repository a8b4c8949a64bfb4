/**
 * Receipts of batches of the retention sweep: what became of what was due, whether or not the case files of its requests still live.
 * One transaction under the batch's lock: read, signed, stored, its hash on the batch's chain. Cumulative; asked again it makes none that
 * says the same. Fails with `sweep-receipt-not-ready` where nothing has become of the batch, `sweep-lines-missing` where its lines do
 * not add up to what it was made of.
 */
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { ClaimId } from '../ids.ts';
import { ledgerId } from '../ledger/migrate.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import { publishedKeys, type SigningKey, withSigningKey } from '../ledger/signing-keys.ts';
import { type ClaimRow, claimedEntries, findClaim, lockClaim } from '../ledger/sweep-claims.ts';
import { type BatchLine, linesOf } from '../ledger/sweep-lines.ts';
import { sweepNoticesOf } from '../ledger/sweep-notices.ts';
import { dueSweepReceipts, lastSweepReceipt, putSweepReceipt } from '../ledger/sweep-receipts.ts';
import { lastDayBefore } from '../policy/clock/index.ts';
import type { SweepReceipt } from '../proof/sweep-receipt-schema.ts';
import { sweepReceiptIn, sweepReceiptWrong } from '../proof/sweep-receipt-verify.ts';
import { canonicalJson, sha256Hex } from '../security/canonical.ts';
import { type Jwks, signJws, unverifiedPayload } from '../security/receipt-keys.ts';
import { issueEach } from './issue-each.ts';
import { controllerOf } from './proof-facts.ts';
import { auditHead } from './show.ts';

type IssueDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>;

export interface StoredSweepReceipt {
  readonly claimId: ClaimId;
  readonly no: number;
  readonly sha256: string;
  readonly jws: string;
  readonly receipt: SweepReceipt;
  /** Every public key that ever signed. */
  readonly keys: Jwks;
}

/** The latest receipt of a batch, made first where none says what is so now. */
export async function latestSweepReceipt(deps: IssueDeps, claimId: ClaimId): Promise<StoredSweepReceipt> {
  const { db } = deps.ledger;
  await findClaim(db, claimId);
  await issueSweepReceipt(deps, claimId);
  const last = await lastSweepReceipt(db, claimId);
  const receipt = sweepReceiptIn(unverifiedPayload(last?.jws ?? ''));
  if (last === undefined || receipt === undefined || sha256Hex(last.jws) !== last.sha256)
    throw new HabeasError('internal', { where: 'sweep receipt' });
  return { claimId, no: last.no, sha256: last.sha256, jws: last.jws, receipt, keys: await publishedKeys(db) };
}

/** Makes one unless the last says it all; whether it did. */
export async function issueSweepReceipt(deps: IssueDeps, claimId: ClaimId): Promise<boolean> {
  const ledger = await ledgerId(deps.ledger.db);
  return withSigningKey(deps.ledger, deps.keys, deps.now(), (key) =>
    deps.ledger.db.transaction().execute((trx) => issue(deps, trx, { claimId, key, ledger })),
  );
}

async function issue(
  deps: IssueDeps,
  trx: LedgerTransaction,
  { claimId, key, ledger }: { readonly claimId: ClaimId; readonly key: SigningKey; readonly ledger: string },
): Promise<boolean> {
  const stated = await statedOf(trx, deps, await lockClaim(trx, claimId));
  const last = await lastSweepReceipt(trx, claimId);
  const factsSha256 = sha256Hex(canonicalJson(stated));
  if (last?.facts_sha256 === factsSha256) return false;
  const head = await auditHead(trx, claimId);
  if (head === null) throw new HabeasError('internal', { where: 'audit' });
  const at = deps.now();
  const no = (last?.no ?? 0) + 1;
  const receipt: SweepReceipt = {
    ...{ v: 1, kind: 'habeas-sweep-receipt', ledger, batch: claimId, no, previous: last?.sha256 ?? null },
    issuedAt: at.toISOString(),
    ...stated,
    audit: { seq: head.seq, hash: head.hash },
  };
  const text = canonicalJson(receipt);
  // What has no place in it must not get into one by an oversight, and nobody signs what does not add up.
  const stands = sweepReceiptIn(text);
  if (stands === undefined) throw new HabeasError('internal', { where: 'sweep receipt' });
  if (sweepReceiptWrong(stands).length > 0) throw new HabeasError('sweep-lines-missing');
  const jws = await signJws(text, await deps.keys.use(key.keyId), key.kid, 'habeas-sweep-receipt+jws');
  const of = { claim_id: claimId, no, state: stated.state, made_at: at, kid: key.kid, facts_sha256: factsSha256 };
  await putSweepReceipt(trx, { ...of, sha256: sha256Hex(jws), jws }, key.keyId);
  return true;
}

/** Everything but number, moment and place in the chain. */
async function statedOf(db: LedgerReader, { config }: Pick<Deps, 'config'>, claim: ClaimRow) {
  const lines = await linesOf(db, claim.id);
  if (lines.length === 0) throw new HabeasError('sweep-receipt-not-ready');
  const { claimed, approvedBy, people } = await toldOnChain(db, claim.id);
  const entries = await claimedEntries(db, claim.id);
  const of = (...kinds: readonly BatchLine['what'][]) => lines.filter(({ what }) => kinds.includes(what));
  const recipients = await sweepNoticesOf(db, claim.id);
  return {
    controller: controllerOf(config),
    ...{ system: claim.system_id, does: claim.kind, since: claim.since?.toISOString() ?? null, asOf: claim.as_of },
    ...{ state: claim.state, madeAt: claim.made_at.toISOString(), endedAt: claim.ended_at?.toISOString() ?? null },
    ...{ approvedBy, peopleNeeded: claim.people_needed, about: claim.sha256, people, claimed },
    done: of('done', 'again').map((line) => ({
      ...{ ...sized(line), keptBy: line.kept_by, until: lastDayBefore(line.due_on) },
      ...{ erased: line.erased, anonymised: line.anonymised, historyRemains: line.historyRemains },
      ...{ absent: line.absent, changedHands: line.changedHands, evidence: 'read-back' as const },
    })),
    extended: of('moved').map((line) => ({
      ...{ ...sized(line), was: lastDayBefore(line.due_on), keptBy: line.next_by, until: lastDayBefore(line.next_on) },
    })),
    left: of('left').map((line) => ({
      ...{ ...sized(line), keptBy: line.kept_by, until: lastDayBefore(line.due_on), code: line.code },
    })),
    elsewhere: of('handed-on', 'lapsed').map((line) => ({ ...sized(line), to: line.to_claim })),
    open: entries.reduce((sum, { count, ended_at: ended }) => sum + (ended === null ? count : 0), 0),
    ...(recipients.length === 0
      ? {}
      : {
          recipients: recipients.map(({ recipient, name, kind: role, state: outcome, told_on: toldOn, records }) => ({
            ...{ recipient, name, role, right: 'erasure', outcome, toldOn, records },
          })),
        }),
  };
}

const sized = ({ record_class: recordClass, entries, records }: BatchLine) => ({ recordClass, entries, records });

const approvals = {
  asked: 'people',
  replay: 'people',
  automatic: 'class',
  approved: 'plan',
  'read-back': 'none',
} as const;

/** What the batch's own chain says: what it was made of, why nobody was asked, and what people decided. */
async function toldOnChain(db: LedgerReader, claimId: ClaimId) {
  const rows = await db
    .selectFrom('audit')
    .select(['kind', 'at'])
    .select(sql<Readonly<Record<string, string | number | null>>>`body::jsonb`.as('body'))
    .where('request_id', '=', claimId)
    .where('kind', 'in', ['claimed', 'approved', 'rejected'])
    .orderBy('seq')
    .execute();
  const made = rows.find(({ kind }) => kind === 'claimed')?.body;
  const name = Object.entries(approvals).find(([word]) => word === made?.automatic);
  if (made === undefined || name === undefined) throw new HabeasError('internal', { where: 'audit' });
  return {
    claimed: { entries: Number(made.entries), records: Number(made.records) },
    approvedBy: name[1],
    people: rows
      .filter(({ kind }) => kind !== 'claimed')
      .map(({ kind, body, at }) => ({
        person: String(body.person),
        answer: kind === 'approved' ? ('approve' as const) : ('reject' as const),
        about: body.about === undefined || body.about === null ? null : String(body.about),
        at: at.toISOString(),
      })),
  };
}

const pageSize = 100;

/** Makes those that are missing; how many. Fails after the last with the first failure. */
export function issueDueSweepReceipts(deps: IssueDeps): Promise<{ readonly issued: number }> {
  return issueEach(
    (after: ClaimId | '') => dueSweepReceipts(deps.ledger.db, after, pageSize),
    (id) => issueSweepReceipt(deps, id),
  );
}
