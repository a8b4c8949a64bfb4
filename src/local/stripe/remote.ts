/** The controls of a Stripe stand-in that runs as a process of its own. */
import { runRemotely } from '../stand-in/remote.ts';
import type { Fixture } from './fixtures.ts';

/** Loads a sample unless it is there already. Whether it was loaded now. */
export async function loadSampleRemotely(origin: string, name: string, fixture: Fixture): Promise<boolean> {
  return (await runRemotely(origin, 'loadSample', name, fixture)) === true;
}
