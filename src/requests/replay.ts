/**
 * Erasing again after a restore: which erased records a restored copy has brought back, by the locators that the register keeps
 * while backups can hold copies. Only what existed when the copy was made is erased, by its locator and never by an address: an
 * account that the person made since is another's number and is left alone. Taking entries into batches changes nothing in a
 * system; two people approve each batch, and the worker carries it out. Fails with `backups-unknown`, `replay-future`.
 */
import type { SubjectKey } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { ClaimId, RegisterId, SystemId } from '../ids.ts';
import { decisionsOf, type NumberedDecision } from '../ledger/erasure-decisions.ts';
import { recordName } from '../ledger/record-ref.ts';
import { entriesOf, type RegisterRow } from '../ledger/register.ts';
import { claimEntries, claimReplay, copiesBack } from '../ledger/sweep-claims.ts';
import type { Action } from '../ledger/sweep-entries.ts';
import { mayErase } from '../policy/holds.ts';
import type { SweepQuestion } from '../policy/sweep.ts';
import { openPage, openWholePage, type PageRecord } from '../staging/register-page.ts';
import { madeBy } from './made.ts';
import { standingHolds } from './standing-holds.ts';
import { sweepDay } from './sweep.ts';

type ReplayDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config' | 'now'>;

/** What becomes of records of one page: erased again, or why not. */
export type ReplayVerdict =
  | { readonly is: 'again'; readonly action: Action }
  /** Made after the copy: what has this number now came with the restored system. */
  | { readonly is: 'newer' }
  | { readonly is: 'held' }
  /** A hold kept it when its turn came: the round has erased nothing of it, and the register has it as kept. */
  | { readonly is: 'kept' };

export interface ReplayedGroup {
  readonly verdict: ReplayVerdict;
  readonly records: readonly PageRecord[];
}

/**
 * Looks at one entry under the holds of now. Personal data in memory only. Whether an open request seeks a record is not asked,
 * as the sweep does: what a restore brings back the person has had erased already, and a newer request of theirs asks for nothing
 * else; waiting for it would leave the copy in use meanwhile.
 */
export async function lookAtCopies(
  deps: ReplayDeps,
  entry: RegisterRow,
  since: Date,
  signal?: AbortSignal,
): Promise<{ readonly groups: readonly ReplayedGroup[]; readonly whose: readonly SubjectKey[] }> {
  const { db } = deps.ledger;
  const { request_id: requestId, system_id: systemId, round } = entry;
  const { records, whose } = await openWholePage(deps, entry, signal);
  const decisions = await decisionsOf(db, { requestId, systemId, round });
  // What the sweep erased was kept at first.
  const how = entry.erased_how ?? decisions.find(({ no }) => no === entry.decision_no)?.decision;
  if (how === undefined || how.action === 'keep') throw new HabeasError('internal', { where: 'register' });
  const { action, fields } = how;
  const kept = await keptSince(deps, entry, decisions, signal);
  const holds = await standingHolds(deps, { requestId, systemIds: [systemId] });
  const groups = new Map<string, { readonly verdict: ReplayVerdict; readonly records: PageRecord[] }>();
  for (const one of records) {
    const verdict = ((): ReplayVerdict => {
      if (kept.has(recordName(one))) return { is: 'kept' };
      const made = madeBy(one.facts?.createdAt, since, deps.config.controller.timeZone);
      if (made === 'after') return { is: 'newer' };
      if (!mayErase({ record: recordName(one), request: requestId }, holds, 'planned').may) return { is: 'held' };
      return { is: 'again', action: { action, fields, asks: made === 'unknown' ? ['undated'] : [] } };
    })();
    const form = JSON.stringify(verdict);
    const group = groups.get(form) ?? { verdict, records: [] };
    groups.set(form, group);
    group.records.push(one);
  }
  return { groups: [...groups.values()], whose };
}

/**
 * Records of the entry's chunk that a hold kept after the page of copies was written. Only what was kept whole: a record that the
 * law keeps without the person is both in the register and erased as far as it goes.
 */
async function keptSince(
  deps: ReplayDeps,
  entry: RegisterRow,
  decisions: readonly NumberedDecision[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const whole = new Set(decisions.filter(({ decision }) => decision.action === 'keep').map(({ no }) => no));
  const { request_id: requestId, system_id: systemId, round, stream_no: streamNo, chunk_no: chunkNo } = entry;
  const entries = await entriesOf(deps.ledger.db, { requestId, systemId, round });
  const names = new Set<string>();
  for (const one of entries) {
    const isOfChunk = one.stream_no === streamNo && one.chunk_no === chunkNo;
    const isKept = one.kind === 'retained' && one.active_at !== null && one.ended_at === null;
    if (!isOfChunk || !isKept || !whole.has(one.decision_no)) continue;
    for (const record of await openPage(deps, one, signal)) names.add(recordName(record));
  }
  return names;
}

export interface ReplayLine {
  readonly recordClass: string;
  readonly what: ReplayVerdict['is'];
  readonly action: string | null;
  readonly asks: readonly SweepQuestion[];
  readonly count: number;
}

interface Restored {
  readonly systemId: SystemId;
  /** When the copy was made. */
  readonly since: Date;
}

/** What a replay would do; changes nothing. */
export async function replayDryRun(
  deps: ReplayDeps & Pick<Deps, 'now'>,
  restored: Restored,
): Promise<readonly ReplayLine[]> {
  requireRestored(deps, restored);
  const lines = new Map<string, ReplayLine>();
  let after: RegisterId | undefined;
  for (;;) {
    const rows = await copiesBack(deps.ledger.db, { ...restored, ...(after === undefined ? {} : { after }) }).execute();
    for (const entry of rows)
      for (const { verdict, records } of (await lookAtCopies(deps, entry, restored.since)).groups) {
        const { action, asks } =
          verdict.is === 'again' ? verdict.action : { action: null, asks: [] as readonly SweepQuestion[] };
        const line = { recordClass: entry.record_class, what: verdict.is, action, asks };
        const form = JSON.stringify(line);
        lines.set(form, { ...line, count: records.length + (lines.get(form)?.count ?? 0) });
      }
    after = rows.at(-1)?.id;
    if (rows.length < claimEntries) return [...lines.values()];
  }
}

/** Takes what is back into batches; their ids. */
export async function replayClaims(
  deps: Pick<Deps, 'ledger' | 'config' | 'now'>,
  restored: Restored,
): Promise<readonly ClaimId[]> {
  requireRestored(deps, restored);
  const asOf = sweepDay(deps);
  const claims: ClaimId[] = [];
  for (;;) {
    const taken = await deps.ledger.db
      .transaction()
      .execute((trx) => claimReplay(trx, { ...restored, asOf, at: deps.now() }));
    if (taken === undefined) return claims;
    claims.push(taken);
  }
}

function requireRestored({ config, now }: Pick<Deps, 'config' | 'now'>, { systemId, since }: Restored): void {
  const isKnown = (config.backups ?? []).some(({ systems }) => systems.includes(systemId));
  if (!isKnown) throw new HabeasError('backups-unknown', { where: systemId });
  if (since.getTime() > now().getTime()) throw new HabeasError('replay-future', { where: '--since' });
}
