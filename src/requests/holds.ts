/**
 * Holds placed and released by an officer: signed decisions. A hold reaches a whole request, or named records of one system;
 * ground and references are sealed under a key of its own, and the statement commits to both. It ends only when somebody
 * releases it; its review date is a reminder. A decision about a hold on records, or on a request that has ended, stands on
 * the chain of what belongs to no request. Refuses with `person-…`, `reason-needed`, `review-date`, `hold-released`,
 * `system-not-configured`, `usage`.
 */
import type { RecordRef } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import { codeOf, HabeasError } from '../errors.ts';
import { type DecisionId, type HoldId, newId, type PersonId, type RequestId, type SystemId } from '../ids.ts';
import { findHold, type HeldObject, listHoldRows, putHold, releaseHold as storeRelease } from '../ledger/holds.ts';
import type { LedgerTransaction } from '../ledger/open.ts';
import { isFinal } from '../ledger/states.ts';
import { sealRow } from '../ledger/vault.ts';
import { addMonths, type CivilDate, parseCivilDate } from '../policy/clock/index.ts';
import type { HoldKind } from '../policy/holds.ts';
import { authorise, type SignedBy } from './people.ts';
import {
  type DecisionDeps,
  findRequest,
  insertDecision,
  type Prepared,
  prepareDecision,
  reasonGiven,
  storeDecision,
} from './record.ts';
import { civilToday } from './today.ts';

export type HoldOn =
  | { readonly requestId: RequestId }
  | { readonly systemId: SystemId; readonly records: readonly RecordRef[] };

export interface PlacedHoldInfo {
  readonly holdId: HoldId;
  readonly decisionId: DecisionId;
  readonly kind: HoldKind;
  readonly requestId: RequestId | null;
  readonly systemId: SystemId | null;
  /** How many records it names; 0: the whole request. */
  readonly records: number;
  readonly owner: PersonId;
  readonly reviewOn: string;
}

/** A reminder further away reminds nobody. */
const mostMonths = 24;

export async function placeHold(
  deps: DecisionDeps,
  given: {
    readonly on: HoldOn;
    readonly kind: HoldKind;
    readonly ground: string;
    readonly owner: string;
    readonly reviewOn: string;
    readonly signedBy: SignedBy | undefined;
  },
): Promise<PlacedHoldInfo> {
  const { on, kind, signedBy } = given;
  const person = authorise(deps.config.people, signedBy, 'hold');
  if (signedBy === undefined) throw new HabeasError('person-needed');
  const at = deps.now();
  const object: HeldObject = { ground: groundGiven(given.ground), records: recordsOf(deps, on) };
  const owner = deps.config.people.find(({ id }) => id === given.owner)?.id;
  if (owner === undefined) throw new HabeasError('person-unknown', { where: '--owner' });
  const { today, reviewOn } = reviewDate(deps, given.reviewOn, at);
  const target =
    'requestId' in on
      ? { requestId: (await findRequest(deps.ledger.db, on.requestId)).id, systemId: null }
      : { requestId: null, systemId: on.systemId };
  const id = newId('hold');
  const keyId = await deps.keys.create('hold');
  try {
    const records = object.records.length;
    const sealed = await sealRow(deps.keys, {
      requestId: target.requestId,
      keyId,
      bytes: Buffer.from(JSON.stringify(object)),
    });
    const make = async (chain: RequestId | null) =>
      prepareDecision(deps, {
        kind: 'hold',
        requestId: chain,
        taskId: null,
        systemId: target.systemId,
        answer: 'hold',
        sealable: {
          reason: object.ground,
          records: object.records.map(({ collection, key }) => ({ collection, key })),
        },
        keyId,
        details: { hold: id, kind, owner, review: reviewOn, records, ...(chain === null ? about(target) : {}) },
        person,
        signedBy,
        at,
      });
    const decisionId = await onChain(deps, target.requestId, make, async (trx, prepared) => {
      const hold = { id, kind, target, owner, placedBy: person.id, placedOn: today, reviewOn, keyId, sealed, records };
      await putHold(trx, { ...hold, decisionId: prepared.id, at });
    });
    return { holdId: id, decisionId, kind, ...target, records, owner, reviewOn };
  } catch (error) {
    // The key of a hold that does not exist opens nothing; where the ledger was lost on the way it may exist.
    if (codeOf(error) !== 'ledger-unreachable') await deps.keys.destroy(keyId).catch(() => undefined);
    throw error;
  }
}

export interface ReleasedHold {
  readonly holdId: HoldId;
  readonly decisionId: DecisionId;
  readonly requestId: RequestId | null;
  readonly systemId: SystemId | null;
}

export async function releaseHold(
  deps: DecisionDeps,
  given: { readonly holdId: HoldId; readonly reason?: string | undefined; readonly signedBy: SignedBy | undefined },
): Promise<ReleasedHold> {
  const { holdId, signedBy } = given;
  const person = authorise(deps.config.people, signedBy, 'release');
  if (signedBy === undefined) throw new HabeasError('person-needed');
  const reason = reasonGiven(given.reason);
  const hold = await findHold(deps.ledger.db, holdId);
  if (hold.released_on !== null) throw new HabeasError('hold-released');
  const at = deps.now();
  const on = civilToday(at, deps.config.controller.timeZone);
  const target = { requestId: hold.request_id, systemId: hold.system_id };
  const make = async (chain: RequestId | null) =>
    prepareDecision(deps, {
      kind: 'release',
      requestId: chain,
      taskId: null,
      systemId: hold.system_id,
      answer: 'release',
      sealable: { reason },
      keyId: hold.key_id,
      details: { hold: holdId, ...(chain === null ? about(target) : {}) },
      person,
      signedBy,
      at,
    });
  const decisionId = await onChain(deps, hold.request_id, make, async (trx, prepared) => {
    if (!(await storeRelease(trx, { id: holdId, by: person.id, on, decisionId: prepared.id, at })))
      throw new HabeasError('hold-released');
  });
  return { holdId, decisionId, ...target };
}

/** Holds as officers read them: the earliest review first. Ids, kinds and dates only. */
export async function listHolds(
  deps: Pick<Deps, 'ledger' | 'config' | 'now'>,
  options: { readonly all?: boolean | undefined; readonly requestId?: RequestId | undefined } = {},
) {
  const today = civilToday(deps.now(), deps.config.controller.timeZone);
  const rows = await listHoldRows(deps.ledger.db, options);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    requestId: row.request_id,
    systemId: row.system_id,
    owner: row.owner,
    placedBy: row.placed_by,
    placedOn: row.placed_on,
    reviewOn: row.review_on,
    /** Somebody has to look whether it is still needed; it stands all the same. */
    reviewDue: row.released_on === null && row.review_on <= today,
    releasedBy: row.released_by,
    releasedOn: row.released_on,
  }));
}
export type ListedHold = Awaited<ReturnType<typeof listHolds>>[number];

/** What a statement must name that stands on no request's chain. */
const about = ({ requestId }: { readonly requestId: RequestId | null }) =>
  requestId === null ? {} : { request: requestId };

/**
 * Signs for the chain on which the decision belongs and stores it with `change`: the request's while it is open, else that
 * of what belongs to no request. A request that ends between looking and locking is signed for anew.
 */
async function onChain(
  deps: DecisionDeps,
  requestId: RequestId | null,
  make: (chain: RequestId | null) => Promise<Prepared>,
  change: (trx: LedgerTransaction, prepared: Prepared) => Promise<void>,
): Promise<DecisionId> {
  const isOpen = requestId !== null && !isFinal((await findRequest(deps.ledger.db, requestId)).state);
  const prepared = await make(isOpen ? requestId : null);
  const stored = await deps.ledger.db.transaction().execute(async (trx) => {
    if (prepared.requestId === null) await insertDecision(trx, prepared, null, 'applied');
    else {
      const request = await trx
        .selectFrom('requests')
        .selectAll()
        .where('id', '=', prepared.requestId)
        .forNoKeyUpdate()
        .executeTakeFirstOrThrow();
      if (isFinal(request.state)) return false;
      await storeDecision(trx, request, prepared);
    }
    await change(trx, prepared);
    return true;
  });
  return stored ? prepared.id : onChain(deps, requestId, make, change);
}

function groundGiven(ground: string): string {
  const text = ground.trim();
  if (text.length < 3) throw new HabeasError('reason-needed', { where: '--ground' });
  return text;
}

function reviewDate(
  deps: Pick<DecisionDeps, 'config'>,
  given: string,
  at: Date,
): { readonly today: CivilDate; readonly reviewOn: CivilDate } {
  const today = civilToday(at, deps.config.controller.timeZone);
  const reviewOn = parseCivilDate(given, '--review');
  if (reviewOn <= today || reviewOn > addMonths(today, mostMonths))
    throw new HabeasError('review-date', { where: '--review' });
  return { today, reviewOn };
}

/** The records, if the system is configured and knows their collections and keys: a hold on nothing would protect nothing. */
function recordsOf(deps: Pick<DecisionDeps, 'config' | 'systems'>, on: HoldOn): readonly RecordRef[] {
  if ('requestId' in on) return [];
  if (!deps.config.systems.some(({ id }) => id === on.systemId))
    throw new HabeasError('system-not-configured', { where: '--system' });
  if (on.records.length === 0) throw new HabeasError('usage', { where: '--record' });
  const known = deps.systems.get(on.systemId)?.collections ?? [];
  for (const record of on.records) {
    const collection = known.find((one) => one.collection === record.collection);
    if (known.length > 0 && collection === undefined)
      throw new HabeasError('usage', { where: `--record: ${known.map((one) => one.collection).join(', ')}` });
    const key = collection?.key;
    if (
      key !== undefined &&
      !isSame(
        key,
        record.key.map(([column]) => column),
      )
    )
      throw new HabeasError('usage', {
        where: `--record: ${record.collection}:${key.map((one) => `${one}=…`).join(',')}`,
      });
  }
  return on.records;
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  [...a].sort().join('\n') === [...b].sort().join('\n');
