/**
 * The question to whoever marked records as restricted by hand, once the restriction is lifted: one open `manual` task a system
 * (code `unmark-by-hand`), with what is known of the person sealed into it, and by which other requests of the same person
 * records may have to stay marked. Idempotent; in the caller's transaction. Says how many systems are still marked.
 */
import type { Deps } from '../src/deps.ts';
import type { RequestId } from '../src/ids.ts';
import { markedByHand } from '../src/ledger/deeds.ts';
import { lockRequest } from '../src/ledger/lanes.ts';
import type { LedgerTransaction } from '../src/ledger/open.ts';
import { otherMarks } from '../src/ledger/restrictions.ts';
import { unmarkTerms } from '../src/ledger/task-kinds.ts';
import { openTask } from '../src/ledger/tasks.ts';
import { handTask } from './ask-by-hand.ts';

export async function askUnmark(
  deps: Pick<Deps, 'ledger' | 'keys' | 'config' | 'systems' | 'now'>,
  trx: LedgerTransaction,
  requestId: RequestId,
): Promise<{ left: number }> {
  await lockRequest(trx, requestId, 'alone');
  const systems = await markedByHand(trx, requestId);
  const others = (await otherMarks(trx, requestId)).map((one) => one.requestId);
  for (const systemId of systems) {
    const asked = await handTask(deps, trx, { requestId, systemId }, { keepMarkedFor: others });
    await openTask(trx, { ...asked, ...unmarkTerms, role: asked.role, code: 'unmark-by-hand', dedupe: 'unmark' });
  }
  return { left: systems.length };
}
