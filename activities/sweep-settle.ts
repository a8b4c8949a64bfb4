/**
 * From what policy says of an entry's records to what the ledger has of them: one entry that goes on whole, or pages of their own
 * where records are dealt with differently. Records that are not erased leave the claim. A page is stored before its row is
 * written; one without a row is destroyed with its round's key.
 */
import type { SubjectKey, WaitingRecord } from '../connectors/contract.ts';
import type { Deps } from '../src/deps.ts';
import { catalogue, type ErrorCode } from '../src/errors.ts';
import { newId } from '../src/ids.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import type { RegisterRow } from '../src/ledger/register.ts';
import { type Action, type Left, leaveEntry, type Part, setAction, splitEntry } from '../src/ledger/sweep-entries.ts';
import { addDays, type CivilDate } from '../src/policy/clock/index.ts';
import { looksAgainOn, type SweepVerdict } from '../src/policy/sweep.ts';
import { asksFrom } from '../src/policy/vendor-waits.ts';
import type { LookedGroup } from '../src/requests/sweep-look.ts';
import { openWholePage, type PageRecord, putPage } from '../src/staging/register-page.ts';

export interface Settling {
  readonly entry: RegisterRow;
  readonly groups: readonly LookedGroup[];
  readonly asOf: CivilDate;
  /** What was approved, where it was: nothing else is done under it. */
  readonly approved?: Action;
  readonly signal: AbortSignal;
}

/** Stores what pages it needs, and returns what writes the rows. */
export function settle(
  deps: Pick<Deps, 'storage' | 'keys' | 'config'>,
  { entry, groups, asOf, approved, signal }: Settling,
): Promise<WriteRows> {
  const next = groups.map(({ verdict, records }) => ({ next: nextOf(entry, verdict, asOf, approved), records }));
  return divide(deps, entry, next, { signal });
}

export type WriteRows = (trx: LedgerTransaction, at: Date) => Promise<void>;

/** One entry that goes on whole, or a page of its own for each group; all under the keys of `whose` where it has them. */
export async function divide(
  deps: Pick<Deps, 'storage' | 'keys' | 'config'>,
  entry: RegisterRow,
  groups: readonly { readonly next: Left | Action; readonly records: readonly PageRecord[] }[],
  { signal, whose }: { readonly signal: AbortSignal; readonly whose?: readonly SubjectKey[] },
): Promise<WriteRows> {
  const [first, ...others] = groups;
  if (first === undefined) return async () => undefined;
  if (others.length === 0)
    return (trx, at) =>
      'lookOn' in first.next ? leaveEntry(trx, entry, first.next, at) : setAction(trx, entry.id, first.next);
  const parts: Part[] = [];
  for (const { next, records } of groups) {
    const place = { requestId: entry.request_id, systemId: entry.system_id, round: entry.round };
    const at = { ...place, streamNo: entry.stream_no, chunkNo: entry.chunk_no, keyId: entry.key_id };
    const page = await putPage(deps, at, records, signal, whose);
    parts.push({ id: newId('register'), count: records.length, ...page, next });
  }
  return (trx, at) => splitEntry(trx, entry, parts, at);
}

function nextOf(
  entry: RegisterRow,
  verdict: SweepVerdict,
  asOf: CivilDate,
  approved: Action | undefined,
): Left | Action {
  if (verdict.is !== 'erase') return leftOf(entry, verdict, asOf);
  const { action, fields } = verdict.decision;
  if (action === 'keep') return { lookOn: addDays(asOf, 1), code: 'plan-changed' };
  const wanted = { action, fields, asks: verdict.asks };
  return approved === undefined || isCovered(wanted, approved)
    ? wanted
    : { lookOn: addDays(asOf, 1), code: 'plan-changed' };
}

/** The same effect, and no question that nobody was asked. */
export function isCovered(wanted: Action, approved: Action): boolean {
  return (
    wanted.action === approved.action &&
    JSON.stringify(wanted.fields) === JSON.stringify(approved.fields) &&
    wanted.asks.every((one) => approved.asks.includes(one))
  );
}

function leftOf(entry: RegisterRow, verdict: Exclude<SweepVerdict, { is: 'erase' }>, asOf: CivilDate): Left {
  const left = { lookOn: looksAgainOn(verdict, asOf), code: codeOf(verdict) };
  if (verdict.is !== 'kept') return left;
  // A day that was promised stays in the register where no other is known yet.
  const dueOn = verdict.until === null ? entry.due_on : addDays(verdict.until, 1);
  return { ...left, moved: { dueOn, keptBy: verdict.keptBy ?? entry.kept_by } };
}

function codeOf(verdict: Exclude<SweepVerdict, { is: 'erase' }>): ErrorCode | null {
  switch (verdict.is) {
    case 'kept':
      return null;
    case 'held':
      return 'hold-placed';
    case 'sought':
      return 'request-open';
    case 'unanswered':
      return verdict.code;
    default:
      return verdict satisfies never;
  }
}

/** A page of which the vendor lets go of some records later: they leave the claim until their days, the rest goes on in it. */
export function settleWaiting(
  deps: Pick<Deps, 'storage' | 'keys' | 'config'>,
  {
    entry,
    waiting,
    today,
    signal,
  }: {
    readonly entry: RegisterRow;
    readonly waiting: readonly WaitingRecord[];
    readonly today: CivilDate;
    readonly signal: AbortSignal;
  },
): Promise<WriteRows> {
  const lefts = new Map<string, Left>();
  for (const { key, from, code } of waiting)
    lefts.set(JSON.stringify(key), waitingLeft(entry, asksFrom(today, { from, code }), code));
  return openWholePage(deps, entry, signal).then(({ records, whose }) => {
    const action: Action = { action: entry.action ?? 'delete', fields: entry.fields ?? [], asks: entry.asks };
    const groups = new Map<string, { readonly next: Left | Action; readonly records: PageRecord[] }>();
    for (const record of records) {
      const next = lefts.get(JSON.stringify(record.key)) ?? action;
      const group = groups.get(JSON.stringify(next)) ?? { next, records: [] };
      groups.set(JSON.stringify(next), group);
      group.records.push(record);
    }
    return divide(deps, entry, [...groups.values()], { signal, whose });
  });
}

/** What a law has kept keeps the day that stands in the register; of what only the vendor keeps, the day moves. */
function waitingLeft(entry: RegisterRow, from: CivilDate, code: ErrorCode): Left {
  const left = { lookOn: from, code };
  if (entry.kind !== 'vendor-job') return left;
  return { ...left, moved: { dueOn: from, keptBy: catalogue[code].what } };
}
