/** The stage that tells the person what was done (src/answers). The address and the letter never leave it. */
import { deliverAnswer } from '../src/answers/index.ts';
import type { Deps } from '../src/deps.ts';
import type { ClosingStages } from '../workflows/stages.ts';
import { runActivity } from './stage.ts';

export function answerStage(deps: Pick<Deps, 'ledger' | 'keys' | 'config' | 'now' | 'log'>): ClosingStages['answer'] {
  return ({ requestId }) =>
    runActivity(deps, { requestId }, ({ signal }) => deliverAnswer(deps, requestId, { signal }));
}
