/**
 * Until when a package is kept after it has reached whoever asked: `policy.packageDays`, and a workspace's export for as long as the
 * customer may retrieve it. Reads the ledger; changes nothing.
 */
import type { Deps } from '../deps.ts';
import type { RequestId } from '../ids.ts';
import { instructionOf, retrievalOf } from '../ledger/instructions.ts';
import type { LedgerReader } from '../ledger/open.ts';
import { addDays, type CivilDate, later } from '../policy/clock/civil-date.ts';
import { erasableFrom } from '../policy/instructions/index.ts';
import { civilToday } from '../requests/today.ts';

/** The first day on which a package delivered at `at` is no longer kept. */
export async function deleteOn(
  db: LedgerReader,
  config: Pick<Deps['config'], 'controller' | 'policy'>,
  requestId: RequestId,
  at: Date,
): Promise<CivilDate> {
  const day = civilToday(at, config.controller.timeZone);
  const usual = addDays(day, config.policy.packageDays);
  const instruction = await instructionOf(db, requestId);
  if (instruction === undefined) return usual;
  const last = erasableFrom(retrievalOf(instruction), day);
  return later(last, usual);
}
