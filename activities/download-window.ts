/**
 * Of access and erasure together: how long the person has to keep what they were sent before anything is erased. So many whole
 * days after the last package reached them, in the controller's time zone; the day of the delivery is not counted (Regulation
 * (EEC, Euratom) No 1182/71, Art. 3). Of a customer's instruction: the window that was agreed, after the moving. Set once; a request that waits does not wait longer because the setting changed.
 */
import type { Deps } from '../src/deps.ts';
import { HabeasError } from '../src/errors.ts';
import type { RequestId } from '../src/ids.ts';
import { instructionOf } from '../src/ledger/instructions.ts';
import { lockRequest } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { packagesOf } from '../src/ledger/packages.ts';
import { windowEnd } from '../src/policy/open-access.ts';
import { windowEndOf } from '../src/requests/instruction-facts.ts';
import { civilToday } from '../src/requests/today.ts';

export async function downloadWindow(
  deps: Pick<Deps, 'config' | 'now'>,
  trx: LedgerTransaction,
  requestId: RequestId,
): Promise<{ leftMs: number }> {
  await lockRequest(trx, requestId, 'alone');
  const { erasure_from: set } = await trx
    .selectFrom('requests')
    .select('erasure_from')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const { timeZone } = deps.config.controller;
  const instruction = set === null ? await instructionOf(trx, requestId) : undefined;
  const from =
    set ??
    (instruction === undefined
      ? await firstDay(deps, trx, requestId, timeZone)
      : ((await windowEndOf(trx, timeZone, instruction)) ?? undelivered()));
  if (from === undefined) return { leftMs: 0 };
  if (set === null) await trx.updateTable('requests').set({ erasure_from: from }).where('id', '=', requestId).execute();
  return { leftMs: Math.max(0, beginOf(from, timeZone) - deps.now().getTime()) };
}

/** A workspace is exported before it is erased: without a delivery there is no window that could have ended. */
function undelivered(): never {
  throw new HabeasError('package-not-ready', { where: 'workspace-export' });
}

/** Undefined where nothing was sent: nobody has anything to keep. */
async function firstDay(
  { config }: Pick<Deps, 'config'>,
  trx: LedgerTransaction,
  requestId: RequestId,
  timeZone: string,
): Promise<string | undefined> {
  const delivered = (await packagesOf(trx, requestId)).flatMap((one) => one.delivered_at ?? []);
  const last = delivered.sort((a, b) => a.getTime() - b.getTime()).at(-1);
  if (last === undefined) return undefined;
  const days = config.policy.downloadDays;
  if (days === undefined) throw new HabeasError('policy-answer-missing', { where: 'policy.downloadDays' });
  return windowEnd(civilToday(last, timeZone), days);
}

/** The first instant of a civil day: found from UTC midnight by what the zone's clocks show there. */
export function beginOf(day: string, timeZone: string): number {
  const hourMs = 3_600_000;
  const noon = Date.parse(`${day}T12:00:00Z`);
  // No zone is further than 14 hours from UTC, and clocks change by whole quarters of an hour.
  for (let at = noon - 26 * hourMs; at < noon + 26 * hourMs; at += hourMs / 4)
    if (civilToday(new Date(at), timeZone) === day) return at;
  throw new HabeasError('internal', { where: 'day' });
}
