/**
 * One request of one person, or one instruction of a customer about its workspace, from identity to the end: the access half
 * (locate to a fixpoint → read every system in parallel → package → deliver), the erasure half, or the one after the other,
 * then the close. Its input is an id; what it needs else it reads from the ledger, where every state change goes. It never
 * sees an identifier or a record. A stage that fails for good parks its lane and asks a person; the other lanes go on. Only a
 * signed decision in the ledger cancels it: a cancellation in Temporal's own tools changes nothing.
 */
import { CancellationScope, condition, continueAsNew, defineSignal, setHandler } from '@temporalio/workflow';
import type { RequestId } from '../src/ids.ts';
import { answerAccess } from './access.ts';
import { afterwards, failureCode, ledger, persist } from './activities.ts';
import { tellPerson } from './answer.ts';
import type { Carried } from './begin-run.ts';
import type { Inbox } from './decisions.ts';
import { downloadWindow, eraseEverywhere } from './erasure.ts';
import { noticePeriod } from './notice-period.ts';
import { tellRecipients } from './notices.ts';
import { isActing, packageRightIn } from './package-right.ts';
import { exerciseRight } from './right.ts';
import { openRun, type Run } from './run.ts';
import type { Outcome } from './stages.ts';

/** Says that the ledger has something new; carries nothing. */
export const wake = defineSignal('wake');

export interface SubjectRequestInput {
  readonly requestId: RequestId;
  readonly carried?: Carried;
}

export async function subjectRequest(input: SubjectRequestInput): Promise<void> {
  const inbox = { isWoken: true };
  setHandler(wake, () => {
    inbox.isWoken = true;
  });
  await CancellationScope.nonCancellable(() => request(input, inbox));
}

async function request({ requestId, carried }: SubjectRequestInput, inbox: Inbox): Promise<void> {
  const begun = await persist(() => ledger.begin({ requestId }));
  if (['completed', 'refused', 'cancelled', 'awaiting_expiry'].includes(begun.state)) return;
  const run = openRun(begun, requestId, carried, inbox);
  // What was decided before this run began is known before anything starts.
  inbox.isWoken = false;
  await run.takeDecisions();
  void run.attend();
  await close(run, await flow(run, carried));
  // Whatever arrived during the last step is marked, so that nobody waits for it.
  if (inbox.isWoken) await run.takeDecisions();
}

async function flow(run: Run, carried: Carried | undefined): Promise<Outcome> {
  const { situation, requestId } = run;
  /** History has grown long: the same request goes on in a fresh run. */
  const renew = (parts: number) =>
    continueAsNew<typeof subjectRequest>({
      requestId,
      carried: { ...run.carried(), parts, ...(situation.pass === null ? {} : { pass: situation.pass }) },
    });
  if (situation.identity === 'unverified') {
    await run.ask('identity');
    await run.waitForPerson(() => situation.identity !== 'unverified', 'identity');
  }
  if (situation.isCancelled) return 'cancelled';
  if (situation.identity === 'unverifiable') {
    // A refusal is owed to whoever asked, too (Art. 12(4)).
    await tellPerson(run);
    return situation.isCancelled ? 'cancelled' : 'refused';
  }
  const { rights } = run.terms();
  if (isActing(rights)) return exerciseRight(run, () => renew(0));
  if (situation.pass === null) {
    if (rights.includes('workspace-export')) await noticePeriod(run);
    await answerAccess(run, carried, renew);
    if (situation.isCancelled) return 'cancelled';
    if (!rights.includes('erasure')) return 'completed';
  }
  // What was asked for must be in the person's hands, and some days there, before anything is erased.
  if (packageRightIn(rights) !== undefined && !situation.noReturn) await downloadWindow(run);
  if (situation.isCancelled) return 'cancelled';
  await eraseEverywhere(run, () => renew(0));
  if (situation.isCancelled) return 'cancelled';
  await tellRecipients(run);
  if (situation.isCancelled) return 'cancelled';
  await tellPerson(run);
  if (situation.isCancelled) return 'cancelled';
  await run.refresh();
  return run.terms().expiring ? 'awaiting_expiry' : 'completed';
}

async function close(run: Run, outcome: Outcome): Promise<void> {
  const { situation, requestId } = run;
  situation.phase = 'closing';
  for (;;) {
    try {
      const numbered = run.nextSeq();
      await ledger.close({ requestId, outcome, workflowSeq: numbered });
      break;
    } catch (error) {
      situation.isStuck = true;
      await run.ask('unresolved', failureCode(error));
      await run.enter('needs_decision');
      await condition(() => !situation.isStuck || situation.isCancelled);
      situation.isStuck = false;
      if (situation.isCancelled && outcome !== 'cancelled') return close(run, 'cancelled');
    }
  }
  run.ended(outcome);
  const numbered = run.nextSeq();
  await afterwards(run.terms()).destroyStaging({ requestId, workflowSeq: numbered });
}
