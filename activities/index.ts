/**
 * The activities of this room by the queue that serves them; names are those of workflows/stages.ts. What builds and
 * delivers packages is added by the composition root.
 */
import type { Deps } from '../src/deps.ts';
import type { ClosingStages, SystemStages } from '../workflows/stages.ts';
import { destroyStaging } from './close.ts';
import { ledgerSteps, type QuickSteps } from './ledger-steps.ts';
import { locateStage } from './locate.ts';
import { readStage } from './read.ts';

/** Quick steps and the end of a request: the main queue. */
export function mainActivities(deps: Deps): QuickSteps & Pick<ClosingStages, 'destroyStaging'> {
  return { ...ledgerSteps(deps), destroyStaging: destroyStaging(deps) };
}

/** Stages of one system: its own queue. */
export function systemActivities(deps: Deps): Pick<SystemStages, 'locate' | 'read'> {
  return { locate: locateStage(deps), read: readStage(deps) };
}
