/**
 * Receipts: made when a request is completed or waits only for a day, and anew (cumulative) when what they state has
 * changed, as a sweep changes it, while the case file lives. One transaction under the request's lock: read, signed, sealed under the case key, its hash
 * on the audit chain. Asked again it makes none; whoever dies on the way leaves none, and the next asker makes it.
 */
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { copiesOf } from '../ledger/copy-entries.ts';
import { ledgerId } from '../ledger/migrate.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import { publishedKeys, type SigningKey, withSigningKey } from '../ledger/signing-keys.ts';
import type { RequestState } from '../ledger/states.ts';
import { getSealedBytes, putSealedBytes } from '../ledger/vault.ts';
import { endsOf } from '../proof/balance.ts';
import type { Receipt } from '../proof/receipt-schema.ts';
import { receiptIn } from '../proof/receipt-verify.ts';
import { canonicalJson, sha256Hex } from '../security/canonical.ts';
import { type Jwks, signJws, unverifiedPayload } from '../security/receipt-keys.ts';
import { issueEach } from './issue-each.ts';
import {
  approvedPlans,
  controllerOf,
  instructionFact,
  recipientFacts,
  rightsOf,
  standingFacts,
  systemFacts,
} from './proof-facts.ts';
import { findRequest, type RequestRow } from './record.ts';
import { auditHead } from './show.ts';

type IssueDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>;

export interface IssuedReceipt {
  readonly requestId: RequestId;
  readonly no: number;
  /** False: the last one says it already. */
  readonly isNew: boolean;
}

/** The receipt of a request whose work is over; `receipt-not-ready` where it is not, `key-destroyed` after its case file. */
export async function issueReceipt(deps: IssueDeps, requestId: RequestId): Promise<IssuedReceipt> {
  const ledger = await ledgerId(deps.ledger.db);
  return withSigningKey(deps.ledger, deps.keys, deps.now(), (key) =>
    deps.ledger.db.transaction().execute((trx) => issue(deps, trx, { requestId, key, ledger })),
  );
}

async function issue(
  deps: IssueDeps,
  trx: LedgerTransaction,
  { requestId, key, ledger }: { readonly requestId: RequestId; readonly key: SigningKey; readonly ledger: string },
): Promise<IssuedReceipt> {
  const request = await trx
    .selectFrom('requests')
    .selectAll()
    .where('id', '=', requestId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow(() => new HabeasError('not-found', { where: 'request' }));
  if (!isOver(request)) throw new HabeasError('receipt-not-ready');
  const last = await trx
    .selectFrom('receipts')
    .selectAll()
    .where('request_id', '=', requestId)
    .orderBy('no', 'desc')
    .limit(1)
    .executeTakeFirst();
  const stated = await statedOf(trx, deps, request);
  const factsSha256 = sha256Hex(canonicalJson(stated));
  if (last?.facts_sha256 === factsSha256) return { requestId, no: last.no, isNew: false };
  const head = await auditHead(trx, requestId);
  if (head === null) throw new HabeasError('internal', { where: 'audit' });
  const at = deps.now();
  const no = (last?.no ?? 0) + 1;
  const receipt: Receipt = {
    ...{ v: 1, kind: 'habeas-receipt', ledger, request: requestId, no, previous: last?.sha256 ?? null },
    issuedAt: at.toISOString(),
    ...stated,
    keys: { workingKeyEndsOn: request.working_key_ends_on },
    audit: { seq: head.seq, hash: head.hash },
  };
  const text = canonicalJson(receipt);
  // What has no place in a receipt must not get into one by an oversight.
  if (receiptIn(text) === undefined) throw new HabeasError('internal', { where: 'receipt' });
  const jws = await signJws(text, await deps.keys.use(key.keyId), key.kid, 'habeas-receipt+jws');
  const sealed = await putSealedBytes(trx, deps.keys, {
    ...{ requestId, keyId: request.case_key_id, bytes: Buffer.from(jws) },
  });
  const sha256 = sha256Hex(jws);
  await trx
    .insertInto('receipts')
    .values({
      ...{ request_id: requestId, no, state: request.state, made_at: at, kid: key.kid, sha256, sealed },
      facts_sha256: factsSha256,
    })
    .execute();
  const body = { no, receipt: sha256, key: key.keyId, state: request.state };
  await appendAudit(trx, { requestId, kind: 'receipt-issued', body, at });
  return { requestId, no, isNew: true };
}

/** Everything but number, moment and place in the chain. */
async function statedOf(db: LedgerReader, { config }: Pick<Deps, 'config'>, request: RequestRow) {
  const systems = await systemFacts(db, request);
  return {
    controller: controllerOf(config),
    state: request.state,
    rights: await rightsOf(db, request),
    ...(await instructionFact(db, config, request)),
    receivedOn: request.received_on,
    completedAt: request.completed_at?.toISOString() ?? null,
    identity: { state: request.identity, method: request.identity_method },
    configSha256: request.config_sha256,
    plans: await approvedPlans(db, request),
    systems,
    ends: endsOf(systems),
    copies: (await copiesOf(db, request.id)).map(({ systemId: system, ...rest }) => ({ system, ...rest })),
    ...(await standingFacts(db, request)),
    ...(await recipientFacts(db, request)),
    open: systems.filter(({ state }) => state !== 'done').map(({ id }) => id),
  };
}

/** Everything that could be done is done. */
const receiptStates = ['completed', 'awaiting_expiry', 'restricted'] as const satisfies readonly RequestState[];
const isOver = ({ state }: Pick<RequestRow, 'state'>): boolean => receiptStates.some((one) => one === state);

/**
 * Makes the receipts that are missing: of requests whose state has none, or of which the sweep has erased something, or moved a day, or
 * people have settled what was kept by hand, since the last. How many; fails after the last with the first failure.
 */
export function issueDueReceipts(deps: IssueDeps): Promise<{ readonly issued: number }> {
  return issueEach(
    (after: RequestId | '') => dueReceipts(deps, after),
    async (id) => (await issueReceipt(deps, id)).isNew,
  );
}

const pageSize = 100;

/** The next of them behind this id. */
async function dueReceipts({ ledger }: IssueDeps, after: RequestId | ''): Promise<readonly RequestId[]> {
  const rows = await ledger.db
    .selectFrom('requests as r')
    .leftJoin('case_files as c', 'c.request_id', 'r.id')
    .select('r.id')
    .where('r.state', 'in', [...receiptStates])
    .where('c.destroyed_at', 'is', null)
    .where((it) => {
      const receipts = it.selectFrom('receipts as p').whereRef('p.request_id', '=', 'r.id');
      const swept = it
        .selectFrom('register_entries as e')
        .select('e.id')
        .whereRef('e.request_id', '=', 'r.id')
        .where('e.kind', '<>', 'backup-copy')
        // Of a page that was only taken apart nothing has gone.
        .where('e.claim_id', 'is not', null)
        .where('e.ended_at', '>=', (last) =>
          last
            .selectFrom('receipts as p')
            .whereRef('p.request_id', '=', 'r.id')
            .select((made) => made.fn.max('p.made_at').as('made_at')),
        );
      const moved = it
        .selectFrom('register_entries as e')
        .select('e.id')
        .whereRef('e.request_id', '=', 'r.id')
        .where('e.ended_at', 'is', null)
        .where('e.moved_at', '>=', (last) =>
          last
            .selectFrom('receipts as p')
            .whereRef('p.request_id', '=', 'r.id')
            .select((made) => made.fn.max('p.made_at').as('made_at')),
        );
      const settled = it
        .selectFrom('tasks as t')
        .select('t.id')
        .whereRef('t.request_id', '=', 'r.id')
        .where('t.code', '=', 'kept-due')
        .where('t.closed_at', '>=', (last) =>
          last
            .selectFrom('receipts as p')
            .whereRef('p.request_id', '=', 'r.id')
            .select((made) => made.fn.max('p.made_at').as('made_at')),
        );
      const isMissing = it.not(it.exists(receipts.select('p.no').whereRef('p.state', '=', 'r.state')));
      return it.or([isMissing, it.exists(swept), it.exists(settled), it.exists(moved)]);
    })
    .where(sql<boolean>`r.id > ${after}`)
    .orderBy('r.id')
    .limit(pageSize)
    .execute();
  return rows.map(({ id }) => id);
}

export interface StoredReceipt {
  readonly requestId: RequestId;
  readonly no: number;
  readonly sha256: string;
  readonly jws: string;
  readonly receipt: Receipt;
  /** Every public key that ever signed. */
  readonly keys: Jwks;
}

/** The latest receipt. `receipt-not-ready` where there is none, `key-destroyed` where its case file has ended. */
export async function readReceipt(deps: Pick<Deps, 'ledger' | 'keys'>, requestId: RequestId): Promise<StoredReceipt> {
  const { db } = deps.ledger;
  await findRequest(db, requestId);
  const all = await receiptsOf(deps, requestId);
  const last = all.at(-1);
  if (last === undefined) throw new HabeasError('receipt-not-ready');
  const receipt = receiptIn(unverifiedPayload(last.jws));
  if (receipt === undefined) throw new HabeasError('seal-broken', { where: 'receipt' });
  return { requestId, no: last.no, sha256: last.sha256, jws: last.jws, receipt, keys: await publishedKeys(db) };
}

/** As {@link readReceipt}, made first where it is missing or something has changed since. */
export async function latestReceipt(deps: IssueDeps, requestId: RequestId): Promise<StoredReceipt> {
  await issueReceipt(deps, requestId);
  return readReceipt(deps, requestId);
}

/** Every receipt of a request, in order. */
export async function receiptsOf(
  deps: Pick<Deps, 'ledger' | 'keys'>,
  requestId: RequestId,
  db: LedgerReader = deps.ledger.db,
): Promise<readonly { readonly no: number; readonly sha256: string; readonly jws: string }[]> {
  const rows = await db
    .selectFrom('receipts')
    .select(['no', 'sha256', 'sealed'])
    .where('request_id', '=', requestId)
    .orderBy('no')
    .execute();
  const receipts: { no: number; sha256: string; jws: string }[] = [];
  for (const { no, sha256, sealed } of rows) {
    const jws = (await getSealedBytes(db, deps.keys, sealed)).toString('utf8');
    if (sha256Hex(jws) !== sha256) throw new HabeasError('seal-broken', { where: 'receipt' });
    receipts.push({ no, sha256, jws });
  }
  return receipts;
}
