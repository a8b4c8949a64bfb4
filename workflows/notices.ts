/**
 * After everything was erased, everyone who received the data is told (Art. 19): the ledger opens a question for each recipient,
 * and the request goes on when all of them are settled. Which they are, and when one is settled, the ledger says; here is only
 * the waiting. Past the point of no return, so nothing cancels it. Ids and counts only.
 */
import { ledger } from './activities.ts';
import type { Run } from './run.ts';

export async function tellRecipients(run: Run): Promise<void> {
  const { situation, requestId } = run;
  situation.phase = 'telling';
  while (!situation.isCancelled) {
    const heard = situation.notices;
    const told = await run.step(null, () => ledger.openNotices({ requestId }));
    if (told === undefined || told.left === 0) return;
    await run.waitForPerson(() => situation.notices !== heard);
  }
}
