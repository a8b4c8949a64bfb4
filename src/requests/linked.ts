/**
 * Requests of the same person: found by keyed hashes when a request arrives and when an identifier is learnt, told by their
 * ids, never merged. Of two that ask the same the earlier receipt governs the clock (law: duplicates), where
 * the identity of who asked first is verified. What was compared is
 * neither stored nor logged. `findRequests` is what `habeas requests find` asks.
 */
import type { Identifier } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import type { RequestId } from '../ids.ts';
import { appendAudit } from '../ledger/audit.ts';
import { addLookups, ensureHashKey, findByLookup, lockLookups, notFoundBy } from '../ledger/keyed-hashes.ts';
import {
  type AccessHold,
  type AccessTerms,
  type LinkedRequest,
  openAccessAmong,
  openAccessOf,
  requestsNamed,
} from '../ledger/links.ts';
import type { LedgerReader, LedgerTransaction } from '../ledger/open.ts';
import { isFinal, type Right } from '../ledger/states.ts';
import { type LookupValue, lookupValues } from '../security/keyed-hash.ts';
import { checkIdentifiers, type GivenIdentifiers } from './identifiers.ts';
import { civilToday } from './today.ts';

type LookupDeps = Pick<Deps, 'ledger' | 'keys' | 'now'>;

/** Living cases, open or closed, of whoever has this address or user id; the earliest first. */
export async function findRequests(
  deps: Pick<Deps, 'ledger' | 'keys'>,
  given: Pick<GivenIdentifiers, 'email' | 'userId'>,
): Promise<readonly LinkedRequest[]> {
  const values = lookupValues(checkIdentifiers(given));
  const { db } = deps.ledger;
  return requestsNamed(db, await findByLookup(db, deps.keys, values));
}

/** Requests that hold the erasure of this one. Fails with `policy-answer-missing`. */
export function holdingAccess(
  deps: Pick<Deps, 'ledger' | 'config' | 'now'>,
  requestId: RequestId,
  db: LedgerReader = deps.ledger.db,
): Promise<readonly AccessHold[]> {
  return openAccessOf(db, requestId, accessTerms(deps));
}

/**
 * The same by what the person is looked for, where nothing links requests any more because the case file of the one that erased has
 * ended. Of the requests that have one of these values, all but `requestId` itself.
 */
export async function accessSoughtBy(
  deps: Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>,
  requestId: RequestId,
  values: readonly LookupValue[],
): Promise<readonly AccessHold[]> {
  const { db } = deps.ledger;
  const found = await findByLookup(db, deps.keys, values);
  return openAccessAmong(
    db,
    found.filter((id) => id !== requestId),
    accessTerms(deps),
  );
}

function accessTerms({ config, now }: Pick<Deps, 'config' | 'now'>): AccessTerms {
  const dayOf = (at: Date) => civilToday(at, config.controller.timeZone);
  return { downloadDays: config.policy.downloadDays, today: dayOf(now()), dayOf };
}

export interface Duplicates {
  readonly linked: readonly RequestId[];
  /**
   * The earliest day from which the clock of an open request runs that asks the same, of a verified identity; undefined where
   * there is none.
   */
  readonly clockFrom: string | undefined;
}

/** Living requests of the same person. In the transaction of the new request, which waits for others that look too. */
export async function findLinked(
  deps: LookupDeps,
  trx: LedgerTransaction,
  values: readonly LookupValue[],
  rights: readonly Right[],
): Promise<Duplicates> {
  await lockLookups(trx);
  const linked = await requestsNamed(trx, await findByLookup(trx, deps.keys, values));
  const alike = linked.filter(
    ({ state, isVerified, rights: theirs }) =>
      isVerified &&
      !isFinal(state) &&
      // A customer's instruction is not the same asked by the same person.
      ![...theirs, ...rights].includes('workspace-export') &&
      theirs.some((one) => rights.includes(one)),
  );
  const [clockFrom] = alike.map((one) => one.clockFrom).sort();
  return { linked: linked.map(({ id }) => id), clockFrom };
}

/** Stores the hashes of a new request and what they led to. Whoever erases for one of these sees it, or is waited for. */
export async function storeLookups(
  deps: LookupDeps,
  trx: LedgerTransaction,
  of: {
    readonly requestId: RequestId;
    readonly values: readonly LookupValue[];
    readonly linked: readonly RequestId[];
    /** The moment for which the quarter's key was ensured. */
    readonly at: Date;
  },
): Promise<void> {
  // An erasure past its last look at holds commits first; the next look finds this request.
  if (of.linked.length > 0)
    await trx
      .selectFrom('requests')
      .select('id')
      .where('id', 'in', [...of.linked])
      .orderBy('id')
      .forNoKeyUpdate()
      .execute();
  const added = await addLookups(trx, deps.keys, of);
  if (added.length > 0)
    await appendAudit(trx, { requestId: of.requestId, kind: 'linked', body: { requests: added }, at: of.at });
}

/**
 * What was learnt of a person is looked up by too: another request may have named them by it. Only what is theirs now and
 * theirs alone. A transaction of its own, before which nothing of the request may be locked.
 */
export async function learnLookups(
  deps: LookupDeps,
  requestId: RequestId,
  learnt: readonly Identifier[],
): Promise<void> {
  const { db } = deps.ledger;
  const theirs = lookupValues(learnt.filter((one) => one.to === undefined && one.exclusivity !== 'shared'));
  const values = await notFoundBy(db, deps.keys, requestId, theirs);
  if (values.length === 0) return;
  const at = deps.now();
  await ensureHashKey(db, deps.keys, at);
  await db.transaction().execute(async (trx) => {
    await lockLookups(trx);
    const linked = await findByLookup(trx, deps.keys, values);
    await storeLookups(deps, trx, { requestId, values, linked: linked.filter((one) => one !== requestId), at });
  });
}
