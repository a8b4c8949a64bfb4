/**
 * Cooling-off and the point of no return. Before anything is erased everything is looked at once more: the plan is the approved
 * one, computed anew from the ledger; the policy is the same; every system of it is prepared, or left unresolved by two people;
 * nobody has cancelled; no hold reaches what would be erased. Only then is the point passed, in one transaction under the
 * request's lock, and the register's entries count. Held records are looked for in the sealed decision chunks, of the collections
 * that holds name. Fails closed and changes nothing.
 */
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { SystemId } from '../src/ids.ts';
import { appendAudit } from '../src/ledger/audit.ts';
import { erasureRounds } from '../src/ledger/erasure-rounds.ts';
import type { ActiveHold } from '../src/ledger/holds.ts';
import { lockRequest } from '../src/ledger/lanes.ts';
import type { LedgerReader, LedgerTransaction } from '../src/ledger/open.ts';
import { passPlan } from '../src/ledger/plan-hash.ts';
import { currentPlan, markNoReturn, type PassKey, type PlanRow, setCooling } from '../src/ledger/plan-versions.ts';
import { recordName } from '../src/ledger/record-ref.ts';
import { activateEntries } from '../src/ledger/register.ts';
import { isFinal } from '../src/ledger/states.ts';
import { holdKinds, mayErase } from '../src/policy/holds.ts';
import { holdingAccess } from '../src/requests/linked.ts';
import { roundPolicySha256 } from '../src/requests/policy-hash.ts';
import { isPlaced, standingHolds } from '../src/requests/standing-holds.ts';
import { canonicalJson, sha256Hex } from '../src/security/canonical.ts';
import { beginOf } from './download-window.ts';
import { openPlan } from './planned-set.ts';

type NoReturnDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'systems' | 'now'>;

const secondMs = 1000;
const hourMs = 3600 * secondMs;
/** Whether the other request is answered is not told to this one. */
const askAgainMs = 12 * hourMs;

export async function coolOff(
  deps: Pick<Deps, 'config' | 'now'>,
  trx: LedgerTransaction,
  key: PassKey,
): Promise<{ leftMs: number }> {
  await lockRequest(trx, key.requestId, 'alone');
  const plan = await currentPlan(trx, key);
  if (plan === undefined || plan.approved_at === null) throw new HabeasError('plan-changed');
  const now = deps.now().getTime();
  const until = await setCooling(trx, plan, new Date(now + deps.config.policy.coolingOffHours * hourMs));
  return { leftMs: Math.max(0, until.getTime() - now) };
}

/** `code` null where it is not passed because somebody has cancelled. */
export interface Passed {
  readonly ok: boolean;
  readonly code: 'plan-changed' | 'hold-placed' | 'access-open' | null;
  /** Of `access-open`: when to ask again; it may end earlier. */
  readonly leftMs: number;
}

const passed: Passed = { ok: true, code: null, leftMs: 0 };
const changed: Passed = { ok: false, code: 'plan-changed', leftMs: 0 };
const held: Passed = { ok: false, code: 'hold-placed', leftMs: 0 };
const cancelled: Passed = { ok: false, code: null, leftMs: 0 };

export async function passNoReturn(deps: NoReturnDeps, key: PassKey): Promise<Passed> {
  const { db } = deps.ledger;
  const plan = await currentPlan(db, key);
  if (plan === undefined || plan.approved_at === null) return changed;
  if (plan.no_return_at !== null) return passed;
  const about = { requestId: key.requestId, systemIds: systemsOf(plan, deps) };
  const holds = await standingHolds(deps, about);
  const placed = holds.filter(isPlaced);
  if (placed.some(({ on }) => 'request' in on) || (await reachesPlan(deps, plan, placed))) return held;
  if (holds.length > placed.length) return accessOpen(deps, key, db);
  return db.transaction().execute(async (trx) => {
    await lockRequest(trx, key.requestId, 'alone');
    const now = await standingHolds(deps, about, trx);
    const stopped = await whatStands(deps, trx, key, { sha256: plan.sha256, holds: now });
    if (stopped !== undefined) return stopped;
    // Those that came while the chunks were read.
    const came = now.filter(({ id }) => !holds.some((one) => one.id === id));
    if (came.some(isPlaced)) return held;
    if (came.length > 0) return accessOpen(deps, key, trx);
    const at = deps.now();
    await markNoReturn(trx, plan, at);
    await trx
      .updateTable('requests')
      .set({ no_return_at: at })
      .where('id', '=', key.requestId)
      .where('no_return_at', 'is', null)
      .execute();
    const entries = await activateEntries(trx, key.requestId, await preparedOf(trx, plan), at);
    const body = { pass: key.pass, version: plan.version, plan: plan.sha256, 'register-entries': entries };
    await appendAudit(trx, { requestId: key.requestId, kind: 'no-return', body, at });
    return passed;
  });
}

/** It ends by itself: asked again on the day its window ends, or some hours later where nobody can tell. */
async function accessOpen(deps: NoReturnDeps, key: PassKey, db: LedgerReader): Promise<Passed> {
  const open = await holdingAccess(deps, key.requestId, db);
  const ends = open.flatMap(({ until }) => until ?? []).sort();
  const last = ends.length === open.length ? ends.at(-1) : undefined;
  const end = last === undefined ? undefined : beginOf(last, deps.config.controller.timeZone);
  const leftMs = end === undefined ? askAgainMs : Math.max(secondMs, end - deps.now().getTime());
  return { ok: false, code: 'access-open', leftMs };
}

/** Everything but holds. Undefined: nothing stands against it. */
async function whatStands(
  deps: NoReturnDeps,
  trx: LedgerTransaction,
  key: PassKey,
  { sha256, holds }: { readonly sha256: string; readonly holds: readonly ActiveHold[] },
): Promise<Passed | undefined> {
  const request = await trx
    .selectFrom('requests')
    .select('state')
    .where('id', '=', key.requestId)
    .executeTakeFirstOrThrow();
  if (isFinal(request.state) || (await isCancelled(trx, key))) return cancelled;
  const plan = await currentPlan(trx, key);
  if (plan === undefined || plan.approved_at === null || plan.sha256 !== sha256) return changed;
  if (plan.cooling_until === null || plan.cooling_until > deps.now()) return changed;
  const now = await passPlan(trx, key);
  if (now === undefined || now.sha256 !== plan.sha256) return changed;
  const policy = systemsOf(plan, deps).map((systemId) => roundPolicySha256(deps, systemId));
  if (sha256Hex(canonicalJson(policy)) !== plan.policy_sha256) return changed;
  if (await isHeldForNothing(deps, trx, plan, holds)) return changed;
  return (await areReady(trx, plan)) ? undefined : changed;
}

/** Records of the plan are kept for a kind of hold of which none that could be meant stands any more: they are planned anew. */
async function isHeldForNothing(
  deps: NoReturnDeps,
  trx: LedgerTransaction,
  plan: PlanRow,
  holds: readonly ActiveHold[],
): Promise<boolean> {
  for (const [systemId, round] of roundsOf(plan, deps)) {
    const held = await trx
      .selectFrom('decisions')
      .select('kept_by')
      .where('request_id', '=', plan.request_id)
      .where('system_id', '=', systemId)
      .where('round', '=', round)
      .where('reason', '=', 'held')
      .where('count', '>', 0)
      .execute();
    const standing = holds.filter((hold) => hold.systemId === null || hold.systemId === systemId);
    const isGone = (keptBy: string) =>
      Object.entries(holdKinds).some(
        ([kind, sentence]) => keptBy.includes(sentence) && !standing.some((hold) => hold.kind === kind),
      );
    if (held.some((row) => isGone(row.kept_by ?? ''))) return true;
  }
  return false;
}

/** Whether a record that a hold names would be erased, anonymised or detached. */
async function reachesPlan(deps: NoReturnDeps, plan: PlanRow, holds: readonly ActiveHold[]): Promise<boolean> {
  for (const [systemId, round] of roundsOf(plan, deps)) {
    const here = holds.filter((hold) => hold.systemId === systemId);
    // Most records are no record that any hold names: policy is asked about the others.
    const names = new Set(here.flatMap(({ on }) => ('records' in on ? on.records : [])));
    if (names.size === 0) continue;
    const collections = new Set([...names].map(collectionOf));
    const planned = await openPlan(deps, { requestId: plan.request_id, systemId, round }, undefined);
    for (const stream of planned.streams) {
      if (!collections.has(stream.collection)) continue;
      for await (const { records } of planned.chunks(stream))
        for (const { key, decision } of records) {
          const record = recordName({ collection: stream.collection, key });
          if (decision.action === 'keep' || !names.has(record)) continue;
          if (!mayErase({ record, request: plan.request_id }, here, 'planned').may) return true;
        }
    }
  }
  return false;
}

function collectionOf(name: string): string {
  const ref: unknown = JSON.parse(name);
  return typeof ref === 'object' && ref !== null && 'collection' in ref ? String(ref.collection) : '';
}

async function isCancelled(trx: LedgerTransaction, { requestId }: PassKey): Promise<boolean> {
  const row = await trx
    .selectFrom('people_decisions')
    .select('id')
    .where('request_id', '=', requestId)
    .where('kind', '=', 'cancel')
    .where((it) => it.or([it('effect', 'is', null), it('effect', '=', 'applied')]))
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Every system of the request, also one that is not in the plan because it has not been read or planned: with the first pass
 * each has something prepared, with a later one nothing of that pass is left that is not.
 */
async function areReady(trx: LedgerTransaction, plan: PlanRow): Promise<boolean> {
  const rounds = await erasureRounds(trx, { requestId: plan.request_id, pass: plan.pass });
  const lanes = await trx
    .selectFrom('lanes')
    .select(['system_id', 'state'])
    .where('request_id', '=', plan.request_id)
    .execute();
  return lanes.every(({ system_id: systemId, state }) => {
    if (state === 'unresolved') return true;
    const own = rounds.filter((round) => round.system_id === systemId);
    return own.every((round) => round.by_hand || round.prepared_at !== null) && (own.length > 0 || plan.pass > 1);
  });
}

async function preparedOf(trx: LedgerTransaction, plan: PlanRow): Promise<readonly [string, number][]> {
  const rows = await trx
    .selectFrom('rounds')
    .select(['system_id', 'round'])
    .where('request_id', '=', plan.request_id)
    .where('right', '=', 'erasure')
    .where('pass', '=', plan.pass)
    .where('superseded', '=', false)
    .where('prepared_at', 'is not', null)
    .execute();
  return rows.map((row) => [row.system_id, row.round]);
}

/** Rows name systems of this configuration; one that it has no more stops everything. */
function roundsOf(plan: PlanRow, { config }: Pick<Deps, 'config'>): readonly (readonly [SystemId, number])[] {
  return plan.rounds.map(([name, round]) => {
    const system = config.systems.find(({ id }) => id === name);
    if (system === undefined) throw new HabeasError('system-not-configured', { where: name });
    return [system.id, round] as const;
  });
}

const systemsOf = (plan: PlanRow, deps: Pick<Deps, 'config'>): readonly SystemId[] =>
  roundsOf(plan, deps).map(([systemId]) => systemId);
