/**
 * Of a customer's instruction: how long the notice still lasts that was agreed. The export begins when it has ended, so that
 * nothing of the time before is missing in it. Reads only.
 */
import type { Deps } from '../src/deps.ts';
import type { RequestId } from '../src/ids.ts';
import { instructionOf } from '../src/ledger/instructions.ts';
import type { LedgerReader } from '../src/ledger/open.ts';
import { addDays, parseCivilDate } from '../src/policy/clock/index.ts';
import { civilToday } from '../src/requests/today.ts';
import { beginOf } from './download-window.ts';

/** 0 where it has ended, where none was agreed, and of a person's request. */
export async function noticePeriod(
  { config, now }: Pick<Deps, 'config' | 'now'>,
  db: LedgerReader,
  requestId: RequestId,
): Promise<{ leftMs: number }> {
  const row = await instructionOf(db, requestId);
  if (row === undefined) return { leftMs: 0 };
  const { received_on: received } = await db
    .selectFrom('requests')
    .select('received_on')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const { timeZone } = config.controller;
  // A notice that ends on the day of receipt is none.
  if (row.notice_ends_on <= received || row.notice_ends_on < civilToday(now(), timeZone)) return { leftMs: 0 };
  const from = addDays(parseCivilDate(row.notice_ends_on, 'noticeEnds'), 1);
  return { leftMs: Math.max(0, beginOf(from, timeZone) - now().getTime()) };
}
