/**
 * The activities of this room by the queue that serves them; names are those of workflows/stages.ts. What builds and
 * delivers packages is added by the composition root.
 */
import type { Deps } from '../src/deps.ts';
import type { ClosingStages, LedgerSteps, SweepStages, SweepSteps, SystemStages } from '../workflows/stages.ts';
import { actStage } from './act.ts';
import { answerStage } from './answer.ts';
import { destroyStaging } from './close.ts';
import { eraseStage } from './erase.ts';
import { ledgerSteps } from './ledger-steps.ts';
import { locateStage } from './locate.ts';
import { planStage } from './plan.ts';
import { prepareStage } from './prepare.ts';
import { readStage } from './read.ts';
import { sweepStages } from './sweep-out.ts';
import { sweepSteps } from './sweep-steps.ts';
import { verifyStage } from './verify.ts';

/** Quick steps and the end of a request: the main queue. */
export function mainActivities(
  deps: Deps,
): LedgerSteps & Pick<ClosingStages, 'answer' | 'destroyStaging'> & SweepSteps {
  const closing = { answer: answerStage(deps), destroyStaging: destroyStaging(deps) };
  return { ...ledgerSteps(deps), ...closing, ...sweepSteps(deps) };
}

/** Stages of one system: its own queue. */
export function systemActivities(deps: Deps): SystemStages & SweepStages {
  return {
    locate: locateStage(deps),
    read: readStage(deps),
    plan: planStage(deps),
    prepare: prepareStage(deps),
    erase: eraseStage(deps),
    verify: verifyStage(deps),
    act: actStage(deps),
    ...sweepStages(deps),
  };
}
