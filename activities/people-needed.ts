/** How many different people must give the same answer to a task of a kind, by configuration. Pure. */
import type { Deps } from '../src/deps.ts';
import type { TaskKind } from '../src/ledger/states.ts';

export function peopleNeeded(deps: Pick<Deps, 'config'>, kind: TaskKind): number {
  const { approvals } = deps.config.policy;
  return kind === 'candidate' || kind === 'blast-radius' || kind === 'identity' ? approvals[kind] : 1;
}
