/**
 * Follows one request in the ledger until it is final or a person must act, for `--wait` and `--watch`. Looks four times
 * a second and tells changes only. Ends early on Ctrl-C. Owns when "a person must act": the workflow has read every
 * decision, and nothing in the request moves without an answer.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Deps } from '../deps.ts';
import type { RequestId } from '../ids.ts';
import { isFinal, type RequestState, type TaskKind } from '../ledger/states.ts';
import { type ShownRequest, showRequest } from '../requests/index.ts';
import type { ExitName } from './exit-codes.ts';

const lookEveryMs = 250;
/** After this long without a worker having looked, the person is told that none may be running. */
const unattendedMs = 15_000;

export interface Following {
  readonly signal: AbortSignal;
  /** Called with the first look and after each change. */
  readonly changed: (shown: ShownRequest) => void;
  /** Ends also where a person must act. */
  readonly untilPerson: boolean;
  /** Called once, when nothing has picked the request up for a while. */
  readonly unattended?: () => void;
}

/** The request as it was when following ended. */
export async function follow(deps: Deps, requestId: RequestId, options: Following): Promise<ShownRequest> {
  const since = performance.now();
  let told = false;
  let before = '';
  for (;;) {
    const shown = await showRequest(deps, requestId);
    const now = JSON.stringify(shown);
    if (now !== before) options.changed(shown);
    before = now;
    if (isEnded(shown.state) || options.signal.aborted) return shown;
    if (options.untilPerson && waitsForPerson(shown)) return shown;
    if (!told && shown.seq > shown.workflowReadUpTo && performance.now() - since > unattendedMs) {
      told = true;
      options.unattended?.();
    }
    await pause(lookEveryMs, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

/** Final, or nothing happens any more until a day comes that may be months away. */
function isEnded(state: RequestState): boolean {
  return isFinal(state) || state === 'awaiting_expiry';
}

/** Nothing moves without a person: a task is open and the workflow has read what people decided so far. */
export function waitsForPerson(shown: ShownRequest): boolean {
  if (isEnded(shown.state) || shown.workflowReadUpTo < shown.seq) return false;
  if (!shown.tasks.some((task) => task.closedAt === null)) return false;
  if (shown.state === 'identity' || shown.state === 'needs_decision') return true;
  const moving = shown.systems.some(
    (system) =>
      system.state === 'running' || (system.state === 'waiting' && system.stage === null && shown.state === 'locating'),
  );
  return !moving && shown.tasks.some((task) => task.closedAt === null && holdsUp(task));
}

/** Without an answer nothing goes on. An offer to send a part holds nothing up; a plan that waits for approval does. */
function holdsUp({ kind, plan }: ShownRequest['tasks'][number]): boolean {
  const kinds: readonly TaskKind[] = ['manual', 'unresolved', 'blast-radius', 'successor', 'late-arrivals', 'mask'];
  return kinds.includes(kind) || plan !== null;
}

/** How `--wait` ends. */
export function waitedExit(shown: ShownRequest): ExitName {
  if (shown.state === 'completed' || shown.state === 'awaiting_expiry') return 'ok';
  if (shown.state === 'refused' || shown.state === 'cancelled') return 'ended';
  return waitsForPerson(shown) ? 'person-needed' : 'temporary';
}
