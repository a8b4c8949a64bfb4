/**
 * The person is told what was done, before the request ends: by a letter, or by whoever hands it over. A letter that cannot be sent
 * waits for a person like any step. What was recorded before there were answers has none to give (`terms().answers`).
 */
import { closingStages } from './activities.ts';
import type { Run } from './run.ts';

export async function tellPerson(run: Run): Promise<void> {
  const { situation, requestId } = run;
  if (run.terms().answers !== true) return;
  situation.phase = 'deliver';
  situation.undelivered += 1;
  for (let isTold = false; !isTold && !situation.isCancelled; ) {
    const before = situation.handovers;
    const isHandedOver = () => situation.handovers > before;
    const answer = (numbered: number) => closingStages(run.terms()).answer({ requestId, workflowSeq: numbered });
    const result = await run.step('delivering', answer, isHandedOver);
    // Handed over meanwhile: the ledger is asked whether that was of this.
    if (result === undefined) continue;
    isTold = result.outcome !== 'by-hand';
    if (isTold) continue;
    await run.ask('manual', 'answer-by-hand');
    await run.waitForPerson(isHandedOver);
  }
  situation.undelivered -= 1;
}
