/** The controls of a stand-in that runs as a process of its own. */
import type { Fixture } from './fixtures.ts';

/** Runs one verb of control.ts over HTTP; throws with what the stand-in says. */
export async function runRemotely(origin: string, verb: string, ...args: readonly unknown[]): Promise<unknown> {
  const response = await fetch(`${origin}/_control/${verb}`, { method: 'POST', body: JSON.stringify(args) });
  const answer = (await response.json()) as { readonly result?: unknown; readonly error?: string };
  if (!response.ok) throw new Error(`the Stripe stand-in refused ${verb}: ${answer.error ?? response.status}`);
  return answer.result;
}

/** Loads a sample unless it is there already. Whether it was loaded now. */
export async function loadSampleRemotely(origin: string, name: string, fixture: Fixture): Promise<boolean> {
  return (await runRemotely(origin, 'loadSample', name, fixture)) === true;
}
